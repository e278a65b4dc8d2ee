package tracking_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/tracking"
)

// unnamed sends a hit of the browser's document as a tag does that has not heard an answer yet.
func (b *browser) unnamed(kind tracking.Kind, level tracking.Consent) tracking.Answer {
	b.Helper()
	return b.send(kind, func(h *tracking.Hit) { h.Consent, h.Visit, h.Visitor, h.Page = level, "", "", "k3v9x0q1z8e" })
}

// Rule C-88: what a document sends before it knows its visit belongs to that visit, in whatever order it arrives.
func TestADocumentBeginsOneVisit(t *testing.T) {
	t.Parallel()
	type step struct {
		kind  tracking.Kind
		level tracking.Consent
	}
	for name, c := range map[string]struct {
		steps   []step
		pages   int64
		consent tracking.Consent
	}{
		"a consent that is given at once":           {[]step{{tracking.PageHit, 0}, {tracking.ConsentHit, 2}}, 1, 2},
		"which arrives first":                       {[]step{{tracking.ConsentHit, 2}, {tracking.PageHit, 0}}, 1, 2},
		"one that is taken back at once":            {[]step{{tracking.PageHit, 2}, {tracking.ConsentHit, 0}}, 1, 0},
		"which arrives first as well":               {[]step{{tracking.ConsentHit, 0}, {tracking.PageHit, 2}}, 1, 0},
		"an address that changes while it loads":    {[]step{{tracking.PageHit, 2}, {tracking.PageHit, 2}}, 2, 2},
		"a page that is left before it is answered": {[]step{{tracking.PageHit, 1}, {tracking.LeaveHit, 1}}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, 3, func(h *house) {
				b := h.open(google, organic)
				for _, s := range c.steps {
					b.unnamed(s.kind, s.level)
					h.wait(time.Second)
				}
				guests, err := tracking.Guests(h.Context(), h.events, "shop", h.now, false)
				if err != nil || len(guests) != 1 {
					t.Fatalf("%d visits, %v", len(guests), err)
				}
				g := guests[0]
				if g.Pages != c.pages || g.Consent != c.consent || (g.Visitor != "") != (c.consent == tracking.FullConsent) || g.From.Campaign != "spring" {
					t.Errorf("%+v", g)
				}
			})
		})
	}
}

// Rule C-88: nobody joins the visit of another network, browser, document or visitor, nor one that began long ago.
func TestNobodyElseJoinsADocument(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(b *browser, h *tracking.Hit){
		"another network":  func(b *browser, _ *tracking.Hit) { b.from.Address = netip.MustParseAddr("203.0.113.7") },
		"another browser":  func(b *browser, _ *tracking.Hit) { b.from.Agent = iphone },
		"another document": func(_ *browser, h *tracking.Hit) { h.Page = "8d2m4c7w1a0" },
		"no document":      func(_ *browser, h *tracking.Hit) { h.Page = "" },
		"another visitor":  func(_ *browser, h *tracking.Hit) { h.Visitor = "abcdefghijklmnop" },
		"a minute later":   func(b *browser, _ *tracking.Hit) { b.wait(time.Minute + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, 3, func(h *house) {
				b := h.open(google, "")
				first := b.unnamed(tracking.PageHit, tracking.FullConsent)
				hit := b.hit
				hit.Visit, hit.Visitor, hit.Page, hit.Kind, hit.ID = "", "", "k3v9x0q1z8e", tracking.BeatHit, "other"
				other(b, &hit)
				answer, err := h.collector.Take(t.Context(), hit, b.from, h.now)
				if err != nil || answer.Visit == "" || answer.Visit == first.Visit {
					t.Errorf("%+v after %+v, %v", answer, first, err)
				}
			})
		})
	}
}
