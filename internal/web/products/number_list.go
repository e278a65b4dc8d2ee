package products

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// numberPath is the path of a number's page, or of what stands below it.
func numberPath(v *cabinet.Visit, e164, below string) string {
	return v.Path(pathNumbers + "/" + strings.TrimPrefix(e164, "+") + below)
}

// numberTabs are the views of a project's numbers.
func numberTabs(v *cabinet.Visit, here string) []ui.Link {
	tabs := []ui.Link{{Text: v.T("numbers.held"), Href: v.Path(pathNumbers)}}
	if v.May(access.Edit, access.Numbers) {
		tabs = append(tabs, ui.Link{Text: v.T("numbers.rent_title"), Href: v.Path(pathNumbers + "/rent")}, ui.Link{Text: v.T("numbers.own_title"), Href: v.Path(pathNumbers + "/own")})
	}
	tabs = append(tabs, ui.Link{Text: v.T("numbers.resting"), Href: v.Path(pathNumbers + "/resting")})
	for i := range tabs {
		tabs[i].Here = tabs[i].Href == v.Path(here)
	}
	return tabs
}

// held reads the project's numbers, and those that rest after it.
func (p *pages) held(v *cabinet.Visit) (held []number.Held, resting []number.Entry, err error) {
	return held, resting, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		held, resting, err = p.Numbers.OfProject(ctx, q, v.Project.ID, v.At)
		return err
	})
}

func (p *pages) showNumbers(v *cabinet.Visit) error {
	list := p.numbersList(v)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.T("numbers.title"), Section: sectionNumbers, Tabs: numberTabs(v, pathNumbers), Help: helpNumbers}
	if v.May(access.Edit, access.Numbers) {
		page.Actions = ui.Button{Text: v.T("numbers.rent"), Kind: ui.Primary, Icon: ui.IconPlus, Href: v.Path(pathNumbers + "/rent")}.Draw()
	}
	return v.Render(page, liveTable(table, cabinet.Topic(v.Org, cabinet.TopicNumbers), v.URL.RequestURI()))
}

