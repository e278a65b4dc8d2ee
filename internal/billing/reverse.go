package billing

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Reverse undoes an entry by a new one that names it (Rule B-15), on today's usage day. An entry is reversed once: the same
// reason again is the same effect. With a payment go the bonus it brought, by an entry of its own, and its step of loyalty;
// where the reversal of a payment is reversed, they come back. It answers with the entry that names the one asked for.
func (s *Service) Reverse(ctx context.Context, tx *store.Tx, id ident.ProjectID, entry ident.EntryID, reason string, at time.Time) (ledger.Entry, error) {
	key := "reversal/" + timeKey(int64(entry))
	return s.correct(ctx, tx, id, key, reason, at, func(sc *scene, tariff pricing.Tariff) (ledger.Entry, error) {
		if err := sc.batch.Flush(ctx); err != nil {
			return ledger.Entry{}, err
		}
		defer func() { sc.batch = ledger.NewBatch(tx) }() // what follows looks at the account anew
		reversal, _, err := ledger.Reverse(ctx, tx, id, entry, key, at, sc.day, reason)
		if err != nil {
			return ledger.Entry{}, err
		}
		root, depth, err := sc.origin(ctx, reversal)
		if err != nil || root.Kind != pricing.Payment {
			return reversal, err
		}
		if err := sc.reverseGift(ctx, root, depth-1, key+giftKey, reason); err != nil {
			return ledger.Entry{}, err
		}
		return reversal, sc.recountLoyalty(ctx, tariff)
	})
}

// origin follows what an entry reverses to the first of the chain, and counts the steps.
func (sc *scene) origin(ctx context.Context, entry ledger.Entry) (root ledger.Entry, depth int, err error) {
	for root = entry; root.Reverses != 0; depth++ {
		if root, err = ledger.GetEntry(ctx, sc.tx, sc.project.ID, root.Reverses); err != nil {
			return root, depth, err
		}
	}
	return root, depth, nil
}

// latest follows the reversals of an entry to the last of the chain, and counts the steps: where they are even, the
// entry stands.
func (sc *scene) latest(ctx context.Context, entry ident.EntryID) (last ident.EntryID, depth int, err error) {
	for last = entry; ; depth++ {
		by, err := ledger.ReversedBy(ctx, sc.tx, last)
		if err != nil || by == 0 {
			return last, depth, err
		}
		last = by
	}
}

// latestOf is the last of the entries that reverse one another from an entry on.
func (sc *scene) latestOf(ctx context.Context, entry ledger.Entry) (ledger.Entry, error) {
	last, _, err := sc.latest(ctx, entry.ID)
	if err != nil {
		return ledger.Entry{}, err
	}
	return ledger.GetEntry(ctx, sc.tx, sc.project.ID, last)
}

// giftKey ends the key of an entry that reverses a bonus because its payment was reversed.
const giftKey = "/gift"

// reverseGift does to the bonus of a payment what was done to the payment, which had been reversed depth times before. A
// bonus that somebody reversed by itself stays as they left it.
func (sc *scene) reverseGift(ctx context.Context, payment ledger.Entry, depth int, key, reason string) error {
	gift, err := ledger.EntryByKey(ctx, sc.tx, ledger.Key{Project: sc.project.ID, Key: paymentKey(pricing.Bonus, sc.project.ID, payment.Ref)})
	if errs.CodeOf(err) == "ledger.no_entry" {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := sc.latestOf(ctx, gift)
	if err != nil || depth == 0 && last.ID != gift.ID || depth > 0 && !strings.HasSuffix(last.Key, giftKey) {
		return err
	}
	reason = fmt.Sprintf("the bonus of payment %s, which is undone: %s", payment.Ref, reason)
	if depth%2 == 1 {
		reason = fmt.Sprintf("the bonus of payment %s, which counts again: %s", payment.Ref, reason)
	}
	_, _, err = ledger.Reverse(ctx, sc.tx, sc.project.ID, last.ID, key, sc.at, sc.day, reason)
	return err
}

// recountLoyalty sums what the payments that stand earned since renewal was last ended, up to the cap (Rule B-40).
func (sc *scene) recountLoyalty(ctx context.Context, tariff pricing.Tariff) error {
	counted, err := sc.countedPayments(ctx)
	if err != nil || tariff.Book.Loyalty == nil {
		return err
	}
	var standing pricing.LoyaltyStanding
	for id, taken := range counted {
		stands, err := sc.stands(ctx, id)
		if err != nil {
			return err
		}
		if stands {
			standing = pricing.LoyaltyStanding{Enrolled: true, Percent: standing.Percent + taken.Earned}
		}
	}
	standing.Percent = min(standing.Percent, tariff.Book.Loyalty.Cap)
	sc.standing.Loyalty = standing
	return nil
}

// countedPayments are those that counted for loyalty since renewal was last ended, by their ids.
func (sc *scene) countedPayments(ctx context.Context) (map[string]PaymentTaken, error) {
	counted := map[string]PaymentTaken{}
	const text = `SELECT payment_id, answer FROM billing_payment WHERE project_id = $1 AND payment_id LIKE 'payment/%'
		AND at > (SELECT COALESCE(MAX(at), 0) FROM billing_payment WHERE project_id = $1 AND payment_id LIKE 'unsubscribe/%')`
	err := store.EachRow(ctx, sc.tx, text, []any{string(sc.project.ID)}, func(rows *sql.Rows) error {
		var name, answer string
		if err := rows.Scan(&name, &answer); err != nil {
			return err
		}
		var taken PaymentTaken
		err := json.Unmarshal([]byte(answer), &taken)
		if taken.Counts {
			counted[strings.TrimPrefix(name, "payment/")] = taken
		}
		return err
	})
	return counted, err
}

// stands reports whether a payment is not undone; one that was all bonus has no entry to undo.
func (sc *scene) stands(ctx context.Context, payment string) (bool, error) {
	entry, err := ledger.EntryByKey(ctx, sc.tx, ledger.Key{Project: sc.project.ID, Key: paymentKey(pricing.Payment, sc.project.ID, payment)})
	if errs.CodeOf(err) == "ledger.no_entry" {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	_, depth, err := sc.latest(ctx, entry.ID)
	return depth%2 == 0, err
}
