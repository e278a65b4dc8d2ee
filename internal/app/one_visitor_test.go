package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/app"
	"bellwether/internal/call"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/phone"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/trunk"
	"bellwether/internal/web/webtest"
	"bellwether/internal/widget"
)

// The numbers that stand in the shop's pages, and those that its visitors are shown.
const (
	printed = "+380443337700"
	advert  = "/roses?utm_source=google&utm_medium=cpc&utm_campaign=spring&utm_term=red+roses&gclid=EAIaIQ"
)

var shownNumbers = []phone.Number{"+380443337791", "+380443337792"}

// pixel is a telephone's browser.
const pixel = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"

// The walkthrough docs/walkthroughs/one-visitor.md, through the real node, a real browser and real telephones: somebody comes from an
// advert, is shown a number of their own and calls it; the employee's telephone and mobile ring, and the log says which advert, keyword,
// page and device were behind the call, what it cost and what was said.
// Rules C-01, C-42, C-74, C-90, T-35, T-114, B-22.
func TestOneVisitor(t *testing.T) {
	t.Parallel()
	for engine, dsn := range map[string]func(testing.TB) string{"sqlite": nil, "postgres": storetest.PostgresDSN} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			database := ""
			if dsn != nil {
				database = dsn(t)
			}
			o := openOffice(t, func(c *config.Config, _ *app.Options) {
				c.PublicURL = "http://" + c.Listen
				if database != "" {
					c.Database = database
				}
			})
			owner := o.member("owner@shop.example", access.Owner)
			site := o.tracksItsSite()

			guest, other := o.browses(site+advert), o.browses(site+"/")
			number := guest.number(t)
			if second := other.number(t); number == second || !slices.Contains(shownNumbers, number) || !slices.Contains(shownNumbers, second) {
				t.Fatalf("two visitors are shown %s and %s", number, second)
			}
			owner.sees("/p/shop/visitors", "google / cpc / spring", "Phone", "/roses")

			id := o.talksFor65Seconds(number)
			o.knowsTheVisitor(id, number)
			owner.sees("/p/shop/calls/"+id, "google", "cpc", "spring", "red roses", "1:05", "2.176417 ₴")
			owner.sees("/p/shop/calls/sources", "google", "2.18")
			o.hasSound(id)
		})
	}
}

// tracksItsSite rents two numbers, brings them to the employee, makes the pool and the rule, and serves the shop's site.
func (o *office) tracksItsSite() (address string) {
	o.Helper()
	const base = "/v1/projects/shop"
	_, text := o.ask(http.MethodGet, base+"/schemes", o.secret, "")
	scheme := between(string(text), `"id":"`)
	for _, n := range shownNumbers {
		o.post(http.MethodPost, base+"/numbers", o.secret, `{"number":"`+string(n)+`","owner":"customer","kind":"local","use":"tracking"}`)
		o.post(http.MethodPut, base+"/numbers/"+string(n)+"/scheme", o.secret, `{"scheme":"`+scheme+`"}`)
	}
	o.post(http.MethodPut, base+"/employees/"+o.person, o.secret, `{"name":"Olena","extension":"201","contacts":[{"kind":"mobile","address":"067 123 45 67","primary":true}]}`)
	_, text = o.ask(http.MethodGet, "/v1/trunks", o.secret, "")
	carrier := trunk.ID(between(string(text), `"id":"`))
	o.asOperator(ident.Operator, func(ctx context.Context, tx *store.Tx, p access.Permit) error {
		for _, n := range shownNumbers {
			if err := o.app.Trunks.Carry(ctx, tx, p, carrier, string(n), 0, o.clock.now()); err != nil {
				return err
			}
		}
		return nil
	})
	o.app.Trunks.Changed()
	o.app.Routing.Changed("shop", string(shownNumbers[0]), string(shownNumbers[1]))
	return o.servesSite(o.makesPool().Key)
}

// makesPool makes a site whose number is another for each visit.
func (o *office) makesPool() (site tracking.Site) {
	o.Helper()
	o.asOperator(ident.ProjectOrg("shop"), func(ctx context.Context, tx *store.Tx, p access.Permit) (err error) {
		at := o.clock.now()
		if site, err = o.app.Tracking.AddSite(ctx, tx, p, tracking.Site{
			Name: "Shop", Hosts: []string{"localhost"}, Consent: "full", Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{printed}}},
		}, at); err != nil {
			return err
		}
		pool, err := o.app.Tracking.AddPool(ctx, tx, p, tracking.Pool{Name: "All"}, at)
		if err != nil {
			return err
		}
		if err := o.app.Tracking.AddToPool(ctx, tx, p, pool.ID, shownNumbers, at); err != nil {
			return err
		}
		_, err = o.app.Tracking.SetRules(ctx, tx, p, site.ID, []swap.Rule{{ID: "all", Name: "All", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: string(pool.ID)}}}}, 0, at)
		return err
	})
	return site
}

