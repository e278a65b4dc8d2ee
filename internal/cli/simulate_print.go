package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/simulate"
)

func simulatedLines(r *simulate.Result) []bookedLine {
	lines := make([]bookedLine, len(r.Entries))
	for i, e := range r.Entries {
		lines[i] = bookedLine{
			Currency: r.Currency, Day: e.Day, BookedAt: e.BookedAt, Kind: e.Kind, Item: e.Item, Quantity: e.Quantity,
			UnitPrice: e.UnitPrice, Amount: e.Amount, BalanceAfter: e.BalanceAfter, Ref: e.Ref, Rule: e.Rule, Book: e.Book, Explain: e.Explain,
		}
	}
	return lines
}

// table prints a run for people: the statement by day, what each kind comes to, and how to ask why.
func (c *simulateCommand) table(w io.Writer, r *simulate.Result) error {
	fmt.Fprintf(w, "Project %s, amounts in %s, price book %s@%s\n", r.Project, r.Currency, r.Book, r.BookVersion)
	printVersions(w, r.Entries)
	fmt.Fprintln(w)
	rows := make([]pricing.StatementRow, len(r.Statement))
	for i, row := range r.Statement {
		rows[i] = pricing.StatementRow{Day: row.Day, Kind: row.Kind, Item: row.Item, Amount: row.Amount, Final: row.Final}
	}
	if err := statementTable(r.Currency, rows).print(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nExact totals by kind")
	totals := newTable("kind", ">entries", ">amount")
	for _, total := range r.Totals() {
		totals.add(string(total.Kind), strconv.FormatInt(total.Count, 10), total.Amount.Fixed(6))
	}
	if err := totals.print(w); err != nil {
		return err
	}
	for i, t := range r.Transitions {
		if i == 0 {
			fmt.Fprintln(w, "\nChanges of state")
		}
		fmt.Fprintf(w, "%s  %s -> %s\n", t.At.Format("2006-01-02 15:04 MST"), t.From, t.To)
	}
	fmt.Fprintf(w, "\nBalance %s: cash %s, bonus %s, credit %s\n", r.Currency.Show(r.Balance),
		shown(r.Currency, r.Balance-r.Bonus-r.Credit), shown(r.Currency, r.Bonus), shown(r.Currency, r.Credit))
	if r.PaidUntil != nil {
		fmt.Fprintf(w, "Paid until %s: the first day that is not paid\n", r.PaidUntil)
	}
	if len(r.Entries) > 0 {
		fmt.Fprintf(w, "\nWhy? Add --explain %s for a day, or --explain and the id of a call, message or payment.\n", r.Entries[len(r.Entries)-1].Day)
	}
	return nil
}

// printVersions says from which usage day on each version charged, where there were several.
func printVersions(w io.Writer, entries []simulate.Entry) {
	first, order := map[string]civil.Date{}, []string{}
	for _, e := range entries {
		day, known := first[e.Book]
		if !known {
			order = append(order, e.Book)
		}
		if !known || e.Day < day {
			first[e.Book] = e.Day
		}
	}
	if len(order) < 2 {
		return
	}
	for _, book := range order {
		fmt.Fprintf(w, "  charged by %s from %s\n", book, first[book])
	}
}

// explain prints the arithmetic of the entries that a day or an id names.
func (c *simulateCommand) explain(w io.Writer, r *simulate.Result) error {
	day, err := civil.ParseDate(c.Explain)
	byDay := err == nil
	var found []bookedLine
	for _, line := range simulatedLines(r) {
		if byDay && line.Day == day || !byDay && (line.Ref == c.Explain || line.Item == c.Explain) {
			found = append(found, line)
		}
	}
	if len(found) == 0 {
		return errs.New(errs.NotFound, "cli.nothing_to_explain", "no entry has %q as its day, its id or its item", c.Explain).At("--explain").
			Try("take a day or an id from the csv format")
	}
	if c.Format == formatJSON {
		return printJSON(w, found)
	}
	return explainLines(w, found)
}

// comparison is what the same events come to under two versions.
type comparison struct {
	Project  string                `json:"project"`
	Currency money.Currency        `json:"currency"`
	A        string                `json:"a"`
	B        string                `json:"b"`
	Kinds    []simulate.Difference `json:"kinds"`
	Balance  difference            `json:"balance"`
}

type difference struct {
	A    money.Micro `json:"a"`
	B    money.Micro `json:"b"`
	More money.Micro `json:"more"` // B - A
}

func (s *simulation) compare(ctx context.Context) error {
	a, err := s.under(ctx, s.command.Diff.A)
	if err != nil {
		return err
	}
	b, err := s.under(ctx, s.command.Diff.B)
	if err != nil {
		return err
	}
	c := comparison{
		Project: string(a.Project), Currency: a.Currency, A: a.Book + "@" + a.BookVersion, B: b.Book + "@" + b.BookVersion,
		Kinds: simulate.Diff(a, b), Balance: difference{A: a.Balance, B: b.Balance, More: b.Balance - a.Balance},
	}
	switch s.command.Format {
	case formatJSON:
		return printJSON(s.program.Out, c)
	case formatCSV:
		return c.csv(s.program.Out)
	}
	return c.table(s.program.Out)
}

func (c comparison) csv(w io.Writer) error {
	var rows [][]string
	for _, kind := range c.Kinds {
		rows = append(rows, []string{string(kind.Kind), kind.A.String(), kind.B.String(), kind.More.String()})
	}
	rows = append(rows, []string{"balance", c.Balance.A.String(), c.Balance.B.String(), c.Balance.More.String()})
	return printCSV(w, []string{"kind", "a", "b", "more"}, rows)
}

func (c comparison) table(w io.Writer) error {
	fmt.Fprintf(w, "The same events of project %s under two versions, in %s. Charges are negative.\n\n", c.Project, c.Currency)
	t := newTable("kind", ">"+c.A, ">"+c.B, ">difference")
	for _, kind := range c.Kinds {
		t.add(string(kind.Kind), shown(c.Currency, kind.A), shown(c.Currency, kind.B), shown(c.Currency, kind.More))
	}
	t.rule()
	t.add("balance", shown(c.Currency, c.Balance.A), shown(c.Currency, c.Balance.B), shown(c.Currency, c.Balance.More))
	if err := t.print(w); err != nil {
		return err
	}
	verdict := "Both cost the same."
	switch more := c.Balance.More; {
	case more < 0:
		verdict = fmt.Sprintf("%s costs %s more.", c.B, c.Currency.Show(-more))
	case more > 0:
		verdict = fmt.Sprintf("%s costs %s less.", c.B, c.Currency.Show(more))
	}
	_, err := fmt.Fprintln(w, "\n"+verdict)
	return err
}
