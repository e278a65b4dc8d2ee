package access

import (
	"encoding/json"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/right"
)

// Matrix is a level for every action on every object. The zero Matrix allows nothing.
type Matrix struct {
	levels [right.ObjectCount][right.ActionCount]Level
}

// Level is how far an action on an object reaches.
func (m Matrix) Level(a Action, o Object) Level { return m.levels[o][a] }

// With gives a copy with one level changed.
func (m Matrix) With(a Action, o Object, l Level) Matrix {
	m.levels[o][a] = l
	return m
}

// Within reports whether another matrix allows all that this one does.
func (m Matrix) Within(other Matrix) bool { return m.meet(other) == m }

// meet is what both allow.
func (m Matrix) meet(other Matrix) Matrix {
	return m.combine(other, func(a, b Level) Level { return min(a, b) })
}

// join is what either allows.
func (m Matrix) join(other Matrix) Matrix {
	return m.combine(other, func(a, b Level) Level { return max(a, b) })
}

func (m Matrix) combine(other Matrix, pick func(a, b Level) Level) Matrix {
	for o := range m.levels {
		for a := range m.levels[o] {
			m.levels[o][a] = pick(m.levels[o][a], other.levels[o][a])
		}
	}
	return m
}

// keep is the part of the matrix for which a condition holds.
func (m Matrix) keep(holds func(Action, Object) bool) Matrix {
	for o := range m.levels {
		for a := range m.levels[o] {
			if !holds(Action(a), Object(o)) {
				m.levels[o][a] = None
			}
		}
	}
	return m
}

// check refuses a matrix that an own role of an organisation must not have: of objects out of its reach, with actions that mean nothing,
// with levels of rows where there are none, or with rows that may be changed and not seen.
func (m Matrix) check(kind ident.OrgKind) error {
	for o := range right.ObjectCount {
		for a := range right.ActionCount {
			level := m.Level(a, o)
			switch {
			case level == None:
			case !o.In(kind) && !o.Beneath(kind) || o == Ownership:
				return badMatrix(a, o, "is no part of the organisation's roles")
			case !o.Has(a):
				return badMatrix(a, o, "means nothing")
			case level != All && !o.HasRows():
				return badMatrix(a, o, "is for all or none: there are no rows of one's own")
			case o.Has(View) && level > m.Level(View, o):
				return badMatrix(a, o, "reaches farther than view")
			}
		}
	}
	return nil
}

func badMatrix(a Action, o Object, what string) error {
	return errs.New(errs.Invalid, "access.bad_matrix", "%s of %s %s", a, o, what).At("matrix").With("action", a.String()).With("object", o.String())
}

// MarshalJSON writes what is allowed: {"calls": {"view": "own"}}.
func (m Matrix) MarshalJSON() ([]byte, error) {
	out := map[Object]map[Action]Level{}
	for o := range right.ObjectCount {
		for a := range right.ActionCount {
			if level := m.Level(a, o); level != None {
				if out[o] == nil {
					out[o] = map[Action]Level{}
				}
				out[o][a] = level
			}
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote; what is not named is not allowed. Errors: errs.Invalid `access.bad_object`,
// `access.bad_action`, `access.bad_level`.
func (m *Matrix) UnmarshalJSON(text []byte) error {
	var in map[Object]map[Action]Level
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*m = Matrix{}
	for o, row := range in {
		for a, level := range row {
			m.levels[o][a] = level
		}
	}
	return nil
}
