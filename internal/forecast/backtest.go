package forecast

import (
	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Tested is from how many past days, the latest ones, forecasts are made again: as many as one learns from.
const Tested = Memory

// schooling is how many days must be known before a forecast counts: a week, so that every weekday was seen.
const schooling = 7

// Past is what past forecasts are judged by.
type Past struct {
	History History               // the closed days: what was known, and what came
	Dry     func(civil.Date) bool // days on which spending was cut short, because funds had ended; nil for none
	Starts  []Start               // the days from which to forecast again, in any order
}

// Start is the first moment of a past day, with what was known then. History up to the eve is taken from Past.
type Start struct {
	Date  civil.Date
	Plan  Plan        // fees of the configuration and the tariff as they were on the eve; charges of Date itself are ahead
	Funds money.Micro // what could be spent then; zero or less where the end of funds is not to be judged
}

// Backtest forecasts again from past days, each with only what was known at its beginning, and compares with what was
// charged after (Rule B-80). Sums over dry days are not judged. The end of funds is judged by what the project had at the
// start, as if nothing had been paid in since: it came on the first day whose charges passed that, or which ran dry.
func Backtest(past Past) Errors {
	dry := past.Dry
	if dry == nil {
		dry = func(civil.Date) bool { return false }
	}
	b := backtest{all: past.History, wet: past.History.Without(dry), dry: dry}
	for _, start := range past.Starts {
		b.judge(start)
	}
	return Errors{NextCharge: b.day.result(), Next30: b.month.result(), Usage30: b.usage.result(), End: b.end.result()}
}

// backtest gathers what came of each forecast.
type backtest struct {
	all, wet   History // every closed day, and those on which spending was free
	dry        func(civil.Date) bool
	day, month sums
	usage      sums // of the month, without its fees
	end        ends
}

// judge forecasts from a start and compares.
func (b *backtest) judge(start Start) {
	known := b.wet.recent(start.Date)
	if len(known.Days) < schooling {
		return
	}
	path := newPath(learn(known), start.Plan, Position{Today: start.Date, Funds: start.Funds})
	ended, isOver := b.actualEnd(start)
	var p50, p90 End
	var fees money.Micro
	for n := range Horizon {
		day := path.next()
		spent := Range{P50: start.Funds - day.BalanceP50, P90: start.Funds - day.BalanceP90}
		fees += day.Fixed
		if n+1 == 1 || n+1 == Shown {
			b.compare(spent, fees, start.Date, n+1)
		}
		p50.note(day.Date, n, day.BalanceP50)
		p90.note(day.Date, n, day.BalanceP90)
		if n+1 >= Shown && (!isOver || p50.Within && p90.Within) {
			break
		}
	}
	if isOver {
		b.end.add(p50, p90, int(ended-start.Date))
	}
}

// compare adds a forecast of n days together, of which fees are a part, where they are all closed and none was dry.
func (b *backtest) compare(spent Range, fees money.Micro, from civil.Date, n int) {
	days, known := b.wet.window(from, n)
	if !known {
		return
	}
	var fixed, used money.Micro
	for _, day := range days {
		fixed, used = fixed+day.Fixed, used+day.Usage
	}
	if n == 1 {
		b.day.add(spent, fixed+used)
		return
	}
	b.month.add(spent, fixed+used)
	b.usage.add(Range{P50: spent.P50 - fees, P90: spent.P90 - fees}, used)
}

// actualEnd is the first date that the funds of a start did not pay for in full; over is false where it has not come yet,
// or where there was nothing to end.
func (b *backtest) actualEnd(start Start) (end civil.Date, over bool) {
	left := start.Funds
	if left <= 0 || b.dry(start.Date) {
		return 0, false
	}
	for date := start.Date; ; date++ {
		day, known := b.all.window(date, 1)
		if !known {
			return 0, false
		}
		if left -= day[0].Fixed + day[0].Usage; left < 0 || b.dry(date) {
			return date, true
		}
	}
}
