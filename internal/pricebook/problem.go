package pricebook

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"bellwether/internal/errs"
)

// Problem is one mistake in a price book or in a rate card it names.
type Problem struct {
	File         string // as the caller named it, or the rate card's path in the same folder
	Line, Column int    // from 1; Line 0 where the file could not be read at all, Column 0 where only the line is known
	Code         string // what kind of mistake, for translation: "not_rising"; of a rate card that of the error, "rating.bad_amount"
	Args         Args   // what the message names, in its order
	Message      string // what is wrong
	Hint         string // what to do about it; may be empty
}

// Args are the fields, values and names that a message is about.
type Args [4]string

// fault is what is wrong, before it is known where.
type fault struct {
	code    string
	args    Args
	message string
}

// longestArg bounds an argument, in characters: what a hostile book calls its things is shown in part.
const longestArg = 60

// say words a mistake of a kind.
func say(code, format string, args ...any) fault {
	f := fault{code: code, message: fmt.Sprintf(format, args...)}
	for i, arg := range args[:min(len(args), len(f.args))] {
		word := []rune(fmt.Sprint(arg))
		f.args[i] = string(word[:min(len(word), longestArg)])
	}
	return f
}

// Where is "file:line:column", with as much of it as is known.
func (p Problem) Where() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// String is "file:line:column: what is wrong; hint".
func (p Problem) String() string { return p.err().Error() }

func (p Problem) err() *errs.Error {
	return errs.New(errs.Invalid, "pricebook.invalid", "%s", p.Message).At(p.Where()).Try(p.Hint).
		With("file", p.File).With("line", p.Line).With("column", p.Column)
}

// mostProblems bounds what a hostile file can make us say; a file with so many mistakes is not read on.
const mostProblems = 200

// inOrder sorts problems by place, those of the book first, and drops repetitions.
func inOrder(found []Problem, book string) []Problem {
	slices.SortStableFunc(found, func(a, b Problem) int {
		return cmp.Or(boolCompare(a.File != book, b.File != book), cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	found = slices.Compact(found)
	return found[:min(len(found), mostProblems)]
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// joined makes one error of many problems: its text has a line for each, and each can be had with errors.As.
func joined(found []Problem) error {
	all := make([]error, len(found))
	for i, problem := range found {
		all[i] = problem.err()
	}
	return errors.Join(all...)
}
