package tracking_test

import (
	"strings"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/tracking"
)

func (h *house) leads(f tracking.LeadFilter) []tracking.LeadRecord {
	h.Helper()
	leads, err := tracking.Leads(h.Context(), h.events, "shop", f, 0, 100)
	if err != nil {
		h.Fatal(err)
	}
	return leads
}

func (h *house) order(o tracking.Order) (tracking.LeadRecord, error) {
	return h.service.AddOrder(h.Context(), h.core, h.events, h.permit("shop"), o, "UA", h.now)
}

// Rule C-95: an order with a visitor's code is its visit's, and whoever calls from its telephone is known.
func TestAnOrderWithACode(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		h.showCodes()
		b, other := h.open(google, organic), h.open("https://shop.example/", "")
		b.send(tracking.PageHit)
		other.send(tracking.PageHit)
		h.wait(time.Minute)
		made, err := h.order(tracking.Order{Reference: "N1", Phone: "067 123-45-67", Name: "Anna", Promo: b.Promo})
		if err != nil || made.From.Campaign != "spring" || made.Phone != string(client) || made.State != tracking.NewLead || made.Kind != tracking.OrderLead {
			t.Fatalf("%+v, %v", made, err)
		}
		again, err := h.order(tracking.Order{Reference: "N1", Phone: "067 123-45-67", Name: "Anna", Promo: b.Promo})
		if err != nil || again.ID != made.ID || len(h.leads(tracking.LeadFilter{})) != 1 {
			t.Errorf("told of again: %+v, %v", again, err)
		}
		if got := h.call("c1", b.number(), client); len(got.Receipt.Candidates) == 0 || !got.Receipt.Candidates[0].KnownPhone {
			t.Errorf("a call from the order's telephone: %+v", got.Receipt)
		}
		plain, err := h.order(tracking.Order{Reference: "N2"})
		if err != nil || plain.Visit != 0 || plain.From.Name != "" {
			t.Errorf("an order without a code: %+v, %v", plain, err)
		}
		for name, c := range map[string]struct {
			order tracking.Order
			code  string
		}{
			"no number":      {tracking.Order{}, "tracking.bad_lead"},
			"a hidden mark":  {tracking.Order{Reference: "N\u202e3"}, "tracking.bad_lead"},
			"two lines":      {tracking.Order{Reference: "N3", Name: "a\nb"}, "tracking.bad_lead"},
			"much":           {tracking.Order{Reference: "N3", Email: strings.Repeat("a", 201)}, "tracking.bad_lead"},
			"no telephone":   {tracking.Order{Reference: "N3", Phone: "call me"}, "tracking.bad_lead"},
			"no code":        {tracking.Order{Reference: "N3", Promo: "57241"}, "tracking.bad_promo"},
			"before the day": {tracking.Order{Reference: "N3", Promo: b.Promo, At: noon.Add(-time.Hour)}, "tracking.no_promo"},
		} {
			if _, err := h.order(c.order); errs.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Rules C-83 and C-95: leads are listed by what they are, and go from state to state; another project's are not there.
func TestStatesOfLeads(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		b := h.open(google, organic)
		b.send(tracking.PageHit)
		for range 2 {
			h.wait(time.Second)
			b.send(tracking.LeadHit, func(hit *tracking.Hit) {
				hit.Lead = &tracking.Lead{Kind: "form", Form: "order", Phone: "067 123-45-67", Name: "Anna"}
			})
		}
		again, first := h.leads(tracking.LeadFilter{})[0], h.leads(tracking.LeadFilter{})[1]
		if !again.Repeated || first.Repeated || first.From.Medium != "cpc" || first.Landing != google {
			t.Errorf("%+v, %+v", first, again)
		}
		before, after, err := h.service.SetLeadState(h.Context(), h.core, h.events, h.permit("shop"), first.ID, tracking.WonLead, h.now)
		if err != nil || before.State != tracking.NewLead || after.State != tracking.WonLead || after.StateBy != "key test" {
			t.Errorf("%+v, %+v, %v", before, after, err)
		}
		yes := true
		for name, c := range map[string]struct {
			filter tracking.LeadFilter
			want   int
		}{
			"all": {tracking.LeadFilter{}, 2}, "won": {tracking.LeadFilter{State: tracking.WonLead}, 1}, "repeated": {tracking.LeadFilter{Repeated: &yes}, 1}, "orders": {tracking.LeadFilter{Kind: "order"}, 0},
			"of google": {tracking.LeadFilter{Source: "google", Campaign: "spring"}, 2}, "of bing": {tracking.LeadFilter{Source: "bing"}, 0}, "of Anna": {tracking.LeadFilter{Phone: string(client)}, 2},
			"later": {tracking.LeadFilter{From: h.now.Add(time.Second)}, 0}, "before": {tracking.LeadFilter{Until: h.now}, 1}, "of the visit": {tracking.LeadFilter{Visit: first.Visit}, 2},
		} {
			if got := h.leads(c.filter); len(got) != c.want {
				t.Errorf("%s: %d leads, want %d", name, len(got), c.want)
			}
		}
		if next, err := tracking.Leads(h.Context(), h.events, "shop", tracking.LeadFilter{}, again.ID, 10); err != nil || len(next) != 1 || next[0].ID != first.ID {
			t.Errorf("the next page: %+v, %v", next, err)
		}
		if _, _, err := h.service.SetLeadState(h.Context(), h.core, h.events, h.permit("bank"), first.ID, tracking.WonLead, h.now); errs.CodeOf(err) != "tracking.no_lead" {
			t.Errorf("another project's lead: %v", err)
		}
		if _, _, err := h.service.SetLeadState(h.Context(), h.core, h.events, h.permit("shop"), first.ID, "sold", h.now); errs.CodeOf(err) != "tracking.bad_lead" {
			t.Error(err)
		}
	})
}

