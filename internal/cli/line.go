package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// bookedLine is an entry as people see it, whether the ledger or a simulation booked it.
type bookedLine struct {
	Currency     money.Currency  `json:"currency"`
	ID           string          `json:"id,omitempty"` // of the ledger's entry
	Day          civil.Date      `json:"day"`
	BookedAt     time.Time       `json:"booked_at"`
	Kind         pricing.Kind    `json:"kind"`
	Item         string          `json:"item"`
	Quantity     int64           `json:"quantity"`
	UnitPrice    money.Micro     `json:"unit_price"`
	Amount       money.Micro     `json:"amount"`
	BalanceAfter money.Micro     `json:"balance_after"`
	Ref          string          `json:"ref"`
	Rule         string          `json:"rule"`
	Book         string          `json:"book,omitempty"`
	House        string          `json:"house,omitempty"`       // the house account on the other side
	Reverses     string          `json:"reverses,omitempty"`    // the entry it undoes
	ReversedBy   string          `json:"reversed_by,omitempty"` // the entry that undid it
	Explain      json.RawMessage `json:"explain"`
}

// printEntriesCSV writes entries in the columns of the JSON format.
func printEntriesCSV(w io.Writer, lines []bookedLine) error {
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{
			l.Day.String(), l.BookedAt.UTC().Format(time.RFC3339Nano), string(l.Kind), l.Item, strconv.FormatInt(l.Quantity, 10),
			l.UnitPrice.String(), l.Amount.String(), l.BalanceAfter.String(), l.Ref, l.Rule, l.Book, l.why().oneLine(),
		}
	}
	return printCSV(w, []string{"day", "booked_at", "kind", "item", "quantity", "unit_price", "amount", "balance_after", "ref", "rule", "book", "explain"}, rows)
}

// why reads the explanation that was booked with the line.
func (l bookedLine) why() explanation {
	var e explanation
	if len(l.Explain) > 0 && json.Unmarshal(l.Explain, &e) != nil {
		e.Text = string(l.Explain)
	}
	return e
}

type explanation pricing.Explanation

func (e explanation) oneLine() string {
	if e.Text != "" && e.Arithmetic != "" {
		return e.Text + ": " + e.Arithmetic
	}
	return e.Text + e.Arithmetic
}

// explainLines prints each line with the arithmetic, so that a person can redo it by hand.
func explainLines(w io.Writer, lines []bookedLine) error {
	for i, l := range lines {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := l.explain(w); err != nil {
			return err
		}
	}
	return nil
}

func (l bookedLine) explain(w io.Writer) error {
	fmt.Fprintf(w, "%s  %s  %s %s\n", l.Day, strings.TrimSpace(string(l.Kind)+" "+l.Item), exact(l.Currency, l.Amount), l.Currency)
	e := l.why()
	balance := ""
	if l.BalanceAfter != 0 {
		balance = exact(l.Currency, l.BalanceAfter) + " after it"
	}
	for _, fact := range [][2]string{
		{"why", e.Text},
		{"arithmetic", e.Arithmetic},
		{"quantity", l.quantity()},
		{"rule", l.Rule},
		{"price book", l.Book},
		{"caused by", l.Ref},
		{"other side", l.House},
		{"booked", l.BookedAt.UTC().Format("2006-01-02 15:04:05 MST")},
		{"balance", balance},
		{"entry", l.ID},
		{"reverses", entryNamed(l.Reverses)},
		{"reversed by", entryNamed(l.ReversedBy)},
	} {
		if fact[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "  %-11s %s\n", fact[0], fact[1]); err != nil {
			return err
		}
	}
	return nil
}

func entryNamed(id string) string {
	if id == "" {
		return ""
	}
	return "entry " + id
}

func (l bookedLine) quantity() string {
	switch {
	case l.UnitPrice == 0:
		return ""
	case l.Kind == pricing.Call:
		return fmt.Sprintf("%d billable seconds at %s a minute", l.Quantity, exact(l.Currency, l.UnitPrice))
	}
	return fmt.Sprintf("%d at %s", l.Quantity, exact(l.Currency, l.UnitPrice))
}
