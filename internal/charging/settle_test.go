package charging_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Rules B-21, B-22, B-72: a call of 130 s to Kyivstar at 2.009 a minute, 60/1: 2.009 x 130/60 = 4.352833.
func TestOneCall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		if e := o.extend("leg", 0); e != (charging.Extension{Covered: 120, Within: 10, HeartbeatWithin: 10}) {
			t.Errorf("answered: %+v", e)
		}
		if e := o.extend("leg", 61); e != (charging.Extension{Covered: 181, Within: 71, HeartbeatWithin: 10}) {
			t.Errorf("after 61 s: %+v", e)
		}
		if e := o.extend("leg", 61); e.Covered != 181 {
			t.Errorf("once more: %+v", e)
		}
		if held, want := o.account().Held, uah("6.060483"); held != want { // 2.009 x 181/60
			t.Errorf("%s is held, want %s", held, want)
		}
		leg := o.hangUp("leg", 130)
		if leg.State != charging.Settled || leg.Amount != uah("4.352833") || leg.Billable != 130 || leg.Day != date("2026-03-02") || leg.Cause != "normal" {
			t.Errorf("%+v", leg)
		}
		if diff := cmp.Diff(leg, o.leg("leg"), cmp.AllowUnexported(charging.Leg{}), cmp.FilterPath(unexported, cmp.Ignore())); diff != "" {
			t.Errorf("the stored leg differs: %s", diff)
		}
		account := o.account()
		if account.Held != 0 || account.Cash != uah("95.647167") {
			t.Errorf("held %s, cash %s", account.Held, account.Cash)
		}
		e := o.explained("leg")
		if got, want := string(e.Explain), "130 s: first 60 s + 70 x 1 s = 130 billable s; 0 + 2.009 x 130/60 = 4.352833 (rounded half up)"; !strings.Contains(got, want) {
			t.Errorf("explained as %s", got)
		}
		entry := e.Entry
		if entry.Kind != pricing.Call || entry.Item != "Ukraine mobile Kyivstar" || entry.Quantity != 130 || entry.UnitPrice != uah("2.009") ||
			entry.House != "revenue:call" || entry.Ref != "leg" || entry.Book != "ringostat@2021-01-01" || entry.Rule != "B-22" {
			t.Errorf("%+v", entry)
		}
		if strings.Contains(string(entry.Explain), "1234567") {
			t.Error("the entry holds the number")
		}
		if usage := o.usage("2026-03-02"); usage.Calls != uah("4.352833") || usage.CallCount != 1 {
			t.Errorf("metered %+v", usage)
		}
		o.verified()
	})
}

func unexported(path cmp.Path) bool {
	name := path.Last().String()
	return name == ".stored" || name == ".dirty"
}

// Rule B-04: the same report again gets the first answer, another one a conflict; a settle and a record are the same leg.
func TestReports(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		_, err := o.Charge(ctx, o.record("leg", pricing.LegForward, kyivstar, 61))
		wantCode(t, "a record of another kind", err, "charging.record_conflict")
		first := o.charge(o.record("leg", pricing.LegOutbound, kyivstar, 61))
		if first.Hold == 0 || o.account().Held != 0 {
			t.Errorf("the record did not settle the hold: %+v", first)
		}
		if again := o.charge(o.record("leg", pricing.LegOutbound, kyivstar, 61)); again.Entry != first.Entry || again.Amount != first.Amount {
			t.Errorf("the record again: %+v", again)
		}
		if again := o.hangUp("leg", 61); again.Entry != first.Entry {
			t.Errorf("settled after the record: %+v", again)
		}
		_, err = o.Charge(ctx, o.record("leg", pricing.LegOutbound, kyivstar, 62))
		wantCode(t, "a longer record", err, "charging.record_conflict")
		_, err = o.Charge(ctx, o.record("leg", pricing.LegOutbound, "+380501234567", 61))
		wantCode(t, "a record to another number", err, "charging.record_conflict")
		_, err = o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "leg", AnsweredAt: after(1), Seconds: 61, At: after(62)})
		wantCode(t, "another answer", err, "charging.record_conflict")
		_, err = o.Release(ctx, charging.ReleaseRequest{Project: o.id, LegID: "leg", At: after(62)})
		wantCode(t, "released when settled", err, "charging.record_conflict")
		_, err = o.Extend(ctx, charging.ExtendRequest{Project: o.id, LegID: "leg", Elapsed: 70, At: after(70)})
		wantCode(t, "extended when settled", err, "charging.leg_closed")
		_, err = o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "nothing", AnsweredAt: at(noon), Seconds: 61, At: after(61)})
		wantCode(t, "settled, never authorised", err, "charging.no_leg")
		if late, err := o.dial("leg", kyivstar); err != nil || late.State != charging.Settled {
			t.Errorf("the authorisation again: %+v, %v", late, err)
		}
		_, err = o.dial("leg", "+380501234567")
		wantCode(t, "another authorisation", err, "charging.record_conflict")
		if entries := o.entries(pricing.Call); len(entries) != 1 {
			t.Errorf("%d entries", len(entries))
		}
		o.verified()
	})
}

