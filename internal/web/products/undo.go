package products

import (
	"slices"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// named are the products a form names, which must be the book's.
func named(v *cabinet.Visit, has possession) ([]string, error) {
	if err := sameDay(v); err != nil {
		return nil, err
	}
	names := v.R.Form["product"]
	if len(names) == 0 || len(names) > len(has.tariff.Book.Products) {
		return nil, errs.New(errs.Invalid, "products.bad_switch", "a product is switched on or off").At("product")
	}
	return names, nil
}

// together are products with all that end tonight with them: what they need, and what needs them and went off with them. One of a pair is
// taken back with the other, however it is asked for.
func together(has possession, names []string) []string {
	all := slices.Clone(names)
	for i := 0; i < len(all); i++ {
		for _, other := range has.ending {
			bound := slices.Contains(needsOf(has.tariff.Book, all[i]), other) || slices.Contains(needsOf(has.tariff.Book, other), all[i])
			if bound && !slices.Contains(all, other) {
				all = append(all, other)
			}
		}
	}
	return all
}

// keepProducts takes back that products end tonight. What does not end is not switched on: that would cost.
func (p *pages) keepProducts(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	names, err := named(v, has)
	if err != nil {
		return err
	}
	names = together(has, names)
	var switches []billing.Switch
	for _, name := range names {
		if slices.Contains(has.ending, name) {
			switches = append(switches, billing.Switch{Product: name, On: true})
		}
	}
	if len(switches) > 0 {
		if err := p.switchAll(v, switches); err != nil {
			return err
		}
	}
	return v.Done(v.Path(pathProducts), ui.Toast{Text: v.N("products.kept", len(names), lang.Values{"Products": titlesOf(v, has.tariff.Book, names)})})
}

// undoSwitch switches off at once what was switched on today, and says what the day costs all the same (Rule B-61).
func (p *pages) undoSwitch(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	names, err := named(v, has)
	if err != nil {
		return err
	}
	switches := make([]billing.Switch, len(names))
	for i, name := range names {
		switches[i] = billing.Switch{Product: name}
	}
	if err := p.switchAll(v, switches); err != nil {
		return err
	}
	values := lang.Values{"Products": titlesOf(v, has.tariff.Book, names)}
	text := v.N("products.undone", len(names), values)
	if has.tariff.Book.Measure == pricebook.MeasurePeak && costOfDay(has, v, names) > 0 {
		text = v.N("products.undone_peak", len(names), values)
	}
	return v.Done(v.Path(pathProducts), ui.Toast{Text: text})
}
