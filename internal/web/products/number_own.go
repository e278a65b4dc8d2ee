package products

import (
	"context"
	"errors"
	"net/http"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// ownForm asks for a number that the customer has elsewhere.
type ownForm struct {
	action string
	number ui.Field
	use    ui.Select
	label  ui.Field
	next   string
}

func newOwnForm(v *cabinet.Visit) ownForm {
	form := v.R.FormValue
	use := form("use")
	if use == "" {
		use = billing.NumberUses[0]
	}
	return ownForm{
		action: v.Path(pathNumbers + "/own/new"), next: v.T("numbers.own_next"),
		number: ui.Field{
			ID: "own-number", Name: "number", Type: "tel", Label: v.T("numbers.number"), Hint: v.T("numbers.own_hint"), Required: true, Longest: 40,
			Value: form("number"), Autocomplete: "off",
		},
		use:   ui.Select{ID: "own-use", Name: "use", Label: v.T("numbers.use"), Choices: useChoices(v), Value: use},
		label: ui.Field{ID: "own-label", Name: "label", Label: v.T("numbers.label"), Hint: v.T("numbers.label_hint"), Longest: 100, Value: form("label")},
	}
}

func ownPage(v *cabinet.Visit) ui.Page {
	return ui.Page{
		Title: v.T("numbers.own_title"), Section: sectionNumbers, Tabs: numberTabs(v, pathNumbers+"/own"), Narrow: true, Lead: v.T("numbers.own_lead"), Help: helpNumbers,
	}
}

func (p *pages) showOwn(v *cabinet.Visit) error { return v.Render(ownPage(v), newOwnForm(v).draw()) }

// wrongOwn shows the form again where what was typed is wrong; any other error is answered as it is.
func wrongOwn(v *cabinet.Visit, err error) error {
	var known *errs.Error
	if !errors.As(err, &known) || known.Kind == errs.Internal || known.Kind == errs.Unpaid || known.Kind == errs.Unavailable {
		return err
	}
	form := newOwnForm(v)
	message, hint := v.Error(err)
	if hint != "" {
		message += ". " + hint
	}
	switch known.Where {
	case "label":
		form.label.Error = message
	case "use":
		form.use.Error = message
	default:
		form.number.Error = message
	}
	return v.RenderWrong(ownPage(v), form.draw())
}

// readOwn reads a number as people write it, also as it is dialled in the project's country.
func readOwn(v *cabinet.Visit) (pricing.Number, error) {
	typed := v.R.FormValue("number")
	parsed, err := phone.Parse(typed, v.Project.Country)
	if err != nil {
		return pricing.Number{}, errs.New(errs.Invalid, "billing.bad_number", "%.40q is not a telephone number", typed).At("number")
	}
	own := pricing.Number{Number: string(parsed), Owner: billing.OwnedByCustomer, Kind: number.KindOf(parsed), Use: v.R.FormValue("use")}
	return own, billing.CheckNumber(own, v.Project.Country)
}

// askOwn shows what the number would cost. The registry is asked only when it is brought.
func (p *pages) askOwn(v *cabinet.Visit) error {
	own, err := readOwn(v)
	if err != nil {
		return wrongOwn(v, err)
	}
	outcome, err := p.preview(v, billing.Change{Rent: []pricing.Number{own}})
	if err != nil {
		return wrongOwn(v, err)
	}
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	c := ui.Confirm{
		Title: v.T("numbers.own_ask", lang.Values{"Number": v.Phone(phone.Number(own.Number))}), Text: v.T("numbers.own_text"), Effect: effect.Lines(v, t.Book, outcome),
		Action: v.Path(pathNumbers + "/own/new"), Yes: v.T("numbers.own_yes"), No: v.Path(pathNumbers + "/own"),
		Fields: []ui.Choice{{Value: "number", Text: own.Number}, {Value: "use", Text: own.Use}, {Value: "label", Text: v.R.FormValue("label")}, {Value: "id", Text: formID()}, v.DayOf()},
	}
	return p.ask(v, c, outcome, pathNumbers, "numbers.title", helpNumbers)
}

func (p *pages) doOwn(v *cabinet.Visit) error {
	own, err := readOwn(v)
	if err != nil {
		return wrongOwn(v, err)
	}
	label, id := v.R.PostFormValue("label"), v.R.PostFormValue("id")
	if id == "" || len(id) > 100 {
		return errs.New(errs.Invalid, "products.bad_form", "the form has no id").At("id").Try("open the form anew")
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := idem.Do(ctx, tx, "cabinet/"+string(v.Project.ID), id, idem.Hash([]byte(own.Number), []byte(own.Use), []byte(label)), func() (int, []byte, error) {
			if err := asked(v); err != nil {
				return 0, nil, err
			}
			entry, err := p.Numbers.Bring(ctx, tx, v.Project.ID, own, label, by(v), v.At)
			if err != nil {
				return 0, nil, err
			}
			return http.StatusOK, nil, v.Record(ctx, tx, audit.Change{Object: "number", ObjectID: own.Number, Action: "bring", After: told(entry, own.Use)})
		})
		return err
	})
	if errs.CodeOf(err) == midnight {
		return err
	}
	if err != nil {
		return wrongOwn(v, err)
	}
	p.numbersChanged(v)
	return v.Done(numberPath(v, own.Number, ""), ui.Toast{Text: v.T("numbers.own_done", lang.Values{"Number": v.Phone(phone.Number(own.Number))})})
}
