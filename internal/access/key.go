package access

import (
	"context"
	"io"
	"time"

	"bellwether/internal/account"
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

// Trail is the organisation whose entries of the trail a permit shows. errs.Denied `access.denied`.
func (p Permit) Trail(a Action) (ident.Org, error) {
	_, err := p.May(a, Audit)
	return p.Org, err
}
