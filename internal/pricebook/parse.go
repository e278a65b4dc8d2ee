package pricebook

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// Parse reads and checks the book in a file, and the rate cards it names. Paths are slash-separated and within fsys, so
// a card outside fsys cannot be named: open it at a folder that holds both. The error is NotFound, code
// pricebook.no_file, where there is no such file; otherwise it joins every mistake, each an *errs.Error of kind Invalid
// and code pricebook.invalid with Where "file:line:column" and a hint.
func Parse(fsys fs.FS, path string) (*Book, error) {
	data, err := readBounded(fsys, path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	return ParseBytes(path, data, fsys)
}

// ParseBytes is Parse for a book that is no file. Name is what its mistakes are placed in, and what the paths of its rate
// cards are relative to; cards may be nil, and then rates must stand in the book itself.
func ParseBytes(name string, data []byte, cards fs.FS) (*Book, error) {
	book, found := read(name, data, cards)
	if len(found) > 0 {
		return nil, joined(found)
	}
	return book, nil
}

// Check gives all mistakes of the book in a file and of its rate cards in order of file and line: none for a book that
// Parse accepts. A file that cannot be read at all is one mistake without a line.
func Check(fsys fs.FS, path string) []Problem {
	data, err := readBounded(fsys, path, maxFileBytes)
	if err != nil {
		var e *errs.Error
		errors.As(err, &e)
		return []Problem{{File: path, Code: e.Code, Message: e.Message, Hint: e.Hint}}
	}
	_, found := read(path, data, fsys)
	return found
}

// Recognise tells whether a text is a price book at all, whatever mistakes are in it: ok is false for what is no YAML, or no list of
// fields with one that names the book, and the problem says why, with its line and a hint.
func Recognise(name string, data []byte) (problem Problem, ok bool) {
	r := &reader{file: name}
	root := r.parseTree(data[:min(len(data), maxFileBytes)])
	if len(root.fields) > 0 && root.get("book") == nil {
		r.found = nil
		r.problem(root, say("no_name", "there is no field that names the book"), "begin with book: and version:")
	}
	if len(r.found) > 0 && root.get("book") == nil {
		return inOrder(r.found, name)[0], false
	}
	return Problem{}, true
}

// reader reads one book and gathers what is wrong with it.
type reader struct {
	file       string
	cards      fs.FS
	currencies []money.Currency
	found      []Problem
}

func (r *reader) problem(at *node, what fault, hint string) {
	if len(r.found) >= mostProblems {
		return
	}
	r.found = append(r.found, Problem{File: r.file, Line: at.line, Column: at.column, Code: what.code, Args: what.args, Message: what.message, Hint: hint})
}

func read(name string, data []byte, cards fs.FS) (*Book, []Problem) {
	r := &reader{file: name, cards: cards}
	if len(data) > maxFileBytes {
		r.problem(&node{line: 1, column: 1}, say("too_large", "the book is too large"), fmt.Sprintf("the most is %d KiB: put long rate cards in CSV files", maxFileBytes>>10))
		return nil, r.found
	}
	root := r.parseTree(data)
	if len(r.found) > 0 && len(root.fields) == 0 {
		return nil, inOrder(r.found, name)
	}
	book := r.book(root)
	c := checker{reader: r, Book: book, root: root}
	c.check()
	return book, inOrder(r.found, name)
}

// readBounded reads a file of at most so many bytes.
func readBounded(fsys fs.FS, path string, most int64) ([]byte, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return nil, noFile(path, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, noFile(path, err)
	}
	if int64(len(data)) > most {
		return nil, errs.New(errs.Invalid, "pricebook.too_large", "the file is larger than %d KiB", most>>10).At(path)
	}
	return data, nil
}

func noFile(path string, cause error) error {
	if errors.Is(cause, fs.ErrInvalid) {
		return errs.New(errs.NotFound, "pricebook.no_file", "the path leads outside the folder that may be read").At(path).
			Try("write a path below it, with / and without .. at its beginning")
	}
	return errs.New(errs.NotFound, "pricebook.no_file", "the file cannot be read").At(path).Try("check the path and its rights").Because(cause)
}
