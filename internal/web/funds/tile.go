package funds

import (
	"strings"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// until says how far today has come: "until 14:05".
func (n naming) until() string { return n.T("funds.until", lang.Values{"Time": n.Time(n.At)}) }

// tiles are the numbers of the overview, each with why it is what it is.
func (p picture) tiles() []ui.Tile {
	return []ui.Tile{p.balanceTile(), p.endTile(), p.chargeTile(), p.spentTile()}
}

func (p picture) balanceTile() ui.Tile {
	a := p.account
	lines := []ui.Part{{Text: p.T("funds.cash")}, {Text: p.T("funds.bonus")}, {Text: p.T("funds.credit")}}
	why := ui.Why{Parts: p.parts(lines, []money.Micro{a.Cash, a.Bonus, a.Credit}, p.T("funds.balance")), Text: p.ruleText("B-14")}
	if a.Held != 0 {
		why.Text = p.T("funds.held_for_calls", lang.Values{"Held": p.Money(a.Held, p.currency()), "Free": p.Money(a.Available(), p.currency())}) + " " + why.Text
	}
	tile := ui.Tile{Label: p.T("funds.balance"), Value: ui.Money(a.Balance(), p.currency()), Why: why, Href: p.Path(string(TabMovement))}
	if a.Held != 0 {
		tile.Than = p.T("funds.held", lang.Values{"Held": p.Money(a.Held, p.currency())})
		tile.Change = p.T("funds.free", lang.Values{"Free": p.Money(a.Available(), p.currency())})
	}
	return tile
}

// spentTile sums up the closed days of a month and compares them with the month before.
func (p picture) spentTile() ui.Tile {
	from, to := p.day-shownDays, p.day-1
	now, before := p.between(from, to), p.between(from-shownDays, from-1)
	var lines []ui.Part
	var exact []money.Micro
	for _, kind := range pricing.Kinds {
		if now[kind] != 0 {
			lines, exact = append(lines, ui.Part{Text: p.kind(kind), Href: p.Path("/funds/movement?from=" + from.String() + "&to=" + to.String() + "&f.kind=" + string(kind))}), append(exact, now[kind])
		}
	}
	total := money.Sum(exact...)
	tile := ui.Tile{
		Label: p.T("funds.spent_30"), Value: ui.Money(total, p.currency()), Spark: p.spentBars().Series[0].Points,
		Href: p.Path("/funds/movement?from=" + from.String() + "&to=" + to.String()),
		Why:  ui.Why{Parts: p.parts(lines, exact, p.T("funds.spent_30")), Text: p.T("funds.spent_text", lang.Values{"Days": p.DateRange(from, to, p.day)})},
	}
	tile.Change, tile.Tone = p.change(total, sumKinds(before))
	if p.Project.Calendar.First() > from-shownDays {
		tile.Change = "" // the month before was not lived in full
	}
	tile.Than = p.T("funds.than", lang.Values{"Days": p.DateRange(from-shownDays, from-1, p.day)})
	if tile.Change == "" {
		tile.Than = ""
	}
	return tile
}

func sumKinds(sums map[pricing.Kind]money.Micro) (total money.Micro) {
	for _, amount := range sums {
		total += amount
	}
	return total
}

// change compares amounts in percent; more spent is neither good nor bad until it is a third more.
func (p picture) change(now, before money.Micro) (string, ui.Tone) {
	if before <= 0 {
		return "", ui.Neutral
	}
	difference := now - before
	hundredths, ok := money.MulDiv(int64(size(difference)), wholePercent, int64(before))
	if !ok {
		return "", ui.Neutral
	}
	const third = wholePercent / 3
	tone := ui.Neutral
	if difference > 0 && hundredths >= third {
		tone = ui.Warning
	}
	if difference < 0 {
		hundredths = -hundredths
	}
	return p.Percent(int(hundredths), true), tone
}

// endTile says until when funds last: likely, and nine times out of ten.
func (p picture) endTile() ui.Tile {
	end, sure := p.outlook.EndP50, p.outlook.EndP90
	tile := ui.Tile{Label: p.T("funds.lasts_until"), Href: p.Path(string(TabForecast)), Tone: cabinet.ToneOfDays(end)}
	switch {
	case p.standing.State.Dry():
		tile.Value, tile.Tone = ui.Text(p.T("funds.lasts_not")), ui.Bad
	case p.idle():
		tile.Value = ui.Text(p.T("funds.lasts_idle"))
	case !end.Within:
		tile.Value, tile.Change = ui.Text(p.N("funds.lasts_beyond", forecast.Horizon)), ""
	case end.FullDays == 0:
		tile.Value = ui.Text(p.T("funds.lasts_not"))
	default:
		tile.Value = ui.Day(end.Date - 1)
		tile.Change = p.N("balance.days", end.FullDays)
	}
	if sure.Within && sure.FullDays > 0 {
		tile.Than = p.T("funds.lasts_surely", lang.Values{"Day": p.Date(sure.Date - 1)})
	}
	tile.Why = p.whyEnd(end)
	return tile
}

// idle tells a project without funds of which nothing is spent either: one that was just opened.
func (p picture) idle() bool {
	return !p.standing.State.Dry() && !p.outlook.EndP50.Within && p.account.Balance() <= 0
}

// whyEnd subtracts what is expected from what there is, over the days the forecast lists.
func (p picture) whyEnd(end forecast.End) ui.Why {
	days := len(p.outlook.Days)
	if end.Within {
		days = min(days, end.FullDays)
	}
	var fixed, usage money.Micro
	for _, day := range p.outlook.Days[:days] {
		fixed, usage = fixed+day.Fixed, usage+day.P50-day.Fixed
	}
	lines, exact := []ui.Part{{Text: p.T("funds.balance")}}, []money.Micro{p.account.Balance()}
	if p.account.Overdraft != 0 {
		lines, exact = append(lines, ui.Part{Text: p.T("funds.overdraft")}), append(exact, p.account.Overdraft)
	}
	lines = append(lines, ui.Part{Text: p.N("funds.fees_of_days", days)}, ui.Part{Text: p.N("funds.usage_of_days", days)})
	exact = append(exact, -fixed, -usage)
	total := p.T("funds.left_on", lang.Values{"Day": p.DateShort(p.day + civil.Date(days))})
	return ui.Why{Parts: p.parts(lines, exact, total), Text: p.ruleText("B-80"), Rule: ui.Link{Text: p.T("funds.tab_forecast"), Href: p.Path(string(TabForecast))}}
}

// charge is what the coming close charges for the day that runs, line by line.
type charge struct {
	lines []ui.Part
	exact []money.Micro
}

func (c charge) total() money.Micro { return money.Sum(c.exact...) }

func (c *charge) add(amount money.Micro, part ui.Part) {
	if amount != 0 {
		c.lines, c.exact = append(c.lines, part), append(c.exact, amount)
	}
}

// nextCharge breaks the coming charge down: every fee as it stands. Calls and messages have moved the balance already.
func (p picture) nextCharge() charge {
	var c charge
	numbers := p.numbers()
	midnight := billing.NewMidnight(p.day, p.open, p.outlook)
	for _, line := range midnight.Lines {
		if line.Kind == pricing.NumberRent && len(numbers.exact) > mostNumbers {
			continue // they are one line, below
		}
		r := row{draft: &line}
		r.Day, r.Kind, r.Item = line.Day, line.Kind, line.Item
		c.add(-line.Amount, ui.Part{Text: p.whole(line.Kind, line.Day, line.Item), Href: p.Path(r.path())})
	}
	if count := len(numbers.exact); count > mostNumbers {
		c.add(numbers.total(), ui.Part{Text: p.N("funds.numbers", count), Href: p.Path("/funds/days/" + p.day.String() + "?f.item=%2B")})
	}
	c.add(midnight.Months, ui.Part{Text: p.T("funds.month_charges")}) // a month's end, or its beginning
	return c
}

// usedText says what calls and messages took off the balance today, which midnight does not charge again, and what usually comes yet.
func (p picture) usedText() string {
	more := money.Micro(0)
	if len(p.outlook.Days) > 0 && p.outlook.Days[0].Date == p.day {
		more = p.outlook.Days[0].P50 - p.outlook.Days[0].Fixed
	}
	if p.used == 0 && more == 0 {
		return ""
	}
	if more == 0 {
		return p.T("funds.used_alone", lang.Values{"Until": p.until(), "Used": p.Money(p.used, p.currency())})
	}
	return p.T("funds.used_besides", lang.Values{"Until": p.until(), "Used": p.Money(p.used, p.currency()), "More": p.Money(more, p.currency())})
}

// numbers are the rents of today, to be shown as one line where they are many.
func (p picture) numbers() (c charge) {
	for _, line := range p.open {
		if line.Day == p.day && line.Kind == pricing.NumberRent {
			c.add(-line.Amount, ui.Part{})
		}
	}
	return c
}

func (p picture) chargeTile() ui.Tile {
	c := p.nextCharge()
	return ui.Tile{
		Label: p.T("funds.next_charge"), Value: ui.Money(c.total(), p.currency()), Href: dayPath(p.Visit, p.day),
		Change: p.T("funds.next_charge_at", lang.Values{"Day": p.DateShort(p.day)}),
		Why:    ui.Why{Parts: p.parts(c.lines, c.exact, p.T("funds.next_charge")), Text: strings.TrimSpace(p.usedText() + " " + p.ruleText("B-08"))},
	}
}
