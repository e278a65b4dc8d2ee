package tracking_test

import (
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/tracking"
)

// Rules C-74 and C-75: pages and heartbeats of a visit are one visit, with one number.
func TestAVisitHasOneNumber(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		b := h.open(google, organic)
		b.send(tracking.PageHit)
		first := b.number()
		if first != number(1) || b.Visit == "" || len(b.Visitor) != 16 || b.Beat != 15 {
			t.Fatalf("%+v", b.Answer)
		}
		for range 60 {
			h.wait(15 * time.Second)
			if b.send(tracking.BeatHit); b.number() != first {
				t.Fatalf("another number: %s", b.number())
			}
		}
		other := h.open("https://shop.example/", "")
		if other.send(tracking.PageHit); other.number() == first || other.number() == "" {
			t.Errorf("two visits see %s", other.number())
		}
		if visits, hits := h.count("SELECT COUNT(*) FROM tracking_visit"), h.count("SELECT COUNT(*) FROM tracking_hit"); visits != 2 || hits != 2 {
			t.Errorf("%d visits, %d hits", visits, hits)
		}
		if n := h.count("SELECT COUNT(*) FROM tracking_lease"); n != 2 {
			t.Errorf("%d leases", n)
		}
	})
}

// Rule C-75: a visit is over after 30 idle minutes, or when a new click or campaign comes; midnight ends none.
func TestWhatBeginsAVisit(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		h.now = time.Date(2026, 3, 2, 21, 50, 0, 0, time.UTC) // ten to midnight in Kyiv
		b := h.open(google, organic)
		b.send(tracking.PageHit)
		first := b.Visit
		steps := []struct {
			after time.Duration
			url   string
			begun bool
		}{
			{20 * time.Minute, "https://shop.example/tea/green", false}, // over midnight
			{30 * time.Minute, google, false},                           // the landing page again
			{time.Minute, google + "&gclid=abc", false},
			{time.Minute, "https://shop.example/?gclid=def", true},
			{time.Minute, "https://shop.example/?utm_source=mail&utm_medium=email", true},
			{30*time.Minute + time.Second, "https://shop.example/tea", true},
		}
		for i, step := range steps {
			h.wait(step.after)
			b.hit.URL, b.hit.Referrer = step.url, "" // tags behind a link of the site itself begin none (Rule C-36)
			b.send(tracking.PageHit)
			if begun := b.Visit != first; begun != step.begun {
				t.Errorf("step %d: a new visit: %t", i, begun)
			}
			first = b.Visit
		}
		if n := h.count("SELECT MAX(ordinal) FROM tracking_visit"); n != 4 {
			t.Errorf("the visitor came %d times", n)
		}
	})
}

// Rule C-75: a hit whose answer was lost is sent again and counts once, also where the node was killed meanwhile.
func TestAHitSentAgainCountsOnce(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		b := h.open(google, organic)
		same := func(hit *tracking.Hit) { hit.ID = "same" }
		first, err := b.try(tracking.PageHit, same)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			again, err := b.try(tracking.PageHit, same)
			if err != nil || again.Visit != first.Visit || again.Numbers["t1"] != first.Numbers["t1"] {
				t.Errorf("%+v, %v; first %+v", again, err, first)
			}
			h.restart()
		}
		if visits, hits, leases := h.count("SELECT COUNT(*) FROM tracking_visit"), h.count("SELECT COUNT(*) FROM tracking_hit"), h.count("SELECT COUNT(*) FROM tracking_lease"); visits+hits+leases != 3 {
			t.Errorf("%d visits, %d hits, %d leases", visits, hits, leases)
		}
	})
}

// Rule C-76: a node that starts anew knows the visits that are open and who holds which number.
func TestMemoryIsReadAnew(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		a, b := h.open(google, organic), h.open("https://shop.example/", "")
		a.send(tracking.PageHit)
		b.send(tracking.PageHit)
		for _, br := range []*browser{a, b} {
			h.restart()
			before, visit := br.number(), br.Visit
			h.wait(20 * time.Second)
			if br.send(tracking.BeatHit); br.number() != before || br.Visit != visit {
				t.Errorf("%s became %s, visit %s became %s", before, br.number(), visit, br.Visit)
			}
		}
		// Two nodes on one database take turns: each sees what the other gave.
		other := tracking.NewCollector(h.core, h.events)
		h.wait(3 * time.Minute) // both leases are over
		a.send(tracking.BeatHit)
		h.collector, other = other, h.collector
		c := h.open("https://shop.example/", "")
		if c.send(tracking.PageHit); c.number() == a.number() || c.number() == "" {
			t.Errorf("two nodes gave %s", c.number())
		}
		h.collector = other
		if a.send(tracking.BeatHit); a.number() == c.number() {
			t.Errorf("%s was given twice", c.number())
		}
	})
}

