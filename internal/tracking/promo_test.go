package tracking_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Rule C-93: a slip of one digit, or two neighbours that were swapped, is no code; spaces and dashes do not matter.
func TestPromoCodesAreChecked(t *testing.T) {
	t.Parallel()
	// 572 has the check digit 4 (0 -5-> 9 -7-> 7 -2-> 4), and whatever ends with its check digit has the check digit 0.
	if code, err := tracking.ParsePromo("57 24-0"); code != "57240" || err != nil {
		t.Errorf("%s, %v", code, err)
	}
	codes := 0
	for n := range 100_000 {
		text := fmt.Sprintf("%05d", n)
		code, err := tracking.ParsePromo(text)
		if err != nil {
			if errs.CodeOf(err) != "tracking.bad_promo" {
				t.Fatal(err)
			}
			continue
		}
		codes++
		for i := range text {
			for d := '0'; d <= '9'; d++ {
				wrong := text[:i] + string(d) + text[i+1:]
				if _, err := tracking.ParsePromo(wrong); err == nil && wrong != string(code) {
					t.Fatalf("%s and %s are both codes", text, wrong)
				}
			}
			if i > 0 && text[i] != text[i-1] {
				swapped := text[:i-1] + string(text[i]) + string(text[i-1]) + text[i+1:]
				if _, err := tracking.ParsePromo(swapped); err == nil {
					t.Fatalf("%s and %s are both codes", text, swapped)
				}
			}
		}
	}
	if codes != 10_000 {
		t.Errorf("%d codes of five digits", codes)
	}
	for _, text := range []string{"", "1234", "x1234", "１２３４５", strings.Repeat("1", 11)} {
		if _, err := tracking.ParsePromo(text); errs.CodeOf(err) != "tracking.bad_promo" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func (h *house) showCodes() {
	h.Helper()
	site := h.site
	site.Features = []string{"promo"}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.service.EditSite(ctx, tx, h.permit("shop"), site, h.now)
		return err
	})
}

func (h *house) visitOf(code string) tracking.VisitID {
	h.Helper()
	id, err := tracking.VisitOfPromo(h.Context(), h.events, "shop", tracking.PromoCode(code), h.now)
	if err != nil && errs.CodeOf(err) != "tracking.no_promo" {
		h.Fatal(err)
	}
	return id
}

// Rule C-93: a visitor has one code on all pages and visits of a month, which leads to the latest of them.
func TestAVisitorHasACode(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		a := h.open(google, organic)
		if a.send(tracking.PageHit); a.Promo != "" {
			t.Errorf("a site that shows no codes shows %s", a.Promo)
		}
		h.showCodes()
		h.wait(2 * time.Second)
		a.send(tracking.BeatHit)
		first := a.Promo
		if _, err := tracking.ParsePromo(first); err != nil || len(first) != 5 {
			t.Fatalf("%q: %v", first, err)
		}
		seen := map[string]bool{first: true}
		for range 20 {
			b := h.open("https://shop.example/", "")
			b.send(tracking.PageHit)
			seen[b.Promo] = true
		}
		if len(seen) != 21 || seen[""] {
			t.Errorf("21 visitors see %d codes", len(seen))
		}
		h.restart()
		if a.send(tracking.BeatHit); a.Promo != first {
			t.Errorf("after a restart %s became %s", first, a.Promo)
		}
		before := h.visitOf(first)
		h.wait(2 * time.Hour)
		a.send(tracking.PageHit)
		after := h.visitOf(first)
		if a.Promo != first || after <= before {
			t.Errorf("on the next visit %s, visit %d after %d", a.Promo, after, before)
		}
		if id, err := tracking.VisitOfPromo(h.Context(), h.events, "shop", tracking.PromoCode(first), h.now.Add(-time.Hour)); id != before || err != nil {
			t.Errorf("an hour before it led to %d, %v; want %d", id, err, before)
		}
		if _, err := tracking.VisitOfPromo(h.Context(), h.events, "bank", tracking.PromoCode(first), h.now); errs.CodeOf(err) != "tracking.no_promo" {
			t.Errorf("another project's code: %v", err)
		}
		h.wait(31 * 24 * time.Hour)
		if h.visitOf(first) != 0 {
			t.Error("a code outlives its month")
		}
	})
}

