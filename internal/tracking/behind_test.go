package tracking_test

import (
	"context"
	"math"
	"strconv"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

const client = phone.Number("+380671234567")

func (h *house) call(id string, n, caller phone.Number) tracking.Behind {
	h.Helper()
	b, err := h.collector.Behind(h.Context(), tracking.Call{ID: id, Project: "shop", Number: n, Caller: caller, At: h.now, Cycle: 30 * 24 * time.Hour})
	if err != nil {
		h.Fatal(err)
	}
	return b
}

// Rules C-90 and C-91: a call came from the visit that holds the number; the receipt says why and is given again.
func TestTheVisitBehindACall(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		b := h.open(google, organic)
		b.send(tracking.PageHit)
		h.wait(15 * time.Second)
		b.hit.URL = "https://shop.example/contacts"
		b.send(tracking.PageHit)
		h.wait(20 * time.Second)
		got := h.call("c1", b.number(), client)
		if got.Kind != tracking.ByVisit || got.Source != "google / cpc / spring" || got.Visit == 0 || got.Chance < 0.9 || len(got.Receipt.Candidates) != 1 {
			t.Fatalf("%+v", got)
		}
		if facts := got.Receipt.Candidates[0].Facts; !facts.Online || !facts.Contact || facts.TelClick || facts.KnownPhone {
			t.Errorf("%+v", facts)
		}
		h.wait(time.Hour)
		again := h.call("c1", b.number(), client)
		if again.Visit != got.Visit || math.Abs(again.Chance-got.Chance) > 1e-6 || h.count("SELECT COUNT(*) FROM tracking_receipt") != 1 {
			t.Errorf("asked again: %+v", again)
		}
	})
}

// Rule C-90: a number that stands for a source needs no visit; one that nobody was shown is unknown.
func TestOtherNumbers(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		h.sign(number(8), tracking.Sign{Name: "Billboard", Offline: true, Source: "billboard"})
		h.sign(number(9), tracking.Sign{Name: "Adverts", Source: "google", Medium: "cpc"})
		for n, want := range map[phone.Number][2]string{
			number(8): {tracking.ByOffline, "billboard"}, number(9): {tracking.BySign, "google / cpc"}, number(2): {tracking.Unknown, ""}, "+380500000000": {tracking.Unknown, ""},
		} {
			if got := h.call("c"+string(n), n, client); got.Kind != want[0] || got.Source != want[1] || got.Visit != 0 {
				t.Errorf("%s: %+v", n, got)
			}
		}
	})
}

// Rule C-92: who called within the sales cycle repeats; a call is qualified where it is the first and long enough.
func TestRepeatedCalls(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		first := h.call("c1", number(1), client)
		h.wait(29 * 24 * time.Hour)
		second := h.call("c2", number(1), client)
		h.wait(31 * 24 * time.Hour)
		third := h.call("c3", number(1), client)
		withheld := h.call("c4", number(1), "")
		if !first.Unique() || second.Unique() || second.Earlier != 1 || !third.Unique() || !withheld.Unique() {
			t.Errorf("%d, %d, %d, %d calls before", first.Earlier, second.Earlier, third.Earlier, withheld.Earlier)
		}
		if !first.Qualified(30*time.Second, 30*time.Second) || first.Qualified(29*time.Second, 30*time.Second) || second.Qualified(time.Hour, 0) {
			t.Error("the wrong calls are qualified")
		}
	})
}

