package number_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// exchange is an installation with a stock of numbers; who acts in it is "test".
type exchange struct {
	testing.TB
	db         *store.DB
	bills      *billing.Service
	numbers    *number.Service
	night      *billing.Night
	dispatcher *event.Dispatcher
	now        time.Time
	inside     *store.Tx // where set, what is tried is part of it
}

const kyiv = "+380441234567"

var opened = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newExchange(t testing.TB, db *store.DB) *exchange {
	t.Helper()
	bills := billing.New(pricebook.Shipped())
	x := &exchange{TB: t, db: db, bills: bills, numbers: number.New(db, bills), night: &billing.Night{Billing: bills, DB: db}, now: opened}
	x.dispatcher = event.NewDispatcher(db, event.Options{Node: "test", Now: func() time.Time { return x.now }}, x.numbers.Subscriber())
	return x
}

// open opens a project in Ukraine that has paid.
func (x *exchange) open(id ident.ProjectID, amount string) {
	x.Helper()
	x.openIn(project.Opening{ID: id, Name: "Shop", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}, amount)
}

func (x *exchange) openIn(opening project.Opening, amount string) {
	x.Helper()
	x.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := x.bills.Open(ctx, tx, opening, 0, x.now)
		return err
	})
	x.pay(opening.ID, "opening", amount)
}

func (x *exchange) pay(id ident.ProjectID, name, amount string) {
	x.Helper()
	x.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := x.bills.Pay(ctx, tx, id, billing.Payment{ID: name, Amount: money.MustParse(amount), Method: "bank"}, x.now)
		return err
	})
}

func (x *exchange) try(fn func(ctx context.Context, tx *store.Tx) error) error {
	if x.inside != nil {
		return fn(context.Background(), x.inside)
	}
	return x.db.Write(context.Background(), fn)
}

func (x *exchange) must(fn func(ctx context.Context, tx *store.Tx) error) {
	x.Helper()
	if err := x.try(fn); err != nil {
		x.Fatal(err)
	}
}

func (x *exchange) add(numbers ...string) {
	x.Helper()
	x.must(func(ctx context.Context, tx *store.Tx) error {
		items := make([]number.Item, len(numbers))
		for i, n := range numbers {
			items[i] = number.Item{Line: i + 1, Number: n}
		}
		return x.numbers.Add(ctx, tx, items, "test", x.now)
	})
}

func (x *exchange) rent(id ident.ProjectID, n string) error {
	return x.wish(id, number.Wish{Number: n, Use: "pbx"})
}

func (x *exchange) wish(id ident.ProjectID, wish number.Wish) error {
	return x.try(func(ctx context.Context, tx *store.Tx) error {
		_, err := x.numbers.Rent(ctx, tx, id, wish, "test", x.now)
		return err
	})
}

func (x *exchange) bring(id ident.ProjectID, n string) error {
	return x.try(func(ctx context.Context, tx *store.Tx) error {
		_, err := x.numbers.Bring(ctx, tx, id, pricing.Number{Number: n, Kind: "local", Use: "pbx"}, "", "test", x.now)
		return err
	})
}

func (x *exchange) release(id ident.ProjectID, n string) error {
	return x.try(func(ctx context.Context, tx *store.Tx) error { return x.numbers.Release(ctx, tx, id, n, "test", x.now) })
}

func (x *exchange) retire(n string) error {
	return x.try(func(ctx context.Context, tx *store.Tx) error {
		_, err := x.numbers.Retire(ctx, tx, n, "test", x.now)
		return err
	})
}

func (x *exchange) putBack(n string) error {
	return x.try(func(ctx context.Context, tx *store.Tx) error {
		_, err := x.numbers.PutBack(ctx, tx, n, "test", x.now)
		return err
	})
}

// ripen lets the due job run and says how many it freed.
func (x *exchange) ripen() int64 {
	x.Helper()
	freed, err := x.numbers.Ripen(context.Background(), x.now)
	if err != nil {
		x.Fatal(err)
	}
	return freed
}

// pass lets time pass: days are closed and news delivered.
func (x *exchange) pass(d time.Duration) {
	x.Helper()
	x.now = x.now.Add(d)
	if _, err := x.night.Run(context.Background(), x.now); err != nil {
		x.Fatal(err)
	}
	x.deliver()
}

func (x *exchange) deliver() {
	x.Helper()
	for {
		handled, err := x.dispatcher.Step(context.Background())
		if err != nil {
			x.Fatal(err)
		}
		if handled == 0 {
			return
		}
	}
}

// state says where a number stands: "rented shop", "quarantine shop", "free", "none".
func (x *exchange) state(n string) string {
	x.Helper()
	e, ok, err := number.Get(context.Background(), x.db, n)
	if err != nil {
		x.Fatal(err)
	}
	switch {
	case !ok:
		return "none"
	case e.Project == "":
		return string(e.State)
	}
	return fmt.Sprintf("%s %s", e.State, e.Project)
}

// held are the numbers billing charges a project for.
func (x *exchange) held(id ident.ProjectID) (numbers []string) {
	x.Helper()
	found, err := x.bills.Numbers(context.Background(), x.db, id)
	if err != nil {
		x.Fatal(err)
	}
	for _, n := range found {
		numbers = append(numbers, n.Number)
	}
	return numbers
}

func (x *exchange) balance(id ident.ProjectID) string {
	x.Helper()
	account, err := ledger.GetAccount(context.Background(), x.db, id)
	if err != nil {
		x.Fatal(err)
	}
	return account.Balance().String()
}

func (x *exchange) steps(n string) (told []string) {
	x.Helper()
	steps, err := number.History(context.Background(), x.db, n)
	if err != nil {
		x.Fatal(err)
	}
	for _, s := range steps {
		told = append(told, fmt.Sprintf("%s: %s>%s %s", s.By, s.From, s.To, s.Project))
	}
	return told
}

// is checks where numbers stand.
func (x *exchange) is(want map[string]string) {
	x.Helper()
	for n, state := range want {
		if got := x.state(n); got != state {
			x.Errorf("%s is %s, want %s", n, got, state)
		}
	}
}

// refused checks the code of an error.
func (x *exchange) refused(what string, err error, code string) {
	x.Helper()
	if errs.CodeOf(err) != code || err == nil {
		x.Errorf("%s: %v, want %s", what, err, code)
	}
}

// well checks that something was done.
func (x *exchange) well(what string, err error) {
	x.Helper()
	if err != nil {
		x.Errorf("%s: %v", what, err)
	}
}
