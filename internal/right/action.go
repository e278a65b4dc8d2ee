package right

import (
	"slices"

	"bellwether/internal/errs"
)

// Action is what is done to an object.
type Action uint8

// The actions.
const (
	View Action = iota
	Edit        // make and change
	Delete
	Export      // take away in bulk: files, not pages
	Listen      // to a recording, or to a call
	ActionCount // how many there are
)

var actionNames = [ActionCount]string{"view", "edit", "delete", "export", "listen"}

func (a Action) String() string { return actionNames[a] }

// MarshalText writes the action's name.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an action's name; errs.Invalid `access.bad_action`.
func (a *Action) UnmarshalText(text []byte) error {
	i := slices.Index(actionNames[:], string(text))
	if i < 0 {
		return errs.New(errs.Invalid, "access.bad_action", "%.40q is not an action", text).At("matrix")
	}
	*a = Action(i)
	return nil
}

// Actions are all actions, for a page that edits a role.
func Actions() []Action { return []Action{View, Edit, Delete, Export, Listen} }
