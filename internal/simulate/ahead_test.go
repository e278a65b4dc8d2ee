package simulate

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// talker is a Ukrainian project with funds, and the instant at which its last event lies.
func talker(t *testing.T, db *store.DB) (ident.ProjectID, time.Time) {
	t.Helper()
	opened := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	id, _ := live(t, db, []Event{
		{At: opened, Type: "project.open", Project: "talker", Country: "UA", Currency: "UAH", TimeZone: "UTC", Book: "ringostat", BookVersion: "2021-01-01"},
		{At: opened, Type: "payment", ID: "p", amount: money.MustParse("120"), Method: "bank"},
		{At: opened.Add(time.Minute), Type: "end"},
	}, pricebook.Shipped())
	return id, opened.Add(2 * time.Hour)
}

// speak charges a call of a minute to Kyivstar, 2.009, answered some time after the clock here.
func speak(t *testing.T, db *store.DB, id ident.ProjectID, leg string, at time.Time, ahead time.Duration, seconds int64) {
	t.Helper()
	bills := billing.New(pricebook.Shipped())
	_, err := charging.New(db, bills.Books, bills, bills.Projects).Charge(context.Background(), charging.CallRecord{
		Project: id, ID: leg, Kind: "outbound", To: "+380671234567", AnsweredAt: at.Add(ahead), Seconds: seconds, At: at, Live: true,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A call that a clock ahead of ours told is exported so that simulate reads it, also in the second it came.
func TestACallAheadReplays(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	id, at := talker(t, db)
	speak(t, db, id, "ahead", at, 20*time.Second, 5)
	speak(t, db, id, "past", at, -time.Hour, 61)
	replays(t, db, id, at, "ahead", false)
	replays(t, db, id, at.Add(time.Hour), "ahead, later", false)
}

// What a leg cannot have lasted is refused in a file of events too. Rule B-72.
func TestACallLongerThanItExisted(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	_, err := Run(context.Background(), []Event{
		{At: opened, Type: "project.open", Project: "talker", Country: "UA", Currency: "UAH", TimeZone: "UTC", Book: "ringostat", BookVersion: "2021-01-01"},
		{At: opened.Add(time.Hour), Type: "call", ID: "c", Leg: "outbound", To: "+380671234567", answeredAt: opened.Add(time.Hour), Seconds: 3600, Line: 2},
	}, Options{})
	if errs.CodeOf(err) != "charging.bad_duration" {
		t.Error(err)
	}
}

// Payments that were undone and an operator's adjustments are no charges: 120 back and 5 given beside a call of 2.009, twice.
func TestCorrectionsAreNoCharges(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	id, at := talker(t, db)
	speak(t, db, id, "one", at, -time.Hour, 60)
	speak(t, db, id, "two", at, -time.Hour, 60)
	bills := billing.New(pricebook.Shipped())
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := bills.Adjust(ctx, tx, id, billing.Adjustment{ID: "a", Amount: money.MustParse("-5"), Reason: "a handset"}, at); err != nil {
			return err
		}
		paid, err := ledger.EntryByKey(ctx, tx, ledger.Key{Project: id, Key: "payment/talker/p"})
		if err != nil {
			return err
		}
		_, err = bills.Reverse(ctx, tx, id, paid.ID, "chargeback", at.Add(time.Second))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	today := civil.DateIn(at, time.UTC)
	answer, err := Ask(context.Background(), db, pricebook.Shipped(), Question{Project: id, Version: "2021-01-01", From: today, To: today}, at.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	charges, corrections := money.MustParse("-4.018"), money.MustParse("-125")
	if answer.Charges != (Sides{A: charges, B: charges}) || answer.Corrections != (Sides{A: corrections, B: corrections}) || answer.Days[0].A != charges || len(answer.Drift) > 0 {
		t.Errorf("charges %+v, corrections %+v, days %+v, drift %+v", answer.Charges, answer.Corrections, answer.Days, answer.Drift)
	}
}
