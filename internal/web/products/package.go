package products

import (
	"context"
	"fmt"
	"strconv"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
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

// packageView is a minute package with its use this month and the sizes it is sold in.
type packageView struct {
	title    string
	used     int64
	included int64 // of the size held
	month    string
	rest     string
	sizes    []sizeView
	progress ui.ProgressView
}

// sizeView is a size of a package.
type sizeView struct {
	title, price, outlook string
	held, cheapest        bool
	choose                ui.Button // the zero value where it cannot be chosen
}

func packagesOf(v *cabinet.Visit, has possession) ([]packageView, error) {
	views := make([]packageView, len(has.tariff.Book.Packages))
	for i, pack := range has.tariff.Book.Packages {
		var err error
		if views[i], err = packageOf(v, has, pack); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// pace is how many minutes a month comes to at its pace so far.
func pace(used int64, day civil.Date) int64 {
	gone, length := int64(day-day.FirstOfMonth())+1, int64(day.FirstOfNextMonth()-day.FirstOfMonth())
	return (used*length + gone - 1) / gone
}

func packageOf(v *cabinet.Visit, has possession, pack pricebook.Package) (packageView, error) {
	held, used := has.config.Packages[pack.Name], has.minutes[pack.Name]
	view := packageView{title: effect.PackageTitle(v, pack), used: used, included: pack.Included, month: v.Month(has.day)}
	if held > 0 {
		view.included = held
	}
	view.rest = v.T("products.package_overage", lang.Values{"Price": v.MoneyExact(pack.Overage[v.Project.Currency], v.Project.Currency)})
	view.progress = ui.ProgressView{ID: "package-" + pack.Name, Text: v.T("products.package_used", lang.Values{"Month": view.month}), Done: int(used), Total: int(view.included)}
	ahead, best := pace(used, has.day), money.Micro(-1)
	sizes := append([]pricebook.LargerPackage{{}}, pack.Larger...)
	costs := make([]money.Micro, len(sizes))
	for i, size := range sizes {
		cost, err := costOfSize(has.tariff, pack, size, ahead)
		if err != nil {
			return view, err
		}
		if costs[i] = cost; best < 0 || cost < best {
			best = cost
		}
	}
	cheapest := false
	for i, size := range sizes {
		s := sizeOf(v, has, pack, size, held)
		s.outlook = v.T("products.package_ahead", lang.Values{"Minutes": v.Int(int(ahead)), "Cost": v.Money(costs[i], v.Project.Currency)})
		s.cheapest = costs[i] == best && !cheapest && len(sizes) > 1 && used > 0
		cheapest = cheapest || s.cheapest
		view.sizes = append(view.sizes, s)
	}
	return view, nil
}

// costOfSize is what a month of so many minutes costs with a size of the package.
func costOfSize(t pricing.Tariff, pack pricebook.Package, size pricebook.LargerPackage, minutes int64) (cost money.Micro, err error) {
	month := pricing.Month{Minutes: map[string]int64{pack.Name: minutes}, Larger: map[string]int64{}}
	if size.Minutes > 0 {
		month.Larger[pack.Name] = size.Minutes
		line, err := t.LargerPackage(pack, size)
		if err != nil {
			return 0, err
		}
		cost -= line.Amount
	}
	lines, err := t.MonthEnd(month)
	for _, line := range lines {
		if line.Kind == pricing.PackageOverage {
			cost -= line.Amount
		}
	}
	return cost, err
}

func sizeOf(v *cabinet.Visit, has possession, pack pricebook.Package, size pricebook.LargerPackage, held int64) sizeView {
	minutes := size.Minutes
	if minutes == 0 {
		minutes = pack.Included
	}
	s := sizeView{title: v.N("products.minutes", int(minutes)), price: v.T("products.package_included"), held: held == size.Minutes}
	if size.Minutes > 0 {
		s.price = v.T("products.a_month", lang.Values{"Price": v.Money(size.Price[v.Project.Currency], v.Project.Currency)})
	}
	if has.mayEdit && !s.held {
		s.choose = ui.Button{
			Text: v.T("products.package_choose"), Small: true, Dialog: true,
			Href: v.Path(fmt.Sprintf("%s/packages/%s?minutes=%d", pathProducts, pack.Name, size.Minutes)),
		}
	}
	return s
}

// readSize is the package and the minutes that are asked for.
func readSize(v *cabinet.Visit, has possession) (pack pricebook.Package, minutes int64, err error) {
	name := v.R.PathValue("package")
	pack, ok := has.tariff.Book.Package(name)
	if !ok {
		return pack, 0, errs.New(errs.NotFound, "billing.unknown_package", "the book has no package %.40q", name).At("package")
	}
	if minutes, err = strconv.ParseInt(v.R.FormValue("minutes"), 10, 64); err != nil {
		return pack, 0, errs.New(errs.Invalid, "billing.unknown_package_size", "%.20q is no number of minutes", v.R.FormValue("minutes")).At("minutes").With("minutes", v.R.FormValue("minutes"))
	}
	return pack, minutes, nil
}

func (p *pages) askPackage(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	pack, minutes, err := readSize(v, has)
	if err != nil {
		return err
	}
	outcome, err := p.preview(v, billing.Change{Packages: map[string]int64{pack.Name: minutes}})
	if err != nil {
		return err
	}
	size := minutes
	if size == 0 {
		size = pack.Included
	}
	values := lang.Values{"Package": effect.PackageTitle(v, pack), "Minutes": v.N("products.minutes", int(size)), "Day": v.DateLong(has.day.FirstOfNextMonth())}
	c := ui.Confirm{
		Title: v.T("products.package_title", values), Text: v.T("products.package_text", values), Effect: effect.Lines(v, has.tariff.Book, outcome),
		Action: v.Path(pathProducts + "/packages/" + pack.Name), Fields: []ui.Choice{{Value: "minutes", Text: strconv.FormatInt(minutes, 10)}, v.DayOf()},
		Yes: v.T("products.package_yes"), No: v.Path(pathProducts),
	}
	if minutes == 0 {
		c.Text = v.T("products.package_back", values)
	}
	return p.ask(v, c, outcome, pathProducts, "products.title", helpProducts)
}

// ask answers with a confirmation; where funds do not cover it, it says so and asks nothing.
func (p *pages) ask(v *cabinet.Visit, c ui.Confirm, outcome billing.Effect, back string, title lang.Key, help string) error {
	page := ui.Page{Title: c.Title, Section: funds.Section, Crumbs: crumbs(v, back, title), Narrow: true, Help: help}
	if back == pathNumbers {
		page.Section = sectionNumbers
	}
	if !outcome.Covered {
		return v.Render(page, uncovered(v, c, -pricing.Sum(outcome.AtOnce)))
	}
	return v.Render(page, c.Draw())
}

func (p *pages) doPackage(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	pack, minutes, err := readSize(v, has)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		before, err := billing.GetConfiguration(ctx, tx, v.Project.ID)
		if err != nil {
			return err
		}
		if err := p.Billing.SetPackage(ctx, tx, v.Project.ID, pack.Name, minutes, v.At); err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{
			Object: "package", ObjectID: pack.Name, Action: "set", Before: before.Packages[pack.Name], After: minutes,
		})
	})
	if err != nil {
		return err
	}
	v.Publish(cabinet.TopicBalance)
	size := minutes
	if size == 0 {
		size = pack.Included
	}
	return v.Done(v.Path(pathProducts), ui.Toast{Text: v.T("products.package_done", lang.Values{"Package": effect.PackageTitle(v, pack), "Minutes": v.N("products.minutes", int(size))})})
}
