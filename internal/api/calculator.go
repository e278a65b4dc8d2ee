package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/money"
	numbers "bellwether/internal/number"
	"bellwether/internal/pool"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// CalculatedNumbers are how many numbers a pool needs, and what fewer and more would do (Rules C-08 to C-13).
type CalculatedNumbers struct {
	pool.Answer
	Area     string       `json:"area,omitempty" doc:"Of the numbers whose price is reckoned with"`
	Each     *money.Micro `json:"price_each,omitempty" doc:"A month; left out where no tracking numbers are offered"`
	Currency string       `json:"currency"`
}

// calculatorShares are those of a usual shop's sources (Rule C-12).
var calculatorShares = []float64{35, 25, 15, 10, 10, 5}

func calculatorRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/number-calculator", id: "calculate-numbers", tag: chapterTracking, need: needPools, summary: "How many numbers does call tracking need?",
		text: "With the day of a usual shop and its sources (Rule C-13), and what they cost the project a month, call tracking included.",
	}, a.calculate)
}

func (a *API) calculate(ctx context.Context, in *struct {
	Of
	Visits  float64 `query:"visits" minimum:"1" maximum:"1000000" default:"500" doc:"A day"`
	Minutes float64 `query:"minutes" minimum:"0.1" maximum:"600" default:"3" doc:"The mean visit"`
	Target  float64 `query:"target" minimum:"1" maximum:"99.9" default:"95" doc:"Per cent of calls whose source is to be right"`
	Hold    int64   `query:"hold" minimum:"0" maximum:"3600" default:"150" doc:"Seconds after the last activity"`
	Area    string  `query:"area" maxLength:"10" doc:"Code of the area whose numbers are wanted; the cheapest where left out"`
},
) (out CalculatedNumbers, err error) {
	const percent = 100
	plan := pool.Plan{
		Visits: pool.UsualDay(in.Visits), Length: time.Duration(in.Minutes * float64(time.Minute)), Hold: time.Duration(in.Hold) * time.Second,
		Weights: pool.DefaultWeights(), Shares: calculatorShares, Target: in.Target / percent,
	}
	err = a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		home, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		out.Currency = string(home.Currency)
		offers, err := a.parts.Numbers.Offers(ctx, q, in.id(), a.now())
		if err != nil {
			return err
		}
		var chosen *numbers.Offer
		for i, o := range offers {
			if o.Use == "tracking" && (in.Area == "" || o.Area == in.Area) && (chosen == nil || o.Price.Monthly < chosen.Price.Monthly) {
				chosen = &offers[i]
			}
		}
		if chosen == nil {
			return nil
		}
		tariff, err := home.Tariff(a.parts.Books, home.Calendar.DayAt(a.now()))
		if err != nil {
			return err
		}
		out.Area, out.Each, plan.Price = chosen.Area, &chosen.Price.Monthly, &pool.Price{Each: chosen.Price.Monthly}
		if product, sold := tariff.Book.Product("call_tracking"); sold {
			plan.Price.Base = tariff.NetMonthly(product, []string{"call_tracking"})
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Answer, err = pool.Calculate(plan)
	return out, err
}
