package charging_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Rules B-25, B-72: a hold of one quantum, or of what there is. Kyivstar costs 2.009 a minute, 60/1: 120 s are 4.018.
func TestAuthoriseHoldsAQuantum(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, funds, held        string
		holdSeconds, within, max int64
	}{
		{"plenty", "100", "4.018", 120, 10, 2986},
		{"one quantum", "4.018", "4.018", 120, 10, 120},
		{"a little less", "4.0179", "3.984517", 119, 10, 119},
		{"the first minute", "2.009", "2.009", 60, 0, 60},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "")
		for i, c := range cases {
			o.id = o.name(int64(i), 100)
			o.open(o.id, ukrainian, c.funds)
			got, err := o.dial("leg", kyivstar)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			want := charging.Authorisation{
				State: charging.Open, HoldSeconds: c.holdSeconds, ExtendWithin: c.within, HeartbeatWithin: 10, MaxSeconds: c.max,
				Prefix: "38067", Zone: "Ukraine mobile Kyivstar", PerMinute: uah("2.009"),
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(charging.Authorisation{}, "Hold")); diff != "" || got.Hold == 0 {
				t.Errorf("%s: %s", c.name, diff)
			}
			if held := o.account().Held; held != uah(c.held) {
				t.Errorf("%s: %s is held, want %s", c.name, held, c.held)
			}
			again, err := o.dial("leg", kyivstar)
			if err != nil || again != got {
				t.Errorf("%s: the repeated request got %+v, %v, want %+v", c.name, again, err, got)
			}
		}
	})
}

// Rules B-23, B-60, B-70: every refusal has its code, and they come in this order.
func TestRefusals(t *testing.T) {
	t.Parallel()
	everywhere := []string{"UA", "RU", "GB", "BY", "US", "CU"}
	cases := []struct {
		name, kind, to string
		limits         project.Limits
		funds          string
		code           string
	}{
		{"letters", "", "+38067123456a", project.Limits{}, "10", "charging.bad_destination"},
		{"a second number", "", "+380671234567,,12", project.Limits{}, "10", "charging.bad_destination"},
		{"too few digits", "", "06", project.Limits{}, "10", "charging.bad_destination"},
		{"SIP with a header", "", "sip:anna@office?Replaces=x", project.Limits{}, "10", "charging.bad_destination"},
		{"SIP with a parameter", "", "sip:anna@office;maddr=1.2.3.4", project.Limits{}, "10", "charging.bad_destination"},
		{"nothing", "", "", project.Limits{}, "10", "charging.bad_destination"},
		{"abroad", "", "+12125550123", project.Limits{}, "10", "charging.country_forbidden"},
		{"a country of a shared code", "", "+12423221234", project.Limits{Countries: []string{"US"}}, "10", "charging.country_forbidden"},
		{"a number of no country", "", "+88213123456", project.Limits{Countries: everywhere}, "10", "charging.country_forbidden"},
		{"nowhere", "", kyivstar, project.Limits{Countries: []string{"XX"}}, "10", "charging.country_forbidden"},
		{"premium", "", "+380900123456", project.Limits{}, "10", "charging.premium_forbidden"},
		{"shared cost", "", "+448431234567", project.Limits{Countries: everywhere}, "10", "charging.premium_forbidden"},
		{"a minute above the limit", "", "+375291234567", project.Limits{Countries: everywhere, PerMinute: pointer(uah("12"))}, "100", "charging.too_expensive"},
		{"a minute above the book's limit", "", "+5352345678", project.Limits{Countries: everywhere}, "100", "charging.too_expensive"},
		{"a minute above the limit with its connect fee", "", "+5352345678", project.Limits{Countries: everywhere, PerMinute: pointer(uah("32.5"))}, "100", "charging.too_expensive"},
		{"too many", "", kyivstar, project.Limits{ConcurrentCalls: pointer(int64(0))}, "10", "charging.too_many_calls"},
		{"the day's cap", "", kyivstar, project.Limits{PerDay: pointer(uah("2"))}, "10", "charging.day_limit"},
		{"no funds", "", kyivstar, project.Limits{}, "2.008999", "charging.no_funds"},
		{"a forward without funds", pricing.LegForward, kyivstar, project.Limits{}, "", "charging.no_funds"},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "")
		for i, c := range cases {
			o.id = o.name(int64(i), 100)
			o.open(o.id, ukrainian, c.funds)
			o.limit(c.limits)
			if c.kind == "" {
				c.kind = pricing.LegOutbound
			}
			_, err := o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: "leg", Kind: c.kind, To: c.to, At: at(noon)})
			wantCode(t, c.name, err, c.code)
			if account := o.account(); account.Held != 0 {
				t.Errorf("%s: refused, yet %s is held", c.name, account.Held)
			}
		}
		_, err := o.Authorise(context.Background(), charging.AuthoriseRequest{Project: "nobody", LegID: "leg", Kind: pricing.LegOutbound, To: "x", At: at(noon)})
		wantCode(t, "an unknown project", err, "project.not_found")
		o.verified()
	})
}

