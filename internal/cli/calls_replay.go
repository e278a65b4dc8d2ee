package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	rights "bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/pbx"
)

type callsReplayCommand struct {
	settings
	chosenProject
	ID     string `arg:"" help:"The call's id, as its page and the API have it."`
	Format string `enum:"table,csv,json" default:"table" help:"table, csv or json."`
}

// Help is what --help adds.
func (callsReplayCommand) Help() string {
	return `Why did it ring there? All that happened to a call is kept; this lives through it again with the code that runs calls, and
prints each event with what it led to. It ends with 1 where the replay does not tell the timeline that is stored (Rule T-116).

  bellwether calls replay 1838466599793337778 --project shop`
}

// Run replays the call.
func (c *callsReplayCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		found, err := c.find(ctx, in.db)
		if err != nil {
			return err
		}
		id, err := call.ParseID(c.ID)
		if err != nil {
			return err
		}
		permit, err := rights.NewGate(in.db).ByInstallation(ctx, ident.ProjectOrg(found.ID), p.Now())
		if err != nil {
			return err
		}
		window, err := call.Look(permit, rights.View)
		if err != nil {
			return err
		}
		again, err := pbx.LiveAgain(ctx, in.db, window, id)
		if err != nil {
			return err
		}
		return c.print(p.Out, again)
	})
}

func (c *callsReplayCommand) print(w io.Writer, again pbx.Again) error {
	rows := [][]string{}
	began := again.Steps[0].At
	for _, s := range again.Steps {
		row := []string{fmt.Sprintf("%.3f", s.At.Sub(began).Seconds()), s.Kind(), pbx.Facts(pbx.Told(s.Event)), ""}
		for i, effect := range s.Effects {
			if row[3] = strings.TrimSpace(dialplan.EffectKind(effect) + " " + pbx.Facts(effect)); i > 0 {
				row[0], row[1], row[2] = "", "", ""
			}
			rows = append(rows, append([]string{}, row...))
		}
		if len(s.Effects) == 0 {
			rows = append(rows, row)
		}
	}
	header := []string{"seconds", "event", "says", "led_to"}
	if c.Format == formatTable {
		header = []string{">seconds", "event", "", "led to"}
	}
	if err := printRows(w, c.Format, header, rows); err != nil {
		return err
	}
	if !again.Agrees {
		return errFound
	}
	if c.Format == formatTable {
		_, err := fmt.Fprintf(w, "\nThe call of %s ended as %s. The replay tells the stored timeline.\n", began.Format(time.RFC3339), again.Call.Status)
		return err
	}
	return nil
}
