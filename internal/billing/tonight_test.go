package billing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func (o *office) turnOff(product string, tonight bool, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.SwitchProducts(ctx, tx, o.id, []billing.Switch{{Product: product, Tonight: tonight}}, instant(o.t, at))
	})
}

func (o *office) ending(at string) []string {
	o.t.Helper()
	names, err := billing.EndingTonight(context.Background(), o.db, o.id, instant(o.t, at))
	if err != nil {
		o.t.Fatal(err)
	}
	return names
}

// fees are the lines without payments and the time they were booked at.
func (o *office) fees() (fees []string) {
	o.t.Helper()
	for _, line := range o.lines() {
		if !strings.Contains(line, "payment") {
			fees = append(fees, line[:10]+line[31:])
		}
	}
	return fees
}

// $39 a month, off tonight on 1 March: 1.30 for the 1st, nothing for the 2nd; taken back: 1.30 for each. Rules B-61, B-08.
func TestOffTonight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.pay("p1", "100", "2021-03-01T09:01:00-05:00")
		o.turn("callback", true, "2021-03-01T10:00:00-05:00")
		o.turnOff("callback", true, "2021-03-01T11:00:00-05:00")
		if diff := cmp.Diff([]string{"callback"}, o.ending("2021-03-01T23:59:59-05:00")); diff != "" {
			t.Error(diff)
		}
		if held := o.configuration().Products; len(held) != 0 {
			t.Errorf("tomorrow still has %v", held)
		}
		if names := o.ending("2021-03-02T00:00:00-05:00"); names != nil {
			t.Errorf("after midnight %v end", names)
		}
		o.closeAt("2021-03-04T00:00:00-05:00")
		if diff := cmp.Diff([]string{"2021-03-01 product_fee callback -1.3"}, o.fees()); diff != "" {
			t.Error(diff)
		}
		o.turn("callback", true, "2021-03-04T10:00:00-05:00")
		o.turnOff("callback", true, "2021-03-04T11:00:00-05:00")
		o.turn("callback", true, "2021-03-04T12:00:00-05:00")
		o.closeAt("2021-03-06T00:00:00-05:00")
		want := []string{"2021-03-01 product_fee callback -1.3", "2021-03-04 product_fee callback -1.3", "2021-03-05 product_fee callback -1.3"}
		if diff := cmp.Diff(want, o.fees()); diff != "" {
			t.Error(diff)
		}
		history, err := billing.History(context.Background(), db, o.id)
		if err != nil || len(history) != 2 || !history[1].Until.IsZero() {
			t.Errorf("taken back, it leaves a trace: %+v, %v", history, err)
		}
	})
}

// Slots end with their product and come back with it: 6 numbers fill 6 slots, 3 are released, off tonight and on again: 6
// still. A number that comes before midnight opens its slot until midnight. Rules B-61, B-32.
func TestSlotsOffTonight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
		number := func(digit string) pricing.Number {
			return pricing.Number{Number: "+1212555100" + digit, Owner: "customer", Kind: "local", Use: "tracking"}
		}
		for _, digit := range []string{"0", "1", "2", "3", "4", "5"} {
			o.rent(number(digit), "2021-03-01T10:30:00-05:00")
		}
		o.must(func(ctx context.Context, tx *store.Tx) error {
			for _, digit := range []string{"3", "4", "5"} {
				if err := o.night.Billing.ReleaseNumber(ctx, tx, o.id, number(digit).Number, instant(t, "2021-03-01T10:40:00-05:00")); err != nil {
					return err
				}
			}
			return nil
		})
		o.turnOff("call_tracking", true, "2021-03-01T11:00:00-05:00")
		o.turn("call_tracking", true, "2021-03-01T12:00:00-05:00")
		if diff := cmp.Diff(map[string]int64{"call_tracking": 6}, o.configuration().Slots); diff != "" {
			t.Error(diff)
		}
		o.turnOff("call_tracking", true, "2021-03-02T11:00:00-05:00")
		for _, digit := range []string{"3", "4", "5", "6"} {
			o.rent(number(digit), "2021-03-02T12:00:00-05:00")
		}
		o.closeAt("2021-03-05T00:00:00-05:00")
		want := []string{
			"2021-03-01 product_fee call_tracking -1.966667", "2021-03-01 slot_fee call_tracking -0.066667",
			"2021-03-02 product_fee call_tracking -1.966667", "2021-03-02 slot_fee call_tracking -0.133333",
		}
		if diff := cmp.Diff(want, o.fees()); diff != "" {
			t.Error(diff)
		}
	})
}

