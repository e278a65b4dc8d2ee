package number

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// State is where a number of the registry stands.
type State string

// The states of a number.
const (
	Free       State = "free"       // anybody may rent it
	Rented     State = "rented"     // a project holds it
	Quarantine State = "quarantine" // it rests after a project, which alone may have it
	Retired    State = "retired"    // it is kept from everybody
)

// States lists the states.
var States = []State{Free, Rented, Quarantine, Retired}

// unknown is the state, in the history, of a number we do not know: before it was added, after its customer took it away.
const unknown State = ""

// never is the end of a quarantine that lasts while its project is dry (Rule N-08).
const never int64 = math.MaxInt64

// DefaultQuarantine is how long a released number rests where no setting says otherwise (Rule N-06).
const DefaultQuarantine = 30 * 24 * time.Hour

// Entry is a number of the registry.
type Entry struct {
	Number    string // E.164 with its plus
	Owner     string // billing.OwnedByOperator: in stock; billing.OwnedByCustomer: brought along
	Country   string // ISO 3166; empty where it belongs to none
	Area      string // area code without the country's; empty where it has none
	AreaName  string
	Kind      string // one of billing.NumberKinds
	Carrier   string // the operator's note on carrier and trunk
	State     State
	Until     time.Time       // when a quarantine ends; zero for one that lasts while its project is dry, and in other states
	Project   ident.ProjectID // who holds it, or in quarantine held it last
	Label     string          // the project's
	HeldSince time.Time       // since when Project holds it
	Since     time.Time       // of State
}

// awaited reports whether the number rests only because the project that holds it is dry.
func (e Entry) awaited() bool { return e.State == Quarantine && e.Until.IsZero() }

// Service is the registry on a database. Its methods are safe for concurrent use.
type Service struct {
	Rest time.Duration // how long a released number stays in quarantine; zero for not at all (Rule N-06)

	db      *store.DB
	billing *billing.Service
	ids     ident.Sequence
}

// New makes a service with the default quarantine.
func New(db *store.DB, b *billing.Service) *Service {
	return &Service{Rest: DefaultQuarantine, db: db, billing: b}
}

const columns = `number, owner, country, area, area_name, kind, carrier, state, until_at, project_id, label, held_since, since`

func scan(read func(...any) error) (e Entry, err error) {
	var until, held, since int64
	err = read(&e.Number, &e.Owner, &e.Country, &e.Area, &e.AreaName, &e.Kind, &e.Carrier, &e.State, &until, &e.Project, &e.Label, &held, &since)
	if until != never {
		e.Until = instant(until)
	}
	e.HeldSince, e.Since = instant(held), instant(since)
	return e, err
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// until is the end of the state as it is stored.
func (e Entry) until() int64 {
	if e.awaited() {
		return never
	}
	return micros(e.Until)
}

// Get reads a number; ok is false where the registry does not know it.
func Get(ctx context.Context, q store.Querier, number string) (e Entry, ok bool, err error) {
	return get(ctx, q, number, "")
}

// lock reads a number for a change: until the transaction ends nobody else changes it.
func lock(ctx context.Context, tx *store.Tx, number string) (Entry, bool, error) {
	return get(ctx, tx, number, " FOR UPDATE")
}

func get(ctx context.Context, q store.Querier, number, lock string) (Entry, bool, error) {
	e, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM number_registry WHERE number = $1`+lock, number).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, false, nil
	}
	return e, err == nil, err
}

func query(ctx context.Context, q store.Querier, rest string, args ...any) (found []Entry, err error) {
	return found, store.EachRow(ctx, q, `SELECT `+columns+` FROM number_registry `+rest, args, func(rows *sql.Rows) error {
		e, err := scan(rows.Scan)
		found = append(found, e)
		return err
	})
}

// errNotInStock is the answer for a number the operator does not offer.
func errNotInStock(number string) *errs.Error {
	return errs.New(errs.Conflict, "number.not_in_stock", "%.40s is not in the operator's stock", number).At("number").
		Try("choose one of the price list, or let the operator add it")
}
