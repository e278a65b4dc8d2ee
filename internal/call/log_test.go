package call_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// topics are the events of the outbox, in the order in which they were put there.
func (h *house) topics() (all []string) {
	h.Helper()
	rows, err := h.db.Query(context.Background(), `SELECT topic, body FROM event_outbox WHERE topic LIKE 'call.%' OR topic LIKE 'recording.%' ORDER BY id`)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var topic, body string
		if err := rows.Scan(&topic, &body); err != nil {
			h.Fatal(err)
		}
		if strings.Contains(body, client) {
			h.Errorf("an event has a client's number (Rule T-113): %s", body)
		}
		all = append(all, topic)
	}
	return all
}

// story is a call that rings Ann, who does not answer, then Bob, who talks for 95 seconds.
func story(h *house) (call.Opening, call.Connection, call.Closing) {
	o := call.Opening{
		Project: "shop", ID: call.IDAt(at(0), 7), Direction: call.Inbound, Client: client, Number: main, Node: "n1",
		Scheme: call.Scheme{ID: "s1", Name: "Day", Version: 3},
		Part: call.Part{
			Legs:   []call.Leg{{N: 1, SIPCallID: "a@b", Address: client, Trunk: "Kyiv", Incoming: true, StartedAt: at(0), Dialog: "caller"}},
			Events: []call.Event{{At: at(0), Code: call.CameIn, Params: map[string]string{"number": main}}, {At: at(1), Code: call.RingingLeg, Params: map[string]string{"name": "Ann"}}},
		},
	}
	ann := call.Leg{N: 2, Address: "sip:ann@shop", Employee: "e-ann", EmployeeName: "Ann", StartedAt: at(1), RingingAt: at(2), EndedAt: at(21), SIPCode: 487, Reason: "Request Terminated"}
	bob := call.Leg{N: 3, Address: "+380671112201", Employee: "e-bob", EmployeeName: "Bob", StartedAt: at(21), RingingAt: at(22), AnsweredAt: at(25), SIPCode: 200, Dialog: "bob"}
	c := call.Connection{Project: "shop", ID: o.ID, At: at(25), Person: person("bob", h.bob), Part: call.Part{
		Legs: []call.Leg{ann, bob}, Seq: 2, Events: []call.Event{{At: at(25), Code: call.AnsweredBy, Params: map[string]string{"name": "Bob"}}},
	}}
	first := o.Legs[0]
	first.AnsweredAt, first.EndedAt, first.SIPCode = at(25), at(120), 200
	bob.EndedAt, bob.Charging, bob.Cost, bob.Quality = at(120), "leg-9", 3_140_000, call.Quality{MOS: 412, Loss: 35, Jitter: 4 * time.Millisecond}
	return o, c, call.Closing{Project: "shop", ID: o.ID, Status: call.Answered, AnsweredAt: at(25), EndedAt: at(120), EndedBy: call.ByClient, Person: person("bob", h.bob), Part: call.Part{
		Legs: []call.Leg{first, bob}, Seq: 3, Events: []call.Event{{At: at(120), Code: call.HungUp, Params: map[string]string{"by": "client"}}},
	}}
}

// A call's three reports, each told twice and the first ones once more at the end, are one call with its legs and its
// timeline. Rules T-100, T-101, T-103.
func TestACallIsReportedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		o, c, r := story(h)
		opening := func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) }
		connecting := func(ctx context.Context, tx *store.Tx) error { return call.Connect(ctx, tx, c) }
		closing := func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) }
		for _, report := range []func(context.Context, *store.Tx) error{opening, opening} {
			h.must(report)
		}
		if d := h.get(o.ID); d.Status != call.Calling || d.Live == nil || d.Live.Phase != call.Ringing {
			t.Errorf("while it rings: %+v", d)
		}
		h.must(connecting)
		h.must(connecting)
		if d := h.get(o.ID); d.Status != call.InProgress || d.Live.Phase != call.Talking || d.Wait != 25 || d.Person.Name != "bob" {
			t.Errorf("while they talk: %+v", d)
		}
		for _, report := range []func(context.Context, *store.Tx) error{closing, closing, connecting, opening} {
			h.must(report)
		}
		d := h.get(o.ID)
		want := call.Call{
			Project: "shop", ID: o.ID, Direction: call.Inbound, Client: client, Number: main, Status: call.Answered, Person: person("bob", h.bob),
			Scheme: o.Scheme, StartedAt: at(0), AnsweredAt: at(25), EndedAt: at(120), Wait: 25, Talk: 95, EndedBy: call.ByClient, Counter: 1, Proper: true, Cost: 3_140_000,
		}
		if diff := cmp.Diff(want, d.Call); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]call.Leg{r.Legs[0], c.Legs[0], r.Legs[1]}, d.Legs, cmpopts.IgnoreFields(call.Leg{}, "Dialog")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(slices.Concat(o.Events, c.Events, r.Events), d.Timeline); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"call.started", "call.answered", "call.ended"}, h.topics()); diff != "" {
			t.Error(diff)
		}
		r.EndedAt = at(121)
		wantCode(t, h.do(closing), "call.ended")
		o.Client = other
		wantCode(t, h.do(opening), "call.id_taken")
		r.ID++
		wantCode(t, h.do(closing), "call.not_found")
		r.Status = call.InProgress
		wantCode(t, h.do(closing), "call.bad_closing")
		o.Direction = "sideways"
		wantCode(t, h.do(opening), "call.bad_opening")
	})
}

