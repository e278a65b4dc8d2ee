package access

import (
	"context"
	"io"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// MakeKey makes an API key of the permit's project, or of the operator. It never may more than whoever made it may at the
// time of a request, and dies with their blocking or leaving. Errors: errs.Denied `access.denied`, and those of
// account.Create.
func MakeKey(ctx context.Context, tx *store.Tx, p Permit, random io.Reader, name string, scope account.Scope, expires, at time.Time) (secret string, made account.Key, err error) {
	if _, err := p.May(Edit, Keys); err != nil {
		return "", account.Key{}, err
	}
	return account.Create(ctx, tx, p.Actor(), random, account.Key{
		Name: name, Scope: scope, Project: p.Org.Project(), ExpiresAt: expires, MadeBy: p.Self,
	}, at)
}

// ListKeys gives up to limit keys of the permit's project, or of the operator, oldest first, after one. errs.Denied
// `access.denied`.
func ListKeys(ctx context.Context, q store.Querier, p Permit, after account.KeyID, limit int) ([]account.Key, error) {
	if _, err := p.May(View, Keys); err != nil {
		return nil, err
	}
	return account.List(ctx, q, p.Org.Project(), after, limit)
}

// RevokeKey ends a key of the permit's project, or of the operator, within 5 seconds. Errors: errs.Denied `access.denied`,
// errs.NotFound `account.no_key`.
func RevokeKey(ctx context.Context, tx *store.Tx, p Permit, id account.KeyID, at time.Time) (account.Key, error) {
	if _, err := p.May(Delete, Keys); err != nil {
		return account.Key{}, err
	}
	return account.Revoke(ctx, tx, p.Actor(), p.Org.Project(), id, at)
}

// endKeys revokes the keys of somebody who has just left an organisation (Rule A-08): those they made in it, and those they made beneath it
// where they now stand no longer. Else the keys would open again if they came back.
func endKeys(ctx context.Context, tx *store.Tx, by audit.Actor, left Member, at time.Time) error {
	keys, err := account.LiveKeysBy(ctx, tx, left.User, at)
	if err != nil || len(keys) == 0 {
		return err
	}
	gate := NewGate(tx)
	for _, k := range keys {
		stays, err := gate.belongs(ctx, left.User, orgOfKey(k), at)
		if err != nil {
			return err
		}
		if stays && orgOfKey(k) != left.Org {
			continue
		}
		if _, err := account.Revoke(ctx, tx, by, k.Project, k.ID, at); err != nil {
			return err
		}
	}
	return nil
}

func orgOfKey(k account.Key) ident.Org {
	if k.Project == "" {
		return ident.Operator
	}
	return ident.ProjectOrg(k.Project)
}

// belongs reports whether a user has a standing in an organisation or is only blocked there.
func (g *Gate) belongs(ctx context.Context, id account.UserID, org ident.Org, at time.Time) (bool, error) {
	standings, err := g.standingsOf(ctx, id, at)
	if err != nil {
		return false, err
	}
	for _, s := range standings {
		s.blocked = false
		if reaches, err := g.reaches(ctx, s, org, at); reaches || err != nil {
			return reaches, err
		}
	}
	return false, nil
}

// Trail is the organisation whose entries of the trail a permit shows. errs.Denied `access.denied`.
func (p Permit) Trail(a Action) (ident.Org, error) {
	_, err := p.May(a, Audit)
	return p.Org, err
}
