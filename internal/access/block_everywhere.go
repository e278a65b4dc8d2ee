package access

import (
	"context"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Heirs are who gets somebody's work, by organisation; where nobody is named, it becomes nobody's.
type Heirs map[ident.Org]account.UserID

// BlockEverywhere shuts a user out of the whole installation, as Block does in each organisation they belong to, with an heir in each; where they
// are blocked already, that stays when they are unblocked everywhere. It is the operator's, within their own rights (Rule A-09).
// Errors: errs.Denied `access.denied`, `access.beyond_own`; errs.NotFound `account.no_user`; errs.Invalid `access.oneself`, `access.bad_heir`;
// errs.Conflict `access.last_head` for the last operator: projects may lose their last owner so, and the operator names another.
func BlockEverywhere(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id account.UserID, heirs Heirs, at time.Time, work ...Work) error {
	all, err := p.everywhere(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Org == ident.Operator {
			if err := notLastHead(ctx, tx, m); err != nil {
				return err
			}
		}
	}
	if _, err := account.Block(ctx, tx, p.Actor(), id, at); err != nil {
		return err
	}
	for _, m := range all {
		if !m.BlockedAt.IsZero() {
			continue
		}
		if err := mayInherit(ctx, tx, m, heirs[m.Org]); err != nil {
			return err
		}
		if _, err := shutOut(ctx, tx, p.Actor(), seats, m, blockedEverywhere, heirs[m.Org], at, work); err != nil {
			return err
		}
	}
	return nil
}

// Colleagues are those who could take over the work of a user, by organisation: the members who are not blocked of each where the user is not
// either. It is the operator's. Errors: as of BlockEverywhere.
func Colleagues(ctx context.Context, q store.Querier, p Permit, id account.UserID) (map[ident.Org][]Member, error) {
	of, err := p.everywhere(ctx, q, id)
	if err != nil {
		return nil, err
	}
	all := map[ident.Org][]Member{}
	for _, m := range of {
		if !m.BlockedAt.IsZero() {
			continue
		}
		if all[m.Org], err = members(ctx, q, `org = $1 AND user_id <> $2 AND blocked_at = 0 ORDER BY user_id`, m.Org.String(), string(id)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// UnblockEverywhere undoes BlockEverywhere. Errors: as there.
func UnblockEverywhere(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id account.UserID, at time.Time) error {
	all, err := p.everywhere(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := account.Unblock(ctx, tx, p.Actor(), id, at); err != nil {
		return err
	}
	for _, m := range all {
		if !m.Everywhere {
			continue
		}
		if _, err := letIn(ctx, tx, p.Actor(), seats, m, at); err != nil {
			return err
		}
	}
	return nil
}

// everywhere gives all memberships of a user to an operator who may change people, and has every right that they give.
func (p Permit) everywhere(ctx context.Context, q store.Querier, id account.UserID) ([]Member, error) {
	if p.Org != ident.Operator {
		return nil, denied(Edit, People)
	}
	if _, err := p.May(Edit, People); err != nil {
		return nil, err
	}
	if id == p.Self {
		return nil, errs.New(errs.Invalid, "access.oneself", "nobody shuts out themselves").At("user")
	}
	if _, err := account.GetUser(ctx, q, id); err != nil {
		return nil, err
	}
	all, err := members(ctx, q, `user_id = $1 ORDER BY org`, string(id))
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if err := p.mayTake(ctx, q, m); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func blockedByOperator() error {
	return errs.New(errs.Denied, "access.blocked_everywhere", "the operator blocked this user").At("user").Try("ask the operator")
}
