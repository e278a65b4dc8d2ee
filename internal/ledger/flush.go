package ledger

import (
	"context"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Flush writes what the batch decided: entries, holds, then accounts. The batch can be used on afterwards. Any error
// means that the transaction is lost; errs.Unavailable `ledger.id_taken` that another node made the same identifier, which
// a repetition under the same keys puts right.
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
// with the same byte made identifiers in the same microsecond. This one draws another byte.
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
	return holdRows.replace(ctx, b.tx, changed)
}

func (b *Batch) flushAccounts(ctx context.Context) error {
	var changed [][]any
	for _, account := range b.accounts {
		if account != nil && account.dirty {
			account.dirty = false
			changed = append(changed, account.row())
		}
	}
	return accountRows.replace(ctx, b.tx, changed)
}

var (
	accountRows = newReplacement("ledger_account", accountColumnList, "cash", "bonus", "credit", "held", "overdraft", "seq", "last_entry_id", "digest")
	holdRows    = newReplacement("ledger_hold", holdColumnList, "amount", "state", "heartbeat_at", "closed_at", "entry_id", "digest")
	headRows    = newReplacement("ledger_seal_head", headColumnList, "seq", "entry_id", "hash")
)

// replacement changes rows known to exist, many a statement, in the one way both engines share: an insert that finds its
// row there.
type replacement struct {
	texts [len(replacementSizes)]string
}

var replacementSizes = [...]int{64, 8, 1}

// newReplacement prepares the texts for a table whose first column is its key, changing the columns named.
func newReplacement(table string, columns []string, changing ...string) *replacement {
	r := &replacement{}
	set := make([]string, len(changing))
	for i, column := range changing {
		set[i] = column + " = excluded." + column
	}
	for i, size := range replacementSizes {
		tuples := make([]string, size)
		for j := range tuples {
			tuples[j] = "(" + store.List(1+j*len(columns), len(columns)) + ")"
		}
		r.texts[i] = "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + strings.Join(tuples, ", ") +
			" ON CONFLICT (" + columns[0] + ") DO UPDATE SET " + strings.Join(set, ", ")
	}
	return r
}

func (r *replacement) replace(ctx context.Context, tx *store.Tx, rows [][]any) error {
	var args []any
	for i, size := range replacementSizes {
		for len(rows) >= size {
			args = args[:0]
			for _, row := range rows[:size] {
				args = append(args, row...)
			}
			if _, err := tx.Exec(ctx, r.texts[i], args...); err != nil {
				return err
			}
			rows = rows[size:]
		}
	}
	return nil
}
