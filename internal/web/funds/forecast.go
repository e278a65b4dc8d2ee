package funds

import (
	"context"
	"net/url"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// prospect is the forecast with what it rests on.
type prospect struct {
	picture
	past     forecast.Errors
	balances map[civil.Date]money.Micro // before each day
	products []ui.Link                  // switched on now
}

// forecast is the page of what will be spent and when funds end.
func (p pages) forecast(v *cabinet.Visit) error {
	pic, err := p.look(v)
	if err != nil {
		return err
	}
	f := prospect{picture: pic}
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		if f.outlook, f.past, err = p.Billing.Forecast(ctx, q, v.Project.ID, v.At); err != nil {
			return err
		}
		from := max(f.day-shownDays+1, v.Project.Calendar.First())
		if f.balances, err = ledger.BalancesBefore(ctx, q, v.Project.ID, from, f.day); err != nil {
			return err
		}
		held, err := billing.GetConfiguration(ctx, q, v.Project.ID)
		for _, name := range held.Products {
			f.products = append(f.products, ui.Link{Text: f.item(f.day, name), Href: switchOff(v, name)})
		}
		return err
	})
	if err != nil {
		return err
	}
	page := page(v, v.T("funds.tab_forecast"), TabForecast, helpForecast)
	page.Lead = v.T("funds.forecast_lead")
	return v.Render(page, forecastPage(f))
}

// switchOff is the page that shows what switching a product off does before it asks, for those who may.
func switchOff(v *cabinet.Visit, product string) string {
	if !v.May(access.Edit, access.Products) {
		return v.Path(string(TabProducts))
	}
	return v.Path(string(TabProducts) + "/switch/" + url.PathEscape(product) + "?to=off")
}

// chart is the balance so far, and the band in which it is likely to go on. Credit that may be drawn on is not balance.
func (f prospect) chart() ui.Forecast {
	chart := ui.Forecast{ID: "forecast", Title: f.T("funds.balance"), Axis: f.axis()}
	for day := max(f.day-shownDays+1, f.Project.Calendar.First()); day <= f.day; day++ {
		balance := f.balances[day]
		chart.Past = append(chart.Past, ui.Point{Label: f.DateShort(day), Value: floatOf(balance), Text: f.Money(balance, f.currency())})
	}
	// The day that runs has moved so far: what was paid in or used today is no forecast.
	now := f.account.Balance()
	chart.Past = append(chart.Past, ui.Point{Label: f.DateShort(f.day) + ", " + f.Time(f.At), Value: floatOf(now), Text: f.Money(now, f.currency())})
	for _, day := range f.outlook.Days {
		likely, sure := day.BalanceP50-f.account.Overdraft, day.BalanceP90-f.account.Overdraft
		chart.Next = append(chart.Next, ui.Band{
			Label: f.DateShort(day.Date + 1), Low: floatOf(sure), Mid: floatOf(likely), High: floatOf(likely),
			Text: f.T("funds.band", lang.Values{"Likely": f.Money(likely, f.currency()), "Sure": f.Money(sure, f.currency())}),
		})
	}
	return chart
}

// tiles are the figures of the forecast.
func (f prospect) tiles() []ui.Tile {
	charge := f.chargeTile()
	charge.Why.Text = f.usedText()
	var fixed, usage money.Micro
	for _, day := range f.outlook.Days {
		fixed, usage = fixed+day.Fixed, usage+day.P50-day.Fixed
	}
	month := ui.Tile{
		Label: f.T("funds.next_30"), Value: ui.Money(f.outlook.Next30.P50, f.currency()),
		Change: f.T("funds.likely"), Than: f.T("funds.at_most", lang.Values{"Amount": f.Money(f.outlook.Next30.P90, f.currency())}),
		Why: ui.Why{
			Parts: f.parts([]ui.Part{{Text: f.T("funds.fees_known")}, {Text: f.T("funds.usage_expected")}}, []money.Micro{fixed, usage}, f.T("funds.next_30")),
			Text:  f.ruleText("B-80"),
		},
	}
	return []ui.Tile{f.endTile(), charge, month}
}

// miss is one line of how wrong forecasts were.
type miss struct {
	what, trials, typical, bias, p50, p90 string
}

// misses say how wrong past forecasts were; those without a trial are left out.
func (f prospect) misses() []miss {
	var list []miss
	for _, known := range []struct {
		what string
		err  forecast.Error
	}{
		{f.T("funds.miss_day"), f.past.NextCharge}, {f.T("funds.miss_month"), f.past.Next30}, {f.T("funds.miss_usage"), f.past.Usage30},
	} {
		if known.err.Trials == 0 {
			continue
		}
		list = append(list, miss{
			what: known.what, trials: f.Int(known.err.Trials),
			typical: f.Money(known.err.Median, f.currency()) + f.inPercent(known.err, known.err.Median, false),
			bias:    f.MoneySigned(known.err.Bias, f.currency()) + f.inPercent(known.err, known.err.Bias, true),
			p50:     f.share(known.err.WithinP50, known.err.Trials), p90: f.share(known.err.WithinP90, known.err.Trials),
		})
	}
	if end := f.past.End; end.Trials > 0 {
		list = append(list, miss{
			what: f.T("funds.miss_end"), trials: f.Int(end.Trials), typical: f.days(end.Median), bias: f.days(end.Bias),
			p50: f.share(end.WithinP50, end.Trials), p90: f.share(end.WithinP90, end.Trials),
		})
	}
	return list
}

// inPercent adds a share of what was charged: " (8 %)".
func (f prospect) inPercent(e forecast.Error, amount money.Micro, signed bool) string {
	hundredths, known := e.Percent(amount)
	if !known {
		return ""
	}
	return " (" + f.Percent(int(hundredths), signed) + ")"
}

func (f prospect) share(part, trials int) string {
	hundredths, known := forecast.PartOf(part, trials)
	if !known {
		return ""
	}
	return f.Percent(int(hundredths), false)
}

// days writes hundredths of a day as days, rounded away from zero.
func (f prospect) days(hundredths int64) string {
	const whole, half = 100, 50
	days := (size64(hundredths) + half) / whole
	text := f.N("time.days", int(days))
	if hundredths < 0 && days > 0 {
		return "−" + text
	}
	return text
}

func size64(i int64) int64 { return max(i, -i) }
