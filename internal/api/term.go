package api

import (
	"context"
	"net/http"

	"bellwether/internal/billing"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Term asks for a prepaid term.
type Term struct {
	ID     string `json:"id" minLength:"1" maxLength:"100" doc:"The payer's name for it; the same id with the same term is one effect"`
	Months int64  `json:"months" minimum:"1" maximum:"120"`
}

// TermQuote is what a term costs now.
type TermQuote struct {
	Plan    string      `json:"plan"`
	Users   int64       `json:"users" doc:"Active users the price is for"`
	Months  int64       `json:"months"`
	Monthly money.Micro `json:"monthly" doc:"Undiscounted, users above the free ones included"`
	Off     string      `json:"off" doc:"Discount of the length" example:"10 %"`
	Days    int64       `json:"days"`
	Amount  money.Micro `json:"amount" doc:"What will be charged, positive"`
	Line    Line        `json:"line"`
}

func termRoutes(a *API) {
	const tag = chapterTerms
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/terms/quote", id: "quote-term", tag: tag, need: needRead,
		summary: "What a prepaid term costs now", text: "For today's users (Rule B-50).",
	}, a.quoteTerm)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/terms", id: "pay-term", state: holdings, tag: tag, need: needWrite, status: http.StatusCreated,
		summary: "Pay a term from the balance", text: "A running term is followed by the new one (Rule B-50).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body Term
	},
	) (billing.TermPaid, error) {
		return a.parts.Billing.PayTerm(ctx, tx, in.id(), in.Body.ID, in.Body.Months, a.now())
	})
}

func (a *API) quoteTerm(ctx context.Context, in *struct {
	Of
	Body struct {
		Months int64 `json:"months" minimum:"1" maximum:"120"`
	}
},
) (out TermQuote, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		held, err := billing.GetConfiguration(ctx, q, in.id())
		if err != nil {
			return err
		}
		today := p.Calendar.DayAt(a.now())
		tariff, err := p.Tariff(a.parts.Books, today)
		if err != nil {
			return err
		}
		users := int64(len(held.Users))
		quote, err := tariff.TermPrice(p.BookAt(today).Plan, users, in.Body.Months)
		if err != nil {
			return err
		}
		out = TermQuote{
			Plan: p.BookAt(today).Plan, Users: users, Months: in.Body.Months, Monthly: quote.Monthly, Off: quote.Off.String(), Days: quote.Days,
			Amount: -quote.Line.Amount, Line: viewLines([]pricing.Line{quote.Line})[0],
		}
		return nil
	})
}