// Reports that cannot be are refused before they wait for the store.
func TestBadReports(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), ukrainian, "100")
	ctx := context.Background()
	good := o.record("leg", pricing.LegOutbound, kyivstar, 61)
	for what, spoil := range map[string]func(*charging.CallRecord){
		"no id":                 func(r *charging.CallRecord) { r.ID = "" },
		"a blank in the id":     func(r *charging.CallRecord) { r.ID = "a b" },
		"an endless id":         func(r *charging.CallRecord) { r.ID = strings.Repeat("x", 129) },
		"an unknown kind":       func(r *charging.CallRecord) { r.Kind = "outgoing" },
		"a strange number":      func(r *charging.CallRecord) { r.Number = "office" },
		"a negative length":     func(r *charging.CallRecord) { r.Seconds = -1 },
		"more than a week":      func(r *charging.CallRecord) { r.Seconds = 7*24*3600 + 1 },
		"talk without answer":   func(r *charging.CallRecord) { r.AnsweredAt = time.Time{} },
		"an answer in a year":   func(r *charging.CallRecord) { r.AnsweredAt = r.At.AddDate(1, 0, 0) },
		"an answer before time": func(r *charging.CallRecord) { r.AnsweredAt = time.Unix(0, 0) },
		"no time":               func(r *charging.CallRecord) { r.At = time.Time{} },
	} {
		bad := good
		spoil(&bad)
		_, err := o.Charge(ctx, bad)
		wantCode(t, what, err, "charging.bad_record")
	}
	_, err := o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "leg", At: at(noon), Cause: "line\nbreak"})
	wantCode(t, "a strange cause", err, "charging.bad_record")
	_, err = o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "sms", To: kyivstar, At: at(noon)})
	wantCode(t, "a message without segments", err, "charging.bad_record")
	_, err = o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "sms", To: "sip:anna@office", Segments: 1, At: at(noon)})
	wantCode(t, "a message to SIP", err, "charging.bad_destination")
}

// A leg nobody answered costs nothing, whatever was dialled; one answered for no second makes an entry of nothing.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		if _, err := o.dial("busy", kyivstar); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			leg, err := o.Release(ctx, charging.ReleaseRequest{Project: o.id, LegID: "busy", At: at(noon), Cause: "busy"})
			if err != nil || leg.State != charging.Released || leg.Cause != "busy" {
				t.Errorf("%+v, %v", leg, err)
			}
		}
		if leg := o.charge(charging.CallRecord{Project: o.id, ID: "junk", Kind: pricing.LegInbound, To: "s;anonymous", At: at(noon)}); leg.State != charging.Released || leg.Entry != 0 {
			t.Errorf("%+v", leg)
		}
		if leg := o.charge(o.record("instant", pricing.LegOutbound, kyivstar, 0)); leg.Entry == 0 || leg.Amount != 0 {
			t.Errorf("%+v", leg)
		}
		for _, id := range []string{"busy", "junk", "instant"} {
			o.explained(id)
		}
		if account := o.account(); account.Held != 0 || account.Cash != uah("100") {
			t.Errorf("%+v", account)
		}
	})
}

