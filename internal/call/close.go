package call

import (
	"context"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Closing is the last report of a call. It is enough by itself: where the report of the answer was lost, what it said
// stands here too.
type Closing struct {
	Project    ident.ProjectID
	ID         ID
	Status     Status    // a final one
	AnsweredAt time.Time // zero where nobody answered
	EndedAt    time.Time
	EndedBy    Party
	Person     Person // who talked; nobody leaves whoever is known
	Scheme     Scheme // where it became known after the opening
	Category   string // where the scheme says what the call was about
	Part
	past bool
}

// Close ends a call: its row, its legs and the rest of its timeline, once (Rule T-100). The same end again changes nothing. The
// true end of a call that was closed by recovery replaces that one (Rule T-102). Errors: errs.NotFound `call.not_found`,
// errs.Invalid `call.bad_closing`, errs.Conflict `call.ended` where it ended otherwise.
func Close(ctx context.Context, tx *store.Tx, r Closing) error {
	if !r.Status.Final() || r.EndedAt.IsZero() || r.EndedAt.Before(r.AnsweredAt) {
		return errs.New(errs.Invalid, "call.bad_closing", "a call ends with a final status and an instant after its answer").At("call")
	}
	c, err := lock(ctx, tx, r.Project, r.ID)
	if err != nil {
		return err
	}
	if !c.Open() && !c.Recovered {
		if c.Status != r.Status || !c.EndedAt.Equal(whole(r.EndedAt)) {
			return errs.New(errs.Conflict, "call.ended", "call %s has ended otherwise", r.ID).At("call")
		}
		return nil
	}
	told := !c.Open() // by recovery: its end was news then
	c.Recovered = false
	return c.end(ctx, tx, r, told)
}

// end writes the end of a locked call.
func (c Call) end(ctx context.Context, tx *store.Tx, r Closing, told bool) error {
	c.Status, c.EndedAt, c.EndedBy = r.Status, whole(r.EndedAt), r.EndedBy
	if !r.AnsweredAt.IsZero() {
		c.AnsweredAt = whole(r.AnsweredAt)
	}
	c.takes(r.Person)
	if r.Scheme.ID != "" {
		c.Scheme = r.Scheme
	}
	if r.Category != "" {
		c.Category = r.Category
	}
	c.Wait, c.Talk = seconds(c.StartedAt, c.EndedAt), 0
	if !c.AnsweredAt.IsZero() {
		c.Wait, c.Talk = seconds(c.StartedAt, c.AnsweredAt), seconds(c.AnsweredAt, c.EndedAt)
	}
	settings, err := GetSettings(ctx, tx, c.Project)
	if err != nil {
		return err
	}
	c.judge(settings)
	if err := r.put(ctx, tx, c); err != nil {
		return err
	}
	if c.Cost, err = sumLegs(ctx, tx, c); err != nil {
		return err
	}
	if err := c.save(ctx, tx); err != nil {
		return err
	}
	if err := c.reach(ctx, tx); err != nil || r.past {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM call_open WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)); err != nil || told {
		return err
	}
	if c.Missed {
		if err := c.tell(ctx, tx, missed, c.EndedAt); err != nil {
			return err
		}
	}
	return c.tell(ctx, tx, ended, c.EndedAt)
}

func (c Call) save(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE call_log SET status = $3, employee = $4, employee_name = $5, department = $6, department_name = $7, owner = $8, scheme = $9,
		scheme_name = $10, scheme_version = $11, answered_at = $12, ended_at = $13, wait_seconds = $14, talk_seconds = $15, ended_by = $16, proper = $17,
		missed = $18, owed = $19, cost = $20, recovered = $21, category = $22 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID), string(c.Status),
		c.Person.ID, c.Person.Name, c.Person.Department, c.Person.DepartmentName, string(c.Person.User), c.Scheme.ID, c.Scheme.Name, c.Scheme.Version,
		micros(c.AnsweredAt), micros(c.EndedAt), c.Wait, c.Talk, string(c.EndedBy), bit(c.Proper), bit(c.Missed), bit(c.Owed), int64(c.Cost), bit(c.Recovered), c.Category)
	return err
}

// reach takes the client's missed calls off the list once somebody has talked to them (Rule T-106).
func (c Call) reach(ctx context.Context, tx *store.Tx) error {
	if c.Status != Answered || !c.External() {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE `+logUnreached+` SET owed = 0 WHERE project_id = $1 AND client = $2 AND call_id < $3 AND owed = 1`,
		string(c.Project), c.Client, int64(c.ID))
	return err
}

// Log writes a call that has ended already, as an import or a story tells it. It is no news: nothing is put into the outbox.
func Log(ctx context.Context, tx *store.Tx, o Opening, r Closing) error {
	r.Project, r.ID = o.Project, o.ID
	o.past, r.past = true, true
	if err := Open(ctx, tx, o); err != nil {
		return err
	}
	return Close(ctx, tx, r)
}
