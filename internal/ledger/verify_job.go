package ledger

import (
	"context"

	"bellwether/internal/job"
	"bellwether/internal/store"
)

// VerifyKind is the kind of jobs that verify the ledger; their result is a Report.
const VerifyKind = "ledger_check"

// VerifyJob is the handler of such jobs. One that is interrupted begins anew.
func VerifyJob(db *store.DB) job.Handler {
	return func(ctx context.Context, _ job.Job, progress func(done, total int64)) (any, error) {
		return Verify(ctx, db, progress)
	}
}
