package people

import (
	"bellwether/internal/access"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// matrixRow is an object with what may be done to it.
type matrixRow struct {
	Object string
	Group  string // stands above it: where the objects from here on are
	Cells  []matrixCell
}

// matrixCell is an action on an object.
type matrixCell struct {
	Name    string // of the form's field: "calls.view"
	Label   string // "Calls: view"
	Means   bool   // the object knows the action
	Level   access.Level
	Text    string
	Choices []ui.Choice // the levels it can have
}

// matrixRows writes a matrix in words: the objects that exist in organisations of the visit's kind, then those of what is beneath it.
func matrixRows(v *cabinet.Visit, m access.Matrix) (rows []matrixRow) {
	beneath := false
	for _, o := range access.RoleObjects(v.Org.Kind) {
		row := matrixRow{Object: v.T(objectKeys[o])}
		if o.Beneath(v.Org.Kind) && !beneath {
			beneath, row.Group = true, v.T(beneathKeys[v.Org.Kind])
		}
		for _, a := range access.Actions() {
			level := m.Level(a, o)
			row.Cells = append(row.Cells, matrixCell{
				Name: fieldOf(a, o), Label: v.T(objectKeys[o]) + ": " + v.T(actionKeys[a]), Means: o.Has(a), Level: level, Text: levelWord(v, o, level),
				Choices: levelChoices(v, o),
			})
		}
		rows = append(rows, row)
	}
	return rows
}

func fieldOf(a access.Action, o access.Object) string { return o.String() + "." + a.String() }

// levelWord is a level in words: of objects without rows of one's own it is yes or no.
func levelWord(v *cabinet.Visit, o access.Object, level access.Level) string {
	if level == access.All && !o.HasRows() {
		return v.T("people.yes")
	}
	return v.T(levelKeys[level])
}

func levelChoices(v *cabinet.Visit, o access.Object) (list []ui.Choice) {
	for _, level := range access.Levels() {
		if level == access.None || level == access.All || o.HasRows() {
			list = append(list, ui.Choice{Value: level.String(), Text: levelWord(v, o, level)})
		}
	}
	return list
}

// readMatrix reads a matrix from the form that matrixForm shows. What it does not name stays as it was.
func readMatrix(v *cabinet.Visit, m access.Matrix) (access.Matrix, error) {
	for _, o := range access.RoleObjects(v.Org.Kind) {
		for _, a := range access.Actions() {
			text := v.R.PostFormValue(fieldOf(a, o))
			if text == "" {
				continue
			}
			var level access.Level
			if err := level.UnmarshalText([]byte(text)); err != nil {
				return m, err
			}
			m = m.With(a, o, level)
		}
	}
	return m, nil
}

// levelClass colours a cell: what is allowed stands out from what is not.
func levelClass(c matrixCell) string {
	switch {
	case !c.Means:
		return "level-void"
	case c.Level == access.None:
		return "level-none"
	case c.Level == access.All:
		return "level-all"
	}
	return "level-some"
}
