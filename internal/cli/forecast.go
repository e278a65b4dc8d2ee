package cli

import (
	"context"
	"fmt"
	"io"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

type forecastCommand struct {
	settings
	chosenProject
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

// Help is what --help adds.
func (forecastCommand) Help() string {
	return `What the coming night charges, what 30 days will cost and when funds end, from fixed fees and the habits of past
weeks (Rule B-80). Below it stands how wrong such forecasts were: those of the last 91 days are made again, each with
what was known then, and compared with what came.

  bellwether forecast --project shop`
}

// Run computes and prints the forecast.
func (c *forecastCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		var outlook outlook
		err := in.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
			found, err := c.find(ctx, q)
			if err != nil {
				return err
			}
			f, past, err := in.billing.Forecast(ctx, q, found.ID, p.Now())
			if err != nil {
				return err
			}
			account, err := ledger.GetAccount(ctx, q, found.ID)
			outlook = newOutlook(found.ID, found.Currency, f, past)
			outlook.Ended = account.Balance()+account.Overdraft <= 0
			return err
		})
		if err != nil {
			return err
		}
		if c.Format == formatJSON {
			return printJSON(p.Out, outlook)
		}
		return outlook.print(p.Out)
	})
}

// outlook is a forecast for people and programs.
type outlook struct {
	Project    ident.ProjectID     `json:"project"`
	Currency   money.Currency      `json:"currency"`
	NextCharge likely              `json:"next_charge"`
	Next30     likely              `json:"next_30_days"`
	EndP50     *fundsEnd           `json:"funds_end_p50"` // null where they last beyond the horizon
	EndP90     *fundsEnd           `json:"funds_end_p90"`
	KnownDays  int                 `json:"known_days"`
	Past       forecast.PastErrors `json:"past_error"`
	Ended      bool                `json:"-"` // there are no funds now
}

type likely struct {
	P50 money.Micro `json:"p50"`
	P90 money.Micro `json:"p90"`
}

type fundsEnd struct {
	Date     civil.Date `json:"date"`
	FullDays int        `json:"full_days"`
}

func newOutlook(id ident.ProjectID, currency money.Currency, f forecast.Forecast, past forecast.Errors) outlook {
	end := func(e forecast.End) *fundsEnd {
		if !e.Within {
			return nil
		}
		return &fundsEnd{e.Date, e.FullDays}
	}
	return outlook{
		Project: id, Currency: currency, NextCharge: likely(f.NextCharge), Next30: likely(f.Next30), EndP50: end(f.EndP50),
		EndP90: end(f.EndP90), KnownDays: f.Known, Past: past.View(),
	}
}

func (o outlook) print(w io.Writer) error {
	fmt.Fprintf(w, "Forecast of %s in %s, from %d days of history\n\n", o.Project, o.Currency, o.KnownDays)
	t := newTable("", ">likely", ">9 in 10 times at most")
	t.add("charged tonight", shown(o.Currency, o.NextCharge.P50), shown(o.Currency, o.NextCharge.P90))
	t.add("next 30 days", shown(o.Currency, o.Next30.P50), shown(o.Currency, o.Next30.P90))
	t.add("funds last through", o.EndP50.text(o.Ended), o.EndP90.text(o.Ended))
	if err := t.print(w); err != nil {
		return err
	}
	return printPast(w, o.Past, o.Currency)
}

// text is the day through which funds last, in words where it is none.
func (e *fundsEnd) text(ended bool) string {
	switch {
	case ended:
		return "funds have ended"
	case e == nil:
		return "more than a year"
	case e.FullDays == 0:
		return "they end today"
	}
	return (e.Date - 1).String()
}
