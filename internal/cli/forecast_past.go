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
	_, err := fmt.Fprintf(w, "\nHow wrong such forecasts of the last %d days were\n  %s\n  %s\n  %s\n  %s\n", forecast.Tested,
		p.NextCharge.sentence("one day", currency), p.Next30.sentence("30 days", currency), p.Usage30.sentence("their usage alone", currency), p.FundsEnd.sentence())
	return err
}

func (e pastError) sentence(what string, currency money.Currency) string {
	if e.Trials == 0 {
		return what + ": not known yet, there is too little history"
	}
	return fmt.Sprintf("%s: %s, off by %s in the middle%s; in %s no more was charged than \"9 in 10 times at most\"",
		what, counted(e.Trials, "forecast"), e.off(e.Median, e.MedianPoints, currency), e.lean(currency), percent(*e.WithinP90))
}

// off is by how much forecasts missed: in percent, or as an amount where nothing was charged.
func (e pastError) off(amount *money.Micro, points *int64, currency money.Currency) string {
	if points == nil {
		return fmt.Sprintf("%s %s", shown(currency, *amount), currency)
	}
	return roughly(*points)
}

func (e pastError) lean(currency money.Currency) string {
	size := max(*e.Bias, -*e.Bias)
	var points *int64
	if e.BiasPoints != nil {
		points = new(max(*e.BiasPoints, -*e.BiasPoints))
	}
	text := e.off(&size, points, currency)
	switch {
	case *e.Bias == 0 || text == roughly(0):
		return ""
	case *e.Bias > 0:
		return ", too high by " + text + " on the mean"
	}
	return ", too low by " + text + " on the mean"
}

func (e pastEnd) sentence() string {
	const what = "day funds end"
	if e.Trials == 0 {
		return what + ": not known, funds of that time last to this day"
	}
	lean := ""
	switch {
	case *e.Bias > 0:
		lean = ", too late by " + tenths(*e.Bias) + " on the mean"
	case *e.Bias < 0:
		lean = ", too early by " + tenths(-*e.Bias) + " on the mean"
	}
	return fmt.Sprintf("%s: %s, off by %s days in the middle%s; in %s funds lasted as long as \"9 in 10 times\" said",
		what, counted(e.Trials, "forecast"), tenths(*e.Median), lean, percent(*e.WithinP90))
}

// roughly writes a share of hundredths of a percent with one decimal.
func roughly(points int64) string { return tenths(points) + " %" }

// tenths writes hundredths with at most one decimal, halves up.
func tenths(hundredths int64) string {
	rounded := (hundredths + 5) / 10
	return strings.TrimSuffix(fmt.Sprintf("%d.%d", rounded/10, rounded%10), ".0")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