// Rule B-37: free legs make no entry.
func TestFreeLegs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "")
		for id, record := range map[string]charging.CallRecord{
			"in":  o.record("in", pricing.LegInbound, "+380441234567", 600),
			"sip": o.record("sip", pricing.LegForward, "sip:anna@office.example:5060", 600),
		} {
			if leg := o.charge(record); leg.Amount != 0 || leg.Entry != 0 || leg.Charge != "free" {
				t.Errorf("%+v", leg)
			}
			o.explained(id)
		}
		got, err := o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: "held", Kind: pricing.LegForward, To: "sip:anna@office", At: at(noon)})
		if err != nil || got.Hold == 0 || !got.Free {
			t.Errorf("without funds, to SIP: %+v, %v", got, err)
		}
		if leg := o.hangUp("held", 7200); leg.Amount != 0 || len(o.entries()) != 0 {
			t.Errorf("%+v", leg)
		}
		o.verified()
	})
}

// Rules B-11, B-16: a call belongs to the day it was answered until that is final: two hours after its end, or while a leg
// answered on it is open, a day. Then it is an adjustment on today that names its own day.
func TestLateRecords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "1000")
		ctx := context.Background()
		late := func(id string, now string) charging.Leg {
			record := o.record(id, pricing.LegOutbound, kyivstar, 60)
			record.At = at(now)
			o.closeDays(record.At)
			return o.charge(record)
		}
		if leg := late("same-day", "2026-03-02T23:59:00+02:00"); leg.Day != date("2026-03-02") {
			t.Errorf("on its day: %+v", leg)
		}
		if leg := late("soon", "2026-03-03T01:59:00+02:00"); leg.Day != date("2026-03-02") {
			t.Errorf("within two hours: %+v", leg)
		}
		if leg := late("late", "2026-03-03T02:01:00+02:00"); leg.Day != date("2026-03-03") {
			t.Errorf("after two hours: %+v", leg)
		}
		entry := o.explained("late").Entry
		if entry.Kind != pricing.Adjustment || entry.Item != "call" || entry.Rule != "B-11" || !strings.Contains(string(entry.Explain), `"day":"2026-03-02"`) {
			t.Errorf("%+v, %s", entry, entry.Explain)
		}
		if usage := o.usage("2026-03-02"); usage.Calls != uah("6.027") || usage.CallCount != 3 {
			t.Errorf("metered on its own day: %+v", usage)
		}
		const evening = "2026-03-03T23:50:00+02:00"
		open := charging.AuthoriseRequest{Project: o.id, LegID: "long", Kind: pricing.LegOutbound, To: kyivstar, At: at(evening)}
		if _, err := o.Authorise(ctx, open); err != nil {
			t.Fatal(err)
		}
		now := at("2026-03-04T03:50:00+02:00")
		o.closeDays(now)
		leg, err := o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "long", AnsweredAt: at(evening), Seconds: 4 * 3600, At: now})
		if err != nil || leg.Day != date("2026-03-03") {
			t.Errorf("a call over midnight: %+v, %v", leg, err)
		}
		sms, err := o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "sms", To: kyivstar, Segments: 3, At: at("2026-03-03T23:59:59+02:00")})
		if err != nil || sms.Amount != uah("3.6") || sms.Day != date("2026-03-03") {
			t.Errorf("a message sent by a clock that went back: %+v, %v", sms, err)
		}
		sms, err = o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: "old", To: kyivstar, Segments: 1, At: at(noon)})
		if err != nil || sms.Day != date("2026-03-04") || o.entries(pricing.Adjustment)[1].Item != "sms" {
			t.Errorf("a message of a day long final: %+v, %v", sms, err)
		}
		o.verified()
	})
}

