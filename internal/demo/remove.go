package demo

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	outbox "bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Remove removes the shop and everything of it in one transaction, as if it had never been loaded; the trail of who did what
// stays. Days must not be closed meanwhile.
func Remove(ctx context.Context, db *store.DB) error {
	var numbers []phone.Number
	for _, item := range stock() {
		numbers = append(numbers, phone.Number(item.Number))
	}
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := number.Forget(ctx, tx, Project, numbers); err != nil {
			return err
		}
		for _, forget := range []func(context.Context, *store.Tx, ident.ProjectID) error{
			access.Forget, charging.Forget, billing.Forget, ledger.Forget, outbox.Forget, project.Forget,
		} {
			if err := forget(ctx, tx, Project); err != nil {
				return err
			}
		}
		return nil
	})
}
