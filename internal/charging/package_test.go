package charging_test

import (
	"context"
	"fmt"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const moscow = "+74951234567"

// k50 opens a project with packages on 2026-03-02 that rents a number.
func k50(t testing.TB, db *store.DB) *office {
	o := open(t, db, russian, "100000")
	o.rent("+74957654321", "operator")
	return o
}

func (o *office) rent(number, owner string) {
	o.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.billing.RentNumber(ctx, tx, o.id, pricing.Number{Number: number, Owner: owner, Kind: "local", Use: "tracking"}, at(opened))
	})
}

// forward records a leg to a number in Moscow.
func (o *office) forward(id, answered string, minutes int64) charging.Leg {
	o.Helper()
	begin := at(answered)
	return o.charge(charging.CallRecord{
		Project: o.id, ID: id, Kind: pricing.LegForward, To: moscow, AnsweredAt: begin, Seconds: minutes * 60, At: begin.Add(after(minutes * 60).Sub(at(noon))),
	})
}

func (o *office) minutes(day string) map[string]int64 {
	o.Helper()
	used, err := billing.MinutesOf(context.Background(), o.db, o.id, date(day))
	if err != nil {
		o.Fatal(err)
	}
	return used
}

func (o *office) lines(kinds ...pricing.Kind) []string {
	o.Helper()
	var lines []string
	for _, entry := range o.entries(kinds...) {
		lines = append(lines, fmt.Sprintf("%s %s %s %d %s", entry.Day, entry.Kind, entry.Item, entry.Quantity, entry.Amount))
	}
	return lines
}

// Rules B-37, B-38: legs count started minutes of their package, make no entry, and legs of calls that came in on an own
// number count nothing.
func TestPackages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := k50(t, db)
		o.rent("+74991234567", "customer")
		before := o.account()
		for id, c := range map[string]struct {
			to, number string
			seconds    int64
			pack       string
			minutes    int64
		}{
			"phone":    {moscow, "", 61, "forwarding", 2},
			"rented":   {moscow, "+74957654321", 60, "forwarding", 1},
			"own":      {moscow, "+74991234567", 600, "", 0},
			"sip":      {"sip:office@operator.example", "", 1, "sip", 1},
			"instant":  {moscow, "", 0, "forwarding", 0},
			"strange":  {moscow, "+74990000000", 60, "forwarding", 1},
			"own, sip": {"sip:office@operator.example", "+74991234567", 60, "", 0},
		} {
			record := o.record(cleaned(id), pricing.LegForward, c.to, c.seconds)
			record.Number = c.number
			leg := o.charge(record)
			if leg.Package != c.pack || leg.Minutes != c.minutes || leg.Amount != 0 || leg.Entry != 0 {
				t.Errorf("%s: %+v", id, leg)
			}
			o.explained(leg.ID)
		}
		if diff := cmp.Diff(map[string]int64{"forwarding": 4, "sip": 1}, o.minutes("2026-03-02")); diff != "" {
			t.Error(diff)
		}
		if account := o.account(); account.Seq != before.Seq || account.Held != 0 {
			t.Errorf("before %+v, after %+v", before, account)
		}
		got, err := o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: "held", Kind: pricing.LegForward, To: moscow, Number: "+74991234567", At: at(noon)})
		if err != nil || !got.Free || o.leg("held").Charge != "free" {
			t.Errorf("%+v, %v", got, err)
		}
		o.hangUp("held", 60)
		o.explained("held")
	})
}

func cleaned(id string) string { return fmt.Sprintf("%x", id) }

// Rules B-11, B-38: a leg answered in March that ends when March was charged adds the difference of the overage, dated the
// month's last day; once that day is final, as an adjustment on today. However the records are spread, the sum is that of
// the month: 3,450 minutes cost 450.
func TestMinutesAfterTheMonth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := k50(t, db)
		o.forward("within", "2026-03-10T12:00:00+03:00", 2900)
		const eve = "2026-03-31T23:50:00+03:00"
		for _, id := range []string{"over", "open"} {
			request := charging.AuthoriseRequest{Project: o.id, LegID: id, Kind: pricing.LegForward, To: moscow, At: at(eve)}
			if _, err := o.Authorise(context.Background(), request); err != nil {
				t.Fatal(err)
			}
		}
		settle := func(id string, minutes int64, now string) {
			t.Helper()
			o.closeDays(at(now))
			_, err := o.Settle(context.Background(), charging.SettleRequest{Project: o.id, LegID: id, AnsweredAt: at(eve), Seconds: minutes * 60, At: at(now)})
			if err != nil {
				t.Fatal(err)
			}
		}
		settle("over", 150, "2026-04-01T02:30:00+03:00")
		want := []string{"2026-03-31 package_overage forwarding 50 -50"}
		if diff := cmp.Diff(want, o.lines(pricing.PackageOverage, pricing.Adjustment)); diff != "" {
			t.Errorf("after the first leg: %s", diff)
		}
		settle("open", 300, "2026-04-01T05:00:00+03:00")
		want = append(want, "2026-03-31 package_overage forwarding 300 -300")
		if diff := cmp.Diff(want, o.lines(pricing.PackageOverage, pricing.Adjustment)); diff != "" {
			t.Errorf("after the second leg: %s", diff)
		}
		o.closeDays(at("2026-04-02T05:00:00+03:00"))
		late := charging.CallRecord{Project: o.id, ID: "late", Kind: pricing.LegForward, To: moscow, AnsweredAt: at("2026-03-05T12:00:00+03:00"), Seconds: 6000, At: at("2026-04-02T05:00:00+03:00")}
		for range 2 {
			o.charge(late)
		}
		want = append(want, "2026-04-02 adjustment forwarding 100 -100")
		if diff := cmp.Diff(want, o.lines(pricing.PackageOverage, pricing.Adjustment)); diff != "" {
			t.Errorf("after the late record: %s", diff)
		}
		if got := o.minutes("2026-03-01")["forwarding"]; got != 3450 {
			t.Errorf("%d minutes in March", got)
		}
		o.verified()
	})
}

// A book moved between the authorisation and the answer: the rate is that of the answer's day, or where the new version
// does not serve the destination, the one authorised.
func TestBookMovesUnderACall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		const eve, morning = "2026-03-02T23:59:50+02:00", "2026-03-03T00:00:10+02:00"
		if _, err := o.Authorise(ctx, charging.AuthoriseRequest{Project: o.id, LegID: "leg", Kind: pricing.LegOutbound, To: kyivstar, At: at(eve)}); err != nil {
			t.Fatal(err)
		}
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return o.billing.MoveBook(ctx, tx, o.id, "2022-07-01", "", at(eve))
		})
		leg, err := o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "leg", AnsweredAt: at(morning), Seconds: 60, At: at(morning)})
		if err != nil || leg.Book != "ringostat@2022-07-01" || leg.Day != date("2026-03-03") {
			t.Errorf("%+v, %v", leg, err)
		}
		o.explained("leg")
	})
}
