package wire

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// wsPing is how often a browser's connection is tried; one that does not answer by the next is dead.
const wsPing = 25 * time.Second

// socketLink is a WebSocket connection (RFC 7118): one message of it is one SIP message.
type socketLink struct {
	conn     *websocket.Conn
	from, at netip.AddrPort
	ended    chan struct{}
	once     sync.Once
	out      chan []byte
}

// WebSocket takes over connections of our HTTP server that ask for the subprotocol sip. Origins are patterns of hosts whose
// pages may connect besides our own. Each connection has its own goroutines, so a silent one holds up nobody.
func (e *Endpoint) WebSocket(origins ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		transport := WS
		if r.TLS != nil {
			transport = WSS
		}
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || e.cfg.Admit(from.Addr().Unmap(), transport) == Refused {
			e.cfg.Count("dropped", "source refused")
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}, OriginPatterns: origins})
		if err != nil {
			return // answered
		}
		if conn.Subprotocol() != "sip" {
			_ = conn.Close(websocket.StatusPolicyViolation, "speak the subprotocol sip")
			return
		}
		conn.SetReadLimit(MaxMessage)
		e.runSocket(&socketLink{
			conn: conn, from: netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), at: localOf(r),
			ended: make(chan struct{}), out: make(chan []byte, writeQueue),
		}, transport)
	})
}

func localOf(r *http.Request) netip.AddrPort {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }); ok {
		at, _ := netip.ParseAddrPort(a.String())
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	return netip.AddrPort{}
}

// runSocket serves a connection until it ends.
func (e *Endpoint) runSocket(s *socketLink, transport string) {
	if !e.track(s, s.from.Addr()) {
		s.close()
		return
	}
	defer e.untrack(s, s.from.Addr())
	var own sync.WaitGroup
	defer own.Wait()
	defer s.close() // before: it ends the two below
	ctx, stop := context.WithCancel(e.context)
	defer stop()
	own.Go(func() {
		defer s.close()
		writeAll(s.ended, s.out, s.close, func(data []byte) error { return s.send(ctx, data) })
	})
	own.Go(func() { s.keepAlive(ctx) })
	flow := Flow{Transport: transport, Remote: s.from, link: s}
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil || e.cfg.Admit(s.from.Addr(), transport) == Refused {
			return
		}
		if len(data) < 12 {
			if string(data) == "\r\n\r\n" {
				_ = s.write([]byte("\r\n"), s.from)
			}
			continue
		}
		e.receive(data, flow)
	}
}

func (s *socketLink) send(ctx context.Context, data []byte) error {
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	return s.conn.Write(ctx, websocket.MessageText, data)
}

func (s *socketLink) keepAlive(ctx context.Context) {
	tick := time.NewTicker(wsPing)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			limited, stop := context.WithTimeout(ctx, wsPing)
			err := s.conn.Ping(limited)
			stop()
			if err != nil {
				s.close()
				return
			}
		}
	}
}

func (s *socketLink) write(data []byte, _ netip.AddrPort) error {
	return enqueue(s.ended, s.out, data, s.close)
}

func (s *socketLink) local() netip.AddrPort { return s.at }

func (s *socketLink) done() <-chan struct{} { return s.ended }

func (s *socketLink) close() {
	s.once.Do(func() {
		close(s.ended)
		_ = s.conn.CloseNow()
	})
}
