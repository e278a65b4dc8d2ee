package tracking_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var (
	shop  = ident.ProjectOrg("shop")
	other = ident.ProjectOrg("other")
)

const (
	at     = "/p/shop/tracking"
	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

// open has the shop with tracking numbers +380443337701 to 04, and another project.
func open(t *testing.T) (h *cabinettest.House, owner *cabinettest.Person) {
	t.Helper()
	h = cabinettest.Open(t)
	h.Project("shop", "5000")
	h.Project("other", "5000")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range 4 {
			n := pricing.Number{Number: fmt.Sprintf("+38044333770%d", i+1), Owner: "customer", Kind: "local", Use: "tracking"}
			if err := h.App.Billing.RentNumber(ctx, tx, "shop", n, h.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	return h, h.Member(shop, access.Owner)
}

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

func idOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// site adds one and gives the path of its page.
func site(t *testing.T, p *cabinettest.Person) string {
	t.Helper()
	return p.Post(at+"/sites/new", form("name", "Tea <b>", "hosts", "https://www.shop.example/", "numbers", "044 333 77 00", "consent", "full")).Must(t, http.StatusOK, "is added").Path
}

// pool makes one of the first two numbers and gives the path of its page.
func pool(t *testing.T, p *cabinettest.Person) string {
	t.Helper()
	return p.Post(at+"/pools/new", form("name", "All", "hold_seconds", "", "number", "+380443337701", "number", "+380443337702")).Must(t, http.StatusOK, "is added").Path
}

// rules are a form of one rule that leases from a pool what comes from google, or from a network.
func rules(do, basis, pool string) url.Values {
	return form("do", do, "basis", basis, "rules", "1", "r.0.id", "r1", "r.0.name", "Adverts", "r.0.show.t1", "pool:"+pool, "r.0.w.any", "on", "r.0.w.conditions", "2", "r.0.w.groups", "0",
		"r.0.w.c.0.field", "source", "r.0.w.c.0.op", "is", "r.0.w.c.0.values", "google, bing",
		"r.0.w.c.1.field", "ip", "r.0.w.c.1.op", "in", "r.0.w.c.1.values", "203.0.113.0/24", "r.0.w.c.2.op", "is",
		"try.url", "https://shop.example/?utm_source=google&utm_medium=cpc", "try.device", "mobile", "try.date", "2026-11-23", "try.time", "12:00")
}

// browser opens a page of the site.
func browser(t *testing.T, h *cabinettest.House, key, address string) tracking.Answer {
	t.Helper()
	return send(t, h, tracking.Hit{
		Key: key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: address, Language: "uk-UA", Zone: "Europe/Kyiv", Width: 400, ID: fmt.Sprint("h", time.Now().UnixNano()),
	})
}

func send(t *testing.T, h *cabinettest.House, hit tracking.Hit) tracking.Answer {
	t.Helper()
	answer, err := h.App.Collector.Take(t.Context(), hit, tracking.Sender{Address: netip.MustParseAddr("198.51.100.7"), Agent: chrome, Origin: "https://shop.example"}, h.Now())
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func theSite(t *testing.T, h *cabinettest.House) tracking.Site {
	t.Helper()
	sites, err := tracking.Sites(t.Context(), h.App.DB, "shop")
	if err != nil || len(sites) != 1 {
		t.Fatalf("%v, %v", sites, err)
	}
	return sites[0]
}

// Rules C-48, C-70: a site is added with three fields; its page has the code, and turns by itself when somebody comes.
func TestSites(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Get(at).Must(t, http.StatusOK, "No site yet")
	for name, c := range map[string][2]string{"no host": {"hosts", "a b"}, "no number": {"numbers", "call me"}, "no name": {"name", ""}, "no consent": {"consent", "maybe"}} {
		f := form("name", "Tea", "hosts", "shop.example", "numbers", "+380443337700", "consent", "full")
		f.Set(c[0], c[1])
		got := owner.Post(at+"/sites/new", f).Must(t, http.StatusUnprocessableEntity, "Check the site")
		if !strings.Contains(got.Body, `id="`+c[0]+`-error"`) {
			t.Errorf("%s: it is not said beside the field", name)
		}
	}
	path := site(t, owner)
	s := theSite(t, h)
	owner.Get(path).Must(t, http.StatusOK, "Waiting for the first visit", "Tea &lt;b&gt;", "/t/"+s.Key+".js", "document.head.appendChild", "wp_head", "data-refresh=")
	owner.Get(at).Must(t, http.StatusOK, "Waits for the first visit", "shop.example", "1 site")
	browser(t, h, s.Key, "https://shop.example/")
	owner.Get(path+"/seen").Must(t, http.StatusOK, "The code works")
	owner.Get(at).Must(t, http.StatusOK, "Works")
	stranger := h.Member(other, access.Owner)
	stranger.Get(path).Must(t, http.StatusNotFound)
	stranger.Get("/p/other/tracking/sites/"+idOf(path)).Must(t, http.StatusNotFound)
}

func TestSiteSettings(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path := site(t, owner)
	wish := form("name", "Coffee", "hosts", "shop.example\ncoffee.example", "consent", "gcm", "gpc", "1", "exclusions", "pay.example", "contacts", "/contacts*", "cookies", "vip", "feature.forms", "on",
		"targets", "1", "target.0.id", "t1", "target.0.name", "Sales", "target.0.numbers", "+380443337700", "target.1.name", "Support", "target.1.numbers", "044 333 77 99")
	owner.Post(path+"/settings", wish).Must(t, http.StatusOK, "The settings are saved")
	s := theSite(t, h)
	if s.Name != "Coffee" || len(s.Targets) != 2 || s.Targets[1].ID != "t2" || s.Targets[1].Numbers[0] != "+380443337799" || s.GPC != tracking.SessionConsent || s.Features[0] != "forms" {
		t.Errorf("%+v", s)
	}
	owner.Get(path+"/settings").Must(t, http.StatusOK, "pay.example", "/contacts*", "vip", "Support")
	wish.Set("collector", "elsewhere.example")
	owner.Post(path+"/settings", wish).Must(t, http.StatusUnprocessableEntity, `id="collector-error"`)
	wish.Set("collector", "t.coffee.example")
	wish.Set("domain", "coffee.example")
	owner.Post(path+"/settings", wish).Must(t, http.StatusOK)
	owner.Get(path).Must(t, http.StatusOK, "https://t.coffee.example/t/", "proxy_pass")
	wish.Set("target.1.numbers", "call me")
	owner.Post(path+"/settings", wish).Must(t, http.StatusUnprocessableEntity, `id="target-1-numbers-error"`)
	h.Member(shop, access.ReadOnly).Get(path+"/settings").Must(t, http.StatusForbidden)
	h.Member(shop, access.Manager).Get(path).Must(t, http.StatusForbidden)
	h.Member(shop, access.Marketer).Get(path+"/settings").Must(t, http.StatusOK)
	owner.Post(path+"/remove", form()).Must(t, http.StatusOK, "is removed")
	owner.Get(path).Must(t, http.StatusNotFound)
}

// Rules C-02, C-71: a pool with its numbers, and how it fares.
func TestPools(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Get(at+"/pools").Must(t, http.StatusOK, "No pool yet")
	owner.Post(at+"/pools/new", form("name", "All", "hold_seconds", "5")).Must(t, http.StatusUnprocessableEntity, `id="hold_seconds-error"`)
	path := pool(t, owner)
	owner.Get(path).Must(t, http.StatusOK, `value="150"`, "of 2 numbers", `value="+380443337703"`)
	owner.Post(path+"/numbers", form()).Must(t, http.StatusUnprocessableEntity, "Tick at least one number")
	owner.Post(path+"/numbers", form("number", "+380443337703")).Must(t, http.StatusOK, "1 number is added", "of 3 numbers")
	owner.Post(path+"/numbers", form("number", "+380443337703")).Must(t, http.StatusConflict, "in use")
	owner.Post(path, form("name", "All", "hold_seconds", "60", "overflow", "+380443337704")).Must(t, http.StatusOK, "The pool is saved", `value="60"`)
	owner.Post(path, form("name", "All", "overflow", "+380443337701")).Must(t, http.StatusUnprocessableEntity)
	owner.Post(at+"/numbers/+380443337703/retire", nil).Must(t, http.StatusOK, "is taken out", "of 2 numbers")
	h.Member(other, access.Owner).Get("/p/other/tracking/pools/"+idOf(path)).Must(t, http.StatusNotFound)
	h.Member(shop, access.ReadOnly).Post(path, form("name", "x")).Must(t, http.StatusForbidden)
	owner.Post(path+"/remove", form()).Must(t, http.StatusOK, "is removed")
	owner.Get(at+"/numbers").Must(t, http.StatusOK, "Rests", "4 numbers")
}

// Rules C-103 to C-105: a pool's page says how often it was right and what that is known from, and what the pool may rent by itself.
func TestPoolPromises(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	s, path := site(t, owner), pool(t, owner)
	owner.Get(path).Must(t, http.StatusOK, "no call could be checked yet", "0 of 0", `value="95"`, `value="24"`)
	for field, value := range map[string]string{"target_percent": "100", "rest_hours": "1", "growth.budget": "-5", "growth.most": "many"} {
		f := form("name", "All", "target_percent", "90", "rest_hours", "48", "growth.on", "on", "growth.most", "10", "growth.budget", "500,50", "growth.area", "44")
		f.Set(field, value)
		if got := owner.Post(path, f).Must(t, http.StatusUnprocessableEntity); !strings.Contains(got.Body, `id="`+strings.ReplaceAll(field, ".", "-")+`-error"`) {
			t.Errorf("%s: it is not said beside the field", field)
		}
	}
	owner.Post(path, form("name", "All", "target_percent", "90", "rest_hours", "48", "growth.on", "on", "growth.most", "10", "growth.budget", "500,50", "growth.area", "44")).Must(t, http.StatusOK,
		"The pool is saved", `value="90"`, `value="48"`, `value="500.5"`)
	owner.Post(s+"/rules", rules("save", "0", idOf(path))).Must(t, http.StatusOK)
	browser(t, h, theSite(t, h).Key, "https://shop.example/?utm_source=google&utm_medium=cpc")
	h.Pass(30 * time.Second)
	call := tracking.Call{ID: "1", Project: "shop", Number: "+380443337701", Caller: "+380671234567", At: h.Now()}
	if _, err := h.App.Collector.Behind(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	h.Pass(time.Second)
	owner.Get(path).Must(t, http.StatusOK, "1 of 1", "100% to 100% for certain, promised 90%", "nobody else saw the number: 1")
}

// Rule C-72: numbers that stand for a source.
func TestNumbers(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	path := at + "/numbers/+380443337704"
	owner.Post(path, form("name", "", "kind", "offline", "source", "billboard")).Must(t, http.StatusUnprocessableEntity, "Write a name")
	owner.Post(path, form("name", "Ring <i>road", "kind", "offline", "source", "billboard")).Must(t, http.StatusOK, "stands for its source", "Ring &lt;i&gt;road", "Offline source")
	owner.Get(path).Must(t, http.StatusOK, `value="billboard"`)
	owner.Post(path+"/retire", nil).Must(t, http.StatusOK, "is taken out")
	owner.Get(at+"/numbers/+380449999999").Must(t, http.StatusNotFound)
}

// Rules C-60 to C-68, C-73: the editor works without scripts, the tester says which number and why, versions come back.
func TestRules(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path, all := site(t, owner), idOf(pool(t, owner))
	editor := path + "/rules"
	owner.Get(editor).Must(t, http.StatusOK, "No rules yet", "no rule speaks of it")
	owner.Post(editor, form("do", "add", "basis", "0", "rules", "0")).Must(t, http.StatusOK, "Not saved yet", "New rule")
	owner.Post(path+"/try", rules("", "0", all)).Must(t, http.StatusOK, "google / cpc", "a number of the pool “All”", "because of rule 1", "is: google")
	elsewhere := rules("", "0", all)
	elsewhere.Set("try.url", "https://shop.example/?utm_source=mail&utm_medium=email")
	owner.Post(path+"/try", elsewhere).Must(t, http.StatusOK, "does not fit", "no rule speaks of it")
	elsewhere.Set("try.ip", "203.0.113.9")
	owner.Post(path+"/try", elsewhere).Must(t, http.StatusOK, "because of rule 1")
	grown := owner.Post(editor, rules("group:r.0.w", "0", all)).Must(t, http.StatusOK, `name="r.0.w.g.0.any"`)
	if !strings.Contains(grown.Body, `value="out:r.0.w.c.1"`) {
		t.Error("a condition cannot be taken out")
	}
	if body := owner.Post(editor, rules("out:r.0.w.c.1", "0", all)).Must(t, http.StatusOK).Body; strings.Contains(body, "203.0.113.0") {
		t.Error("a condition is not taken out")
	}
	owner.Post(editor, rules("save", "0", "nothing")).Must(t, http.StatusUnprocessableEntity, "not saved", "Choose one of the list")
	owner.Post(editor, rules("save", "0", all)).Must(t, http.StatusOK, "Version 1 is in force")
	owner.Post(editor, rules("save", "0", all)).Must(t, http.StatusUnprocessableEntity, "Somebody else changed the rules")
	if got := browser(t, h, theSite(t, h).Key, "https://shop.example/?utm_source=google&utm_medium=cpc").Numbers["t1"]; got != "+380443337701" {
		t.Errorf("the visitor sees %q", got)
	}
	owner.Get(at+"/pools/"+all).Must(t, http.StatusOK, "In use", "until ")
	owner.Post(editor, form("do", "save", "basis", "1", "rules", "0")).Must(t, http.StatusOK, "Version 2 is in force", "No rules yet")
	owner.Get(path+"/versions").Must(t, http.StatusOK, "2 versions", "Adverts")
	owner.Get(path+"/versions/1").Must(t, http.StatusOK, "Source is google, bing or IP address is in the network 203.0.113.0/24")
	owner.Post(path+"/versions/1", nil).Must(t, http.StatusOK, "as version 3", "Adverts")
	owner.Get(path+"/versions/9").Must(t, http.StatusNotFound)
	h.Member(shop, access.ReadOnly).Post(editor, rules("save", "3", all)).Must(t, http.StatusForbidden)
	owner.Post(at+"/pools/"+all+"/remove", form()).Must(t, http.StatusConflict, "in use")
}

// What the editor shows of rules made elsewhere, it saves again: groups in groups, hours, holidays.
func TestEditorKeepsWhatItReads(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path, all := site(t, owner), idOf(pool(t, owner))
	wish := rules("save", "0", all)
	for name, value := range map[string]string{
		"r.0.w.groups": "1", "r.0.w.g.0.conditions": "1", "r.0.w.g.0.c.0.field": "custom", "r.0.w.g.0.c.0.name": "vip", "r.0.w.g.0.c.0.op": "not_present",
		"r.0.w.c.0.values": `"google, inc", bing`, "r.0.day.mon": "9-13, 14:00–18", "r.0.holidays": `[{"date":"2026-12-25","name":"Різдво","yearly":true}]`, "r.0.off": "on",
	} {
		wish.Set(name, value)
	}
	owner.Post(path+"/rules", wish).Must(t, http.StatusOK, "Version 1", "09:00–13:00, 14:00–18:00", "Switched off")
	before, err := tracking.GetRules(t.Context(), h.App.DB, "shop", theSite(t, h).ID)
	if err != nil {
		t.Fatal(err)
	}
	r := before.Rules[0]
	if got := r.When.Conditions[0].Values; len(got) != 2 || got[0] != "google, inc" || got[1] != "bing" {
		t.Errorf("values are %q", got)
	}
	owner.Get(path+"/rules").Must(t, http.StatusOK, "&#34;google, inc&#34;, bing")
	if len(r.When.Groups) != 1 || !r.When.Groups[0].Conditions[0].Not || r.When.Groups[0].Conditions[0].Name != "vip" || len(r.Schedule.Week) != 2 || r.Schedule.Holidays[0].Name != "Різдво" {
		t.Errorf("%+v", r)
	}
	wish.Set("basis", "1")
	wish.Set("r.0.day.mon", "late")
	owner.Post(path+"/rules", wish).Must(t, http.StatusUnprocessableEntity)
}

// Values that are all known are offered, read and written in words; rules keep their codes.
func TestKnownValuesInWords(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path, all := site(t, owner), idOf(pool(t, owner))
	wish := rules("save", "0", all)
	for name, value := range map[string]string{
		"r.0.w.c.0.field": "device", "r.0.w.c.0.values": "phone, Tablet, fridge", "r.0.w.c.1.field": "traffic", "r.0.w.c.1.op": "not_is", "r.0.w.c.1.values": "AI assistants, mail",
	} {
		wish.Set(name, value)
	}
	owner.Post(path+"/rules", wish).Must(t, http.StatusOK, `value="Phone, Tablet, fridge"`, `list="known-device"`, `value="AI assistants, Mail"`, `<option value="Organic Search">`)
	made, err := tracking.GetRules(t.Context(), h.App.DB, "shop", theSite(t, h).ID)
	if err != nil {
		t.Fatal(err)
	}
	first, second := made.Rules[0].When.Conditions[0].Values, made.Rules[0].When.Conditions[1].Values
	if !slices.Equal(first, []string{"mobile", "tablet", "fridge"}) || !slices.Equal(second, []string{"assistant", "mail"}) {
		t.Errorf("kept: %q, %q", first, second)
	}
	owner.Get(path+"/versions/1").Must(t, http.StatusOK, "Phone, Tablet, fridge", "AI assistants, Mail")
}

// Who allows no more than the visit to be known leads to the calls that are put down to it; who left a number and never called has no count of calls.
func TestVisitorsWhoCalled(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	site(t, owner)
	key := theSite(t, h).Key
	send(t, h, tracking.Hit{Key: key, Kind: tracking.PageHit, Consent: tracking.SessionConsent, URL: "https://shop.example/", ID: "session"})
	guests, err := tracking.Guests(t.Context(), h.App.Events, "shop", h.Now(), false)
	if err != nil || len(guests) != 1 {
		t.Fatalf("%v %v", guests, err)
	}
	visit := guests[0].ID.String()
	if body := owner.Get("/p/shop/visitors").Must(t, http.StatusOK).Body; strings.Contains(body, "called ") {
		t.Error("calls are counted of somebody who never called")
	}
	put := func(client string, at time.Time) {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			ref := call.Ref{Project: "shop", ID: call.NewID(at)}
			if err := call.Log(ctx, tx, call.Opening{Project: "shop", ID: ref.ID, Direction: call.Inbound, Client: client, Number: "+380443337701"}, call.Closing{Status: call.NoAnswer, EndedAt: at.Add(time.Second)}); err != nil {
				return err
			}
			return call.Attribute(ctx, tx, ref, call.Origin{Visit: visit, Source: "(direct)", FoundAt: at})
		})
	}
	put("", h.Now())
	put("+380671234567", h.Now())
	owner.Get("/p/shop/visitors").Must(t, http.StatusOK, ">called 2 times</a>", "/p/shop/calls?f.visit="+visit+"&amp;from=")
	known := send(t, h, tracking.Hit{Key: key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/form?utm_source=flyer", ID: "full"})
	h.Pass(time.Second)
	send(t, h, tracking.Hit{
		Key: key, Kind: tracking.LeadHit, Consent: tracking.FullConsent, Visitor: known.Visitor, Visit: known.Visit, URL: "https://shop.example/form", ID: "lead",
		Lead: &tracking.Lead{Kind: "form", Phone: "+380671112233"},
	})
	body := owner.Get("/p/shop/visitors").Must(t, http.StatusOK, lang.For(lang.English, nil).Phone("+380671112233")).Body
	if strings.Contains(body, "called 0") {
		t.Error("who never called has called 0 times")
	}
}

// Who is on the site: for managers too, who see nothing else of call tracking.
func TestVisitors(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path, all := site(t, owner), idOf(pool(t, owner))
	owner.Post(path+"/rules", rules("save", "0", all)).Must(t, http.StatusOK)
	owner.Get("/p/shop/visitors").Must(t, http.StatusOK, "Nobody is here")
	browser(t, h, theSite(t, h).Key, "https://shop.example/%3Cb%3E?utm_source=google&utm_medium=cpc&utm_campaign=spring")
	h.Pass(10 * time.Second)
	shown := lang.For(lang.English, nil).Phone("+380443337701")
	manager := h.Member(shop, access.Manager)
	manager.Get("/p/shop/visitors/now").Must(t, http.StatusOK, "On the site", "google / cpc / spring", "shop.example/&lt;b&gt;", shown, "1 page · Computer · Ukraine · visit 1", " · sees ")
	manager.Get(at).Must(t, http.StatusForbidden)
	h.Member(shop, access.Accountant).Get("/p/shop/visitors").Must(t, http.StatusForbidden)
	guests, err := tracking.Guests(t.Context(), h.App.Events, "shop", h.Now(), false)
	if err != nil || len(guests) != 1 {
		t.Fatalf("%v %v", guests, err)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		id := call.IDAt(h.Now(), 1)
		if err := call.Log(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Inbound, Number: "+380443337701"}, call.Closing{Status: call.NoAnswer, EndedAt: h.Now().Add(time.Second)}); err != nil {
			return err
		}
		return call.Attribute(ctx, tx, call.Ref{Project: "shop", ID: id}, call.Origin{Visit: guests[0].ID.String(), Visitor: guests[0].Visitor, Source: "google", FoundAt: h.Now()})
	})
	owner.Get("/p/shop/visitors").Must(t, http.StatusOK, "called 1 time", "/p/shop/calls?f.visitor="+guests[0].Visitor) // the caller withheld their number
	id := string(theSite(t, h).ID)
	owner.Get(path).Must(t, http.StatusOK, "Visits today", "Visits in 30 days", "/p/shop/visitors/all?f.site="+id)
	owner.Get("/p/shop/visitors/all?f.site="+id).Must(t, http.StatusOK, "google / cpc / spring")
	if body := owner.Get("/p/shop/visitors/all?f.visitor=nobody").Must(t, http.StatusOK).Body; strings.Contains(body, "spring") {
		t.Error("somebody else's visit is shown")
	}
	h.Pass(time.Minute)
	owner.Get("/p/shop/visitors").Must(t, http.StatusOK, "Left")
	if body := h.Member(other, access.Owner).Get("/p/other/visitors").Must(t, http.StatusOK).Body; strings.Contains(body, "spring") {
		t.Error("another project's visitors are shown")
	}
}

// Programs are left out of who is on the site, and shown as such where that is asked for; an open page goes on asking for them.
func TestProgramsAmongVisitors(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	site(t, owner)
	if _, err := h.App.Collector.Take(t.Context(), tracking.Hit{Key: theSite(t, h).Key, Kind: tracking.PageHit, URL: "https://shop.example/?utm_source=robots", ID: "r"},
		tracking.Sender{Address: netip.MustParseAddr("198.51.101.9"), Agent: "Googlebot/2.1", Origin: "https://shop.example"}, h.Now()); err != nil {
		t.Fatal(err)
	}
	const page = "/p/shop/visitors"
	for path, shown := range map[string]bool{page: false, page + "/now": false, page + "?programs=any": true, page + "/now?programs=any": true, page + "?programs=%3Cb%3E": false} {
		body := owner.Get(path).Must(t, http.StatusOK, map[bool]string{false: `href="` + page + `?programs=any"`, true: `data-refresh="` + page + `/now?programs=any"`}[shown]).Body
		if strings.Contains(body, "robots") != shown || strings.Contains(body, ">Program<") != shown {
			t.Errorf("%s: programs are shown: %t", path, !shown)
		}
	}
}

// A hit is told to the pages that watch the project's visits, once.
func TestVisitsArePushed(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	site(t, owner)
	seen := map[ident.ProjectID]int64{}
	if err := h.App.Visitors.Step(t.Context(), seen); err != nil || len(seen) != 0 {
		t.Errorf("nobody watches, and %v, %v", seen, err)
	}
	marks, err := tracking.Pulse(t.Context(), h.App.Events, []ident.ProjectID{"shop"})
	if err != nil || len(marks) != 0 {
		t.Errorf("%v, %v", marks, err)
	}
	browser(t, h, theSite(t, h).Key, "https://shop.example/")
	first, err := tracking.Pulse(t.Context(), h.App.Events, []ident.ProjectID{"shop"})
	if err != nil || first["shop"] == 0 {
		t.Errorf("%v, %v", first, err)
	}
	browser(t, h, theSite(t, h).Key, "https://shop.example/")
	if again, err := tracking.Pulse(t.Context(), h.App.Events, []ident.ProjectID{"shop"}); err != nil || again["shop"] == first["shop"] {
		t.Errorf("%v, %v", again, err)
	}
}

// Rules C-10 to C-13: the calculator, in the cabinet with the project's prices, and for whoever comes.
func TestCalculator(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	body := owner.Get(at+"/calculator?visits=5000&length=3&target=95").Must(t, http.StatusOK, "Right source", "95.6", "<polyline").Body
	if !strings.Contains(body, "Own numbers") || strings.Contains(body, "by own traffic") {
		t.Error("nothing is in stock, and nobody came: own numbers alone have a price")
	}
	for _, query := range []string{"visits=-1", "visits=many", "target=200", "length=0", "visits=1e300", "hold=NaN", "offer=99"} {
		owner.Get(at+"/calculator?"+query).Must(t, http.StatusOK)
	}
	owner.Get(at+"/calculator?target=200").Must(t, http.StatusOK, "Such a site cannot be")
	h.Stranger().Get("/calculator?visits=500").Must(t, http.StatusOK, "Calculator", "<polyline")
}

// Rule C-109: the page of a check waits for a call and says that it came; another project's number is not there.
func TestWiringCheck(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path := at + "/numbers/+380443337704"
	owner.Get(path).Must(t, http.StatusOK, "Check the wiring")
	began := owner.Get(path+"/check").Must(t, http.StatusOK, "Call this number", "since=")
	since := "?since=" + strconv.FormatInt(h.Now().UnixMicro(), 10)
	h.Pass(20 * time.Second)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: call.NewID(h.Now()), Direction: call.Inbound, Client: "+380671234567", Number: "+380443337704", Node: "n"})
	})
	owner.Get(path+"/check"+since).Must(t, http.StatusOK, "The number works", "A call came in at")
	owner.Get(path+"/check"+since+"&part=1").Must(t, http.StatusOK, "The number works")
	owner.Get(at+"/numbers/+380443337703/check"+since).Must(t, http.StatusOK, "Call this number")
	h.Member(other, access.Owner).Get("/p/other/tracking/numbers/+380443337704/check").Must(t, http.StatusNotFound)
	if strings.Contains(began.Body, "+380671234567") {
		t.Error("the page names the caller")
	}
}

// Rules C-10 to C-14: where the project has traffic of its own the calculator begins with that.
func TestCalculatorOfOwnTraffic(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path, all := site(t, owner), idOf(pool(t, owner))
	owner.Post(path+"/rules", rules("save", "0", all)).Must(t, http.StatusOK)
	key := theSite(t, h).Key
	for range 120 {
		came := browser(t, h, key, "https://shop.example/?utm_source=google&utm_medium=cpc")
		send(t, h, tracking.Hit{Key: key, Kind: tracking.LeaveHit, Consent: tracking.FullConsent, Visit: came.Visit, ID: "leave"})
		h.Pass(2 * time.Hour)
	}
	owner = h.Member(shop, access.Administrator) // whoever asks signs in now
	owner.Get(at+"/calculator").Must(t, http.StatusOK, "Your sites over the last 10 days: 12 visits a day", `value="12"`)
	owner.Get(at+"/calculator?visits=5000&length=3&target=95").Must(t, http.StatusOK, "95.6", "Calculate by own traffic")
	h.Member(other, access.Owner).Get("/p/other/tracking/calculator").Must(t, http.StatusOK, `value="500"`)
}
