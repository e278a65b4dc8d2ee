package webhook_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
	"bellwether/internal/vault"
	"bellwether/internal/webhook"
)

var (
	noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	shop = ident.ProjectOrg("shop")
	bank = ident.ProjectOrg("bank")
)

const (
	main   = "+380443337701"
	client = "+380671234567"
)

// house has the projects shop and bank, and webhooks on their databases.
type house struct {
	*testing.T
	db, events *store.DB
	gate       *access.Gate
	hooks      *webhook.Service
	news       *event.Dispatcher
	now        time.Time
	off        []webhook.Endpoint
}

func newHouse(t *testing.T, db, events *store.DB) *house {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, db: db, events: events, gate: access.NewGate(db), hooks: webhook.New(db, events, v, rand.Reader), now: noon}
	h.hooks.Origin = "https://cabinet.example"
	h.hooks.Off = func(_ context.Context, _ *store.Tx, e webhook.Endpoint) error {
		h.off = append(h.off, e)
		return nil
	}
	h.news = event.NewDispatcher(db, event.Options{Node: "a", Now: func() time.Time { return h.now }}, event.Subscriber{
		Name: "webhooks", Topics: webhook.Topics, Handle: func(ctx context.Context, e event.Event) error {
			_, err := h.hooks.Take(ctx, e, h.now)
			return err
		},
	})
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []ident.ProjectID{"shop", "bank"} {
			opening := project.Opening{ID: id, Name: string(id), Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}
			if _, err := billing.New(pricebook.Shipped()).Open(ctx, tx, opening, 0, noon); err != nil {
				return err
			}
		}
		return nil
	})
	return h
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.db.Write(h.Context(), fn); err != nil {
		h.Fatal(err)
	}
}

// permit is a program's that may all of a project.
func (h *house) permit(org ident.Org) access.Permit {
	h.Helper()
	p, err := h.gate.ByInstallation(h.Context(), org, h.now)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h *house) add(kinds ...webhook.Kind) (e webhook.Endpoint, secret string) {
	h.Helper()
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		e, secret, err = h.hooks.Add(ctx, tx, h.permit(shop), webhook.Endpoint{Name: "CRM", URL: "https://crm.example/in", Kinds: kinds, Enabled: true}, h.now)
		return err
	})
	h.hooks.Changed("shop")
	return e, secret
}

// rings begins a call of a client and tells that it rings.
func (h *house) rings() call.Ref {
	h.Helper()
	ref := call.Ref{Project: "shop", ID: call.NewID(h.now)}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		if err := call.Open(ctx, tx, call.Opening{Project: "shop", ID: ref.ID, Direction: call.Inbound, Client: client, Number: main, Node: "n"}); err != nil {
			return err
		}
		if err := call.Attribute(ctx, tx, ref, call.Origin{Source: "google", Medium: "cpc", Campaign: "roses", Term: "buy roses", Certainty: 9300, FoundAt: h.now}); err != nil {
			return err
		}
		return call.Ring(ctx, tx, ref)
	})
	return ref
}

func (h *house) ends(ref call.Ref) {
	h.Helper()
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return call.Close(ctx, tx, call.Closing{Project: "shop", ID: ref.ID, Status: call.NoAnswer, EndedAt: h.now.Add(20 * time.Second), EndedBy: call.ByClient})
	})
}

// take makes messages of all that has happened.
func (h *house) take() {
	h.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = h.news.Step(h.Context()); err != nil {
			h.Fatal(err)
		}
	}
}

func all(webhook.Parcel) bool { return true }

// claim takes what is due and gives its kinds.
func (h *house) claim() (parcels []webhook.Parcel, kinds string) {
	h.Helper()
	parcels, err := h.hooks.Claim(h.Context(), h.now, 10, webhook.Busy{}, all)
	if err != nil {
		h.Fatal(err)
	}
	for _, p := range parcels {
		kinds += string(p.Kind) + " "
	}
	return parcels, strings.TrimSpace(kinds)
}

func (h *house) note(p webhook.Parcel, status int) webhook.State {
	h.Helper()
	state, err := h.hooks.Note(h.Context(), p, webhook.Answer{Status: status, Text: "said"}, h.now)
	if err != nil {
		h.Fatal(err)
	}
	return state
}

func (h *house) log(id webhook.EndpointID) []webhook.Delivery {
	h.Helper()
	list, err := webhook.Deliveries(h.Context(), h.db, h.permit(shop), id, "", 0, 100)
	if err != nil {
		h.Fatal(err)
	}
	return list
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil && code != "" || err != nil && errs.CodeOf(err) != code {
		t.Errorf("%v, want %q", err, code)
	}
}

