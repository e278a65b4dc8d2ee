package api

import (
	"context"
	"net/http"

	"bellwether/internal/civil"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
)

// HouseMonth is what an account of the house gained in a calendar month.
type HouseMonth struct {
	Month    civil.Date     `json:"month" doc:"Its first day"`
	Currency money.Currency `json:"currency"`
	House    string         `json:"house" doc:"The account: revenue by kind and product, clearing by payment method, loyalty, adjustment, write_off" example:"revenue:product_fee:call_tracking"`
	Amount   money.Micro    `json:"amount" doc:"Exact; positive for what projects were charged, negative for what they paid in or were given"`
	Entries  int64          `json:"entries" doc:"How many came to it"`
}

// House is the other side of all projects' entries.
type House struct {
	From   civil.Date   `json:"from"`
	To     civil.Date   `json:"to"`
	Months []HouseMonth `json:"months" doc:"In the order of months, currencies and accounts"`
}

func houseRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/house", id: "get-house", tag: chapterOperator, need: needOperator,
		summary: "What the house earned, by product and month",
		text:    "The other side of every entry of all projects, by usage day (Rule B-03). At most 366 days at a time; the running month and the one before where nothing is asked for.",
	}, a.getHouse)
}

func (a *API) getHouse(ctx context.Context, in *struct {
	From string `query:"from" format:"date" doc:"First usage day; that of the month before to's where left out"`
	To   string `query:"to" format:"date" doc:"Last usage day; today in UTC where left out"`
},
) (out House, err error) {
	today := civil.DateIn(a.now(), a.now().UTC().Location())
	out.From, out.To, err = Days{From: in.From, To: in.To}.bounds(today)
	if err != nil {
		return out, err
	}
	if in.From == "" {
		out.From = (out.To.FirstOfMonth() - 1).FirstOfMonth()
	}
	if err := checkSpan(out.From, out.To); err != nil {
		return out, err
	}
	months, err := ledger.HouseMonths(ctx, a.parts.DB, out.From, out.To)
	out.Months = make([]HouseMonth, len(months))
	for i, m := range months {
		out.Months[i] = HouseMonth{Month: m.Month, Currency: m.Currency, House: m.House, Amount: m.Amount, Entries: m.Count}
	}
	return out, err
}
