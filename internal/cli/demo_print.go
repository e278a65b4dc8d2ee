package cli

import (
	"context"
	"fmt"
	"io"

	"bellwether/internal/billing"
	"bellwether/internal/demo"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// shownDays is how many days the demo's statement shows.
const shownDays = 3

// print shows what is worth a look, each part with the command that prints it.
func (s *stage) print(ctx context.Context, db *store.DB, loaded demo.Loaded) error {
	for _, part := range []struct {
		title string
		print func(context.Context, *store.DB, demo.Loaded) error
	}{
		{"What happened", s.printStory},
		{"The last days of the statement", s.printStatement},
		{"Why did this call cost that?", s.printCall},
		{"Why this fee?", s.printFee},
		{"What comes next?", s.printForecast},
	} {
		heading(s.program.Out, part.title)
		if err := part.print(ctx, db, loaded); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) printStory(_ context.Context, _ *store.DB, loaded demo.Loaded) error {
	for _, chapter := range demo.Chapters(loaded.Today) {
		fmt.Fprintf(s.program.Out, "%s  %s\n", chapter.Day, chapter.Text)
	}
	return nil
}

func heading(w io.Writer, title string) { fmt.Fprintf(w, "\n== %s\n\n", title) }

func (s *stage) printStatement(ctx context.Context, db *store.DB, loaded demo.Loaded) error {
	statement, err := s.billing.Statement(ctx, db, demo.Project, loaded.Today-shownDays, loaded.Today, s.now)
	if err != nil {
		return err
	}
	return printStatement(s.program.Out, statement)
}

func (s *stage) printCall(ctx context.Context, db *store.DB, loaded demo.Loaded) error {
	filter := ledger.Filter{Project: demo.Project, FromDay: loaded.FeeDay, Kinds: []pricing.Kind{pricing.Call}}
	return s.explainFirst(ctx, db, filter, func(e ledger.Entry) bool { return e.Ref == loaded.CallID })
}

func (s *stage) printFee(ctx context.Context, db *store.DB, loaded demo.Loaded) error {
	filter := ledger.Filter{Project: demo.Project, FromDay: loaded.FeeDay, ToDay: loaded.FeeDay, Kinds: []pricing.Kind{pricing.ProductFee}}
	return s.explainFirst(ctx, db, filter, func(ledger.Entry) bool { return true })
}

// explainFirst explains the first entry of a filter that is wanted.
func (s *stage) explainFirst(ctx context.Context, db *store.DB, filter ledger.Filter, wanted func(ledger.Entry) bool) error {
	for entry, err := range ledger.All(ctx, db, filter) {
		if err != nil {
			return err
		}
		if wanted(entry) {
			return ledgerLine(demo.Currency, entry).explain(s.program.Out)
		}
	}
	return nil
}

func (s *stage) printForecast(ctx context.Context, db *store.DB, _ demo.Loaded) error {
	f, past, err := s.billing.Forecast(ctx, db, demo.Project, s.now)
	if err != nil {
		return err
	}
	if err := newOutlook(demo.Project, demo.Currency, f, past).print(s.program.Out); err != nil {
		return err
	}
	standing, err := billing.GetStanding(ctx, db, demo.Project)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.program.Out, "\nLoyalty: %s is taken off the next automatic renewal. State: %s.\n", standing.Loyalty.Percent, standing.State)
	return err
}
