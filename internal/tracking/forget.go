package tracking

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Forget removes how a project's call tracking is set up, for a project that is removed whole. What its visitors did is ForgetVisits', in
// the other database.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	return forget(ctx, tx, id, "tracking_site", "tracking_pool", "tracking_number", "tracking_rules", "tracking_revision", "tracking_trouble", "tracking_growth", "tracking_promise", "tracking_credit")
}

// ForgetVisits removes what a project's visitors did: visits, hits, leases, leads and receipts.
func ForgetVisits(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	return forget(ctx, tx, id, "tracking_visit", "tracking_activity", "tracking_hit", "tracking_lease", "tracking_visitor", "tracking_lead", "tracking_receipt",
		"tracking_turn", "tracking_tally", "tracking_truth", "tracking_promo", "tracking_model", "tracking_rollup", "tracking_rolled")
}

func forget(ctx context.Context, tx *store.Tx, id ident.ProjectID, tables ...string) error {
	for _, table := range tables {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE project_id = $1", string(id)); err != nil {
			return err
		}
	}
	return nil
}
