package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	numbers "bellwether/internal/number"
	"bellwether/internal/pricing"
)

// Effect is what a change of configuration does to the bill if nothing else happens: no call, no session, no payment.
type Effect struct {
	Needs      []string    `json:"needs" doc:"Products that must be switched on too; the effect has them on"`
	NeedsCost  money.Micro `json:"needs_cost" doc:"The part of per_30_days that is theirs: negative for a charge"`
	AtOnce     []Line      `json:"at_once" doc:"Booked at the moment of the change: months in advance, the difference of a paid term, or credit for what is left of one"`
	Covered    bool        `json:"covered" doc:"The funds of now pay for at_once. Where they do not, the change itself is refused with ledger.insufficient_funds (Rule B-39)"`
	Today      BillChange  `json:"today" doc:"What the close of today charges. Where the book measures a day's peak, what is added now counts for the whole of it and what is removed still does (Rule B-08)"`
	Before     []Line      `json:"before" doc:"Tomorrow's lines as configured now"`
	After      []Line      `json:"after" doc:"Tomorrow's lines with the change"`
	PerDay     money.Micro `json:"per_day" doc:"Tomorrow's difference: negative where the day gets dearer"`
	Per30Days  money.Micro `json:"per_30_days" doc:"The difference over the days below"`
	DaysBefore []DayTotal  `json:"days_before" doc:"The 30 days from tomorrow on, as configured now; months in advance and minimums on the day they are charged"`
	DaysAfter  []DayTotal  `json:"days_after" doc:"The same days with the change"`
	MonthEnd   BillChange  `json:"month_end" doc:"What the last day of this calendar month charges besides its fees: package minutes used so far above the included, minimums (Rules B-38, B-39). An agency's discount is left out"`
	NextMonth  BillChange  `json:"next_month" doc:"What is charged in advance on the first of the next calendar month (Rule B-39)"`
	PaidUntil  *PaidUntil  `json:"paid_until,omitempty" doc:"For a project with a prepaid term (Rule B-51)"`
	FundsEnd   *End        `json:"funds_end,omitempty" doc:"When funds are likely to end as configured now; left out where they last beyond 400 days"`
	FundsAfter *End        `json:"funds_end_after,omitempty" doc:"The same with the change"`
}

// BillChange is what a usage day is charged, before and after a change.
type BillChange struct {
	Day    civil.Date  `json:"day"`
	Before []Line      `json:"before"`
	After  []Line      `json:"after"`
	More   money.Micro `json:"more" doc:"After less before: negative where it gets dearer"`
}

// PaidUntil is the first unpaid day of a prepaid term.
type PaidUntil struct {
	Before *civil.Date `json:"before,omitempty"`
	After  *civil.Date `json:"after,omitempty"`
}

// DayTotal is the sum of a day's lines.
type DayTotal struct {
	Day    string      `json:"day" format:"date"`
	Amount money.Micro `json:"amount"`
}

// Change is a change of configuration, made all together.
type Change struct {
	Products    []billing.Switch  `json:"products,omitempty" maxItems:"50"`
	Seats       map[string]int64  `json:"seats,omitempty" maxProperties:"50" doc:"Product to seats in use"`
	Rent        []Number          `json:"rent,omitempty" maxItems:"100" doc:"Numbers to rent or to bring along"`
	Release     []string          `json:"release,omitempty" maxItems:"100" doc:"Numbers to give back, E.164"`
	Uses        map[string]string `json:"uses,omitempty" maxProperties:"100" doc:"Number held to the use it is to serve: pbx or tracking"`
	Packages    map[string]int64  `json:"packages,omitempty" maxProperties:"50" doc:"Minute package to minutes a month; 0 for the included ones"`
	AddUsers    []string          `json:"add_users,omitempty" maxItems:"100"`
	RemoveUsers []string          `json:"remove_users,omitempty" maxItems:"100"`
	KeepTerm    bool              `json:"keep_term,omitempty" doc:"Users that are added do not shorten the paid term: the difference is paid at once (Rule B-51)"`
	Version     string            `json:"book_version,omitempty" maxLength:"60" doc:"Of the project's book, from tomorrow on; also one that is not in force yet"`
	Plan        string            `json:"plan,omitempty" maxLength:"60" doc:"Of books sold by term, from tomorrow on"`
}

