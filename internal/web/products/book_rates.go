package products

import (
	"cmp"
	"context"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/rating"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// ratesPage is the search in the rate cards.
type ratesPage struct {
	path, words, wrong string
	answer             *rateAnswer
	table              ui.Table
	packages           bool // calls count minutes of packages instead
}

// rateAnswer says what a call to a number costs, and why.
type rateAnswer struct {
	read              string // how what was typed is understood
	title, price, why string
	examples          []ui.Effect
}

// exampleCalls are how long the calls are whose price is worked out.
var exampleCalls = []int64{27, 61, 320}

func (p *pages) showRates(v *cabinet.Visit) error {
	t, err := p.tariff(v, today(v))
	if err != nil {
		return err
	}
	page := ratesPage{path: v.Path(pathBook + "/rates"), words: strings.TrimSpace(v.R.URL.Query().Get("q")), packages: len(t.Book.RateCards) == 0}
	list := ratesList(v, t, page.words)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	if page.table, err = v.Table(list); err != nil {
		return err
	}
	page.find(v, t)
	return v.Render(ui.Page{
		Title: v.T("book.rates_title"), Section: funds.Section, Crumbs: crumbs(v, pathBook, "book.title"), Lead: v.T("book.rates_lead"), Help: helpBook,
	}, page.draw())
}

// find answers what a call to the number or prefix that was typed costs now.
func (r *ratesPage) find(v *cabinet.Visit, t pricing.Tariff) {
	typed, is := phone.ReadTyped(r.words, t.Country)
	card, ok := t.Book.Card(pricebook.DefaultCard, t.Currency)
	if !is || !ok {
		return
	}
	rate, err := card.Match(typed.Digits, v.At)
	if err != nil {
		r.wrong = v.T("book.no_rate", lang.Values{"Number": "+" + typed.Digits})
		if errs.CodeOf(err) == "rating.bad_number" {
			r.wrong = v.T("book.bad_number")
		}
		return
	}
	r.answer = answerOf(v, rate, typed.Digits)
	r.answer.read = readAs(v, typed)
}

// readAs says how what was typed is understood.
func readAs(v *cabinet.Visit, typed phone.Typed) string {
	key, number := lang.Key("book.read_prefix"), "+"+typed.Digits
	if typed.Whole {
		number = v.Phone(phone.Number(number))
	}
	switch {
	case typed.Whole && typed.National:
		key = "book.read_national"
	case typed.Whole:
		key = "book.read_number"
	case typed.National:
		key = "book.read_national_prefix"
	}
	return v.T(key, lang.Values{"Number": number, "Country": v.Country(v.Project.Country)})
}

func answerOf(v *cabinet.Visit, rate rating.Rate, digits string) *rateAnswer {
	currency := rate.Currency
	a := &rateAnswer{
		title: v.T("book.call_to", lang.Values{"Number": v.Phone(phone.Number("+" + digits)), "Zone": cabinet.Destination(v.Printer, rate.Zone)}),
		price: v.T("book.a_minute", lang.Values{"Price": v.MoneyExact(rate.PerMinute, currency)}),
		why:   v.T("book.rate_why", lang.Values{"Prefix": "+" + rate.Prefix, "Zone": cabinet.Destination(v.Printer, rate.Zone), "Steps": stepsText(v, rate.Row)}),
	}
	if rate.Connect > 0 {
		a.why += " " + v.T("book.connect", lang.Values{"Price": v.MoneyExact(rate.Connect, currency)})
	}
	if rate.Free > 0 {
		a.why += " " + v.N("book.free_seconds", int(rate.Free))
	}
	for _, seconds := range exampleCalls {
		charge, err := rate.Price(v.At, seconds)
		if err != nil {
			continue
		}
		a.examples = append(a.examples, ui.Effect{
			Text: v.T("book.example", lang.Values{
				"Length": v.Clock(time.Duration(seconds) * time.Second), "Billed": v.Clock(time.Duration(charge.Billable) * time.Second),
			}),
			After: v.MoneyExact(charge.Amount, currency),
		})
	}
	return a
}

// stepsText says by what steps a call counts.
func stepsText(v *cabinet.Visit, row rating.Row) string {
	switch {
	case row.First == row.Next && row.Next == 1:
		return v.T("book.by_second")
	case row.First == row.Next:
		return v.N("book.by_steps", int(row.Next))
	case row.Next == 1:
		return v.N("book.then_by_second", int(row.First))
	}
	return v.T("book.then_by_steps", lang.Values{"First": v.Int(int(row.First)), "Next": v.Int(int(row.Next))})
}

// ratesList is the rows of the rate cards that fit what was typed.
func ratesList(v *cabinet.Visit, t pricing.Tariff, words string) cabinet.List {
	return cabinet.List{
		Spec: ui.TableSpec{Sort: "zone", Columns: []ui.Column{
			{Key: "zone", Title: v.T("book.zone"), Sortable: true, Fixed: true},
			{Key: "prefix", Title: v.T("book.prefix"), Sortable: true},
			{Key: "minute", Title: v.T("book.minute"), Numeric: true, Sortable: true},
			{Key: "connect", Title: v.T("book.connect_fee"), Numeric: true},
			{Key: "steps", Title: v.T("book.steps")},
			{Key: "free", Title: v.T("book.free"), Numeric: true, Extra: true},
			{Key: "band", Title: v.T("book.band"), Extra: true},
			{Key: "from", Title: v.T("book.from"), Extra: true},
			{Key: "card", Title: v.T("book.card"), Extra: true},
		}},
		Caption: v.T("book.rates_title"), Right: access.Book,
		Empty: ui.Empty{Icon: ui.IconCalls, Title: v.T("book.no_rates"), Text: v.T("book.no_rates_text")},
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			found := findRates(v, t, words)
			arrange(found, state, order[cardRow]{
				"zone":   func(a, b cardRow) int { return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Prefix, b.Prefix)) },
				"prefix": func(a, b cardRow) int { return cmp.Compare(a.Prefix, b.Prefix) },
				"minute": func(a, b cardRow) int { return cmp.Compare(a.PerMinute, b.PerMinute) },
			})
			rows := make([]cabinet.Row, len(found))
			for i, row := range found {
				rows[i] = row.cells(v, t.Currency)
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
}

// cardRow is a row of a rate card, its destination in the reader's words.
type cardRow struct {
	rating.Row
	card string
}

// findRates are the rows of which what was typed is a part: of a number's digits either may begin with the other.
func findRates(v *cabinet.Visit, t pricing.Tariff, words string) (found []cardRow) {
	typed, _ := phone.ReadTyped(words, t.Country)
	digits, text := typed.Digits, strings.ToLower(words)
	for _, card := range t.Book.RateCards {
		for _, row := range card.Rows(t.Currency) {
			fits := digits != "" && (strings.HasPrefix(row.Prefix, digits) || strings.HasPrefix(digits, row.Prefix))
			given := row.Zone
			row.Zone = cabinet.Destination(v.Printer, given)
			if fits || digits == "" && strings.Contains(strings.ToLower(given+"\n"+row.Zone), text) {
				found = append(found, cardRow{row, card.Name})
			}
		}
	}
	return found
}

func (r cardRow) cells(v *cabinet.Visit, currency money.Currency) cabinet.Row {
	row := cabinet.Row{ID: r.card + r.Prefix + r.Band + r.From.String(), Cells: map[string]cabinet.Cell{
		"zone": cabinet.Text(r.Zone), "prefix": cabinet.Code("+" + r.Prefix), "minute": cabinet.Shown(ui.MoneyExact(r.PerMinute, currency), r.PerMinute),
		"steps": cabinet.Text(stepsText(v, r.Row)), "free": cabinet.Int(int(r.Free)), "card": cabinet.Text(r.card),
	}}
	if r.Connect != 0 {
		row.Cells["connect"] = cabinet.Shown(ui.MoneyExact(r.Connect, currency), r.Connect)
	}
	if r.Band != "" {
		row.Cells["band"] = cabinet.Text(r.Band)
	}
	if r.From != 0 {
		row.Cells["from"] = cabinet.Day(r.From)
	}
	return row
}
