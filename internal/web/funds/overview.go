package funds

import (
	"context"
	"math"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// picture is where a project's money stands at the instant of a visit.
type picture struct {
	naming
	day       civil.Date // the usage day that runs
	account   ledger.Account
	standing  *billing.Standing
	lifecycle pricebook.Lifecycle
	outlook   forecast.Forecast
	open      []billing.DayLine                         // fees of days that are not closed
	used      money.Micro                               // what today's calls and messages cost so far
	spent     map[civil.Date]map[pricing.Kind]spentKind // of the last 60 days and today, by kind
}

// spentKind is what a day was charged for a kind, positive.
type spentKind = money.Micro

// shownDays is how many closed days the overview sums up; as many before them are compared with.
const shownDays = 30

// overview is the first page of the section.
func (p pages) overview(v *cabinet.Visit) error {
	picture, err := p.look(v)
	if err != nil {
		return err
	}
	page := page(v, v.T("funds.section"), TabOverview, helpBalance)
	if v.May(access.View, access.Payments) {
		page.Actions = ui.Button{Text: v.T("funds.how_to_pay"), Href: v.Path("/funds/pay"), Kind: ui.Primary}.Draw()
	}
	return v.Render(page, overviewPage(picture))
}

// now is what of the overview follows the balance, alone: for a live update.
func (p pages) now(v *cabinet.Visit) error {
	picture, err := p.look(v)
	if err != nil {
		return err
	}
	return v.RenderPart(figures(picture))
}

// look reads the picture in one consistent state of the database.
func (p pages) look(v *cabinet.Visit) (picture, error) {
	pic := picture{naming: p.naming(v), day: today(v)}
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		id := v.Project.ID
		if pic.account, err = ledger.GetAccount(ctx, q, id); err != nil {
			return err
		}
		if pic.standing, err = billing.GetStanding(ctx, q, id); err != nil {
			return err
		}
		if pic.outlook, _, err = p.Outlook(ctx, q, id, v.At); err != nil {
			return err
		}
		tariff, err := v.Project.Tariff(p.Books, pic.day)
		if err != nil {
			return err
		}
		pic.lifecycle = tariff.Book.Lifecycle
		s, err := p.Billing.Statement(ctx, q, id, pic.day, pic.day, v.At)
		if err != nil {
			return err
		}
		pic.open = s.Provisional
		sums, err := ledger.SumByDay(ctx, q, id, pic.day-2*shownDays, pic.day)
		pic.fill(sums)
		return err
	})
	return pic, err
}

// fill sums up what was charged, the open fees too.
func (p *picture) fill(sums []ledger.DaySum) {
	p.spent = map[civil.Date]map[pricing.Kind]spentKind{}
	add := func(day civil.Date, kind pricing.Kind, amount money.Micro) {
		if !kind.IsCharge() {
			return
		}
		if p.spent[day] == nil {
			p.spent[day] = map[pricing.Kind]spentKind{}
		}
		p.spent[day][kind] -= amount
	}
	for _, sum := range sums {
		add(sum.Day, sum.Kind, sum.Amount)
		if sum.Day == p.day && (sum.Kind == pricing.Call || sum.Kind == pricing.SMS) {
			p.used -= sum.Amount
		}
	}
	for _, line := range p.open {
		add(line.Day, line.Kind, line.Amount)
	}
}

// ofDay is what a day was charged.
func (p picture) ofDay(day civil.Date) (sum money.Micro) {
	for _, amount := range p.spent[day] {
		sum += amount
	}
	return sum
}

// between is what days from through to were charged, by kind.
func (p picture) between(from, to civil.Date) map[pricing.Kind]money.Micro {
	sums := map[pricing.Kind]money.Micro{}
	for day := from; day <= to; day++ {
		for kind, amount := range p.spent[day] {
			sums[kind] += amount
		}
	}
	return sums
}

func (p picture) currency() money.Currency { return p.Project.Currency }

// parts are amounts as lines of an explanation that add up to their rounded total (Rule B-02), with it below them. They are
// apportioned as what they take off the balance is on a statement, so that both show the same.
func (p picture) parts(lines []ui.Part, exact []money.Micro, total string) []ui.Part {
	unit := p.currency().MinorUnit()
	sum := money.Sum(exact...)
	taken := make([]money.Micro, len(exact))
	for i, amount := range exact {
		taken[i] = -amount
	}
	for i, amount := range money.Apportion(-sum.Round(unit), taken, unit) {
		lines[i].Value = ui.Money(-amount, p.currency())
	}
	return append(lines, ui.Part{Text: total, Value: ui.Money(sum, p.currency()), Total: true})
}

// spentBars are the days of the chart: closed ones, then today as it stands.
func (p picture) spentBars() ui.Chart {
	points := make([]ui.Point, 0, shownDays)
	for day := max(p.day-shownDays+1, p.Project.Calendar.First()); day <= p.day; day++ {
		sum := p.ofDay(day)
		point := ui.Point{Label: p.DateShort(day), Value: floatOf(sum), Text: p.Money(sum, p.currency()), Draft: day == p.day}
		if point.Draft {
			point.Label += ", " + p.until()
		}
		points = append(points, point)
	}
	title := p.T("funds.spent_by_day")
	return ui.Chart{ID: "spent", Title: title, Axis: p.axis(), Series: []ui.Series{{Name: title, Points: points}}}
}

// floatOf is an amount as a chart draws it; nothing is computed from it.
func floatOf(m money.Micro) float64 { return float64(m) / float64(money.Unit) }

// axis writes amounts on the axis of a chart.
func (n naming) axis() func(float64) string {
	return func(value float64) string {
		if value != math.Round(value) { // of next to nothing: whole amounts would be written alike
			return n.Money(money.Micro(math.Round(value*float64(money.Unit))), n.Project.Currency)
		}
		return n.MoneyWhole(money.Micro(math.Round(value))*money.Unit, n.Project.Currency)
	}
}
