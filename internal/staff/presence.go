package staff

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Presence is what an employee says of themselves. Whether they are talking is the PBX's to know.
type Presence string

// The presences (Rule T-44).
const (
	Available    Presence = "available"      // everything rings
	Away         Presence = "away"           // schemes do not ring them; whoever dials them does
	DoNotDisturb Presence = "do_not_disturb" // nothing rings
)

// Presences lists them.
var Presences = []Presence{Available, Away, DoNotDisturb}

// SetPresence sets an employee's presence: one's own, or anybody's for whoever may change telephony. The trail does not
// hold it: it is no change of settings. Errors: errs.Denied `access.denied`, errs.NotFound `staff.no_employee`, errs.Invalid
// `staff.bad_presence`.
func (s *Service) SetPresence(ctx context.Context, tx *store.Tx, p access.Permit, id EmployeeID, to Presence, at time.Time) error {
	if !slices.Contains(Presences, to) {
		return errs.New(errs.Invalid, "staff.bad_presence", "%.20q is not a presence", string(to)).At("presence")
	}
	e, err := Get(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	if _, err := p.May(access.Edit, access.Telephony); err != nil && !isOneself(p, e.User) {
		return err
	}
	if e.Presence == to {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE staff_employee SET presence = $3, presence_at = $4 WHERE project_id = $1 AND employee_id = $2`, p.Org.ID, string(id), string(to), at.UnixMicro())
	if err != nil {
		return err
	}
	return emit(ctx, tx, p.Org.Project(), topicChanged, map[string]any{objectEmployee: id, "presence": to})
}

// isOneself reports whether the permit is the member's own; whoever looks through their eyes is not.
func isOneself(p access.Permit, user account.UserID) bool {
	return user != "" && p.Self == user && !p.Viewing
}
