package tracking_test

import (
	"fmt"
	"testing"
	"time"

	"bellwether/internal/tracking"
)

// Rule C-87: the visitor's id at the site's own analytics.
func TestClientID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		custom   tracking.Values
		id, text string
	}{
		{nil, "", ""},
		{tracking.Values{"vip": "true", "city": "Kyiv"}, "", "city=Kyiv, vip=true"},
		{tracking.Values{"_ga": "GA1.2.1620817000.1234567890"}, "1620817000.1234567890", "_ga=GA1.2.1620817000.1234567890"},
		{tracking.Values{"_ga": "odd"}, "odd", "_ga=odd"},
		{tracking.Values{"_ym_uid": "16208170001234567890"}, "16208170001234567890", "_ym_uid=16208170001234567890"},
		{tracking.Values{"_ga": "GA1.2.1.2", "client_id": "crm-7"}, "crm-7", "_ga=GA1.2.1.2, client_id=crm-7"},
	} {
		if got := (tracking.Visit{Custom: c.custom}).ClientID(); got != c.id {
			t.Errorf("%v: client id %q, want %q", c.custom, got, c.id)
		}
		if got := c.custom.String(); got != c.text {
			t.Errorf("%v reads %q, want %q", c.custom, got, c.text)
		}
	}
}

// Rule C-87: what a site says after the visit began is added to it, also over a restart; who takes all consent back takes it along.
func TestValuesThatComeLater(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		b := h.open(google, organic)
		said := func(want string) {
			t.Helper()
			visits, err := tracking.Visits(h.Context(), h.events, "shop", tracking.VisitFilter{}, 0, 9)
			if err != nil || len(visits) != 1 || visits[0].Custom.String() != want {
				t.Errorf("%v, %v, want %q", visits, err, want)
			}
		}
		say := func(kind tracking.Kind, values tracking.Values) {
			t.Helper()
			h.wait(5 * time.Second)
			b.send(kind, func(hit *tracking.Hit) { hit.Custom = values })
		}
		say(tracking.PageHit, tracking.Values{"city": "Kyiv"})
		say(tracking.BeatHit, tracking.Values{"client_id": "7.8", "city": "Lviv"})
		said("city=Lviv, client_id=7.8")
		h.restart()
		say(tracking.LeaveHit, tracking.Values{"vip": "true"})
		say(tracking.BeatHit, nil)
		said("city=Lviv, client_id=7.8, vip=true")
		many := tracking.Values{}
		for n := range 10 {
			many[fmt.Sprint("x", n)] = "1"
		}
		say(tracking.BeatHit, many)
		if visits, err := tracking.Visits(h.Context(), h.events, "shop", tracking.VisitFilter{}, 0, 9); err != nil || len(visits[0].Custom) != 10 {
			t.Errorf("%+v, %v", visits, err)
		}
		b.hit.Consent = tracking.NoConsent
		say(tracking.ConsentHit, nil)
		said("")
	})
}