// A clock that steps back, or an answer in the future, changes nothing but the days.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		o.extend("leg", 50)
		back := after(-3600)
		e, err := o.Extend(ctx, charging.ExtendRequest{Project: o.id, LegID: "leg", Elapsed: 100, At: back})
		if err != nil || e.Covered != 220 {
			t.Fatalf("%+v, %v", e, err)
		}
		if leg := o.leg("leg"); !leg.HeartbeatAt.Equal(after(50)) || !leg.AnsweredAt.Equal(at(noon)) || leg.Seconds != 100 {
			t.Errorf("%+v", leg)
		}
		if e := o.extend("leg", 90); e.Covered != 220 {
			t.Errorf("a report that was overtaken: %+v", e)
		}
		leg, err := o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "leg", AnsweredAt: at(noon), Seconds: 101, At: back})
		if err != nil || leg.Amount != uah("3.381817") {
			t.Errorf("%+v, %v", leg, err)
		}
		o.charge(charging.CallRecord{Project: o.id, ID: "ahead", Kind: pricing.LegOutbound, To: kyivstar, AnsweredAt: after(86400), Seconds: 60, At: at(noon)})
		if got := o.leg("ahead").Day; got != date("2026-03-03") {
			t.Errorf("charged on %s", got)
		}
		o.verified()
	})
}

// Rule B-72: talk grows no faster than time passes, but for the minute by which clocks differ; milliseconds do. What a clock
// that was set back says, and emergency calls, are taken.
func TestTalkGrowsWithTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to       string
		answered time.Time
		reports  [][2]int64 // seconds of talk, told so many seconds after the leg was authorised
		refused  bool       // the last one
	}{
		"as it should be":           {kyivstar, time.Time{}, [][2]int64{{0, 10}, {20, 30}, {3600, 3610}}, false},
		"a minute ahead":            {kyivstar, time.Time{}, [][2]int64{{70, 10}}, false},
		"more than a minute":        {kyivstar, time.Time{}, [][2]int64{{71, 10}}, true},
		"milliseconds":              {kyivstar, time.Time{}, [][2]int64{{9800, 10}}, true},
		"milliseconds later":        {kyivstar, time.Time{}, [][2]int64{{30, 40}, {50_000, 60}}, true},
		"with the answer":           {kyivstar, after(2), [][2]int64{{8000, 10}}, true},
		"answered before authorise": {kyivstar, after(-600), [][2]int64{{610, 10}}, false},
		"only alive, then talk":     {kyivstar, time.Time{}, [][2]int64{{0, 10}, {0, 20}, {100, 110}}, false},
		"a clock set back":          {kyivstar, time.Time{}, [][2]int64{{90, 100}, {100, -3490}}, false},
		"and the hour gone":         {kyivstar, time.Time{}, [][2]int64{{90, 100}, {3680, 90}, {3700, 110}}, false},
		"an emergency":              {"112", time.Time{}, [][2]int64{{9800, 10}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t, storetest.SQLite(t), ukrainian, "100000")
			if _, err := o.dial("leg", c.to); err != nil {
				t.Fatal(err)
			}
			for i, report := range c.reports {
				_, err := o.Extend(context.Background(), charging.ExtendRequest{Project: o.id, LegID: "leg", AnsweredAt: c.answered, Elapsed: report[0], At: after(report[1])})
				switch last := i == len(c.reports)-1; {
				case last && c.refused:
					wantCode(t, name, err, "charging.bad_duration")
					if leg := o.leg("leg"); leg.Seconds == report[0] {
						t.Errorf("refused and taken: %+v", leg)
					}
				case err != nil:
					t.Error(err)
				}
			}
		})
	}
}

// Rules B-60, B-72: a call that was authorised is charged in full when it ends, and the project's state follows at once.
func TestFundsEndInACall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "4.018")
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		if e := o.extend("leg", 61); e != (charging.Extension{Covered: 120, Within: 60, Last: true, WarnAt: 60, HeartbeatWithin: 10}) {
			t.Errorf("nothing is left: %+v", e)
		}
		o.pay(o.id, "1")
		if e := o.extend("leg", 62); e.Covered != 149 || e.Last {
			t.Errorf("topped up: %+v", e)
		}
		o.hangUp("leg", 160)
		if account := o.account(); account.Cash >= 0 || o.state() != "grace" {
			t.Errorf("cash %s, state %s", account.Cash, o.state())
		}
		o.pay(o.id, "10")
		if o.state() != "active" {
			t.Errorf("topped up, state %s", o.state())
		}
	})
}

