package billing_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Rules B-07, B-10.
func TestNight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.pay("p1", "100", "2021-03-01T09:01:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
		o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
		if done := o.closeAt("2021-03-01T23:59:59-05:00"); done != 0 {
			t.Fatalf("%d days were closed before midnight", done)
		}
		if done := o.closeAt("2021-03-02T00:00:00-05:00"); done != 1 {
			t.Fatalf("%d days were closed at midnight", done)
		}
		if done := o.closeAt("2021-03-02T12:00:00-05:00"); done != 0 {
			t.Fatal("a day was closed twice")
		}
		want := []string{
			"2021-03-01 2021-03-01T14:01:00Z payment bank 100",
			"2021-03-01 2021-03-02T05:00:00Z product_fee call_tracking -1.966667",
			"2021-03-01 2021-03-02T05:00:00Z product_fee virtual_pbx -1.3",
			"2021-03-01 2021-03-02T05:00:00Z discount bundle 0.163333",
		}
		if diff := cmp.Diff(want, o.lines()); diff != "" {
			t.Error(diff)
		}
	})
}

// An outage of 40 days leaves the very entries that 40 nights on time leave.
// Rule B-10.
func TestCatchUpIsTheSameAsBeingThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var histories [][]string
		for _, id := range []ident.ProjectID{"punctual", "late"} {
			opening := american
			opening.ID = id
			o := open(t, db, opening, "2021-02-20T09:00:00-05:00")
			o.pay("p1", "40", "2021-02-20T09:01:00-05:00") // runs dry on the way: states take part
			o.turn("virtual_pbx", true, "2021-02-20T10:00:00-05:00")
			o.turn("call_tracking", true, "2021-02-20T10:00:00-05:00")
			if id == "punctual" {
				for day := range 40 {
					at := instant(t, "2021-02-21T00:10:00-05:00").AddDate(0, 0, day)
					if err := o.night.CatchUp(context.Background(), o.id, at); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2021-04-02T00:10:00-04:00")); err != nil {
				t.Fatal(err)
			}
			transitions, err := billing.Transitions(context.Background(), db, o.id)
			if err != nil {
				t.Fatal(err)
			}
			histories = append(histories, append(o.lines(), fmt.Sprint(transitions), o.standing().NextDay.String()))
		}
		if len(histories[0]) < 30 {
			t.Fatalf("only %d entries", len(histories[0]))
		}
		if diff := cmp.Diff(histories[0], histories[1]); diff != "" {
			t.Error(diff)
		}
	})
}

// Two nodes that close at the same moment close every day once.
// Rule B-10.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var offices []*office
		for i := range 40 {
			opening := american
			opening.ID = ident.ProjectID(fmt.Sprintf("p%02d", i))
			o := open(t, db, opening, "2021-03-01T09:00:00-05:00")
			o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
			offices = append(offices, o)
		}
		var nodes sync.WaitGroup
		for range 4 {
			nodes.Go(func() {
				night := &billing.Night{Billing: billing.New(pricebook.Shipped()), DB: db}
				if _, err := night.Run(context.Background(), instant(t, "2021-03-04T01:00:00-05:00")); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		for _, o := range offices {
			if lines := o.lines(); len(lines) != 3 || o.balance() != "-3.9" {
				t.Fatalf("%s: %v, balance %s", o.id, lines, o.balance())
			}
		}
	})
}

