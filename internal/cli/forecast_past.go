package cli

import (
	"fmt"
	"io"
	"strings"

	"bellwether/internal/forecast"
	"bellwether/internal/money"
)

// pastErrors is how wrong past forecasts were, for people and programs. Where there were no trials the rest is null.
type pastErrors struct {
	NextCharge pastError `json:"next_charge"`
	Next30     pastError `json:"next_30_days"`
	Usage30    pastError `json:"next_30_days_usage"`
	FundsEnd   pastEnd   `json:"funds_end"`
}

// pastError is about forecasts of an amount. Basis points are hundredths of a percent, of what was charged on the mean
// and of the trials.
type pastError struct {
	Trials       int          `json:"trials"`
	Charged      *money.Micro `json:"mean_charged"`
	Bias         *money.Micro `json:"bias"`
	BiasPoints   *int64       `json:"bias_basis_points"`
	Median       *money.Micro `json:"median"`
	MedianPoints *int64       `json:"median_basis_points"`
	WithinP50    *int64       `json:"within_p50_basis_points"`
	WithinP90    *int64       `json:"within_p90_basis_points"`
}

// pastEnd is about forecasts of the day funds end, in hundredths of a day.
type pastEnd struct {
	Trials    int    `json:"trials"`
	Bias      *int64 `json:"bias_hundredth_days"`
	Median    *int64 `json:"median_hundredth_days"`
	WithinP50 *int64 `json:"within_p50_basis_points"`
	WithinP90 *int64 `json:"within_p90_basis_points"`
}

func newPastErrors(past forecast.Errors) pastErrors {
	return pastErrors{newPastError(past.NextCharge), newPastError(past.Next30), newPastError(past.Usage30), newPastEnd(past.End)}
}

func newPastError(e forecast.Error) pastError {
	if e.Trials == 0 {
		return pastError{}
	}
	return pastError{
		e.Trials, &e.Actual, &e.Bias, ifKnown(e.Percent(e.Bias)), &e.Median, ifKnown(e.Percent(e.Median)),
		ifKnown(forecast.PartOf(e.WithinP50, e.Trials)), ifKnown(forecast.PartOf(e.WithinP90, e.Trials)),
	}
}

func newPastEnd(e forecast.EndError) pastEnd {
	if e.Trials == 0 {
		return pastEnd{}
	}
	return pastEnd{e.Trials, &e.Bias, &e.Median, ifKnown(forecast.PartOf(e.WithinP50, e.Trials)), ifKnown(forecast.PartOf(e.WithinP90, e.Trials))}
}

func ifKnown(figure int64, known bool) *int64 {
	if !known {
		return nil
	}
	return &figure
}

// print says it in sentences.
func (p pastErrors) print(w io.Writer, currency money.Currency) error {
	fmt.Fprintln(w)
	t := newTable("looking back", fmt.Sprintf("the forecasts of the last %d days, each with what was known then, were", forecast.Tested))
	t.add("one day", p.NextCharge.sentence(currency))
	t.add("30 days", p.Next30.sentence(currency))
	t.add("their usage alone", p.Usage30.sentence(currency))
	t.add("day funds end", p.FundsEnd.sentence())
	return t.print(w)
}

func (e pastError) sentence(currency money.Currency) string {
	if e.Trials == 0 {
		return "not known yet: too little history"
	}
	return fmt.Sprintf("off by %s in the middle of %s%s; %s kept within \"9 in 10 times at most\"",
		e.size(*e.Median, e.MedianPoints, currency), counted(int64(e.Trials), "forecast", "forecasts"), e.lean(currency), wholly(*e.WithinP90))
}

// size of an error: in percent, or as an amount where nothing was charged.
func (e pastError) size(amount money.Micro, points *int64, currency money.Currency) string {
	if points == nil {
		return fmt.Sprintf("%s %s", shown(currency, max(amount, -amount)), currency)
	}
	return tenths(max(*points, -*points)) + " %"
}

func (e pastError) lean(currency money.Currency) string {
	size := e.size(*e.Bias, e.BiasPoints, currency)
	switch {
	case *e.Bias == 0 || size == "0 %":
		return ""
	case *e.Bias > 0:
		return ", " + size + " too high on average"
	}
	return ", " + size + " too low on average"
}

func (e pastEnd) sentence() string {
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
