package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
)

type verifyCommand struct {
	settings
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

// Help is what --help adds.
func (verifyCommand) Help() string {
	return `Recomputes every balance, sum and hash of the ledger (Rule B-06), beside a running node if need be, and names the
first broken entry of each project. The exit status is 1 where anything does not fit.

  bellwether verify --data-dir /var/lib/bellwether`
}

// Run verifies the ledger and prints what was found.
func (c *verifyCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		progress := p.progress("verifying entries", spoken)
		report, err := ledger.Verify(ctx, in.db, progress.at)
		progress.end()
		if err != nil {
			return err
		}
		if c.Format == formatJSON {
			err = printJSON(p.Out, verification(report))
		} else {
			err = printVerification(p.Out, report)
		}
		if err == nil && !report.OK() {
			err = errFound
		}
		return err
	})
}

// verified is the report for programs.
type verified struct {
	OK       bool     `json:"ok"`
	Accounts int64    `json:"accounts"`
	Entries  int64    `json:"entries"`
	Unsealed int64    `json:"unsealed"`
	Holds    int64    `json:"holds"`
	Broken   int64    `json:"broken"`
	Breaches []breach `json:"breaches"`
	Houses   []house  `json:"houses"`
}

type breach struct {
	Project  ident.ProjectID `json:"project"`
	Entry    ident.EntryID   `json:"entry,string"`
	Seq      int64           `json:"seq"`
	Hold     ident.HoldID    `json:"hold,string,omitempty"`
	What     string          `json:"what"`
	Expected string          `json:"expected"`
	Found    string          `json:"found"`
}

type house struct {
	House    string         `json:"house"`
	Currency money.Currency `json:"currency"`
	Amount   money.Micro    `json:"amount"`
	Entries  int64          `json:"entries"`
}

func verification(r ledger.Report) verified {
	v := verified{
		OK: r.OK(), Accounts: r.Accounts, Entries: r.Entries, Unsealed: r.Unsealed, Holds: r.Holds, Broken: r.Broken,
		Breaches: []breach{}, Houses: []house{},
	}
	for _, b := range r.Breaches {
		v.Breaches = append(v.Breaches, breach{b.Project, b.Entry, b.Seq, b.Hold, b.What, b.Expected, b.Found})
	}
	for _, h := range r.Houses {
		v.Houses = append(v.Houses, house{h.House, h.Currency, h.Amount, h.Count})
	}
	return v
}

func printVerification(w io.Writer, r ledger.Report) error {
	for _, b := range r.Breaches {
		fmt.Fprintln(w, b)
	}
	fmt.Fprintf(w, "%s, %s (%d not sealed yet), %s.\n", counted(r.Accounts, "account", "accounts"), counted(r.Entries, "entry", "entries"),
		r.Unsealed, counted(r.Holds, "hold", "holds"))
	if len(r.Houses) > 0 {
		t := newTable("house accounts", ">entries", ">amount", "")
		for _, h := range families(r.Houses) {
			t.add(h.House, strconv.FormatInt(h.Count, 10), shown(h.Currency, h.Amount), string(h.Currency))
		}
		if err := t.print(w); err != nil {
			return err
		}
	}
	verdict := "Every number, sum, balance and seal fits, and each currency sums to zero."
	if !r.OK() {
		verdict = counted(r.Broken, "project is", "projects are") + " broken. Do not mend rows by hand: restore a backup, or book a correction."
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}

// families sums house accounts by the first two parts of their names: there is one for each rented number.
func families(houses []ledger.HouseBalance) []ledger.HouseBalance {
	var sums []ledger.HouseBalance
	for _, h := range houses {
		if parts := strings.SplitN(h.House, ":", 3); len(parts) == 3 {
			h.House = parts[0] + ":" + parts[1]
		}
		last := len(sums) - 1
		if last >= 0 && sums[last].House == h.House && sums[last].Currency == h.Currency {
			sums[last].Amount += h.Amount
			sums[last].Count += h.Count
			continue
		}
		sums = append(sums, h)
	}
	return sums
}
