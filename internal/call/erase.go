package call

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Erased stands where a client's number stood.
const Erased = "erased"

// ErasePerson takes a client out of the log (Rule T-113): their number, what was written to their calls, and their recordings.
// That there were calls, how long and at what cost, stays. It says how many calls there were. Errors: errs.Denied
// `access.denied`, errs.NotFound `call.not_found` where the number never called.
func ErasePerson(ctx context.Context, tx *store.Tx, p access.Permit, client string, at time.Time) (calls int, err error) {
	for _, object := range []access.Object{access.Clients, access.Recordings} {
		reach, err := p.May(access.Delete, object)
		if err != nil {
			return 0, err
		}
		if reach.Level != access.All {
			return 0, errs.New(errs.Denied, "access.denied", "this needs the right to delete all: %s", object).With("action", access.Delete.String()).With("object", object.String())
		}
	}
	project := p.Org.Project()
	all, err := queryCalls(ctx, tx, logByClient, `project_id = $1 AND client = $2 AND direction <> 'internal'`, string(project), client)
	if err != nil || client == Erased || client == "" {
		return 0, err
	}
	if len(all) == 0 {
		return 0, noCall()
	}
	for _, c := range all {
		if err := c.erase(ctx, tx); err != nil {
			return 0, err
		}
	}
	return len(all), audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: p.Org, Object: "client", ObjectID: "erased", Action: access.Delete.String(), Before: map[string]int{"calls": len(all)},
	})
}

func (c Call) erase(ctx context.Context, tx *store.Tx) error {
	key := []any{string(c.Project), int64(c.ID)}
	for _, r := range []string{
		`UPDATE call_log SET client = '` + Erased + `', visit_id = '', notes = 0, tags = '', category = '', owed = 0, recordings = 0 WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_leg SET address = CASE WHEN employee = '' THEN '` + Erased + `' ELSE address END, sip_call_id = '', reason = '' WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_recording SET state = 'erasing', heard_by = '' WHERE project_id = $1 AND call_id = $2`,
		`DELETE FROM call_note WHERE project_id = $1 AND call_id = $2`,
		`UPDATE call_origin SET visit = '', visitor = '', receipt = '', click = '', ip = '', client_id = '', promo = '', page = '', landing = '', referrer = '' WHERE project_id = $1 AND call_id = $2`,
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
