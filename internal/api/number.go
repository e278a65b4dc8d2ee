package api

import (
	"context"
	"net/http"

	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Number is a telephone number a project holds.
type Number struct {
	Number string `json:"number" maxLength:"20" doc:"E.164" example:"+380441234567"`
	Owner  string `json:"owner" enum:"operator,customer" doc:"Who provides it"`
	Kind   string `json:"kind" enum:"local,mobile,toll_free"`
	Use    string `json:"use" enum:"pbx,tracking"`
}

// RentedNumber is a number that was rented, and the funds after it.
type RentedNumber struct {
	Number
	Funds Funds `json:"funds"`
}

// NumberPrice is a rule that prices numbers; the first that matches counts.
type NumberPrice struct {
	Name     string            `json:"name"`
	Owner    string            `json:"owner,omitempty" doc:"Whom it must belong to; anybody where left out, and so on"`
	Kinds    []string          `json:"kinds"`
	Use      string            `json:"use,omitempty"`
	Prefixes []string          `json:"prefixes"`
	Monthly  money.Micro       `json:"monthly"`
	Charged  pricebook.Advance `json:"charged" enum:"daily,month" doc:"A day's share after each day, or the calendar month in advance"`
}

// NumberPrices are the rules of the project's book.
type NumberPrices struct {
	Currency money.Currency `json:"currency"`
	Prices   []NumberPrice  `json:"prices" doc:"The first that matches counts"`
}

func numberRoutes(a *API) {
	const tag = chapterNumbers
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/numbers", id: "list-numbers", tag: tag, need: needRead,
		summary: "List the numbers the project holds",
	}, a.listNumbers)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/numbers", id: "rent-number", tag: tag, need: needWrite, status: http.StatusCreated,
		summary: "Rent a number, or bring an own one",
		text:    "A number belongs to one project at a time. Where the book charges months in advance, this month is charged now, and refused with `ledger.insufficient_funds` where funds do not cover it (Rules B-35, B-39).",
	}, a.rentNumber)
	write(a, route{
		method: http.MethodDelete, path: "/v1/projects/{project}/numbers/{number}", id: "release-number", tag: tag, need: needWrite,
		summary: "Release a number",
	}, a.releaseNumber)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/number-prices", id: "list-number-prices", tag: tag, need: needRead,
		summary: "What numbers cost in this project",
	}, a.listNumberPrices)
}

func viewNumber(n pricing.Number) Number {
	return Number{Number: n.Number, Owner: n.Owner, Kind: n.Kind, Use: n.Use}
}

// Numbers are the numbers a project holds, in the order of renting.
type Numbers struct {
	Numbers []Number `json:"numbers"`
}

func (a *API) numbers(ctx context.Context, q store.Querier, id ident.ProjectID) (Numbers, error) {
	if _, err := project.Get(ctx, q, id); err != nil {
		return Numbers{}, err
	}
	held, err := a.parts.Billing.Numbers(ctx, q, id)
	out := Numbers{Numbers: make([]Number, len(held))}
	for i, n := range held {
		out.Numbers[i] = viewNumber(n)
	}
	return out, err
}

func (a *API) listNumbers(ctx context.Context, in *struct{ Of }) (out Numbers, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		out, err = a.numbers(ctx, q, in.id())
		return err
	})
}

func (a *API) rentNumber(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body Number
},
) (out RentedNumber, err error) {
	number := pricing.Number{Number: in.Body.Number, Owner: in.Body.Owner, Kind: in.Body.Kind, Use: in.Body.Use}
	if err := a.parts.Billing.RentNumber(ctx, tx, in.id(), number, a.now()); err != nil {
		return out, err
	}
	out.Number = in.Body
	out.Funds, err = fundsOf(ctx, tx, in.id())
	return out, err
}

func (a *API) releaseNumber(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Number string `path:"number" maxLength:"20" doc:"E.164, its + written as %2B or as it is"`
},
) (Numbers, error) {
	if err := a.parts.Billing.ReleaseNumber(ctx, tx, in.id(), in.Number, a.now()); err != nil {
		return Numbers{}, err
	}
	return a.numbers(ctx, tx, in.id())
}

func (a *API) listNumberPrices(ctx context.Context, in *struct{ Of }) (out NumberPrices, err error) {
	p, err := project.Get(ctx, a.parts.DB, in.id())
	if err != nil {
		return out, err
	}
	tariff, err := p.Tariff(a.parts.Books, p.Calendar.DayAt(a.now()))
	if err != nil {
		return out, err
	}
	out.Currency, out.Prices = p.Currency, []NumberPrice{}
	for _, rule := range tariff.Book.Numbers {
		out.Prices = append(out.Prices, NumberPrice{
			Name: rule.Name, Owner: rule.Match.Owner, Kinds: append([]string{}, rule.Match.Kinds...), Use: rule.Match.Use,
			Prefixes: append([]string{}, rule.Match.Prefixes...), Monthly: rule.Monthly[p.Currency], Charged: rule.Charged,
		})
	}
	return out, nil
}

// fundsOf reads what the project owns.
func fundsOf(ctx context.Context, q store.Querier, id ident.ProjectID) (Funds, error) {
	account, err := ledger.GetAccount(ctx, q, id)
	return viewFunds(account), err
}
