package access

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// InvitationID names an invitation. It is no secret.
type InvitationID string

// invitationLife is for how long an invitation can be accepted after it was sent.
const invitationLife = 7 * 24 * time.Hour

// Invitation asks somebody to become a member. Accepted, revoked or replaced ones are not kept: the trail has them.
type Invitation struct {
	Org       ident.Org      `json:"-"`
	ID        InvitationID   `json:"id"`
	Email     string         `json:"email,omitempty"` // empty: whoever holds the link, for the first operator
	Role      RoleID         `json:"role"`
	InvitedBy account.UserID `json:"invited_by,omitempty"`
	SentAt    time.Time      `json:"sent_at"`
	ExpiresAt time.Time      `json:"expires_at"`
	Lapsed    bool           `json:"-"` // whoever sent it may not give the role at the moment, so it opens nothing
}

// Waits reports whether the invitation can be accepted at an instant.
func (i Invitation) Waits(at time.Time) bool { return !i.Lapsed && at.Before(i.ExpiresAt) }

const invitationColumns = `org, invitation_id, email, role, invited_by, sent_at, expires_at`

// Invite asks the owner of an e-mail address to become a member with a role, and voids an earlier invitation to the same
// address. The secret goes into the mail. Errors: errs.Denied `access.denied`, `access.beyond_own`; errs.NotFound
// `access.no_role`; errs.Invalid `account.bad_email`; errs.Conflict `access.is_member`, `access.too_many_invitations`;
// errs.Unavailable `access.too_many_mails`.
func Invite(ctx context.Context, tx *store.Tx, p Permit, random io.Reader, email string, role RoleID, at time.Time) (i Invitation, secret string, err error) {
	if err := p.mayGive(ctx, tx, role); err != nil {
		return Invitation{}, "", err
	}
	key, err := account.EmailKey(email)
	if err != nil {
		return Invitation{}, "", err
	}
	if err := notMember(ctx, tx, p.Org, email); err != nil {
		return Invitation{}, "", err
	}
	if err := mayInvite(ctx, tx, p.Org, key, at); err != nil {
		return Invitation{}, "", err
	}
	return send(ctx, tx, p.Actor(), random, Invitation{Org: p.Org, Email: email, Role: role, InvitedBy: p.Self}, key, at)
}

func notMember(ctx context.Context, q store.Querier, org ident.Org, email string) error {
	u, err := account.FindUser(ctx, q, email)
	if err == nil {
		_, err = GetMember(ctx, q, org, u.ID)
	}
	switch {
	case err == nil:
		return errs.New(errs.Conflict, "access.is_member", "whoever has this address is a member").At("email")
	case errs.KindOf(err) == errs.NotFound:
		return nil
	}
	return err
}

