package approval

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// NoLimit stands for a currency in which one signature is always enough.
const NoLimit money.Micro = -1

// LimitOf is the limit of a currency.
type LimitOf struct {
	Currency money.Currency
	Amount   money.Micro // NoLimit for none
	SetAt    time.Time
}

// Limits lists the limits that were ever set, by currency.
func Limits(ctx context.Context, q store.Querier) (limits []LimitOf, err error) {
	return limits, store.EachRow(ctx, q, `SELECT currency, amount, set_at FROM approval_limit ORDER BY currency`, nil, func(rows *sql.Rows) error {
		var l LimitOf
		var at int64
		err := rows.Scan(&l.Currency, &l.Amount, &at)
		l.SetAt = time.UnixMicro(at).UTC()
		limits = append(limits, l)
		return err
	})
}

func limitOf(ctx context.Context, q store.Querier, currency money.Currency) (amount money.Micro, err error) {
	err = q.QueryRow(ctx, `SELECT amount FROM approval_limit WHERE currency = $1`, string(currency)).Scan(&amount)
	if errors.Is(err, sql.ErrNoRows) {
		return NoLimit, nil
	}
	return amount, err
}

// lockLimit reads a limit that is about to be changed: until the transaction is over nobody else changes it, also where there is none.
func lockLimit(ctx context.Context, tx *store.Tx, currency money.Currency, at time.Time) (amount money.Micro, err error) {
	_, err = tx.Exec(ctx, `INSERT INTO approval_limit (currency, amount, set_at) VALUES ($1, $2, $3) ON CONFLICT (currency) DO NOTHING`,
		string(currency), int64(NoLimit), at.UnixMicro())
	if err != nil {
		return 0, err
	}
	return amount, tx.QueryRow(ctx, `SELECT amount FROM approval_limit WHERE currency = $1 FOR UPDATE`, string(currency)).Scan(&amount)
}

// bookLimit puts a limit in force where it still stands as it stood when another was asked for: who lowered it since then did not mean
// it to rise (Rule O-04).
func bookLimit(ctx context.Context, tx *store.Tx, r Request, at time.Time) error {
	was, err := lockLimit(ctx, tx, r.Currency, at)
	if err != nil {
		return err
	}
	var asked limitBody
	if err := json.Unmarshal(r.body, &asked); err != nil {
		return err
	}
	if now := limitInWords(was); now != asked.From {
		return errs.New(errs.Conflict, "approval.limit_moved", "the limit is %s now, it was %s when this was asked for", now, asked.From).At("request").Try("refuse this and ask anew")
	}
	return putLimit(ctx, tx, r.Currency, r.Amount, at)
}

// limitBody is what a request for a limit asks for, as inWords writes it.
type limitBody struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func limitInWords(amount money.Micro) string { return inWords(Request{Kind: Limit, Amount: amount}) }

func putLimit(ctx context.Context, tx *store.Tx, currency money.Currency, amount money.Micro, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO approval_limit (currency, amount, set_at) VALUES ($1, $2, $3)
		ON CONFLICT (currency) DO UPDATE SET amount = excluded.amount, set_at = excluded.set_at`, string(currency), int64(amount), at.UnixMicro())
	return err
}

// SetLimit asks for another limit of a currency; NoLimit takes it away. A lower one is in force at once, a higher one when somebody
// else approves (Rule O-04). Errors: errs.Denied `access.denied`; errs.Invalid `approval.bad_limit`,
// `approval.unknown_currency`, `approval.no_reason`.
func (s *Service) SetLimit(ctx context.Context, tx *store.Tx, p access.Permit, currency money.Currency, amount money.Micro, reason string, at time.Time) (Request, error) {
	if _, err := p.May(access.Edit, access.Approvals); err != nil {
		return Request{}, err
	}
	if known := s.billing.Books.Currencies(); !slices.Contains(known, currency) {
		return Request{}, errs.New(errs.Invalid, "approval.unknown_currency", "no price book sells in %.10q", string(currency)).At("currency").
			Try(fmt.Sprintf("write one of %v", known))
	}
	if amount < 0 && amount != NoLimit {
		return Request{}, errs.New(errs.Invalid, "approval.bad_limit", "a limit is an amount of zero or more in a currency").At("amount")
	}
	if err := checkReason(reason); err != nil {
		return Request{}, err
	}
	r := Request{Kind: Limit, Currency: currency, Amount: amount, Reason: reason}
	r.sign(p, at)
	was, err := lockLimit(ctx, tx, currency, at)
	if err != nil {
		return Request{}, err
	}
	if was == amount {
		return Request{}, errs.New(errs.Invalid, "approval.bad_limit", "this is the limit now").At("amount")
	}
	if r.body, err = json.Marshal(limitBody{limitInWords(was), inWords(r)}); err != nil {
		return Request{}, err
	}
	if r.Alone = was == NoLimit || amount != NoLimit && amount < was; r.Alone {
		if err := s.book(ctx, tx, &r, at); err != nil {
			return Request{}, err
		}
	}
	return s.add(ctx, tx, p, r, at)
}
