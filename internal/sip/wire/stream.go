package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long a stream may be silent before its first message, and after; what may wait to be written to it, in messages.
const (
	firstMessage = 30 * time.Second
	idleStream   = 20 * time.Minute
	writeTimeout = 10 * time.Second
	writeQueue   = 256
)

// stream is a TCP or TLS connection.
type stream struct {
	conn     net.Conn
	from, at netip.AddrPort
	ended    chan struct{}
	once     sync.Once
	out      chan []byte
}

func newStream(conn net.Conn) *stream {
	return &stream{conn: conn, from: addrPort(conn.RemoteAddr()), at: addrPort(conn.LocalAddr()), ended: make(chan struct{}), out: make(chan []byte, writeQueue)}
}

// ServeTCP accepts streams until the listener or the endpoint is closed. With a configuration they speak TLS.
func (e *Endpoint) ServeTCP(listener net.Listener, secure *tls.Config) error {
	l := &listening{Listener: listener, ended: make(chan struct{})}
	if !e.track(l, netip.Addr{}) {
		_ = listener.Close()
		return ErrGone
	}
	transport := TCP
	if secure != nil {
		transport = TLS
	}
	e.mu.Lock()
	l.transport = transport
	e.mu.Unlock()
	go func() {
		defer e.untrack(l, netip.Addr{})
		for {
			conn, err := listener.Accept()
			if err != nil {
				if errors.Is(err, net.ErrClosed) || e.context.Err() != nil {
					return
				}
				continue
			}
			if e.cfg.Admit(addrPort(conn.RemoteAddr()).Addr(), transport) == Refused {
				e.cfg.Count("dropped", "source refused")
				_ = conn.Close()
				continue
			}
			if secure != nil {
				conn = tls.Server(conn, secure)
			}
			e.run(newStream(conn), transport, firstMessage)
		}
	}()
	return nil
}

// run reads and writes a stream in goroutines of its own.
func (e *Endpoint) run(s *stream, transport string, first time.Duration) bool {
	if !e.track(s, s.from.Addr()) {
		_ = s.conn.Close()
		return false
	}
	e.mu.Lock()
	if e.streams[s.from] == nil {
		e.streams[s.from] = map[string]*stream{}
	}
	e.streams[s.from][transport] = s
	e.running.Add(1)
	e.mu.Unlock()
	go func() {
		defer e.running.Done()
		writeAll(s.ended, s.out, s.close, func(data []byte) error {
			_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			_, err := s.conn.Write(data)
			return err
		})
	}()
	go func() {
		defer e.untrack(s, s.from.Addr())
		defer e.forget(s, transport)
		defer s.close()
		e.readStream(s, transport, first)
	}()
	return true
}

// writeAll writes what is queued; after an error the connection is closed.
func writeAll(ended <-chan struct{}, queue <-chan []byte, shut func(), write func([]byte) error) {
	for {
		select {
		case <-ended:
			return
		case data := <-queue:
			if write(data) != nil {
				shut()
				return
			}
		}
	}
}

func (e *Endpoint) forget(s *stream, transport string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.streams[s.from][transport] == s {
		delete(e.streams[s.from], transport)
		if len(e.streams[s.from]) == 0 {
			delete(e.streams, s.from)
		}
	}
}

func (e *Endpoint) readStream(s *stream, transport string, first time.Duration) {
	flow := Flow{Transport: transport, Remote: s.from, link: s}
	in := bufio.NewReaderSize(s.conn, 16<<10)
	wait := first
	for {
		_ = s.conn.SetReadDeadline(time.Now().Add(wait))
		data, err := readMessage(in, func() { _ = s.write([]byte("\r\n"), s.from) })
		if err != nil {
			if errors.Is(err, errFraming) {
				e.cfg.Malformed(s.from.Addr())
				e.cfg.Count("dropped", "framing")
			}
			return
		}
		wait = idleStream
		if e.cfg.Admit(s.from.Addr(), transport) == Refused {
			e.cfg.Count("dropped", "source refused")
			return
		}
		e.receive(data, flow)
	}
}

