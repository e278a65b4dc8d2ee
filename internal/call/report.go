package call

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Part is what every report of a call carries: its legs that are new or have changed, each whole, and the events since the
// report before.
type Part struct {
	Legs   []Leg
	Events []Event
	Seq    int // how many events were reported before: 0 for the first report
	Steps  Steps
}

func (p Part) put(ctx context.Context, tx *store.Tx, c Call) error {
	if err := putLegs(ctx, tx, c, p.Legs); err != nil {
		return err
	}
	return putEvents(ctx, tx, c, p.Seq, p.Events, p.Steps)
}

// Opening is the first report of a call.
type Opening struct {
	Project   ident.ProjectID
	ID        ID // of NewID at the instant the call began
	Direction Direction
	Client    string
	Number    string
	Person    Person // who calls, of a call to a client; else nobody yet
	Scheme    Scheme
	Visit     string
	Node      string // which runs the call
	State     State
	Basis     *Basis // of its arrival, where it may not be kept yet
	Part
	past bool // it has ended: it is neither live nor news
}

// Open begins a call (Rule T-100). The same opening again changes nothing. Errors: errs.Conflict `call.id_taken` where
// another call has the id, errs.Invalid `call.bad_opening`.
func Open(ctx context.Context, tx *store.Tx, o Opening) error {
	c := Call{
		Project: o.Project, ID: o.ID, Direction: o.Direction, Client: bounded(o.Client), Number: bounded(o.Number), Person: o.Person, Scheme: o.Scheme,
		Visit: o.Visit, StartedAt: o.ID.Began(), Status: Calling,
	}
	if c.Project == "" || c.ID <= 0 || !isDirection(c.Direction) {
		return errs.New(errs.Invalid, "call.bad_opening", "a call needs a project, an id and a direction").At("call")
	}
	if err := c.count(ctx, tx); err != nil {
		return err
	}
	result, err := tx.Exec(ctx, `INSERT INTO call_log (`+callList+`) VALUES (`+store.List(1, len(callColumns))+`) ON CONFLICT DO NOTHING`, c.row()...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, c.sameAs(ctx, tx))
	}
	if o.Basis != nil {
		if err := KeepBasis(ctx, tx, c.Project, *o.Basis); err != nil {
			return err
		}
	}
	if err := o.put(ctx, tx, c); err != nil || o.past {
		return err
	}
	if err := openLive(ctx, tx, c, o.Node, o.State); err != nil {
		return err
	}
	return c.tell(ctx, tx, started, c.StartedAt)
}

func isDirection(d Direction) bool {
	for _, known := range Directions {
		if d == known {
			return true
		}
	}
	return false
}

// sameAs compares an opening with the call that has its id.
func (c Call) sameAs(ctx context.Context, tx *store.Tx) error {
	known, err := find(ctx, tx, c.Project, c.ID)
	if err == nil && (known.Direction != c.Direction || known.Client != c.Client || known.Number != c.Number) {
		return errs.New(errs.Conflict, "call.id_taken", "another call has the id %s", c.ID).At("call")
	}
	return err
}

// find reads a call; errs.NotFound `call.not_found`.
func find(ctx context.Context, q store.Querier, project ident.ProjectID, id ID) (Call, error) {
	c, err := scanCall(q.QueryRow(ctx, `SELECT `+callList+` FROM call_log WHERE project_id = $1 AND call_id = $2`, string(project), int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Call{}, noCall()
	}
	return c, err
}

const locked = " FOR UPDATE"

// lock reads a call that is about to be changed.
func lock(ctx context.Context, tx *store.Tx, project ident.ProjectID, id ID) (Call, error) {
	c, err := scanCall(tx.QueryRow(ctx, `SELECT `+callList+` FROM call_log WHERE project_id = $1 AND call_id = $2`+locked, string(project), int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Call{}, noCall()
	}
	return c, err
}

// Connection says that people talk now: the first answer, or a transfer to somebody else.
type Connection struct {
	Project ident.ProjectID
	ID      ID
	At      time.Time // of the first answer also where the person is another one by now
	Person  Person    // who talks with the client; on a callback the employee, who is there before the client
	State   State
	Part
}

// Connect notes who talks (Rule T-101). The same again changes nothing, nor does one that comes after the call's end. Errors:
// errs.NotFound `call.not_found`.
func Connect(ctx context.Context, tx *store.Tx, r Connection) error {
	c, err := lock(ctx, tx, r.Project, r.ID)
	if err != nil || !c.Open() {
		return err
	}
	first := c.AnsweredAt.IsZero()
	if first {
		c.AnsweredAt = whole(r.At)
		c.Status, c.Wait = InProgress, seconds(c.StartedAt, c.AnsweredAt)
	}
	c.takes(r.Person)
	if _, err := tx.Exec(ctx, `UPDATE call_log SET status = $3, answered_at = $4, wait_seconds = $5, employee = $6, employee_name = $7, department = $8,
		department_name = $9, owner = $10 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID), string(c.Status), micros(c.AnsweredAt), c.Wait,
		c.Person.ID, c.Person.Name, c.Person.Department, c.Person.DepartmentName, string(c.Person.User)); err != nil {
		return err
	}
	if err := r.put(ctx, tx, c); err != nil {
		return err
	}
	if r.State.Phase == "" {
		r.State = State{Phase: Talking, At: r.At, People: []Person{c.Person}}
	}
	if err := setState(ctx, tx, c, r.State); err != nil || !first {
		return err
	}
	return c.tell(ctx, tx, answered, c.AnsweredAt)
}

// The topics of events. Their bodies are News.
const (
	started  = "call.started"
	ringing  = "call.ringing"
	answered = "call.answered"
	ended    = "call.ended"
	missed   = "call.missed"
	ready    = "recording.ready"
	// attributed tells where a call came from: while it rings, or after it was scored again.
	attributed = "call.attributed"
)

// News is the body of an event: which call, and what a subscriber chooses by. Telephone numbers are read from the call.
type News struct {
	Call      string    `json:"call"`
	Direction Direction `json:"direction"`
	Status    Status    `json:"status"`
	Employee  string    `json:"employee,omitempty"`
	Wait      int64     `json:"wait_seconds"`
	Talk      int64     `json:"talk_seconds"`
	Recording int64     `json:"recording,omitempty"` // of recording.ready
	Kind      Kind      `json:"kind,omitempty"`      // of recording.ready
}

func (c Call) news() News {
	return News{Call: c.ID.String(), Direction: c.Direction, Status: c.Status, Employee: c.Person.ID, Wait: c.Wait, Talk: c.Talk}
}

// tell puts an event into the outbox.
func (c Call) tell(ctx context.Context, tx *store.Tx, topic string, at time.Time) error {
	e, err := event.New(c.Project, topic, c.news())
	e.At = at
	return errors.Join(err, event.Emit(ctx, tx, e))
}
