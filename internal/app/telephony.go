package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"bellwether/internal/ban"
	"bellwether/internal/config"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/pbx"
	"bellwether/internal/sip"
	"bellwether/internal/sip/wire"
	"bellwether/internal/staff"
	"bellwether/internal/telemetry"
	"bellwether/internal/web/telephony"
)

// SIPPath is where browsers speak SIP over WebSocket.
const SIPPath = "/sip"

const (
	trunksEvery = 2 * time.Second
	closeCalls  = 10 * time.Second // for hanging up what still runs
)

// switchboard is the PBX of a node with what it stands on. Its sockets are open from the start of the program; it takes calls
// from start until stop.
type switchboard struct {
	app      *App
	udp      net.PacketConn // nil where SIP does not listen so, as the two below
	tcp, tls net.Listener
	stack    *sip.Stack
	said     []ban.Held // whom the node shut out when it last said so; its loop's own
	engine   *media.Engine
	running  atomic.Pointer[pbx.PBX] // nil before the start and after the end
	draining atomic.Bool
}

// openTelephony binds the addresses of SIP, so that one that is taken is told at the start.
func (a *App) openTelephony() (err error) {
	if !a.Config.Telephony() {
		return nil
	}
	t := &switchboard{app: a}
	c := a.Config
	if c.SIPUDP != "" {
		if t.udp, err = net.ListenPacket("udp", c.SIPUDP); err != nil {
			return config.CannotListen("sip_udp", c.SIPUDP, err)
		}
	}
	for _, at := range []struct {
		name, address string
		into          *net.Listener
	}{{"sip_tcp", c.SIPTCP, &t.tcp}, {"sip_tls", c.SIPTLS, &t.tls}} {
		if at.address == "" {
			continue
		}
		if *at.into, err = net.Listen("tcp", at.address); err != nil {
			t.closeSockets()
			return config.CannotListen(at.name, at.address, err)
		}
	}
	a.phones = t
	return nil
}

