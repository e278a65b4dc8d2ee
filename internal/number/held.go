package number

import (
	"context"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Held is a number of a project's, with what it costs today.
type Held struct {
	pricing.Number
	Entry Entry               // its row of the registry; zero where the registry does not know it
	Price pricing.NumberPrice // zero while no book rule sells it
}

// OfProject lists the numbers a project holds, in the order of renting, and those that rest after it and that it may take
// back, by number (Rule N-06). Prices are those of the usage day of now.
func (s *Service) OfProject(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) (held []Held, resting []Entry, err error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return nil, nil, err
	}
	day := p.Calendar.DayAt(now)
	tariff, err := p.Tariff(s.billing.Books, day)
	if err != nil {
		return nil, nil, err
	}
	numbers, err := s.billing.Numbers(ctx, q, id)
	if err != nil {
		return nil, nil, err
	}
	entries, err := query(ctx, q, `WHERE project_id = $1 ORDER BY number`, string(id))
	if err != nil {
		return nil, nil, err
	}
	known := map[string]Entry{}
	for _, e := range entries {
		known[e.Number] = e
		if e.State == Quarantine && !e.awaited() {
			resting = append(resting, e)
		}
	}
	for _, n := range numbers {
		price, _ := tariff.NumberPrice(n, day) // what the book no longer sells has no price, and its day cannot be closed
		held = append(held, Held{Number: n, Entry: known[n.Number], Price: price})
	}
	return held, resting, nil
}

// SetLabel names a number for its project's people; an empty label takes the name away.
func (s *Service) SetLabel(ctx context.Context, tx *store.Tx, id ident.ProjectID, number, label string) error {
	if err := tx.May(ident.ProjectOrg(id), forNumbers...); err != nil {
		return err
	}
	if !isNote(label) {
		return errBadLabel()
	}
	e, ok, err := lock(ctx, tx, number)
	if err != nil {
		return err
	}
	if !ok || e.Project != id || e.State != Rented && !e.awaited() {
		return errs.New(errs.NotFound, "billing.unknown_number", "the project does not hold number %.40q", number).At("number")
	}
	if _, err := tx.Exec(ctx, `UPDATE number_registry SET label = $2 WHERE number = $1`, number, label); err != nil {
		return err
	}
	return tell(ctx, tx, id)
}

// SetUse makes a number of the project's serve another use (Rule N-07).
func (s *Service) SetUse(ctx context.Context, tx *store.Tx, id ident.ProjectID, number, use string, at time.Time) error {
	if err := tx.May(ident.ProjectOrg(id), forNumbers...); err != nil {
		return err
	}
	if _, _, err := lock(ctx, tx, number); err != nil {
		return err
	}
	if err := s.billing.SetNumberUse(ctx, tx, id, number, use, at); err != nil {
		return err
	}
	return tell(ctx, tx, id)
}

func errBadLabel() error {
	return errs.New(errs.Invalid, "number.bad_label", "a label is at most %d characters without characters that cannot be seen", longestNote).At("label")
}
