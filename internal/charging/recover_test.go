package charging_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule B-73: what a crash left open is charged up to its last heartbeat, or released, once.
func TestRecover(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		for _, id := range []string{"ringing", "talking", "alive", "free"} {
			to := kyivstar
			if id == "free" {
				to = "sip:anna@office"
			}
			if _, err := o.dial(id, to); err != nil {
				t.Fatal(err)
			}
		}
		o.extend("talking", 61)
		o.extend("free", 61)
		o.extend("alive", 80)
		if done, err := o.Recover(ctx, after(30)); err != nil || done != (charging.Recovered{}) {
			t.Fatalf("all are alive: %+v, %v", done, err)
		}
		for i, want := range []charging.Recovered{{Charged: 2, Released: 1}, {}} {
			done, err := o.Recover(ctx, after(95))
			if err != nil || done != want {
				t.Errorf("run %d: %+v, %v, want %+v", i, done, err, want)
			}
		}
		if leg := o.leg("talking"); leg.State != charging.Expired || leg.Amount != uah("2.042483") || leg.Seconds != 61 || leg.Cause != "lost" {
			t.Errorf("%+v", leg)
		}
		if leg := o.leg("ringing"); leg.State != charging.Expired || leg.Entry != 0 {
			t.Errorf("%+v", leg)
		}
		for _, id := range []string{"talking", "ringing", "free"} {
			o.explained(id)
		}
		_, err := o.Extend(ctx, charging.ExtendRequest{Project: o.id, LegID: "talking", Elapsed: 70, At: after(70)})
		wantCode(t, "the owner comes back", err, "charging.leg_closed")
		_, err = o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "talking", AnsweredAt: at(noon), Seconds: 75, At: after(75)})
		wantCode(t, "the owner settles otherwise", err, "charging.record_conflict")
		if leg := o.hangUp("talking", 61); leg.State != charging.Expired {
			t.Errorf("%+v", leg)
		}
		if _, err := o.Release(ctx, charging.ReleaseRequest{Project: o.id, LegID: "ringing", At: after(95)}); err != nil {
			t.Errorf("released once more: %v", err)
		}
		if account := o.account(); account.Held != uah("6.696667") { // 200 s of the leg that is alive
			t.Errorf("%s is held", account.Held)
		}
		o.verified()
	})
}

// Rule B-73: a node that dies leaves legs in every state; the next one opens the same file and closes them. More of them
// than a round takes.
func TestRecoverAfterRestart(t *testing.T) {
	t.Parallel()
	const legs = 600
	dsn := storetest.SQLiteDSN(t)
	reopen := func() *store.DB {
		t.Helper()
		db, err := store.Open(context.Background(), store.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := reopen()
	o := open(t, db, ukrainian, "100000")
	o.limit(project.Limits{ConcurrentCalls: pointer(int64(legs)), PerDay: pointer(uah("100000"))})
	var want charging.Recovered
	for i := range legs {
		id := fmt.Sprintf("leg-%03d", i)
		if _, err := o.dial(id, kyivstar); err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			want.Released++
		case 1:
			o.extend(id, int64(i))
			want.Charged++
		case 2:
			o.hangUp(id, 60)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = reopen()
	t.Cleanup(func() { _ = db.Close() })
	books := pricebook.Shipped()
	o.db, o.billing = db, billing.New(books)
	o.Service = charging.New(db, books, o.billing, project.NewCache())
	if done, err := o.Recover(context.Background(), after(legs+3600)); err != nil || done != want {
		t.Errorf("recovered %+v, %v, want %+v", done, err, want)
	}
	open, err := charging.OpenLegs(context.Background(), db, o.id)
	if err != nil || len(open) != 0 || o.account().Held != 0 {
		t.Errorf("%d legs are open, %s held, %v", len(open), o.account().Held, err)
	}
	if entries := o.entries(pricing.Call); len(entries) != legs*2/3 {
		t.Errorf("%d entries", len(entries))
	}
	o.explained("leg-001")
	o.verified()
}

// How long silence lasts is the service's to say.
func TestSilence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		o.Silence = time.Minute
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		o.extend("leg", 30)
		if done, err := o.Recover(context.Background(), after(90)); err != nil || done != (charging.Recovered{}) {
			t.Errorf("heard of 60 s ago: %+v, %v", done, err)
		}
		if done, err := o.Recover(context.Background(), after(91)); err != nil || done.Charged != 1 {
			t.Errorf("heard of 61 s ago: %+v, %v", done, err)
		}
	})
}