func (c Change) domain() billing.Change {
	change := billing.Change{
		Products: c.Products, Seats: c.Seats, Release: c.Release, Uses: c.Uses, Packages: c.Packages,
		AddUsers: c.AddUsers, RemoveUsers: c.RemoveUsers, KeepTerm: c.KeepTerm, Version: c.Version, Plan: c.Plan,
	}
	for _, n := range c.Rent {
		change.Rent = append(change.Rent, pricing.Number{Number: n.Number, Owner: n.Owner, Kind: n.Kind, Use: n.Use})
	}
	return change
}

func previewRoutes(a *API) {
	const tag = chapterProducts
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/preview", id: "preview-change", tag: tag, need: needRead,
		summary: "What a change would cost before it is made",
		text: "Products, seats, numbers, minute packages, users, another version or plan, in any combination. The change is made by the code that makes it for good, and undone: " +
			"what that code refuses is refused here with the same error; only where funds do not cover it, the effect is shown and `covered` is false. What a product needs is included and named. What a payment would bring, with loyalty and long-term discounts, is in `preview-payment`.",
	}, func(ctx context.Context, in *struct {
		Of
		Body Change
	},
	) (Effect, error) {
		return a.effect(ctx, in.id(), in.Body.domain())
	})
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/products/preview", id: "preview-products", tag: tag, need: needRead,
		summary: "What a change of products and seats would cost",
		text:    "`preview-change` for products and seats alone.",
	}, func(ctx context.Context, in *struct {
		Of
		Body struct {
			Products []billing.Switch `json:"products,omitempty" maxItems:"50"`
			Seats    map[string]int64 `json:"seats,omitempty" maxProperties:"50" doc:"Product to seats in use"`
		}
	},
	) (Effect, error) {
		return a.effect(ctx, in.id(), billing.Change{Products: in.Body.Products, Seats: in.Body.Seats})
	})
}

// effect previews a change. Nothing of it stays in the database.
func (a *API) effect(ctx context.Context, id ident.ProjectID, change billing.Change) (Effect, error) {
	if err := a.mayRentAll(ctx, id, change); err != nil {
		return Effect{}, err
	}
	effect, err := a.parts.Billing.Preview(ctx, a.parts.DB, id, change, a.now())
	if err != nil {
		return Effect{}, err
	}
	return viewEffect(effect), nil
}

// mayRentAll refuses numbers of the stock that the project could not have. One that is not in stock is previewed all the
// same: an operator may add it.
func (a *API) mayRentAll(ctx context.Context, id ident.ProjectID, change billing.Change) error {
	for i, n := range change.Rent {
		if n.Owner != billing.OwnedByOperator {
			continue
		}
		err := numbers.MayRent(ctx, a.parts.DB, id, n.Number)
		var known *errs.Error
		if errors.As(err, &known) {
			return known.At(fmt.Sprintf("rent[%d].number", i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func viewEffect(e billing.Effect) Effect {
	out := Effect{
		Needs: e.Needs, NeedsCost: e.NeedsCost, AtOnce: viewLines(e.AtOnce), Covered: e.Covered,
		Today:  viewBillChange(e.Before.Today, e.After.Today),
		Before: viewLines(e.Before.Tomorrow.Lines), After: viewLines(e.After.Tomorrow.Lines), PerDay: e.PerDay, Per30Days: e.Per30Days,
		DaysBefore: make([]DayTotal, len(e.Days)), DaysAfter: make([]DayTotal, len(e.Days)),
		MonthEnd:  viewBillChange(e.Before.MonthEnd, e.After.MonthEnd),
		NextMonth: viewBillChange(e.Before.NextMonth, e.After.NextMonth),
		FundsEnd:  viewEnd(e.Before.FundsEnd), FundsAfter: viewEnd(e.After.FundsEnd),
	}
	for i, day := range e.Days {
		out.DaysBefore[i], out.DaysAfter[i] = DayTotal{day.Day.String(), day.Before}, DayTotal{day.Day.String(), day.After}
	}
	if e.Before.PaidUntil != nil || e.After.PaidUntil != nil {
		out.PaidUntil = &PaidUntil{Before: e.Before.PaidUntil, After: e.After.PaidUntil}
	}
	return out
}

func viewBillChange(before, after billing.DayBill) BillChange {
	return BillChange{Day: before.Day, Before: viewLines(before.Lines), After: viewLines(after.Lines), More: pricing.Sum(after.Lines) - pricing.Sum(before.Lines)}
}