// Rule B-23: what no prefix matches is refused, whether it is dialled or was.
func TestUnknownDestination(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		o.limit(project.Limits{Countries: []string{"BR"}})
		const brazil = "+5511987654321"
		_, err := o.dial("leg", brazil)
		wantCode(t, "dialled", err, "rating.unknown_destination")
		_, err = o.Charge(context.Background(), o.record("record", pricing.LegOutbound, brazil, 60))
		wantCode(t, "recorded", err, "rating.unknown_destination")
		o.billing.Enforce = false
		_, err = o.dial("leg", brazil)
		wantCode(t, "without enforcing", err, "rating.unknown_destination")
	})
}

// Where billing does not enforce, nothing is held and only what cannot be priced is refused.
func TestWithoutEnforcing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "")
		o.billing.Enforce = false
		for i, to := range []string{kyivstar, "+12125550123", "+380900123456", "+5352345678"} {
			id := fmt.Sprintf("leg-%d", i)
			if got, err := o.dial(id, to); err != nil || got.MaxSeconds != 7*24*3600 {
				t.Errorf("%s: %+v, %v", to, got, err)
			}
			if e := o.extend(id, 100); e.Last || e.Covered != 7*24*3600 {
				t.Errorf("%s: %+v", to, e)
			}
			o.hangUp(id, 61)
			o.explained(id)
		}
		account := o.account()
		if want := -(uah("2.042483") + uah("1.3612") + uah("0.87535") + uah("65.19")); account.Held != 0 || account.Cash != want {
			t.Errorf("held %s, cash %s, want %s", account.Held, account.Cash, want)
		}
		if sms, err := o.ChargeSMS(context.Background(), charging.SMSRecord{Project: o.id, ID: "sms", To: "+12125550123", Segments: 2, At: at(noon)}); err != nil || sms.Amount != uah("6") {
			t.Errorf("an SMS abroad: %+v, %v", sms, err)
		}
		o.verified()
	})
}

// Rules B-60, B-71: emergency numbers go through with no funds, in every state, above every cap, and cost nothing; so do
// free inbound legs. Outgoing calls stop.
func TestEmergencyIsNeverRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "1")
		o.limit(project.Limits{Countries: []string{"XX"}, ConcurrentCalls: pointer(int64(0)), PerDay: pointer(uah("0")), PerMinute: pointer(uah("0"))})
		o.charge(o.record("spent", pricing.LegForward, kyivstar, 600))
		for day, state := range map[string]string{noon: "grace", "2026-03-10T12:00:00+02:00": "suspended", "2026-04-20T12:00:00+03:00": "released"} {
			o.closeDays(at(day))
			for _, number := range []string{"112", "101", "103"} {
				id := state + number
				got, err := o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: id, Kind: pricing.LegOutbound, To: number, At: at(day)})
				if err != nil || !got.Emergency || !got.Free || got.HoldSeconds != 7*24*3600 || got.ExtendWithin != 10 || got.HeartbeatWithin != 10 {
					t.Errorf("%s in %s: %+v, %v", number, o.state(), got, err)
				}
				leg, err := o.Settle(context.Background(), charging.SettleRequest{Project: o.id, LegID: id, AnsweredAt: at(day), Seconds: 300, At: at(day)})
				if err != nil || leg.Amount != 0 || leg.Entry != 0 {
					t.Errorf("%s cost %s, %v", number, leg.Amount, err)
				}
				o.explained(id)
			}
			_, err := o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: state + "out", Kind: pricing.LegOutbound, To: kyivstar, At: at(day)})
			wantCode(t, "outgoing in "+state, err, "billing.suspended")
			_, err = o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: state + "in", Kind: pricing.LegInbound, To: "+380441234567", At: at(day)})
			if err != nil {
				t.Errorf("inbound in %s: %v", state, err)
			}
			_, err = o.ChargeSMS(context.Background(), charging.SMSRecord{Project: o.id, ID: state, To: kyivstar, Segments: 1, At: at(day)})
			wantCode(t, "a message in "+state, err, "billing.suspended")
			if _, err = o.ChargeSMS(context.Background(), charging.SMSRecord{Project: o.id, ID: state + "112", To: "112", Segments: 1, At: at(day)}); err != nil {
				t.Errorf("a message to 112 in %s: %v", state, err)
			}
		}
		o.charge(o.record("record", pricing.LegOutbound, "112", 60))
		o.pay(o.id, "100")
		if got := o.state(); got != "active" {
			t.Errorf("topped up, the project is %s", got)
		}
		o.verified()
	})
}

