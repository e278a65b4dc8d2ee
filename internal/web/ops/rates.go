package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/bookshelf"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/rating"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) rateRoutes() {
	p.Handle("GET /op/rates", cabinet.Operator(access.View, access.Rates), p.rates)
	p.Handle("GET /op/rates/upload", cabinet.Operator(access.Edit, access.Rates), p.ratesForm)
	p.Handle("POST /op/rates/upload", cabinet.Operator(access.Edit, access.Rates).UpTo(mostUpload), p.uploadRates)
}

// sheetOf is the version and the card that an address chooses, the newest version of the first book where it chooses none.
type sheetOf struct {
	book *pricebook.Book
	card pricebook.RateCard
}

func (p *pages) sheets() (all []sheetOf) {
	for _, name := range p.Books.Names() {
		for _, b := range slices.Backward(p.Books.Versions(name)) {
			for _, card := range b.RateCards {
				all = append(all, sheetOf{b, card})
			}
		}
	}
	return all
}

func (s sheetOf) key() string { return s.book.Ref() + "/" + s.card.Name }

// rates shows the rows of a rate card, and which of them a number falls under and why.
func (p *pages) rates(v *cabinet.Visit) error {
	all := p.sheets()
	page := ui.Page{Title: v.T("ops.rates"), Section: sectionRates, Help: "/help/op-price-books"}
	if len(all) == 0 {
		return v.Render(page, paragraph(v.T("ops.no_rates")))
	}
	if v.May(access.Edit, access.Rates) {
		page.Actions = ui.Button{Text: v.T("ops.upload_rates"), Icon: ui.IconPlus, Kind: ui.Primary, Href: "/op/rates/upload"}.Draw()
	}
	query := v.URL.Query()
	sheet := all[0]
	for _, one := range all {
		if one.key() == query.Get("card") {
			sheet = one
		}
	}
	l := p.rateList(v, sheet)
	if done, err := v.Export(l); done || err != nil {
		return err
	}
	table, err := v.Table(l)
	if err != nil {
		return err
	}
	var choices []ui.Choice
	for _, one := range all {
		choices = append(choices, ui.Choice{Value: one.key(), Text: one.key()})
	}
	number := strings.TrimSpace(query.Get("number"))
	search := searchRates(ui.Select{ID: "card", Name: "card", Label: v.T("ops.card"), Value: sheet.key(), Choices: choices}, ui.Field{
		ID: "number", Name: "number", Label: v.T("ops.number_or_prefix"), Hint: v.T("ops.number_or_prefix_hint"), Value: number, Type: "search", Digits: true,
	})
	parts := []templ.Component{card("", search)}
	if number != "" {
		parts = append(parts, p.rateOf(v, sheet, number))
	}
	return v.Render(page, stack(append(parts, table.Draw())...))
}

// rateOf says which row a number falls under, in each currency, and how a minute comes to its price (Rule B-20).
func (p *pages) rateOf(v *cabinet.Visit, sheet sheetOf, number string) templ.Component {
	digits := onlyDigits(number)
	var parts []templ.Component
	for _, currency := range sheet.book.Currencies {
		table, ok := sheet.book.Card(sheet.card.Name, currency)
		if !ok {
			continue
		}
		rate, err := table.Match(digits, v.At)
		if err != nil {
			said, _ := v.Error(err)
			parts = append(parts, remark(ui.Bad, string(currency), said))
			continue
		}
		charge, err := rate.Price(v.At, 60)
		if err == nil {
			parts = append(parts, rateFound(string(currency), rate, rateText(v, rate, charge.Amount)))
		}
	}
	return card(v.T("ops.rate_of", map[string]any{"Number": v.Phone(phone.Number("+" + digits))}), parts...)
}

// rateText says what a row costs, and what a minute of talk does.
func rateText(v *cabinet.Visit, r rating.Rate, minute money.Micro) string {
	return v.T("ops.rate_text", map[string]any{
		"Minute": v.MoneyExact(r.PerMinute, r.Currency), "Connect": v.MoneyExact(r.Connect, r.Currency),
		"First": v.Int(int(r.First)), "Next": v.Int(int(r.Next)), "Sum": v.MoneyExact(minute, r.Currency),
	})
}

func onlyDigits(text string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text)
}

// rateList is the rows of a card; with a number only those whose prefix it begins with, or that begin with it.
func (p *pages) rateList(v *cabinet.Visit, sheet sheetOf) cabinet.List {
	digits := onlyDigits(v.URL.Query().Get("number"))
	rows := slices.DeleteFunc(sheet.card.AllRows(), func(r rating.Row) bool {
		return digits != "" && !strings.HasPrefix(r.Prefix, digits) && !strings.HasPrefix(digits, r.Prefix)
	})
	return cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "prefix", Title: v.T("ops.prefix"), Fixed: true},
				{Key: "zone", Title: v.T("ops.destination")},
				{Key: "currency", Title: v.T("ops.currency")},
				{Key: "minute", Title: v.T("ops.per_minute"), Numeric: true},
				{Key: "connect", Title: v.T("ops.connect"), Numeric: true},
				{Key: "step", Title: v.T("ops.increments"), Numeric: true},
				{Key: "free", Title: v.T("ops.free_seconds"), Numeric: true},
				{Key: "band", Title: v.T("ops.band"), Extra: true},
				{Key: "from", Title: v.T("ops.effective"), Extra: true},
			},
			Filters: []ui.Filter{{Key: "currency", Title: v.T("ops.currency")}, {Key: "zone", Title: v.T("ops.destination")}},
		},
		Caption: sheet.key(), Right: access.Rates, Count: v.N("ops.count_rates", len(rows)), Short: true, Empty: ui.Empty{Icon: ui.IconCalls, Title: v.T("ops.no_rates")},
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			picked := slices.DeleteFunc(slices.Clone(rows), func(r rating.Row) bool {
				return !has(string(r.Currency), strings.ToUpper(state.Filters["currency"])) || !strings.Contains(strings.ToLower(r.Zone+"\n"+cabinet.Destination(v.Printer, r.Zone)), strings.ToLower(state.Filters["zone"]))
			})
			page, next, err := cabinet.Cut(picked, after, limit)
			if err != nil {
				return nil, "", err
			}
			list := make([]cabinet.Row, len(page))
			for i, r := range page {
				list[i] = rateRow(v, r, i)
			}
			return list, next, nil
		},
	}
}

