package billing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Change is a change of configuration to be previewed. Empty fields change nothing.
type Change struct {
	Products []Switch         `json:"products,omitempty"`
	Seats    map[string]int64 `json:"seats,omitempty"`        // product -> seats in use
	Version  string           `json:"book_version,omitempty"` // of the project's book
}

// Effect is what a change does to the bill of a whole day on which it holds. Sessions are left out: they are used, not
// configured.
type Effect struct {
	Day    civil.Date     `json:"day"`     // tomorrow
	Before []pricing.Line `json:"before"`  // the day's lines as configured now
	After  []pricing.Line `json:"after"`   // the day's lines with the change
	PerDay money.Micro    `json:"per_day"` // After less Before: negative where the day gets dearer
	Needs  []string       `json:"needs"`   // products that must be switched on too
}

// Preview shows what a change would do from tomorrow on, without making it.
func (s *Service) Preview(ctx context.Context, q store.Querier, id ident.ProjectID, change Change, now time.Time) (Effect, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return Effect{}, err
	}
	held, err := openHoldings(ctx, q, id)
	if err != nil {
		return Effect{}, err
	}
	effect := Effect{Day: p.Calendar.DayAt(now) + 1, Needs: []string{}}
	before, err := p.Tariff(s.Books, effect.Day)
	if err != nil {
		return Effect{}, err
	}
	if effect.Before, err = before.Day(heldOn(held, effect.Day)); err != nil {
		return Effect{}, err
	}
	after, err := s.withVersion(before, p, change.Version, effect.Day)
	if err != nil {
		return Effect{}, err
	}
	day, err := held.changed(after.Book, change, effect.Day)
	if err != nil {
		return Effect{}, err
	}
	effect.Needs = missing(after.Book, day.Products, effect.Needs)
	effect.After, err = after.Day(day)
	effect.PerDay = total(effect.After) - total(effect.Before)
	return effect, err
}

func (s *Service) withVersion(tariff pricing.Tariff, p *project.Project, version string, day civil.Date) (pricing.Tariff, error) {
	if version == "" {
		return tariff, nil
	}
	book, err := s.Books.Get(p.BookAt(day).Book, version)
	if err != nil {
		return pricing.Tariff{}, err
	}
	return pricing.For(book, p.Country, p.Currency)
}

// changed is a day on which everything held now is held, with a change.
func (h holdings) changed(book *pricebook.Book, change Change, date civil.Date) (pricing.Day, error) {
	day := heldOn(h, date)
	on, err := h.switched(book, change.Products)
	if err != nil {
		return pricing.Day{}, err
	}
	day.Products = day.Products[:0]
	for product, is := range on {
		if is {
			day.Products = append(day.Products, product)
		}
	}
	slices.Sort(day.Products)
	for product, seats := range change.Seats {
		if _, ok := book.Product(product); !ok {
			return pricing.Day{}, pricing.UnknownProduct(book, product)
		}
		day.Seats[product] = seats
	}
	for _, product := range book.Products {
		if product.Slots == nil || !on[product.Name] || day.Slots[product.Name] > 0 {
			continue
		}
		for _, number := range day.Numbers { // the product is being switched on: its slots open with the numbers held
			if number.Use == product.Slots.Use {
				day.Slots[product.Name]++
			}
		}
	}
	return day, nil
}

func missing(book *pricebook.Book, on, needs []string) []string {
	for _, name := range on {
		product, ok := book.Product(name)
		if !ok {
			continue
		}
		for _, need := range product.Needs {
			if !slices.Contains(on, need) && !slices.Contains(needs, need) {
				needs = append(needs, need)
			}
		}
	}
	return needs
}

// Configuration is what a project holds now.
type Configuration struct {
	Products []string         `json:"products"`
	Seats    map[string]int64 `json:"seats"`
	Slots    map[string]int64 `json:"slots"`
	Numbers  []pricing.Number `json:"numbers"`
	Users    []string         `json:"users"`
	Packages map[string]int64 `json:"packages"` // larger minute packages: package -> minutes
}

// GetConfiguration reads what a project holds now.
func GetConfiguration(ctx context.Context, q store.Querier, id ident.ProjectID) (Configuration, error) {
	held, err := openHoldings(ctx, q, id)
	if err != nil {
		return Configuration{}, err
	}
	config := Configuration{Products: []string{}, Seats: map[string]int64{}, Slots: map[string]int64{}, Numbers: []pricing.Number{}, Users: []string{}, Packages: map[string]int64{}}
	for _, h := range held {
		switch h.kind {
		case holdProduct:
			config.Products = append(config.Products, h.item)
		case holdSeats:
			config.Seats[h.item] = h.quantity
		case holdSlots:
			config.Slots[h.item] = h.quantity
		case holdNumber:
			config.Numbers = append(config.Numbers, h.number)
		case holdUser:
			config.Users = append(config.Users, h.item)
		case holdPackage:
			config.Packages[h.item] = h.quantity
		}
	}
	return config, nil
}
