package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	numbers "bellwether/internal/number"
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

// HeldNumber is a number of a project's with where it stands and what it costs.
type HeldNumber struct {
	Number
	Label    string            `json:"label,omitempty" doc:"The project's name for it"`
	State    numbers.State     `json:"state" enum:"rented,quarantine" doc:"In quarantine it is kept from others: while the project is dry, or until the instant given"`
	Until    time.Time         `json:"until,omitzero" doc:"When the quarantine of a released number ends; until then the project may rent it again"`
	Since    time.Time         `json:"since,omitzero" doc:"Since when the project holds it"`
	Country  string            `json:"country,omitempty" doc:"ISO 3166" example:"UA"`
	Area     string            `json:"area,omitempty" doc:"Area code without the country's" example:"44"`
	AreaName string            `json:"area_name,omitempty" example:"Kyiv city"`
	Daily    money.Micro       `json:"daily" doc:"What today costs, tax included; 0 where months are charged in advance"`
	Monthly  money.Micro       `json:"monthly" doc:"What a month costs, tax included"`
	Charged  pricebook.Advance `json:"charged,omitempty" enum:"daily,month" doc:"A day's share after each day, or the calendar month in advance"`
}

// RentedNumber is a number that was rented, and the funds after it.
type RentedNumber struct {
	HeldNumber
	Funds Funds `json:"funds"`
}

// RentNumber asks for a number.
type RentNumber struct {
	Number  string `json:"number,omitempty" maxLength:"20" doc:"E.164; left out for any of the operator's that is free" example:"+380441234567"`
	Owner   string `json:"owner" enum:"operator,customer" doc:"Who provides it: customer for one that is brought along"`
	Kind    string `json:"kind,omitempty" enum:"local,mobile,toll_free" doc:"Of a number that is named, what it is taken for; of any, what it shall be"`
	Use     string `json:"use" enum:"pbx,tracking"`
	Country string `json:"country,omitempty" maxLength:"2" doc:"Of any: ISO 3166; the project's where left out" example:"UA"`
	Area    string `json:"area,omitempty" maxLength:"10" doc:"Of any: the area code; whichever where left out" example:"44"`
	Label   string `json:"label,omitempty" maxLength:"100" doc:"The project's name for it"`
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
		text: "A number belongs to one project at a time; of any that are free the one free the longest is given. Refused with `number.not_free`, `number.none_free`, `number.not_in_stock`, `number.in_stock` for an own one, `number.funds_ended`. " +
			"An operator's key may name a number that is not in stock: it is added on the way. Where the book charges months in advance, this month is charged now, and refused with `ledger.insufficient_funds` where funds do not cover it (Rules B-35, B-39, N-01, N-04, N-05).",
	}, a.rentNumber)
	write(a, route{
		method: http.MethodDelete, path: "/v1/projects/{project}/numbers/{number}", id: "release-number", state: numberHeld, tag: tag, need: needWrite,
		summary: "Release a number", text: "One of the operator's rests in quarantine, in which the project may rent it again (Rule N-06).",
	}, a.releaseNumber)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/numbers/{number}/use", id: "set-number-use", state: numberHeld, tag: tag, need: needWrite,
		summary: "Use a number for the PBX, or for tracking", text: "From this moment on; the day is charged as for the later use (Rule N-07).",
	}, a.setNumberUse)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/numbers/{number}/label", id: "set-number-label", state: numberHeld, tag: tag, need: needWrite,
		summary: "Name a number",
	}, a.setNumberLabel)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/number-offers", id: "list-number-offers", tag: tag, need: needRead,
		summary: "Which numbers are free, and what they cost this project",
		text:    "What the operator's stock holds, by country, area, kind and use, at the prices of the project's own book. Services that come with the first number of a month are in `preview-change` (Rule N-04).",
	}, a.listNumberOffers)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/number-prices", id: "list-number-prices", tag: tag, need: needRead,
		summary: "What numbers cost in this project",
	}, a.listNumberPrices)
}

func viewNumber(n pricing.Number) Number {
	return Number{Number: n.Number, Owner: n.Owner, Kind: n.Kind, Use: n.Use}
}

func viewEntryOf(e numbers.Entry) HeldNumber {
	return HeldNumber{
		Number: Number{Number: e.Number, Owner: e.Owner, Kind: e.Kind},
		Label:  e.Label, State: e.State, Until: e.Until, Since: e.HeldSince, Country: e.Country, Area: e.Area, AreaName: e.AreaName,
	}
}

func viewHeld(h numbers.Held) HeldNumber {
	view := viewEntryOf(h.Entry)
	view.Number = viewNumber(h.Number)
	view.Daily, view.Monthly, view.Charged = h.Price.Daily, h.Price.Monthly, h.Price.Charged
	if view.State == "" { // it was rented without the registry's knowledge
		view.State = numbers.Rented
	}
	return view
}

// Numbers are the numbers a project holds, in the order of renting, and those it may take back.
type Numbers struct {
	Numbers []HeldNumber    `json:"numbers"`
	Resting []RestingNumber `json:"resting" doc:"Released ones in quarantine: the project may rent them again"`
}

// RestingNumber is a number that was released.
type RestingNumber struct {
	Number string    `json:"number" doc:"E.164"`
	Kind   string    `json:"kind" enum:"local,mobile,toll_free"`
	Label  string    `json:"label,omitempty"`
	Until  time.Time `json:"until" doc:"When others may have it"`
}