func rateRow(v *cabinet.Visit, r rating.Row, i int) cabinet.Row {
	row := cabinet.Row{ID: r.Prefix + "-" + strconv.Itoa(i), Cells: map[string]cabinet.Cell{
		"prefix": cabinet.Code(r.Prefix), "zone": cabinet.Text(cabinet.Destination(v.Printer, r.Zone)), "currency": cabinet.Text(string(r.Currency)),
		"minute": cabinet.Shown(ui.MoneyExact(r.PerMinute, r.Currency), r.PerMinute), "connect": cabinet.Shown(ui.MoneyExact(r.Connect, r.Currency), r.Connect),
		"step": cabinet.Text(strconv.FormatInt(r.First, 10) + "/" + strconv.FormatInt(r.Next, 10)), "free": cabinet.Int(int(r.Free)),
	}}
	if r.Band != "" {
		row.Cells["band"] = cabinet.Text(r.Band)
	}
	if r.From != 0 {
		row.Cells["from"] = cabinet.Day(r.From)
	}
	return row
}

func (p *pages) ratesUpload(v *cabinet.Visit, wrong mistakes) form {
	var choices []ui.Choice
	for _, one := range p.sheets() {
		if versions := p.Books.Versions(one.book.Name); versions[len(versions)-1] == one.book {
			choices = append(choices, ui.Choice{Value: one.book.Name + "/" + one.card.Name, Text: one.book.Name + ", " + one.card.Name})
		}
	}
	day := ""
	if v.R.MultipartForm != nil {
		day = v.R.PostFormValue("effective")
	}
	return form{
		page:   ui.Page{Title: v.T("ops.upload_rates"), Lead: v.T("ops.upload_rates_lead"), Section: sectionRates, Crumbs: []ui.Link{{Text: v.T("ops.rates"), Href: "/op/rates"}}, Help: "/help/op-price-books"},
		action: "/op/rates/upload", submit: v.T("ops.check_and_save"), back: "/op/rates", upload: true, wrong: wrong[""],
		fields: []templ.Component{
			ui.Select{ID: "card", Name: "card", Label: v.T("ops.card"), Choices: choices, Error: wrong["card"]}.Draw(),
			ui.FileField{ID: "file", Name: "file", Label: v.T("ops.csv_file"), Hint: v.T("ops.rates_hint"), Accept: ".csv,text/csv", Required: true, Error: wrong["file"]}.Draw(),
			ui.Field{ID: "effective", Name: "effective", Label: v.T("ops.effective"), Hint: v.T("ops.effective_hint"), Type: "date", Value: day, Required: true, Error: wrong["effective"]}.Draw(),
		},
	}
}

func (p *pages) ratesForm(v *cabinet.Visit) error { return ask(v, p.ratesUpload(v, nil)) }

// uploadRates makes a draft of the book's next version with other rates in one card; its page tells what is wrong in which line.
func (p *pages) uploadRates(v *cabinet.Visit) error {
	made, err := p.draftOfRates(v)
	if err != nil {
		wrong, err := wrongly(v, err, "card", "file", "effective", "text")
		if err != nil {
			return err
		}
		return askAgain(v, p.ratesUpload(v, wrong))
	}
	return v.Done("/op/books/"+made.ID.String(), ui.Toast{Text: v.T("ops.draft_saved")})
}

func (p *pages) draftOfRates(v *cabinet.Visit) (made bookshelf.Version, err error) {
	files, err := filesIn(v, "file")
	if err != nil {
		return made, err
	}
	rows := ""
	for _, text := range files {
		rows = text
	}
	if rows == "" {
		return made, errs.New(errs.Invalid, "ops.no_file", "choose a file").At("file")
	}
	day, err := civil.ParseDate(v.R.PostFormValue("effective"))
	if err != nil {
		return made, errs.New(errs.Invalid, "ops.bad_day", "%.20q is not a date", v.R.PostFormValue("effective")).At("effective")
	}
	name, chosen, _ := strings.Cut(v.R.PostFormValue("card"), "/")
	book, err := p.Books.Open(nil, name)
	if err != nil {
		return made, err
	}
	text, cards := pricebook.Unbundle(book, day.String(), day)
	if _, ok := cards[chosen+".csv"]; !ok {
		return made, errs.New(errs.Invalid, "ops.no_card", "the book has no rate card %.40q", chosen).At("card")
	}
	u := bookshelf.Upload{Text: string(text), Files: map[string]string{}}
	for file, data := range cards {
		u.Files[file] = string(data)
	}
	u.Files[chosen+".csv"] = rows
	return made, v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Shelf.Begin(ctx, tx, v.Permit, u, v.At)
		return err
	})
}
