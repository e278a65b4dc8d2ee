package access

import (
	"slices"

	"bellwether/internal/errs"
)

// Level says on whose rows an action is allowed. Each includes the ones before it.
type Level uint8

// The levels.
const (
	None             Level = iota
	Own                    // rows that one is responsible for
	OwnAndUnassigned       // and those that nobody is
	InDepartment           // and those of the people in one's departments
	All
)

var levelNames = []string{"none", "own", "own_and_unassigned", "department", "all"}

func (l Level) String() string { return levelNames[l] }

// MarshalText writes the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a level's name; errs.Invalid `access.bad_level`.
func (l *Level) UnmarshalText(text []byte) error {
	i := slices.Index(levelNames, string(text))
	if i < 0 {
		return errs.New(errs.Invalid, "access.bad_level", "%.40q is not a level", text).At("matrix")
	}
	*l = Level(i)
	return nil
}

// Levels are all levels, the least first.
func Levels() []Level { return []Level{None, Own, OwnAndUnassigned, InDepartment, All} }