// The end alone is enough, and a transfer makes the call the last one's. Rules T-100, T-101.
func TestLostAnswerAndTransfer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		o, c, r := story(h)
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
		if d := h.get(o.ID); d.Wait != 25 || d.Talk != 95 || d.Person.Name != "bob" {
			t.Errorf("without the answer's report: %+v", d.Call)
		}
		o.ID, c.ID, r.ID = o.ID+1, o.ID+1, o.ID+1
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Connect(ctx, tx, c) })
		c.At, c.Person, c.Part = at(60), person("cat", h.cat), call.Part{}
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Connect(ctx, tx, c) })
		r.Person = call.Person{}
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
		if d := h.get(o.ID); d.Wait != 25 || d.Talk != 95 || d.Person.Name != "cat" {
			t.Errorf("after a transfer: %+v", d.Call)
		}
	})
}

// A call whose node died ends at its last heartbeat, keeps what its legs need to be hung up, and takes its true end later
// without telling it again. Rule T-102.
func TestRecovery(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ctx := context.Background()
		o, c, r := story(h)
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Connect(ctx, tx, c) })
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.Beat(ctx, tx, "n1", []call.Ref{{Project: "shop", ID: o.ID}}, at(85))
		})
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.Beat(ctx, tx, "another node", []call.Ref{{Project: "shop", ID: o.ID}}, at(300))
		})
		if n, err := call.Recover(ctx, db, at(85).Add(call.Silence)); n != 0 || err != nil {
			t.Errorf("recovered %d too early, %v", n, err)
		}
		if n, err := call.Recover(ctx, db, at(86).Add(call.Silence)); n != 1 || err != nil {
			t.Fatalf("recovered %d, %v", n, err)
		}
		d := h.get(o.ID)
		if d.Status != call.Answered || !d.EndedAt.Equal(at(85)) || d.Talk != 60 || !d.Recovered || d.EndedBy != call.BySystem || d.Timeline[len(d.Timeline)-1].Code != call.NodeLost {
			t.Errorf("recovered as %+v", d)
		}
		left, err := call.Danglings(ctx, db, call.Dangling{}, 10)
		if err != nil || len(left) != 2 || left[0].Leg.Dialog != "caller" || left[1].Leg.Dialog != "bob" {
			t.Errorf("left to hang up: %+v, %v", left, err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.HungUpLeg(ctx, tx, "shop", o.ID, 1) })
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
		if d := h.get(o.ID); d.Talk != 95 || d.Recovered || d.Cost != 3_140_000 {
			t.Errorf("after its true end: %+v", d.Call)
		}
		if left, err := call.Danglings(ctx, db, call.Dangling{}, 10); len(left) != 0 || err != nil {
			t.Errorf("still left: %+v, %v", left, err)
		}
		if diff := cmp.Diff([]string{"call.started", "call.answered", "call.ended"}, h.topics()); diff != "" {
			t.Error(diff)
		}
		o.ID++
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		if n, err := call.Recover(ctx, db, at(600)); n != 1 || err != nil || h.get(o.ID).Status != call.Failed {
			t.Errorf("one nobody answered: %d, %v, %+v", n, err, h.get(o.ID).Call)
		}
	})
}

