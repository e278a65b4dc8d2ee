package account

import (
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
)

// Scope is what a key may do.
type Scope string

// The scopes. Only Operator reaches beyond one project.
const (
	Operator      Scope = "operator"       // everything, in every project
	ProjectRead   Scope = "project:read"   // statements, entries, forecast, quotes
	ProjectWrite  Scope = "project:write"  // products, seats, numbers, and all that ProjectRead may
	ProjectCharge Scope = "project:charge" // authorise, extend and settle calls, charge messages; nothing else: a PBX needs no statements
)

// Scopes lists every scope, the widest first.
var Scopes = []Scope{Operator, ProjectWrite, ProjectRead, ProjectCharge}

func (s Scope) known() bool { return slices.Contains(Scopes, s) }

func scopeNames() string {
	names := make([]string, len(Scopes))
	for i, scope := range Scopes {
		names[i] = string(scope)
	}
	return strings.Join(names, ", ")
}

// covers reports whether a key of this scope may do what needs the other one, in its own project.
func (s Scope) covers(need Scope) bool {
	return s == Operator || s == need || s == ProjectWrite && need == ProjectRead
}

// Allows says whether a key may do what needs a scope to a project; an empty project stands for what concerns none or
// all of them. It answers nil, errs.Denied `account.scope_missing` where the key's own project is concerned, or, where
// another is, the very error that a project which does not exist gives.
func Allows(key Key, need Scope, id ident.ProjectID) error {
	switch {
	case key.Scope == Operator:
		return nil
	case id != "" && id != key.Project:
		return project.NotFound(id)
	case id == "" || !key.Scope.covers(need):
		return errs.New(errs.Denied, "account.scope_missing", "this key has the scope %s, and %s is needed", key.Scope, need).
			With("scope", string(key.Scope)).With("needed", string(need))
	}
	return nil
}
