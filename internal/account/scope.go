package account

import (
	"slices"
	"strings"
)

// Scope is what a key is for. What it may do is a column of package access's table.
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
