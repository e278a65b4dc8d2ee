package charging

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Explained is a leg with why it cost what it did.
type Explained struct {
	Leg     Leg               `json:"leg"`
	Entry   *ledger.Entry     `json:"entry,omitempty"` // nil where it made none
	Explain json.RawMessage   `json:"explain"`         // as stored with the entry; computed for a leg without one
	Redone  pricing.LegCharge `json:"-"`               // the price computed once more, from the record and the book version it names
	Redo    bool              `json:"redo"`            // it is what was charged
}

// Explain answers "why" for a leg that has ended, and computes its price once more (Rule B-22). errs.NotFound
// `charging.no_leg`, errs.Conflict `charging.leg_open`.
func (s *Service) Explain(ctx context.Context, q store.Querier, id ident.ProjectID, leg string) (Explained, error) {
	found, err := GetLeg(ctx, q, id, leg)
	if err != nil {
		return Explained{}, err
	}
	e := Explained{Leg: found}
	if found.State == Open {
		return e, errs.New(errs.Conflict, "charging.leg_open", "leg %s has not ended", leg).At("id")
	}
	if found.Entry != 0 {
		entry, err := ledger.GetEntry(ctx, q, id, found.Entry)
		if err != nil {
			return e, err
		}
		e.Entry, e.Explain = &entry, entry.Explain
	}
	if found.AnsweredAt.IsZero() {
		e.Explain, err = json.Marshal(pricing.Explanation{Text: "nobody answered: nothing to charge"})
		e.Redo = found.Amount == 0 && e.Entry == nil
		return e, err
	}
	return e, s.redo(ctx, q, &e)
}

// redo computes the price of an answered leg from its record.
func (s *Service) redo(ctx context.Context, q store.Querier, e *Explained) error {
	leg := &e.Leg
	p, err := project.Get(ctx, q, leg.Project)
	if err != nil {
		return err
	}
	if leg.Charge == Emergency {
		_, emergency := phone.Emergency(leg.To, p.Country)
		e.Redo = emergency && leg.Amount == 0 && e.Entry == nil
		e.Explain, err = json.Marshal(pricing.Explanation{Text: "emergency calls cost nothing"})
		return err
	}
	name, version, _ := strings.Cut(leg.Book, "@")
	book, err := s.books.Get(name, version)
	if err != nil {
		return err
	}
	tariff, err := pricing.For(book, p.Country, p.Currency)
	if err != nil {
		return err
	}
	rate, err := tariff.Leg(leg.pricing(leg.AnsweredAt))
	if err != nil {
		return err
	}
	if e.Redone, err = rate.Price(leg.Seconds); err != nil {
		return err
	}
	explain, err := rate.AppendExplain(nil, e.Redone)
	if err != nil {
		return err
	}
	if e.Entry == nil {
		e.Explain = explain
	}
	e.Redo = e.agrees(explain)
	return nil
}

// agrees compares what was charged with what was computed. An adjustment says more than the price, so its words differ.
func (e *Explained) agrees(explain []byte) bool {
	leg, redone := e.Leg, e.Redone
	if leg.Amount != redone.Amount || leg.Billable != redone.Billable || leg.Minutes != redone.Minutes {
		return false
	}
	if e.Entry == nil {
		return leg.Amount == 0
	}
	same := e.Entry.Kind == pricing.Adjustment || bytes.Equal(e.Entry.Explain, explain)
	return same && e.Entry.Amount == -leg.Amount && e.Entry.Ref == leg.ID && e.Entry.Quantity == leg.Billable
}
