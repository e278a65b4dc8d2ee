package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Reverse undoes an entry by another that names it (Rule B-15): of kind adjustment, on the given day, with the same item, price
// and house account, and for each fund the opposite of what the first did; but what is spent already of a bonus that is
// taken back comes out of cash, so that bonus never falls below zero (Rule B-14). The reason goes into the explanation. An entry is reversed at most once, else errs.Conflict
// `ledger.already_reversed`; a reversal may be reversed in turn.
func Reverse(
	ctx context.Context, tx *store.Tx, project ident.ProjectID, id ident.EntryID, key string, at time.Time, day civil.Date, reason string,
) (entry Entry, replayed bool, err error) {
	if err := tx.May(ident.ProjectOrg(project), forMoney...); err != nil {
		return Entry{}, false, err
	}
	original, err := GetEntry(ctx, tx, project, id)
	if err != nil {
		return Entry{}, false, err
	}
	explain, err := json.Marshal(map[string]any{"reverses": id, "reason": reason})
	if err != nil {
		return Entry{}, false, err
	}
	return Post(ctx, tx, Posting{
		Project: project, Key: key, Day: day, BookedAt: at, Kind: pricing.Adjustment, Item: original.Item,
		Quantity: -original.Quantity, UnitPrice: original.UnitPrice, Amount: -original.Amount,
		House: original.House, Ref: original.Ref, Rule: "B-15", Book: original.Book, Explain: explain, Reverses: id,
	})
}

// reversal is what a posting that reverses an entry gives back to each fund.
func (b *Batch) reversal(ctx context.Context, account *account, p *Posting) (deltas, error) {
	original, err := b.original(ctx, p.Project, p.Reverses)
	if err != nil {
		return deltas{}, err
	}
	if p.Amount != -original.Amount || p.House != original.House {
		return deltas{}, invalid("amount", "a reversal carries the opposite amount to the same house account").
			Try("post a difference as an entry of its own")
	}
	by, err := b.reversedBy(ctx, p.Reverses)
	if err != nil {
		return deltas{}, err
	}
	if by != 0 {
		return deltas{}, errs.New(errs.Conflict, "ledger.already_reversed", "entry %d was reversed by entry %d", p.Reverses, by).
			At("reverses").With("entry", int64(by))
	}
	back := deltas{cash: -original.Cash, bonus: -original.Bonus, credit: -original.Credit}
	if spent := -back.bonus - max(0, account.Bonus); spent > 0 {
		back.bonus, back.cash = back.bonus+spent, back.cash-spent
	}
	if needed := -(back.cash + back.credit); p.MustCover && needed > max(0, account.Available()) {
		return deltas{}, insufficient(account, needed, account.Available())
	}
	return back, nil
}

// original finds an entry of the project, booked in this batch or before.
func (b *Batch) original(ctx context.Context, project ident.ProjectID, id ident.EntryID) (Entry, error) {
	for _, entry := range b.posted {
		if entry.ID == id && entry.Project == project {
			return *entry, nil
		}
	}
	return GetEntry(ctx, b.tx, project, id)
}

// reversedBy finds the entry that reverses another, or zero.
func (b *Batch) reversedBy(ctx context.Context, id ident.EntryID) (ident.EntryID, error) {
	for _, entry := range b.posted {
		if entry.Reverses == id {
			return entry.ID, nil
		}
	}
	return ReversedBy(ctx, b.tx, id)
}

// ReversedBy finds the entry that reverses the given one; zero where none does.
func ReversedBy(ctx context.Context, q store.Querier, id ident.EntryID) (ident.EntryID, error) {
	var by int64
	err := q.QueryRow(ctx, "SELECT id FROM ledger_entry WHERE reverses = $1 AND reverses <> 0", int64(id)).Scan(&by)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return ident.EntryID(by), err
}