// Rule B-36: messages are authorised and charged at once.
func TestMessages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "4")
		ctx := context.Background()
		request := charging.SMSRecord{Project: o.id, ID: "sms", To: "0671234567", Segments: 2, At: at(noon)}
		first, err := o.ChargeSMS(ctx, request)
		if err != nil || first.Amount != uah("2.4") || first.Item != "domestic" || first.To != kyivstar {
			t.Fatalf("%+v, %v", first, err)
		}
		request.At = after(5)
		if again, err := o.ChargeSMS(ctx, request); err != nil || again.Entry != first.Entry {
			t.Errorf("again: %+v, %v", again, err)
		}
		if stored, err := charging.GetMessage(ctx, db, o.id, "sms"); err != nil || stored != first {
			t.Errorf("stored %+v, %v", stored, err)
		}
		request.Segments = 3
		_, err = o.ChargeSMS(ctx, request)
		wantCode(t, "another message", err, "charging.record_conflict")
		for id, c := range map[string]struct {
			to       string
			segments int64
			code     string
		}{
			"abroad":  {"+12125550123", 1, "charging.country_forbidden"},
			"premium": {"+380900123456", 1, "charging.premium_forbidden"},
			"dear":    {kyivstar, 2, "charging.no_funds"},
		} {
			_, err := o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: id, To: c.to, Segments: c.segments, At: at(noon)})
			wantCode(t, id, err, c.code)
		}
		_, err = charging.GetMessage(ctx, db, o.id, "dear")
		wantCode(t, "a refused message", err, "charging.no_message")
		if usage := o.usage("2026-03-02"); usage.SMS != uah("2.4") || usage.SMSCount != 1 {
			t.Errorf("metered %+v", usage)
		}
		o.verified()
	})
}

// A record of one project says nothing of another's leg with the same id.
func TestProjectsAreApart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		o.open("other", ukrainian, "100")
		o.charge(o.record("leg", pricing.LegOutbound, kyivstar, 61))
		record := o.record("leg", pricing.LegForward, "+380501234567", 30)
		record.Project = "other"
		if leg := o.charge(record); leg.Amount != uah("1.927") {
			t.Errorf("%+v", leg)
		}
		_, err := charging.GetLeg(context.Background(), db, "third", "leg")
		wantCode(t, "a third project", err, "charging.no_leg")
	})
}

// A day's legs are those with an entry, then those without one, on pages of any size.
func TestLegsOfADay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		want := []string{"e3", "e1", "e2", "f1", "f2", "f3"}
		for _, id := range []string{"e3", "e1", "e2"} {
			o.charge(o.record(id, pricing.LegOutbound, kyivstar, 60))
		}
		for _, id := range []string{"f3", "f1"} {
			o.charge(o.record(id, pricing.LegInbound, "+380441234567", 60))
		}
		if _, err := o.dial("f2", kyivstar); err != nil {
			t.Fatal(err)
		}
		tomorrow := o.record("tomorrow", pricing.LegOutbound, kyivstar, 60)
		tomorrow.AnsweredAt, tomorrow.At = after(86400), after(86500)
		o.charge(tomorrow)
		for limit := range 8 {
			if got := pages(t, db, o.id, date("2026-03-02"), limit); !cmp.Equal(got, want) {
				t.Errorf("pages of %d: %v", limit, got)
			}
		}
		for _, cursor := range []string{"x", "e:x", "e:77", "q:1"} {
			_, err := charging.Legs(context.Background(), db, charging.LegFilter{Project: o.id, Day: date("2026-03-02"), After: cursor})
			wantCode(t, cursor, err, "charging.bad_cursor")
		}
	})
}