// Days of 23 and 25 hours are one day each; clocks that step back do not close a day again.
// Rule B-09.
func TestDaysOfOddLength(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	opening := project.Opening{Name: "Kyiv", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2022-07-01"}
	o := open(t, db, opening, "2026-03-28T12:00:00+02:00")
	o.turn("callback", true, "2026-03-28T12:00:00+02:00")
	for _, c := range []struct {
		at   string
		done int64
	}{
		{"2026-03-28T23:59:59+02:00", 0},
		{"2026-03-29T00:00:00+02:00", 1},
		{"2026-03-28T23:00:00+02:00", 0}, // the clock steps back
		{"2026-03-29T23:59:59+03:00", 0}, // the day of 23 hours
		{"2026-03-30T00:00:00+03:00", 1},
	} {
		if done := o.closeAt(c.at); done != c.done {
			t.Errorf("at %s %d days were closed, want %d", c.at, done, c.done)
		}
	}
	o.closeAt("2026-10-24T12:00:00+03:00")
	for _, c := range []struct {
		at   string
		next string
	}{
		{"2026-10-25T00:00:00+03:00", "2026-10-25"},
		{"2026-10-25T23:59:59+02:00", "2026-10-25"}, // the day of 25 hours
		{"2026-10-26T00:00:00+02:00", "2026-10-26"},
	} {
		o.closeAt(c.at)
		if next := o.standing().NextDay.String(); next != c.next {
			t.Errorf("at %s the first open day is %s, want %s", c.at, next, c.next)
		}
	}
}

// A day that cannot be closed is parked and says why; the other projects' days are closed; repair lets it go on.
// Rule B-12.
func TestParkAndRepair(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		opening := american
		opening.ID = "sound"
		sound := open(t, db, opening, "2021-03-01T09:00:00-05:00")
		sound.turn("callback", true, "2021-03-01T10:00:00-05:00")
		o.turn("callback", true, "2021-03-01T10:00:00-05:00")
		for i := range 16 { // what no sane day has
			o.must(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := ledger.Post(ctx, tx, ledger.Posting{
					Project: o.id, Key: fmt.Sprint("again", i), Day: civil.MustParseDate("2021-03-01"), BookedAt: instant(t, "2021-03-01T11:00:00-05:00"),
					Kind: pricing.ProductFee, Item: "callback", Amount: -1, House: "revenue:product_fee:callback",
				})
				return err
			})
		}
		var alarm []string
		o.night.Parked = func(id ident.ProjectID, reason error) { alarm = append(alarm, string(id)+" "+errs.CodeOf(reason)) }
		o.closeAt("2021-03-03T00:00:00-05:00")
		if diff := cmp.Diff([]string{"demo billing.too_many_lines"}, alarm); diff != "" {
			t.Error(diff)
		}
		if st := o.standing(); st.Parked == "" || st.NextDay != civil.MustParseDate("2021-03-01") {
			t.Errorf("the day is not parked: %+v", st)
		}
		if len(sound.lines()) != 2 {
			t.Errorf("the other project suffered: %v", sound.lines())
		}
		parked, err := billing.ParkedProjects(context.Background(), db)
		if err != nil || len(parked) != 1 {
			t.Errorf("parked: %v, %v", parked, err)
		}
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.Unpark(ctx, tx, o.id, true, instant(t, "2021-03-03T08:00:00-05:00"))
		})
		o.closeAt("2021-03-03T08:00:00-05:00")
		if st := o.standing(); st.Parked != "" || st.NextDay != civil.MustParseDate("2021-03-03") {
			t.Errorf("the project does not go on: %+v", st)
		}
		if err := o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.Unpark(ctx, tx, o.id, false, instant(t, "2021-03-03T08:00:00-05:00"))
		}); errs.CodeOf(err) != "billing.not_parked" {
			t.Errorf("repairing what is sound: %v", err)
		}
	})
}

// Many payments and corrections on a day are no reason to park it.
// Rule B-12.
func TestBusyDayIsClosed(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	for i := range 20 {
		o.pay(fmt.Sprint(i), "1", "2021-03-01T10:00:00-05:00")
		o.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := o.night.Billing.Adjust(ctx, tx, o.id, billing.Adjustment{ID: fmt.Sprint(i), Amount: 1, Reason: "goodwill"}, instant(t, "2021-03-01T10:00:00-05:00"))
			return err
		})
	}
	if done := o.closeAt("2021-03-02T00:00:00-05:00"); done != 1 || o.standing().Parked != "" {
		t.Errorf("%d days closed, parked: %q", done, o.standing().Parked)
	}
}

// A project that cannot even be read is parked; the others' nights go on.
// Rules B-10, B-12.
func TestUnreadableProjectHoldsUpNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		opening := american
		opening.ID = "aaa"
		bad := open(t, db, opening, "2021-03-01T09:00:00-05:00")
		good := open(t, db, american, "2021-03-01T09:00:00-05:00")
		bad.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE project_zone SET zone = 'Europe/Gone' WHERE project_id = 'aaa'`)
			if err == nil {
				_, err = tx.Exec(ctx, `UPDATE project SET revision = revision + 1 WHERE project_id = 'aaa'`)
			}
			return err
		})
		done, err := good.night.Run(context.Background(), instant(t, "2021-03-04T00:00:00-05:00"))
		if done != 3 || err != nil || good.standing().NextDay != civil.MustParseDate("2021-03-04") {
			t.Errorf("%d days closed: %v", done, err)
		}
		if reason := bad.standing().Parked.String(); !strings.Contains(reason, "Europe/Gone") {
			t.Errorf("parked: %q", reason)
		}
	})
}
