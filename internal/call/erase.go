package call

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Erased stands where a client's number stood.
const Erased = "erased"

// Erasure is what was erased.
type Erasure struct {
	Calls int      // from which the person was taken out
	Legs  []string // of those calls, as package charging names them
}

// MayErasePerson refuses whoever may not delete all clients and all recordings. Errors: errs.Denied `access.denied`.
func MayErasePerson(p access.Permit) error {
	for _, object := range []access.Object{access.Clients, access.Recordings} {
		reach, err := p.May(access.Delete, object)
		if err != nil {
			return err
		}
		if reach.Level != access.All {
			return errs.New(errs.Denied, "access.denied", "this needs the right to delete all: %s", object).With("action", access.Delete.String()).With("object", object.String())
		}
	}
	return nil
}

// ErasePerson takes a client out of the log (Rule T-113): their number, what was written to their calls, and their recordings.
// That there were calls, how long and at what cost, stays. Whoever asked to be called back is not. Errors: errs.Denied
// `access.denied`, errs.NotFound `call.not_found` where the number never called.
func ErasePerson(ctx context.Context, tx *store.Tx, p access.Permit, client string, at time.Time) (done Erasure, err error) {
	if err := MayErasePerson(p); err != nil {
		return done, err
	}
	project := p.Org.Project()
	all, err := queryCalls(ctx, tx, logByClient, `project_id = $1 AND client = $2 AND direction <> 'internal'`, string(project), client)
	if err != nil || client == Erased || client == "" {
		return done, err
	}
	if len(all) == 0 {
		return done, noCall()
	}
	for _, c := range all {
		legs, err := legsOf(ctx, tx, c)
		if err != nil {
			return done, err
		}
		for _, l := range legs {
			if l.Charging != "" {
				done.Legs = append(done.Legs, l.Charging)
			}
		}
		if err := c.erase(ctx, tx); err != nil {
			return done, err
		}
	}
	if err := eraseFromQueues(ctx, tx, project, client); err != nil {
		return done, err
	}
	if err := tellErased(ctx, tx, project, all); err != nil {
		return done, err
	}
	done.Calls = len(all)
	return done, audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: p.Org, Object: "client", ObjectID: "erased", Action: access.Delete.String(), Before: map[string]int{"calls": len(all)},
	})
}

// eraseFromQueues lets nobody of that number wait to be called back, and forgets the orders to do so.
func eraseFromQueues(ctx context.Context, tx *store.Tx, project ident.ProjectID, client string) error {
	b, err := GetQueueBoard(ctx, tx, project)
	if err != nil {
		return err
	}
	if b.Forget(client) {
		body, err := json.Marshal(b.Board)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE call_queue SET body = $2 WHERE project_id = $1`, string(project), string(body)); err != nil {
			return err
		}
	}
	quoted, err := json.Marshal(client)
	if err != nil {
		return err
	}
	for _, r := range []string{
		`DELETE FROM call_queue_desk WHERE project_id = $1 AND body LIKE $2`, // its node says the rest again at once
		`DELETE FROM call_command WHERE project_id = $1 AND body LIKE $2`,
	} {
		if _, err := tx.Exec(ctx, r, string(project), "%"+string(quoted)+"%"); err != nil {
			return err
		}
	}
	return nil
}

// tellErased lets those know who keep something of calls elsewhere: by the calls, for a number in the outbox would outlive its person.
func tellErased(ctx context.Context, tx *store.Tx, project ident.ProjectID, calls []Call) error {
	var told ErasedCalls
	for _, c := range calls {
		told.Calls = append(told.Calls, c.ID.String())
	}
	e, err := event.New(project, TopicErased, told)
	return errors.Join(err, event.Emit(ctx, tx, e))
}

// TopicErased is the topic of the event that a person was erased.
const TopicErased = "call.erased"

// ErasedCalls is its body: the calls from which the person was taken out.
type ErasedCalls struct {
	Calls []string `json:"calls"`
}

// IsErased tells whether the person of a call was erased.
func IsErased(ctx context.Context, q store.Querier, ref Ref) (bool, error) {
	c, err := find(ctx, q, ref.Project, ref.ID)
	return c.Client == Erased, err
}

func (c Call) erase(ctx context.Context, tx *store.Tx) error {
	key := []any{string(c.Project), int64(c.ID)}
	for _, r := range []string{
		`UPDATE call_log SET client = '` + Erased + `', visit_id = '', notes = 0, tags = '', category = '', owed = 0, recordings = 0 WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_leg SET address = CASE WHEN employee = '' THEN '` + Erased + `' ELSE address END, sip_call_id = '', reason = '' WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_recording SET state = 'erasing', heard_by = '' WHERE project_id = $1 AND call_id = $2`,
		`DELETE FROM call_note WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_origin SET visit = '', visitor = '', receipt = '', click = '', ip = '', client_id = '', promo = '', custom = '', page = '', landing = '', referrer = '' WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_timeline SET steps = '' WHERE project_id = $1 AND call_id = $2`,
		`DELETE FROM call_message WHERE project_id = $1 AND call_id = $2`,
		`DELETE FROM call_tag WHERE project_id = $1 AND call_id = $2`,
	} {
		if _, err := tx.Exec(ctx, r, key...); err != nil {
			return err
		}
	}
	return nil
}

// Forget removes the calls of a project. It is for a demo; the files go with Files.Forget.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, table := range []string{"call_log", "call_open", "call_leg", "call_timeline", "call_note", "call_tag", "call_recording", "call_message", "call_basis", "call_setting", "call_origin"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE project_id = $1", string(id)); err != nil {
			return err
		}
	}
	return nil
}
