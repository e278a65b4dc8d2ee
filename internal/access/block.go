package access

import (
	"context"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
)

// Block shuts a member out of an organisation without deleting anything: all their sessions, in whatever organisation, the links
// mailed to them and the API keys they made here end everywhere within 5 seconds, their seats leave tomorrow's charge, handTo gets all their work, which is nobody's where it is empty (Rule A-12). Login,
// password and membership stay, and they may sign in again to other organisations they belong to. A second time changes
// nothing. Errors: errs.Denied `access.denied`, `access.beyond_own`; errs.NotFound `access.no_member`; errs.Invalid
// `access.oneself`, `access.bad_heir`; errs.Conflict `access.last_head`.
func Block(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id, handTo account.UserID, at time.Time, work ...Work) (Member, error) {
	if _, err := p.May(Edit, People); err != nil {
		return Member{}, err
	}
	before, err := p.leaving(ctx, tx, id, handTo)
	if err != nil || !before.BlockedAt.IsZero() {
		return before, err
	}
	if err := account.EndAccess(ctx, tx, id); err != nil {
		return Member{}, err
	}
	return shutOut(ctx, tx, p.Actor(), seats, before, blockedHere, handTo, at, work)
}

// shutOut marks a member as blocked and tells who needs to know.
func shutOut(ctx context.Context, tx *store.Tx, by audit.Actor, seats SeatCounter, before Member, how string, handTo account.UserID, at time.Time, work []Work) (Member, error) {
	after := before
	after.BlockedAt, after.Everywhere = instant(micros(at)), how == blockedEverywhere
	if err := setBlocked(ctx, tx, before, how, at); err != nil {
		return Member{}, err
	}
	if err := lapse(ctx, tx, before.Org, before.User); err != nil {
		return Member{}, err
	}
	if err := handOver(ctx, tx, before, handTo, work); err != nil {
		return Member{}, err
	}
	products, err := seatsOf(ctx, tx, before.Org, before.User)
	if err != nil {
		return Member{}, err
	}
	if err := recount(ctx, tx, before.Org.Project(), seats, products, at); err != nil {
		return Member{}, err
	}
	if err := emit(ctx, tx, before.Org, "access.user_blocked", map[string]any{"user": before.User, "handed_to": handTo, "seats": products}); err != nil {
		return Member{}, err
	}
	return after, record(ctx, tx, by, at, memberChange(after, "block", before, blocking{after, handTo, products}))
}

// blocking is what the trail says of one: the member as it is after it, beside which before can be laid field by field.
type blocking struct {
	Member
	HandedTo account.UserID `json:"handed_to,omitempty"`
	Seats    []string       `json:"seats,omitempty"`
}

func setBlocked(ctx context.Context, tx *store.Tx, m Member, how string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE access_member SET blocked = $3, blocked_at = $4 WHERE org = $1 AND user_id = $2`, m.Org.String(), string(m.User), how, micros(at))
	return err
}

// Unblock lets a blocked member in again: they sign in as before, the API keys they made open again, their seats count from
// now on. Work that was handed over stays where it is. Whom the operator blocked everywhere stays blocked: errs.Denied `access.blocked_everywhere`. The rest as Block.
func Unblock(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id account.UserID, at time.Time) (Member, error) {
	if _, err := p.May(Edit, People); err != nil {
		return Member{}, err
	}
	before, err := p.subject(ctx, tx, id)
	if err != nil || before.BlockedAt.IsZero() {
		return before, err
	}
	if before.Everywhere {
		return Member{}, blockedByOperator()
	}
	return letIn(ctx, tx, p.Actor(), seats, before, at)
}

func letIn(ctx context.Context, tx *store.Tx, by audit.Actor, seats SeatCounter, before Member, at time.Time) (Member, error) {
	after := before
	after.BlockedAt, after.Everywhere = time.Time{}, false
	if err := setBlocked(ctx, tx, before, "", time.Time{}); err != nil {
		return Member{}, err
	}
	products, err := seatsOf(ctx, tx, before.Org, before.User)
	if err != nil {
		return Member{}, err
	}
	if err := recount(ctx, tx, before.Org.Project(), seats, products, at); err != nil {
		return Member{}, err
	}
	if err := emit(ctx, tx, before.Org, "access.user_unblocked", map[string]any{"user": before.User, "seats": products}); err != nil {
		return Member{}, err
	}
	return after, record(ctx, tx, by, at, memberChange(after, "unblock", before, after))
}
