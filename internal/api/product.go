package api

import (
	"context"
	"net/http"
	"slices"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Product is a product's row on the project's page of products.
type Product struct {
	Product  string         `json:"product" example:"call_tracking"`
	Title    pricebook.Text `json:"title" doc:"By language: en, ru, uk"`
	On       bool           `json:"on"`
	Ends     bool           `json:"ends" doc:"It is on until the project's next midnight and no longer (Rule B-61)"`
	Monthly  money.Micro    `json:"monthly" doc:"List price of a month"`
	Net      money.Micro    `json:"net" doc:"Of a month, after the bundle discount it has, or would have if it were switched on"`
	Free     bool           `json:"free" doc:"Another product that is on includes it"`
	Needs    []string       `json:"needs" doc:"Products without which it does not work"`
	Seats    *Seats         `json:"seats,omitempty"`
	Sessions *Sessions      `json:"sessions,omitempty"`
}

// Products are all products of the project's book.
type Products struct {
	Products []Product `json:"products" doc:"In the order in which people see them, as they stand now"`
}

// Seats are the work places of a product.
type Seats struct {
	Used     int64       `json:"used"`
	Included int64       `json:"included"`
	Monthly  money.Micro `json:"monthly" doc:"Of a seat above the included"`
}

// Sessions are the visits a product includes.
type Sessions struct {
	Included int64                   `json:"included"`
	Period   pricebook.SessionPeriod `json:"period" enum:"day,30d"`
	Each     money.Micro             `json:"each" doc:"Price of a session above the included"`
}

func productRoutes(a *API) {
	const tag = chapterProducts
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/products", id: "list-products", tag: tag, need: needRead,
		summary: "List the products with their prices and what is on",
	}, a.listProducts)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/products", id: "switch-products", state: holdings, tag: tag, need: needWrite,
		summary: "Switch products on and off",
		text:    "All together or none. A product that lacks what it needs is refused with `billing.product_needs`, whose params name what to switch on with it (Rule B-30).",
	}, a.switchProducts)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/products/{product}/seats", id: "set-seats", state: holdings, tag: tag, need: needWrite,
		summary: "Set the seats in use", text: "Seats above the included are charged by the day's peak (Rules B-08, B-31).",
	}, a.setSeats)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/packages/{package}", id: "set-package", state: holdings, tag: tag, need: needWrite,
		summary: "Buy a larger minute package", text: "The calendar month is charged at once, once, and refused with `ledger.insufficient_funds` where funds do not cover it; 0 minutes returns to the included ones (Rule B-38).",
	}, a.setPackage)
}

func (a *API) listProducts(ctx context.Context, in *struct{ Of }) (out Products, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		out.Products, err = a.products(ctx, q, in.id())
		return err
	})
}

func (a *API) products(ctx context.Context, q store.Querier, id ident.ProjectID) ([]Product, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return nil, err
	}
	tariff, err := p.Tariff(a.parts.Books, p.Calendar.DayAt(a.now()))
	if err != nil {
		return nil, err
	}
	held, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return nil, err
	}
	ending, err := billing.EndingTonight(ctx, q, id, a.now())
	if err != nil {
		return nil, err
	}
	products := make([]Product, len(tariff.Book.Products))
	for i, product := range tariff.Book.Products {
		products[i] = viewProduct(tariff, product, held)
		if slices.Contains(ending, product.Name) {
			products[i].On, products[i].Ends = true, true
		}
	}
	return products, nil
}

func viewProduct(tariff pricing.Tariff, product pricebook.Product, held billing.Configuration) Product {
	on := func(name string) bool { return slices.Contains(held.Products, name) }
	view := Product{
		Product: product.Name, Title: product.Title, On: on(product.Name), Monthly: product.Monthly[tariff.Currency],
		Net: tariff.NetMonthly(product, held.Products), Free: slices.ContainsFunc(product.IncludedWith, on),
		Needs: append([]string{}, product.Needs...),
	}
	if s := product.Seats; s != nil {
		view.Seats = &Seats{Used: held.Seats[product.Name], Included: s.Included, Monthly: s.Monthly[tariff.Currency]}
	}
	if s := product.Sessions; s != nil {
		view.Sessions = &Sessions{Included: s.Included, Period: s.Period, Each: s.Each[tariff.Currency]}
	}
	return view
}

// SwitchProducts asks to switch products.
type SwitchProducts struct {
	Products []billing.Switch `json:"products" minItems:"1" maxItems:"50"`
}

func (a *API) switchProducts(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body SwitchProducts
},
) (out Products, err error) {
	if err := a.parts.Billing.SwitchProducts(ctx, tx, in.id(), in.Body.Products, a.now()); err != nil {
		return out, err
	}
	out.Products, err = a.products(ctx, tx, in.id())
	return out, err
}

func (a *API) setSeats(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Product string `path:"product" maxLength:"60"`
	Body    struct {
		Count int64 `json:"count" minimum:"0" doc:"Seats in use from now on"`
	}
},
) (out Products, err error) {
	if err := a.parts.Billing.SetSeats(ctx, tx, in.id(), in.Product, in.Body.Count, a.now()); err != nil {
		return out, err
	}
	out.Products, err = a.products(ctx, tx, in.id())
	return out, err
}

// Package is a larger minute package in force.
type Package struct {
	Package string `json:"package"`
	Minutes int64  `json:"minutes" doc:"Bought instead of the included; 0 for none"`
	Funds   Funds  `json:"funds"`
}

func (a *API) setPackage(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Package string `path:"package" maxLength:"60"`
	Body    struct {
		Minutes int64 `json:"minutes" minimum:"0"`
	}
},
) (Package, error) {
	if err := a.parts.Billing.SetPackage(ctx, tx, in.id(), in.Package, in.Body.Minutes, a.now()); err != nil {
		return Package{}, err
	}
	funds, err := fundsOf(ctx, tx, in.id())
	return Package{Package: in.Package, Minutes: in.Body.Minutes, Funds: funds}, err
}
