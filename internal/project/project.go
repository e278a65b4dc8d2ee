package project

import (
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
)

// Project is the billing unit.
type Project struct {
	ID       ident.ProjectID
	Name     string
	Country  string // ISO 3166
	Currency money.Currency
	Agency   string // empty for a direct customer
	OpenedAt time.Time
	Calendar Calendar
	Books    []BookPeriod // by From, at least one
	Limits   Limits
	Revision int64 // grows with every change; caches compare it
}

// BookPeriod says by which book and plan usage days are charged from one on.
type BookPeriod struct {
	From    civil.Date
	Book    string
	Version string
	Plan    string // of books sold by term
}

// Limits override the anti-fraud caps of the book where they are set (Rule B-70).
type Limits struct {
	PerMinute       *money.Micro `json:"per_minute,omitempty"`
	PerDay          *money.Micro `json:"per_day,omitempty"`
	ConcurrentCalls *int64       `json:"concurrent_calls,omitempty"`
	Countries       []string     `json:"countries,omitzero"` // empty: none; nil: the book's
	RefusePremium   *bool        `json:"refuse_premium,omitempty"`
}

// BookAt is the book in force on a day.
func (p *Project) BookAt(day civil.Date) BookPeriod {
	for i := len(p.Books) - 1; i > 0; i-- {
		if day >= p.Books[i].From {
			return p.Books[i]
		}
	}
	return p.Books[0]
}

// Tariff is the price list of a day: the book version in force, in the project's currency and country.
func (p *Project) Tariff(library *pricebook.Library, day civil.Date) (pricing.Tariff, error) {
	period := p.BookAt(day)
	book, err := library.Get(period.Book, period.Version)
	if err != nil {
		return pricing.Tariff{}, err
	}
	return pricing.For(book, p.Country, p.Currency)
}
