package media

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/errs"
)

// Config is where media flows. Zero values are sensible except Addr.
type Config struct {
	Addr      netip.Addr // local address of RTP ports; the unspecified one for all interfaces
	Public    netip.Addr // what descriptions say; Addr where zero
	FirstPort uint16     // RTP ports, 10000 to 20000 where zero
	LastPort  uint16
	Loops     int            // goroutines that move packets; one a core where zero
	DeadAfter time.Duration  // silence that ends a watched leg; 30 s where zero
	BrowserAt netip.AddrPort // the one UDP port of all WebRTC legs; any free port where zero
	Loopback  bool           // offer loopback to browsers: tests
	Log       *slog.Logger

	perSocket bool // a goroutine for each socket, as baseline of the benchmark
}

// Engine owns the ports and the goroutines of all media of a node.
type Engine struct {
	config Config
	ports  *portPool
	loops  []*loop
	disk   *disk

	mu         sync.Mutex // guards what connects legs, and the rest below
	legs       map[*Leg]struct{}
	recordings map[*Recording]struct{}
	made       int
	browser    *browserPort // opened with the first browser
	closed     bool
}

func (c *Config) fill() {
	if !c.Public.IsValid() {
		c.Public = c.Addr
	}
	if c.FirstPort == 0 {
		c.FirstPort, c.LastPort = 10000, 20000
	}
	if c.Loops == 0 {
		c.Loops = defaultLoops()
	}
	if c.DeadAfter == 0 {
		c.DeadAfter = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// New starts an engine. Errors: media.bad_config.
func New(config Config) (*Engine, error) {
	if !config.Addr.IsValid() {
		return nil, errs.New(errs.Invalid, "media.bad_config", "no address for RTP").Try("set the address that phones and trunks reach")
	}
	config.fill()
	if config.Public.IsUnspecified() {
		return nil, errs.New(errs.Invalid, "media.bad_config", "%s is no address that a phone can send to", config.Public).
			Try("set the public address")
	}
	e := &Engine{config: config, ports: newPortPool(config.FirstPort, config.LastPort), legs: map[*Leg]struct{}{}, recordings: map[*Recording]struct{}{}}
	if e.ports.left() == 0 {
		return nil, errs.New(errs.Invalid, "media.bad_config", "no pair of ports from %d to %d", config.FirstPort, config.LastPort)
	}
	e.disk = newDisk()
	for range config.Loops {
		l, err := newLoop()
		if err != nil {
			e.Close()
			return nil, errs.New(errs.Unavailable, "media.no_loop", "no poller for RTP").Because(err)
		}
		e.loops = append(e.loops, l)
	}
	return e, nil
}

// Close ends every leg and recording, and the goroutines.
func (e *Engine) Close() {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.closed = true
	legs := make([]*Leg, 0, len(e.legs))
	for leg := range e.legs {
		legs = append(legs, leg)
	}
	recordings := make([]*Recording, 0, len(e.recordings))
	for r := range e.recordings {
		recordings = append(recordings, r)
	}
	browser := e.browser
	e.mu.Unlock()
	for _, r := range recordings {
		r.Stop()
	}
	for _, leg := range legs {
		leg.Close()
	}
	if browser != nil {
		browser.close()
	}
	for _, l := range e.loops {
		l.close()
	}
	e.disk.close()
}

var errStopped = errs.New(errs.Unavailable, "media.closed", "media are stopped")

// Leg makes a leg with ports of its own (a WebRTC leg shares one). Errors: media.no_ports, media.closed.
func (e *Engine) Leg(config LegConfig) (*Leg, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errStopped
	}
	leg := newLeg(e, config, e.loops[e.made/2%len(e.loops)]) // the two legs of a call on one loop
	e.made++
	if err := e.connect(leg); err != nil {
		return nil, err
	}
	e.legs[leg] = struct{}{}
	leg.loop.addLeg(leg)
	return leg, nil
}

func (e *Engine) connect(leg *Leg) error {
	if leg.config.WebRTC {
		return e.openBrowser(leg)
	}
	return e.openPorts(leg)
}

// triesOfPorts is how many pairs are tried where somebody else has taken ports of our range.
const triesOfPorts = 20

func (e *Engine) openPorts(leg *Leg) error {
	var last error
	for range triesOfPorts {
		port, err := e.ports.take(time.Now())
		if err != nil {
			return err
		}
		if last = leg.bind(port); last == nil {
			return nil
		}
		e.ports.give(port, time.Now())
	}
	return errs.New(errs.Unavailable, "media.no_ports", "RTP ports of the range are taken by another program").Because(last)
}

func (e *Engine) open(l *loop, local netip.AddrPort, receive receiver) (socket, error) {
	if e.config.perSocket {
		return openNet(local, receive)
	}
	return l.poller.open(local, receive)
}

func (e *Engine) forget(leg *Leg) {
	e.mu.Lock()
	delete(e.legs, leg)
	e.mu.Unlock()
	leg.loop.removeLeg(leg)
}

// Ports counts RTP port pairs: those there are to be had, resting ones included, and those in use.
func (e *Engine) Ports() (free, used int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for leg := range e.legs {
		if leg.port != 0 {
			used++
		}
	}
	return e.ports.left(), used
}
