package sip_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"bellwether/internal/sip"
)

// ends counts the last events of legs, and what comes after one.
type ends struct {
	mu   sync.Mutex
	of   map[string]int
	late []string
}

func (x *ends) take(l *sip.Leg, e sip.Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of[l.ID] > 0 {
		x.late = append(x.late, fmt.Sprintf("%s: %T", l.ID, e))
	}
	switch e.(type) {
	case sip.Ended, sip.Refused, sip.Lost:
		x.of[l.ID]++
	default:
		x.of[l.ID] += 0
	}
}

// whim answers calls as chance has it.
type whim struct {
	ends *ends
	dice func(n int) int
}

func (w *whim) Invite(in *sip.Incoming) {
	in.Listen(w.ends.take)
	pause := func() { <-time.After(time.Duration(w.dice(2000)) * time.Millisecond) }
	pause()
	_ = in.Ring()
	pause()
	switch w.dice(4) {
	case 0:
		_ = in.Refuse(486, sip.Cause{})
	case 1:
		_ = in.Progress(reply)
		pause()
		fallthrough
	default:
		_ = in.Answer(reply)
		pause()
		if w.dice(2) == 0 {
			_ = in.Reinvite(held)
		}
		pause()
	}
	if w.dice(2) == 0 {
		in.Hangup(sip.Normal)
	}
}

// TestStorm: 150 calls over a network that loses a sixth of all datagrams and delivers the others in any order, while both sides
// answer, refuse, change their media, cancel and hang up when they please. Every leg ends, once, and nothing comes after.
func TestStorm(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, r *rig) {
				var mu sync.Mutex
				random := rand.New(rand.NewPCG(seed, 1))
				dice := func(n int) int {
					mu.Lock()
					defer mu.Unlock()
					return random.IntN(n)
				}
				x := &ends{of: map[string]int{}}
				r.stack.Handle(&whim{x, dice})
				far, err := sip.New(sip.Config{SessionExpires: -1})
				if err != nil {
					t.Fatal(err)
				}
				defer far.Close()
				if err := far.ServeUDP(r.net.Listen(trunk)); err != nil {
					t.Fatal(err)
				}
				far.Handle(&whim{x, dice})
				if err := far.SetTrunks([]sip.Trunk{{ID: "pbx", Sources: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}}}); err != nil {
					t.Fatal(err)
				}
				r.net.Lose(func(netip.AddrPort, netip.AddrPort, []byte) bool { return dice(6) == 0 })
				r.net.Delay(func([]byte) time.Duration { return time.Duration(dice(400)) * time.Millisecond })
				var calls sync.WaitGroup
				for range 150 {
					calls.Go(func() {
						l, err := far.Dial(sip.Target{URI: "sip:100@" + ours, From: sip.Party{User: "1"}, SDP: offer}, x.take)
						if err != nil {
							t.Error(err)
							return
						}
						<-time.After(time.Duration(dice(9000)) * time.Millisecond)
						l.Hangup(sip.Normal)
					})
				}
				calls.Wait()
				<-time.After(5 * time.Minute)
				x.mu.Lock()
				defer x.mu.Unlock()
				for id, n := range x.of {
					if n != 1 {
						t.Errorf("leg %s has %d ends", id, n)
					}
				}
				if len(x.late) > 0 {
					t.Errorf("after the end: %v", x.late)
				}
				if left := len(r.stack.Legs()) + len(far.Legs()); left > 0 || len(x.of) < 250 {
					t.Errorf("%d legs left of %d", left, len(x.of))
				}
			})
		})
	}
}
