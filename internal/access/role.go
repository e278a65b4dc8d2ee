package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// RoleID names a role: a built-in one, or one of an organisation's own by its identifier.
type RoleID string

// The built-in roles.
const (
	OperatorRole  RoleID = "operator"
	AgencyRole    RoleID = "agency"
	Owner         RoleID = "owner"
	Administrator RoleID = "administrator"
	Marketer      RoleID = "marketer"
	Manager       RoleID = "manager"
	Accountant    RoleID = "accountant"
	ReadOnly      RoleID = "read_only"
)

// builtinRoles are the roles that members of organisations of a kind can have, the widest first. An agency's marketer is
// one in all its projects.
var builtinRoles = map[ident.OrgKind][]RoleID{
	ident.OperatorKind: {OperatorRole},
	ident.AgencyKind:   {AgencyRole, Marketer, Accountant, ReadOnly},
	ident.ProjectKind:  {Owner, Administrator, Marketer, Manager, Accountant, ReadOnly},
}

// heads are the roles that an organisation must not be left without.
var heads = map[ident.OrgKind]RoleID{ident.OperatorKind: OperatorRole, ident.AgencyKind: AgencyRole, ident.ProjectKind: Owner}

// Role is what members may do. Built-in roles have no version, organisation or name of their own: surfaces name them. A role of an agency
// counts in all its projects, one of the operator everywhere.
type Role struct {
	ID         RoleID         `json:"id"`
	Org        ident.Org      `json:"-"`
	Version    int64          `json:"version,omitempty"` // of an own role: 1, 2, ...
	Name       string         `json:"name,omitempty"`
	CopiedFrom RoleID         `json:"copied_from,omitempty"`
	Matrix     Matrix         `json:"matrix"`
	MadeAt     time.Time      `json:"-"` // this version
	MadeBy     account.UserID `json:"-"`
	Retired    bool           `json:"retired,omitempty"` // nobody gets it any more
}

// IsBuiltin reports whether the role is the same in every organisation and cannot be changed.
func (r Role) IsBuiltin() bool { return r.Version == 0 }

// BuiltinRoles are the built-in roles for members of organisations of a kind, the widest first.
func BuiltinRoles(kind ident.OrgKind) []Role {
	var roles []Role
	for _, id := range builtinRoles[kind] {
		roles = append(roles, Role{ID: id, Matrix: builtin[string(id)]})
	}
	return roles
}

// FindRole reads a role that members of an organisation can have; errs.NotFound `access.no_role`.
func FindRole(ctx context.Context, q store.Querier, org ident.Org, id RoleID) (Role, error) {
	if slices.Contains(builtinRoles[org.Kind], id) {
		return Role{ID: id, Matrix: builtin[string(id)]}, nil
	}
	if !account.WellFormed(string(id)) {
		return Role{}, noRole(id)
	}
	versions, err := RoleVersions(ctx, q, org, id)
	if err != nil {
		return Role{}, err
	}
	if len(versions) == 0 {
		return Role{}, noRole(id)
	}
	return versions[0], nil
}

func noRole(id RoleID) error {
	return errs.New(errs.NotFound, "access.no_role", "there is no role %.40q", string(id)).At("role")
}

const roleColumns = `role_id, version, name, copied_from, matrix, made_at, made_by, retired`

// RoleVersions gives every version of an organisation's own role, newest first.
func RoleVersions(ctx context.Context, q store.Querier, org ident.Org, role RoleID) ([]Role, error) {
	return readRoles(ctx, q, org, `SELECT `+roleColumns+` FROM access_role WHERE org = $1 AND role_id = $2 ORDER BY version DESC`, org.String(), string(role))
}

// OwnRoles gives an organisation's own roles that can be given, by age.
func OwnRoles(ctx context.Context, q store.Querier, org ident.Org) ([]Role, error) {
	all, err := readRoles(ctx, q, org, `SELECT `+roleColumns+` FROM access_role AS r WHERE org = $1 AND version =
		(SELECT MAX(version) FROM access_role AS newest WHERE newest.org = $1 AND newest.role_id = r.role_id) ORDER BY role_id`, org.String())
	return slices.DeleteFunc(all, func(r Role) bool { return r.Retired }), err
}

func readRoles(ctx context.Context, q store.Querier, org ident.Org, text string, args ...any) ([]Role, error) {
	var roles []Role
	return roles, store.EachRow(ctx, q, text, args, func(rows *sql.Rows) error {
		r := Role{Org: org}
		var matrix string
		var made int64
		if err := rows.Scan(&r.ID, &r.Version, &r.Name, &r.CopiedFrom, &matrix, &made, &r.MadeBy, &r.Retired); err != nil {
			return err
		}
		r.MadeAt = instant(made)
		if err := json.Unmarshal([]byte(matrix), &r.Matrix); err != nil {
			return fmt.Errorf("the matrix of role %s of %s: %w", r.ID, org, err)
		}
		roles = append(roles, r)
		return nil
	})
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
