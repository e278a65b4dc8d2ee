package number

import (
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/errs"
)

// mostProblems is how many problems are listed; the rest is counted.
const mostProblems = 100

// Problem is something wrong with a line of a list of numbers.
type Problem struct {
	Line int    // from 1, a header included; 0 where the whole list is meant
	Code string // stable, of its kind: "not_e164"
	Args []any  // what Text names, in its order
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("%d: %s", p.Line, p.Text)
}

// Problems is the error of a list that cannot be added: the first hundred things that are wrong with it. As an *errs.Error
// it is Invalid with the code `number.bad_list`, and its Params hold "problems", a list of lines.
type Problems struct {
	List []Problem
	More int // beyond those listed
}

func (p *Problems) add(line int, code, format string, args ...any) {
	if len(p.List) == mostProblems {
		p.More++
		return
	}
	p.List = append(p.List, Problem{line, code, args, fmt.Sprintf(format, args...)})
}

// found is the error of what was added so far, or nil.
func (p *Problems) found() error {
	if len(p.List) == 0 {
		return nil
	}
	slices.SortStableFunc(p.List, func(a, b Problem) int { return a.Line - b.Line })
	return p
}

// Error lists the problems, one a line, as compilers do.
func (p *Problems) Error() string { return strings.Join(p.lines(), "\n") }

// Unwrap gives the summary as an error with a kind and a code.
func (p *Problems) Unwrap() error {
	return errs.New(errs.Invalid, "number.bad_list", "%s", p.lines()[0]).At("numbers").
		Try("nothing was added: mend the list and add it again").With("problems", p.lines())
}

func (p *Problems) lines() []string {
	lines := make([]string, 0, len(p.List)+1)
	for _, problem := range p.List {
		lines = append(lines, problem.String())
	}
	if p.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", p.More))
	}
	return lines
}
