package products

import (
	"context"
	"net/http"
	"slices"

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
	"bellwether/internal/web/ui"
)

// mostNamed is how many free numbers are offered by name.
const mostNamed = 12

// by is who changes a number, in its history.
func by(v *cabinet.Visit) string {
	if v.User.Name != "" {
		return v.User.Name
	}
	return v.User.Email
}

// readRent is what is asked for: a certain number, or any of a country, area and kind.
func readRent(v *cabinet.Visit) number.Wish {
	form := v.R.FormValue
	return number.Wish{
		Number: form("number"), Country: form("country"), Area: form("area"), Kind: form("kind"), Use: form("use"), Label: form("label"),
	}
}

// rentForm is the question which number to rent, with what it costs.
type rentForm struct {
	confirm ui.Confirm
	numbers ui.Select
	use     ui.Select
	label   ui.Field
}

func (p *pages) askRent(v *cabinet.Visit) error {
	wish := readRent(v)
	free, err := p.free(v, wish)
	if err != nil {
		return err
	}
	if len(free) == 0 {
		return errs.New(errs.Conflict, "number.none_free", "no number of this country, area and kind is free").At("number")
	}
	if !slices.Contains(billing.NumberUses, wish.Use) {
		wish.Use = billing.NumberUses[0]
	}
	sample := pricing.Number{Number: free[0].Number, Owner: billing.OwnedByOperator, Kind: free[0].Kind, Use: wish.Use}
	if err := number.MayRent(v.Context(), p.DB, v.Project.ID, sample.Number); err != nil {
		return err
	}
	effect, err := p.preview(v, billing.Change{Rent: []pricing.Number{sample}})
	if err != nil {
		return err
	}
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	form := newRentForm(v, wish, free)
	form.confirm.Effect = effectLines(v, t.Book, effect)
	if !effect.Covered {
		return p.ask(v, form.confirm, effect, pathNumbers, "numbers.title", helpNumbers)
	}
	page := ui.Page{Title: form.confirm.Title, Section: sectionNumbers, Crumbs: crumbs(v, pathNumbers, "numbers.title"), Narrow: true, Help: helpNumbers}
	return v.Render(page, form.draw())
}

// free are some of the free numbers that fit, those that have rested the longest need not be among them.
func (p *pages) free(v *cabinet.Visit, wish number.Wish) ([]number.Entry, error) {
	if wish.Country == "" && wish.Number == "" {
		wish.Country = v.Project.Country
	}
	return number.List(v.Context(), p.DB, number.Filter{State: number.Free, Country: wish.Country, Area: wish.Area, Kind: wish.Kind}, "", mostNamed)
}

func newRentForm(v *cabinet.Visit, wish number.Wish, free []number.Entry) rentForm {
	place := areaName(v, free[0].Country, free[0].Area, free[0].AreaName)
	form := rentForm{
		confirm: ui.Confirm{
			Title: v.T("numbers.rent_new", lang.Values{"Kind": kindName(v, free[0].Kind), "Place": place}), Text: v.T("numbers.rent_text"),
			Action: v.Path(pathNumbers + "/rent/new"), Yes: v.T("numbers.rent_yes"), No: v.Path(pathNumbers + "/rent"),
			Fields: []ui.Choice{{Value: "country", Text: wish.Country}, {Value: "area", Text: wish.Area}, {Value: "kind", Text: wish.Kind}, {Value: "id", Text: formID()}},
		},
		numbers: ui.Select{ID: "rent-number", Name: "number", Label: v.T("numbers.number"), Any: v.T("numbers.any"), Value: wish.Number},
		use:     ui.Select{ID: "rent-use", Name: "use", Label: v.T("numbers.use"), Choices: useChoices(v), Value: wish.Use},
		label:   ui.Field{ID: "rent-label", Name: "label", Label: v.T("numbers.label"), Hint: v.T("numbers.label_hint"), Longest: 100, Value: wish.Label},
	}
	for _, e := range free {
		form.numbers.Choices = append(form.numbers.Choices, ui.Choice{Value: e.Number, Text: v.Phone(phone.Number(e.Number))})
	}
	return form
}

// doRent rents once for a form, however often it is sent.
func (p *pages) doRent(v *cabinet.Visit) error {
	wish, id := readRent(v), v.R.PostFormValue("id")
	if id == "" || len(id) > 100 {
		return errs.New(errs.Invalid, "products.bad_form", "the form has no id").At("id").Try("open the form anew")
	}
	request := idem.Hash([]byte(wish.Number), []byte(wish.Country), []byte(wish.Area), []byte(wish.Kind), []byte(wish.Use), []byte(wish.Label))
	var answer idem.Answer
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = idem.Do(ctx, tx, "cabinet/"+string(v.Project.ID), id, request, func() (int, []byte, error) {
			entry, err := p.Numbers.Rent(ctx, tx, v.Project.ID, wish, by(v), v.At)
			if err != nil {
				return 0, nil, err
			}
			return http.StatusOK, []byte(entry.Number), v.Record(ctx, tx, audit.Change{Object: "number", ObjectID: entry.Number, Action: "rent", After: told(entry, wish.Use)})
		})
		return err
	})
	if err != nil {
		return err
	}
	p.numbersChanged(v)
	rented := string(answer.Body)
	return v.Done(numberPath(v, rented, ""), ui.Toast{Text: v.T("numbers.rent_done", lang.Values{"Number": v.Phone(phone.Number(rented))})})
}

// numbersChanged tells open pages.
func (p *pages) numbersChanged(v *cabinet.Visit) {
	v.Publish(cabinet.TopicNumbers)
	v.Publish(cabinet.TopicBalance)
}

// toldNumber is a number for the trail.
type toldNumber struct {
	Owner string `json:"owner"`
	Kind  string `json:"kind"`
	Use   string `json:"use,omitempty"`
	Label string `json:"label,omitempty"`
}

func told(e number.Entry, use string) toldNumber {
	return toldNumber{Owner: e.Owner, Kind: e.Kind, Use: use, Label: e.Label}
}
