package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

const demo = ident.ProjectID("demo")

var (
	day  = civil.MustParseDate("2021-03-01")
	noon = time.Date(2021, 3, 1, 12, 0, 0, 123456789, time.UTC)
)

func open(t testing.TB, db *store.DB, project ident.ProjectID, overdraft money.Micro) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		return ledger.Open(ctx, tx, ledger.Account{Project: project, Currency: "UAH", Overdraft: overdraft, OpenedAt: noon})
	})
}

func write(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// inBatch runs fn in a batch of its own, flushes it and returns fn's error.
func inBatch(t testing.TB, db *store.DB, fn func(ctx context.Context, b *ledger.Batch) error) error {
	t.Helper()
	return db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		b := ledger.NewBatch(tx)
		if err := fn(ctx, b); err != nil {
			return err
		}
		return b.Flush(ctx)
	})
}

func post(t testing.TB, db *store.DB, p ledger.Posting) (entry ledger.Entry, replayed bool, err error) {
	t.Helper()
	err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		var err error
		entry, replayed, err = ledger.Post(ctx, tx, p)
		return err
	})
	return entry, replayed, err
}

func mustPost(t testing.TB, db *store.DB, p ledger.Posting) ledger.Entry {
	t.Helper()
	entry, _, err := post(t, db, p)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func payment(key string, amount string) ledger.Posting {
	return ledger.Posting{
		Project: demo, Key: key, Day: day, BookedAt: noon, Kind: pricing.Payment, Item: "card", Quantity: 1,
		Amount: money.MustParse(amount), Into: ledger.Cash, House: "clearing:card", Ref: "payment:1",
	}
}

func gift(key string, into ledger.Fund, amount string) ledger.Posting {
	p := payment(key, amount)
	p.Kind, p.Into, p.House = pricing.Bonus, into, "loyalty"
	return p
}

func fee(key string, amount string) ledger.Posting {
	return ledger.Posting{
		Project: demo, Key: key, Day: day, BookedAt: noon, Kind: pricing.ProductFee, Item: "pbx", Quantity: 1, UnitPrice: money.MustParse("999"),
		Amount: -money.MustParse(amount), BonusPays: true, House: "revenue:pbx", Ref: "day:2021-03-01", Rule: "B-30",
		Book: "ringostat@2021-01-01", Explain: []byte(`{"monthly":"999"}`),
	}
}

func call(key string, amount string) ledger.Posting {
	return ledger.Posting{
		Project: demo, Key: key, Day: day, BookedAt: noon, Kind: pricing.Call, Item: "Ukraine mobile", Quantity: 61,
		Amount: -money.MustParse(amount), House: "revenue:call", Ref: "leg:1", Rule: "B-22", Book: "ringostat@2021-01-01",
		Explain: []byte(`{"prefix":"38067"}`),
	}
}

func account(t testing.TB, db *store.DB, project ident.ProjectID) ledger.Account {
	t.Helper()
	a, err := ledger.GetAccount(t.Context(), db, project)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func funds(a ledger.Account) string {
	return fmt.Sprintf("cash %s bonus %s credit %s held %s", a.Cash, a.Bonus, a.Credit, a.Held)
}

func wantCode(t testing.TB, err error, kind errs.Kind, code string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("the error is %v (%s), want %s %s", err, errs.CodeOf(err), kind, code)
	}
}

func verify(t testing.TB, db *store.DB) ledger.Report {
	t.Helper()
	report, err := ledger.Verify(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func mustVerify(t testing.TB, db *store.DB) ledger.Report {
	t.Helper()
	report := verify(t, db)
	for _, breach := range report.Breaches {
		t.Error(breach)
	}
	return report
}

func seal(t testing.TB, db *store.DB) int64 {
	t.Helper()
	sealed, err := ledger.NewSealer(db).Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}