func pages(t *testing.T, db *store.DB, id ident.ProjectID, day civil.Date, limit int) []string {
	t.Helper()
	var ids []string
	filter := charging.LegFilter{Project: id, Day: day, Limit: limit}
	for {
		page, err := charging.Legs(context.Background(), db, filter)
		if err != nil || limit > 0 && len(page.Legs) > limit {
			t.Fatalf("a page of %d: %v", len(page.Legs), err)
		}
		for _, leg := range page.Legs {
			ids = append(ids, leg.ID)
		}
		if filter.After = page.Next; page.Next == "" {
			return ids
		}
	}
}

// All records are charged or none.
func TestChargeAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		records := []charging.CallRecord{
			o.record("a", pricing.LegOutbound, kyivstar, 60), o.record("b", pricing.LegOutbound, "+5511987654321", 60), o.record("c", pricing.LegInbound, "+380441234567", 60),
		}
		_, err := o.ChargeAll(context.Background(), records)
		wantCode(t, "one of them has no rate", err, "rating.unknown_destination")
		if err == nil || !strings.HasPrefix(err.Error(), "record 2") || len(o.entries(pricing.Call)) != 0 {
			t.Errorf("%v, %d entries", err, len(o.entries(pricing.Call)))
		}
		records[1].To = kyivstar
		legs, err := o.ChargeAll(context.Background(), records)
		if err != nil || len(legs) != 3 || legs[1].ID != "b" || len(o.entries(pricing.Call)) != 2 {
			t.Errorf("%+v, %v", legs, err)
		}
	})
}

// A leg that would end over a minute after the clock here is a mistake of units or clocks, and costs nothing: a call
// answered at noon and told at noon may be 60 s long. The clock of before counts where it was set back.
// Rules B-71, B-72.
func TestLongerThanItExisted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		if _, err := o.dial("leg", kyivstar); err != nil {
			t.Fatal(err)
		}
		settle := func(seconds int64, answered, told time.Time) error {
			_, err := o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: "leg", AnsweredAt: answered, Seconds: seconds, At: told})
			return err
		}
		record := o.record("live", pricing.LegOutbound, kyivstar, 3600)
		record.At, record.Live = at(noon), true
		_, recorded := o.Charge(ctx, record)
		_, together := o.ChargeAll(ctx, []charging.CallRecord{record})
		for what, err := range map[string]error{
			"an hour":            settle(3600, at(noon), at(noon)),
			"a second too much":  settle(61, at(noon), at(noon)),
			"an answer to come":  settle(0, after(61), at(noon)),
			"a record":           recorded,
			"records of a batch": together,
		} {
			wantCode(t, what, err, "charging.bad_duration")
		}
		if err := settle(3600, at(noon), at(noon)); !strings.Contains(err.Error(), "write 60 at most: are these seconds, not milliseconds?") {
			t.Error(err)
		}
		if account := o.account(); account.Cash != uah("100") || o.leg("leg").State != charging.Open {
			t.Errorf("%+v", account)
		}
		for range 2 { // the repetition comes after the clock was set back
			if err := settle(60, at(noon), at(noon)); err != nil {
				t.Fatal(err)
			}
		}
		if err := settle(60, at(noon), after(-7200)); err != nil {
			t.Error(err)
		}
		alarm := o.record("alarm", pricing.LegOutbound, "112", 3600)
		alarm.At, alarm.Live = at(noon), true
		if leg := o.charge(alarm); leg.Amount != 0 {
			t.Errorf("%+v", leg)
		}
		o.verified()
	})
}

// A leg told by a clock ahead of the one here does not end before it began.
func TestOrderOfALegAhead(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), ukrainian, "100")
	record := o.record("ahead", pricing.LegOutbound, kyivstar, 10)
	record.At, record.Live = after(-40), true
	o.charge(record)
	leg := o.leg("ahead")
	if leg.OpenedAt.After(leg.AnsweredAt) || leg.AnsweredAt.After(leg.ClosedAt) || !leg.ClosedAt.Equal(at(noon)) {
		t.Errorf("opened %v, answered %v, closed %v", leg.OpenedAt, leg.AnsweredAt, leg.ClosedAt)
	}
	if booked := o.explained("ahead").Entry.BookedAt; !booked.Equal(after(-40)) {
		t.Errorf("booked at %v", booked)
	}
}
