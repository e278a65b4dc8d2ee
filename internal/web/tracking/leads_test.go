package tracking_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet/cabinettest"
)

// leave opens a page of the site, shows a code and leaves a form, and gives the paths of the lead and of the visit.
func leave(t *testing.T, h *cabinettest.House) (lead, visit string) {
	t.Helper()
	site := theSite(t, h)
	site.Features = []string{"forms", "promo"}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Tracking.EditSite(ctx, tx, h.Permit(shop), site, h.Now())
		return err
	})
	h.Pass(2 * time.Second)
	hit := tracking.Hit{
		Key: site.Key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/catalog/tea?utm_source=google&utm_medium=cpc&utm_campaign=spring", Language: "uk-UA",
		Zone: "Europe/Kyiv", Width: 400, ID: "l1",
	}
	from := tracking.Sender{Address: netip.MustParseAddr("198.51.100.9"), Agent: chrome, Origin: "https://shop.example"}
	answer, err := h.App.Collector.Take(t.Context(), hit, from, h.Now())
	if err != nil {
		t.Fatal(err)
	}
	h.Pass(20 * time.Second)
	hit.Kind, hit.ID, hit.Visitor, hit.Visit, hit.URL = tracking.LeadHit, "l2", answer.Visitor, answer.Visit, "https://shop.example/order"
	hit.Lead = &tracking.Lead{Kind: "form", Form: "order", Phone: "067 123 45 67", Email: "anna@example.com", Name: "Анна <b>"}
	if _, err := h.App.Collector.Take(t.Context(), hit, from, h.Now()); err != nil {
		t.Fatal(err)
	}
	leads, err := tracking.Leads(t.Context(), h.App.Events, "shop", tracking.LeadFilter{}, 0, 1)
	if err != nil || len(leads) != 1 {
		t.Fatal(leads, err)
	}
	return "/p/shop/leads/" + leads[0].ID.String(), "/p/shop/visitors/" + leads[0].Visit.String()
}

// Rules C-83, C-93 and C-95: a lead is listed with where it came from, opens to the visit behind it, and goes from state to state by those who work with new clients.
func TestLeadsOfTheSite(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	site(t, owner)
	owner.Get("/p/shop/leads").Must(t, http.StatusOK, "No leads yet")
	lead, visit := leave(t, h)
	list := owner.Get("/p/shop/leads").Must(t, http.StatusOK, "Анна &lt;b&gt;", "google / cpc / spring", "shop.example/order", "New", "Form")
	if strings.Contains(list.Body, "Анна <b>") {
		t.Error("a name is taken for HTML")
	}
	for query, shown := range map[string]bool{
		"f.state=new": true, "f.state=won": false, "f.kind=tel": false, "f.phone=0671234567": true, "f.source=google": true, "f.campaign=winter": false, "f.repeated=yes": false, "period=yesterday": false,
	} {
		if got := strings.Contains(owner.Get("/p/shop/leads?"+query).Must(t, http.StatusOK).Body, lead); got != shown {
			t.Errorf("%s: shown %t", query, got)
		}
	}
	csv := owner.Get("/p/shop/leads?format=csv&cols=name,phone,source").Must(t, http.StatusOK).Body
	if !strings.Contains(csv, "Анна <b>,+380671234567,google / cpc / spring") {
		t.Errorf("the export is %q", csv)
	}
	manager, marketer, stranger := h.Member(shop, access.Manager), h.Member(shop, access.Marketer), h.Member(other, access.Owner)
	manager.Get("/p/shop/leads?format=csv").Must(t, http.StatusForbidden)
	manager.Get(lead).Must(t, http.StatusOK, "anna@example.com", "The visit behind it", "opened", "left a lead on", "Take into work", "Code")
	manager.Post(lead+"/state", form("state", "working")).Must(t, http.StatusOK, "State: In work", "Back to new")
	manager.Post(lead+"/state", form("state", "sold")).Must(t, http.StatusUnprocessableEntity)
	marketer.Get(lead).Must(t, http.StatusOK, "In work")
	marketer.Post(lead+"/state", form("state", "won")).Must(t, http.StatusForbidden)
	stranger.Get(strings.Replace(lead, "shop", "other", 1)).Must(t, http.StatusNotFound)
	owner.Get("/p/shop/leads/x").Must(t, http.StatusNotFound)
	manager.Get(visit).Must(t, http.StatusOK, "google", "Path on the site", "Leads", "visit 1")
	stranger.Get(strings.Replace(visit, "shop", "other", 1)).Must(t, http.StatusNotFound)
	owner.Get("/p/shop/visitors/all?f.campaign=spring").Must(t, http.StatusOK, visit, "0:20")
	if body := owner.Get("/p/shop/visitors/all?f.programs=yes").Must(t, http.StatusOK).Body; strings.Contains(body, visit) {
		t.Error("a person is among programs")
	}
}

