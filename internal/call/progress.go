package call

import (
	"context"

	"bellwether/internal/store"
)

// Report adds what became of a call's legs and what happened since the report before, while it goes on: a dialog is kept
// from its answer on, so that it can be ended after a crash (Rule T-102). The same again changes nothing, nor does one that
// comes after the call's end. Errors: errs.NotFound `call.not_found`.
func Report(ctx context.Context, tx *store.Tx, ref Ref, part Part) error {
	c, err := lock(ctx, tx, ref.Project, ref.ID)
	if err != nil || !c.Open() {
		return err
	}
	return part.put(ctx, tx, c)
}