// servesSite serves pages with the tag, on a host of the shop's.
func (o *office) servesSite(key string) (address string) {
	o.Helper()
	tag := widget.Site{Key: key, Host: o.app.Config.PublicURL}.Snippets()[0].Text
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; script-src "+o.app.Config.PublicURL+"; connect-src "+o.app.Config.PublicURL)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="uk"><head><title>Троянди</title><link rel="icon" href="data:,">%s</head>
			<body><h1>Троянди</h1><a id="link" href="tel:%s">Телефон</a> <b id="phone">(044) 333-77-00</b></body></html>`, tag, printed)
	}))
	o.Cleanup(site.Close)
	return strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
}

// guest is somebody with a browser of their own on the shop's site.
type guest struct{ *webtest.Page }

func (o *office) browses(address string) guest {
	o.Helper()
	p := webtest.Start(o).Open(o, 412)
	p.Agent(o, pixel)
	p.GoPlain(o, address)
	return guest{p}
}

// number is the one that the page shows to the guest, in its text and in its link.
func (g guest) number(t testing.TB) phone.Number {
	t.Helper()
	g.Await(t, `document.getElementById("link").href !== "tel:`+printed+`"`)
	n := phone.Number(strings.TrimPrefix(g.Text(t, `document.getElementById("link").href`), "tel:"))
	// The last four digits of +380443337791 are 77-91.
	if text := g.Text(t, `document.getElementById("phone").textContent`); text != "(044) 333-77-"+string(n[len(n)-2:]) {
		t.Errorf("the link has %s, the text %q", n, text)
	}
	g.CheckConsole(t)
	return n
}

// talksFor65Seconds lets a client call a number, and the employee answer on their mobile while their telephone rings too.
func (o *office) talksFor65Seconds(number phone.Number) (id string) {
	o.Helper()
	client, mobile := o.voice(900), o.voice(1300)
	o.phone.Does(siptest.Rings)
	o.trunk.Does(takes(mobile))
	o.clock.stop()
	c := o.dials(client, string(number))
	client.Hear(1300)
	mobile.Hear(900)
	o.until("the call is not live with its advert", "/v1/projects/shop/live-calls", o.secret, func(_ int, text []byte) bool { return bytes.Contains(text, []byte(`"phase":"talking"`)) })
	o.clock.pass(65 * time.Second)
	c.Hangup(sip.Normal)
	return o.wasLogged(1, "2.176417") // 2.009 a minute to this mobile: 2.009 x 65 / 60 = 2.1764166...
}

// dials is a client who calls a number of the shop's and is answered.
func (o *office) dials(v *mediatest.Peer, number string) *siptest.PhoneCall {
	o.Helper()
	c := &siptest.PhoneCall{Events: make(chan sip.Event, 100)}
	leg, err := o.trunk.Stack.Dial(sip.Target{Trunk: "pbx", User: number, From: sip.Party{User: "+380502222222"}, SDP: v.Offer()}, func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	if err != nil {
		o.Fatal(err)
	}
	c.Leg = leg
	answered, ok := siptest.Await[sip.Answered](c)
	if !ok {
		o.Fatal("nobody answers the client")
	}
	v.Accept(answered.SDP)
	return c
}

// knowsTheVisitor looks at what the log says of where the call came from.
func (o *office) knowsTheVisitor(id string, number phone.Number) {
	o.Helper()
	permit, err := o.app.Gate.ByInstallation(o.Context(), ident.ProjectOrg("shop"), o.clock.now())
	if err != nil {
		o.Fatal(err)
	}
	w, err := call.Look(permit, access.View)
	if err != nil {
		o.Fatal(err)
	}
	n, err := call.ParseID(id)
	if err != nil {
		o.Fatal(err)
	}
	d, err := w.Detail(o.Context(), o.app.DB, n)
	if err != nil {
		o.Fatal(err)
	}
	got := d.Origin
	landing, _, _ := strings.Cut(strings.TrimPrefix(got.Landing, "http://localhost:"), "?")
	_, landing, _ = strings.Cut(landing, "/")
	for what, pair := range map[string][2]string{
		"number": {d.Number, string(number)}, "source": {got.Source, "google"}, "medium": {got.Medium, "cpc"}, "campaign": {got.Campaign, "spring"}, "keyword": {got.Term, "red roses"},
		"click": {got.Click, "gclid=EAIaIQ"}, "channel": {got.Channel, "Paid Search"}, "landing": {landing, "roses"}, "device": {got.Device, "mobile"},
	} {
		if pair[0] != pair[1] {
			o.Errorf("the call's %s is %q, not %q", what, pair[0], pair[1])
		}
	}
	if got.Visit == "" || got.Visitor == "" || got.Certainty < 9000 {
		o.Errorf("behind the call stands %+v", got)
	}
}

// hasSound listens to the recording of a call by its link.
func (o *office) hasSound(id string) {
	o.Helper()
	link := strings.TrimPrefix(o.post(http.MethodGet, "/v1/projects/shop/calls/"+id+"/recordings/1/link", o.secret, "")["url"].(string), o.app.Config.PublicURL)
	if status, sound := o.ask(http.MethodGet, link, "", ""); status != http.StatusOK || !bytes.HasPrefix(sound, []byte("RIFF")) {
		o.Errorf("the recording is answered %d with %d bytes", status, len(sound))
	}
}

// between is what stands behind a text, up to the next quote.
func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
