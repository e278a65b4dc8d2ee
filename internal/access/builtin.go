package access

import (
	"fmt"
	"strings"

	"bellwether/internal/right"
)

// builtinTable says what each built-in role, and a key of each scope, may do. A cell names actions by letter (v view,
// e edit, d delete, x export, l listen), on all rows unless a level follows: v/own, v/dep (department), ve/free (own and
// unassigned); + joins, - is nothing. What an object does not have (Object.Has) must not stand here.
//
// The operator's and the agency's roles hold in every project they reach. A manager sees all orders, in the short form
// that the order list shows of colleagues' ones, and works their own and the unclaimed.
const builtinTable = `
object        operator agency  owner   administrator marketer manager            accountant read_only | project:write project:read project:charge
funds         vx       vx      vx      vx            v        -                  vx         v         | vx            vx           -
payments      vedx     vedx    vedx    vedx          -        -                  vedx       v         | v             v            -
products      ve       ve      ve      ve            v        -                  v          v         | ve            v            -
price_book    vex      vex     vex     vex           v        -                  vx         v         | vex           vx           -
numbers       vedx     vedx    vedx    vedx          vex      v                  vx         v         | vedx          vx           -
settings      vex      vex     vex     vex           v        -                  v          v         | vex           vx           -
people        vedx     vedx    vedx    vedx          v        v                  v          v         | v             v            -
roles         ved      ved     ved     ved           -        -                  -          v         | v             v            -
keys          vedx     vedx    vedx    vedx          -        -                  -          -         | vd            -            -
ownership     ve       ve      ve      -             -        -                  -          -         | -             -            -
schemes       vedx     vedx    vedx    vedx          v        v                  -          v         | vedx          vx           -
telephony     vedx     vedx    vedx    vedx          -        v                  -          v         | vedx          vx           -
calls         vexl     vexl    vexl    vexl          vex      ve/free+l/own      -          v         | vexl          vx           -
recordings    vdxl     vdxl    vdxl    vdxl          vl       v/free+l/own       -          v         | vdxl          vx           -
charging      e        -       -       -             -        -                  -          -         | -             -            e
pools         vedx     vedx    vedx    vedx          vedx     -                  -          v         | vedx          vx           -
widgets       ved      ved     ved     ved           ved      -                  -          v         | ved           v            -
visits        vdx      vdx     vdx     vdx           vx       v                  -          v         | vdx           vx           -
reports       vedx     vedx    vedx    vedx          vedx     v                  vx         v         | vedx          vx           -
costs         vedx     vedx    vedx    vedx          vedx     -                  vx         v         | vedx          vx           -
orders        vedx     vedx    vedx    vedx          vx       v+e/free           vx         v         | vedx          vx           -
clients       vedx     vedx    vedx    vedx          v        v+e/free           v          v         | vedx          vx           -
tasks         vedx     vedx    vedx    vedx          v        v/free+e/free+d/own -         v         | vedx          vx           -
chat          ve       ve      ve      ve            ve       ve                 ve         v         | -             -            -
audit         vx       vx      vx      vx            -        -                  -          v         | -             -            -
portfolio     vex      vex     -       -             -        -                  -          -         | -             -            -
projects      vex      -       -       -             -        -                  -          -         | -             -            -
agencies      vex      -       -       -             -        -                  -          -         | -             -            -
price_books   vedx     -       -       -             -        -                  -          -         | -             -            -
rates         vex      -       -       -             -        -                  -          -         | -             -            -
number_stock  vedx     -       -       -             -        -                  -          -         | -             -            -
adjustments   vex      -       -       -             -        -                  -          -         | -             -            -
approvals     ve       -       -       -             -        -                  -          -         | -             -            -
node          ve       -       -       -             -        -                  -          -         | -             -            -
view_as       e        -       -       -             -        -                  -          -         | -             -            -
`

const actionLetters = "vedxl"

var levelWords = map[string]Level{"": All, "own": Own, "free": OwnAndUnassigned, "dep": InDepartment}

// builtin is the table as matrices by column.
var builtin = func() map[string]Matrix {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(builtinTable, "|", "")), "\n")
	columns := strings.Fields(lines[0])[1:]
	matrices := map[string]Matrix{}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) != len(columns)+1 {
			panic("access: a row of the table has not as many cells as its head: " + line)
		}
		var o Object
		if err := o.UnmarshalText([]byte(cells[0])); err != nil {
			panic(err)
		}
		for i, cell := range cells[1:] {
			matrices[columns[i]] = matrices[columns[i]].join(readCell(o, cell))
		}
	}
	return matrices
}()

// readCell panics on a cell that is not as builtinTable says.
func readCell(o Object, cell string) (m Matrix) {
	if cell == "-" {
		return m
	}
	for part := range strings.SplitSeq(cell, "+") {
		letters, word, _ := strings.Cut(part, "/")
		level, ok := levelWords[word]
		for _, letter := range letters {
			a := Action(strings.IndexRune(actionLetters, letter))
			if !ok || a >= right.ActionCount || !o.Has(a) || level != All && !o.HasRows() {
				panic(fmt.Sprintf("access: %s cannot be %q", o, cell))
			}
			m = m.With(a, o, level)
		}
	}
	return m
}