// What was put off until midnight can be hurried: off now. Rule B-61.
func TestOffNowAfterAll(t *testing.T) {
	t.Parallel()
	books := pricebook.Shipped()
	book, err := books.Get("ringostat", "2021-01-01")
	if err != nil {
		t.Fatal(err)
	}
	lenient := *book
	lenient.Version, lenient.Effective, lenient.Measure = "2021-02-01", civil.MustParseDate("2021-02-01"), pricebook.MeasureEndOfDay
	if err := books.Add(&lenient); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		tonight bool
		want    []string
	}{
		"now":     {false, nil},
		"tonight": {true, []string{"2021-03-01 product_fee callback -1.3"}},
	} {
		opening := american
		opening.Version = "2021-02-01"
		o := openWith(t, storetest.SQLite(t), books, opening, "2021-03-01T09:00:00-05:00")
		o.turn("callback", true, "2021-03-01T10:00:00-05:00")
		o.turnOff("callback", true, "2021-03-01T11:00:00-05:00")
		if !c.tonight {
			o.turnOff("callback", false, "2021-03-01T12:00:00-05:00")
		}
		o.closeAt("2021-03-03T00:00:00-05:00")
		if diff := cmp.Diff(c.want, o.fees()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A product that ends tonight is no more of use to one that needs it tomorrow; switched on with it, it stays. Rules B-61, B-30.
func TestNeedsOfWhatEndsTonight(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	o.turnOff("call_tracking", true, "2021-03-01T11:00:00-05:00")
	on := func(products ...string) error {
		switches := make([]billing.Switch, len(products))
		for i, name := range products {
			switches[i] = billing.Switch{Product: name, On: true}
		}
		return o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SwitchProducts(ctx, tx, o.id, switches, instant(t, "2021-03-01T12:00:00-05:00"))
		})
	}
	if err := on("analytics"); errs.CodeOf(err) != "billing.product_needs" {
		t.Errorf("analytics alone: %v", err)
	}
	if err := on("analytics", "call_tracking"); err != nil {
		t.Error(err)
	}
	if names := o.ending("2021-03-01T12:00:00-05:00"); names != nil {
		t.Errorf("%v end", names)
	}
}

// A preview says it before: nothing more today, 1.30 a day less from tomorrow on. Rules B-61, B-08.
func TestPreviewOfOffTonight(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("callback", true, "2021-03-01T10:00:00-05:00")
	change := billing.Change{Products: []billing.Switch{{Product: "callback", Tonight: true}}}
	effect, err := o.night.Billing.Preview(context.Background(), o.db, o.id, change, instant(t, "2021-03-01T11:00:00-05:00"))
	if err != nil || effect.PerDay != money.MustParse("1.3") || effect.Per30Days != money.MustParse("39") || len(effect.After.Today.Lines) != 1 {
		t.Errorf("%+v, %v", effect, err)
	}
	if names := o.ending("2021-03-01T11:00:00-05:00"); names != nil {
		t.Errorf("a preview left %v", names)
	}
}

// A project whose only product ends tonight still has one: its card payment enrols it. Rules B-61, B-40.
func TestLoyaltyOnTheLastDay(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("callback", true, "2021-03-01T10:00:00-05:00")
	o.turnOff("callback", true, "2021-03-01T11:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		taken, err := o.night.Billing.Pay(ctx, tx, o.id, billing.Payment{ID: "c", Amount: 100 * money.Unit, Method: "card", PeriodDays: 30}, instant(t, "2021-03-01T12:00:00-05:00"))
		if err == nil && !taken.Counts {
			t.Error("it does not count")
		}
		return err
	})
}

// A move that is to come is taken back; the days go on under the version in force. Rules B-61, B-09.
func TestTakingBackAMove(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		opening := project.Opening{Name: "Shop", Country: "US", Currency: "USD", TimeZone: "America/New_York", Book: "ringostat", Version: "2021-01-01"}
		o := open(t, db, opening, "2022-08-01T09:00:00-04:00")
		keep := func(at string) error {
			return o.try(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.KeepBook(ctx, tx, o.id, instant(t, at))
			})
		}
		move := func(at string) {
			o.must(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.MoveBook(ctx, tx, o.id, "2022-07-01", "", instant(t, at))
			})
		}
		if err := keep("2022-08-01T10:00:00-04:00"); errs.CodeOf(err) != "billing.no_move" {
			t.Errorf("there is none: %v", err)
		}
		move("2022-08-01T11:00:00-04:00")
		if err := keep("2022-08-01T23:59:59-04:00"); err != nil {
			t.Fatal(err)
		}
		p, err := project.Get(context.Background(), db, o.id)
		if err != nil || len(p.Books) != 1 || p.Books[0].Version != "2021-01-01" {
			t.Errorf("%+v, %v", p.Books, err)
		}
		move("2022-08-02T11:00:00-04:00")
		if err := keep("2022-08-03T00:00:00-04:00"); errs.CodeOf(err) != "billing.no_move" {
			t.Errorf("after midnight: %v", err)
		}
	})
}

// The clock of the day decides: what is asked for in the hour that an autumn night has twice ends at that night's end.
// Rules B-61, B-09.
func TestOffTonightOnALongDay(t *testing.T) {
	t.Parallel()
	opening := project.Opening{Name: "Kyiv", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2022-07-01"}
	o := open(t, storetest.SQLite(t), opening, "2026-10-24T12:00:00+03:00")
	o.turn("callback", true, "2026-10-24T12:00:00+03:00")
	o.turnOff("callback", true, "2026-10-25T03:30:00+02:00")
	history, err := billing.History(context.Background(), o.db, o.id)
	if err != nil || len(history) != 1 || !history[0].Until.Equal(time.Date(2026, 10, 25, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", history, err)
	}
}
