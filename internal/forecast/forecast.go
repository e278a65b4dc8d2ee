package forecast

import (
	"bellwether/internal/civil"
	"bellwether/internal/money"
)

const (
	// Memory is how many days back usage is looked at: 13 of each weekday.
	Memory = 91
	// Shown is how many days, today included, a forecast lists and Next30 sums.
	Shown = 30
	// Horizon is how many days ahead the end of funds is looked for.
	Horizon = 400
)

// Charge is a known charge on a date: a month in advance, the minimum at a month's end.
type Charge struct {
	Date   civil.Date
	Amount money.Micro
}

// Plan is what today's configuration is known to cost.
type Plan struct {
	Fixed  func(civil.Date) money.Micro // fees of a date, net of discounts; nil for none
	OneOff []Charge                     // on top of Fixed and not posted yet, in any order
}

// Position is where a project stands when the forecast is made.
type Position struct {
	Today     civil.Date  // the open local date
	Funds     money.Micro // what can be spent: balance and overdraft; usage of today is off it already
	UsedToday money.Micro // usage of today so far, which the rest of the day need not repeat
}

// Range is a likely amount and one that nine times out of ten is not passed.
type Range struct {
	P50, P90 money.Micro
}

// DayForecast is one day ahead. For today, P50 and P90 are what is still to come.
type DayForecast struct {
	Date                   civil.Date
	Fixed                  money.Micro // part of P50 and P90
	P50, P90               money.Micro // the day's charge
	BalanceP50, BalanceP90 money.Micro // funds left once the day is closed; P90 is the pessimistic one
}

// End is when funds end.
type End struct {
	Date     civil.Date // the first date that is not paid for in full
	FullDays int        // days from today that are
	Within   bool       // false where funds last beyond the horizon, or where there are none and nothing is spent: then the other fields are zero
}

// Forecast is what Compute returns. The P90 of a sum is less than the sum of P90s: bad days do not all come at once.
type Forecast struct {
	NextCharge Range // the whole of today, used so far included: what the coming night closes
	Next30     Range // today's remainder and the 29 days after it
	EndP50     End   // when funds are likely to end
	EndP90     End   // until when they last nine times out of ten; never later than EndP50
	Known      int   // days of history behind the forecast: with none, usage is taken to be zero
	Days       []DayForecast
}

// Compute forecasts from today on (Rule B-80). Of h it looks at the latest Memory days before today.
func Compute(h History, plan Plan, at Position) Forecast {
	h = h.recent(at.Today)
	path := newPath(learn(h), plan, at)
	f := Forecast{Known: len(h.Days), Days: make([]DayForecast, 0, Shown)}
	if at.Funds < 0 {
		f.EndP50, f.EndP90 = End{Date: at.Today, Within: true}, End{Date: at.Today, Within: true}
	}
	for n := range Horizon {
		day := path.next()
		if n < Shown {
			f.Days = append(f.Days, day)
			f.Next30 = Range{P50: at.Funds - day.BalanceP50, P90: at.Funds - day.BalanceP90}
		}
		f.EndP50.note(day.Date, n, day.BalanceP50)
		f.EndP90.note(day.Date, n, day.BalanceP90)
		if n >= Shown && f.EndP50.Within && f.EndP90.Within {
			break
		}
	}
	if at.Funds == 0 && f.Next30.P90 > 0 {
		f.EndP50, f.EndP90 = End{Date: at.Today, Within: true}, End{Date: at.Today, Within: true}
	}
	f.NextCharge = Range{P50: f.Days[0].P50 + at.UsedToday, P90: f.Days[0].P90 + at.UsedToday}
	return f
}

// note makes a date the end of funds when it is the first that leaves less than nothing.
func (e *End) note(date civil.Date, fullDays int, left money.Micro) {
	if !e.Within && left < 0 {
		*e = End{Date: date, FullDays: fullDays, Within: true}
	}
}

// path walks day by day into the future.
type path struct {
	usage   *usage
	plan    Plan
	oneOff  map[civil.Date]money.Micro
	at      Position
	date    civil.Date
	spent   money.Micro // the sum of P50 so far
	repeats [7]int64    // how often each weekday came up
}

func newPath(u *usage, plan Plan, at Position) *path {
	p := &path{usage: u, plan: plan, at: at, date: at.Today, oneOff: map[civil.Date]money.Micro{}}
	for _, charge := range plan.OneOff {
		p.oneOff[charge.Date] += charge.Amount
	}
	return p
}

// next is the following day, the first time today's remainder, with what it leaves.
func (p *path) next() DayForecast {
	weekday := p.date.Weekday()
	day := DayForecast{Date: p.date, Fixed: p.oneOff[p.date]}
	if p.plan.Fixed != nil {
		day.Fixed += p.plan.Fixed(p.date)
	}
	usage := p.usage.expected(weekday)
	if p.date == p.at.Today {
		usage = max(usage-p.at.UsedToday, 0)
	}
	var once [7]int64
	once[weekday] = 1
	day.P50 = day.Fixed + usage
	day.P90 = day.P50 + p.usage.margin(&once)

	p.repeats[weekday]++
	p.spent += day.P50
	day.BalanceP50 = p.at.Funds - p.spent
	day.BalanceP90 = day.BalanceP50 - p.usage.margin(&p.repeats)
	p.date++
	return day
}
