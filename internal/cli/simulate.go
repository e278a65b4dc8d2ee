package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
	"bellwether/internal/simulate"

	"github.com/alecthomas/kong"
)

type simulateCommand struct {
	Events      string      `required:"" placeholder:"FILE" help:"Events, one JSON object a line; - reads standard input."`
	Book        string      `placeholder:"NAME[@VERSION]|FILE" help:"Price book to use instead of the one the events name."`
	BookVersion string      `placeholder:"VERSION" help:"Version of the book to use; moves within the events are then passed over."`
	Diff        versionPair `placeholder:"A B" help:"Run under both versions and show what each kind of charge comes to."`
	From        *civil.Date `placeholder:"DAY" help:"First local day to report (YYYY-MM-DD)."`
	To          *civil.Date `placeholder:"DAY" help:"Last local day to report."`
	Explain     string      `placeholder:"DAY|REF" help:"Why: print the arithmetic of a day's lines, or of a call, message or payment by its id."`
	Format      string      `enum:"table,csv,json" default:"table" help:"table for people, csv for spreadsheets, json for programs."`
	PriceBooks  string      `placeholder:"DIR" env:"BELLWETHER_PRICE_BOOKS" help:"Folder with your own price books."`
}

// Help is what --help adds.
func (simulateCommand) Help() string {
	return `The first event opens a project, the others say what happened to it: payments, products, seats, numbers, calls,
messages. Nothing is refused for lack of funds. The format is in docs/guide/events.md.

  bellwether simulate --events quarter.jsonl
  bellwether simulate --events quarter.jsonl --explain 2021-10-04
  bellwether simulate --events quarter.jsonl --diff 2021-01-01 2022-07-01`
}

// versionPair is a flag with two values: "--diff A B".
type versionPair struct{ A, B string }

// Decode takes two values from the command line.
func (v *versionPair) Decode(ctx *kong.DecodeContext) error {
	if err := ctx.Scan.PopValueInto("version", &v.A); err != nil {
		return err
	}
	if a, b, both := strings.Cut(v.A, ","); both {
		v.A, v.B = a, b
		return nil
	}
	if next := ctx.Scan.Peek(); next.IsEOL() || strings.HasPrefix(next.String(), "--") {
		return errors.New("expected two versions, such as --diff 2021-01-01 2022-07-01")
	}
	return ctx.Scan.PopValueInto("version", &v.B)
}

// IsZero reports whether the flag was not given.
func (v versionPair) IsZero() bool { return v == versionPair{} }

// Run replays the events and prints what came of them.
func (c *simulateCommand) Run(ctx context.Context, p *Program) error {
	if c.From != nil && c.To != nil && *c.From > *c.To {
		return badFlag("from", "write the earlier day as --from", "%s is after --to %s", c.From, c.To)
	}
	library, err := books(c.PriceBooks)
	if err != nil {
		return err
	}
	file, err := p.open(c.Events)
	if err != nil {
		return err
	}
	defer file.Close()
	events, err := simulate.ReadEvents(file, c.Events)
	if err != nil {
		return refused(err)
	}
	run := simulation{command: c, program: p, library: library, events: events}
	if !c.Diff.IsZero() {
		return run.compare(ctx)
	}
	result, err := run.under(ctx, c.BookVersion)
	if err != nil {
		return err
	}
	switch {
	case c.Explain != "":
		return c.explain(p.Out, result)
	case c.Format == formatJSON:
		return printJSON(p.Out, result)
	case c.Format == formatCSV:
		return printEntriesCSV(p.Out, simulatedLines(result))
	}
	if len(result.Entries) == 0 && (c.From != nil || c.To != nil) {
		fmt.Fprintf(p.Out, "Nothing was booked on the days asked for%s: the events run from %s to %s.\n\n", c.days(),
			events[0].At.Format(time.DateOnly), events[len(events)-1].At.Format(time.DateOnly))
	}
	return c.table(p.Out, result)
}

// days writes the range that was asked for.
func (c *simulateCommand) days() (text string) {
	if c.From != nil {
		text += " from " + c.From.String()
	}
	if c.To != nil {
		text += " to " + c.To.String()
	}
	return text
}

// simulation is one event file to be run, once or under two versions.
type simulation struct {
	command *simulateCommand
	program *Program
	library *pricebook.Library
	events  []simulate.Event
}

// under runs the events under a version: as the events say where it is empty, "VERSION", "NAME@VERSION" or a file.
func (s *simulation) under(ctx context.Context, version string) (*simulate.Result, error) {
	options, err := s.options(version)
	if err != nil {
		return nil, err
	}
	progress := s.program.progress("replaying events", quiet)
	defer progress.end()
	options.Progress = func(done, total int) { progress.at(int64(done), int64(total)) }
	result, err := simulate.Run(ctx, s.events, options)
	return result, refused(err)
}

func (s *simulation) options(version string) (simulate.Options, error) {
	c := s.command
	options := simulate.Options{File: c.Events, Books: s.library, OpenBook: bookBeside(c.Events), BookVersion: version}
	if c.From != nil {
		options.From = c.From.String()
	}
	if c.To != nil {
		options.To = c.To.String()
	}
	named := c.Book
	if strings.Contains(version, "@") || isBookFile(version) {
		named, options.BookVersion = version, ""
	}
	if named == "" {
		return options, nil
	}
	book, err := s.book(named, options.BookVersion)
	options.Book, options.BookVersion = book, ""
	return options, err
}

// book finds what --book names. A name alone is the version in force when the project opens, as in the events.
func (s *simulation) book(named, version string) (*pricebook.Book, error) {
	if version != "" && !isBookFile(named) {
		name, _, _ := strings.Cut(named, "@")
		return s.library.Get(name, version)
	}
	if version == "" && !isBookFile(named) && !strings.Contains(named, "@") {
		zone, err := civil.LoadZone(s.events[0].TimeZone)
		if err != nil {
			return nil, errs.New(errs.Invalid, "project.bad_zone", "%v", err).At(fmt.Sprintf("%s:%d: time_zone", s.command.Events, s.events[0].Line))
		}
		return s.library.At(named, civil.DateIn(s.events[0].At, zone))
	}
	return s.library.Open(disk{}, named)
}

// refused gives an error without a kind the kind of bad input, and a hint to errors of events that have none.
func refused(err error) error {
	var known *errs.Error
	if errors.As(err, &known) && known.Hint == "" && known.Kind == errs.Invalid {
		hinted := *known
		return hinted.Try("the format of events is in docs/guide/events.md")
	}
	return err
}
