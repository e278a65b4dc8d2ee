package tracking

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// ByPromo is the kind of what stands behind a call whose caller gave a visit's code (Rule C-94).
const ByPromo = "promo"

// Confirm joins a call with the visit whose code its caller gave, with certainty (Rule C-94): as a further receipt, made at at, and as
// a truth. Given again it is the same. Errors: errs.Invalid `tracking.bad_promo`; errs.NotFound `tracking.no_promo`; those of the store.
func (c *Collector) Confirm(ctx context.Context, call Call, text string, at time.Time) (b Behind, err error) {
	code, err := ParsePromo(text)
	if err != nil {
		return Behind{}, err
	}
	return b, c.events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		visit, err := VisitOfPromo(ctx, tx, call.Project, code, call.At)
		if err != nil {
			return err
		}
		if err := Establish(ctx, tx, call.Project, Truth{Call: call.ID, Kind: TruthByPromo, Visit: visit, At: call.At}); err != nil {
			return err
		}
		known, found, err := Receipt(ctx, tx, call.Project, call.ID)
		if b = known; err != nil || b.Kind == ByPromo && b.Visit == visit {
			return err
		}
		if !found {
			if b.Earlier, err = earlier(ctx, tx, call); err != nil {
				return err
			}
		}
		v, err := GetVisit(ctx, tx, call.Project, visit)
		if err != nil {
			return err
		}
		model, err := ModelOf(ctx, tx, call.Project)
		if err != nil {
			return err
		}
		b.Receipt = certain(b.Receipt, call, v, model)
		b.Revision++
		b.Kind, b.Visit, b.Chance, b.Source, b.Sign = ByPromo, visit, 1, b.Receipt.Source, nil
		return c.keep(ctx, tx, call, b, at)
	})
}

// certain is a receipt, empty for a call that has none, scored anew with the knowledge that a visit's code was given (Rules C-16, C-21).
func certain(r pool.Receipt, call Call, v Visit, model pool.Weights) pool.Receipt {
	from := regionOf(call.Caller)
	candidate := pool.Candidate{
		Visit: v.ID.String(), Source: join(v.From.Name, v.From.Medium, v.From.Campaign), From: v.ID.begun(), Region: v.Place.beside(from), Facts: pool.Facts{PromoCode: true},
	}
	candidates := make([]pool.Candidate, 0, len(r.Candidates)+1)
	for _, scored := range r.Candidates {
		scored.PromoCode = false // a code that was given before was corrected
		candidates = append(candidates, scored.Candidate)
	}
	if i := slices.IndexFunc(candidates, func(c pool.Candidate) bool { return c.Visit == candidate.Visit }); i >= 0 {
		candidates[i].PromoCode = true
	} else {
		candidates = append(candidates, candidate)
	}
	made := pool.Score(pool.Call{At: call.At, Region: from}, candidates, model)
	made.Revision, made.Older = r.Revision+1, r.Older
	return made
}
