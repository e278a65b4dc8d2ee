package billing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// A dry project goes through its states in time, stops paying for what it may not use, and a top-up resumes it at once.
// Rule B-60.
func TestStates(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T00:00:00-05:00")
		o.pay("p1", "3", "2021-03-01T00:00:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T00:00:00-05:00")
		o.rent(pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}, "2021-03-01T00:00:00-05:00")
		if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2021-04-20T00:00:00-04:00")); err != nil {
			t.Fatal(err)
		}
		transitions, err := billing.Transitions(context.Background(), db, o.id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tr := range transitions {
			got = append(got, fmt.Sprintf("%s %s-%s", tr.At.UTC().Format(time.RFC3339), tr.From, tr.To))
		}
		want := []string{
			"2021-03-01T05:00:00Z active-low", "2021-03-04T05:00:00Z low-grace", "2021-03-07T05:00:00Z grace-suspended",
			"2021-03-19T05:00:00Z suspended-unpaid", "2021-04-03T05:00:00Z unpaid-quarantine", "2021-04-18T05:00:00Z quarantine-released",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		fees, rents := 0, 0
		for entry, err := range ledger.All(context.Background(), db, ledger.Filter{Project: o.id}) {
			if err != nil {
				t.Fatal(err)
			}
			fees += map[bool]int{true: 1}[entry.Kind == pricing.ProductFee]
			rents += map[bool]int{true: 1}[entry.Kind == pricing.NumberRent]
		}
		if fees != 6 || rents != 34 { // 1..6 March; 1 March..3 April, on which quarantine begins at 01:00
			t.Errorf("%d product fees and %d rents, want 6 and 34", fees, rents)
		}
		if held, err := o.night.Billing.Numbers(context.Background(), db, o.id); err != nil || len(held) != 0 {
			t.Errorf("numbers are not released: %v, %v", held, err)
		}
		o.pay("p2", "100", "2021-04-20T10:00:00-04:00")
		if st := o.standing(); st.State != billing.Active || st.MayDial() != nil {
			t.Errorf("a top-up does not resume: %s", st.State)
		}
	})
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

// What is ahead of a project whose funds ended on the 1st: suspended after 3 days, unpaid after 15, quarantine after 30,
// released after 45. Rule B-60.
func TestStages(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	if _, dry := o.standing().DrySince(); dry {
		t.Error("a project without entries is dry")
	}
	o.pay("p1", "1", "2021-03-01T09:00:00-05:00")
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	o.closeAt("2021-03-02T00:00:00-05:00")
	since, dry := o.standing().DrySince()
	if want := instant(t, "2021-03-02T00:00:00-05:00"); !dry || !since.Equal(want) {
		t.Errorf("dry since %s, %v; want %s", since, dry, want)
	}
	var got []string
	for _, stage := range billing.Stages(pricebook.Lifecycle{GraceDays: 3, UnpaidDays: 15, QuarantineDays: 30, ReleaseDays: 45}, since) {
		got = append(got, string(stage.To)+" "+stage.At.UTC().Format(time.DateOnly))
	}
	want := []string{"grace 2021-03-02", "suspended 2021-03-05", "unpaid 2021-03-17", "quarantine 2021-04-01", "released 2021-04-16"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
