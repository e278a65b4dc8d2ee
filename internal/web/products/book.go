package products

import (
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// bookPage is everything the page of the price book shows.
type bookPage struct {
	lead      string
	coming    string // the version that begins at midnight; empty for none
	keep      string // the path that takes the move back; empty where the reader may not
	discounts []string
	rates     int // destinations of the rate cards
	ratesPath string
	versions  []versionView
	prices    ui.Table
	day       ui.Choice
}

// versionView is a version of the project's book.
type versionView struct {
	version, dates, path string
	here, coming         bool
}

func (p *pages) showBook(v *cabinet.Visit) error {
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	list := pricesList(v, t)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	page := bookPage{discounts: discountsOf(v, t), versions: p.versionsOf(v), ratesPath: v.Path(pathBook + "/rates"), day: v.DayOf()}
	if page.prices, err = v.Table(list); err != nil {
		return err
	}
	for _, card := range t.Book.RateCards {
		page.rates += len(card.Rows(t.Currency))
	}
	now, next := v.Project.BookAt(today(v)), v.Project.BookAt(today(v)+1)
	page.lead = v.T("book.in_force", lang.Values{
		"Book": t.Book.Title.In(string(v.Lang)), "Version": now.Version, "Day": v.DateLong(now.From), "Currency": lang.CurrencySign(t.Currency),
	})
	if now.Version != next.Version {
		page.coming = v.T("book.coming", lang.Values{"Version": next.Version, "Day": v.DateLong(next.From)})
		if v.May(access.Edit, access.Book) {
			page.keep = v.Path(pathBook + "/keep")
		}
	}
	return v.Render(ui.Page{
		Title: v.T("book.title"), Section: funds.Section, Tabs: funds.Tabs(v, funds.TabBook), Help: helpBook, Lead: page.lead,
	}, page.draw())
}

// versionsOf lists the versions of the project's book, the newest first.
func (p *pages) versionsOf(v *cabinet.Visit) (views []versionView) {
	now, next := v.Project.BookAt(today(v)), v.Project.BookAt(today(v)+1)
	for _, book := range slices.Backward(p.Books.Versions(now.Book)) {
		view := versionView{
			version: book.Version, here: book.Version == now.Version, coming: book.Version == next.Version && next.Version != now.Version,
			path: v.Path(pathBook + "/versions/" + book.Version), dates: v.T("book.sold_from", lang.Values{"Day": v.DateLong(book.Effective)}),
		}
		views = append(views, view)
	}
	return views
}

// discountsOf are the book's discounts in sentences.
func discountsOf(v *cabinet.Visit, t pricing.Tariff) (texts []string) {
	has := possession{tariff: t}
	if text := ladder(v, has); text != "" {
		texts = append(texts, text)
	}
	if steps := longTermSteps(v, t.Book.LongTerm); len(steps) > 0 {
		texts = append(texts, v.T("book.long_term", lang.Values{"Steps": joined(v, steps)}))
	}
	if l := t.Book.Loyalty; l != nil {
		texts = append(texts, v.T("book.loyalty", lang.Values{"Cap": v.Percent(int(l.Cap), false)}))
	}
	var tiers []string
	for _, tier := range t.Book.Agency {
		tiers = append(tiers, v.T("book.agency_step", lang.Values{"From": v.Money(tier.From[t.Currency], t.Currency), "Off": v.Percent(int(tier.Off), false)}))
	}
	if len(tiers) > 0 {
		texts = append(texts, v.T("book.agency", lang.Values{"Steps": joined(v, tiers)}))
	}
	return texts
}

func longTermSteps(v *cabinet.Visit, steps []pricebook.LongTerm) (texts []string) {
	for _, step := range steps {
		texts = append(texts, v.T("book.long_term_step", lang.Values{"Days": v.N("products.days", int(step.Days)), "Off": v.Percent(int(step.Off), false)}))
	}
	return texts
}

// version is the version of the project's book that the address names.
func (p *pages) version(v *cabinet.Visit) (now, other *pricebook.Book, err error) {
	period := v.Project.BookAt(today(v))
	if now, err = p.Books.Get(period.Book, period.Version); err != nil {
		return nil, nil, err
	}
	if other, err = p.Books.Get(period.Book, v.R.PathValue("version")); err != nil {
		return nil, nil, err
	}
	_, err = pricing.For(other, v.Project.Country, v.Project.Currency)
	return now, other, err
}

func (p *pages) showVersion(v *cabinet.Visit) error {
	now, other, err := p.version(v)
	if err != nil {
		return err
	}
	list := differencesList(v, now, other)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	base := v.Path(pathBook + "/versions/" + other.Version)
	page := ui.Page{
		Title: v.T("book.version_title", lang.Values{"Version": other.Version}), Section: funds.Section, Crumbs: crumbs(v, pathBook, "book.title"), Help: helpBook,
		Lead: v.T("book.version_lead", lang.Values{"Version": other.Version, "Now": now.Version, "Day": v.DateLong(other.Effective)}),
	}
	if mayMove(v, now, other, today(v)) {
		page.Actions = moveButton(v, now, other, base+"/move").Draw()
	}
	whatIf := ""
	if now != other && v.May(access.View, access.Funds) {
		whatIf = base + "/what-if"
	}
	return v.Render(page, versionPage(table, whatIf))
}

// moveButton offers a newer version; an older one is a way back, which is less in sight.
func moveButton(v *cabinet.Visit, now, other *pricebook.Book, href string) ui.Button {
	if isOlder(now, other) {
		return ui.Button{Text: v.T("book.back"), Kind: ui.Quiet, Icon: ui.IconUndo, Dialog: true, Href: href}
	}
	return ui.Button{Text: v.T("book.move"), Kind: ui.Primary, Dialog: true, Href: href}
}

func isOlder(now, other *pricebook.Book) bool { return other.Effective < now.Effective }

// mayMove leaves out what billing would refuse anyway.
func mayMove(v *cabinet.Visit, now, other *pricebook.Book, day civil.Date) bool {
	return now != other && other.Effective <= day+1 && v.Project.BookAt(day+1).Version != other.Version && v.May(access.Edit, access.Book)
}

// wrapped is a cell of text that may be long.
func wrapped(text string) cabinet.Cell {
	if text == "" {
		return cabinet.Cell{}
	}
	return cabinet.Shown(long(text), text)
}
