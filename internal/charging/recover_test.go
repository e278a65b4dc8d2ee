package charging_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
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

// Rule B-73: whoever extends as late as the answers allow is never taken for lost, whatever the leg costs.
func TestPromisesOutlastSilence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		o.Silence = 15 * time.Second
		for _, to := range []string{kyivstar, "sip:anna@office", "112"} {
			got, err := o.dial(to, to)
			if err != nil || got.ExtendWithin != 5 || got.HeartbeatWithin != 5 {
				t.Fatalf("%s: %+v, %v", to, got, err)
			}
			for elapsed := got.ExtendWithin; elapsed < 200; {
				if done, err := o.Recover(context.Background(), after(elapsed)); err != nil || done != (charging.Recovered{}) {
					t.Fatalf("%s after %d s: %+v, %v", to, elapsed, done, err)
				}
				e := o.extend(to, elapsed)
				if e.Within < elapsed || e.Within > elapsed+5 || e.HeartbeatWithin != 5 {
					t.Fatalf("%s after %d s: %+v", to, elapsed, e)
				}
				elapsed = max(elapsed+1, e.Within)
			}
			o.hangUp(to, 200)
		}
		o.verified()
	})
}

// Rules B-11, B-73: a leg given back because nobody was known to have answered is charged once when its true end comes,
// also where its day is final by then.
func TestTrueEndAfterRecovery(t *testing.T) {
	t.Parallel()
	reports := map[string]func(o *office, id string, seconds int64, at time.Time) (charging.Leg, error){
		"settled": func(o *office, id string, seconds int64, now time.Time) (charging.Leg, error) {
			return o.Settle(context.Background(), charging.SettleRequest{Project: o.id, LegID: id, AnsweredAt: at(noon), Seconds: seconds, At: now})
		},
		"recorded": func(o *office, id string, seconds int64, now time.Time) (charging.Leg, error) {
			record := o.record(id, pricing.LegOutbound, kyivstar, seconds)
			record.At = now
			return o.Charge(context.Background(), record)
		},
	}
	const price = "2.042483" // of 61 s
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, report := range reports {
			o := &office{TB: t, db: db, id: ident.ProjectID(name)}
			o.billing = billing.New(pricebook.Shipped())
			o.Service = charging.New(db, pricebook.Shipped(), o.billing, project.NewCache())
			o.open(o.id, ukrainian, "100")
			o.limit(project.Limits{ConcurrentCalls: pointer(int64(2))})
			for _, id := range []string{"today", "late"} {
				if _, err := o.dial(id, kyivstar); err != nil {
					t.Fatal(err)
				}
			}
			if done, err := o.Recover(context.Background(), after(95)); err != nil || done.Released != 2 {
				t.Fatalf("%+v, %v", done, err)
			}
			nextWeek := at("2026-03-09T12:00:00+02:00")
			for _, id := range []string{"today", "late"} {
				now := after(100)
				if id == "late" {
					o.closeDays(nextWeek)
					now = nextWeek
				}
				for range 2 {
					leg, err := report(o, id, 61, now)
					if err != nil || leg.State != charging.Settled || leg.Amount != uah(price) || leg.Entry == 0 || leg.Hold == 0 {
						t.Fatalf("%s, %s: %+v, %v", name, id, leg, err)
					}
				}
				_, err := report(o, id, 62, now)
				wantCode(t, "another end", err, "charging.record_conflict")
				o.explained(id)
			}
			if calls, late := o.entries(pricing.Call), o.entries(pricing.Adjustment); len(calls) != 1 || len(late) != 1 || late[0].Amount != -uah(price) {
				t.Errorf("%s: calls %+v, adjustments %+v", name, calls, late)
			}
			if usage := o.usage("2026-03-02"); usage.CallCount != 2 {
				t.Errorf("%s: %+v", name, usage)
			}
			if account := o.account(); account.Held != 0 {
				t.Errorf("%s: %s is held", name, account.Held)
			}
			o.verified()
		}
	})
}

// What was charged for a lost leg stands, and the refusal of another end says so.
func TestConflictWithRecovery(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		o.extend("leg", 61)
		if _, err := o.Recover(context.Background(), after(95)); err != nil {
			t.Fatal(err)
		}
		_, err := o.Charge(context.Background(), o.record("leg", pricing.LegOutbound, kyivstar, 75))
		wantCode(t, "a longer record", err, "charging.record_conflict")
		var known *errs.Error
		if !errors.As(err, &known) || !strings.Contains(known.Message, "fell silent and was closed after the 61 s") || !strings.Contains(known.Hint, "adjustment") {
			t.Errorf("%+v", known)
		}
	})
}

// What happened before the day the project was opened is not its to pay; all of that day is.
func TestBeforeTheProject(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx, before, now := context.Background(), at("2026-03-01T23:59:59+02:00"), at(opened).Add(time.Minute)
		ask := charging.AuthoriseRequest{Project: o.id, LegID: "leg", Kind: pricing.LegOutbound, To: kyivstar, At: at(opened)}
		if _, err := o.Authorise(ctx, ask); err != nil {
			t.Fatal(err)
		}
		refused := func(what string, err error) {
			t.Helper()
			wantCode(t, what, err, "charging.before_project")
		}
		settle := charging.SettleRequest{Project: o.id, LegID: "leg", AnsweredAt: before, Seconds: 30, At: now}
		_, err := o.Settle(ctx, settle)
		refused("settled", err)
		_, err = o.Extend(ctx, charging.ExtendRequest{Project: o.id, LegID: "leg", AnsweredAt: before, Elapsed: 30, At: now})
		refused("extended", err)
		record := charging.CallRecord{Project: o.id, ID: "record", Kind: pricing.LegOutbound, To: kyivstar, AnsweredAt: before, Seconds: 30, At: now}
		_, err = o.Charge(ctx, record)
		refused("recorded", err)
		_, err = o.ChargeAll(ctx, []charging.CallRecord{record})
		refused("recorded with others", err)
		_, err = o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "sms", To: kyivstar, Segments: 1, At: before})
		refused("a message", err)
		if entries := o.entries(pricing.Call, pricing.SMS); len(entries) != 0 {
			t.Errorf("%+v", entries)
		}
		settle.AnsweredAt, record.AnsweredAt = at(opened), before.Add(time.Second)
		if _, err := o.Settle(ctx, settle); err != nil {
			t.Error(err)
		}
		if _, err := o.Charge(ctx, record); err != nil {
			t.Error(err)
		}
		o.verified()
	})
}