// Rules W-04, W-05 and W-07: a call is told in its order, from the first ring on with where it came from; told twice it is one message.
func TestACallIsToldInOrder(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, db, events *store.DB) {
		h := newHouse(t, db, events)
		h.add(webhook.CallRinging, webhook.CallEnded, webhook.CallMissed)
		ref := h.rings()
		h.ends(ref)
		h.take()
		parcels, kinds := h.claim()
		if kinds != "call.ringing" {
			t.Fatalf("due first: %q", kinds)
		}
		var told webhook.Body[webhook.CallData]
		if err := json.Unmarshal(parcels[0].Body, &told); err != nil {
			t.Fatal(err)
		}
		o := told.Data.Origin
		if told.ID != webhook.WireID(parcels[0].Message) || told.Project != "shop" || told.Data.Client != client || o == nil || o.Keyword != "buy roses" || o.Certainty != 0.93 {
			t.Errorf("told: %s", parcels[0].Body)
		}
		if want := "https://cabinet.example/p/shop/calls/" + ref.ID.String(); told.Data.Link != want {
			t.Errorf("link %s, want %s", told.Data.Link, want)
		}
		if _, kinds := h.claim(); kinds != "" {
			t.Errorf("due while the first is on its way: %q", kinds)
		}
		h.note(parcels[0], 200)
		parcels, kinds = h.claim()
		if kinds != "call.missed" {
			t.Fatalf("due second: %q", kinds)
		}
		h.note(parcels[0], 204)
		if _, kinds = h.claim(); kinds != "call.ended" {
			t.Errorf("due third: %q", kinds)
		}
	})
}

// Rule W-05: what is taken in again, as after a crash, is told once.
func TestAnEventTakenTwiceIsOneMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	e, _ := h.add(webhook.StateChanged)
	body := []byte(`{"at":"2026-03-10T12:00:00Z","from":"active","to":"low"}`)
	for range 2 {
		if _, err := h.hooks.Take(t.Context(), event.Event{ID: 7, Project: "shop", Topic: billing.TopicState, Body: body, At: noon}, h.now); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.log(e.ID); len(got) != 1 || got[0].Kind != webhook.StateChanged {
		t.Errorf("%+v", got)
	}
}

// eventsOf is a database of events beside one of storetest.SQLite.
func eventsOf(t *testing.T) (events *store.DB) {
	t.Helper()
	events, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + t.TempDir() + "/core.db"}.Of(store.Events))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = events.Close() })
	if err := events.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return events
}

// Rule W-06: a node that dies while it sends loses nothing; when its lease is over another has it, and what the dead one would still say
// does not count.
func TestADeliveryOfADeadNodeIsMadeAgain(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, db, events *store.DB) {
		h := newHouse(t, db, events)
		e, _ := h.add(webhook.CallRinging)
		h.rings()
		h.take()
		dead, kinds := h.claim()
		if kinds != "call.ringing" {
			t.Fatal(kinds)
		}
		h.now = h.now.Add(29 * time.Second)
		if _, kinds := h.claim(); kinds != "" {
			t.Fatalf("the lease was not respected: %q", kinds)
		}
		h.now = h.now.Add(2 * time.Second)
		heir, kinds := h.claim()
		if kinds != "call.ringing" || heir[0].Attempt != 2 {
			t.Fatalf("%q %+v", kinds, heir)
		}
		h.note(dead[0], 500)
		if got := h.log(e.ID)[0]; got.State != webhook.Waiting || got.Status != 0 {
			t.Errorf("the dead one's word counted: %+v", got)
		}
		h.note(heir[0], 200)
		if got := h.log(e.ID)[0]; got.State != webhook.Sent || got.Attempts != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// Rule W-08: the tries wait longer and longer, and end after three days. Rule W-09: then the endpoint is off, and its owner is told.
func TestAnEndpointThatFailsForDaysIsSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	e, _ := h.add(webhook.CallRinging)
	h.rings()
	h.take()
	tries, last := 0, h.now
	said := map[webhook.State]int{}
	for h.now.Before(noon.Add(80*time.Hour)) && len(h.off) == 0 {
		parcels, _ := h.claim()
		for _, p := range parcels {
			tries++
			last = h.now
			said[h.note(p, 503)]++
		}
		h.now = h.now.Add(time.Second)
		if tries > 8 {
			h.now = h.now.Add(10 * time.Minute)
		}
		if h.now.Sub(noon) > 71*time.Hour && h.now.Sub(noon) < 72*time.Hour { // a second call, so that somebody still tries after three days
			h.rings()
			h.take()
			h.now = noon.Add(72 * time.Hour)
		}
	}
	if len(h.off) != 1 || h.off[0].OffWhy != webhook.Failing || last.Sub(noon) < webhook.GiveUp {
		t.Fatalf("off %+v after %d tries, the last at %s", h.off, tries, last)
	}
	if said[webhook.Failed] != 1 || said[webhook.Waiting] != tries-1 {
		t.Errorf("what came of %d tries: %v", tries, said)
	}
	if tries < 20 || tries > 40 {
		t.Errorf("%d tries within three days", tries)
	}
	got, err := webhook.Get(t.Context(), h.db, h.permit(shop), e.ID)
	if err != nil || got.Enabled || got.OffWhy != webhook.Failing {
		t.Errorf("%+v, %v", got, err)
	}
	if _, kinds := h.claim(); kinds != "" {
		t.Errorf("an endpoint that is off is sent %q", kinds)
	}
}

