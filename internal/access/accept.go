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

// InvitationOf reads the invitation whose link was opened, and whether the address has a user, who then signs in to accept.
// Whatever is wrong with it, the answer is errs.Invalid `access.bad_invitation`.
func InvitationOf(ctx context.Context, q store.Querier, secret string, at time.Time) (i Invitation, hasUser bool, err error) {
	if i, err = opened(ctx, q, secret, at); err != nil || i.Email == "" {
		return i, false, err
	}
	_, err = account.FindUser(ctx, q, i.Email)
	if errs.KindOf(err) == errs.NotFound {
		return i, false, nil
	}
	return i, err == nil, err
}

func opened(ctx context.Context, q store.Querier, text string, at time.Time) (Invitation, error) {
	bad := errs.New(errs.Invalid, "access.bad_invitation", "the invitation is not valid: it was accepted, revoked, sent anew, is older than a week, or whoever sent it may no longer give its role").
		Try("ask for another")
	secret, ok := account.ReadSecret(text)
	if !ok {
		return Invitation{}, bad
	}
	var hash string
	i, err := scanInvitation(q.QueryRow(ctx, `SELECT `+invitationColumns+`, secret_hash FROM access_invitation WHERE secret_id = $1`, secret.ID), &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, bad
	}
	if err != nil {
		return Invitation{}, err
	}
	if !secret.Is(hash) || !at.Before(i.ExpiresAt) {
		return Invitation{}, bad
	}
	if i.Lapsed, err = i.lapsed(ctx, q, NewGate(q), at); err == nil && i.Lapsed {
		return Invitation{}, bad
	}
	return i, err
}

// lapsed reports whether whoever sent the invitation may not give its role at the moment, wherever they lost the right: as a member,
// through an agency, by another matrix of their role (Rule A-09). What the installation itself sent needs nobody's right.
func (i Invitation) lapsed(ctx context.Context, q store.Querier, gate *Gate, at time.Time) (bool, error) {
	if i.InvitedBy == "" {
		return false, nil
	}
	r, err := gate.rights(ctx, i.InvitedBy, i.Org, at)
	if err != nil {
		return false, err
	}
	sender := Permit{Org: i.Org, Self: i.InvitedBy, full: r.matrix}.reduced(func(Action, Object) bool { return true })
	switch err := sender.mayGive(ctx, q, i.Role); errs.KindOf(err) {
	case errs.Denied, errs.NotFound:
		return true, nil
	default:
		return false, err
	}
}

// Accept makes a signed-in user a member. It must be the one with the address that was invited: errs.Denied
// `access.other_address`. Errors: errs.Invalid `access.bad_invitation`, errs.Conflict `access.is_member`.
func Accept(ctx context.Context, tx *store.Tx, by audit.Actor, secret string, id account.UserID, at time.Time) (Member, error) {
	i, err := opened(ctx, tx, secret, at)
	if err != nil {
		return Member{}, err
	}
	u, err := account.GetUser(ctx, tx, id)
	if err != nil {
		return Member{}, err
	}
	if i.Email != "" {
		invited, err := account.EmailKey(i.Email)
		if err != nil {
			return Member{}, err
		}
		if own, err := account.EmailKey(u.Email); err != nil || own != invited {
			return Member{}, errs.New(errs.Denied, "access.other_address", "the invitation is for another address").Try("sign in with the address that was invited")
		}
	}
	return i.take(ctx, tx, by, id, at)
}

// AcceptNew makes a user of whoever was invited, and a member. The address needs no confirmation: its mail was read. The
// caller opens a session. Errors: those of account.CreateUser, and errs.Invalid `access.bad_invitation`.
func AcceptNew(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, secret string, n account.NewUser, at time.Time) (account.User, Member, error) {
	i, err := opened(ctx, tx, secret, at)
	if err != nil {
		return account.User{}, Member{}, err
	}
	if i.Email != "" {
		n.Email = i.Email
	}
	by.Part = "invitation"
	u, err := account.CreateUser(ctx, tx, by, random, n, true, at)
	if err != nil {
		return account.User{}, Member{}, err
	}
	by.User = string(u.ID)
	m, err := i.take(ctx, tx, by, u.ID, at)
	return u, m, err
}

// take uses the invitation up.
func (i Invitation) take(ctx context.Context, tx *store.Tx, by audit.Actor, id account.UserID, at time.Time) (Member, error) {
	if err := i.discard(ctx, tx); err != nil {
		return Member{}, err
	}
	if i.Org == ident.Operator && i.InvitedBy == "" {
		if err := withoutOperator(ctx, tx); err != nil {
			return Member{}, err
		}
	}
	by.User = string(id)
	return join(ctx, tx, by, i.Org, id, i.Role, i.InvitedBy, at)
}

// OfferSetup makes the one-time link by which the first operator sets up the installation, instead of one made before.
// errs.Conflict `access.has_operator` where there is an operator.
func OfferSetup(ctx context.Context, tx *store.Tx, random io.Reader, at time.Time) (secret string, err error) {
	if err := withoutOperator(ctx, tx); err != nil {
		return "", err
	}
	_, secret, err = send(ctx, tx, audit.Program("first run"), random, Invitation{Org: ident.Operator, Role: OperatorRole}, "", at)
	return secret, err
}

func withoutOperator(ctx context.Context, q store.Querier) error {
	var n int
	if err := q.QueryRow(ctx, `SELECT COUNT(*) FROM access_member WHERE org = $1`, ident.Operator.String()).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return errs.New(errs.Conflict, "access.has_operator", "the installation has an operator").Try("ask them for an invitation")
	}
	return nil
}
