package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"bellwether/internal/callimport"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/project"
)

type callsCommand struct {
	Import callsImportCommand `cmd:"" help:"Charge the calls of a CSV export: the whole file or nothing of it."`
	Replay callsReplayCommand `cmd:"" help:"Why a call went as it did: each event, and what it led to."`
}

type callsImportCommand struct {
	settings
	chosenProject
	File   string `arg:"" help:"CSV with a header line, as Ringostat exports it; - reads standard input."`
	Zone   string `placeholder:"ZONE" help:"Time zone calldate is written in (IANA); the project's if not given."`
	Check  bool   `help:"Read the file and say what is in it, but charge nothing."`
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

// Help is what --help adds.
func (callsImportCommand) Help() string {
	return `Every line is read and priced before the first is charged. Where one is bad, all bad lines are named and nothing is
imported. The same file twice is one effect. Calls of days that are final become adjustments of today. The columns are in
docs/guide/import.md. On SQLite stop the node first.

  bellwether calls import october.csv --project shop
  bellwether calls import october.csv --project shop --check`
}

// Run imports the file.
func (c *callsImportCommand) Run(ctx context.Context, p *Program) error {
	how := writes
	if c.Check {
		how = reads
	}
	return p.with(ctx, c.settings, how, func(ctx context.Context, in *installation) error {
		found, err := c.find(ctx, in.db)
		if err != nil {
			return err
		}
		now := p.Now()
		read, bad := c.read(p, found, now)
		c.warn(p.Err, read)
		progress := p.progress("pricing calls", quiet)
		defer progress.end()
		importer := callimport.Importer{
			DB: in.db, Books: in.books, Progress: progress.at,
			Charging: charging.New(in.db, in.books, in.billing, in.billing.Projects),
		}
		if bad != nil {
			return importer.CheckRest(ctx, found.ID, c.File, now, bad)
		}
		if c.Check {
			if err := importer.Check(ctx, found.ID, c.File, read, now); err != nil {
				return err
			}
			_, err := fmt.Fprintf(p.Out, "%s: %d lines, %d legs, all can be charged.\n", c.File, read.Lines, len(read.Records))
			return err
		}
		done, err := importer.Import(ctx, found.ID, c.File, read, now)
		if err != nil {
			return err
		}
		progress.end()
		if c.Format == formatJSON {
			return printJSON(p.Out, done)
		}
		return printImported(p.Out, done)
	})
}

func (c *callsImportCommand) read(p *Program, found *project.Project, now time.Time) (callimport.Result, error) {
	zone := found.Calendar.Zone(found.Calendar.DayAt(now))
	if c.Zone != "" {
		var err error
		if zone, err = civil.LoadZone(c.Zone); err != nil {
			return callimport.Result{}, badFlag("zone", "write an IANA name such as Europe/Kyiv", "%q is not a time zone", c.Zone)
		}
	}
	file, err := p.open(c.File)
	if err != nil {
		return callimport.Result{}, err
	}
	defer file.Close()
	return callimport.Read(file, c.File, callimport.Options{Zone: zone, Country: found.Country, Opened: found.Calendar.Start(found.Calendar.First()), Now: now})
}

// warn lists what is odd about the file but was read.
func (c *callsImportCommand) warn(w io.Writer, read callimport.Result) {
	for _, warning := range read.Warnings {
		fmt.Fprintf(w, "%s:%s\n", c.File, warning)
	}
	if read.More > 0 {
		fmt.Fprintf(w, "and %d more\n", read.More)
	}
	if len(read.Unknown) > 0 {
		fmt.Fprintf(w, "%s: columns that are not read: %q\n", c.File, read.Unknown)
	}
}

func printImported(w io.Writer, done callimport.Imported) error {
	fmt.Fprintf(w, "%d legs for %s: %d charged, %d were there already.\n", done.Records, done.Project, done.New, done.Known)
	if done.New == 0 {
		return nil
	}
	t := newTable("leg", ">legs", ">minutes", ">"+string(done.Currency))
	for _, total := range done.ByLeg {
		t.add(string(total.Leg), strconv.Itoa(total.Count), minutes(total.Seconds), shown(done.Currency, total.Amount))
	}
	t.rule()
	t.add("total", strconv.Itoa(done.New), minutes(done.Talk), shown(done.Currency, done.Amount))
	if err := t.print(w); err != nil {
		return err
	}
	if done.FirstDay != 0 {
		fmt.Fprintf(w, "Usage days %s to %s.\n", done.FirstDay, done.LastDay)
	}
	if done.Late > 0 {
		fmt.Fprintf(w, "%d legs of days that are final were charged as adjustments of today: %s.\n", done.Late, done.Currency.Show(done.LateCost))
	}
	return nil
}

// minutes writes seconds as minutes and seconds: 125 is "2:05".
func minutes(seconds int64) string { return fmt.Sprintf("%d:%02d", seconds/60, seconds%60) }
