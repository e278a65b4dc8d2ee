package cli

import (
	"context"
	"fmt"
	"io"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/simulate"
)

type quoteCommand struct {
	settings
	chosenProject
	Version string      `required:"" placeholder:"VERSION" help:"Version of the project's book to compare with."`
	From    *civil.Date `placeholder:"DAY" help:"First local day; 90 full days if not given."`
	To      *civil.Date `placeholder:"DAY" help:"Last local day; the last closed one if not given."`
	Format  string      `enum:"table,json,csv" default:"table" help:"table for people, json for everything, csv for the days."`
}

// Help is what --help adds.
func (quoteCommand) Help() string {
	return `Replays the project's own life twice through the billing code, on databases that are thrown away: as it was, and with
the other version in force from the first day on. The first run must come to the project's ledger; where it does not,
the difference is named. Nothing is changed.

  bellwether quote --project shop --version 2022-07-01
  bellwether quote --project shop --version 2022-07-01 --from 2026-07-01 --to 2026-09-30 --format csv`
}

// Run replays and prints the comparison.
func (c *quoteCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		found, err := c.find(ctx, in.db)
		if err != nil {
			return err
		}
		answer, err := simulate.Ask(ctx, in.db, in.books, simulate.Question{
			Project: found.ID, Version: c.Version, From: given(c.From), To: given(c.To),
		}, p.Now())
		if err != nil {
			return err
		}
		switch c.Format {
		case formatJSON:
			return printJSON(p.Out, answer)
		case formatCSV:
			return printDaysCSV(p.Out, answer)
		}
		return printWhatIf(p.Out, found.Currency, answer)
	})
}

func printDaysCSV(w io.Writer, a *simulate.WhatIf) error {
	rows := make([][]string, len(a.Days))
	for i, day := range a.Days {
		rows[i] = []string{day.Day.String(), day.A.String(), day.B.String(), day.More.String()}
	}
	return printCSV(w, []string{"day", "a", "b", "more"}, rows)
}

// printWhatIf prints the comparison by kind, the items that differ, and what the replay does not reproduce.
func printWhatIf(w io.Writer, currency money.Currency, a *simulate.WhatIf) error {
	fmt.Fprintf(w, "Project %s, %s to %s, in %s: as it was (%s) and under %s. Charges are negative.\n\n", a.Project, a.From, a.To, currency, a.A, a.B)
	row := func(s simulate.Sides) []string {
		return []string{shown(currency, s.A), shown(currency, s.B), shown(currency, s.More)}
	}
	kinds := newTable("kind", ">as it was", ">"+a.B, ">difference")
	for _, kind := range a.Kinds {
		kinds.add(append([]string{string(kind.Kind)}, row(kind.Sides)...)...)
	}
	kinds.rule()
	kinds.add(append([]string{"charges"}, row(a.Charges)...)...)
	if a.Corrections != (simulate.Sides{}) {
		kinds.add(append([]string{"corrections (no charges)"}, row(a.Corrections)...)...)
	}
	if err := kinds.print(w); err != nil {
		return err
	}
	items := newTable("kind", "item", ">as it was", ">"+a.B, ">difference")
	differ := false
	for _, item := range a.Items {
		if item.More != 0 {
			differ = true
			items.add(append([]string{string(item.Kind), item.Item}, row(item.Sides)...)...)
		}
	}
	if differ {
		fmt.Fprintln(w, "\nItems that differ")
		if err := items.print(w); err != nil {
			return err
		}
	}
	printDrift(w, a)
	_, err := fmt.Fprintln(w, "\n"+verdict(currency, a))
	return err
}

func printDrift(w io.Writer, a *simulate.WhatIf) {
	for i, d := range a.Drift {
		if i == 0 {
			fmt.Fprintln(w, "\nThe replay as it was does not come to the ledger here; take the difference with care")
		}
		fmt.Fprintf(w, "%s %s %s: ledger %s, replay %s\n", d.Day, d.Kind, d.Item, d.Ledger, d.Replay)
	}
	for _, left := range a.Left {
		fmt.Fprintln(w, "Left out: "+left)
	}
}

func verdict(currency money.Currency, a *simulate.WhatIf) string {
	switch more := a.Charges.More; {
	case more < 0:
		return fmt.Sprintf("Under %s the period would have cost %s more.", a.B, currency.Show(-more))
	case more > 0:
		return fmt.Sprintf("Under %s the period would have cost %s less.", a.B, currency.Show(more))
	}
	return "Both cost the same."
}
