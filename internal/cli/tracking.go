package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/tracking"
)

type trackingCommand struct {
	Rescore trackingRescoreCommand `cmd:"" help:"Score calls anew by what the scorer has learnt since; earlier receipts stay."`
	Rebuild trackingRebuildCommand `cmd:"" help:"Sum up visits anew from the visits themselves."`
	Check   trackingCheckCommand   `cmd:"" help:"Compare the sums of visits with the visits."`
}

// stopped opens a node that does not serve, for a command; the node of a SQLite installation must be stopped.
func (p *Program) stopped(ctx context.Context, s settings, run func(context.Context, *app.App) error) (err error) {
	c, err := s.load(p)
	if err != nil {
		return err
	}
	if err := mustExist(c); err != nil {
		return err
	}
	library, err := books(c.PriceBooks)
	if err != nil {
		return err
	}
	c.SIPUDP, c.SIPTCP, c.SIPTLS = "", "", "" // a command takes no calls
	a, err := app.Open(ctx, c, library, app.Options{Log: slog.New(slog.DiscardHandler), Now: p.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return run(ctx, a)
}

type trackingRescoreCommand struct {
	settings
	Project string `required:"" placeholder:"NAME" help:"The project."`
	Call    string `placeholder:"ID" help:"One call alone, whatever its receipt."`
	From    string `placeholder:"DATE" help:"Calls from this day on, UTC; 30 days ago if not given."`
	To      string `placeholder:"DATE" help:"Calls up to this day; today if not given."`
}

// Help is what --help adds.
func (trackingRescoreCommand) Help() string {
	return `Scores the calls of a period anew whose receipt is of an older version of the scorer (Rule C-102): each gets a further
receipt, and the log says what that says. On SQLite stop the node first, or ask its API.

  bellwether tracking rescore --project shop --from 2026-10-01
  bellwether tracking rescore --project shop --call 456112093184000000`
}

// Run scores calls anew.
func (c *trackingRescoreCommand) Run(ctx context.Context, p *Program) error {
	from, until, err := c.period(p.Now().UTC())
	if err != nil {
		return err
	}
	return p.stopped(ctx, c.settings, func(ctx context.Context, a *app.App) error {
		if c.Call != "" {
			id, err := call.ParseID(c.Call)
			if err != nil {
				return err
			}
			changed, err := a.Rescore(ctx, call.Ref{Project: ident.ProjectID(c.Project), ID: id})
			if err != nil {
				return err
			}
			return c.say(p, app.Rescored{Calls: 1, Changed: map[bool]int64{true: 1}[changed]})
		}
		progress := p.progress("scoring calls", spoken)
		done, err := a.RescoreAll(ctx, app.Rescoring{Project: ident.ProjectID(c.Project), From: from, Until: until}, progress.at)
		progress.end()
		if err != nil {
			return err
		}
		return c.say(p, done)
	})
}

func (c *trackingRescoreCommand) say(p *Program, done app.Rescored) error {
	_, err := fmt.Fprintf(p.Out, "%s looked at, %d scored anew.\n", counted(done.Calls, "call", "calls"), done.Changed)
	return err
}

// period is the instants from which and until which calls are meant.
func (c *trackingRescoreCommand) period(now time.Time) (from, until time.Time, err error) {
	const usual = 30 * 24 * time.Hour
	from, until = now.Add(-usual), now
	for _, given := range []struct {
		flag, text string
		into       *time.Time
		days       civil.Date
	}{{"from", c.From, &from, 0}, {"to", c.To, &until, 1}} {
		if given.text == "" {
			continue
		}
		day, err := civil.ParseDate(given.text)
		if err != nil {
			return from, until, badFlag(given.flag, "write a date such as 2026-10-01", "%.20q is no date", given.text)
		}
		*given.into = (day + given.days).UTC()
	}
	return from, until, nil
}

type trackingRebuildCommand struct {
	settings
	Project string `placeholder:"NAME" help:"One project alone."`
}

// Help is what --help adds.
func (trackingRebuildCommand) Help() string {
	return `Sums up the visits of sites by hour and source anew, from the visits themselves, as far as these are kept (Rule C-107).
On SQLite stop the node first.

  bellwether tracking rebuild --project shop`
}

// Run sums up visits anew.
func (c *trackingRebuildCommand) Run(ctx context.Context, p *Program) error {
	return p.stopped(ctx, c.settings, func(ctx context.Context, a *app.App) error {
		return eachVisited(ctx, a, c.Project, func(id ident.ProjectID) error {
			hours, err := tracking.Rebuild(ctx, a.Events, id, p.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.Out, "%s: %s summed up.\n", id, counted(hours, "hour", "hours"))
			return err
		})
	})
}

type trackingCheckCommand struct {
	settings
	Project string `placeholder:"NAME" help:"One project alone."`
}

// Help is what --help adds.
func (trackingCheckCommand) Help() string {
	return `Compares the sums of visits with the visits they are of (Rule C-107). The exit status is 1 where they differ.

  bellwether tracking check`
}

// Run compares.
func (c *trackingCheckCommand) Run(ctx context.Context, p *Program) error {
	return p.stopped(ctx, c.settings, func(ctx context.Context, a *app.App) error {
		bad := false
		err := eachVisited(ctx, a, c.Project, func(id ident.ProjectID) error {
			wrong, err := tracking.Check(ctx, a.Events, id)
			if err != nil {
				return err
			}
			verdict := "every sum fits"
			if wrong > 0 {
				bad, verdict = true, counted(wrong, "sum is wrong", "sums are wrong")+": run bellwether tracking rebuild"
			}
			_, err = fmt.Fprintf(p.Out, "%s: %s.\n", id, verdict)
			return err
		})
		if err == nil && bad {
			err = errFound
		}
		return err
	})
}

// eachVisited runs for one project, or for all that have visits.
func eachVisited(ctx context.Context, a *app.App, one string, run func(ident.ProjectID) error) error {
	projects, err := tracking.Visited(ctx, a.Events)
	if err != nil {
		return err
	}
	if one != "" {
		projects = []ident.ProjectID{ident.ProjectID(one)}
	}
	for _, id := range projects {
		if err := run(id); err != nil {
			return err
		}
	}
	return nil
}
