package products

import (
	"context"
	"errors"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// numberPage is everything the page of one number shows.
type numberPage struct {
	facts   []ui.Effect
	label   ui.Field
	save    string // the path that takes the label; empty where the reader may not
	change  ui.Button
	release ui.Button
	history ui.Table
}

func (p *pages) showNumber(v *cabinet.Visit) error {
	h, err := p.numberNamed(v)
	if err != nil {
		return err
	}
	return p.renderNumber(v, h, "")
}

// renderNumber shows a number; wrong is what is wrong with the label that was typed.
func (p *pages) renderNumber(v *cabinet.Visit, h number.Held, wrong string) error {
	list := p.historyList(v, h)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	page := numberPage{facts: factsOfNumber(v, h), label: ui.Field{
		ID: "label", Name: "label", Label: v.T("numbers.label"), Hint: v.T("numbers.label_hint"), Longest: 100, Value: h.Entry.Label, Error: wrong,
	}}
	var err error
	if page.history, err = v.Table(list); err != nil {
		return err
	}
	page.actions(v, h)
	frame := ui.Page{
		Title: v.Phone(phone.Number(h.Number.Number)), Section: sectionNumbers, Crumbs: crumbs(v, pathNumbers, "numbers.title"), Help: helpNumbers,
	}
	if wrong != "" {
		page.label.Value = v.R.PostFormValue("label")
		return v.RenderWrong(frame, page.draw())
	}
	return v.Render(frame, page.draw())
}

func (n *numberPage) actions(v *cabinet.Visit, h number.Held) {
	if v.May(access.Edit, access.Numbers) {
		other := billing.NumberUses[0]
		if h.Use == other {
			other = billing.NumberUses[1]
		}
		n.save = numberPath(v, h.Number.Number, "/label")
		n.change = ui.Button{Text: v.T("numbers.use_for", lang.Values{"Use": useName(v, other)}), Dialog: true, Href: numberPath(v, h.Number.Number, "/use?use="+other)}
	}
	if v.May(access.Delete, access.Numbers) {
		n.release = ui.Button{Text: v.T("numbers.release"), Dialog: true, Kind: ui.Quiet, Href: numberPath(v, h.Number.Number, "/release")}
	}
}

func factsOfNumber(v *cabinet.Visit, h number.Held) []ui.Effect {
	facts := []ui.Effect{
		{Text: v.T("numbers.use"), After: useName(v, h.Use)}, {Text: v.T("numbers.owner"), After: ownerName(v, h.Owner)}, {Text: v.T("numbers.kind"), After: kindName(v, h.Kind)},
	}
	if area := cabinet.Place(v.Printer, h.Entry.Country, h.Entry.Area, h.Entry.AreaName); area != "" {
		facts = append(facts, ui.Effect{Text: v.T("numbers.area"), After: area})
	}
	if v.May(access.View, access.Funds) {
		facts = append(facts, ui.Effect{Text: v.T("numbers.cost"), After: costText(v, h.Price, today(v))})
	}
	if !h.Entry.HeldSince.IsZero() {
		facts = append(facts, ui.Effect{Text: v.T("numbers.since"), After: v.DateTime(h.Entry.HeldSince)})
	}
	return facts
}

// historyList is what happened to the number while it was this project's; what it was to others is theirs.
func (p *pages) historyList(v *cabinet.Visit, h number.Held) cabinet.List {
	return cabinet.List{
		Spec:    ui.TableSpec{Columns: []ui.Column{{Key: "at", Title: v.T("numbers.at"), Fixed: true}, {Key: "what", Title: v.T("numbers.what")}, {Key: "by", Title: v.T("numbers.by")}}},
		Caption: v.T("numbers.history"), Right: access.Numbers, Short: true, Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("numbers.no_history")},
		Load: func(ctx context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			steps, err := number.History(ctx, p.DB, h.Number.Number)
			var rows []cabinet.Row
			for i := len(steps) - 1; i >= 0; i-- {
				if step := steps[i]; step.Project == v.Project.ID {
					rows = append(rows, cabinet.Row{ID: step.At.String(), Cells: map[string]cabinet.Cell{
						"at": cabinet.Moment(step.At), "what": cabinet.Text(stepText(v, step)), "by": cabinet.Text(byText(v, step.By)),
					}})
				}
			}
			if err != nil {
				return nil, "", err
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
}

func stepText(v *cabinet.Visit, s number.Step) string {
	switch s.To {
	case number.Rented:
		if s.From == number.Quarantine {
			return v.T("numbers.step_back")
		}
		return v.T("numbers.step_rented")
	case number.Quarantine:
		return v.T("numbers.step_rests")
	case number.Free:
		return v.T("numbers.step_free")
	case number.Retired:
		return v.T("numbers.step_retired")
	}
	return v.T("numbers.step_gone")
}

// byText is who did it; what the rules did by themselves is said in the reader's words.
func byText(v *cabinet.Visit, by string) string {
	switch by {
	case "state of the project":
		return v.T("numbers.by_state")
	case "end of quarantine":
		return v.T("numbers.by_ripen")
	}
	return by
}

func (p *pages) setLabel(v *cabinet.Visit) error {
	h, err := p.numberNamed(v)
	if err != nil {
		return err
	}
	label := v.R.PostFormValue("label")
	before, err := p.label(v, h.Number.Number, label)
	var known *errs.Error
	if errors.As(err, &known) && known.Code == "number.bad_label" {
		message, _ := v.Error(err)
		return p.renderNumber(v, h, message)
	}
	if err != nil {
		return err
	}
	toast := ui.Toast{Text: v.T("numbers.label_done"), Undo: numberPath(v, h.Number.Number, "/label"), Fields: []ui.Choice{{Value: "label", Text: before}}}
	if label == "" {
		toast.Text = v.T("numbers.label_gone")
	}
	return v.Done(numberPath(v, h.Number.Number, ""), toast)
}

// label gives a number a label, and tells the one it had.
func (p *pages) label(v *cabinet.Visit, of, label string) (before string, err error) {
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		e, _, err := number.Get(ctx, tx, of)
		if err != nil {
			return err
		}
		if err := p.Numbers.SetLabel(ctx, tx, v.Project.ID, of, label); err != nil {
			return err
		}
		before = e.Label
		return v.Record(ctx, tx, audit.Change{Object: "number", ObjectID: of, Action: "label", Before: before, After: label})
	})
	return before, err
}

// useOf is what a number of the project's is used for.
func useOf(ctx context.Context, tx *store.Tx, v *cabinet.Visit, of string) (string, error) {
	config, err := billing.GetConfiguration(ctx, tx, v.Project.ID)
	for _, n := range config.Numbers {
		if n.Number == of {
			return n.Use, err
		}
	}
	return "", err
}

func (p *pages) askUse(v *cabinet.Visit) error {
	h, err := p.numberNamed(v)
	if err != nil {
		return err
	}
	use := v.R.FormValue("use")
	outcome, err := p.preview(v, billing.Change{Uses: map[string]string{h.Number.Number: use}})
	if err != nil {
		return err
	}
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	values := lang.Values{"Number": v.Phone(phone.Number(h.Number.Number)), "Use": useName(v, use)}
	c := ui.Confirm{
		Title: v.T("numbers.use_ask", values), Text: v.T("numbers.use_text", values), Effect: effect.Lines(v, t.Book, outcome),
		Action: numberPath(v, h.Number.Number, "/use"), Fields: []ui.Choice{{Value: "use", Text: use}, v.DayOf()}, Yes: v.T("numbers.use_yes"), No: numberPath(v, h.Number.Number, ""),
	}
	return p.ask(v, c, outcome, pathNumbers, "numbers.title", helpNumbers)
}

func (p *pages) doUse(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	h, err := p.numberNamed(v)
	if err != nil {
		return err
	}
	use := v.R.PostFormValue("use")
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		before, err := useOf(ctx, tx, v, h.Number.Number)
		if err != nil {
			return err
		}
		if err := p.Numbers.SetUse(ctx, tx, v.Project.ID, h.Number.Number, use, v.At); err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "number", ObjectID: h.Number.Number, Action: "use", Before: before, After: use})
	})
	if err != nil {
		return err
	}
	p.numbersChanged(v)
	return v.Done(numberPath(v, h.Number.Number, ""), ui.Toast{Text: v.T("numbers.use_done", lang.Values{"Use": useName(v, use)})})
}
