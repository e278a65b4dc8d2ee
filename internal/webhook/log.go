package webhook

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// byItself is who switches endpoints off, in the trail.
var byItself = audit.Program("webhooks")

// Delivery is what became of telling an endpoint something.
type Delivery struct {
	Endpoint EndpointID
	Message  int64 // its id; receivers see WireID
	Kind     Kind
	At       time.Time // when it happened
	State    State
	DueAt    time.Time // of waiting ones: when it is tried next
	Attempts int
	Status   int           // of the last answer; 0 for none
	Answer   string        // what the endpoint said, or why it could not be asked
	Took     time.Duration // the last try
	TriedAt  time.Time     // zero before the first
	Body     string        // what is sent; only of one delivery read by itself, empty once erased
}

// Deliveries lists up to limit deliveries to an endpoint, the latest first, from before a message on (0: from the latest); of one state where that is
// not empty. Errors: errs.Denied `access.denied`, errs.NotFound `webhook.none`.
func Deliveries(ctx context.Context, q store.Querier, p access.Permit, id EndpointID, state State, before int64, limit int) (all []Delivery, err error) {
	if _, err := Get(ctx, q, p, id); err != nil {
		return nil, err
	}
	where, args := "d.endpoint_id = $1", []any{string(id)}
	if before != 0 {
		args = append(args, before)
		where += " AND d.message_id < " + store.List(len(args), 1)
	}
	if state != "" {
		args = append(args, string(state))
		where += " AND d.state = " + store.List(len(args), 1)
	}
	args = append(args, limit)
	return all, store.EachRow(ctx, q, deliveryList+where+" ORDER BY d.message_id DESC LIMIT "+store.List(len(args), 1), args, func(rows *sql.Rows) error {
		d, err := scanDelivery(rows.Scan)
		d.Body = ""
		all = append(all, d)
		return err
	})
}

const deliveryList = `SELECT d.endpoint_id, d.message_id, d.kind, m.at, d.state, d.due_at, d.attempts, d.status, d.answer, d.took, d.tried_at, m.body
	FROM webhook_delivery AS d JOIN webhook_message AS m ON m.project_id = d.project_id AND m.message_id = d.message_id WHERE `

func scanDelivery(read func(...any) error) (d Delivery, err error) {
	var at, due, took, tried int64
	err = read(&d.Endpoint, &d.Message, &d.Kind, &at, &d.State, &due, &d.Attempts, &d.Status, &d.Answer, &took, &tried, &d.Body)
	d.At, d.DueAt, d.Took, d.TriedAt = instant(at), instant(due), time.Duration(took)*time.Microsecond, instant(tried)
	return d, err
}

// GetDelivery reads one with its body. Errors: errs.Denied `access.denied`, errs.NotFound `webhook.none`, `webhook.no_delivery`.
func GetDelivery(ctx context.Context, q store.Querier, p access.Permit, id EndpointID, message int64) (Delivery, error) {
	if _, err := Get(ctx, q, p, id); err != nil {
		return Delivery{}, err
	}
	d, err := scanDelivery(q.QueryRow(ctx, deliveryList+"d.endpoint_id = $1 AND d.message_id = $2", string(id), message).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = NoDelivery()
	}
	return d, err
}

// ParseMessage reads the id of a message with or without what receivers see before it; errs.NotFound `webhook.no_delivery`.
func ParseMessage(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "msg_"), 10, 64)
	if err != nil || n <= 0 {
		return 0, NoDelivery()
	}
	return n, nil
}