func (t *switchboard) closeSockets() {
	if t.udp != nil {
		_ = t.udp.Close()
	}
	for _, l := range []net.Listener{t.tcp, t.tls} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// SIPAddress is where phones reach this node over UDP; empty where they do not.
func (a *App) SIPAddress() string {
	if a.phones == nil || a.phones.udp == nil {
		return ""
	}
	_, port, _ := net.SplitHostPort(a.phones.udp.LocalAddr().String())
	return net.JoinHostPort(a.Config.SIPPublic, port)
}

// sipLines are the ways in which phones register, the best first.
func (a *App) sipLines() (lines []telephony.Line) {
	t := a.phones
	if t == nil {
		return nil
	}
	add := func(transport string, at net.Addr) {
		_, port, _ := net.SplitHostPort(at.String())
		lines = append(lines, telephony.Line{Transport: transport, Address: net.JoinHostPort(a.Config.SIPPublic, port)})
	}
	if t.tls != nil {
		add("TLS", t.tls.Addr())
	}
	if t.udp != nil {
		add("UDP", t.udp.LocalAddr())
	}
	if t.tcp != nil {
		add("TCP", t.tcp.Addr())
	}
	return lines
}

// start takes calls from now on. Recordings that a crash left are mended, and calls that it left are ended, first.
func (t *switchboard) start(ctx context.Context, g *group) error {
	a := t.app
	mended, err := audio.Repair(a.Files.Root)
	a.complain("mending recordings", err)
	if len(mended) > 0 {
		a.Log.Warn("recordings were mended that a crash cut off", "recordings", len(mended))
	}
	if t.engine, err = media.New(t.mediaConfig()); err != nil {
		return err
	}
	if t.stack, err = sip.New(t.sipConfig()); err != nil {
		t.engine.Close()
		return err
	}
	if err := t.serve(); err != nil {
		t.stack.Close()
		t.engine.Close()
		return err
	}
	p := pbx.New(pbx.Config{
		DB: a.DB, Charging: a.Charging, Routing: a.Routing, Staff: a.Staff, Trunks: a.Trunks, Files: a.Files, Stack: t.stack, Media: t.engine, Now: a.clock,
		Node: a.Config.Node, Domain: staff.Realm, Voicemail: a.mailVoicemail, Origin: a.OriginOf, Promo: a.confirm, Told: a.callTold, Owner: a.ownerOf, Log: a.Log,
	})
	t.running.Store(p)
	t.loadTrunks(ctx) // carriers ask for a password before they let a call be ended
	a.complain("ending the calls of a node that was lost", p.Recover(ctx))
	g.every(ctx, trunksEvery, t.loadTrunks)
	g.every(ctx, recheckEvery, t.dropShut)
	g.every(ctx, bansEvery, t.syncBans)
	return nil
}

// serve hands the sockets over to the stack, which closes them.
func (t *switchboard) serve() error {
	var wrong []error
	if t.udp != nil {
		wrong = append(wrong, t.stack.ServeUDP(t.udp))
	}
	if t.tcp != nil {
		wrong = append(wrong, t.stack.ServeTCP(t.tcp, nil))
	}
	if t.tls != nil {
		secure := t.app.secure.Clone()
		secure.NextProtos = nil // those are of HTTP
		wrong = append(wrong, t.stack.ServeTCP(t.tls, secure))
	}
	return errors.Join(wrong...)
}

func (t *switchboard) mediaConfig() media.Config {
	c := t.app.Config
	m := media.Config{Addr: t.bound(), FirstPort: c.RTPFirst, LastPort: c.RTPLast, Log: t.app.Log}
	m.Public, _ = netip.ParseAddr(c.SIPPublic) // checked by package config
	m.BrowserAt, _ = netip.ParseAddrPort(c.WebRTCUDP)
	m.Loopback = m.Public.IsLoopback()
	return m
}

// bound is the address of this machine that SIP listens on: audio comes there too.
func (t *switchboard) bound() netip.Addr {
	for _, at := range []string{t.app.Config.SIPUDP, t.app.Config.SIPTCP, t.app.Config.SIPTLS} {
		host, _, err := net.SplitHostPort(at)
		if addr, bad := netip.ParseAddr(host); err == nil && bad == nil {
			return addr
		}
	}
	return netip.IPv4Unspecified()
}

func (t *switchboard) sipConfig() sip.Config {
	a := t.app
	return sip.Config{
		Host: staff.Realm, Key: []byte(a.Door.Vault.Sign("sip nonces", nil)), Accounts: pbx.Accounts{Staff: a.Staff, Now: a.clock},
		Bindings: bindings{a.DB, a.Config.Node}, Presence: t.presence, Trunk: t.trunkChanged, Choose: t.choose, Log: a.Log,
		Inward: t.mediaConfig().Loopback, // a node that only this machine reaches: a demo
		Wire:   wire.Config{Public: a.Config.SIPPublic, Count: a.Metrics.SIP, ClientTLS: &tls.Config{MinVersion: tls.VersionTLS12}, Log: a.Log},
	}
}

// presence and trunkChanged pass on what the stack tells, once there is a PBX.
func (t *switchboard) presence(account string, online bool) {
	if p := t.running.Load(); p != nil {
		p.Registered(account, online)
	}
}

func (t *switchboard) trunkChanged(id string, up bool, why string) {
	if p := t.running.Load(); p != nil {
		p.TrunkChanged(id, up, why)
	}
}

// choose finds out by which trunk a call came: before there is a PBX by none.
func (t *switchboard) choose(ctx context.Context, among []string, number string) (string, error) {
	if p := t.running.Load(); p != nil {
		return p.Choose(ctx, among, number)
	}
	return "", nil
}

// loadTrunks tells the stack of trunks as they are now, whichever node they were changed on, and the registry how they are.
func (t *switchboard) loadTrunks(ctx context.Context) {
	p := t.running.Load()
	if p == nil {
		return
	}
	if err := p.SetTrunks(ctx); err != nil && ctx.Err() == nil {
		t.app.complain("loading trunks", err)
		return
	}
	network, err := t.app.Trunks.Network(ctx, t.app.clock())
	if err != nil {
		return // it was just told
	}
	for _, line := range network.Trunks {
		if state, ok := t.stack.TrunkState(string(line.ID)); ok && !state.Since.IsZero() {
			p.TrunkChanged(string(line.ID), state.Up, state.Why)
		}
	}
}

// dropShut ends the registrations of accounts that no longer open, whichever node closed them (Rule T-43).
func (t *switchboard) dropShut(ctx context.Context) {
	t.drop(ctx, t.stack.Online())
}

// drain takes no new calls and lets the running ones go on for as long as the settings say (Rule T-37).
func (t *switchboard) drain(ctx context.Context) {
	p := t.running.Load()
	if p == nil {
		return
	}
	t.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, t.app.Config.CallDrain)
	defer cancel()
	if err := p.Drain(ctx); err != nil {
		t.app.Log.Warn("calls are hung up: the node stops", "calls", p.Calls())
	}
}