// Rule B-71: a node that lacks the project's price book refuses every call but those to emergency numbers, from ringing to
// the record, also where somebody wrote a plus in front.
func TestEmergencyWithoutAPriceBook(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "1")
		none := &pricebook.Library{}
		o.Service = charging.New(db, none, billing.New(none), project.NewCache())
		ctx := context.Background()
		_, err := o.Authorise(ctx, charging.AuthoriseRequest{Project: o.id, LegID: "out", Kind: pricing.LegOutbound, To: kyivstar, At: at(noon)})
		wantCode(t, "a call without a book", err, "pricebook.unknown_book")
		for _, number := range []string{"112", "+112", "101"} {
			id := "leg" + number
			for range 2 { // the repetition gets the same answer
				got, err := o.Authorise(ctx, charging.AuthoriseRequest{Project: o.id, LegID: id, Kind: pricing.LegOutbound, To: number, At: at(noon)})
				if err != nil || !got.Emergency || !got.Free || got.ExtendWithin != 10 {
					t.Errorf("%s: %+v, %v", number, got, err)
				}
			}
			if _, err := o.Extend(ctx, charging.ExtendRequest{Project: o.id, LegID: id, Elapsed: 5, At: at(noon).Add(5 * time.Second)}); err != nil {
				t.Errorf("extending %s: %v", number, err)
			}
			leg, err := o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: id, AnsweredAt: at(noon), Seconds: 9, At: at(noon).Add(9 * time.Second)})
			if err != nil || leg.Amount != 0 || leg.Charge != charging.Emergency || leg.To != strings.TrimPrefix(number, "+") || leg.Book != "ringostat@2021-01-01" {
				t.Errorf("settling %s: %+v, %v", number, leg, err)
			}
			if leg, err := o.Charge(ctx, o.record("record"+number, pricing.LegOutbound, number, 60)); err != nil || leg.Amount != 0 {
				t.Errorf("a record of %s: %+v, %v", number, leg, err)
			}
			if m, err := o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: number, To: number, Segments: 1, At: at(noon)}); err != nil || m.Amount != 0 {
				t.Errorf("a message to %s: %+v, %v", number, m, err)
			}
		}
		o.verified()
	})
}

// Numbers in their national form are dialled as what they are.
func TestNationalNumbers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		if _, err := o.dial("leg", "0671234567"); err != nil {
			t.Fatal(err)
		}
		if got := o.leg("leg").To; got != kyivstar {
			t.Errorf("067 123 45 67 was dialled as %s", got)
		}
		_, err := o.dial("premium", "0900123456")
		wantCode(t, "a premium number in its national form", err, "charging.premium_forbidden")
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Errorf("the same number in another form is the same request: %v", err)
		}
	})
}

// Rule B-70: legs count for the cap while they are open; free ones and inbound ones do not.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "1000")
		o.limit(project.Limits{ConcurrentCalls: pointer(int64(2))})
		ctx := context.Background()
		for _, free := range []charging.AuthoriseRequest{{LegID: "in", Kind: pricing.LegInbound, To: "+380441234567"}, {LegID: "sip", Kind: pricing.LegSIP, To: "sip:anna@office"}} {
			free.Project, free.At = o.id, at(noon)
			if got, err := o.Authorise(ctx, free); err != nil || !got.Free {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		for _, id := range []string{"a", "b"} {
			if _, err := o.dial(id, kyivstar); err != nil {
				t.Fatal(err)
			}
		}
		_, err := o.dial("c", kyivstar)
		wantCode(t, "the third", err, "charging.too_many_calls")
		if _, err := o.Release(ctx, charging.ReleaseRequest{Project: o.id, LegID: "a", At: at(noon), Cause: "busy"}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.dial("c", kyivstar); err != nil {
			t.Errorf("after one was released: %v", err)
		}
		legs, err := charging.OpenLegs(ctx, db, o.id)
		if err != nil || len(legs) != 4 {
			t.Errorf("%d legs are open, %v", len(legs), err)
		}
	})
}

// Rule B-70: the day's cap counts what was spent on calls and messages and what is held.
func TestDayLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "1000")
		o.limit(project.Limits{PerDay: pointer(uah("10"))})
		ctx := context.Background()
		o.charge(o.record("before", pricing.LegOutbound, kyivstar, 60)) // 2.009
		if _, err := o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "sms", To: kyivstar, Segments: 1, At: at(noon)}); err != nil {
			t.Fatal(err)
		}
		first, err := o.dial("a", kyivstar) // 4.018 of the 6.791 left
		if err != nil || first.MaxSeconds != 202 {
			t.Fatalf("%+v, %v", first, err)
		}
		second, err := o.dial("b", kyivstar) // of the 2.773 left
		if err != nil || second.HoldSeconds != 82 {
			t.Fatalf("%+v, %v", second, err)
		}
		_, err = o.dial("c", kyivstar)
		wantCode(t, "a third call", err, "charging.day_limit")
		_, err = o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "sms2", To: kyivstar, Segments: 1, At: at(noon)})
		wantCode(t, "a message", err, "charging.day_limit")
		if e := o.extend("a", 70); !e.Last || e.Covered != 120 || e.WarnAt != 60 {
			t.Errorf("the cap lets a call go on: %+v", e)
		}
		next := charging.AuthoriseRequest{Project: o.id, LegID: "tomorrow", Kind: pricing.LegOutbound, To: kyivstar, At: at("2026-03-03T00:00:00+02:00")}
		if got, err := o.Authorise(ctx, next); err != nil || got.HoldSeconds != 120 {
			t.Errorf("the next day: %+v, %v", got, err)
		}
	})
}
