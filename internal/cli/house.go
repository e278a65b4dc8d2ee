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
	From   string `placeholder:"DAY" help:"First usage day or month (2026-10); the month before --to's where left out."`
	To     string `placeholder:"DAY" help:"Last usage day or month; today in UTC where left out."`
	Format string `enum:"table,csv,json" default:"table" help:"table, csv or json."`
}

// Help is what --help adds.
func (houseCommand) Help() string {
	return `The other side of all projects' entries, by month and account (Rule B-03): revenue by kind and product, clearing by payment
method, loyalty, adjustments, write-offs. What was charged is positive, what was paid in or given negative.

  bellwether house --from 2026-10-01 --to 2026-10-31
  bellwether house --from 2026-08 --to 2026-10`
}

// Run sums and prints the house accounts.
func (c *houseCommand) Run(ctx context.Context, p *Program) error {
	from, to, err := c.days(civil.DateIn(p.Now(), time.UTC))
	if err != nil {
		return err
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

// days are the usage days the flags name.
func (c *houseCommand) days(today civil.Date) (from, to civil.Date, err error) {
	to = today
	if c.To != "" {
		if _, to, err = dayOrMonth("to", c.To); err != nil {
			return 0, 0, err
		}
	}
	from = (to.FirstOfMonth() - 1).FirstOfMonth()
	if c.From != "" {
		if from, _, err = dayOrMonth("from", c.From); err != nil {
			return 0, 0, err
		}
	}
	if from > to {
		return 0, 0, badFlag("from", "write an earlier day", "%s is after %s, the last day", from, to)
	}
	return from, to, nil
}

// dayOrMonth reads a day, or the first and the last day of a month.
func dayOrMonth(flag, text string) (first, last civil.Date, err error) {
	if day, err := civil.ParseDate(text); err == nil {
		return day, day, nil
	}
	first, err = civil.ParseDate(text + "-01")
	if err != nil {
		return 0, 0, badFlag(flag, "write 2026-10-31 or 2026-10", "%q is neither a day nor a month", text)
	}
	return first, first.FirstOfNextMonth() - 1, nil
}