// stop hangs up what still runs, and waits until it is in the log.
func (t *switchboard) stop() {
	if p := t.running.Swap(nil); p != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeCalls)
		t.app.complain("ending calls", p.Close(ctx))
		cancel()
		t.stack.Close()
		t.engine.Close()
	}
}

// Drop ends what is registered with accounts that no longer open, or with a password that they no longer have (staff.Registrar). It looks at what
// is, for the news may come late: a telephone that knows the new password stays.
func (t *switchboard) Drop(userNames ...string) {
	if t.running.Load() != nil {
		t.drop(context.Background(), userNames)
	}
}

func (t *switchboard) drop(ctx context.Context, userNames []string) {
	open, err := t.app.Staff.Standing(ctx, userNames...)
	if err != nil {
		if ctx.Err() == nil {
			t.app.complain("looking for closed SIP accounts", err)
		}
		return
	}
	for _, user := range userNames {
		if version, ok := open[user]; ok {
			t.stack.DropStale(user, version)
		} else {
			t.stack.Drop(user)
		}
	}
}

// serveSIP is SIP over WebSocket, for pages of our own (RFC 7118).
func (a *App) serveSIP(w http.ResponseWriter, r *http.Request) {
	if a.phones == nil || a.phones.running.Load() == nil {
		http.Error(w, "this node takes no calls", http.StatusServiceUnavailable)
		return
	}
	var origins []string
	if u, err := url.Parse(a.Config.PublicURL); err == nil {
		origins = append(origins, u.Host)
	}
	a.phones.stack.WebSocket(origins...).ServeHTTP(w, r)
}

// problem is why calls cannot be taken now; empty where they can.
func (t *switchboard) problem() string {
	switch {
	case t.draining.Load():
		return "draining: no new calls are taken"
	case t.running.Load() == nil:
		return "telephony is not running"
	}
	if free, used := t.engine.Ports(); free == 0 {
		return fmt.Sprintf("all %d ports of audio are in use", used)
	}
	return ""
}

// telephonyNow is what the metrics show.
func (a *App) telephonyNow() (now telemetry.Telephony) {
	if a.phones == nil {
		return now
	}
	p := a.phones.running.Load()
	if p == nil {
		return now
	}
	free, _ := a.phones.engine.Ports()
	now.Calls, now.Registered, now.FreePorts = int64(p.Calls()), int64(len(a.phones.stack.Online())), int64(free)
	now.TrunksUp, now.TrunksDown = a.phones.trunks()
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	now.TrunksDead = a.pulse.deadTrunks
	return now
}

// trunks counts those that can be used and those that cannot.
func (t *switchboard) trunks() (up, down int64) {
	network, err := t.app.Trunks.Network(context.Background(), t.app.clock())
	if err != nil {
		return 0, 0
	}
	for _, line := range network.Trunks {
		if state, ok := t.stack.TrunkState(string(line.ID)); ok && state.Up {
			up++
		} else {
			down++
		}
	}
	return up, down
}