var errFraming = errors.New("sip: a stream without an end of message")

// readMessage finds one message by its Content-Length (RFC 3261 section 18.3). A double CRLF before it is a ping, which is
// answered (RFC 5626 section 4.4.1).
func readMessage(in *bufio.Reader, pong func()) ([]byte, error) {
	var head []byte
	blank := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		if len(head) == 0 && len(bytes.TrimRight(line, "\r\n")) == 0 {
			if blank++; blank == 2 {
				blank = 0
				pong()
			}
			continue
		}
		head = append(head, line...)
		if len(head) > MaxMessage || errors.Is(err, bufio.ErrBufferFull) {
			return nil, errFraming
		}
		if bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			break
		}
	}
	length, err := announced(head)
	if err != nil || length > MaxMessage-len(head) {
		return nil, errFraming
	}
	message := append(head, make([]byte, length)...)
	_, err = io.ReadFull(in, message[len(head):])
	return message, err
}

// announced is the Content-Length in a message's head; on a stream there has to be one, and one alone.
func announced(head []byte) (int, error) {
	found := -1
	for line := range bytes.Lines(head) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		key := strings.ToLower(string(bytes.TrimSpace(name)))
		if key != "content-length" && key != "l" {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil || found >= 0 {
			return 0, errFraming
		}
		found = int(n)
	}
	if found < 0 {
		return 0, errFraming
	}
	return found, nil
}

// connect gives the stream to an address: the one there is, or a new one.
func (e *Endpoint) connect(ctx context.Context, hop Hop) (Flow, error) {
	e.mu.Lock()
	s := e.streams[hop.Addr][hop.Transport]
	e.mu.Unlock()
	if s != nil {
		return Flow{Transport: hop.Transport, Remote: hop.Addr, link: s}, nil
	}
	conn, err := e.cfg.Dial(ctx, "tcp", hop.Addr.String())
	if err != nil {
		return Flow{}, err
	}
	if hop.Transport == TLS {
		conn, err = e.secure(ctx, conn, hop)
		if err != nil {
			return Flow{}, err
		}
	}
	s = newStream(conn)
	s.from = hop.Addr
	if !e.run(s, hop.Transport, idleStream) {
		return Flow{}, ErrGone
	}
	return Flow{Transport: hop.Transport, Remote: hop.Addr, link: s}, nil
}

func (e *Endpoint) secure(ctx context.Context, conn net.Conn, hop Hop) (net.Conn, error) {
	cfg := &tls.Config{}
	if e.cfg.ClientTLS != nil {
		cfg = e.cfg.ClientTLS.Clone()
	}
	if cfg.ServerName == "" {
		cfg.ServerName = hop.Name
	}
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

func (s *stream) write(data []byte, _ netip.AddrPort) error {
	return enqueue(s.ended, s.out, data, s.close)
}

// enqueue never waits: who does not read is cut.
func enqueue(ended <-chan struct{}, queue chan<- []byte, data []byte, shut func()) error {
	select {
	case <-ended:
		return ErrGone
	default:
	}
	select {
	case queue <- data:
		return nil
	default:
		shut()
		return ErrGone
	}
}

func (s *stream) local() netip.AddrPort { return s.at }

func (s *stream) done() <-chan struct{} { return s.ended }

func (s *stream) close() {
	s.once.Do(func() {
		close(s.ended)
		_ = s.conn.Close()
	})
}

// listening is a listener, as a link that can be closed.
type listening struct {
	net.Listener
	transport string
	ended     chan struct{}
	once      sync.Once
}

func (l *listening) write([]byte, netip.AddrPort) error { return ErrGone }

func (l *listening) local() netip.AddrPort { return addrPort(l.Addr()) }

func (l *listening) done() <-chan struct{} { return l.ended }

func (l *listening) close() {
	l.once.Do(func() {
		close(l.ended)
		_ = l.Close()
	})
}
