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
	"bellwether/internal/web/effect"
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

// rentChoice asks which number to rent and what for. What that costs is shown on the next page, where nothing can be chosen
// any more.
type rentChoice struct {
	title, action, next string
	fields              []ui.Choice
	numbers             ui.Select // none where the number is chosen already
	use                 ui.Select
	label               ui.Field
}

// askRent asks what to rent, then whether to rent it at what it costs.
func (p *pages) askRent(v *cabinet.Visit) error {
	wish := readRent(v)
	if wish.Use == "" {
		return p.chooseRent(v, wish)
	}
	e, err := p.wished(v, wish)
	if err != nil {
		return err
	}
	if err := number.MayRent(v.Context(), p.DB, v.Project.ID, e.Number); err != nil {
		return err
	}
	c := ui.Confirm{
		Title: v.T("numbers.rent_ask", lang.Values{"Number": v.Phone(phone.Number(e.Number))}), Text: v.T("numbers.rent_text"),
		Action: v.Path(pathNumbers + "/rent/new"), Yes: v.T("numbers.rent_yes"), No: v.Path(pathNumbers + "/rent"),
		Fields: []ui.Choice{{Value: "number", Text: e.Number}, {Value: "kind", Text: e.Kind}, {Value: "use", Text: wish.Use}, {Value: "label", Text: wish.Label}, {Value: "id", Text: formID()}, v.DayOf()},
	}
	if wish.Number == "" { // whichever it is by then
		c.Fields = append(c.Fields, ui.Choice{Value: "any", Text: "yes"}, ui.Choice{Value: "country", Text: e.Country}, ui.Choice{Value: "area", Text: e.Area})
	}
	return p.askNumber(v, c, e, wish)
}

// wished is the number that a wish comes to: the one it names, or the one that has been free the longest.
func (p *pages) wished(v *cabinet.Visit, wish number.Wish) (number.Entry, error) {
	if wish.Number == "" {
		return number.NextFree(v.Context(), p.DB, v.Project.Country, wish)
	}
	e, ok, err := number.Get(v.Context(), p.DB, wish.Number)
	if err == nil && !ok {
		err = errs.New(errs.Conflict, "number.not_in_stock", "%.20q is not in stock", wish.Number).At("number").Try("choose a number of the price list")
	}
	return e, err
}

// askNumber asks about a number of the operator's with what its use costs.
func (p *pages) askNumber(v *cabinet.Visit, c ui.Confirm, e number.Entry, wish number.Wish) error {
	rented := pricing.Number{Number: e.Number, Owner: e.Owner, Kind: e.Kind, Use: wish.Use}
	if err := billing.CheckNumber(rented, v.Project.Country); err != nil {
		return err
	}
	outcome, err := p.preview(v, billing.Change{Rent: []pricing.Number{rented}})
	if err != nil {
		return err
	}
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	c.Effect = []ui.Effect{{Text: v.T("numbers.use"), After: useName(v, wish.Use)}}
	if wish.Label != "" {
		c.Effect = append(c.Effect, ui.Effect{Text: v.T("numbers.label"), After: wish.Label})
	}
	c.Effect = append(c.Effect, effect.Lines(v, t.Book, outcome)...)
	return p.ask(v, c, outcome, pathNumbers, "numbers.title", helpNumbers)
}

// chooseRent offers free numbers of one country, area and kind.
func (p *pages) chooseRent(v *cabinet.Visit, wish number.Wish) error {
	first, err := p.wished(v, wish)
	if err != nil {
		return err
	}
	if err := number.MayRent(v.Context(), p.DB, v.Project.ID, first.Number); err != nil {
		return err
	}
	wish.Country, wish.Area, wish.Kind = first.Country, first.Area, first.Kind
	free, err := number.List(v.Context(), p.DB, number.Filter{State: number.Free, Country: wish.Country, Area: wish.Area, Kind: wish.Kind}, "", mostNamed)
	if err != nil {
		return err
	}
	place := cabinet.Place(v.Printer, first.Country, first.Area, first.AreaName)
	choice := newRentChoice(v, wish, v.R.FormValue("for"))
	choice.title, choice.action = v.T("numbers.rent_new", lang.Values{"Kind": kindName(v, first.Kind), "Place": place}), v.Path(pathNumbers+"/rent/new")
	choice.fields = []ui.Choice{{Value: "country", Text: wish.Country}, {Value: "area", Text: wish.Area}, {Value: "kind", Text: wish.Kind}}
	choice.numbers = ui.Select{ID: "rent-number", Name: "number", Label: v.T("numbers.number"), Any: v.T("numbers.any"), Value: wish.Number}
	for _, e := range free {
		choice.numbers.Choices = append(choice.numbers.Choices, ui.Choice{Value: e.Number, Text: v.Phone(phone.Number(e.Number))})
	}
	return choice.render(v)
}

func newRentChoice(v *cabinet.Visit, wish number.Wish, use string) rentChoice {
	if !slices.Contains(billing.NumberUses, use) {
		use = billing.NumberUses[0]
	}
	return rentChoice{
		next:  v.T("numbers.own_next"),
		use:   ui.Select{ID: "rent-use", Name: "use", Label: v.T("numbers.use"), Choices: useChoices(v), Value: use},
		label: ui.Field{ID: "rent-label", Name: "label", Label: v.T("numbers.label"), Hint: v.T("numbers.label_hint"), Longest: 100, Value: wish.Label},
	}
}

func (c rentChoice) render(v *cabinet.Visit) error {
	return v.Render(ui.Page{Title: c.title, Section: sectionNumbers, Crumbs: crumbs(v, pathNumbers, "numbers.title"), Narrow: true, Help: helpNumbers}, c.draw())
}

// doRent rents once for a form, however often it is sent.
func (p *pages) doRent(v *cabinet.Visit) error {
	wish, id := readRent(v), v.R.PostFormValue("id")
	if id == "" || len(id) > 100 || wish.Number == "" {
		return errs.New(errs.Invalid, "products.bad_form", "the form has no id or no number").At("id").Try("open the form anew")
	}
	request := idem.Hash([]byte(wish.Number), []byte(wish.Country), []byte(wish.Area), []byte(wish.Kind), []byte(wish.Use), []byte(wish.Label))
	var answer idem.Answer
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = idem.Do(ctx, tx, "cabinet/"+string(v.Project.ID), id, request, func() (int, []byte, error) {
			if err := asked(v); err != nil {
				return 0, nil, err
			}
			entry, err := p.Numbers.Rent(ctx, tx, v.Project.ID, wish, by(v), v.At)
			if errs.CodeOf(err) == "number.not_free" && v.R.PostFormValue("any") != "" { // somebody was faster: the next one like it
				wish.Number = ""
				entry, err = p.Numbers.Rent(ctx, tx, v.Project.ID, wish, by(v), v.At)
			}
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
