package billing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Held is something a project held for a time.
type Held struct {
	Kind        string // "product", "seats", "number", "user" or "package"
	Item        string
	Quantity    int64 // of seats, and minutes of a package
	Number      pricing.Number
	From, Until time.Time // Until is zero while it is held
	Difference  bool      // a user that was added for the difference, so that the paid term kept its length (Rule B-51)
}

// History lists what a project held, in the order in which it began; slots are left out, they follow from the rest.
func History(ctx context.Context, q store.Querier, id ident.ProjectID) ([]Held, error) {
	all, err := queryHoldings(ctx, q, `SELECT `+holdingColumns+` FROM billing_holding WHERE project_id = $1 AND kind <> $2 ORDER BY from_at, id`, string(id), holdSlots)
	if err != nil {
		return nil, err
	}
	paid := map[difference]bool{}
	if slices.ContainsFunc(all, func(h holding) bool { return h.kind == holdUser }) {
		if paid, err = differences(ctx, q, id); err != nil {
			return nil, err
		}
	}
	history := make([]Held, len(all))
	for i, h := range all {
		history[i] = Held{Kind: h.kind, Item: h.item, Quantity: h.quantity, Number: h.number, From: time.UnixMicro(h.from).UTC()}
		if h.until != never {
			history[i].Until = time.UnixMicro(h.until).UTC()
		}
		history[i].Difference = h.kind == holdUser && paid[difference{h.item, h.from}]
	}
	return history, nil
}

// difference names a user whose addition was paid for at an instant.
type difference struct {
	user string
	at   int64
}

func differences(ctx context.Context, q store.Querier, id ident.ProjectID) (map[difference]bool, error) {
	paid := map[difference]bool{}
	for entry, err := range ledger.All(ctx, q, ledger.Filter{Project: id, Kinds: []pricing.Kind{pricing.Term}}) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(entry.Key, differenceKey) {
			paid[difference{entry.Ref, entry.BookedAt.UnixMicro()}] = true
		}
	}
	return paid, nil
}

// Request is something that was asked of a project once: one of the fields is set.
type Request struct {
	At          time.Time
	Payment     *Payment
	Term        *TermRequest
	Adjustment  *Adjustment
	Reversal    *Reversal
	Unsubscribe bool
}

// TermRequest asks to pay a term of months.
type TermRequest struct {
	ID     string `json:"term"`
	Months int64  `json:"months"`
}

// Reversal undoes the entry under a ledger key.
type Reversal struct {
	Key, Reason string
}

// Purchase is a larger minute package paid for at an instant.
type Purchase struct {
	Package string
	Minutes int64
	Day     civil.Date // usage day it was charged on
	At      time.Time
}

// Purchases lists the months of larger packages as they were charged: at the month's turn, or when asked for. One that was
// held already can be asked for again, where its month was not charged because the project was suspended at the turn.
func Purchases(ctx context.Context, q store.Querier, id ident.ProjectID) ([]Purchase, error) {
	sizes, err := sizesCharged(ctx, q, id)
	if err != nil {
		return nil, err
	}
	purchases := make([]Purchase, 0, len(sizes))
	for _, charged := range sizes {
		entry, err := ledger.EntryByKey(ctx, q, ledger.Key{Project: id, Key: charged.key})
		if err != nil {
			return nil, errors.Join(errs.New(errs.Internal, "billing.lost_entry", "%s was charged and is not there", charged.key), err)
		}
		purchases = append(purchases, Purchase{Package: charged.name, Minutes: charged.minutes, Day: entry.Day, At: entry.BookedAt.UTC()})
	}
	slices.SortStableFunc(purchases, func(a, b Purchase) int { return a.At.Compare(b.At) })
	return purchases, nil
}

// sizeCharged is a larger package that a month was charged for, under a ledger key.
type sizeCharged struct {
	name    string
	minutes int64
	key     string
}

