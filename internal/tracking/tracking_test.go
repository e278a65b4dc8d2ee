package tracking_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const (
	shown   = phone.Number("+380443337700") // stands in the shop's pages
	chrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
	google  = "https://shop.example/tea?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=abc"
	organic = "https://www.google.com/"
)

// house is the shop with a site, tracking numbers +380443337701 and on, some of them in a pool that all visits lease from.
type house struct {
	*testing.T
	core, events *store.DB
	billing      *billing.Service
	service      *tracking.Service
	collector    *tracking.Collector
	site         tracking.Site
	pool         tracking.Pool
	now          time.Time
	sent         int
}

// number is the shop's n-th tracking number.
func number(n int) phone.Number { return phone.Number(fmt.Sprintf("+3804433377%02d", n)) }

const rented = 12 // or as many as the pool has

func newHouse(t *testing.T, core, events *store.DB, members int) *house {
	t.Helper()
	b := billing.New(pricebook.Shipped())
	h := &house{T: t, core: core, events: events, billing: b, service: tracking.New(b, rand.Reader), collector: tracking.NewCollector(core, events), now: noon}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []ident.ProjectID{"shop", "bank"} {
			if _, err := b.Open(ctx, tx, project.Opening{ID: id, Name: string(id), Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, noon.Add(-time.Hour)); err != nil {
				return err
			}
			if _, err := b.Pay(ctx, tx, id, billing.Payment{ID: "p1", Amount: money.MustParse("100000"), Method: "bank"}, noon.Add(-time.Hour)); err != nil {
				return err
			}
		}
		for i := range max(rented, members+1) {
			if err := b.RentNumber(ctx, tx, "shop", pricing.Number{Number: string(number(i)), Owner: "customer", Kind: "local", Use: "tracking"}, noon.Add(-time.Hour)); err != nil {
				return err
			}
		}
		return b.RentNumber(ctx, tx, "bank", pricing.Number{Number: "+380442222222", Owner: "customer", Kind: "local", Use: "tracking"}, noon.Add(-time.Hour))
	})
	h.setUp(members)
	return h
}

// setUp makes the site, a pool of numbers 1 to members, and the rule that all visits lease from it.
func (h *house) setUp(members int) {
	h.Helper()
	p := h.permit("shop")
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		if h.site, err = h.service.AddSite(ctx, tx, p, site(), noon.Add(-time.Hour)); err != nil {
			return err
		}
		if h.pool, err = h.service.AddPool(ctx, tx, p, tracking.Pool{Name: "All"}, noon.Add(-time.Hour)); err != nil {
			return err
		}
		var numbers []phone.Number
		for i := range members {
			numbers = append(numbers, number(i+1))
		}
		if err := h.service.AddToPool(ctx, tx, p, h.pool.ID, numbers, noon.Add(-time.Hour)); err != nil {
			return err
		}
		_, err = h.service.SetRules(ctx, tx, p, h.site.ID, []swap.Rule{h.everybody()}, 0, noon.Add(-time.Hour))
		return err
	})
}

func site() tracking.Site {
	return tracking.Site{
		Name: "Shop", Hosts: []string{"shop.example"}, Consent: "full", Contacts: []string{"/contact*"},
		Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{shown}}},
	}
}

func (h *house) everybody() swap.Rule {
	return swap.Rule{ID: "all", Name: "Everybody", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: string(h.pool.ID)}}}
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.core.Write(h.Context(), fn); err != nil {
		h.Fatal(err)
	}
}

func (h *house) permit(id ident.ProjectID) access.Permit {
	h.Helper()
	p, err := access.NewGate(h.core).Enter(h.Context(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), ident.ProjectOrg(id), noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// browser is a visitor's, with what the tag keeps in it.
type browser struct {
	*house
	tracking.Answer
	hit  tracking.Hit
	from tracking.Sender
}

// open is a browser that allows everything, on the shop's page.
func (h *house) open(url, referrer string) *browser {
	h.sent++
	return &browser{
		house: h, hit: tracking.Hit{Key: h.site.Key, Consent: tracking.FullConsent, URL: url, Referrer: referrer, Language: "uk-UA", Zone: "Europe/Kyiv", Width: 1280},
		from: tracking.Sender{Address: netip.AddrFrom4([4]byte{198, 51, byte(h.sent >> 8), byte(h.sent)}), Agent: chrome, Origin: "https://shop.example"},
	}
}

// send sends a hit and keeps the answer.
func (b *browser) send(kind tracking.Kind, change ...func(*tracking.Hit)) tracking.Answer {
	b.Helper()
	answer, err := b.try(kind, change...)
	if err != nil {
		b.Fatal(err)
	}
	if b.Answer = answer; b.hit.Consent == tracking.FullConsent {
		b.hit.Visitor = answer.Visitor
	}
	b.hit.Visit = answer.Visit
	return answer
}

func (b *browser) try(kind tracking.Kind, change ...func(*tracking.Hit)) (tracking.Answer, error) {
	b.house.sent++
	hit := b.hit
	hit.Kind, hit.ID = kind, fmt.Sprint("h", b.house.sent)
	for _, c := range change {
		c(&hit)
	}
	return b.collector.Take(b.Context(), hit, b.from, b.now)
}

// number is what the target shows.
func (b *browser) number() phone.Number { return phone.Number(b.Numbers["t1"]) }

// wait lets time pass.
func (h *house) wait(d time.Duration) { h.now = h.now.Add(d) }

// restart is a node that has forgotten everything.
func (h *house) restart() { h.collector = tracking.NewCollector(h.core, h.events) }

func (h *house) count(query string, args ...any) (n int) {
	h.Helper()
	if err := h.events.QueryRow(h.Context(), query, args...).Scan(&n); err != nil {
		h.Fatal(err)
	}
	return n
}

func each(t *testing.T, members int, fn func(h *house)) {
	t.Helper()
	storetest.EachBoth(t, func(t *testing.T, core, events *store.DB) { fn(newHouse(t, core, events, members)) })
}

// sign makes a number stand for a source.
func (h *house) sign(n phone.Number, s tracking.Sign) {
	h.Helper()
	p := h.permit("shop")
	h.must(func(ctx context.Context, tx *store.Tx) error { return h.service.SetSign(ctx, tx, p, n, s, h.now) })
}