// Again has a delivery tried once more, from now on as long as a new one. Errors: errs.Denied `access.denied`, errs.NotFound
// `webhook.none`, `webhook.no_delivery`, errs.Conflict `webhook.erased`, `webhook.off`.
func (s *Service) Again(ctx context.Context, tx *store.Tx, p access.Permit, id EndpointID, message int64, at time.Time) error {
	if err := may(p); err != nil {
		return err
	}
	e, err := get(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	d, err := GetDelivery(ctx, tx, p, id, message)
	switch {
	case err != nil:
		return err
	case d.Body == "":
		return errs.New(errs.Conflict, "webhook.erased", "what it told of was erased").At("delivery")
	case !e.Enabled:
		return errs.New(errs.Conflict, "webhook.off", "the webhook is switched off").At("delivery").Try("switch it on first")
	}
	_, err = tx.Exec(ctx, `UPDATE webhook_delivery SET state = 'waiting', due_at = $3, give_up_at = $4, attempts = 0 WHERE endpoint_id = $1 AND message_id = $2`,
		string(id), message, micros(at), micros(at.Add(Lifetime)))
	if err != nil {
		return err
	}
	return note(ctx, tx, p.Actor(), e, "send again", nil, map[string]string{"message": WireID(message)}, at)
}

// Try makes a test of an endpoint, on or off, for the caller to send at once. Errors: errs.Denied `access.denied`, errs.NotFound `webhook.none`.
func (s *Service) Try(ctx context.Context, p access.Permit, id EndpointID, text string, at time.Time) (parcel Parcel, err error) {
	if err := may(p); err != nil {
		return Parcel{}, err
	}
	return parcel, s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := get(ctx, tx, p.Org.Project(), id)
		if err != nil {
			return err
		}
		m := message{kind: Test, data: TestData{e.Name, text}}
		source, err := NewSecret(s.Random)
		if err != nil {
			return err
		}
		message, _, err := s.keep(ctx, tx, e.Project, "test "+source, m, at)
		if err != nil {
			return err
		}
		until := micros(at.Add(lease))
		if err := deliver(ctx, tx, e, message, m, until, at); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE webhook_delivery SET attempts = 1 WHERE endpoint_id = $1 AND message_id = $2`, string(id), message); err != nil {
			return err
		}
		if err := note(ctx, tx, p.Actor(), e, "try", nil, map[string]string{"message": WireID(message)}, at); err != nil {
			return err
		}
		parcel, _, err = s.parcel(ctx, tx, Parcel{Endpoint: id, Project: e.Project, Message: message}, at)
		parcel.until = until
		return err
	})
}

// ErasePerson takes a person out of what was told, by their number (Rule W-10): the bodies that had it, and what endpoints answered. What
// waits is told to nobody any more.
func ErasePerson(ctx context.Context, tx *store.Tx, project ident.ProjectID, number string) error {
	if number == "" {
		return nil
	}
	return erase(ctx, tx, project, "person", number)
}

// erase takes the bodies out of the messages whose column has a value, and what endpoints answered.
func erase(ctx context.Context, tx *store.Tx, project ident.ProjectID, column, value string) error {
	if _, err := tx.Exec(ctx, `UPDATE webhook_delivery SET answer = '', state = CASE WHEN state = 'waiting' THEN 'erased' ELSE state END WHERE project_id = $1 AND message_id IN
		(SELECT message_id FROM webhook_message WHERE project_id = $1 AND `+column+` = $2)`, string(project), value); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE webhook_message SET body = '', person = '' WHERE project_id = $1 AND `+column+` = $2`, string(project), value)
	return err
}

// Keep is how long messages and what became of them are kept (Rule W-10).
const Keep = 30 * 24 * time.Hour

const purgedAtOnce = 1000

// Purge forgets what happened before an instant, and says how many messages.
func Purge(ctx context.Context, db *store.DB, before time.Time) (purged int64, err error) {
	for n := int64(purgedAtOnce); n == purgedAtOnce; purged += n {
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			const old = `(SELECT project_id, message_id FROM webhook_message WHERE at < $1 ORDER BY at LIMIT $2)`
			if _, err := tx.Exec(ctx, `DELETE FROM webhook_delivery WHERE (project_id, message_id) IN `+old, micros(before), purgedAtOnce); err != nil {
				return err
			}
			result, err := tx.Exec(ctx, `DELETE FROM webhook_message WHERE (project_id, message_id) IN `+old, micros(before), purgedAtOnce)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		}); err != nil {
			return purged, err
		}
	}
	return purged, nil
}

// Lag is how far the telling is behind.
type Lag struct {
	Waiting int64     // deliveries to endpoints that are on
	Oldest  time.Time // since when the first of them that was never tried is due; zero for none
	Failing int64     // endpoints that are on and whose last try failed
}

// GetLag measures it, for the metrics and the health page.
func GetLag(ctx context.Context, q store.Querier) (l Lag, err error) {
	var oldest int64
	err = q.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MIN(CASE WHEN d.attempts = 0 THEN d.due_at END), 0) FROM webhook_delivery AS d JOIN webhook_endpoint AS e ON e.endpoint_id = d.endpoint_id
		WHERE d.state = 'waiting' AND e.enabled = 1`).Scan(&l.Waiting, &oldest)
	if err != nil {
		return l, err
	}
	l.Oldest = instant(oldest)
	return l, q.QueryRow(ctx, `SELECT COUNT(*) FROM webhook_endpoint WHERE enabled = 1 AND failing_at > 0`).Scan(&l.Failing)
}

// readable is what can be kept and shown of what an endpoint said.
func readable(text string) string {
	text = ident.Visible(strings.ToValidUTF8(text, ""))
	if runes := []rune(text); len(runes) > longestAnswer {
		text = string(runes[:longestAnswer])
	}
	return text
}
