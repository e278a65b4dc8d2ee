package home

import (
	"context"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// figures are the tiles.
type figures struct {
	list    []ui.Tile
	topic   string
	refresh string
}

// month is how many days the page sums up; as many before them are compared with.
const month = 30

// spending is what closed days were charged, and how many charged calls they had.
type spending struct {
	day   map[civil.Date]money.Micro
	calls map[civil.Date]int64
}

func readSpending(ctx context.Context, q store.Querier, f facts, from, to civil.Date) (spending, error) {
	s := spending{map[civil.Date]money.Micro{}, map[civil.Date]int64{}}
	sums, err := ledger.SumByDay(ctx, q, f.v.Project.ID, from, to)
	for _, sum := range sums {
		if sum.Kind.IsCharge() {
			s.day[sum.Day] -= sum.Amount
		}
		if sum.Kind == pricing.Call {
			s.calls[sum.Day] += sum.Count
		}
	}
	return s, err
}

// sum is what the days from through to were charged together.
func (s spending) sum(from, to civil.Date) (total money.Micro) {
	for day := from; day <= to; day++ {
		total += s.day[day]
	}
	return total
}

// figures reads the tiles.
func (p pages) figures(ctx context.Context, q store.Querier, f facts) (*figures, error) {
	last := f.standing.NextDay - 1 // the last closed day
	s, err := readSpending(ctx, q, f, last-2*month+1, last)
	if err != nil {
		return nil, err
	}
	outlook, account, err := p.Outlook(ctx, q, f.v.Project.ID, f.v.At)
	if err != nil {
		return nil, err
	}
	open, err := p.Billing.Statement(ctx, q, f.v.Project.ID, f.today, f.today, f.v.At)
	if err != nil {
		return nil, err
	}
	midnight := billing.NewMidnight(f.today, open.Provisional, outlook)
	m := &figures{topic: cabinet.Topic(f.v.Org, cabinet.TopicBalance), refresh: f.v.Path("/tiles")}
	m.list = append(m.list, f.balanceTile(account, outlook.EndP50), f.dayTile(s, last), f.monthTile(s, last), f.nextTile(midnight))
	if calls := s.calls[last]; calls > 0 {
		m.list = append(m.list, f.callsTile(s, last))
	}
	return m, nil
}

func (f facts) money(amount money.Micro) string { return f.v.Money(amount, f.v.Project.Currency) }

func (f facts) balanceTile(account ledger.Account, end forecast.End) ui.Tile {
	t := ui.Tile{Label: f.v.T("home.balance"), Value: ui.Money(account.Balance(), account.Currency), Href: f.v.Path("/funds")}
	switch {
	case account.Balance() <= 0 && !end.Within && !f.standing.State.Dry(): // a project that was just opened
		t.Change = f.v.T("home.idle")
	case account.Balance() <= 0:
		t.Change, t.Tone = f.v.T("home.ended"), ui.Bad
	case end.Within:
		t.Change, t.Tone, t.Than = f.v.N("home.lasts", end.FullDays), cabinet.ToneOfDays(end), f.v.T("home.until", map[string]any{"Date": f.v.DateLong(end.Date - 1)})
	default:
		t.Change = f.v.T("home.lasts_long")
	}
	return t
}

// dayTile is what the last closed day cost, against the day before.
func (f facts) dayTile(s spending, last civil.Date) ui.Tile {
	label := f.v.T("home.yesterday")
	if last != f.today-1 {
		label = f.v.T("home.on_day", map[string]any{"Date": f.v.DateLong(last)})
	}
	t := ui.Tile{Label: label, Value: ui.Money(s.day[last], f.v.Project.Currency)}
	if last >= f.v.Project.Calendar.First() {
		t.Href = f.v.Path("/funds/days/" + last.String())
	}
	t.Change, t.Tone = f.change(s.day[last], s.day[last-1])
	if t.Change != "" {
		t.Than = f.v.T("home.than_day", map[string]any{"Date": f.v.DateShort(last - 1)})
	}
	return t
}

// monthTile is what 30 days cost, against the 30 before them.
func (f facts) monthTile(s spending, last civil.Date) ui.Tile {
	now, before := s.sum(last-month+1, last), s.sum(last-2*month+1, last-month)
	t := ui.Tile{Label: f.v.T("home.month"), Value: ui.Money(now, f.v.Project.Currency), Href: f.v.Path("/funds/movement")}
	if civil.DateIn(f.v.Project.OpenedAt, f.v.Zone()) <= last-2*month+1 { // there were 30 days before
		if t.Change, t.Tone = f.change(now, before); t.Change != "" {
			t.Than = f.v.T("home.than_month")
		}
	}
	for day := last - month + 1; day <= last; day++ {
		t.Spark = append(t.Spark, ui.Point{Label: f.v.DateShort(day), Value: float64(s.day[day]), Text: f.money(s.day[day])})
	}
	return t
}

func (f facts) nextTile(midnight billing.Midnight) ui.Tile {
	return ui.Tile{
		Label: f.v.T("home.next"), Value: ui.Money(midnight.Total(), f.v.Project.Currency), Change: f.v.T("home.next_at"),
		Href: f.v.Path("/funds"),
	}
}

func (f facts) callsTile(s spending, last civil.Date) ui.Tile {
	t := ui.Tile{Label: f.v.T("home.calls"), Value: ui.Number(int(s.calls[last])), Href: f.v.Path("/funds/days/" + last.String() + "/calls")}
	if before := s.calls[last-1]; before > 0 {
		t.Change = f.v.Percent(percentOf(s.calls[last]-before, before), true)
		t.Than = f.v.T("home.than_day", map[string]any{"Date": f.v.DateShort(last - 1)})
	}
	return t
}

// change writes by how much an amount differs from one before it; more is spending more.
func (f facts) change(now, before money.Micro) (string, ui.Tone) {
	if before <= 0 {
		return "", ui.Neutral
	}
	percent := percentOf(int64(now-before), int64(before))
	const noticed = 2000 // a fifth
	switch {
	case percent >= noticed:
		return f.v.Percent(percent, true), ui.Warning
	case percent <= -noticed:
		return f.v.Percent(percent, true), ui.Good
	}
	return f.v.Percent(percent, true), ui.Neutral
}

// percentOf is a share in hundredths of a percent, within what a tile can show.
func percentOf(part, whole int64) int {
	const hundredths, most = 10_000, 99_900
	share := float64(part) / float64(whole) * hundredths // of figures that are shown as whole percents
	return int(max(-hundredths, min(most*hundredths/100, share)))
}
