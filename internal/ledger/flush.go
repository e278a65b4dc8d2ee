package ledger

import (
	"context"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Flush writes what the batch decided: entries, holds, then accounts. The batch can be used on afterwards. Any error
// means that the transaction is lost; errs.Unavailable `ledger.id_taken` that another node made the same identifier, upon which
// the store runs the transaction again.
func (b *Batch) Flush(ctx context.Context) error {
	if err := b.flushEntries(ctx); err != nil {
		return idTaken(err)
	}
	if err := b.flushHolds(ctx); err != nil {
		return idTaken(err)
	}
	return b.flushAccounts(ctx)
}

// idTaken handles the one unique violation that can happen, as keys are looked up under the account's lock: two nodes
// with the same byte made identifiers in the same microsecond. This one draws another byte for the next run.
func idTaken(err error) error {
	if !store.IsUnique(err) {
		return err
	}
	ids.drawNode()
	return errs.New(errs.Unavailable, "ledger.id_taken", "two nodes made the same identifier: nothing was stored").
		Try("repeat the request with the same idempotency key").Because(err)
}

func (b *Batch) flushEntries(ctx context.Context) error {
	if len(b.posted) == 0 {
		return nil
	}
	rows := make([][]any, len(b.posted))
	for i, entry := range b.posted {
		rows[i] = entry.row()
	}
	b.posted = b.posted[:0]
	return b.tx.Insert(ctx, "ledger_entry", entryColumnList, rows)
}

func (b *Batch) flushHolds(ctx context.Context) error {
	var opened, changed [][]any
	for _, h := range b.touched {
		if h.stored {
			changed = append(changed, h.row())
		} else {
			opened = append(opened, h.row())
		}
		h.stored, h.dirty = true, false
	}
	b.touched = b.touched[:0]
	if len(opened) > 0 {
		if err := b.tx.Insert(ctx, "ledger_hold", holdColumnList, opened); err != nil {
			return err
		}
	}
	return b.tx.Merge(ctx, holdRows, changed)
}

func (b *Batch) flushAccounts(ctx context.Context) error {
	var changed [][]any
	for _, account := range b.accounts {
		if account != nil && account.dirty {
			account.dirty = false
			changed = append(changed, account.row())
		}
	}
	return b.tx.Merge(ctx, accountRows, changed)
}

var (
	accountRows = store.NewMerge("ledger_account", accountColumnList, 1, "cash", "bonus", "credit", "held", "overdraft", "seq", "last_entry_id", "digest")
	holdRows    = store.NewMerge("ledger_hold", holdColumnList, 1, "amount", "state", "heartbeat_at", "closed_at", "entry_id", "digest")
	headRows    = store.NewMerge("ledger_seal_head", headColumnList, 1, "seq", "entry_id", "hash")
)
