package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pbx"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

// trackedSite opens a project with a site whose number is swapped for +380443337791.
func (n *node) trackedSite() tracking.Site {
	n.Helper()
	ctx, a, at := context.Background(), n.app, n.clock()
	var site tracking.Site
	p := n.trackingPermit
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := a.Billing.Open(ctx, tx, project.Opening{ID: "shop", Name: "Shop", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, at); err != nil {
			return err
		}
		if _, err := a.Billing.Pay(ctx, tx, "shop", billing.Payment{ID: "p1", Amount: money.MustParse("10000"), Method: "bank"}, at); err != nil {
			return err
		}
		return a.Billing.RentNumber(ctx, tx, "shop", pricing.Number{Number: "+380443337791", Owner: "customer", Kind: "local", Use: "tracking"}, at)
	})
	if err != nil {
		n.Fatal(err)
	}
	permit := p("shop")
	err = a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		site, err = a.Tracking.AddSite(ctx, tx, permit, tracking.Site{
			Name: "Shop", Hosts: []string{"shop.example"}, Consent: "full", Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{"+380443337700"}}},
		}, at)
		if err != nil {
			return err
		}
		pool, err := a.Tracking.AddPool(ctx, tx, permit, tracking.Pool{Name: "All"}, at)
		if err != nil {
			return err
		}
		if err := a.Tracking.AddToPool(ctx, tx, permit, pool.ID, []phone.Number{"+380443337791"}, at); err != nil {
			return err
		}
		_, err = a.Tracking.SetRules(ctx, tx, permit, site.ID, []swap.Rule{{ID: "all", Name: "All", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: string(pool.ID)}}}}, 0, at)
		return err
	})
	if err != nil {
		n.Fatal(err)
	}
	return site
}

func (n *node) trackingPermit(id ident.ProjectID) access.Permit {
	n.Helper()
	p, err := n.app.Gate.Enter(context.Background(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), ident.ProjectOrg(id), n.clock())
	if err != nil {
		n.Fatal(err)
	}
	return p
}

// hit sends a body as the tag does.
func (n *node) hit(origin, body string) (*http.Response, string) {
	n.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, n.url+"/hit", strings.NewReader(body))
	if err != nil {
		n.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
	r.Header.Set("Origin", origin)
	response, err := n.client.Do(r)
	if err != nil {
		n.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		n.Fatal(err)
	}
	return response, string(text)
}

// Rules C-74, C-80, C-85 and C-90: a hit is answered with the number to show, to pages of the site alone; whatever else comes is refused with a code.
func TestHits(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	site := n.trackedSite()
	const home = "https://shop.example"
	body := `{"k":"` + site.Key + `","e":"page","c":2,"v":"","s":"","u":"https://shop.example/?gclid=1","r":"","lu":"https://shop.example/?gclid=1","lr":"","l":"uk","z":"Europe/Kyiv","w":412,"x":{"vip":true,"age":30},"d":[],"p":"p1","i":"h1"}`
	response, text := n.hit(home, body)
	var answer struct {
		V, S string
		N    map[string][]string
		B, Q int64
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Access-Control-Allow-Origin") != home {
		t.Fatalf("%d %s, %v, for %q", response.StatusCode, text, err, response.Header.Get("Access-Control-Allow-Origin"))
	}
	if got := strings.Join(answer.N["t1"], " "); got != "380 0 443337791" || answer.V == "" || answer.S == "" || answer.B != 15 || answer.Q == 0 {
		t.Errorf("%s", text)
	}
	asked := pbx.Asked{Call: call.Ref{Project: "shop", ID: 1}, Number: "+380443337791", From: "+380671234567", At: n.clock()}
	origin, err := n.app.OriginOf(context.Background(), asked)
	if err != nil || origin.Source != "google" || origin.Medium != "cpc" || origin.Click != "gclid=1" || origin.Landing != "https://shop.example/?gclid=1" || origin.Certainty < 9000 {
		t.Errorf("behind a call to the number stands %+v, %v", origin, err)
	}
	for name, c := range map[string]struct {
		origin, body, code string
		status             int
	}{
		"no JSON":           {home, "hello", "hit.body", http.StatusBadRequest},
		"two of them":       {home, body + body, "hit.body", http.StatusBadRequest},
		"an unknown field":  {home, strings.Replace(body, `"e"`, `"hack":1,"e"`, 1), "hit.body", http.StatusBadRequest},
		"a list for a text": {home, strings.Replace(body, `"vip":true`, `"vip":[1]`, 1), "hit.body", http.StatusBadRequest},
		"a kind of its own": {home, strings.Replace(body, `"page"`, `"click"`, 1), "hit.kind", http.StatusBadRequest},
		"too much":          {home, strings.Replace(body, `"p1"`, `"`+strings.Repeat("p", 9000)+`"`, 1), "hit.size", http.StatusBadRequest},
		"another site":      {"https://evil.example", body, "tracking.origin", http.StatusForbidden},
		"no site":           {"", body, "tracking.origin", http.StatusForbidden},
		"another key":       {home, strings.Replace(body, site.Key, "nobody", 1), "tracking.no_site", http.StatusNotFound},
	} {
		response, text := n.hit(c.origin, c.body)
		if response.StatusCode != c.status || !strings.Contains(text, `"code":"`+c.code+`"`) || response.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %s", name, response.StatusCode, text)
		}
	}
	if status, text := n.ask(http.MethodGet, "/t/"+site.Key+".js", "", ""); status != http.StatusOK || !bytes.Contains(text, []byte("443337700")) {
		t.Errorf("the tag: %d, %d bytes", status, len(text))
	}
	if status, _ := n.ask(http.MethodGet, "/hit", "", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET /hit answers %d", status)
	}
}

