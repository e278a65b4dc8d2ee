package api

import (
	"context"
	"net/http"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Forecast is what a project will spend and when its funds end.
type Forecast struct {
	NextCharge Range          `json:"next_charge" doc:"The whole of today: what the coming night closes"`
	Next30     Range          `json:"next_30_days" doc:"Today's remainder and the 29 days after it"`
	FundsEnd   *End           `json:"funds_end,omitempty" doc:"When funds are likely to end; left out where they last beyond 400 days"`
	FundsLast  *End           `json:"funds_end_p90,omitempty" doc:"Until when they last nine times out of ten"`
	Known      int            `json:"known_days" doc:"Days of history behind it"`
	Days       []ForecastDay  `json:"days" doc:"Today and the 29 days after it"`
	Errors     ForecastErrors `json:"past_errors" doc:"How wrong such forecasts were"`
}

// Range is a likely amount and one that nine times out of ten is not passed.
type Range struct {
	P50 money.Micro `json:"p50"`
	P90 money.Micro `json:"p90"`
}

// End is when funds end.
type End struct {
	Date     civil.Date `json:"date" doc:"The first date that is not paid for in full"`
	FullDays int        `json:"full_days" doc:"Days from today that are"`
}

// ForecastDay is one day ahead.
type ForecastDay struct {
	Date       civil.Date  `json:"date"`
	Fixed      money.Micro `json:"fixed" doc:"Fees that follow from the configuration; part of the others"`
	P50        money.Micro `json:"p50"`
	P90        money.Micro `json:"p90"`
	BalanceP50 money.Micro `json:"balance_p50" doc:"Funds left once the day is closed"`
	BalanceP90 money.Micro `json:"balance_p90" doc:"The pessimistic one"`
}

// ForecastErrors measure past forecasts against what came.
type ForecastErrors struct {
	NextCharge ForecastError `json:"next_charge" doc:"Of one day"`
	Next30     ForecastError `json:"next_30_days" doc:"Of 30 days together; they overlap"`
	Usage30    ForecastError `json:"next_30_days_usage" doc:"Their calls, messages and sessions alone: fees follow what the project switches on later, which no forecast knows"`
	FundsEnd   EndError      `json:"funds_end" doc:"Of the day funds end, as if nothing had been paid in meanwhile"`
}

// ForecastError sums up forecasts of an amount. Without trials nothing is known: the rest is null.
type ForecastError struct {
	Trials       int          `json:"trials" doc:"Forecasts of the last 91 days, made again with what was known then, that can be compared with what came"`
	Charged      *money.Micro `json:"mean_charged" nullable:"true" doc:"What was charged on the mean; the basis points of bias and median are of this"`
	Bias         *money.Micro `json:"bias" nullable:"true" doc:"Mean of p50 less what was charged; above zero where forecasts were too high"`
	BiasPoints   *int64       `json:"bias_basis_points" doc:"The same in hundredths of a percent; null too where nothing was charged but something forecast"`
	Median       *money.Micro `json:"median" nullable:"true" doc:"Median of the difference between p50 and what was charged, without its sign"`
	MedianPoints *int64       `json:"median_basis_points" doc:"The same in hundredths of a percent; null too where nothing was charged but something forecast"`
	WithinP50    *int64       `json:"within_p50_basis_points" doc:"Share of trials in which p50 was not passed, in hundredths of a percent: about 5000 where p50 is honest"`
	WithinP90    *int64       `json:"within_p90_basis_points" doc:"Share of trials in which p90 was not passed: about 9000 where p90 is honest"`
}

// EndError sums up forecasts of the day funds end. Without trials nothing is known: the rest is null.
type EndError struct {
	Trials    int    `json:"trials" doc:"Forecasts whose end has come"`
	Bias      *int64 `json:"bias_hundredth_days" doc:"Mean of forecast less actual end in hundredths of a day; above zero where funds ended sooner"`
	Median    *int64 `json:"median_hundredth_days" doc:"Median of the difference, without its sign, in hundredths of a day"`
	WithinP50 *int64 `json:"within_p50_basis_points" doc:"Share of trials in which funds lasted as long as p50 said, in hundredths of a percent"`
	WithinP90 *int64 `json:"within_p90_basis_points" doc:"Share of trials in which funds lasted as long as p90 said"`
}

func forecastRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/forecast", id: "get-forecast", tag: chapterStatements, need: needRead,
		summary: "What will be spent, and when funds end", text: "With the error that such forecasts had in the past (Rule B-80).",
	}, func(ctx context.Context, in *struct{ Of }) (out Forecast, err error) {
		return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
			f, past, err := a.parts.Billing.Forecast(ctx, q, in.id(), a.now())
			out = viewForecast(f, past)
			return err
		})
	})
}

func viewForecast(f forecast.Forecast, past forecast.Errors) Forecast {
	out := Forecast{
		NextCharge: Range(f.NextCharge), Next30: Range(f.Next30), FundsEnd: viewEnd(f.EndP50), FundsLast: viewEnd(f.EndP90), Known: f.Known,
		Days:   make([]ForecastDay, len(f.Days)),
		Errors: ForecastErrors{NextCharge: viewError(past.NextCharge), Next30: viewError(past.Next30), Usage30: viewError(past.Usage30), FundsEnd: viewEndError(past.End)},
	}
	for i, day := range f.Days {
		out.Days[i] = ForecastDay(day)
	}
	return out
}

func viewError(e forecast.Error) ForecastError {
	if e.Trials == 0 {
		return ForecastError{}
	}
	return ForecastError{
		Trials: e.Trials, Charged: &e.Actual, Bias: &e.Bias, BiasPoints: ifKnown(e.Percent(e.Bias)), Median: &e.Median, MedianPoints: ifKnown(e.Percent(e.Median)),
		WithinP50: ifKnown(forecast.PartOf(e.WithinP50, e.Trials)), WithinP90: ifKnown(forecast.PartOf(e.WithinP90, e.Trials)),
	}
}

func viewEndError(e forecast.EndError) EndError {
	if e.Trials == 0 {
		return EndError{}
	}
	return EndError{
		Trials: e.Trials, Bias: &e.Bias, Median: &e.Median,
		WithinP50: ifKnown(forecast.PartOf(e.WithinP50, e.Trials)), WithinP90: ifKnown(forecast.PartOf(e.WithinP90, e.Trials)),
	}
}

func ifKnown(figure int64, known bool) *int64 {
	if !known {
		return nil
	}
	return &figure
}

func viewEnd(e forecast.End) *End {
	if !e.Within {
		return nil
	}
	return &End{Date: e.Date, FullDays: e.FullDays}
}
