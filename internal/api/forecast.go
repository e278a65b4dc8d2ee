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
	NextCharge Range               `json:"next_charge" doc:"The whole of today: what the coming night closes"`
	Next30     Range               `json:"next_30_days" doc:"Today's remainder and the 29 days after it"`
	FundsEnd   *End                `json:"funds_end,omitempty" doc:"When funds are likely to end; left out where they last beyond 400 days"`
	FundsLast  *End                `json:"funds_end_p90,omitempty" doc:"Until when they last nine times out of ten"`
	Known      int                 `json:"known_days" doc:"Days of history behind it"`
	Days       []ForecastDay       `json:"days" doc:"Today and the 29 days after it"`
	Errors     forecast.PastErrors `json:"past_errors" doc:"How wrong such forecasts were"`
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
		Errors: past.View(),
	}
	for i, day := range f.Days {
		out.Days[i] = ForecastDay(day)
	}
	return out
}

func viewEnd(e forecast.End) *End {
	if !e.Within {
		return nil
	}
	return &End{Date: e.Date, FullDays: e.FullDays}
}
