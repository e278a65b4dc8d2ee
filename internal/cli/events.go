package cli

import (
	"bufio"
	"context"
	"encoding/json"

	"bellwether/internal/civil"
	"bellwether/internal/simulate"
)

type eventsCommand struct {
	settings
	chosenProject
	From *civil.Date `placeholder:"DAY" help:"First local day whose calls and messages are told, from the first of its month on; those before are one sum a day."`
	To   *civil.Date `placeholder:"DAY" help:"Last local day whose calls and messages are told; today if not given."`
}

// Help is what --help adds.
func (eventsCommand) Help() string {
	return `Writes what happened to a project as events, one JSON object a line: replayed, they come to its own ledger. What it
held before --from is in force then. The format is in docs/guide/events.md.

  bellwether events --project shop > shop.jsonl
  bellwether simulate --events shop.jsonl --diff 2021-01-01 2022-07-01`
}

// Run streams the events.
func (c *eventsCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		found, err := c.find(ctx, in.db)
		if err != nil {
			return err
		}
		history, err := simulate.ReadHistory(ctx, in.db, found.ID, simulate.Period{From: given(c.From), To: given(c.To)}, p.Now())
		if err != nil {
			return err
		}
		out := bufio.NewWriter(p.Out)
		encoder := json.NewEncoder(out)
		for event, err := range history.Events(ctx) {
			if err == nil {
				err = encoder.Encode(event)
			}
			if err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// given is a day that was asked for, or zero.
func given(day *civil.Date) civil.Date {
	if day == nil {
		return 0
	}
	return *day
}
