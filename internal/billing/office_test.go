package billing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

const demo = ident.ProjectID("demo")

// office is a project in a test, with the clock in the test's hands.
type office struct {
	t     *testing.T
	db    *store.DB
	night *billing.Night
	id    ident.ProjectID
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func open(t *testing.T, db *store.DB, opening project.Opening, at string) *office {
	t.Helper()
	return openWith(t, db, pricebook.Shipped(), opening, at)
}

func openWith(t *testing.T, db *store.DB, books *pricebook.Library, opening project.Opening, at string) *office {
	t.Helper()
	o := &office{t: t, db: db, id: demo, night: &billing.Night{Billing: billing.New(books), DB: db}}
	if opening.ID != "" {
		o.id = opening.ID
	}
	opening.ID = o.id
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.Open(ctx, tx, opening, 0, instant(t, at))
		return err
	})
	return o
}

var american = project.Opening{Name: "Demo", Country: "US", Currency: "USD", TimeZone: "America/New_York", Book: "ringostat", Version: "2021-01-01"}

func (o *office) must(fn func(ctx context.Context, tx *store.Tx) error) {
	o.t.Helper()
	if err := o.try(fn); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) try(fn func(ctx context.Context, tx *store.Tx) error) error {
	return o.db.Write(context.Background(), fn)
}

func (o *office) pay(id, amount, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.Pay(ctx, tx, o.id, billing.Payment{ID: id, Amount: money.MustParse(amount), Method: "bank"}, instant(o.t, at))
		return err
	})
}

func (o *office) turn(product string, on bool, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.SwitchProduct(ctx, tx, o.id, product, on, instant(o.t, at))
	})
}

func (o *office) rent(number pricing.Number, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.RentNumber(ctx, tx, o.id, number, instant(o.t, at))
	})
}

func (o *office) closeAt(at string) int64 {
	o.t.Helper()
	done, err := o.night.Run(context.Background(), instant(o.t, at))
	if err != nil {
		o.t.Fatal(err)
	}
	return done
}

func (o *office) standing() *billing.Standing {
	o.t.Helper()
	st, err := billing.GetStanding(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return st
}

// lines lists the entries as "day booked_at kind item amount".
func (o *office) lines() []string {
	o.t.Helper()
	var lines []string
	for entry, err := range ledger.All(context.Background(), o.db, ledger.Filter{Project: o.id}) {
		if err != nil {
			o.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s", entry.Day, entry.BookedAt.UTC().Format(time.RFC3339), entry.Kind, entry.Item, entry.Amount))
	}
	return lines
}

func (o *office) balance() string {
	o.t.Helper()
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return account.Balance().String()
}

var tracker = project.Opening{Name: "Tracker", Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50", Version: "2016-03-09"}

var moscow = pricing.Number{Number: "+74951110000", Owner: "operator", Kind: "local", Use: "tracking"}

// uncovered expects a purchase to be refused for want of funds.
func (o *office) uncovered(what string, buy func(ctx context.Context, tx *store.Tx) error) {
	o.t.Helper()
	if err := o.try(buy); errs.KindOf(err) != errs.Unpaid || errs.CodeOf(err) != "ledger.insufficient_funds" {
		o.t.Errorf("%s: %v", what, err)
	}
}

func (o *office) configuration() billing.Configuration {
	o.t.Helper()
	config, err := billing.GetConfiguration(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return config
}
