package ledger

import (
	"context"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// limit bounds every amount and every fund, so that the sum of an account's parts never overflows.
const limit money.Micro = 1 << 61

// Post posts one entry in tx; see [Batch.Post].
func Post(ctx context.Context, tx *store.Tx, p Posting) (entry Entry, replayed bool, err error) {
	b := NewBatch(tx)
	entry, replayed, err = b.Post(ctx, p)
	if err != nil {
		return Entry{}, false, err
	}
	return entry, replayed, b.Flush(ctx)
}

// Post books an entry. A repetition of the same request under the same key gives the entry booked first and replayed =
// true (Rule B-04). Errors: errs.Invalid `ledger.invalid`, errs.NotFound `ledger.no_account` and `ledger.no_entry`, errs.Conflict
// `ledger.key_conflict`, `ledger.already_reversed` and `ledger.balance_overflow`, errs.Unpaid `ledger.insufficient_funds`.
func (b *Batch) Post(ctx context.Context, p Posting) (entry Entry, replayed bool, err error) {
	account, earlier, hash, err := b.consider(ctx, &p, 0)
	if err != nil {
		return Entry{}, false, err
	}
	if earlier != nil {
		return replay(earlier, hash)
	}
	deltas, err := b.deltas(ctx, account, &p)
	if err != nil {
		return Entry{}, false, err
	}
	booked, err := b.book(account, &p, deltas, hash, 0)
	if err != nil {
		return Entry{}, false, err
	}
	return *booked, false, nil
}

// consider checks a posting, locks its account and finds what its key brought before.
func (b *Batch) consider(ctx context.Context, p *Posting, hold ident.HoldID) (account *account, earlier *Entry, hash string, err error) {
	if err := p.check(); err != nil {
		return nil, nil, "", err
	}
	if account, err = b.account(ctx, p.Project); err != nil {
		return nil, nil, "", err
	}
	if earlier, err = b.entry(ctx, Key{p.Project, p.Key}); err != nil {
		return nil, nil, "", err
	}
	b.scratch = appendRequest(b.scratch[:0], p, hold)
	return account, earlier, hashOf(b.scratch), nil
}

func replay(earlier *Entry, hash string) (Entry, bool, error) {
	if earlier.requestHash != hash {
		return Entry{}, false, keyConflict(earlier.Project, earlier.Key).With("entry", int64(earlier.ID))
	}
	return *earlier, true, nil
}

// deltas is what a posting adds to each fund.
type deltas struct{ cash, bonus, credit money.Micro }

// deltas divides a posting among the funds.
func (b *Batch) deltas(ctx context.Context, account *account, p *Posting) (deltas, error) {
	switch {
	case p.Reverses != 0:
		return b.reversal(ctx, account, p)
	case p.Into == Divided:
		return deltas{cash: p.Split.Cash, bonus: p.Split.Bonus, credit: p.Split.Credit}, nil
	case p.Amount >= 0 || p.Into != "":
		return b.named(account, p)
	}
	return charge(account, p)
}

// named moves one fund alone. Bonus and credit never go below zero that way, nor cash where it must cover.
func (b *Batch) named(account *account, p *Posting) (deltas, error) {
	if p.Amount < 0 {
		has := map[Fund]money.Micro{Cash: account.Cash, Bonus: account.Bonus, Credit: account.Credit}[p.Into]
		if p.Into != Bonus {
			has = min(has, account.Available())
		}
		if -p.Amount > has && (p.MustCover || p.Into != Cash) {
			return deltas{}, insufficient(account, -p.Amount, has)
		}
	}
	switch p.Into {
	case Bonus:
		return deltas{bonus: p.Amount}, nil
	case Credit:
		return deltas{credit: p.Amount}, nil
	}
	return deltas{cash: p.Amount}, nil
}

// charge takes from bonus where it pays, then from credit, then from cash (Rule B-14). Cash goes below zero where
// nothing else is left; MustCover refuses what exceeds the available funds.
func charge(account *account, p *Posting) (deltas, error) {
	rest, fromBonus := -p.Amount, money.Micro(0)
	if p.BonusPays {
		fromBonus = min(rest, max(0, account.Bonus))
		rest -= fromBonus
	}
	if available := account.Available(); p.MustCover && rest > max(0, available) {
		return deltas{}, insufficient(account, rest, available)
	}
	fromCredit := min(rest, max(0, account.Credit))
	return deltas{cash: fromCredit - rest, bonus: -fromBonus, credit: -fromCredit}, nil
}

// book makes the entry and moves the account.
func (b *Batch) book(account *account, p *Posting, d deltas, hash string, hold ident.HoldID) (*Entry, error) {
	moved := account.Account
	moved.Cash, moved.Bonus, moved.Credit = moved.Cash+d.cash, moved.Bonus+d.bonus, moved.Credit+d.credit
	if !within(moved.Cash) || !within(moved.Bonus) || !within(moved.Credit) || !within(moved.Balance()) {
		return nil, errs.New(errs.Conflict, "ledger.balance_overflow", "the balance of project %s would pass what the ledger can hold", p.Project).At("amount")
	}
	moved.Seq++
	moved.LastEntry = ident.EntryID(ids.next(b.tx.Now(), int64(moved.LastEntry)))
	entry := &Entry{
		ID: moved.LastEntry, Project: p.Project, Seq: moved.Seq, Key: p.Key, Day: p.Day, BookedAt: micros(p.BookedAt), Kind: p.Kind, Item: p.Item,
		Quantity: p.Quantity, UnitPrice: p.UnitPrice, Amount: p.Amount, Cash: d.cash, Bonus: d.bonus, Credit: d.credit,
		BalanceAfter: moved.Balance(), House: p.House, Ref: p.Ref, Rule: p.Rule, Book: p.Book, Reverses: p.Reverses, Hold: hold,
		Explain: p.Explain, requestHash: hash,
	}
	account.Account, account.dirty = moved, true
	b.posted = append(b.posted, entry)
	b.entries[Key{p.Project, p.Key}] = entry
	return entry, nil
}

func within(m money.Micro) bool { return -limit <= m && m <= limit }

// Insufficient refuses what an account has not the funds for: errs.Unpaid `ledger.insufficient_funds`, with what is
// missing. For purchases of several postings, whose sum says more than the first that is not covered.
func Insufficient(of Account, wanted money.Micro) error {
	return insufficient(&account{Account: of}, wanted, of.Available())
}

func insufficient(account *account, wanted, available money.Micro) error {
	available = max(0, available)
	return errs.New(errs.Unpaid, "ledger.insufficient_funds", "project %s has %s %s available, %s is needed",
		account.Project, available, account.Currency, wanted).
		With("missing", wanted-available).With("available", available).With("currency", account.Currency)
}

func keyConflict(project ident.ProjectID, key string) *errs.Error {
	return errs.New(errs.Conflict, "ledger.key_conflict", "key %q of project %s was used for another request", key, project).
		At("key").Try("send the first request again, or use a new key")
}
