package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/sip"
)

// The far side of make bench-sip is a process of its own, so that what it costs is not in the figures: a carrier that calls
// our number and answers what comes back to it, and one RTP socket that stands for all telephones. It takes one order a line
// and answers with one: the words are in (*far).obey.

// farIP is the carrier's address; the PBX trusts it as a trunk.
const farIP = "127.0.0.2"

// FarSide plays the carrier until the orders end.
func FarSide(orders io.Reader, out io.Writer) error {
	signals, err := net.ListenPacket("udp4", farIP+":0")
	if err != nil {
		return err
	}
	sound, err := openSound(farIP)
	if err != nil {
		return err
	}
	stack, err := sip.New(sip.Config{Host: "carrier.example", SessionExpires: -1, Limits: sip.Limits{PerKnown: 1_000_000}})
	if err != nil {
		return err
	}
	defer stack.Close()
	f := &far{stack: stack, sound: sound, sdp: sound.offer()}
	stack.Handle(f)
	if err := stack.ServeUDP(signals); err != nil {
		return err
	}
	fmt.Fprintln(out, signals.LocalAddr())
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		fmt.Fprintln(out, f.obey(strings.Fields(lines.Text())))
	}
	return lines.Err()
}

type far struct {
	stack *sip.Stack
	sound *sound
	sdp   []byte
	made  atomic.Int64
	mu    sync.Mutex
	calls []*farCall // that are held
}

// farCall is a call of the carrier's, as its caller has it.
type farCall struct {
	leg      *sip.Leg
	answered chan []byte // the SDP; closed where nobody answers
	ended    chan struct{}
	once     sync.Once
}

// obey carries out an order.
func (f *far) obey(words []string) string {
	var a, b int
	if len(words) > 2 {
		_, _ = fmt.Sscan(words[2], &b)
	}
	if len(words) > 1 {
		_, _ = fmt.Sscan(words[1], &a)
	}
	switch {
	case len(words) == 2 && words[0] == "at": // the PBX's address
		trunk := sip.Trunk{ID: "pbx", Servers: []string{"sip:" + words[1]}, Probe: -1}
		return fmt.Sprint("at ", f.stack.SetTrunks([]sip.Trunk{trunk}))
	case len(words) == 3 && words[0] == "calls": // so many calls, so many at once
		return f.storm(a, b)
	case len(words) == 3 && words[0] == "paced": // so many calls, so many a second
		return f.paced(a, b)
	case len(words) == 2 && words[0] == "hold": // so many calls that stay, with audio both ways
		return f.hold(a)
	case words[0] == "second": // packets sent and received in the next second
		sent, received := f.sound.second()
		return fmt.Sprint(sent, " ", received)
	case words[0] == "drop":
		f.drop()
		return "dropped"
	}
	return "what?"
}

// Invite answers what the PBX puts through to the carrier (sip.Handler).
func (f *far) Invite(in *sip.Incoming) {
	in.Listen(func(*sip.Leg, sip.Event) {})
	f.sound.add(in.Offer)
	_ = in.Ring()
	_ = in.Answer(f.sdp)
}

// client is who calls: a thousand people, one after the other.
func (f *far) client() string { return fmt.Sprintf("+38050%07d", 2_000_000+f.made.Add(1)%1000) }

func (f *far) dial() (*farCall, error) {
	c := &farCall{answered: make(chan []byte, 1), ended: make(chan struct{})}
	target := sip.Target{Trunk: "pbx", User: benchNumber, From: sip.Party{User: f.client()}, SDP: f.sdp}
	var err error
	c.leg, err = f.stack.Dial(target, func(_ *sip.Leg, e sip.Event) { c.hear(e) })
	return c, err
}

func (c *farCall) hear(e sip.Event) {
	switch e := e.(type) {
	case sip.Answered:
		c.answered <- e.SDP
	case sip.Ended, sip.Lost, sip.Refused:
		c.once.Do(func() {
			close(c.answered)
			close(c.ended)
		})
	}
}

// whole is a call from its INVITE to its end; it gives the time to the answer.
func (f *far) whole() (time.Duration, bool) {
	begun := time.Now()
	c, err := f.dial()
	if err != nil {
		return 0, false
	}
	_, ok := <-c.answered
	took := time.Since(begun)
	c.leg.Hangup(sip.Normal)
	<-c.ended
	return took, ok
}

// storm makes calls one after the other on so many lines at once: rate, failed.
func (f *far) storm(count, lines int) string {
	var begun, failed atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for range lines {
		group.Go(func() {
			for begun.Add(1) <= int64(count) {
				if _, ok := f.whole(); !ok {
					failed.Add(1)
				}
			}
		})
	}
	group.Wait()
	f.sound.forget()
	return fmt.Sprintf("%.1f %d", float64(count)/time.Since(start).Seconds(), failed.Load())
}

// paced begins so many calls a second: p50 and p99 of the time to the answer in milliseconds, failed.
func (f *far) paced(count, rate int) string {
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed int
	waits := &latencies{}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for range count {
		<-tick.C
		group.Go(func() {
			took, ok := f.whole()
			mu.Lock()
			defer mu.Unlock()
			waits.all = append(waits.all, took)
			if !ok {
				failed++
			}
		})
	}
	group.Wait()
	f.sound.forget()
	return fmt.Sprintf("%.2f %.2f %d", ms(waits.percentile(0.5)), ms(waits.percentile(0.99)), failed)
}

// hold sets calls up, ten at once, and lets both their sides speak.
func (f *far) hold(count int) string {
	var group sync.WaitGroup
	lines := make(chan struct{}, 10)
	for range count {
		lines <- struct{}{}
		group.Go(func() {
			defer func() { <-lines }()
			c, err := f.dial()
			if err != nil {
				return
			}
			if answer, ok := <-c.answered; ok {
				f.sound.add(answer)
				f.mu.Lock()
				f.calls = append(f.calls, c)
				f.mu.Unlock()
			}
		})
	}
	group.Wait()
	f.sound.speak()
	return fmt.Sprint("held ", len(f.calls))
}

func (f *far) drop() {
	f.sound.hush()
	for c := range slices.Values(f.calls) {
		c.leg.Hangup(sip.Normal)
		select {
		case <-c.ended:
		case <-time.After(5 * time.Second):
		}
	}
	f.calls = nil
}
