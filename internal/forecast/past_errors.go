package forecast

import "bellwether/internal/money"

// PastErrors are Errors as people and programs read them: shares instead of counts, and null for what is not known.
type PastErrors struct {
	NextCharge PastError `json:"next_charge" doc:"Of one day"`
	Next30     PastError `json:"next_30_days" doc:"Of 30 days together; they overlap"`
	Usage30    PastError `json:"next_30_days_usage" doc:"Their calls, messages and sessions alone: fees follow what the project switches on later, which no forecast knows"`
	FundsEnd   PastEnd   `json:"funds_end" doc:"Of the day funds end, as if nothing had been paid in meanwhile"`
}

// PastError sums up forecasts of an amount. Without trials nothing is known: the rest is null.
type PastError struct {
	Trials       int          `json:"trials" doc:"Forecasts of the last 91 days, made again with what was known then, that can be compared with what came"`
	Charged      *money.Micro `json:"mean_charged" nullable:"true" doc:"What was charged on the mean; the basis points of bias and median are of this"`
	Bias         *money.Micro `json:"bias" nullable:"true" doc:"Mean of p50 less what was charged; above zero where forecasts were too high"`
	BiasPoints   *int64       `json:"bias_basis_points" doc:"The same in hundredths of a percent; null too where nothing was charged but something forecast"`
	Median       *money.Micro `json:"median" nullable:"true" doc:"Median of the difference between p50 and what was charged, without its sign"`
	MedianPoints *int64       `json:"median_basis_points" doc:"The same in hundredths of a percent; null too where nothing was charged but something forecast"`
	WithinP50    *int64       `json:"within_p50_basis_points" doc:"Share of trials in which p50 was not passed, in hundredths of a percent: about 5000 where p50 is honest"`
	WithinP90    *int64       `json:"within_p90_basis_points" doc:"Share of trials in which p90 was not passed: about 9000 where p90 is honest"`
}

// PastEnd sums up forecasts of the day funds end. Without trials nothing is known: the rest is null.
type PastEnd struct {
	Trials    int    `json:"trials" doc:"Forecasts whose end has come"`
	Bias      *int64 `json:"bias_hundredth_days" doc:"Mean of forecast less actual end in hundredths of a day; above zero where funds ended sooner"`
	Median    *int64 `json:"median_hundredth_days" doc:"Median of the difference, without its sign, in hundredths of a day"`
	WithinP50 *int64 `json:"within_p50_basis_points" doc:"Share of trials in which funds lasted as long as p50 said, in hundredths of a percent"`
	WithinP90 *int64 `json:"within_p90_basis_points" doc:"Share of trials in which funds lasted as long as p90 said"`
}

// View is what is shown of them.
func (e Errors) View() PastErrors {
	return PastErrors{NextCharge: e.NextCharge.view(), Next30: e.Next30.view(), Usage30: e.Usage30.view(), FundsEnd: e.End.view()}
}

func (e Error) view() PastError {
	if e.Trials == 0 {
		return PastError{}
	}
	return PastError{
		Trials: e.Trials, Charged: &e.Actual, Bias: &e.Bias, BiasPoints: ifKnown(e.Percent(e.Bias)), Median: &e.Median, MedianPoints: ifKnown(e.Percent(e.Median)),
		WithinP50: ifKnown(PartOf(e.WithinP50, e.Trials)), WithinP90: ifKnown(PartOf(e.WithinP90, e.Trials)),
	}
}

func (e EndError) view() PastEnd {
	if e.Trials == 0 {
		return PastEnd{}
	}
	return PastEnd{
		Trials: e.Trials, Bias: &e.Bias, Median: &e.Median,
		WithinP50: ifKnown(PartOf(e.WithinP50, e.Trials)), WithinP90: ifKnown(PartOf(e.WithinP90, e.Trials)),
	}
}

func ifKnown(figure int64, known bool) *int64 {
	if !known {
		return nil
	}
	return &figure
}
