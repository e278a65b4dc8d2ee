package webhook

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// State is what became of a delivery.
type State string

// The states.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Failed  State = "failed" // given up
	Erased  State = "erased" // it told of a person who was erased
)

// States lists them, in the order in which they are shown.
var States = []State{Waiting, Sent, Failed, Erased}

const (
	// Lifetime is how long a delivery is tried (Rule W-08).
	Lifetime = 3 * 24 * time.Hour
	// GiveUp is after how long without a success an endpoint is switched off (Rule W-09).
	GiveUp = 3 * 24 * time.Hour

	lease         = 30 * time.Second // a node that fell silent while it tried; longer than a try may take
	orderTries    = 4                // a message that failed so often no longer holds up those about the same thing
	longestAnswer = 2000

	candidatesEach = 4 // of those looked at for one that is taken: others may be of endpoints that are busy
)

// waits are between the tries of a delivery, the last one again and again; each a fifth longer or shorter by chance (Rule W-08).
var waits = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// wait is how long a delivery waits after so many tries. chance is from 0 to 1.
func wait(attempts int, chance float64) time.Duration {
	base := waits[min(max(attempts, 1), len(waits))-1]
	const spread = 0.4 // from a fifth less to a fifth more
	return base - base/5 + time.Duration(chance*spread*float64(base))
}

// Parcel is a delivery that this node may try until its lease ends.
type Parcel struct {
	Endpoint EndpointID
	Project  ident.ProjectID
	Message  int64
	Kind     Kind
	URL      string
	Keys     [][]byte // it is signed with: the secret, and the one before while it counts
	Body     []byte
	Attempt  int
	Failing  bool // the endpoint's last try failed

	until int64
}

// Answer is what came of a try.
type Answer struct {
	Status     int           // of HTTP; 0 where there was no answer
	Text       string        // what the endpoint said, or why it could not be asked
	Took       time.Duration //
	RetryAfter time.Duration // as the endpoint wishes; 0 where it does not say
}

// OK reports whether the endpoint has taken the message.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

const goneStatus = 410

// Busy is what a node does not want more deliveries for.
type Busy struct {
	Endpoints []EndpointID
	Projects  []ident.ProjectID
}

// Claim takes up to most deliveries that are due, those that waited for longest first, for the time of a try. Of those about one thing only
// the first that an endpoint has not taken goes out, while it was not tried too often (Rule W-07). admit says of each whether there is room for it;
// what it admits and another node takes meanwhile is not among the claimed.
func (s *Service) Claim(ctx context.Context, at time.Time, most int, busy Busy, admit func(Parcel) bool) (claimed []Parcel, err error) {
	found, err := s.candidates(ctx, at, most*candidatesEach, busy)
	var candidates []Parcel
	for _, c := range found {
		if len(candidates) < most && admit(c) {
			candidates = append(candidates, c)
		}
	}
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	until := micros(at.Add(lease))
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		claimed = claimed[:0]
		for _, c := range candidates {
			result, err := tx.Exec(ctx, `UPDATE webhook_delivery SET due_at = $3, attempts = attempts + 1 WHERE endpoint_id = $1 AND message_id = $2 AND state = 'waiting' AND due_at = $4`,
				string(c.Endpoint), c.Message, until, c.until)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				if err != nil {
					return err
				}
				continue // another node was faster
			}
			p, ok, err := s.parcel(ctx, tx, c, at)
			if err != nil {
				return err
			}
			if ok {
				p.until = until
				claimed = append(claimed, p)
			}
		}
		return nil
	})
	return claimed, err
}

// candidates are deliveries that are due; until holds when they were.
func (s *Service) candidates(ctx context.Context, at time.Time, most int, busy Busy) (found []Parcel, err error) {
	text := `SELECT d.endpoint_id, d.message_id, d.project_id, d.due_at, e.failing_at > 0 FROM webhook_delivery AS d JOIN webhook_endpoint AS e ON e.endpoint_id = d.endpoint_id
		WHERE d.state = 'waiting' AND d.due_at <= $1 AND (e.enabled = 1 OR d.kind = 'webhook.test') AND (d.subject = '' OR NOT EXISTS (SELECT 1 FROM webhook_delivery AS b
			WHERE b.endpoint_id = d.endpoint_id AND b.subject = d.subject AND b.state = 'waiting' AND b.message_id < d.message_id AND b.attempts < $2))`
	args := []any{micros(at), orderTries}
	if len(busy.Endpoints) > 0 {
		text += " AND d.endpoint_id NOT IN (" + store.List(len(args)+1, len(busy.Endpoints)) + ")"
		for _, id := range busy.Endpoints {
			args = append(args, string(id))
		}
	}
	if len(busy.Projects) > 0 {
		text += " AND d.project_id NOT IN (" + store.List(len(args)+1, len(busy.Projects)) + ")"
		for _, id := range busy.Projects {
			args = append(args, string(id))
		}
	}
	args = append(args, most)
	return found, store.EachRow(ctx, s.db, text+" ORDER BY d.due_at, d.message_id LIMIT "+store.List(len(args), 1), args, func(rows *sql.Rows) error {
		var p Parcel
		err := rows.Scan(&p.Endpoint, &p.Message, &p.Project, &p.until, &p.Failing)
		found = append(found, p)
		return err
	})
}

