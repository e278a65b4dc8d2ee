package people

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// counter tells billing how many seats are in use. A product that the price book no longer has, or has no seats of, is
// nothing to count, and no reason why somebody could not be blocked.
type counter struct{ *billing.Service }

// SetSeats implements access.SeatCounter.
func (c counter) SetSeats(ctx context.Context, tx *store.Tx, id ident.ProjectID, product string, count int64, at time.Time) error {
	err := c.Service.SetSeats(ctx, tx, id, product, count, at)
	switch errs.CodeOf(err) {
	case "pricing.unknown_product", "billing.no_seats":
		return nil
	}
	return err
}

// seats is what access tells of a change of seats.
func (s *section) seats() counter { return counter{s.Billing} }

// plan is what a project pays for people: its price list of today and what it holds.
type plan struct {
	pricing.Tariff
	held billing.Configuration
	name string // of the plan, in books sold by term
}

// plan reads what the visit's project pays for people.
func (s *section) plan(v *cabinet.Visit) (p plan, err error) {
	today := v.Project.Calendar.DayAt(v.At)
	if p.Tariff, err = v.Project.Tariff(s.Books, today); err != nil {
		return p, err
	}
	p.name = v.Project.BookAt(today).Plan
	return p, v.Read(func(ctx context.Context, q store.Querier) error {
		p.held, err = billing.GetConfiguration(ctx, q, v.Project.ID)
		return err
	})
}

// seated are the products that have seats, in the order of the book.
func (p plan) seated() (list []pricebook.Product) {
	for _, product := range p.Book.Products {
		if product.Seats != nil {
			list = append(list, product)
		}
	}
	return list
}

// isOn tells whether a product is switched on.
func (p plan) isOn(product string) bool { return slices.Contains(p.held.Products, product) }

// title is a product in the reader's words; one that the book no longer has is called by its key.
func (p plan) title(v *ui.View, product string) string {
	if found, ok := p.Book.Product(product); ok {
		return found.Title.In(string(v.Lang))
	}
	return product
}

// paidAs is by which name somebody counts as a paid user of a book sold by term; empty where they do not.
func (p plan) paidAs(e employee) string {
	if names := p.held.UsersNamed(string(e.User), e.Person.Email); len(names) > 0 {
		return names[0]
	}
	return ""
}

// withSeats is a change of the seats that are counted: those given by name, and so many more.
func (p plan) withSeats(st *staff, more map[string]int64) billing.Change {
	change := billing.Change{Seats: map[string]int64{}}
	for product, n := range more {
		if found, ok := p.Book.Product(product); ok && found.Seats != nil {
			change.Seats[product] = max(0, st.counted(product)+n)
		}
	}
	return change
}

// without is the change of the bill when somebody is shut out.
func (p plan) without(st *staff, e employee) billing.Change {
	less := map[string]int64{}
	if e.active() {
		for _, seat := range e.Seats {
			less[seat.Product] = -1
		}
	}
	change := p.withSeats(st, less)
	if name := p.paidAs(e); name != "" {
		change.RemoveUsers = []string{name}
	}
	return change
}

// within is the change of the bill when somebody who was blocked is let in again.
func (p plan) within(st *staff, e employee) billing.Change {
	more := map[string]int64{}
	for _, seat := range e.Seats {
		more[seat.Product] = 1
	}
	change := p.withSeats(st, more)
	if p.Book.Terms != nil && p.paidAs(e) == "" {
		change.AddUsers = []string{string(e.User)}
	}
	return change
}

// isNothing tells whether a change leaves the bill as it is whatever it costs.
func isNothing(c billing.Change) bool {
	return len(c.Seats) == 0 && len(c.RemoveUsers) == 0 && len(c.AddUsers) == 0 && c.Plan == "" && c.Version == ""
}

// rehearsed is what a change does to the bill, for a page that asks.
type rehearsed struct {
	lines []ui.Effect // none for a change of nothing, and for those who may not see funds
	now   bool        // it is not from tomorrow on alone: today is charged otherwise too, or a paid term ends on another day
}

func (s *section) rehearse(v *cabinet.Visit, change billing.Change) (r rehearsed, err error) {
	if isNothing(change) || !v.May(access.View, access.Funds) {
		return r, nil
	}
	today := v.Project.Calendar.DayAt(v.At)
	tariff, err := v.Project.Tariff(s.Books, today)
	if err != nil {
		return r, err
	}
	outcome, err := s.Billing.Preview(v.Context(), s.DB, v.Project.ID, change, v.At)
	if err != nil {
		return r, err
	}
	return rehearsed{
		lines: append(wholeCharge(v, outcome), effect.Lines(v, tariff.Book, outcome)...),
		now:   outcome.Before.PaidUntil != nil || effect.More(outcome.Before.Today, outcome.After.Today) != 0,
	}, nil
}

// wholeCharge is all that tomorrow is charged, before the change and after it; of a term that is paid there is none.
func wholeCharge(v *cabinet.Visit, e billing.Effect) []ui.Effect {
	before, after := -pricing.Sum(e.Before.Tomorrow.Lines), -pricing.Sum(e.After.Tomorrow.Lines)
	if e.Before.PaidUntil != nil || before == after {
		return nil
	}
	c := v.Project.Currency
	return []ui.Effect{{Text: v.T("people.effect_tomorrow"), Before: v.Money(before, c), After: v.Money(after, c), Tone: effect.Tone(before - after)}}
}