func (a *API) numbers(ctx context.Context, q store.Querier, id ident.ProjectID) (Numbers, error) {
	held, resting, err := a.parts.Numbers.OfProject(ctx, q, id, a.now())
	out := Numbers{Numbers: make([]HeldNumber, len(held)), Resting: make([]RestingNumber, len(resting))}
	for i, h := range held {
		out.Numbers[i] = viewHeld(h)
	}
	for i, e := range resting {
		out.Resting[i] = RestingNumber{Number: e.Number, Kind: e.Kind, Label: e.Label, Until: e.Until}
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
	Body RentNumber
},
) (out RentedNumber, err error) {
	caller, b := callerOf(ctx), in.Body
	var got numbers.Entry
	if b.Owner == billing.OwnedByCustomer {
		own := pricing.Number{Number: b.Number, Kind: b.Kind, Use: b.Use}
		got, err = a.parts.Numbers.Bring(ctx, tx, in.id(), own, b.Label, caller.name(), a.now())
	} else {
		wish := numbers.Wish{Number: b.Number, Country: b.Country, Area: b.Area, Kind: b.Kind, Use: b.Use, Label: b.Label, Add: caller.key.Scope == account.Operator}
		got, err = a.parts.Numbers.Rent(ctx, tx, in.id(), wish, caller.name(), a.now())
	}
	if err != nil {
		return out, err
	}
	if out.HeldNumber, err = a.heldNumber(ctx, tx, in.id(), got.Number); err != nil {
		return out, err
	}
	out.Funds, err = fundsOf(ctx, tx, in.id())
	return out, err
}

// heldNumber is one of the project's numbers as the list shows it.
func (a *API) heldNumber(ctx context.Context, q store.Querier, id ident.ProjectID, number string) (HeldNumber, error) {
	held, _, err := a.parts.Numbers.OfProject(ctx, q, id, a.now())
	for _, h := range held {
		if h.Number.Number == number {
			return viewHeld(h), err
		}
	}
	return HeldNumber{}, err
}

// OneNumber is a project's number, by its path.
type OneNumber struct {
	Of
	Number string `path:"number" maxLength:"20" doc:"E.164, its + written as %2B or as it is"`
}

func (a *API) releaseNumber(ctx context.Context, tx *store.Tx, in *OneNumber) (Numbers, error) {
	if err := a.parts.Numbers.Release(ctx, tx, in.id(), in.Number, callerOf(ctx).name(), a.now()); err != nil {
		return Numbers{}, err
	}
	return a.numbers(ctx, tx, in.id())
}

func (a *API) setNumberUse(ctx context.Context, tx *store.Tx, in *struct {
	OneNumber
	Body struct {
		Use string `json:"use" enum:"pbx,tracking"`
	}
},
) (HeldNumber, error) {
	if err := a.parts.Numbers.SetUse(ctx, tx, in.id(), in.Number, in.Body.Use, a.now()); err != nil {
		return HeldNumber{}, err
	}
	return a.heldNumber(ctx, tx, in.id(), in.Number)
}

func (a *API) setNumberLabel(ctx context.Context, tx *store.Tx, in *struct {
	OneNumber
	Body struct {
		Label string `json:"label" maxLength:"100" doc:"Empty to take the name away" example:"Billboards"`
	}
},
) (HeldNumber, error) {
	if err := a.parts.Numbers.SetLabel(ctx, tx, in.id(), in.Number, in.Body.Label); err != nil {
		return HeldNumber{}, err
	}
	return a.heldNumber(ctx, tx, in.id(), in.Number)
}

// NumberOffer is a kind of number that can be rented.
type NumberOffer struct {
	Country  string            `json:"country,omitempty" doc:"ISO 3166; none for international networks" example:"UA"`
	Area     string            `json:"area,omitempty" doc:"Area code without the country's; none for mobile and toll-free numbers" example:"44"`
	AreaName string            `json:"area_name,omitempty" example:"Kyiv city"`
	Kind     string            `json:"kind" enum:"local,mobile,toll_free"`
	Use      string            `json:"use" enum:"pbx,tracking"`
	Free     int64             `json:"free" doc:"How many there are" example:"12"`
	Daily    money.Micro       `json:"daily" doc:"What today costs, tax included; 0 where months are charged in advance"`
	Monthly  money.Micro       `json:"monthly" doc:"What a month costs, tax included"`
	Charged  pricebook.Advance `json:"charged" enum:"daily,month" doc:"A day's share after each day, or the calendar month in advance"`
}

// NumberOffers are what a project can rent.
type NumberOffers struct {
	Currency money.Currency `json:"currency"`
	Offers   []NumberOffer  `json:"offers"`
}

func (a *API) listNumberOffers(ctx context.Context, in *struct{ Of }) (out NumberOffers, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		offers, err := a.parts.Numbers.Offers(ctx, q, in.id(), a.now())
		out = NumberOffers{Currency: p.Currency, Offers: make([]NumberOffer, len(offers))}
		for i, o := range offers {
			out.Offers[i] = NumberOffer{
				Country: o.Country, Area: o.Area, AreaName: o.AreaName, Kind: o.Kind, Use: o.Use, Free: o.Free,
				Daily: o.Price.Daily, Monthly: o.Price.Monthly, Charged: o.Price.Charged,
			}
		}
		return err
	})
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
