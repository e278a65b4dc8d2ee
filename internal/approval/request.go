package approval

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// ID is the identifier of a request; later ones are greater.
type ID int64

// String writes the identifier as addresses and answers have it.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads an identifier; errs.NotFound `approval.not_found`.
func ParseID(text string) (ID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, notFound(text)
	}
	return ID(n), nil
}

func notFound(id string) error {
	return errs.New(errs.NotFound, "approval.not_found", "there is no request %.40q", id).At("request")
}

// Kind is what a request asks for.
type Kind string

// The kinds of requests.
const (
	Payment    Kind = "payment"
	Adjustment Kind = "adjustment"
	Overdraft  Kind = "overdraft"
	Limit      Kind = "limit"
)

// Kinds lists the kinds.
var Kinds = []Kind{Payment, Adjustment, Overdraft, Limit}

// State is where a request stands.
type State string

// The states of a request. All but Waiting are final.
const (
	Waiting   State = "waiting"
	Booked    State = "booked"    // for a limit: in force
	Refused   State = "refused"   // by somebody else, with a reason
	Withdrawn State = "withdrawn" // by whoever asked
	Expired   State = "expired"   // nobody decided within Patience
)

// States lists the states.
var States = []State{Waiting, Booked, Refused, Withdrawn, Expired}

// Patience is how long a request waits (Rule O-03).
const Patience = 7 * 24 * time.Hour

// Request is a payment, an adjustment, an overdraft or a limit that somebody asked for.
type Request struct {
	ID        ID
	Kind      Kind
	Project   ident.ProjectID // empty for a limit
	Ref       string          // the payment's, the adjustment's or the overdraft's own id
	Currency  money.Currency
	Amount    money.Micro // negative for an adjustment that charges; of an overdraft by how much it grows; of a limit the new one, NoLimit for none
	Reason    string
	State     State
	Alone     bool           // booked by one signature
	AskedBy   account.UserID // empty for a key that nobody made
	AskedKey  account.KeyID
	AskedAt   time.Time
	ExpiresAt time.Time
	DecidedBy account.UserID // empty while it waits, where it expired, and where one signature was enough
	DecidedAt time.Time
	Decision  string // why it was refused

	signer  string
	body    json.RawMessage
	outcome json.RawMessage
}

// PaymentOf is the payment that is asked for, and what it did once it is booked.
func (r Request) PaymentOf() (payment billing.Payment, taken billing.PaymentTaken, err error) {
	return payment, taken, r.read(&payment, &taken)
}

// AdjustmentOf is the adjustment that is asked for, and the entry that booked it, zero until then.
func (r Request) AdjustmentOf() (adjustment billing.Adjustment, entry ident.EntryID, err error) {
	return adjustment, entry, r.read(&adjustment, &entry)
}

func (r Request) read(body, outcome any) error {
	if err := json.Unmarshal(r.body, body); err != nil {
		return err
	}
	if len(r.outcome) == 0 {
		return nil
	}
	return json.Unmarshal(r.outcome, outcome)
}

const columns = `id, kind, project_id, ref, currency, amount, body, reason, state, alone, signer, asked_by, asked_key, asked_at, expires_at,
	decided_by, decided_at, decision, outcome`

// scan reads a request as it stands at an instant.
func scan(read func(...any) error, now time.Time) (r Request, err error) {
	var alone, asked, expires, decided int64
	var body, outcome string
	err = read(&r.ID, &r.Kind, &r.Project, &r.Ref, &r.Currency, &r.Amount, &body, &r.Reason, &r.State, &alone, &r.signer, &r.AskedBy,
		&r.AskedKey, &asked, &expires, &r.DecidedBy, &decided, &r.Decision, &outcome)
	r.Alone, r.body, r.outcome = alone == 1, json.RawMessage(body), json.RawMessage(outcome)
	r.AskedAt, r.ExpiresAt = time.UnixMicro(asked).UTC(), time.UnixMicro(expires).UTC()
	if decided != 0 {
		r.DecidedAt = time.UnixMicro(decided).UTC()
	}
	if r.State == Waiting && !now.Before(r.ExpiresAt) {
		r.State = Expired
	}
	return r, err
}

// Get reads a request as it stands at an instant; errs.NotFound `approval.not_found`.
func Get(ctx context.Context, q store.Querier, id ID, now time.Time) (Request, error) {
	return get(ctx, q, id, "", now)
}

func get(ctx context.Context, q store.Querier, id ID, lock string, now time.Time) (Request, error) {
	r, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM approval_request WHERE id = $1`+lock, int64(id)).Scan, now)
	if errors.Is(err, sql.ErrNoRows) {
		return r, notFound(id.String())
	}
	return r, err
}

// find looks for what was asked for under an id before.
func find(ctx context.Context, q store.Querier, project ident.ProjectID, kind Kind, ref string, now time.Time) (r Request, ok bool, err error) {
	r, err = scan(q.QueryRow(ctx, `SELECT `+columns+` FROM approval_request WHERE project_id = $1 AND kind = $2 AND ref = $3`,
		string(project), string(kind), ref).Scan, now)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// Filter chooses requests; empty fields choose all.
type Filter struct {
	Project ident.ProjectID
	Kind    Kind
	State   State
	Before  ID // only older ones; zero for from the newest on
}

// List gives up to limit requests, newest first, as they stand at an instant.
func List(ctx context.Context, q store.Querier, f Filter, limit int, now time.Time) (found []Request, err error) {
	text, args := `WHERE 1 = 1`, []any(nil)
	add := func(condition string, value any) {
		args = append(args, value)
		text += ` AND ` + condition + store.List(len(args), 1)
	}
	if f.Project != "" {
		add(`project_id = `, string(f.Project))
	}
	if f.Kind != "" {
		add(`kind = `, string(f.Kind))
	}
	if f.Before != 0 {
		add(`id < `, int64(f.Before))
	}
	switch f.State {
	case "":
	case Waiting:
		text += ` AND state = 'waiting'`
		add(`expires_at > `, now.UnixMicro())
	case Expired:
		text += ` AND state = 'waiting'`
		add(`expires_at <= `, now.UnixMicro())
	default:
		add(`state = `, string(f.State))
	}
	args = append(args, limit)
	return found, store.EachRow(ctx, q, `SELECT `+columns+` FROM approval_request `+text+` ORDER BY id DESC LIMIT `+store.List(len(args), 1), args,
		func(rows *sql.Rows) error {
			r, err := scan(rows.Scan, now)
			found = append(found, r)
			return err
		})
}

// CountWaiting counts the requests that wait for a decision.
func CountWaiting(ctx context.Context, q store.Querier, now time.Time) (n int64, err error) {
	return n, q.QueryRow(ctx, `SELECT COUNT(*) FROM approval_request WHERE state = 'waiting' AND expires_at > $1`, now.UnixMicro()).Scan(&n)
}