// Rules C-77 and C-110: visits are summed up by where they came from; programs are left out and counted, and taken in where that is asked for.
func TestVisitsBySource(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	site(t, owner)
	_, visit := leave(t, h)
	key := theSite(t, h).Key
	for i := range 3 {
		if _, err := h.App.Collector.Take(t.Context(), tracking.Hit{Key: key, Kind: tracking.PageHit, URL: "https://shop.example/?utm_source=robots&utm_medium=<b>", ID: fmt.Sprint("r", i)},
			tracking.Sender{Address: netip.MustParseAddr("198.51.101.9"), Agent: "Googlebot/2.1", Origin: "https://shop.example"}, h.Now()); err != nil {
			t.Fatal(err)
		}
	}
	const page = "/p/shop/visitors/sources"
	people := owner.Get(page).Must(t, http.StatusOK, "google", "cpc", "Visits of programs", "Calls per visit").Body
	if strings.Contains(people, "robots") {
		t.Error("programs are among people")
	}
	if all := owner.Get(page+"?f.programs=any").Must(t, http.StatusOK, "robots", "&lt;b&gt;").Body; strings.Contains(all, "<b>") {
		t.Error("a medium is taken for HTML")
	}
	owner.Get("/p/shop/visitors/all?f.source=google&f.medium=cpc").Must(t, http.StatusOK, visit) // where the row leads
	if csv := owner.Get(page+"?by=campaign&by=site&by=visitor&format=csv").Must(t, http.StatusOK).Body; !strings.Contains(csv, "spring,Tea <b>,1,1.0,20,0,0") {
		t.Errorf("the export is %q", csv)
	}
	manager, stranger := h.Member(shop, access.Manager), h.Member(other, access.Owner)
	manager.Get(page).Must(t, http.StatusOK, "google")
	manager.Get(page+"?format=csv").Must(t, http.StatusForbidden)
	stranger.Get(page).Must(t, http.StatusNotFound)
}

// Rule C-68: the tester names the number of the pool that a new visit would see now, and says when none is free.
func TestTheTesterNamesTheNumber(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	s, all := site(t, owner), idOf(pool(t, owner))
	owner.Post(s+"/rules", rules("save", "0", all)).Must(t, http.StatusOK)
	say := lang.For(lang.English, nil)
	owner.Post(s+"/try", rules("", "1", all)).Must(t, http.StatusOK, say.Phone("+380443337701"))
	key := theSite(t, h).Key
	for i := range 2 {
		if _, err := h.App.Collector.Take(t.Context(), tracking.Hit{
			Key: key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/?utm_source=google", ID: fmt.Sprint("n", i),
		}, tracking.Sender{Address: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), Agent: chrome, Origin: "https://shop.example"}, h.Now()); err != nil {
			t.Fatal(err)
		}
	}
	owner.Post(s+"/try", rules("", "1", all)).Must(t, http.StatusOK, "(none of its own is free)")
	// Rule C-08: the log of leases is shown with the number, and leads to the visits.
	owner.Get(at+"/numbers/+380443337701").Must(t, http.StatusOK, "Who saw it", "a new visit", "/p/shop/visitors/", "/p/shop/calls?f.number=%2B380443337701")
}

// Rule C-106: whoever left a lead is erased from its page, by those who may; the visit leads to its calls, and they to it.
func TestALeadIsErasedAndAVisitHasItsCalls(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	site(t, owner)
	lead, visit := leave(t, h)
	id := call.NewID(h.Now())
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if err := call.Open(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Inbound, Client: "+380509999999", Number: "+380443337701", Node: "n"}); err != nil {
			return err
		}
		return call.Attribute(ctx, tx, call.Ref{Project: "shop", ID: id}, call.Origin{Source: "google", Visit: visit[strings.LastIndex(visit, "/")+1:], Device: "mobile", Certainty: 9000, FoundAt: h.Now()})
	})
	owner.Get(visit).Must(t, http.StatusOK, "/p/shop/calls/"+id.String(), "90%")
	owner.Get("/p/shop/calls/"+id.String()).Must(t, http.StatusOK, visit, "Phone")
	accountant := h.Member(shop, access.Accountant)
	if page := accountant.Get(visit); strings.Contains(page.Body, id.String()) {
		t.Error("an accountant sees calls of a visit")
	}
	owner.Get(lead).Must(t, http.StatusOK, lead+"/erase")
	marketer := h.Member(shop, access.Marketer)
	marketer.Get(lead+"/erase").Must(t, http.StatusForbidden)
	marketer.Post(lead+"/erase", nil).Must(t, http.StatusForbidden)
	owner.Get(lead+"/erase").Must(t, http.StatusOK, "Erase this person")
	owner.Post(lead+"/erase", nil).Must(t, http.StatusOK)
	owner.Get(lead).Must(t, http.StatusNotFound)
	owner.Post(lead+"/erase", nil).Must(t, http.StatusNotFound)
	if page := owner.Get(visit).Must(t, http.StatusOK); strings.Contains(page.Body, "spring") && strings.Contains(page.Body, "catalog/tea") {
		t.Error("the visit still tells where the person was")
	}
}