// Rule C-83: who left their number in a form is known when they call, also on the next visit; the same form sent twice is marked.
func TestLeads(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		b := h.open(google, organic)
		b.send(tracking.PageHit)
		form := func(hit *tracking.Hit) {
			hit.Lead = &tracking.Lead{Kind: "form", Form: "order", Phone: "067 123-45-67", Email: "a@example.com", Name: "Анна\u202e"}
		}
		for range 2 {
			h.wait(10 * time.Second)
			b.send(tracking.LeadHit, form)
		}
		if n := h.count("SELECT COUNT(*) FROM tracking_lead WHERE phone = $1 AND name = 'Анна'", string(client)); n != 2 {
			t.Errorf("%d leads", n)
		}
		if n := h.count("SELECT COUNT(*) FROM tracking_lead WHERE repeated = 1"); n != 1 {
			t.Errorf("%d are repeated", n)
		}
		h.wait(2 * time.Hour)
		b.hit.URL = "https://shop.example/"
		b.send(tracking.PageHit)
		h.wait(20 * time.Second)
		got := h.call("c1", b.number(), client)
		if len(got.Receipt.Candidates) == 0 || !got.Receipt.Candidates[0].KnownPhone {
			t.Errorf("%+v", got.Receipt)
		}
		b.hit.Consent = tracking.SessionConsent
		b.send(tracking.LeadHit, func(hit *tracking.Hit) { hit.Lead = &tracking.Lead{Kind: "tel", Phone: "+380671234567"} })
		if n := h.count("SELECT COUNT(*) FROM tracking_lead WHERE kind = 'tel' AND phone = ''"); n != 1 {
			t.Error("who it was is kept without full consent")
		}
		if got := h.call("c2", b.number(), ""); !got.Receipt.Candidates[0].TelClick {
			t.Errorf("%+v", got.Receipt.Candidates)
		}
	})
}

// Rule C-84: each visit of a person is a session of the project's usage once, whatever dies in between.
func TestVisitsAreTold(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		visits := func(n int) {
			for range n {
				b := h.open("https://shop.example/", "")
				b.send(tracking.PageHit)
				h.wait(time.Second)
				b.send(tracking.LeaveHit)
			}
		}
		visits(5)
		bot := h.open("https://shop.example/", "")
		bot.from.Agent = "curl/8"
		bot.send(tracking.PageHit)
		h.wait(time.Minute)
		tally := &tracking.Tally{Core: h.core, Events: h.events, Billing: h.billing}
		if n, err := tally.Run(h.Context(), h.now); n != 5 || err != nil {
			t.Errorf("%d visits told, %v", n, err)
		}
		visits(2)
		h.wait(time.Minute)
		// Billing heard of it, and the node died before it noted that.
		cut := &tracking.Tally{Core: h.core, Events: h.events, Billing: h.billing}
		if n, err := cut.Run(h.Context(), h.now); n != 2 || err != nil {
			t.Errorf("%d visits told, %v", n, err)
		}
		if err := h.events.Write(h.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE tracking_tally SET done_to = 1, visits = 2")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := tally.Run(h.Context(), h.now); err != nil {
			t.Error(err)
		}
		p, err := project.Get(h.Context(), h.core, "shop")
		if err != nil {
			t.Fatal(err)
		}
		day := p.Calendar.DayAt(h.now)
		usage, err := billing.UsageBetween(h.Context(), h.core, "shop", day, day)
		if err != nil || len(usage) != 1 || usage[0].Sessions != 7 {
			t.Errorf("%+v, %v", usage, err)
		}
	})
}

// Rules C-106, T-113: whoever is erased from the call log is nobody here, and others stay.
func TestErasedCallers(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		for i, n := range []phone.Number{client, "+380507654321"} {
			b := h.open(google, organic)
			b.send(tracking.PageHit)
			h.wait(10 * time.Second)
			b.send(tracking.LeadHit, func(hit *tracking.Hit) {
				hit.Lead = &tracking.Lead{Kind: "form", Form: "order", Phone: string(n), Email: "a@example.com", Name: "Anna"}
			})
			h.wait(20 * time.Second)
			h.call("c"+strconv.Itoa(1+i), b.number(), n)
		}
		for range 2 {
			if err := h.events.Write(h.Context(), func(ctx context.Context, tx *store.Tx) error {
				return tracking.EraseCallers(ctx, tx, "shop", []string{"c1", "none"})
			}); err != nil {
				h.Fatal(err)
			}
		}
		for query, want := range map[string]int{
			"SELECT COUNT(*) FROM tracking_receipt WHERE caller = '" + string(client) + "'":                        0,
			"SELECT COUNT(*) FROM tracking_receipt WHERE caller = '+380507654321'":                                 1,
			"SELECT COUNT(*) FROM tracking_lead WHERE phone = '" + string(client) + "'":                            0,
			"SELECT COUNT(*) FROM tracking_lead WHERE phone = '+380507654321' AND name = 'Anna' AND visit_id <> 0": 1,
			"SELECT COUNT(*) FROM tracking_visit":                                                                  2,
		} {
			if n := h.count(query); n != want {
				h.Errorf("%s gives %d, want %d", query, n, want)
			}
		}
	})
}
