package demo

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/ident"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/spoken"
	"bellwether/internal/phone"
	"bellwether/internal/sip"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

const (
	networkName    = "Demo network"
	networkAddress = "127.0.0.2" // another than the softphones': calls of the two are told apart by it
	turn           = 6 * time.Second
	patience       = 2 * time.Second // before the client calls
)

// Network is a telephone network of one process: the carrier behind the shop's trunk, with a test number that says back what it
// hears and a client who calls the shop.
type Network struct {
	stack  *sip.Stack
	engine *media.Engine
	folder string
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu    sync.Mutex
	turns int // names recordings
}

// Connect starts the network and makes it the carrier of the shop's numbers. Close ends it.
func Connect(ctx context.Context, a *app.App, at time.Time) (*Network, error) {
	conn, err := net.ListenPacket("udp4", networkAddress+":0")
	if err != nil {
		return nil, err
	}
	n := &Network{log: a.Log}
	n.ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if n.folder, err = os.MkdirTemp("", "bellwether-echo-"); err != nil {
		return nil, err
	}
	own := netip.MustParseAddr(networkAddress)
	if n.engine, err = media.New(media.Config{Addr: own, FirstPort: 30000, LastPort: 30199, Loops: 1}); err != nil {
		return nil, err
	}
	if n.stack, err = sip.New(sip.Config{Host: "network.example", SessionExpires: -1}); err != nil {
		return nil, err
	}
	if err := n.stack.ServeUDP(conn); err != nil {
		return nil, err
	}
	n.stack.Handle(n)
	if err := n.stack.SetTrunks([]sip.Trunk{{ID: "pbx", Servers: []string{"sip:" + a.SIPAddress()}, Probe: -1}}); err != nil {
		return nil, err
	}
	return n, carry(ctx, a, conn.LocalAddr().String(), at)
}

// carry makes the network the operator's trunk, or moves the one that is there to its address of today.
func carry(ctx context.Context, a *app.App, server string, at time.Time) error {
	p, err := permit(ctx, a.DB, ident.Operator, at)
	if err != nil {
		return err
	}
	known, err := a.Trunks.Network(ctx, at)
	if err != nil {
		return err
	}
	line := trunk.Trunk{
		Name: networkName, Enabled: true, Priority: 100, Mode: trunk.ByAddress, Transport: trunk.UDP, Server: server, Addresses: []string{networkAddress},
		Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
	}
	err = a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, t := range known.Trunks {
			if t.Name == networkName && t.Project == "" {
				line.ID = t.ID
				_, err := a.Trunks.Edit(ctx, tx, p, line, "", at)
				return err
			}
		}
		made, err := a.Trunks.Add(ctx, tx, p, line, "", at)
		if err != nil {
			return err
		}
		for _, number := range Lines() {
			if err := a.Trunks.Carry(ctx, tx, p, made.ID, number, 0, at); err != nil {
				return err
			}
		}
		return nil
	})
	a.Trunks.Changed()
	return err
}

// Lines are the shop's numbers, as the network carries them.
func Lines() []string {
	return slices.Concat([]string{mainNumber, seventhNumber}, trackingNumbers[:5], texts(later()))
}

// Close ends the network.
func (n *Network) Close() {
	n.cancel()
	for _, leg := range n.stack.Legs() {
		leg.Hangup(sip.Normal)
	}
	n.work.Wait()
	n.stack.Close()
	n.engine.Close()
	_ = os.RemoveAll(n.folder) // of the machine's temporary files
}

