package account

import (
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// KeyID names a key in lists and logs. It begins with the time the key was made, so that keys sort by age. It is no
// secret.
type KeyID string

// Key is an API key without its secret. Instants are zero where a thing has not happened or never will.
type Key struct {
	ID         KeyID
	Name       string // for people: what the key is for, 1 to 100 characters
	Scope      Scope
	Project    ident.ProjectID // empty for an operator's key
	MadeBy     UserID          // empty where it was made at the command line; else it may never do more than they may
	CreatedAt  time.Time
	ExpiresAt  time.Time // from then on the key is refused
	RevokedAt  time.Time
	LastUsedAt time.Time // about: behind by up to a minute and the time until uses are saved
}

// Live reports whether the key opens anything at an instant.
func (k Key) Live(at time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || at.Before(k.ExpiresAt))
}

const longestName = 100

// check refuses a key that must not be made.
func (k Key) check(at time.Time) error {
	switch {
	case !validName(k.Name):
		return errs.New(errs.Invalid, "account.bad_name", "a key needs a name of 1 to %d characters, none of them invisible", longestName).At("name")
	case !k.Scope.known():
		return errs.New(errs.Invalid, "account.bad_scope", "%.40q is not a scope", string(k.Scope)).At("scope").Try("write one of " + scopeNames())
	case k.Scope == Operator && k.Project != "":
		return errs.New(errs.Invalid, "account.scope_has_no_project", "an operator's key is bound to no project").At("project")
	case k.Scope != Operator && k.Project == "":
		return errs.New(errs.Invalid, "account.scope_needs_project", "a key of scope %s is bound to one project", k.Scope).At("project")
	case !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(at):
		return errs.New(errs.Invalid, "account.expired_at_birth", "the key would expire before it exists").At("expires_at")
	}
	return nil
}

func validName(name string) bool { return ident.Line(name, longestName) }
