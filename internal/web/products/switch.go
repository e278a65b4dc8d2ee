package products

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// keepPath takes back, on the day it was asked for, that a product ends tonight.
func keepPath(v *cabinet.Visit, product string) string {
	return v.Path(pathProducts+"/keep?"+cabinet.DayField+"=") + today(v).String() + "&product=" + product
}

// wish is what is asked of a product: on at once, or off tonight.
type wish struct {
	product pricebook.Product
	on      bool
}

func (p *pages) readWish(v *cabinet.Visit, has possession) (w wish, err error) {
	name := v.R.PathValue("product")
	product, ok := has.tariff.Book.Product(name)
	if !ok {
		return w, pricing.UnknownProduct(has.tariff.Book, name)
	}
	switch to := v.R.FormValue("to"); to {
	case "on", "off":
		return wish{product, to == "on"}, nil
	}
	return w, errs.New(errs.Invalid, "products.bad_switch", "a product is switched on or off").At("to")
}

// switches are those of the wish with what goes with it: on come the products it needs, off go those that need it.
func (w wish) switches(book *pricebook.Book, on []string) []billing.Switch {
	all := []billing.Switch{{Product: w.product.Name, On: w.on, Tonight: !w.on}}
	known := func(name string) bool {
		return slices.ContainsFunc(all, func(s billing.Switch) bool { return s.Product == name })
	}
	for i := 0; i < len(all); i++ {
		for _, other := range book.Products {
			needs := w.on && slices.Contains(needsOf(book, all[i].Product), other.Name) && !slices.Contains(on, other.Name)
			needed := !w.on && slices.Contains(on, other.Name) && slices.Contains(other.Needs, all[i].Product)
			if (needs || needed) && !known(other.Name) {
				all = append(all, billing.Switch{Product: other.Name, On: w.on, Tonight: !w.on})
			}
		}
	}
	return all
}

func needsOf(book *pricebook.Book, product string) []string {
	found, _ := book.Product(product)
	return found.Needs
}

func namesOf(switches []billing.Switch) []string {
	names := make([]string, len(switches))
	for i, s := range switches {
		names[i] = s.Product
	}
	return names
}

// withField is the hidden field with the products that were shown to go together.
const withField = "with"

func (p *pages) askSwitch(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	w, err := p.readWish(v, has)
	if err != nil {
		return err
	}
	switches := w.switches(has.tariff.Book, has.config.Products)
	outcome, err := p.preview(v, billing.Change{Products: switches})
	if err != nil {
		return err
	}
	confirm := w.confirm(v, has, switches, outcome)
	return v.Render(ui.Page{Title: confirm.Title, Section: funds.Section, Crumbs: crumbs(v, pathProducts, "products.title"), Narrow: true, Help: helpProducts}, confirm.Draw())
}

// crumbs lead back to a page.
func crumbs(v *cabinet.Visit, path string, title lang.Key) []ui.Link {
	return []ui.Link{{Text: v.T(title), Href: v.Path(path)}}
}

func (w wish) confirm(v *cabinet.Visit, has possession, switches []billing.Switch, outcome billing.Effect) ui.Confirm {
	book, names := has.tariff.Book, namesOf(switches)
	values := lang.Values{"Products": titlesOf(v, book, names), "Day": v.DateLong(has.day + 1), "Product": effect.Title(v, book, names[0])}
	c := ui.Confirm{
		Effect: effect.Lines(v, book, outcome), Action: v.Path(pathProducts + "/switch/" + w.product.Name), No: v.Path(pathProducts),
		Fields: []ui.Choice{{Value: "to", Text: v.R.FormValue("to")}, {Value: withField, Text: strings.Join(names[1:], ",")}, v.DayOf()},
		Title:  v.T("products.off_title", values), Yes: v.T("products.off_yes"), Text: v.T("products.off_text", values),
	}
	if w.on {
		c.Title, c.Yes, c.Text = v.T("products.on_title", values), v.T("products.on_yes"), onText(v, book, outcome)
		c.Effect = effect.Lines(v, book, outcome, priceLines(v, has, switches)...)
	}
	if len(switches) > 1 {
		values["Others"] = titlesOf(v, book, names[1:])
		c.Yes = v.T("products.off_both")
		key := lang.Key("products.off_with")
		if w.on {
			key, c.Yes = "products.on_with", v.T("products.on_both")
		}
		c.Text = v.T(key, values) + " " + c.Text
	}
	return c
}