// send stores an invitation and its secret, instead of any to the same address.
func send(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, i Invitation, key string, at time.Time) (Invitation, string, error) {
	id, err := account.NewID(random, at)
	if err != nil {
		return Invitation{}, "", err
	}
	secret, err := account.NewSecret(random, at)
	if err != nil {
		return Invitation{}, "", err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM access_invitation WHERE org = $1 AND email_key = $2`, i.Org.String(), key); err != nil {
		return Invitation{}, "", err
	}
	i.ID, i.SentAt, i.ExpiresAt = InvitationID(id), instant(micros(at)), instant(micros(at.Add(invitationLife)))
	if i.Email != "" {
		if err := countMail(ctx, tx, i); err != nil {
			return Invitation{}, "", err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_invitation (`+invitationColumns+`, email_key, secret_id, secret_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		i.Org.String(), id, i.Email, string(i.Role), string(i.InvitedBy), micros(i.SentAt), micros(i.ExpiresAt), key, secret.ID, secret.Hash)
	if err != nil {
		return Invitation{}, "", err
	}
	return i, secret.Text, record(ctx, tx, by, at, invitationChange(i, "send", nil, i))
}

func invitationChange(i Invitation, action string, before, after any) audit.Change {
	return audit.Change{Org: i.Org, Object: "invitation", ObjectID: string(i.ID), Action: action, Before: before, After: after}
}

// Invitations gives the invitations of an organisation that nobody took yet, oldest first, those too that expired or, as Lapsed tells
// of this instant, lost what their sender may give (Rule A-09). errs.Denied `access.denied`.
func Invitations(ctx context.Context, q store.Querier, p Permit, at time.Time) ([]Invitation, error) {
	if _, err := p.May(View, People); err != nil {
		return nil, err
	}
	var list []Invitation
	err := store.EachRow(ctx, q, `SELECT `+invitationColumns+` FROM access_invitation WHERE org = $1 ORDER BY invitation_id`,
		[]any{p.Org.String()}, func(rows *sql.Rows) error {
			i, err := scanInvitation(rows)
			list = append(list, i)
			return err
		})
	gate := NewGate(q)
	for n := range list {
		if err == nil {
			list[n].Lapsed, err = list[n].lapsed(ctx, q, gate, at)
		}
	}
	return list, err
}

func scanInvitation(row interface{ Scan(...any) error }, more ...any) (Invitation, error) {
	var i Invitation
	var org string
	var sent, expires int64
	err := row.Scan(append([]any{&org, &i.ID, &i.Email, &i.Role, &i.InvitedBy, &sent, &expires}, more...)...)
	i.Org, i.SentAt, i.ExpiresAt = readOrg(org), instant(sent), instant(expires)
	return i, err
}

// find reads an invitation of the permit's organisation; errs.NotFound `access.no_invitation`.
func (p Permit) find(ctx context.Context, q store.Querier, id InvitationID) (i Invitation, key string, err error) {
	if _, err := p.May(Edit, People); err != nil {
		return Invitation{}, "", err
	}
	gone := errs.New(errs.NotFound, "access.no_invitation", "there is no invitation %.40q", string(id)).At("invitation")
	if !account.WellFormed(string(id)) {
		return Invitation{}, "", gone
	}
	i, err = scanInvitation(q.QueryRow(ctx, `SELECT `+invitationColumns+`, email_key FROM access_invitation WHERE org = $1 AND invitation_id = $2`,
		p.Org.String(), string(id)), &key)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, "", gone
	}
	return i, key, err
}

// Resend makes a new link of an invitation, good for another week; the old one opens nothing any more. Errors: errs.Denied
// `access.denied`, `access.beyond_own`; errs.NotFound `access.no_invitation`, `access.no_role`; errs.Unavailable `access.too_many_mails`.
func Resend(ctx context.Context, tx *store.Tx, p Permit, random io.Reader, id InvitationID, at time.Time) (i Invitation, secret string, err error) {
	i, key, err := p.find(ctx, tx, id)
	if err != nil {
		return Invitation{}, "", err
	}
	if err := p.mayGive(ctx, tx, i.Role); err != nil {
		return Invitation{}, "", err
	}
	i.InvitedBy = p.Self
	return send(ctx, tx, p.Actor(), random, i, key, at)
}

// RevokeInvitation makes an invitation's link open nothing. Errors: errs.Denied `access.denied`, errs.NotFound
// `access.no_invitation`.
func RevokeInvitation(ctx context.Context, tx *store.Tx, p Permit, id InvitationID, at time.Time) error {
	i, _, err := p.find(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := i.discard(ctx, tx); err != nil {
		return err
	}
	return record(ctx, tx, p.Actor(), at, invitationChange(i, "revoke", i, nil))
}

func (i Invitation) discard(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM access_invitation WHERE org = $1 AND invitation_id = $2`, i.Org.String(), string(i.ID))
	return err
}

// lapse voids the invitations somebody sent whose own rights changed: nobody gets through them what they may no longer give.
func lapse(ctx context.Context, tx *store.Tx, org ident.Org, by account.UserID) error {
	_, err := tx.Exec(ctx, `DELETE FROM access_invitation WHERE org = $1 AND invited_by = $2`, org.String(), string(by))
	return err
}