// Rules C-74 and C-76: past visits are listed by what they were, with their pages, the leases of their numbers and the visits of their visitor.
func TestPastVisits(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		a, bot := h.open(google, organic), h.open("https://shop.example/", "")
		a.send(tracking.PageHit)
		bot.from.Agent = "curl/8"
		bot.send(tracking.PageHit)
		h.wait(20 * time.Second)
		a.hit.URL = "https://shop.example/contacts"
		a.send(tracking.PageHit)
		people, programs := false, true
		list := func(f tracking.VisitFilter) []tracking.PastVisit {
			visits, err := tracking.Visits(h.Context(), h.events, "shop", f, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			return visits
		}
		for name, c := range map[string]struct {
			filter tracking.VisitFilter
			want   int
		}{
			"all": {tracking.VisitFilter{}, 2}, "people": {tracking.VisitFilter{Programs: &people}, 1}, "programs": {tracking.VisitFilter{Programs: &programs}, 1}, "by click": {tracking.VisitFilter{Click: "abc"}, 1},
			"another click": {tracking.VisitFilter{Click: "ab"}, 0}, "a campaign": {tracking.VisitFilter{Campaign: "spring", Medium: "cpc"}, 1}, "later": {tracking.VisitFilter{From: h.now}, 0}, "site": {tracking.VisitFilter{Site: h.site.ID}, 2},
		} {
			if got := list(c.filter); len(got) != c.want {
				t.Errorf("%s: %d visits, want %d", name, len(got), c.want)
			}
		}
		v := list(tracking.VisitFilter{Programs: &people})[0]
		if v.Pages != 2 || v.Page != "https://shop.example/contacts" || len(v.Shown) != 1 || v.Shown[0].Number != number(1) || v.Shown[0].How != "leased" {
			t.Errorf("%+v", v)
		}
		steps, err := tracking.Steps(h.Context(), h.events, "shop", v.ID)
		if err != nil || len(steps) != 2 || steps[0].URL != google || !steps[1].At.Equal(h.now) {
			t.Errorf("%+v, %v", steps, err)
		}
		leases, err := tracking.LeasesOf(h.Context(), h.events, "shop", number(1), time.Time{}, time.Time{}, 0, 10)
		if err != nil || len(leases) != 1 || leases[0].Visit != v.ID || leases[0].Pool != h.pool.ID {
			t.Errorf("%+v, %v", leases, err)
		}
		h.wait(time.Hour)
		a.send(tracking.PageHit)
		if visits, err := tracking.VisitsOf(h.Context(), h.events, "shop", a.Visitor, 10); err != nil || len(visits) != 2 || visits[1].ID != v.ID {
			t.Errorf("%d visits of the visitor, %v", len(visits), err)
		}
		if _, err := tracking.OneVisit(h.Context(), h.events, "bank", v.ID); errs.CodeOf(err) != "tracking.no_visit" {
			t.Errorf("another project's visit: %v", err)
		}
	})
}

// A number is read as of the country where its visitor seems to be, where that has such numbers, or else as of that of the site's own.
func TestNumbersThatAreLeft(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		for _, c := range []struct{ zone, written, want string }{
			{"America/New_York", "067 123 45 67", "+380671234567"},
			{"America/New_York", "(212) 555-0123", "+12125550123"},
			{"Europe/Berlin", "030 901820", "+4930901820"},
			{"Europe/Kyiv", "+12125550123", "+12125550123"},
		} {
			b := h.open(google, organic)
			b.send(tracking.PageHit, func(hit *tracking.Hit) { hit.Zone = c.zone })
			h.wait(time.Second)
			b.send(tracking.LeadHit, func(hit *tracking.Hit) {
				hit.Zone, hit.Lead = c.zone, &tracking.Lead{Kind: "form", Phone: c.written}
			})
			if got := h.leads(tracking.LeadFilter{})[0]; got.Phone != c.want {
				t.Errorf("%s, written in %s, is %s, want %s", c.written, c.zone, got.Phone, c.want)
			}
		}
	})
}
