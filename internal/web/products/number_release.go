package products

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

func (p *pages) askRelease(v *cabinet.Visit) error {
	h, err := p.numberNamed(v)
	if err != nil {
		return err
	}
	outcome, err := p.preview(v, billing.Change{Release: []string{h.Number.Number}})
	if err != nil {
		return err
	}
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	shown := v.Phone(phone.Number(h.Number.Number))
	c := ui.Confirm{
		Title: v.T("numbers.release_ask", lang.Values{"Number": shown}), Text: p.releaseText(v, h), Effect: effect.Lines(v, t.Book, outcome),
		Action: numberPath(v, h.Number.Number, "/release"), Yes: v.T("numbers.release_yes"), No: numberPath(v, h.Number.Number, ""), Danger: true,
		Fields: []ui.Choice{v.DayOf()},
	}
	return p.ask(v, c, outcome, pathNumbers, "numbers.title", helpNumbers)
}

// releaseText says what becomes of the number, and until when it can be had back (Rules N-05, N-06).
func (p *pages) releaseText(v *cabinet.Visit, h number.Held) string {
	switch {
	case h.Owner == billing.OwnedByCustomer:
		return v.T("numbers.release_own")
	case p.Numbers.Rest <= 0:
		return v.T("numbers.release_free")
	}
	return v.T("numbers.release_rests", lang.Values{"Until": v.DateTime(v.At.Add(p.Numbers.Rest)), "Days": v.N("products.days", int(p.Numbers.Rest.Hours()/24))})
}

func (p *pages) doRelease(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	h, err := p.numberNamed(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		before, err := useOf(ctx, tx, v, h.Number.Number)
		if err != nil {
			return err
		}
		e, _, err := number.Get(ctx, tx, h.Number.Number)
		if err != nil {
			return err
		}
		if err := p.Numbers.Release(ctx, tx, v.Project.ID, h.Number.Number, by(v), v.At); err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "number", ObjectID: h.Number.Number, Action: "release", Before: told(e, before)})
	})
	if err != nil {
		return err
	}
	p.numbersChanged(v)
	toast := ui.Toast{Text: v.T("numbers.release_done", lang.Values{"Number": v.Phone(phone.Number(h.Number.Number))})}
	if h.Owner == billing.OwnedByOperator && p.Numbers.Rest > 0 && v.May(access.Edit, access.Numbers) {
		toast.Undo = numberPath(v, h.Number.Number, "/undo-release")
		toast.Fields = []ui.Choice{v.DayOf(), {Value: "use", Text: h.Use}}
	}
	return v.Done(v.Path(pathNumbers), toast)
}

// rested is the number that the address names, where it rests after the project.
func (p *pages) rested(v *cabinet.Visit) (number.Entry, error) {
	_, resting, err := p.held(v)
	if err != nil {
		return number.Entry{}, err
	}
	wanted := "+" + v.R.PathValue("number")
	for _, e := range resting {
		if e.Number == wanted {
			return e, nil
		}
	}
	return number.Entry{}, unheld(wanted)
}

func (p *pages) askTakeBack(v *cabinet.Visit) error {
	e, err := p.rested(v)
	if err != nil {
		return err
	}
	title := v.T("numbers.take_back_ask", lang.Values{"Number": v.Phone(phone.Number(e.Number))})
	wish := number.Wish{Number: e.Number, Use: v.R.FormValue("use"), Label: v.R.FormValue("label")}
	if wish.Use == "" {
		wish.Label = e.Label
		choice := newRentChoice(v, wish, "")
		choice.title, choice.action = title, numberPath(v, e.Number, "/take-back")
		return choice.render(v)
	}
	c := ui.Confirm{
		Title: title, Text: v.T("numbers.take_back_text"), Action: numberPath(v, e.Number, "/take-back"), Yes: v.T("numbers.take_back"), No: v.Path(pathNumbers + "/resting"),
		Fields: []ui.Choice{{Value: "use", Text: wish.Use}, {Value: "label", Text: wish.Label}, v.DayOf()},
	}
	return p.askNumber(v, c, e, wish)
}

func (p *pages) doTakeBack(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	e, err := p.rested(v)
	if err != nil {
		return err
	}
	label := v.R.PostFormValue("label")
	if label == "" {
		label = e.Label
	}
	return p.takeBack(v, e, v.R.PostFormValue("use"), label)
}

// undoRelease takes back, which needs the right to rent, on its day what was released: that day is charged for the number once, whatever happened in it.
func (p *pages) undoRelease(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	e, err := p.rested(v)
	if err != nil {
		return err
	}
	return p.takeBack(v, e, v.R.PostFormValue("use"), e.Label)
}

func (p *pages) takeBack(v *cabinet.Visit, e number.Entry, use, label string) error {
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		got, err := p.Numbers.Rent(ctx, tx, v.Project.ID, number.Wish{Number: e.Number, Use: use, Label: label}, by(v), v.At)
		if err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "number", ObjectID: e.Number, Action: "take_back", After: told(got, use)})
	})
	if err != nil {
		return err
	}
	p.numbersChanged(v)
	return v.Done(numberPath(v, e.Number, ""), ui.Toast{Text: v.T("numbers.take_back_done", lang.Values{"Number": v.Phone(phone.Number(e.Number))})})
}