// Rule W-09: 410 switches off at once; on again, it counts as well.
func TestGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	e, _ := h.add(webhook.CallRinging)
	h.rings()
	h.take()
	parcels, _ := h.claim()
	h.note(parcels[0], 410)
	if len(h.off) != 1 || h.off[0].OffWhy != webhook.Gone {
		t.Fatalf("%+v", h.off)
	}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		wantCode(t, h.hooks.Again(ctx, tx, h.permit(shop), e.ID, parcels[0].Message, h.now), "webhook.off")
		return nil
	})
	h.must(func(ctx context.Context, tx *store.Tx) error {
		on := h.off[0]
		on.Enabled = true
		after, err := h.hooks.Edit(ctx, tx, h.permit(shop), on, h.now)
		if after.OffWhy != "" || !after.FailingAt.IsZero() {
			t.Errorf("%+v", after)
		}
		return err
	})
	h.now = h.now.Add(time.Minute)
	if _, kinds := h.claim(); kinds != "call.ringing" {
		t.Errorf("what waited is not sent: %q", kinds)
	}
}

// Rule W-03: after a rotation both secrets sign for a day.
func TestRotation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	e, first := h.add(webhook.CallRinging)
	var second string
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		_, second, err = h.hooks.Rotate(ctx, tx, h.permit(shop), e.ID, h.now)
		return err
	})
	keys := func() (signed string) {
		h.rings()
		h.take()
		parcels, _ := h.claim()
		for _, k := range parcels[0].Keys {
			for name, secret := range map[string]string{"first ": first, "second ": second} {
				if string(webhook.Key(secret)) == string(k) {
					signed += name
				}
			}
		}
		return signed
	}
	if got := keys(); got != "second first " {
		t.Errorf("signed by %q", got)
	}
	h.now = h.now.Add(webhook.BothSign)
	if got := keys(); got != "second " {
		t.Errorf("a day later signed by %q", got)
	}
	if len(first) < 40 || !strings.HasPrefix(first, webhook.SecretPrefix) || first == second {
		t.Errorf("secrets %q, %q", first, second)
	}
}

// Rule W-10: whoever is erased from the log is taken out of what was told, and of what waits.
func TestErasePerson(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, db, events *store.DB) {
		h := newHouse(t, db, events)
		e, _ := h.add(webhook.CallRinging)
		h.rings()
		h.take()
		parcels, _ := h.claim()
		h.note(parcels[0], 200)
		h.now = h.now.Add(time.Minute)
		h.rings()
		h.take()
		h.must(func(ctx context.Context, tx *store.Tx) error { return webhook.ErasePerson(ctx, tx, "shop", client) })
		if _, kinds := h.claim(); kinds != "" {
			t.Errorf("still told: %q", kinds)
		}
		list := h.log(e.ID)
		if len(list) != 2 || list[0].State != webhook.Erased || list[1].State != webhook.Sent || list[1].Answer != "" {
			t.Errorf("%+v", list)
		}
		one, err := webhook.GetDelivery(t.Context(), db, h.permit(shop), e.ID, list[1].Message)
		if err != nil || one.Body != "" {
			t.Errorf("%+v, %v", one, err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			wantCode(t, h.hooks.Again(ctx, tx, h.permit(shop), e.ID, one.Message, h.now), "webhook.erased")
			return nil
		})
		h.now = h.now.Add(31 * 24 * time.Hour)
		if n, err := webhook.Purge(t.Context(), db, h.now.Add(-webhook.Keep)); err != nil || n != 2 || len(h.log(e.ID)) != 0 {
			t.Errorf("purged %d, %v", n, err)
		}
	})
}

