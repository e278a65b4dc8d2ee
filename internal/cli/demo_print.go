package cli

import (
	"context"
	"fmt"
	"io"

	"bellwether/internal/app"
	"bellwether/internal/billing"
	"bellwether/internal/demo"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
)

// shownDays is how many days the demo's statement shows.
const shownDays = 3

// print shows what is worth a look, each part with the command that prints it.
func (s *stage) print(ctx context.Context, a *app.App, loaded demo.Loaded) error {
	for _, part := range []struct {
		title string
		print func(context.Context, *app.App, demo.Loaded) error
	}{
		{"What happened", s.printStory},
		{"The last days of the statement", s.printStatement},
		{"Why did this call cost that?", s.printCall},
		{"Why this fee?", s.printFee},
		{"What comes next?", s.printForecast},
	} {
		heading(s.program.Out, part.title)
		if err := part.print(ctx, a, loaded); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) printStory(_ context.Context, _ *app.App, loaded demo.Loaded) error {
	for _, chapter := range demo.Chapters(loaded.Today) {
		fmt.Fprintf(s.program.Out, "%s  %s\n", chapter.Day, chapter.Text)
	}
	return nil
}

func heading(w io.Writer, title string) { fmt.Fprintf(w, "\n== %s\n\n", title) }

func (s *stage) printStatement(ctx context.Context, a *app.App, loaded demo.Loaded) error {
	statement, err := a.Billing.Statement(ctx, a.DB, demo.Project, loaded.Today-shownDays, loaded.Today, s.now)
	if err != nil {
		return err
	}
	return printStatement(s.program.Out, statement)
}

func (s *stage) printCall(ctx context.Context, a *app.App, loaded demo.Loaded) error {
	filter := ledger.Filter{Project: demo.Project, FromDay: loaded.FeeDay, Kinds: []pricing.Kind{pricing.Call}}
	return s.explainFirst(ctx, a, filter, func(e ledger.Entry) bool { return e.Ref == loaded.CallID })
}

func (s *stage) printFee(ctx context.Context, a *app.App, loaded demo.Loaded) error {
	filter := ledger.Filter{Project: demo.Project, FromDay: loaded.FeeDay, ToDay: loaded.FeeDay, Kinds: []pricing.Kind{pricing.ProductFee}}
	return s.explainFirst(ctx, a, filter, func(ledger.Entry) bool { return true })
}

// explainFirst explains the first entry of a filter that is wanted.
func (s *stage) explainFirst(ctx context.Context, a *app.App, filter ledger.Filter, wanted func(ledger.Entry) bool) error {
	for entry, err := range ledger.All(ctx, a.DB, filter) {
		if err != nil {
			return err
		}
		if wanted(entry) {
			return ledgerLine(demo.Currency, entry).explain(s.program.Out)
		}
	}
	return nil
}

func (s *stage) printForecast(ctx context.Context, a *app.App, _ demo.Loaded) error {
	f, past, err := a.Billing.Forecast(ctx, a.DB, demo.Project, s.now)
	if err != nil {
		return err
	}
	if err := newOutlook(demo.Project, demo.Currency, f, past).print(s.program.Out); err != nil {
		return err
	}
	standing, err := billing.GetStanding(ctx, a.DB, demo.Project)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.program.Out, "\nMeanwhile the shop switched on three products and its calls grew with them: no forecast knew that, so most came out too low.\n"+
		"Loyalty: %s is taken off the next automatic renewal. State: %s.\n", standing.Loyalty.Percent, standing.State)
	return err
}

// invite tells how to go on: the API with a key that opens it, and the other commands.
func (s *stage) invite(loaded demo.Loaded, base, cabinet, secret string, c *demoCommand) error {
	w := s.program.Out
	heading(w, "Try it")
	fmt.Fprintf(w, "cabinet        %s\n", cabinet)
	fmt.Fprintf(w, "API            %s\ndocumentation  %s%s\noperator key   %s\n\n", base, base, docsPath, secret)
	fmt.Fprintf(w, "export KEY=%s\n", secret)
	for _, call := range []string{
		fmt.Sprintf("statement?from=%s&to=%s", loaded.Today-shownDays, loaded.Today), "forecast", "legs/" + loaded.CallID + "/explanation",
	} {
		fmt.Fprintf(w, "curl -H \"Authorization: Bearer $KEY\" '%s/v1/projects/%s/%s'\n", base, demo.Project, call)
	}
	fmt.Fprintln(w)
	if err := s.printCommands(loaded); err != nil {
		return err
	}
	ending := "; its folder stays."
	if c.DataDir == "" {
		ending = " and removes it."
	}
	_, err := fmt.Fprintln(w, "\nServing. Ctrl-C ends the demo"+ending)
	return err
}

// leave tells what still works when nothing is served: the other commands, where the folder stays.
func (s *stage) leave(loaded demo.Loaded, c *demoCommand) error {
	heading(s.program.Out, "Try it")
	if c.DataDir != "" {
		return s.printCommands(loaded)
	}
	_, err := fmt.Fprintln(s.program.Out, "Nothing was kept. To look around, leave out --once, or add --data-dir DIR.")
	return err
}

// printCommands shows commands that read the demo's folder.
func (s *stage) printCommands(loaded demo.Loaded) error {
	_, err := fmt.Fprintf(s.program.Out, "bellwether explain --call %s --data-dir %s\nbellwether verify --data-dir %s\n", loaded.CallID, s.folder, s.folder)
	return err
}