// Rules C-77, C-78 and C-79: programs see no numbers; without consent nobody is known and the number is that of the source.
func TestWhoGetsNoNumber(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		bot := h.open("https://shop.example/", "")
		bot.from.Agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
		if bot.send(tracking.PageHit); bot.number() != "" || h.count("SELECT COUNT(*) FROM tracking_visit WHERE bot <> ''") != 1 {
			t.Errorf("a program sees %s", bot.number())
		}
		quiet := h.open(google, organic)
		quiet.hit.Consent = tracking.NoConsent
		if quiet.send(tracking.PageHit); quiet.number() != "" || quiet.Visitor != "" {
			t.Errorf("without consent: %+v", quiet.Answer)
		}
		h.sign(number(9), tracking.Sign{Name: "Adverts", Source: "google", Medium: "cpc"})
		h.wait(2 * time.Second)
		if quiet.send(tracking.BeatHit); quiet.number() != number(9) {
			t.Errorf("without consent, with a number for the source: %+v", quiet.Answer)
		}
		quiet.hit.Consent = tracking.FullConsent
		visit := quiet.Visit
		if quiet.send(tracking.ConsentHit); quiet.number() != number(1) || len(quiet.Visitor) != 16 || quiet.Visit != visit {
			t.Errorf("consent given: %+v", quiet.Answer)
		}
		known := quiet.Visitor
		quiet.hit.Consent = tracking.NoConsent
		if quiet.send(tracking.ConsentHit); quiet.Visitor != "" || h.count("SELECT COUNT(*) FROM tracking_visit WHERE visitor_id <> '' AND bot = ''") != 0 {
			t.Errorf("consent taken back: %+v", quiet.Answer)
		}
		quiet.hit.Consent, quiet.hit.Visitor = tracking.FullConsent, known
		if quiet.send(tracking.ConsentHit); h.count("SELECT COUNT(*) FROM tracking_visitor WHERE visits = 1") != 1 || h.count("SELECT MAX(previous) FROM tracking_visit") != 0 {
			t.Error("consent given again counts the visit again")
		}
		if n := h.count("SELECT COUNT(*) FROM tracking_visit WHERE address LIKE '198.51.0.0/24' OR address = ''"); n != 2 {
			t.Errorf("%d of 2 addresses are networks", n)
		}
	})
}

// Rules C-05 and C-06: a dry pool takes the least recently used lease, once.
func TestADryPool(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		a, b := h.open("https://shop.example/", ""), h.open("https://shop.example/", "")
		a.send(tracking.PageHit)
		h.wait(15 * time.Second)
		a.send(tracking.BeatHit)
		if b.send(tracking.PageHit); b.number() != "" {
			t.Errorf("a visit without a sign of life takes the number of another: %+v", b.Answer)
		}
		h.wait(15 * time.Second)
		if b.send(tracking.BeatHit); b.number() != number(1) {
			t.Errorf("%+v", b.Answer)
		}
		h.wait(time.Second)
		if a.send(tracking.BeatHit); a.number() != "" {
			t.Errorf("whose number was taken takes it back: %s", a.number())
		}
		if n := h.count("SELECT COUNT(*) FROM tracking_lease WHERE how = 'taken'"); n != 1 {
			t.Errorf("%d overloads", n)
		}
	})
}

// Rules C-70, C-80 and C-81: what does not come from the site's pages, or is not of the tag, is refused.
func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		for name, c := range map[string]struct {
			change func(*browser)
			code   string
			kind   errs.Kind
		}{
			"another key":      {func(b *browser) { b.hit.Key = "nobody" }, "tracking.no_site", errs.NotFound},
			"another's page":   {func(b *browser) { b.from.Origin = "https://shop.example.evil.example" }, "tracking.origin", errs.Denied},
			"a page of a file": {func(b *browser) { b.from.Origin = "null" }, "tracking.origin", errs.Denied},
			"another host":     {func(b *browser) { b.from.Origin = "https://notshop.example" }, "tracking.origin", errs.Denied},
			"consent of 3":     {func(b *browser) { b.hit.Consent = 3 }, "hit.consent", errs.Invalid},
			"a huge screen":    {func(b *browser) { b.hit.Width = 1 << 20 }, "hit.width", errs.Invalid},
			"a lead in a page": {func(b *browser) { b.hit.Lead = &tracking.Lead{Kind: "form"} }, "hit.lead", errs.Invalid},
		} {
			b := h.open("https://shop.example/", "")
			c.change(b)
			if _, err := b.try(tracking.PageHit); errs.CodeOf(err) != c.code || errs.KindOf(err) != c.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, origin := range []string{"https://www.shop.example", "http://shop.example:8080", "https://a.b.shop.example"} {
			b := h.open("https://shop.example/", "")
			b.from.Origin = origin
			b.send(tracking.PageHit)
		}
		b := h.open("https://shop.example/", "")
		var err error
		for range 400 {
			if _, err = b.try(tracking.LeaveHit); err != nil {
				break
			}
		}
		if errs.CodeOf(err) != "tracking.flood" {
			t.Errorf("400 hits of an address: %v", err)
		}
	})
}

// Rule C-80: a visit's name that we did not give is nobody's.
func TestNamesOfVisitsAreNotGuessed(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		a := h.open("https://shop.example/", "")
		a.send(tracking.PageHit)
		thief := h.open("https://shop.example/", "")
		thief.hit.Visit = a.Visit[:len(a.Visit)-4] + "AAAA"
		if thief.send(tracking.BeatHit); thief.Visit == a.Visit || thief.number() == a.number() {
			t.Errorf("a guessed name opens the visit %s", a.Visit)
		}
	})
}