// Rules C-79 and C-93: codes go with consent.
func TestCodesFollowConsent(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		h.showCodes()
		level := func(b *browser, c tracking.Consent) string {
			b.hit.Consent = c
			h.wait(time.Second)
			return b.send(tracking.ConsentHit).Promo
		}
		b := h.open(google, organic)
		b.hit.Consent = tracking.NoConsent
		if b.send(tracking.PageHit); b.Promo != "" {
			t.Errorf("without consent a code: %s", b.Promo)
		}
		session := level(b, tracking.SessionConsent)
		if session == "" || level(b, tracking.FullConsent) != session {
			t.Errorf("the visit's code %q became %q", session, b.Promo)
		}
		visit := h.visitOf(session)
		if other := level(b, tracking.SessionConsent); other == session || other == "" || h.visitOf(session) != 0 || h.visitOf(other) != visit {
			t.Errorf("full consent was taken back: %q after %q leads to %d", other, session, h.visitOf(other))
		}
		if level(b, tracking.NoConsent); b.Promo != "" || h.count("SELECT COUNT(*) FROM tracking_promo") != 0 {
			t.Errorf("consent was taken back, and a code stays: %q", b.Promo)
		}
		bot := h.open(google, organic)
		bot.from.Agent = "curl/8"
		if bot.send(tracking.PageHit); bot.Promo != "" {
			t.Error("a program has a code")
		}
	})
}

// Rules C-94, C-16 and C-97: who gives a code has called from its visit, whatever was thought before; a corrected code takes its place.
func TestACodeIsCertain(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		h.showCodes()
		said, holds := h.open(google, organic), h.open("https://shop.example/", "")
		said.send(tracking.PageHit)
		holds.send(tracking.PageHit)
		h.wait(20 * time.Second)
		confirm := func(id, code string) (tracking.Behind, error) {
			return h.collector.Confirm(h.Context(), tracking.Call{ID: id, Project: "shop", Number: holds.number(), Caller: client, At: h.now}, code, h.now.Add(time.Minute))
		}
		scored := h.call("c1", holds.number(), client)
		got, err := confirm("c1", said.Promo)
		if err != nil || got.Kind != tracking.ByPromo || got.Chance != 1 || got.Source != "google / cpc / spring" || got.Visit == scored.Visit || got.Receipt.Revision != 2 || len(got.Receipt.Candidates) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		for range 2 { // once more changes nothing
			again, err := confirm("c1", said.Promo)
			if err != nil || again.Visit != got.Visit || h.count("SELECT COUNT(*) FROM tracking_receipt") != 2 {
				t.Errorf("%+v, %v", again, err)
			}
		}
		if stored := h.call("c1", holds.number(), client); stored.Visit != got.Visit || stored.Kind != tracking.ByPromo {
			t.Errorf("%+v", stored)
		}
		corrected, err := confirm("c1", holds.Promo)
		if err != nil || corrected.Visit != scored.Visit || corrected.Chance != 1 || corrected.Receipt.Revision != 3 {
			t.Errorf("%+v, %v", corrected, err)
		}
		if other, err := confirm("c2", said.Promo); err != nil || other.Visit != got.Visit || other.Earlier != 0 {
			t.Errorf("a call without a receipt: %+v, %v", other, err)
		}
		truths, err := tracking.Truths(h.Context(), h.events, "shop", noon, h.now.Add(time.Hour))
		truths = slices.DeleteFunc(truths, func(t tracking.Truth) bool { return t.Kind != tracking.TruthByPromo })
		if err != nil || len(truths) != 2 || truths[0].Visit != scored.Visit || truths[1].Visit != got.Visit {
			t.Errorf("%+v, %v", truths, err)
		}
		if _, err := confirm("c3", "57240"); errs.CodeOf(err) != "tracking.no_promo" && said.Promo != "57240" && holds.Promo != "57240" {
			t.Error(err)
		}
		if _, err := confirm("c3", "57241"); errs.CodeOf(err) != "tracking.bad_promo" {
			t.Error(err)
		}
	})
}