// Rules C-100 and C-102: a call is scored anew with what became known since, and the log says so; a job does so for the calls of a period.
func TestRescoring(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	site, ctx := n.trackedSite(), context.Background()
	body := func(kind, id, visit, more string) string {
		return `{"k":"` + site.Key + `","e":"` + kind + `","c":2,"v":"","s":"` + visit + `","u":"https://shop.example/?gclid=1","r":"","l":"uk","z":"Europe/Kyiv","w":412,"p":"p1","i":"` + id + `"` + more + `}`
	}
	_, text := n.hit("https://shop.example", body("page", "h1", "", ""))
	var answer struct{ S string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.S == "" {
		t.Fatalf("%s, %v", text, err)
	}
	ref := call.Ref{Project: "shop", ID: call.NewID(n.clock())}
	if err := n.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: ref.ID, Direction: call.Inbound, Client: "+380671234567", Number: "+380443337791", Node: "n"})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.app.OriginOf(ctx, pbx.Asked{Call: ref, Number: "+380443337791", From: "+380671234567", At: n.clock()}); err != nil {
		t.Fatal(err)
	}
	if changed, err := n.app.Rescore(ctx, ref); changed || err != nil {
		t.Errorf("nothing is new, and yet: %t, %v", changed, err)
	}
	n.hit("https://shop.example", body("lead", "h2", answer.S, `,"lead":{"kind":"form","form":"order","phone":"+380671234567","email":"","name":""}`))
	if changed, err := n.app.Rescore(ctx, ref); !changed || err != nil {
		t.Errorf("the caller left their number since: %t, %v", changed, err)
	}
	origin, err := call.OriginOf(ctx, n.app.DB, ref)
	if err != nil || origin.Source != "google" || origin.Visit == "" || origin.Pool != "All" || origin.Channel != "Paid Search" {
		t.Errorf("the log says %+v, %v", origin, err)
	}
	done, err := n.app.RescoreAll(ctx, app.Rescoring{Project: "shop", From: n.clock().Add(-time.Hour), Until: n.clock().Add(time.Hour)}, func(int64, int64) {})
	if err != nil || done.Calls != 0 {
		t.Errorf("no receipt is of an older scorer: %+v, %v", done, err)
	}
	if _, err := n.app.Rescore(ctx, call.Ref{Project: "bank", ID: ref.ID}); errs.CodeOf(err) != "tracking.no_receipt" {
		t.Errorf("another project's call: %v", err)
	}
}