// numbersList is the inventory. What numbers cost is for those who may see the funds.
func (p *pages) numbersList(v *cabinet.Visit) cabinet.List {
	columns := []ui.Column{
		{Key: "number", Title: v.T("numbers.number"), Sortable: true, Fixed: true},
		{Key: "label", Title: v.T("numbers.label"), Sortable: true},
		{Key: "use", Title: v.T("numbers.use"), Sortable: true},
		{Key: "owner", Title: v.T("numbers.owner"), Sortable: true},
		{Key: "state", Title: v.T("numbers.state")},
	}
	if v.May(access.View, access.Funds) {
		columns = append(columns, p.priceColumns(v)...)
	}
	columns = append(columns, ui.Column{Key: "since", Title: v.T("numbers.since"), Sortable: true}, ui.Column{Key: "area", Title: v.T("numbers.area"), Extra: true}, ui.Column{Key: "kind", Title: v.T("numbers.kind"), Extra: true})
	return cabinet.List{
		Spec: ui.TableSpec{Columns: columns, Sort: "since", Filters: numberFilters(v)}, Caption: v.T("numbers.title"), Right: access.Numbers,
		Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("numbers.none"), Text: v.T("numbers.none_text"), Action: firstRent(v)},
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			held, _, err := p.held(v)
			if err != nil {
				return nil, "", err
			}
			held = fitting(held, state.Filters)
			arrange(held, state, byNumberColumn)
			rows := make([]cabinet.Row, len(held))
			for i, h := range held {
				rows[i] = heldRow(v, h)
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
}

// priceColumns are the prices of numbers: by the day, or by the month where the project's book charges months in advance.
func (p *pages) priceColumns(v *cabinet.Visit) []ui.Column {
	byMonth := false
	month := v.T("numbers.a_month")
	if t, err := p.tariff(v, today(v)); err == nil {
		byMonth = slices.ContainsFunc(t.Book.Numbers, func(rule pricebook.NumberRule) bool { return rule.Charged == pricebook.AdvanceMonth })
		if t.Book.Month == pricebook.Month30Days {
			month = v.T("numbers.a_30_days")
		}
	}
	return []ui.Column{
		{Key: "daily", Title: v.T("numbers.a_day"), Numeric: true, Sortable: true, Extra: byMonth},
		{Key: "monthly", Title: month, Numeric: true, Sortable: true},
	}
}

func firstRent(v *cabinet.Visit) ui.Button {
	if !v.May(access.Edit, access.Numbers) {
		return ui.Button{}
	}
	return ui.Button{Text: v.T("numbers.rent"), Kind: ui.Primary, Href: v.Path(pathNumbers + "/rent")}
}

func numberFilters(v *cabinet.Visit) []ui.Filter {
	return []ui.Filter{
		{Key: "text", Title: v.T("numbers.text")},
		{Key: "use", Title: v.T("numbers.use"), Choices: useChoices(v)},
		{Key: "owner", Title: v.T("numbers.owner"), Choices: []ui.Choice{
			{Value: billing.OwnedByOperator, Text: v.T("numbers.rented")}, {Value: billing.OwnedByCustomer, Text: v.T("numbers.own")},
		}},
	}
}

func useChoices(v *cabinet.Visit) (choices []ui.Choice) {
	for _, use := range billing.NumberUses {
		choices = append(choices, ui.Choice{Value: use, Text: useName(v, use)})
	}
	return choices
}

// fitting leaves the numbers that the filters ask for.
func fitting(held []number.Held, filters map[string]string) (fit []number.Held) {
	for _, h := range held {
		if use := filters["use"]; use != "" && h.Use != use {
			continue
		}
		if owner := filters["owner"]; owner != "" && h.Owner != owner {
			continue
		}
		if text := filters["text"]; text != "" && !matches(h.Number.Number, h.Entry.Label, text) {
			continue
		}
		fit = append(fit, h)
	}
	return fit
}

// matches reports whether a number or its label has what was typed. Only what is written as a number is looked for in one: the digit
// of "alert(1)" is none.
func matches(e164, label, text string) bool {
	digits := strings.TrimPrefix(phone.Compact(text), "+")
	typed := digits != "" && strings.Trim(digits, "0123456789") == ""
	return typed && strings.Contains(e164, digits) || strings.Contains(strings.ToLower(label), strings.ToLower(text))
}

var byNumberColumn = order[number.Held]{
	"number":  func(a, b number.Held) int { return cmp.Compare(a.Number.Number, b.Number.Number) },
	"label":   func(a, b number.Held) int { return cmp.Compare(a.Entry.Label, b.Entry.Label) },
	"use":     func(a, b number.Held) int { return cmp.Compare(a.Use, b.Use) },
	"owner":   func(a, b number.Held) int { return cmp.Compare(a.Owner, b.Owner) },
	"daily":   func(a, b number.Held) int { return cmp.Compare(a.Price.Daily, b.Price.Daily) },
	"monthly": func(a, b number.Held) int { return cmp.Compare(a.Price.Monthly, b.Price.Monthly) },
	"since":   func(a, b number.Held) int { return a.Entry.HeldSince.Compare(b.Entry.HeldSince) },
}

func heldRow(v *cabinet.Visit, h number.Held) cabinet.Row {
	row := cabinet.Row{ID: h.Number.Number, Href: numberPath(v, h.Number.Number, ""), Cells: map[string]cabinet.Cell{
		"number": cabinet.Shown(ui.PhoneText(phone.Number(h.Number.Number)), h.Number.Number), "use": cabinet.Text(useName(v, h.Use)),
		"owner": cabinet.Text(ownerName(v, h.Owner)), "state": stateCell(v, h), "kind": cabinet.Text(kindName(v, h.Kind)), "since": sinceCell(v, h),
	}}
	if h.Entry.Label != "" {
		row.Cells["label"] = cabinet.Text(h.Entry.Label)
	}
	if area := cabinet.Place(v.Printer, h.Entry.Country, h.Entry.Area, h.Entry.AreaName); area != "" {
		row.Cells["area"] = cabinet.Text(area)
	}
	if v.May(access.View, access.Funds) && h.Price.Rule != "" {
		if h.Price.Charged != pricebook.AdvanceMonth {
			row.Cells["daily"] = cabinet.Money(h.Price.Daily, v.Project.Currency)
		}
		row.Cells["monthly"] = cabinet.Money(h.Price.Monthly, v.Project.Currency)
	}
	return row
}

// sinceCell is the day on which the project got the number.
func sinceCell(v *cabinet.Visit, h number.Held) cabinet.Cell {
	if h.Entry.HeldSince.IsZero() {
		return cabinet.Cell{}
	}
	return cabinet.Day(v.Project.Calendar.DayAt(h.Entry.HeldSince))
}

func ownerName(v *cabinet.Visit, owner string) string {
	if owner == billing.OwnedByCustomer {
		return v.T("numbers.own")
	}
	return v.T("numbers.rented")
}

// stateCell says whether a number works: one whose project is dry waits, one the book does not sell stops the day's close.
func stateCell(v *cabinet.Visit, h number.Held) cabinet.Cell {
	switch {
	case h.Entry.State == number.Quarantine:
		return cabinet.Status(ui.Bad, v.T("numbers.awaited"))
	case h.Price.Rule == "":
		return cabinet.Status(ui.Bad, v.T("numbers.not_sold"))
	}
	return cabinet.Status(ui.Good, v.T("numbers.works"))
}

// showResting lists the numbers that rest after the project and that it may take back.
func (p *pages) showResting(v *cabinet.Visit) error {
	list := cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "number", Title: v.T("numbers.number"), Fixed: true},
			{Key: "label", Title: v.T("numbers.label")},
			{Key: "kind", Title: v.T("numbers.kind")},
			{Key: "until", Title: v.T("numbers.until")},
			{Key: "left", Title: v.T("numbers.left")},
			{Key: "take", Title: v.T("numbers.action"), Fixed: true, Tool: true},
		}},
		Caption: v.T("numbers.resting"), Right: access.Numbers, Short: true,
		Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("numbers.none_rests"), Text: v.T("numbers.none_rests_text")},
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			_, resting, err := p.held(v)
			rows := make([]cabinet.Row, len(resting))
			for i, e := range resting {
				rows[i] = restingRow(v, e)
			}
			if err != nil {
				return nil, "", err
			}
			return cabinet.Cut(rows, after, limit)
		},
	}
	return v.RenderList(ui.Page{
		Title: v.T("numbers.resting"), Section: sectionNumbers, Tabs: numberTabs(v, pathNumbers+"/resting"), Lead: v.T("numbers.resting_lead"), Help: helpNumbers,
	}, list)
}

