package pbx_test

import (
	"sync"
	"testing"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// BenchmarkCall is one call from a carrier to an employee's telephone and its end, with money, the log and the processor time
// of both far ends.
func BenchmarkCall(b *testing.B) {
	h := newHouse(b, "100000")
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	olena.Does(siptest.Answers(siptest.SDP("127.0.0.3", 40000)))
	const atOnce = 20
	var group sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	group.Go(func() {
		for range b.N {
			olena.Next()
		}
	})
	b.ResetTimer()
	for range b.N {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			c := &siptest.PhoneCall{Events: make(chan sip.Event, 100)}
			leg, err := h.carrier.Stack.Dial(sip.Target{Trunk: "pbx", User: string(number), From: sip.Party{User: client}, SDP: siptest.SDP("127.0.0.2", 40000)}, func(_ *sip.Leg, e sip.Event) { c.Events <- e })
			if err != nil {
				b.Error(err)
				return
			}
			c.Leg = leg
			if _, ok := siptest.Await[sip.Answered](c); !ok {
				b.Error("nobody answers")
			}
			c.Hangup(sip.Normal)
			siptest.Await[sip.Ended](c)
		})
	}
	group.Wait()
}
