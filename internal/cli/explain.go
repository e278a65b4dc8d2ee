package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

type explainCommand struct {
	settings
	chosenProject
	Entry  int64       `arg:"" optional:"" help:"An entry's number."`
	Call   string      `placeholder:"ID" help:"The entries of a call leg, message or payment."`
	Day    *civil.Date `placeholder:"DAY" help:"The entries of a local day (YYYY-MM-DD)."`
	Kind   string      `placeholder:"KIND" help:"With --day: only this kind, such as product_fee."`
	Format string      `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (explainCommand) Help() string {
	return `Prints the arithmetic, the rule and the version of the price book that were booked with each entry: what it says does
not change when prices do.

  bellwether explain --day 2026-11-20 --kind product_fee
  bellwether explain --call c-1027`
}

// Run explains one entry, those of a call, or those of a day.
func (c *explainCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		found, err := c.find(ctx, in.db)
		if err != nil {
			return err
		}
		if c.Call != "" && c.Format == formatTable {
			if done, err := c.leg(ctx, p.Out, in, found); done || err != nil {
				return err
			}
		}
		entries, err := c.entries(ctx, in.db, found.ID)
		if err != nil {
			return err
		}
		lines := make([]bookedLine, len(entries))
		for i, entry := range entries {
			if lines[i], err = reversibleLine(ctx, in.db, found.Currency, entry); err != nil {
				return err
			}
		}
		switch c.Format {
		case formatCSV:
			return printEntriesCSV(p.Out, lines)
		case formatJSON:
			return printJSON(p.Out, lines)
		}
		return explainLines(p.Out, lines)
	})
}

// leg explains a leg of a call, also one that cost nothing, and computes its price once more; done is false where the id
// is not a leg's.
func (c *explainCommand) leg(ctx context.Context, w io.Writer, in *installation, found *project.Project) (done bool, err error) {
	service := charging.New(in.db, in.books, in.billing, in.billing.Projects)
	e, err := service.Explain(ctx, in.db, found.ID, c.Call)
	if errs.CodeOf(err) == "charging.no_leg" {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	leg := e.Leg
	line := bookedLine{
		Currency: found.Currency, Day: leg.Day, BookedAt: leg.ClosedAt, Kind: pricing.Call, Item: leg.Zone, Quantity: leg.Billable,
		UnitPrice: leg.PerMinute, Amount: -leg.Amount, Ref: leg.ID, Book: leg.Book, Explain: e.Explain,
	}
	if e.Entry != nil {
		if line, err = reversibleLine(ctx, in.db, found.Currency, *e.Entry); err != nil {
			return true, err
		}
	}
	if err := line.explain(w); err != nil {
		return true, err
	}
	again := "the same, from the record and the book"
	if !e.Redo {
		again = fmt.Sprintf("DIFFERENT: %s %s", exact(found.Currency, -e.Redone.Amount), found.Currency)
	}
	_, err = fmt.Fprintf(w, "  %-11s %s of %d s to %s\n  %-11s %s\n", "leg", leg.Kind, leg.Seconds, leg.To, "once more", again)
	return true, err
}

func (c *explainCommand) entries(ctx context.Context, q store.Querier, id ident.ProjectID) ([]ledger.Entry, error) {
	filter := ledger.Filter{Project: id}
	switch {
	case c.Entry != 0:
		entry, err := ledger.GetEntry(ctx, q, id, ident.EntryID(c.Entry))
		return []ledger.Entry{entry}, err
	case c.Day != nil:
		filter.FromDay, filter.ToDay = *c.Day, *c.Day
		if c.Kind != "" {
			filter.Kinds = []pricing.Kind{pricing.Kind(c.Kind)}
		}
	case c.Call == "":
		return nil, errs.New(errs.Invalid, "cli.nothing_named", "nothing is named to be explained").Try("write an entry's number, --call ID or --day DAY")
	}
	var found []ledger.Entry
	for entry, err := range ledger.All(ctx, q, filter) {
		if err != nil {
			return nil, err
		}
		if c.Day != nil || entry.Ref == c.Call {
			found = append(found, entry)
		}
	}
	if len(found) == 0 {
		return nil, errs.New(errs.NotFound, "cli.nothing_to_explain", "project %s has no such entry", id).Try("look at: bellwether statement --project " + string(id))
	}
	return found, nil
}

// reversibleLine is the entry with what it undoes, or what undid it.
func reversibleLine(ctx context.Context, q store.Querier, currency money.Currency, e ledger.Entry) (bookedLine, error) {
	line := ledgerLine(currency, e)
	by, err := ledger.ReversedBy(ctx, q, e.ID)
	if by != 0 {
		line.ReversedBy = strconv.FormatInt(int64(by), 10)
	}
	if e.Reverses != 0 {
		line.Reverses = strconv.FormatInt(int64(e.Reverses), 10)
	}
	return line, err
}

func ledgerLine(currency money.Currency, e ledger.Entry) bookedLine {
	return bookedLine{
		Currency: currency, ID: strconv.FormatInt(int64(e.ID), 10), Day: e.Day, BookedAt: e.BookedAt.UTC(), Kind: e.Kind, Item: e.Item,
		Quantity: e.Quantity, UnitPrice: e.UnitPrice, Amount: e.Amount, BalanceAfter: e.BalanceAfter, Ref: e.Ref, Rule: e.Rule,
		Book: e.Book, House: e.House, Explain: e.Explain,
	}
}
