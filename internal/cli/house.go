package cli

import (
	"context"
	"strconv"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ledger"
)

type houseCommand struct {
	settings
	From   *civil.Date `placeholder:"DAY" help:"First usage day; that of the month before --to's where left out."`
	To     *civil.Date `placeholder:"DAY" help:"Last usage day; today in UTC where left out."`
	Format string      `enum:"table,csv,json" default:"table" help:"table, csv or json."`
}

// Help is what --help adds.
func (houseCommand) Help() string {
	return `The other side of all projects' entries, by month and account (Rule B-03): revenue by kind and product, clearing by payment
method, loyalty, adjustments, write-offs. What was charged is positive, what was paid in or given negative.

  bellwether house --from 2026-10-01 --to 2026-10-31`
}

// Run sums and prints the house accounts.
func (c *houseCommand) Run(ctx context.Context, p *Program) error {
	to := civil.DateIn(p.Now(), time.UTC)
	if c.To != nil {
		to = *c.To
	}
	from := (to.FirstOfMonth() - 1).FirstOfMonth()
	if c.From != nil {
		from = *c.From
	}
	if from > to {
		return badFlag("from", "write an earlier day", "%s is after %s, the last day", from, to)
	}
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		months, err := ledger.HouseMonths(ctx, in.db, from, to)
		if err != nil {
			return err
		}
		rows := make([][]string, len(months))
		for i, m := range months {
			amount := m.Amount.String()
			if c.Format == formatTable {
				amount = shown(m.Currency, m.Amount)
			}
			rows[i] = []string{m.Month.String()[:len("2026-01")], m.House, strconv.FormatInt(m.Count, 10), amount, string(m.Currency)}
		}
		header := []string{"month", "house", "entries", "amount", "currency"}
		if c.Format == formatTable {
			header = []string{"month", "house account", ">entries", ">amount", ""}
		}
		return printRows(p.Out, c.Format, header, rows)
	})
}
