package simulate

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Result is what came of a run. All amounts are exact decimal strings in JSON.
type Result struct {
	Project     ident.ProjectID      `json:"project"`
	Currency    money.Currency       `json:"currency"`
	Book        string               `json:"book"`
	BookVersion string               `json:"book_version"` // in force when the run ends
	Balance     money.Micro          `json:"balance"`      // cash, bonus and credit
	Bonus       money.Micro          `json:"bonus"`
	Credit      money.Micro          `json:"credit"`
	PaidUntil   *civil.Date          `json:"paid_until,omitempty"` // the first unpaid day, where a term was paid
	Transitions []billing.Transition `json:"transitions"`
	Entries     []Entry              `json:"entries"`
	Statement   []StatementRow       `json:"statement"`
}

// Entry is a ledger entry as a report shows it.
type Entry struct {
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
	Book         string          `json:"book"` // the version it was charged by: "ringostat@2021-01-01"
	Explain      json.RawMessage `json:"explain"`
}

// StatementRow is a row of the statement, rounded to minor units.
type StatementRow struct {
	Day    civil.Date   `json:"day"`
	Kind   pricing.Kind `json:"kind"`
	Item   string       `json:"item"`
	Amount money.Micro  `json:"amount"`
	Final  bool         `json:"final"`
}

// report reads the scratch database when the clock has stopped.
func (w *world) report(ctx context.Context, now time.Time) (*Result, error) {
	from, to, err := w.options.days()
	if err != nil {
		return nil, err
	}
	r := &Result{Project: w.project, Transitions: []billing.Transition{}, Entries: []Entry{}, Statement: []StatementRow{}}
	return r, w.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if err := r.standing(ctx, q, now); err != nil {
			return err
		}
		if err := r.entries(ctx, q, from, to); err != nil {
			return err
		}
		statement, err := w.billing.Statement(ctx, q, w.project, from, to, now)
		for _, row := range statement.Rows {
			r.Statement = append(r.Statement, StatementRow{Day: row.Day, Kind: row.Kind, Item: row.Item, Amount: row.Amount, Final: row.Final})
		}
		return err
	})
}

// days reads the bounds of the report.
func (o Options) days() (from, to civil.Date, err error) {
	from, to = math.MinInt32, math.MaxInt32
	if o.From != "" {
		if from, err = civil.ParseDate(o.From); err != nil {
			return 0, 0, errs.New(errs.Invalid, "simulate.bad_day", "%v", err).At("from")
		}
	}
	if o.To != "" {
		if to, err = civil.ParseDate(o.To); err != nil {
			return 0, 0, errs.New(errs.Invalid, "simulate.bad_day", "%v", err).At("to")
		}
	}
	return from, to, nil
}

func (r *Result) standing(ctx context.Context, q store.Querier, now time.Time) error {
	p, err := project.Get(ctx, q, r.Project)
	if err != nil {
		return err
	}
	account, err := ledger.GetAccount(ctx, q, r.Project)
	if err != nil {
		return err
	}
	st, err := billing.GetStanding(ctx, q, r.Project)
	if err != nil {
		return err
	}
	transitions, err := billing.Transitions(ctx, q, r.Project)
	if err != nil {
		return err
	}
	period := p.BookAt(p.Calendar.DayAt(now))
	r.Currency, r.Book, r.BookVersion = p.Currency, period.Book, period.Version
	r.Balance, r.Bonus, r.Credit = account.Balance(), account.Bonus, account.Credit
	r.Transitions = append(r.Transitions, transitions...)
	if until, ok := pricing.PaidUntil(st.Term); ok {
		r.PaidUntil = &until
	}
	return nil
}

// entries lists the entries in the order of booked_at, kind and item, with the balance running in that order: entries of
// one instant have no other order among them.
func (r *Result) entries(ctx context.Context, q store.Querier, from, to civil.Date) error {
	var entries []ledger.Entry
	for entry, err := range ledger.All(ctx, q, ledger.Filter{Project: r.Project}) {
		if err != nil {
			return err
		}
		entries = append(entries, entry)
	}
	slices.SortStableFunc(entries, func(a, b ledger.Entry) int {
		return cmp.Or(a.BookedAt.Compare(b.BookedAt), cmp.Compare(a.Kind.Order(), b.Kind.Order()), cmp.Compare(a.Item, b.Item))
	})
	var balance money.Micro
	for _, e := range entries {
		balance += e.Amount
		if e.Day < from || e.Day > to {
			continue
		}
		r.Entries = append(r.Entries, Entry{
			Day: e.Day, BookedAt: e.BookedAt.UTC(), Kind: e.Kind, Item: e.Item, Quantity: e.Quantity, UnitPrice: e.UnitPrice,
			Amount: e.Amount, BalanceAfter: balance, Ref: e.Ref, Rule: e.Rule, Book: e.Book, Explain: e.Explain,
		})
	}
	return nil
}

// Totals sums the exact amounts by kind, in the order of kinds.
func (r *Result) Totals() []Total {
	var totals []Total
	for _, kind := range pricing.Kinds {
		total := Total{Kind: kind}
		for _, entry := range r.Entries {
			if entry.Kind == kind {
				total.Amount += entry.Amount
				total.Count++
			}
		}
		if total.Count > 0 {
			totals = append(totals, total)
		}
	}
	return totals
}

// Total is the exact sum of the entries of a kind.
type Total struct {
	Kind   pricing.Kind `json:"kind"`
	Amount money.Micro  `json:"amount"`
	Count  int64        `json:"count"`
}

// Difference compares two runs over the same events.
type Difference struct {
	Kind pricing.Kind `json:"kind"`
	A    money.Micro  `json:"a"`
	B    money.Micro  `json:"b"`
	More money.Micro  `json:"more"` // B - A: negative where B charges more
}

// Diff says what the events cost under B and under A, by kind.
func Diff(a, b *Result) []Difference {
	sums := map[pricing.Kind]*Difference{}
	for _, side := range []struct {
		result *Result
		add    func(*Difference, money.Micro)
	}{{a, func(d *Difference, m money.Micro) { d.A += m }}, {b, func(d *Difference, m money.Micro) { d.B += m }}} {
		for _, total := range side.result.Totals() {
			if sums[total.Kind] == nil {
				sums[total.Kind] = &Difference{Kind: total.Kind}
			}
			side.add(sums[total.Kind], total.Amount)
		}
	}
	var differences []Difference
	for _, kind := range pricing.Kinds {
		if d := sums[kind]; d != nil {
			d.More = d.B - d.A
			differences = append(differences, *d)
		}
	}
	return differences
}
