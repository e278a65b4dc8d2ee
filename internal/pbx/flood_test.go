package pbx_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/sip/wire"
)

// count takes down what the stack counts.
func (h *house) count(what, label string) {
	n, _ := h.counted.LoadOrStore(what+" "+label, &atomic.Int64{})
	n.(*atomic.Int64).Add(1)
}

// counts sums up what was counted under names that begin so.
func (h *house) counts(beginning string) (n int64) {
	h.counted.Range(func(name, count any) bool {
		if strings.HasPrefix(name.(string), beginning) {
			n += count.(*atomic.Int64).Load()
		}
		return true
	})
	return n
}

// taken are messages that somebody has looked at, refused by their source those that nobody has.
func (h *house) taken() int64 {
	return h.counts("in ") + h.counts("refused ") + h.counts("dropped ") - h.refusals()
}
func (h *house) refusals() int64 { return h.counts("dropped source refused") }

// flood is noise on the socket of a node, as fast as the node gets rid of it, and what it has cost.
type flood struct {
	h       *house
	sources []net.PacketConn
	noise   func(n int) string

	sent       int64
	goroutines int // at most, while it lasted
}

// strangers is how many messages a second all strangers together may have, by default.
const strangers = 1000

// burst is what the kernel keeps for a socket at least.
const burst = 100

// pours sends until enough was sent, and it was told to stop.
func (f *flood) pours(enough int64, stop <-chan struct{}) {
	to, _ := net.ResolveUDPAddr("udp4", f.h.at)
	for f.sent < enough || !closed(stop) {
		before := f.h.taken() + f.h.refusals()
		for range burst {
			_, _ = f.sources[int(f.sent)%len(f.sources)].WriteTo([]byte(f.noise(int(f.sent))), to)
			f.sent++
		}
		f.goroutines = max(f.goroutines, runtime.NumGoroutine())
		for wait := 0; f.h.taken()+f.h.refusals() < before+burst && wait < 1000; wait++ {
			runtime.Gosched()
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// sources are sockets of strangers, each at an address of its own.
func (h *house) sources(n int) (all []net.PacketConn) {
	h.Helper()
	for i := range n {
		conn := h.listen(fmt.Sprintf("127.1.%d.%d", i/200, 1+i%200))
		h.Cleanup(func() { _ = conn.Close() })
		all = append(all, conn)
	}
	return all
}

// noises are what strangers send: calls, guesses of a password, questions, rubbish. Each message is one that was never sent before.
func (h *house) noises() func(n int) string {
	h.Helper()
	p := siptest.NewPeer(h, h.listen("127.0.0.14"), h.at, h.people["petro"].user)
	c := p.NewCall(p.User)
	p.Request(c, "REGISTER", nil)
	challenge := p.Expect("401")
	message := func(method string, n int, header string) string {
		return fmt.Sprintf("%s sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%s\r\nFrom: <sip:%s@x>;tag=%d\r\nTo: <sip:900@x>\r\nCall-ID: %s\r\n"+
			"CSeq: 1 %s\r\nContact: <sip:a@127.0.0.1>\r\n%sContent-Length: 0\r\n\r\n", method, h.at, wire.Token(), p.User, n, wire.Token(), method, header)
	}
	return func(n int) string {
		switch n % 5 {
		case 0:
			return message("INVITE", n, "")
		case 1:
			return message("REGISTER", n, siptest.Sign(challenge, "MD5", "REGISTER", "sip:"+h.at, p.User, "guess", n+1)+"\r\n")
		case 2:
			return "\x00\xff rubbish " + wire.Token()
		default:
			return message("OPTIONS", n, "")
		}
	}
}

// heap is what the program keeps.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Rule T-69 on real sockets, from one source and from many: what floods is thrown away by its source, and what is taken in of it, goroutines and
// memory are bounded by the limits and not by the flood. A call that goes on is heard, calls of a trunk and of a telephone are set up,
// and a telephone registers: one that nobody knew, as long as not everybody floods. It is not parallel, for it counts goroutines.
func TestFlood(t *testing.T) { //nolint:paralleltest // see above
	for name, sources := range map[string]int{"one source": 1, "many sources": 400} { // a multiple of the kinds of noise: each source keeps to one kind
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "1000")
			c, olena, at, desk := h.talk()
			f := &flood{h: h, sources: h.sources(sources), noise: h.noises()}
			goroutines, kept, began := runtime.NumGoroutine(), heap(), time.Now()
			known := h.taken()
			stop := make(chan struct{})
			var pouring sync.WaitGroup
			pouring.Go(func() { f.pours(50_000, stop) })

			h.until("the flood", func() bool { return h.refusals() > 1000 })
			if sources == 1 {
				siptest.NewPhone(h, h.listen("127.0.0.13"), "sip:"+h.at, h.people["petro"].user, h.people["petro"].password)
			} else {
				siptest.NewPhone(h, h.listen("127.0.0.3"), "sip:"+h.at, h.people["petro"].user, h.people["petro"].password)
			}
			mobile, asks := h.voice(700), h.voice(500)
			h.carrier.Does(takes(mobile))
			out := olena.Dial("+380671234567", asks.Offer())
			asks.Accept(h.answered(out).SDP)
			mobile.Hear(500)
			asks.Hear(700)
			out.Hangup(sip.Normal)
			at.Hear(900)
			desk.Hear(400)
			close(stop)
			pouring.Wait()
			took := time.Since(began)
			taken, more := h.taken()-known, heap()-kept
			t.Logf("%d sent in %v: %d refused, %d taken; at most %d goroutines more, %d kB kept", f.sent, took, h.refusals(), taken, f.goroutines-goroutines, more>>10)
			const ours = 500 // messages of our calls and registrations, at most
			if most := int64((2+took.Seconds())*strangers) + ours; taken > most {
				t.Errorf("%d messages were taken in, and at most %d may", taken, most)
			}
			if n := f.goroutines - goroutines; n > strangers {
				t.Errorf("%d goroutines more", n)
			}
			if more > 32<<20 {
				t.Errorf("%d kB more are kept", more>>10)
			}
			c.Hangup(sip.Normal)
			if d := h.logged(); d.Status != call.Answered || d.Legs[0].Quality.Loss > 100 || d.Legs[1].Quality.Loss > 100 {
				t.Errorf("in the log: %+v, %+v", d.Call, d.Legs)
			}
			h.nothingIsOpen()
		})
	}
}