// parcel reads what is sent of a claimed delivery; ok is false where its message is gone.
func (s *Service) parcel(ctx context.Context, q store.Querier, p Parcel, at time.Time) (_ Parcel, ok bool, err error) {
	var body, secret, old string
	var oldUntil, failing int64
	err = q.QueryRow(ctx, `SELECT d.kind, d.attempts, m.body, e.url, e.secret, e.old_secret, e.old_until, e.failing_at FROM webhook_delivery AS d
		JOIN webhook_message AS m ON m.project_id = d.project_id AND m.message_id = d.message_id JOIN webhook_endpoint AS e ON e.endpoint_id = d.endpoint_id
		WHERE d.endpoint_id = $1 AND d.message_id = $2`, string(p.Endpoint), p.Message).Scan(&p.Kind, &p.Attempt, &body, &p.URL, &secret, &old, &oldUntil, &failing)
	if errors.Is(err, sql.ErrNoRows) || err == nil && body == "" {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p.Body, p.Failing = []byte(body), failing != 0
	p.Keys, err = s.keys(p.Endpoint, secret, old, instant(oldUntil), at)
	return p, err == nil, err
}

// Note writes down what came of a try: taken, to be tried again, or given up (Rules W-08, W-09). It changes nothing where the lease was
// lost meanwhile.
func (s *Service) Note(ctx context.Context, p Parcel, a Answer, at time.Time) (State, error) {
	state, due := Waiting, at.Add(max(wait(p.Attempt, rand.Float64()), min(a.RetryAfter, time.Hour)))
	if a.OK() {
		state = Sent
	} else if p.Kind == Test { // whoever pressed the button sees what came of it
		state = Failed
	}
	noted := state
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		noted = state
		var giveUp int64
		err := tx.QueryRow(ctx, `SELECT give_up_at FROM webhook_delivery WHERE endpoint_id = $1 AND message_id = $2 AND due_at = $3 AND state = 'waiting'`,
			string(p.Endpoint), p.Message, p.until).Scan(&giveUp)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if state == Waiting && due.UnixMicro() > giveUp {
			noted = Failed
		}
		if _, err := tx.Exec(ctx, `UPDATE webhook_delivery SET state = $3, due_at = $4, status = $5, answer = $6, took = $7, tried_at = $8 WHERE endpoint_id = $1 AND message_id = $2`,
			string(p.Endpoint), p.Message, string(noted), micros(due), a.Status, readable(a.Text), a.Took.Microseconds(), micros(at)); err != nil {
			return err
		}
		if p.Kind == Test {
			return nil
		}
		return s.judge(ctx, tx, p, a, at)
	})
	return noted, err
}

// judge notes how an endpoint does, and switches it off where it is gone, or has failed for days (Rule W-09).
func (s *Service) judge(ctx context.Context, tx *store.Tx, p Parcel, a Answer, at time.Time) error {
	e, err := get(ctx, tx, p.Project, p.Endpoint)
	if err != nil || !e.Enabled {
		return gone(err)
	}
	switch {
	case a.OK():
		if e.FailingAt.IsZero() {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE webhook_endpoint SET failing_at = 0 WHERE endpoint_id = $1`, string(e.ID))
		return err
	case a.Status == goneStatus:
		e.OffWhy = Gone
	case !e.FailingAt.IsZero() && at.Sub(e.FailingAt) >= GiveUp:
		e.OffWhy = Failing
	case e.FailingAt.IsZero():
		_, err = tx.Exec(ctx, `UPDATE webhook_endpoint SET failing_at = $2 WHERE endpoint_id = $1`, string(e.ID), micros(at))
		return err
	default:
		return nil
	}
	before := e.kept()
	e.Enabled, e.OffAt = false, at
	if _, err := tx.Exec(ctx, `UPDATE webhook_endpoint SET enabled = 0, off_why = $2, off_at = $3 WHERE endpoint_id = $1`, string(e.ID), string(e.OffWhy), micros(at)); err != nil {
		return err
	}
	if err := note(ctx, tx, byItself, e, "edit", before, e.kept(), at); err != nil {
		return err
	}
	s.Changed(e.Project)
	if s.Off == nil {
		return nil
	}
	return s.Off(ctx, tx, e)
}

// Release gives back a delivery that was claimed and not tried to its end, so that it need not wait for its lease.
func (s *Service) Release(ctx context.Context, p Parcel, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE webhook_delivery SET due_at = $4, attempts = attempts - 1 WHERE endpoint_id = $1 AND message_id = $2 AND due_at = $3 AND state = 'waiting'`,
			string(p.Endpoint), p.Message, p.until, micros(at))
		return err
	})
}

// NoDelivery is the answer for a delivery that is not there.
func NoDelivery() error {
	return errs.New(errs.NotFound, "webhook.no_delivery", "there is no such delivery, or no longer").At("delivery").Try("deliveries are kept for 30 days")
}
