package billing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// What ends tonight is held until an instant that is still to come: the project's next midnight. The close of the day finds
// it held, whatever the book measures, and tomorrow's does not; until then the end is taken back without a trace (Rule B-61).

// heldNow are the holdings that have not ended at an instant. Those that end tonight are products and their slots.
func heldNow(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) (holdings, error) {
	held, err := holdingsSince(ctx, q, id, at.UnixMicro()+1)
	return slices.DeleteFunc(held, func(h holding) bool { return h.until != never && h.kind != holdProduct && h.kind != holdSlots }), err
}

// EndingTonight names the products that are on until the project's next midnight and no longer, sorted.
func EndingTonight(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) ([]string, error) {
	held, err := heldNow(ctx, q, id, at)
	var names []string
	for _, h := range held {
		if h.kind == holdProduct && h.until != never {
			names = append(names, h.item)
		}
	}
	slices.Sort(names)
	return names, err
}

// ending are the product and its slots where they end tonight.
func (sc *scene) ending(product string) (ending holdings) {
	for _, h := range sc.held {
		if h.item == product && (h.kind == holdProduct || h.kind == holdSlots) && h.until != never && h.until > sc.at.UnixMicro() {
			ending = append(ending, h)
		}
	}
	return ending
}

// endTonight ends the product and its slots at the next midnight.
func (sc *scene) endTonight(ctx context.Context, product string) error {
	var open holdings
	for _, kind := range []string{holdProduct, holdSlots} {
		if h, ok := sc.held.find(kind, product); ok {
			open = append(open, h)
		}
	}
	return sc.endAt(ctx, open, sc.project.Calendar.End(sc.day).UnixMicro())
}

// openSlotsTonight opens, until midnight, the slots that a product which ends then lacks for its numbers.
func (sc *scene) openSlotsTonight(ctx context.Context, ending holdings, slots int64) error {
	for _, h := range ending {
		if h.kind != holdSlots {
			continue
		}
		if h.quantity >= slots {
			return nil
		}
		if err := sc.end(ctx, h, max(sc.at.UnixMicro(), h.from)); err != nil {
			return err
		}
	}
	if slots == 0 {
		return nil
	}
	return sc.begin(ctx, holding{kind: holdSlots, item: ending[0].item, quantity: slots, until: ending[0].until})
}

func (sc *scene) endAt(ctx context.Context, held holdings, until int64) error {
	for _, h := range held {
		if err := sc.end(ctx, h, max(until, h.from)); err != nil {
			return err
		}
	}
	return nil
}

// hasProduct reports whether any product is on, if only until midnight.
func (sc *scene) hasProduct() bool {
	return slices.ContainsFunc(sc.held, func(h holding) bool { return h.kind == holdProduct && h.until > sc.at.UnixMicro() })
}