// sizesCharged finds them by what was charged in advance: a few rows, beside the fees of every day that the ledger has. What
// costs nothing makes no entry.
func sizesCharged(ctx context.Context, q store.Querier, id ident.ProjectID) ([]sizeCharged, error) {
	var sizes []sizeCharged
	prefix := advanceItem(pricing.ProductFee, "")
	err := store.EachRow(ctx, q, `SELECT month, item FROM billing_advance WHERE project_id = $1 AND item LIKE $2 AND amount <> 0 ORDER BY month, item`,
		[]any{string(id), prefix + "%:%"}, func(rows *sql.Rows) error {
			var month int64
			var item string
			if err := rows.Scan(&month, &item); err != nil {
				return err
			}
			name, size, _ := strings.Cut(strings.TrimPrefix(item, prefix), ":")
			if minutes, err := strconv.ParseInt(size, 10, 64); err == nil {
				sizes = append(sizes, sizeCharged{name, minutes, advanceKey(id, civil.Date(month), item)})
			}
			return nil
		})
	return sizes, err
}

// Requests lists payments, terms, corrections and ends of renewal, oldest first. Reports of sessions are left out: the usage
// of their days has them.
func Requests(ctx context.Context, q store.Querier, id ident.ProjectID) ([]Request, error) {
	var requests []Request
	reversed := map[int]ident.EntryID{}
	const text = `SELECT payment_id, request, at FROM billing_payment WHERE project_id = $1 AND payment_id NOT LIKE 'sessions/%' ORDER BY at, payment_id`
	err := store.EachRow(ctx, q, text, []any{string(id)}, func(rows *sql.Rows) error {
		var name, body string
		var at int64
		if err := rows.Scan(&name, &body, &at); err != nil {
			return err
		}
		r := Request{At: time.UnixMicro(at).UTC()}
		kind, rest, _ := strings.Cut(name, "/")
		if kind == "reversal" {
			entry, err := strconv.ParseInt(rest, 36, 64)
			if err != nil {
				return err
			}
			reversed[len(requests)] = ident.EntryID(entry)
		}
		err := r.read(kind, []byte(body))
		requests = append(requests, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return withKeys(ctx, q, id, requests, reversed)
}

func (r *Request) read(kind string, text []byte) error {
	switch kind {
	case "payment":
		r.Payment = &Payment{}
		return json.Unmarshal(text, r.Payment)
	case "term":
		r.Term = &TermRequest{}
		return json.Unmarshal(text, r.Term)
	case "adjustment":
		r.Adjustment = &Adjustment{}
		return json.Unmarshal(text, r.Adjustment)
	case "reversal":
		r.Reversal = &Reversal{}
		return json.Unmarshal(text, &r.Reversal.Reason)
	case "unsubscribe":
		r.Unsubscribe = true
		return nil
	}
	return errs.New(errs.Internal, "billing.unknown_request", "there is no request of kind %.40q", kind)
}

// withKeys names the entries that were reversed by the keys they were booked under.
func withKeys(ctx context.Context, q store.Querier, id ident.ProjectID, requests []Request, reversed map[int]ident.EntryID) ([]Request, error) {
	for i, entry := range reversed {
		found, err := ledger.GetEntry(ctx, q, id, entry)
		if err != nil {
			return nil, errors.Join(errs.New(errs.Internal, "billing.lost_entry", "entry %d was reversed and is not there", entry), err)
		}
		requests[i].Reversal.Key = found.Key
	}
	return slices.Clip(requests), nil
}

// ReverseByKey undoes the entry under a ledger key; see Reverse. It answers errs.NotFound `ledger.no_entry` where there is none.
func (s *Service) ReverseByKey(ctx context.Context, tx *store.Tx, id ident.ProjectID, reversal Reversal, at time.Time) error {
	if err := tx.May(ident.ProjectOrg(id), forMoney...); err != nil {
		return err
	}
	entry, err := ledger.EntryByKey(ctx, tx, ledger.Key{Project: id, Key: reversal.Key})
	if err != nil {
		return err
	}
	_, err = s.Reverse(ctx, tx, id, entry.ID, reversal.Reason, at)
	return err
}