// onText says when the product works and what it costs to change one's mind today: by the book's measure.
func onText(v *cabinet.Visit, book *pricebook.Book, outcome billing.Effect) string {
	cost := -effect.More(outcome.Before.Today, outcome.After.Today)
	switch {
	case book.Measure == pricebook.MeasurePeak && cost > 0:
		if !effect.SeesAmounts(v) {
			return v.T("products.on_text_unseen")
		}
		return v.T("products.on_text_peak", lang.Values{"Cost": v.Money(cost, v.Project.Currency)})
	case book.Measure == pricebook.MeasureEndOfDay:
		return v.T("products.on_text_end")
	}
	return v.T("products.on_text_free")
}

// priceLines tell the price of each product that is switched on, before any discount.
func priceLines(v *cabinet.Visit, has possession, switches []billing.Switch) (lines []ui.Effect) {
	if len(switches) < 2 {
		return nil
	}
	for _, s := range switches {
		product, _ := has.tariff.Book.Product(s.Product)
		price := product.Monthly[v.Project.Currency]
		lines = append(lines, ui.Effect{
			Text:  effect.Title(v, has.tariff.Book, s.Product),
			After: v.T("products.price_30", lang.Values{"Price": v.Money(price, v.Project.Currency), "Daily": v.Money(perDay(has.tariff, price, has.day), v.Project.Currency)}),
		})
	}
	return lines
}

// doSwitch makes the change that was shown: where others would have to go with it by now, it is refused and asked anew.
func (p *pages) doSwitch(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	w, err := p.readWish(v, has)
	if err != nil {
		return err
	}
	switches := w.switches(has.tariff.Book, has.config.Products)
	if strings.Join(namesOf(switches)[1:], ",") != v.R.PostFormValue(withField) {
		return errs.New(errs.Conflict, "products.others_changed", "the products that go with it have changed since").At(withField).Try("look at the effect anew")
	}
	before := has
	if err := p.switchAll(v, switches); err != nil {
		return err
	}
	return v.Done(v.Path(pathProducts), switchToast(v, before, w, switches))
}

// switchAll switches products and writes the trail.
func (p *pages) switchAll(v *cabinet.Visit, switches []billing.Switch) error {
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		before, err := onOf(ctx, tx, v)
		if err != nil {
			return err
		}
		if err := p.Billing.SwitchProducts(ctx, tx, v.Project.ID, switches, v.At); err != nil {
			return err
		}
		after, err := onOf(ctx, tx, v)
		if err != nil || reflect.DeepEqual(before, after) {
			return err // another tab was first: nothing to tell
		}
		return v.Record(ctx, tx, audit.Change{
			Object: "products", ObjectID: strings.Join(namesOf(switches), ","), Action: "switch", Before: before, After: after,
		})
	})
	if err == nil {
		v.Publish(cabinet.TopicBalance)
	}
	return err
}

// onProducts are the products of a project for the trail.
type onProducts struct {
	On      []string `json:"on"`
	Tonight []string `json:"off_tonight,omitempty"`
}

func onOf(ctx context.Context, tx *store.Tx, v *cabinet.Visit) (on onProducts, err error) {
	config, err := billing.GetConfiguration(ctx, tx, v.Project.ID)
	if err != nil {
		return on, err
	}
	on.On = config.Products
	on.Tonight, err = billing.EndingTonight(ctx, tx, v.Project.ID, v.At)
	return on, err
}

func switchToast(v *cabinet.Visit, has possession, w wish, switches []billing.Switch) ui.Toast {
	values := lang.Values{"Products": titlesOf(v, has.tariff.Book, namesOf(switches)), "Day": v.DateLong(has.day + 1)}
	toast := ui.Toast{Undo: v.Path(pathProducts + "/keep"), Fields: []ui.Choice{v.DayOf()}, Text: v.N("products.off_done", len(switches), values)}
	for _, s := range switches {
		toast.Fields = append(toast.Fields, ui.Choice{Value: "product", Text: s.Product})
	}
	if w.on {
		toast.Undo, toast.Text = v.Path(pathProducts+"/undo"), v.N("products.on_done", len(switches), values)
	}
	return toast
}

// costOfDay is what a day of products costs by themselves, at list price.
func costOfDay(has possession, v *cabinet.Visit, names []string) (cost money.Micro) {
	for _, name := range names {
		product, _ := has.tariff.Book.Product(name)
		cost += perDay(has.tariff, product.Monthly[v.Project.Currency], has.day)
	}
	return cost
}
