package callimport

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"time"

	"bellwether/internal/errs"
)

// Options say how a file is to be understood.
type Options struct {
	Zone    *time.Location // in which calldate is written; nil is UTC
	Country string         // ISO 3166, for numbers in national form; empty where there are none
	Opened  time.Time      // when the first day of the project began: calls before are problems; zero is not checked
	Now     time.Time      // calls well after it are problems; zero is not checked
}

// Result is a file that was read whole.
type Result struct {
	Records    []Record  // in the order of the file
	Lines      int       // read, blank ones and the header not counted
	Duplicates int       // of those, lines that repeat a call of an earlier line; each is among the warnings
	Unknown    []string  // columns that were not read, as the header names them
	Warnings   []Problem // what is odd but was read: the first hundred
	More       int       // warnings beyond those
}

// Read reads the whole of a file; name is for messages. Delimiter (comma, semicolon or tab) and encoding (UTF-8 or
// Windows-1251) are found out. Where a line is bad there are no records, only warnings and unknown columns, and the error
// is a *Problems with every bad line, Invalid with the code `callimport.bad_file`; other errors are r's own, Unavailable with the code `callimport.unreadable`. Memory grows with
// the file: bound r where strangers write it.
func Read(r io.Reader, name string, options Options) (Result, error) {
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	f := &file{
		options:  options,
		problems: Problems{File: name},
		targets:  targets{country: options.Country, numbers: map[string]read{}},
		first:    map[string]int{},
	}
	decoder := newDecoder(r)
	if format := decoder.foreign(); format != "" {
		f.problems.add(Problem{Line: 1, Text: "this is " + format + ": save it as CSV in UTF-8"})
		return Result{}, &f.problems
	}
	text := bufio.NewReaderSize(decoder, peeked)
	f.csv = csv.NewReader(text)
	f.csv.Comma = delimiterOf(text)
	f.csv.FieldsPerRecord = -1 // counted by us, to say which line and how many
	f.csv.ReuseRecord = true
	if err := f.readAll(); err != nil {
		return Result{}, errs.New(errs.Unavailable, "callimport.unreadable", "%s cannot be read", name).Because(err)
	}
	if len(f.problems.List) > 0 {
		f.problems.readable = f.result.Records
		return Result{Unknown: f.result.Unknown, Warnings: f.result.Warnings, More: f.result.More}, &f.problems
	}
	return f.result, nil
}

// file is a file being read.
type file struct {
	options  Options
	csv      *csv.Reader
	header   header
	targets  targets
	problems Problems
	result   Result
	first    map[string]int // ID -> index of its record
}

// readAll reads header and lines. Its errors are the reader's; what is wrong with the text goes to problems.
func (f *file) readAll() error {
	cells, err := f.next()
	if errors.Is(err, io.EOF) {
		if len(f.problems.List) == 0 {
			f.problems.add(Problem{Line: 1, Text: "the file is empty: the first line must name the columns"})
		}
		return nil
	}
	if err != nil {
		return err
	}
	if f.readHeader(cells); len(f.problems.List) > 0 {
		return nil // without its columns no line means anything
	}
	for {
		cells, err := f.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		f.readLine(cells)
	}
}

// readHeader takes the names of the columns, unless the line above them could not be read: then this is not the header.
func (f *file) readHeader(names []string) {
	if len(f.problems.List) > 0 {
		return
	}
	line, _ := f.csv.FieldPos(0)
	var problems []Problem
	f.header, problems = newHeader(names)
	for _, problem := range problems {
		problem.Line = line
		f.problems.add(problem)
	}
	f.result.Unknown = f.header.unknown
}

// next gives the cells of the next line that is CSV; lines that are not go to problems.
func (f *file) next() ([]string, error) {
	for {
		cells, err := f.csv.Read()
		var bad *csv.ParseError
		if !errors.As(err, &bad) {
			return cells, err
		}
		f.problems.add(Problem{Line: bad.StartLine, Text: explain(bad)})
	}
}

func explain(bad *csv.ParseError) string {
	switch {
	case errors.Is(bad.Err, csv.ErrBareQuote):
		return "a quotation mark stands within a cell: put the cell in quotation marks and double those within it"
	case bad.Line > bad.StartLine:
		return "a quotation mark is opened here and never closed, or closed and followed by text: double quotation marks within a cell"
	case errors.Is(bad.Err, csv.ErrQuote):
		return "a closing quotation mark is missing or followed by text: double quotation marks within a cell"
	}
	return bad.Err.Error()
}