// What the live panel shows moves with each state, and its pulse with it.
func TestLive(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ctx := context.Background()
		o, _, r := story(h)
		seen := map[string]bool{}
		pulse := func() {
			t.Helper()
			p, err := call.Pulse(ctx, db, []ident.ProjectID{"shop", "bank"})
			if err != nil || seen[p["shop"]] || p["bank"] != "" {
				t.Errorf("pulse %v, %v, seen %v", p, err, seen)
			}
			seen[p["shop"]] = true
		}
		pulse()
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Open(ctx, tx, o) })
		pulse()
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.SetState(ctx, tx, "shop", o.ID, call.State{Phase: call.InQueue, At: at(3), Queue: "Sales", Position: 2, People: []call.Person{person("ann", h.ann)}})
		})
		pulse()
		live, err := h.look(h.owner).Live(ctx, db)
		if err != nil || len(live) != 1 || live[0].Queue != "Sales" || live[0].Position != 2 || live[0].People[0].Name != "ann" || !live[0].At.Equal(at(3)) || live[0].Client != client {
			t.Errorf("live: %+v, %v", live, err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Close(ctx, tx, r) })
		delete(seen, "")
		pulse()
	})
}

// Rules T-104, T-105: what the calls of a client are, with 30 seconds and however long ago, and with other settings.
func TestResults(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		bob := person("bob", h.bob)
		day := 24 * time.Hour
		for _, c := range []struct {
			told
			result  call.Result
			counter int64
			proper  bool
		}{
			{told{at: at(0), client: client, status: call.Answered, who: bob, wait: 5, talk: 29}, "answered", 1, false},
			{told{at: at(100), client: other, status: call.Answered, who: bob, wait: 5, talk: 30}, "proper", 1, true},
			{told{at: at(200), client: client, status: call.Answered, who: bob, wait: 5, talk: 30}, "repeated", 2, true},
			{told{at: at(300), client: client, status: call.NoAnswer, wait: 30}, "no_answer", 3, false},
			{told{at: at(400), out: true, client: client, status: call.Answered, who: bob, wait: 5, talk: 300}, "answered", 0, false},
			{told{at: at(500), client: client, status: call.TurnedAway}, "blocked", 4, false},
			{told{at: noon.Add(30 * day), client: other, status: call.Voicemail, wait: 30}, "voicemail", 2, false},
			{told{at: noon.Add(31 * day), client: "", status: call.Answered, who: bob, wait: 1, talk: 40}, "proper", 1, true},
			{told{at: noon.Add(32 * day), client: "", status: call.Answered, who: bob, wait: 1, talk: 40}, "proper", 1, true},
		} {
			got := h.get(h.log(c.told))
			if got.Result() != c.result || got.Counter != c.counter || got.Proper != c.proper {
				t.Errorf("%+v is %s, number %d, proper %v", c.told, got.Result(), got.Counter, got.Proper)
			}
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.SetSettings(ctx, tx, h.permit(h.owner), call.Settings{ProperSeconds: 60, RepeatedDays: 7}, noon)
		})
		if got := h.get(h.log(told{at: noon.Add(41 * day), client: other, status: call.Answered, who: bob, talk: 59})); got.Result() != "answered" || got.Counter != 3 {
			t.Errorf("after 11 days with 7: %s, number %d", got.Result(), got.Counter)
		}
	})
}

// Rule T-106: a missed call is owed until somebody talks to the client.
func TestOwed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		bob := person("bob", h.bob)
		yes := true
		owed := func(want int) {
			t.Helper()
			w := h.look(h.owner)
			n, err := w.CountOwed(context.Background(), db, noon.Add(-time.Hour), 99)
			if list := h.list(w, call.Filter{Owed: &yes}); err != nil || n != want || len(list) != want {
				t.Errorf("%d owed (%v), %d listed, want %d", n, err, len(list), want)
			}
		}
		h.log(told{at: at(0), client: client, status: call.NoAnswer, wait: 30})
		h.log(told{at: at(60), client: client, status: call.Voicemail, wait: 30})
		h.log(told{at: at(70), client: other, status: call.Busy})
		h.log(told{at: at(80), client: "", status: call.NoAnswer, wait: 9})
		h.log(told{at: at(90), client: client, status: call.Forbidden})
		h.log(told{at: at(95), client: other, status: call.TurnedAway})
		owed(3)
		h.log(told{at: at(100), out: true, client: client, status: call.NoAnswer, who: bob, wait: 40})
		owed(3)
		h.log(told{at: at(200), out: true, client: client, status: call.Answered, who: bob, wait: 4, talk: 20})
		owed(1)
		h.log(told{at: at(300), client: other, status: call.Answered, who: bob, wait: 4, talk: 2})
		owed(0)
		if n := strings.Count(strings.Join(h.topics(), " "), "call.missed"); n != 4 {
			t.Errorf("%d missed calls were told", n)
		}
	})
}