// Rules W-01 and W-02: what cannot be an endpoint, and whose it cannot be.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	mine, _ := h.add(webhook.CallRinging)
	for address, code := range map[string]string{
		"http://crm.example/": "webhook.bad_setting", "ftp://crm.example/": "webhook.bad_setting", "crm.example": "webhook.bad_setting", "https://": "webhook.bad_setting",
		"https://user:secret@crm.example/": "webhook.bad_setting", "https://127.0.0.1/": "webhook.private_address", "https://[::1]:8443/": "webhook.private_address",
		"https://10.1.2.3/x": "webhook.private_address", "https://localhost/": "webhook.private_address", "https://[::ffff:169.254.169.254]/": "webhook.private_address",
		"https://a.localhost./": "webhook.private_address", "https://crm.example/\u202e": "webhook.bad_setting", "https://crm.example/" + strings.Repeat("x", 500): "webhook.bad_setting",
	} {
		err := h.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, _, err := h.hooks.Add(ctx, tx, h.permit(shop), webhook.Endpoint{Name: "x", URL: address, Kinds: webhook.Kinds, Enabled: true}, noon)
			return err
		})
		if errs.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", address, err, code)
		}
	}
	for name, e := range map[string]webhook.Endpoint{
		"no name": {URL: "https://a.example", Kinds: webhook.Kinds}, "no kind": {Name: "a", URL: "https://a.example"},
		"unknown kind": {Name: "a", URL: "https://a.example", Kinds: []webhook.Kind{"call.imagined"}}, "hidden": {Name: "a\u202eb", URL: "https://a.example", Kinds: webhook.Kinds},
	} {
		err := h.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, _, err := h.hooks.Add(ctx, tx, h.permit(shop), e, noon)
			return err
		})
		if errs.CodeOf(err) != "webhook.bad_setting" {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := h.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := h.hooks.Remove(ctx, tx, h.permit(bank), mine.ID, noon)
		return err
	})
	wantCode(t, err, "webhook.none")
	_, err = webhook.Deliveries(t.Context(), h.db, h.permit(bank), mine.ID, "", 0, 1)
	wantCode(t, err, "webhook.none")
}

// Rule W-02: a role that may not see all calls has nothing told.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	for scope, code := range map[account.Scope]string{account.ProjectWrite: "", account.ProjectRead: "access.denied", account.ProjectCharge: "access.denied"} {
		p, err := h.gate.Enter(t.Context(), access.ByKey(account.Key{ID: "k", Scope: scope, Project: "shop"}, audit.Program("test")), shop, noon)
		if err != nil {
			t.Fatal(err)
		}
		_, err = webhook.List(t.Context(), h.db, p)
		wantCode(t, err, code)
	}
}

// Rule W-05: a lead is told once, and not what came before somebody wanted to be told.
func TestLeads(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, db, events *store.DB) {
		h := newHouse(t, db, events)
		track := tracking.New(billing.New(pricebook.Shipped()), rand.Reader)
		order := func(reference string) tracking.LeadRecord {
			t.Helper()
			l, err := track.AddOrder(t.Context(), db, events, h.permit(shop), tracking.Order{Reference: reference, Phone: client, Name: "Ann"}, "UA", h.now)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		order("old")
		h.now = h.now.Add(time.Hour)
		e, _ := h.add(webhook.LeadCreated, webhook.LeadChanged)
		take := func() {
			t.Helper()
			for range 2 {
				if _, err := h.hooks.TakeLeads(t.Context(), h.now); err != nil {
					t.Fatal(err)
				}
			}
			h.take()
		}
		take()
		h.now = h.now.Add(time.Second)
		l := order("new")
		take()
		list := h.log(e.ID)
		if len(list) != 1 || list[0].Kind != webhook.LeadCreated {
			t.Fatalf("%+v", list)
		}
		if _, _, err := track.SetLeadState(t.Context(), db, events, h.permit(shop), l.ID, tracking.WonLead, h.now); err != nil {
			t.Fatal(err)
		}
		take()
		if list = h.log(e.ID); len(list) != 2 || list[0].Kind != webhook.LeadChanged {
			t.Fatalf("%+v", list)
		}
		one, err := webhook.GetDelivery(t.Context(), db, h.permit(shop), e.ID, list[0].Message)
		var told webhook.Body[webhook.LeadData]
		if err != nil || json.Unmarshal([]byte(one.Body), &told) != nil || told.Data.State != tracking.WonLead || told.Data.Reference != "new" || told.Data.Phone != client {
			t.Errorf("%s, %v", one.Body, err)
		}
		// Rule W-10: a lead that is erased where it is kept goes from what was told too.
		if _, err := tracking.EraseLeadOf(t.Context(), db, events, h.permit(shop), l.ID, h.now); err != nil {
			t.Fatal(err)
		}
		if n, err := h.hooks.EraseGone(t.Context()); err != nil || n != 1 {
			t.Errorf("%d leads erased, %v", n, err)
		}
		if one, err = webhook.GetDelivery(t.Context(), db, h.permit(shop), e.ID, list[0].Message); err != nil || one.Body != "" || one.State != webhook.Erased {
			t.Errorf("%+v, %v", one, err)
		}
	})
}
