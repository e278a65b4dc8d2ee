package cli

import (
	"fmt"
	"io"
	"strings"

	"bellwether/internal/forecast"
	"bellwether/internal/money"
)

// printPast says in sentences how wrong forecasts were.
func printPast(w io.Writer, past forecast.PastErrors, currency money.Currency) error {
	fmt.Fprintln(w)
	t := newTable("looking back", fmt.Sprintf("the forecasts of the last %d days, each with what was known then, were", forecast.Tested))
	t.add("one day", amountMissed(past.NextCharge, currency))
	t.add("30 days", amountMissed(past.Next30, currency))
	t.add("their usage alone", amountMissed(past.Usage30, currency))
	t.add("day funds end", endMissed(past.FundsEnd))
	return t.print(w)
}

func amountMissed(e forecast.PastError, currency money.Currency) string {
	if e.Trials == 0 {
		return "not known yet: too little history"
	}
	return fmt.Sprintf("off by %s in the middle of %s%s; %s kept within \"9 in 10 times at most\"",
		missSize(*e.Median, e.MedianPoints, currency), counted(int64(e.Trials), "forecast", "forecasts"), amountLean(e, currency), wholly(*e.WithinP90))
}

// missSize is the size of an error: in percent, or as an amount where nothing was charged.
func missSize(amount money.Micro, points *int64, currency money.Currency) string {
	if points == nil {
		return fmt.Sprintf("%s %s", shown(currency, max(amount, -amount)), currency)
	}
	return tenths(max(*points, -*points)) + " %"
}

func amountLean(e forecast.PastError, currency money.Currency) string {
	size := missSize(*e.Bias, e.BiasPoints, currency)
	switch {
	case *e.Bias == 0 || size == "0 %":
		return ""
	case *e.Bias > 0:
		return ", " + size + " too high on average"
	}
	return ", " + size + " too low on average"
}

func endMissed(e forecast.PastEnd) string {
	if e.Trials == 0 {
		return "not known yet: no funds of that time have ended"
	}
	lean := ""
	switch {
	case *e.Bias > 0:
		lean = ", " + days(*e.Bias) + " too late on average"
	case *e.Bias < 0:
		lean = ", " + days(-*e.Bias) + " too early on average"
	}
	return fmt.Sprintf("off by %s in the middle of %s%s; in %s funds lasted as long as \"9 in 10 times\"",
		days(*e.Median), counted(int64(e.Trials), "forecast", "forecasts"), lean, wholly(*e.WithinP90))
}

func days(hundredths int64) string {
	if text := tenths(hundredths); text != "1" {
		return text + " days"
	}
	return "1 day"
}

// wholly writes a share without decimals, rounded down so that 100 % is all.
func wholly(points int64) string { return fmt.Sprintf("%d %%", points/100) }

// tenths writes hundredths with at most one decimal, halves up.
func tenths(hundredths int64) string {
	rounded := (hundredths + 5) / 10
	return strings.TrimSuffix(fmt.Sprintf("%d.%d", rounded/10, rounded%10), ".0")
}