// Rule T-109: who dealt with a client last.
func TestLastAgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		midnight := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
		find := func(want, reason string, rule dialplan.LastAgent, now time.Time) {
			t.Helper()
			rule.On = true
			past, err := call.Past{}.PastCalls(context.Background(), db, "shop", client, rule.Oldest(now, time.UTC), now)
			if got := rule.Find(past, now, time.UTC); err != nil || got.Employee != want || got.Reason.Code+" "+got.Reason.Params["at"] != reason {
				t.Errorf("%+v finds %+v, %v; want %q, %s", rule, got, err, want, reason)
			}
		}
		today, evening := dialplan.LastAgent{}, midnight.Add(20*time.Hour)
		ann, bob, cat := person("ann", h.ann), person("bob", h.bob), person("cat", h.cat)
		find("", "last_agent.none ", today, evening)
		h.log(told{at: midnight.Add(-time.Minute), out: true, client: client, status: call.Answered, who: cat, talk: 9})
		find("", "last_agent.none ", today, evening)
		find(cat.ID, "last_agent.called 2026-03-09T23:59:00Z", dialplan.LastAgent{Days: 1}, evening)
		h.log(told{at: midnight, out: true, client: client, status: call.NoAnswer, who: ann, wait: 9})
		find(ann.ID, "last_agent.called 2026-03-10T00:00:00Z", today, evening)
		find("", "last_agent.new_caller ", dialplan.LastAgent{OnlyReturning: true}, evening)
		h.log(told{at: at(0), client: client, status: call.Answered, who: bob, talk: 9})
		for i := range 60 { // however often the client was not answered since
			h.log(told{at: at(60 + i), client: client, status: call.NoAnswer, who: cat, wait: 1})
		}
		find(ann.ID, "last_agent.called 2026-03-10T00:00:00Z", today, evening)
		find(ann.ID, "last_agent.called 2026-03-10T00:00:00Z", dialplan.LastAgent{OnlyReturning: true}, evening)
		find(bob.ID, "last_agent.answered 2026-03-10T12:00:00Z", dialplan.LastAgent{Answered: true}, evening)
		find(ann.ID, "last_agent.called 2026-03-10T00:00:00Z", dialplan.LastAgent{Answered: true}, at(0))
		if known, err := call.CalledBefore(context.Background(), db, "shop", client, 0); !known || err != nil {
			t.Errorf("the client is not known: %v", err)
		}
		if known, err := call.CalledBefore(context.Background(), db, "bank", client, 0); known || err != nil {
			t.Errorf("another project knows the client: %v", err)
		}
	})
}

// A call that is told afterwards is in the log like any other, twice told once, and is no news. Rule T-100.
func TestLog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		o, _, r := story(h)
		r.Category = "Order"
		for range 2 {
			h.must(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, o, r) })
		}
		if d := h.get(o.ID); d.Status != call.Answered || d.Talk != 95 || d.Category != "Order" || len(d.Legs) != 2 || len(d.Timeline) != 3 {
			t.Errorf("%+v", d)
		}
		live, err := h.look(h.owner).Live(context.Background(), db)
		if topics := h.topics(); len(topics)+len(live) > 0 || err != nil {
			t.Errorf("told are %v, live is %v, %v", topics, live, err)
		}
	})
}

// Whoever is free is so since the end of the last call they talked in, of those that began since an instant.
func TestLastTalks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		o, _, r := story(h)
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, o, r) })
		if r.Person.ID == "" || r.AnsweredAt.IsZero() {
			t.Fatal("nobody talks in the story")
		}
		talks, err := call.LastTalks(t.Context(), db, "shop", o.ID.Began())
		if diff := cmp.Diff(map[string]time.Time{r.Person.ID: r.EndedAt}, talks); diff != "" || err != nil {
			t.Errorf("(-want +got)\n%s%v", diff, err)
		}
		later, err := call.LastTalks(t.Context(), db, "shop", o.ID.Began().Add(time.Second))
		other, _ := call.LastTalks(t.Context(), db, "bank", o.ID.Began())
		if err != nil || len(later)+len(other) != 0 {
			t.Errorf("later %v, of another project %v, %v", later, other, err)
		}
	})
}
