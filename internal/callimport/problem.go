package callimport

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/errs"
)

// mostProblems is how many problems and how many warnings are listed; the rest is counted.
const mostProblems = 100

// Problem is something about a line of the file.
type Problem struct {
	Line   int    // from 1, the header included; where a cell holds line breaks, the line the cell begins in
	Column string // the column's name; empty where the whole line is meant
	Text   string
}

// String writes the problem without the file's name: "17: billsec: ...".
func (p Problem) String() string {
	if p.Column == "" {
		return strconv.Itoa(p.Line) + ": " + p.Text
	}
	return strconv.Itoa(p.Line) + ": " + p.Column + ": " + p.Text
}

// Problems is the error of a file that cannot be imported: the first hundred things that are wrong with it. As an
// *errs.Error it is Invalid with the code `callimport.bad_file`, and its Params hold "problems", a list of lines.
type Problems struct {
	File string
	List []Problem // in the order of lines
	More int       // problems beyond those listed

	readable []Record // of the lines that could be read, for CheckRest
}

// Error lists the problems, one a line, as compilers do.
func (p *Problems) Error() string { return p.summary() + "\n" + strings.Join(p.lines(), "\n") }

// Unwrap gives the summary as an error with a kind and a code.
func (p *Problems) Unwrap() error {
	return errs.New(errs.Invalid, "callimport.bad_file", "%s", p.summary()).
		Try("nothing was imported: mend the file and import it again").With("problems", p.lines())
}

func (p *Problems) summary() string {
	total := len(p.List) + p.More
	if total == 1 {
		return p.File + ": 1 problem"
	}
	return fmt.Sprintf("%s: %d problems", p.File, total)
}

func (p *Problems) lines() []string {
	lines := make([]string, 0, len(p.List)+1)
	for _, problem := range p.List {
		lines = append(lines, p.File+":"+problem.String())
	}
	if p.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", p.More))
	}
	return lines
}

// add lists a problem, or counts it where the list is full.
func (p *Problems) add(problem Problem) {
	if len(p.List) < mostProblems {
		p.List = append(p.List, problem)
		return
	}
	p.More++
}

// clip shortens what a file says for a message about it.
func clip(text string, longest int) string {
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "..."
}

// quoted shows a cell in a message.
func quoted(cell string) string { return strconv.Quote(clip(cell, 60)) }
