package tracking_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
)

// flood is made-up visits that come all at once, as they would from a program.
type flood struct {
	name    string
	visits  int
	address func(n int) netip.Addr
	signs   bool // each goes on as a page that is looked at would
	fakes   int  // that may have a number at most
	at      int  // of 20 real visitors: how many have theirs at once; the others have it with their first heartbeat
}

const floodPool = 64

func spread(n int) netip.Addr { return netip.AddrFrom4([4]byte{11, byte(n >> 8), byte(n), 9}) }

func neighbours(n int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, byte(n)}) }

func alone(int) netip.Addr { return netip.MustParseAddr("203.0.113.7") }

// Rule C-82: whoever makes up visits, from an address, a network or thousands of both, leaves real visitors numbers of their own, and takes none
// from those who have one.
func TestAFloodDrainsNoPool(t *testing.T) {
	t.Parallel()
	for _, f := range []flood{
		{name: "an address", visits: 250, address: alone, fakes: 8, at: 20},
		{name: "an address with signs of life", visits: 100, address: alone, signs: true, fakes: 8, at: 20},
		{name: "a network", visits: 2_000, address: neighbours, fakes: 8, at: 20},
		{name: "a network with signs of life", visits: 2_000, address: neighbours, signs: true, fakes: floodPool / 2, at: 20},
		{name: "10,000 addresses", visits: 10_000, address: spread, fakes: floodPool / 2, at: 0},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			storetest.EachBoth(t, func(t *testing.T, core, events *store.DB) { f.run(newHouse(t, core, events, floodPool)) })
		})
	}
}

func (f flood) run(h *house) {
	before := h.come(10, spread, 1) // who have theirs already
	h.wait(15 * time.Second)
	before.beat()
	fakes := h.come(f.visits, f.address, 2)
	peak := fakes.owning()
	h.wait(time.Second)
	real := h.come(20, spread, 3)
	atOnce := real.owning()
	if atOnce < f.at {
		h.Errorf("%d of 20 visitors have a number at once, not %d", atOnce, f.at)
	}
	for range 10 {
		h.wait(15 * time.Second)
		before.beat()
		real.beat()
		if f.signs {
			fakes.beat()
			peak = max(peak, fakes.owning())
		}
	}
	seen := map[string]bool{}
	for _, b := range append(before.all, real.all...) {
		seen[b.Numbers["t1"]] = true
	}
	if len(seen) != 30 || seen[""] {
		h.Errorf("30 visitors have %d numbers", len(seen))
	}
	if before.changed+real.changed > 0 {
		h.Errorf("%d numbers were taken from visitors", before.changed+real.changed)
	}
	if peak > f.fakes {
		h.Errorf("made-up visits have %d numbers, more than %d", peak, f.fakes)
	}
	if c := h.collector.Counts(h.now); c.Overloads > 0 || c.Capped+c.Doubtful == 0 {
		h.Errorf("counted: %+v", c)
	}
	h.Logf("of %d numbers %d made-up visits had %d; of 20 real ones %d had their own at once, all with the first heartbeat", floodPool, f.visits, peak, atOnce)
}

// company is visitors who do the same.
type company struct {
	*house
	all     []*browser
	changed int // numbers that became others
}

// come lets visitors open the page, all at the same instant.
func (h *house) come(visits int, address func(n int) netip.Addr, series byte) *company {
	c := &company{house: h}
	for n := range visits {
		b := h.open("https://shop.example/", "")
		b.from.Address = address(n)
		if series != 2 { // real people are not of the networks of made-up ones
			b.from.Address = netip.AddrFrom4([4]byte{100, series, byte(n), 1})
		}
		c.all = append(c.all, b)
	}
	c.send(tracking.PageHit)
	return c
}

func (c *company) beat() { c.send(tracking.BeatHit) }

// send sends a hit of each, many of them together.
func (c *company) send(kind tracking.Kind) {
	c.sent++
	var lost atomic.Int64
	var each sync.WaitGroup
	slots := make(chan struct{}, 200)
	for n, b := range c.all {
		slots <- struct{}{}
		each.Go(func() {
			defer func() { <-slots }()
			hit := b.hit
			hit.Kind, hit.ID = kind, fmt.Sprint("c", c.sent, "-", n, "-", hit.Visit)
			answer, err := c.collector.Take(c.Context(), hit, b.from, c.now)
			if err != nil {
				c.Error(err)
				return
			}
			if was := b.Numbers["t1"]; was != "" && was != answer.Numbers["t1"] {
				lost.Add(1)
			}
			b.Answer, b.hit.Visitor, b.hit.Visit = answer, answer.Visitor, answer.Visit
		})
	}
	each.Wait()
	c.changed += int(lost.Load())
}

// owning counts those who see a number of their own.
func (c *company) owning() (n int) {
	for _, b := range c.all {
		if b.Numbers["t1"] != "" {
			n++
		}
	}
	return n
}