// Invite takes a call of the shop (sip.Handler): every number answers and says back what it hears, but the one that lets a client
// call, and the mobiles of the shop's people, which ring in their pockets.
func (n *Network) Invite(in *sip.Incoming) {
	if in.Dialled == CallMeNumber {
		in.Listen(func(*sip.Leg, sip.Event) {})
		_ = in.Refuse(486, sip.Cause{Q850: 17, Text: "A client calls in a moment"})
		n.work.Go(func() {
			if n.wait(patience) {
				n.Ring()
			}
		})
		return
	}
	if slices.ContainsFunc(colleagues, func(c colleague) bool { return c.mobile == in.Dialled }) {
		in.Listen(func(*sip.Leg, sip.Event) {})
		_ = in.Ring()
		return
	}
	leg, err := n.engine.Leg(media.LegConfig{NAT: true, Notify: func(media.Event) {}})
	if err != nil {
		in.Listen(func(*sip.Leg, sip.Event) {})
		_ = in.Refuse(503, sip.Cause{Text: "No audio"})
		return
	}
	over, end := context.WithCancel(n.ctx)
	in.Listen(func(_ *sip.Leg, e sip.Event) {
		if isLast(e) {
			end()
			leg.Close()
		}
	})
	_ = in.Ring()
	answer, err := leg.Answer(in.Offer)
	if err != nil || in.Answer(answer) != nil {
		in.Hangup(sip.Cause{SIP: 488, Text: "Not acceptable here"})
		return
	}
	n.work.Go(func() { n.echo(over, leg) })
}

// isLast tells the event after which a leg is gone.
func isLast(e sip.Event) bool {
	switch e.(type) {
	case sip.Refused, sip.Ended, sip.Lost:
		return true
	}
	return false
}

// echo listens for a turn and says it back, until the call ends.
func (n *Network) echo(ctx context.Context, leg *media.Leg) {
	for next := audio.Join(spoken.Clip("en", spoken.Echo), audio.Beep); ctx.Err() == nil; {
		leg.Play(next, false)
		if !wait(ctx, next.Duration()) {
			return
		}
		heard, err := n.listen(ctx, leg)
		if err != nil {
			n.log.Warn("the echo test heard nothing", "error", err)
			heard = audio.Silence(time.Second)
		}
		next = audio.Join(heard, audio.Beep)
	}
}

// listen records a turn of what a leg says.
func (n *Network) listen(ctx context.Context, leg *media.Leg) (*audio.Clip, error) {
	n.mu.Lock()
	n.turns++
	path := filepath.Join(n.folder, strconv.Itoa(n.turns)+".wav")
	n.mu.Unlock()
	recording, err := n.engine.Record(leg, nil, path, func(error) {})
	if err != nil {
		return nil, err
	}
	wait(ctx, turn)
	<-recording.Stop()
	defer func() { _ = os.Remove(path) }()
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return audio.Read(file)
}

// Ring lets the client call the shop, at the number that rings at all hours.
func (n *Network) Ring() { n.Call(phone.Number(urgentNumber)) }

// Call lets the client call one of the shop's numbers.
func (n *Network) Call(number phone.Number) {
	leg, err := n.engine.Leg(media.LegConfig{Notify: func(media.Event) {}})
	if err != nil {
		n.log.Warn("the client cannot call", "error", err)
		return
	}
	offer, err := leg.Offer()
	if err == nil {
		_, err = n.stack.Dial(sip.Target{Trunk: "pbx", User: string(number), From: sip.Party{User: clientNumber}, SDP: offer}, func(_ *sip.Leg, e sip.Event) {
			switch e := e.(type) {
			case sip.Answered:
				if leg.Accept(e.SDP) == nil {
					leg.Play(voice(n.ctx), true)
				}
			case sip.Refused:
				n.log.Warn("the shop does not take the client's call", "code", e.Code, "reason", e.Reason)
				leg.Close()
			case sip.Ended, sip.Lost:
				leg.Close()
			}
		})
	}
	if err != nil {
		leg.Close()
		n.log.Warn("the client cannot call", "error", err)
	}
}

// voice is what the client says, again and again.
func voice(ctx context.Context) *audio.Clip {
	if spoken, err := speak(ctx, "en", "Good morning! Twenty five white roses for Friday, please."); err == nil {
		return audio.Join(spoken, audio.Silence(2*time.Second))
	}
	return audio.Cadence(audio.Tone{Hz: []float64{330}, On: 400 * time.Millisecond, Off: 100 * time.Millisecond}, audio.Tone{Hz: []float64{392}, On: 600 * time.Millisecond, Off: 2 * time.Second})
}

func (n *Network) wait(d time.Duration) bool { return wait(n.ctx, d) }

// wait waits, and reports whether the context is still there.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