func restingRow(v *cabinet.Visit, e number.Entry) cabinet.Row {
	row := cabinet.Row{ID: e.Number, Cells: map[string]cabinet.Cell{
		"number": cabinet.Shown(ui.PhoneText(phone.Number(e.Number)), e.Number), "kind": cabinet.Text(kindName(v, e.Kind)), "until": cabinet.Moment(e.Until),
		"left": cabinet.Text(v.Duration(e.Until.Sub(v.At).Truncate(time.Hour))),
	}}
	if e.Label != "" {
		row.Cells["label"] = cabinet.Text(e.Label)
	}
	if v.May(access.Edit, access.Numbers) {
		row.Cells["take"] = cabinet.Shown(ui.Button{Text: v.T("numbers.take_back"), Small: true, Href: numberPath(v, e.Number, "/take-back")}.Draw(), "")
	}
	return row
}

// findNumbers finds the project's numbers by digits or by their label.
func (p *pages) findNumbers(v *cabinet.Visit, words string) (links []ui.Link, err error) {
	held, _, err := p.held(v)
	for _, h := range held {
		if matches(h.Number.Number, h.Entry.Label, words) {
			text := v.Phone(phone.Number(h.Number.Number))
			if h.Entry.Label != "" {
				text += " · " + h.Entry.Label
			}
			links = append(links, ui.Link{Text: text, Href: numberPath(v, h.Number.Number, ""), Icon: ui.IconNumbers})
		}
	}
	return links, err
}

// numberNamed is the number that the address names, as the project holds it.
func (p *pages) numberNamed(v *cabinet.Visit) (number.Held, error) {
	held, _, err := p.held(v)
	if err != nil {
		return number.Held{}, err
	}
	wanted := "+" + v.R.PathValue("number")
	for _, h := range held {
		if h.Number.Number == wanted {
			return h, nil
		}
	}
	return number.Held{}, unheld(wanted)
}

// unheld is the same answer for a number of another project and for one that nobody has.
func unheld(wanted string) error {
	return errs.New(errs.NotFound, "billing.unknown_number", "the project does not hold number %.20q", wanted).At("number")
}

// costText is what a number costs, in words.
func costText(v *cabinet.Visit, price pricing.NumberPrice, day civil.Date) string {
	switch {
	case price.Rule == "":
		return v.T("numbers.not_sold")
	case price.Monthly == 0:
		return v.T("products.free")
	case price.Charged == pricebook.AdvanceMonth:
		return v.T("numbers.cost_month", lang.Values{"Price": v.Money(price.Monthly, v.Project.Currency)})
	}
	return v.T("numbers.cost_day", lang.Values{"Daily": v.Money(price.Daily, v.Project.Currency), "Monthly": v.Money(price.Monthly, v.Project.Currency)})
}
