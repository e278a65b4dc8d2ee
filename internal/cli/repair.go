package cli

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

type repairCommand struct {
	List repairListCommand `cmd:"" help:"List the projects whose day close has stopped, and why."`
	Day  repairDayCommand  `cmd:"" help:"Try a parked day again, or skip its charges."`
}

type repairListCommand struct {
	settings
	Format string `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (repairListCommand) Help() string {
	return `A day that would get more than 15 charge lines of one item, or that the rules refuse, is parked (Rule B-12): nothing
is charged until somebody has looked. The exit status is 1 where there is one.

  bellwether repair list`
}

// Run lists parked days.
func (c *repairListCommand) Run(ctx context.Context, p *Program) error {
	rows := [][]string{}
	err := p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		parked, err := billing.ParkedProjects(ctx, in.db)
		for _, standing := range parked {
			rows = append(rows, []string{string(standing.Project), standing.NextDay.String(), string(standing.State), standing.Parked.String()})
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 && c.Format == formatTable {
		_, err := fmt.Fprintln(p.Out, "No day is parked.")
		return err
	}
	if err := printRows(p.Out, c.Format, []string{"project", "day", "state", "why"}, rows); err != nil || len(rows) == 0 {
		return err
	}
	return errFound
}

type repairDayCommand struct {
	settings
	Project string `required:"" placeholder:"NAME" help:"The project."`
	Skip    bool   `help:"Close the day with the entries it has and no others."`
}

// Help is what --help adds.
func (repairDayCommand) Help() string {
	return `Mend what the reason names (a price book, a holding), then try again; or skip the day's charges for good.

  bellwether repair day --project shop
  bellwether repair day --project shop --skip`
}

// Run lets the closing go on and closes what is due.
func (c *repairDayCommand) Run(ctx context.Context, p *Program) error {
	id := ident.ProjectID(c.Project)
	return p.with(ctx, c.settings, writes, func(ctx context.Context, in *installation) error {
		now := p.Now()
		before, err := billing.GetStanding(ctx, in.db, id)
		if err != nil {
			return err
		}
		err = in.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return in.billing.Unpark(ctx, tx, id, c.Skip, now)
		})
		if err != nil {
			return err
		}
		return c.closeDays(ctx, p, in, before, now)
	})
}

// closeDays tries the parked day again, and the days that waited behind it.
func (c *repairDayCommand) closeDays(ctx context.Context, p *Program, in *installation, before *billing.Standing, now time.Time) error {
	night := &billing.Night{Billing: in.billing, DB: in.db}
	if err := night.CatchUp(ctx, before.Project, now); err != nil {
		return err
	}
	after, err := billing.GetStanding(ctx, in.db, before.Project)
	if err != nil {
		return err
	}
	if after.Parked != "" {
		fmt.Fprintf(p.Out, "%s: %s is parked: %s\n", after.Project, after.NextDay, after.Parked)
		return errFound
	}
	_, err = fmt.Fprintf(p.Out, "%s: %d days closed, the next is %s.\n", after.Project, int64(after.NextDay-before.NextDay), after.NextDay)
	return err
}
