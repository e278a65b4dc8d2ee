package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// chosenProject is the flag of commands about one project.
type chosenProject struct {
	Project string `placeholder:"NAME" help:"The project; not needed where there is only one."`
}

// find reads the project, or the only one there is.
func (c chosenProject) find(ctx context.Context, q store.Querier) (*project.Project, error) {
	if c.Project != "" {
		return project.Get(ctx, q, ident.ProjectID(c.Project))
	}
	all, err := project.List(ctx, q, "", 2)
	if err != nil {
		return nil, err
	}
	switch len(all) {
	case 0:
		return nil, errs.New(errs.NotFound, "cli.no_project", "there is no project yet").Try("open one through the API, or try: bellwether demo")
	case 1:
		return all[0], nil
	}
	return nil, badFlag("project", "write --project NAME", "there are several projects, such as %s and %s", all[0].ID, all[1].ID)
}

type statementCommand struct {
	settings
	chosenProject
	From   *civil.Date `placeholder:"DAY" help:"First local day (YYYY-MM-DD); a week ago if not given."`
	To     *civil.Date `placeholder:"DAY" help:"Last local day; today if not given."`
	Format string      `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (statementCommand) Help() string {
	return `Amounts are rounded so that the rows of a day sum to the day, and the days to the balance (Rule B-13).

  bellwether statement --project shop --from 2026-11-01 --to 2026-11-30`
}

// Run prints the statement.
func (c *statementCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		found, err := c.find(ctx, in.db)
		if err != nil {
			return err
		}
		now := p.Now()
		today := found.Calendar.DayAt(now)
		from, to := today-6, today
		if c.To != nil {
			from, to = *c.To-6, *c.To
		}
		if c.From != nil {
			from = *c.From
		}
		if from > to {
			return badFlag("from", "write an earlier day", "%s is after %s, the last day", from, to)
		}
		var s billing.Statement
		err = in.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
			s, err = in.billing.Statement(ctx, q, found.ID, from, to, now)
			return err
		})
		if err != nil {
			return err
		}
		switch c.Format {
		case formatCSV:
			return printStatementCSV(p.Out, s)
		case formatJSON:
			return printJSON(p.Out, s)
		}
		return printStatement(p.Out, s)
	})
}

func printStatementCSV(w io.Writer, s billing.Statement) error {
	rows := [][]string{}
	for _, row := range s.Rows {
		rows = append(rows, []string{
			row.Day.String(), string(row.Kind), row.Item, row.Amount.String(), row.Exact.String(), strconv.FormatBool(row.Final), strconv.FormatBool(row.Reversal),
		})
	}
	return printCSV(w, []string{"day", "kind", "item", "amount", "exact", "final", "reversal"}, rows)
}

// printStatement shows the movement of funds, and today's fees as they stand.
func printStatement(w io.Writer, s billing.Statement) error {
	fmt.Fprintf(w, "Statement of %s, %s to %s, in %s\n\n", s.Project, s.From, s.To, s.Currency)
	fmt.Fprintf(w, "Opening balance  %s\n\n", shown(s.Currency, s.Opening))
	if err := statementTable(s.Currency, s.Rows).print(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nClosing balance  %s\n", shown(s.Currency, s.Closing))
	if len(s.Provisional) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nFees of today, charged at midnight; as they stand now")
	t := newTable("kind", "item", ">amount")
	for _, line := range together(pricing.Statement(0, provisionalMovements(s), s.Currency)) {
		t.add(string(line.Kind), line.Item, shown(s.Currency, line.Amount))
	}
	return t.print(w)
}

func provisionalMovements(s billing.Statement) []pricing.Movement {
	movements := make([]pricing.Movement, len(s.Provisional))
	for i, line := range s.Provisional {
		movements[i] = pricing.Movement{Day: s.To, Kind: line.Kind, Item: line.Item, Amount: line.Amount}
	}
	return movements
}
