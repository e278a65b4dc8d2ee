package access

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// CopyRole makes an organisation's own role as a copy of another. Errors: errs.Denied `access.denied`, `access.beyond_own`;
// errs.NotFound `access.no_role`; errs.Invalid `access.bad_name`.
func CopyRole(ctx context.Context, tx *store.Tx, p Permit, random io.Reader, from RoleID, name string, at time.Time) (Role, error) {
	if _, err := p.May(Edit, Roles); err != nil {
		return Role{}, err
	}
	source, err := FindRole(ctx, tx, p.Org, from)
	if err != nil {
		return Role{}, err
	}
	id, err := account.NewID(random, at)
	if err != nil {
		return Role{}, err
	}
	// Ownership is never copied: there is one role that owns.
	matrix := source.Matrix.keep(func(_ Action, o Object) bool { return o != Ownership })
	made := Role{ID: RoleID(id), Org: p.Org, Version: 1, Name: name, CopiedFrom: from, Matrix: matrix}
	return made, putRole(ctx, tx, p, nil, made, at)
}

// EditRole gives an own role another name and matrix, as its next version: everybody who has it has the new one
// within 5 seconds. version is the one that was edited. Errors: errs.Denied `access.denied`, `access.beyond_own`;
// errs.NotFound `access.no_role`; errs.Conflict `access.role_changed` where there is a newer version; errs.Invalid
// `access.bad_name`, `access.bad_matrix`.
func EditRole(ctx context.Context, tx *store.Tx, p Permit, id RoleID, version int64, name string, matrix Matrix, at time.Time) (Role, error) {
	if _, err := p.May(Edit, Roles); err != nil {
		return Role{}, err
	}
	before, err := ownRole(ctx, tx, p, id)
	if err != nil {
		return Role{}, err
	}
	if before.Version != version {
		return Role{}, errs.New(errs.Conflict, "access.role_changed", "somebody else changed the role meanwhile").Try("look at it again").With("version", before.Version)
	}
	after := before
	after.Version, after.Name, after.Matrix = version+1, name, matrix
	return after, putRole(ctx, tx, p, before, after, at)
}

// RetireRole takes an own role off the list. errs.Conflict `access.role_in_use` while somebody has it, or is
// invited to it; the rest as EditRole.
func RetireRole(ctx context.Context, tx *store.Tx, p Permit, id RoleID, at time.Time) error {
	if _, err := p.May(Delete, Roles); err != nil {
		return err
	}
	before, err := ownRole(ctx, tx, p, id)
	if err != nil {
		return err
	}
	var holders int
	err = tx.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM access_member WHERE org = $1 AND role = $2) +
		(SELECT COUNT(*) FROM access_invitation WHERE org = $1 AND role = $2)`, p.Org.String(), string(id)).Scan(&holders)
	if err != nil {
		return err
	}
	if holders > 0 {
		return errs.New(errs.Conflict, "access.role_in_use", "%d people have the role or are invited to it", holders).Try("give them another first").With("people", holders)
	}
	after := before
	after.Version, after.Retired = before.Version+1, true
	return putRole(ctx, tx, p, before, after, at)
}

// ownRole finds a role of the permit's organisation that can be changed.
func ownRole(ctx context.Context, q store.Querier, p Permit, id RoleID) (Role, error) {
	r, err := FindRole(ctx, q, p.Org, id)
	if err == nil && (r.IsBuiltin() || r.Retired) {
		err = noRole(id)
	}
	return r, err
}

// putRole stores a version of a role, within the rights of whoever makes it; before is nil for the first.
func putRole(ctx context.Context, tx *store.Tx, p Permit, before any, r Role, at time.Time) error {
	if !validName(r.Name) {
		return badName()
	}
	if err := r.Matrix.check(p.Org.Kind); err != nil {
		return err
	}
	for _, matrix := range []Matrix{r.Matrix, matrixOf(before)} {
		if err := p.within(matrix); err != nil {
			return err
		}
	}
	text, err := json.Marshal(r.Matrix)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_role (org, `+roleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.Org.String(), string(r.ID), r.Version, r.Name, string(r.CopiedFrom), string(text), micros(at), string(p.Self), r.Retired)
	if err != nil {
		return err
	}
	action := map[bool]string{true: "create", false: "edit"}[before == nil]
	if r.Retired {
		action = "delete"
	}
	return record(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: "role", ObjectID: string(r.ID), Action: action, Before: before, After: r})
}

func matrixOf(role any) Matrix {
	r, _ := role.(Role)
	return r.Matrix
}

const longestName = 100

func validName(name string) bool { return ident.Line(name, longestName) }

func badName() error {
	return errs.New(errs.Invalid, "access.bad_name", "a name has 1 to %d characters, none of them invisible", longestName).At("name")
}
