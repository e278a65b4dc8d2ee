package access

import (
	"context"
	"io"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// OpenView lets an operator look at a project through a member's eyes (Rule A-14): a session of an hour that changes nothing, takes
// nothing away, listens to nothing and shows nothing the operator's own role does not. The member sees it among their sessions and can end it; the trail of the project tells of it.
// Errors: errs.Denied `access.denied`; errs.NotFound `access.no_member`; errs.Invalid `access.no_reason`.
func OpenView(ctx context.Context, tx *store.Tx, p Permit, random io.Reader, id account.UserID, in ident.ProjectID, reason string, at time.Time) (secret string, s account.Session, err error) {
	if _, err := p.May(Edit, ViewAs); err != nil {
		return "", account.Session{}, err
	}
	if p.principal.Session.ID == "" {
		return "", account.Session{}, denied(Edit, ViewAs) // a key has no eyes
	}
	if !validName(reason) {
		return "", account.Session{}, errs.New(errs.Invalid, "access.no_reason", "say why, in 1 to %d characters, none of them invisible: the customer can read it", longestName).At("reason")
	}
	org := ident.ProjectOrg(in)
	if _, err := GetMember(ctx, tx, org, id); err != nil {
		return "", account.Session{}, err
	}
	secret, s, err = account.OpenSession(ctx, tx, p.Actor(), random, account.NewSession{
		User: p.Self, Project: in, ViewingAs: id, Method: account.ByOperator, Lifetime: account.Viewing,
	}, at)
	if err != nil {
		return "", account.Session{}, err
	}
	return secret, s, audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: org, Object: "session", ObjectID: string(s.ID), Action: "view as", After: map[string]any{"viewing_as": id, "reason": reason, "expires_at": s.ExpiresAt},
	})
}
