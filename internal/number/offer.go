package number

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Offer is a kind of number that can be rented: how many there are, and what one costs the project.
type Offer struct {
	Country, Area, AreaName, Kind string
	Use                           string
	Price                         pricing.NumberPrice
	Free                          int64
}

// Offers is the project's price list of numbers: what is free in stock, by country, area, kind and use, at the prices of
// its own book on the usage day of now (Rule N-04). Numbers its book does not sell are not offered; where a book prices
// some numbers of an area differently, they are an offer of their own.
func (s *Service) Offers(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) ([]Offer, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return nil, err
	}
	day := p.Calendar.DayAt(now)
	tariff, err := p.Tariff(s.billing.Books, day)
	if err != nil {
		return nil, err
	}
	shelves, err := freeByPrefix(ctx, q, longestPrefix(tariff.Book))
	if err != nil {
		return nil, err
	}
	var offers []Offer
	index := map[Offer]int{}
	for _, shelf := range shelves {
		for _, use := range billing.NumberUses {
			sample := pricing.Number{Number: shelf.prefix, Owner: billing.OwnedByOperator, Kind: shelf.Kind, Use: use}
			offer := shelf.Offer
			offer.Use, offer.Free = use, 0
			if offer.Price, err = tariff.NumberPrice(sample, day); err != nil {
				if errs.CodeOf(err) == "pricing.number_not_sold" {
					continue
				}
				return nil, err
			}
			i, there := index[offer]
			if !there {
				i = len(offers)
				index[offer], offers = i, append(offers, offer)
			}
			offers[i].Free += shelf.Free
		}
	}
	return offers, nil
}

// longestPrefix is how many digits of a number can matter to its price.
func longestPrefix(book *pricebook.Book) (digits int) {
	for _, rule := range book.Numbers {
		for _, prefix := range rule.Match.Prefixes {
			digits = max(digits, len(prefix))
		}
	}
	return digits
}

// shelf is free numbers of one beginning.
type shelf struct {
	Offer         // without use and price
	prefix string // with its plus
}

// freeByPrefix counts what is free by country, area, kind and the first digits.
func freeByPrefix(ctx context.Context, q store.Querier, digits int) (shelves []shelf, err error) {
	return shelves, store.EachRow(ctx, q, `SELECT country, area, MIN(area_name), kind, SUBSTR(number, 1, CAST($1 AS INTEGER)), COUNT(*) FROM number_registry
		WHERE owner = 'operator' AND state = 'free' GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5`, []any{digits + len("+")}, func(rows *sql.Rows) error {
		var s shelf
		err := rows.Scan(&s.Country, &s.Area, &s.AreaName, &s.Kind, &s.prefix, &s.Free)
		shelves = append(shelves, s)
		return err
	})
}
