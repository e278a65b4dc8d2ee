package wire

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// listener takes what an endpoint passes on.
type listener struct {
	seen chan string
}

func (l *listener) Request(tx *ServerTx) {
	l.seen <- string(tx.Request.Method) + " " + tx.Request.CSeq().Value()
	if tx.Request.Method == OPTIONS {
		tx.Respond(Answer(tx.Request, 200, "t"))
	}
}

func (l *listener) Ack(*Request, Flow) { l.seen <- "ACK" }

func (l *listener) Stray(*Response, Flow) { l.seen <- "stray" }

// serve makes an endpoint that listens for streams on loopback, and connects to it.
func serve(t *testing.T, cfg Config) (*Endpoint, *listener, func() net.Conn) {
	t.Helper()
	user := &listener{seen: make(chan string, 1000)}
	e := New(cfg, user)
	t.Cleanup(e.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.ServeTCP(l, nil); err != nil {
		t.Fatal(err)
	}
	return e, user, func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		return conn
	}
}

const streamed = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK%\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: % OPTIONS\r\nContent-Length: 0\r\n\r\n"

func numbered(n string) string { return strings.ReplaceAll(streamed, "%", n) }

// TestFraming: messages in pieces, several in one, blank lines between them; pings are answered (RFC 5626 section 4.4.1).
func TestFraming(t *testing.T) {
	t.Parallel()
	_, user, connect := serve(t, Config{})
	conn := connect()
	text := "\r\n\r\n" + numbered("1") + "\r\n" + numbered("2") + numbered("3")
	for _, piece := range []string{text[:10], text[10:100], text[100:400], text[400:]} {
		_, _ = io.WriteString(conn, piece)
	}
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || line != "\r\n" {
		t.Errorf("the ping is answered with %q (%v)", line, err)
	}
	for _, want := range []string{"OPTIONS 1 OPTIONS", "OPTIONS 2 OPTIONS", "OPTIONS 3 OPTIONS"} {
		if got := <-user.seen; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		data, err := readMessage(in, func() {})
		if err != nil || !strings.HasPrefix(string(data), "SIP/2.0 200 OK") {
			t.Fatalf("answer %q (%v)", data, err)
		}
	}
}

// TestBrokenStreams are cut: nobody can say where the next message begins.
func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	_, _, connect := serve(t, Config{})
	for name, text := range map[string]string{
		"no length":       "OPTIONS sip:h SIP/2.0\r\nVia: x\r\n\r\n",
		"two lengths":     "OPTIONS sip:h SIP/2.0\r\nl: 0\r\nContent-Length: 10\r\n\r\n",
		"negative length": "OPTIONS sip:h SIP/2.0\r\nl: -1\r\n\r\n",
		"huge length":     "OPTIONS sip:h SIP/2.0\r\nl: 99999999\r\n\r\n",
		"endless line":    strings.Repeat("x", 80_000),
		"endless head":    strings.Repeat("X: y\r\n", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect()
			go func() { _, _ = io.WriteString(conn, text) }()
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Error("it is answered")
			} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Error("it stays open")
			}
		})
	}
}

// TestTooManyConnections of one address are closed; the endpoint goes on.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	_, user, connect := serve(t, Config{MaxPerSource: 3})
	var open []net.Conn
	for range 3 {
		conn := connect()
		_, _ = io.WriteString(conn, numbered("1")+numbered("2"))
		<-user.seen
		open = append(open, conn)
	}
	if _, err := connect().Read(make([]byte, 1)); err == nil {
		t.Error("the fourth is served")
	}
	_, _ = io.WriteString(open[0], numbered("9"))
	for got := range user.seen {
		if got == "OPTIONS 9 OPTIONS" {
			return
		}
	}
}

// TestWhoDoesNotReadIsCut: a peer that takes nothing holds up nobody.
func TestWhoDoesNotReadIsCut(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	defer func() { _ = theirs.Close() }()
	e := New(Config{}, &listener{seen: make(chan string, 10)})
	defer e.Close()
	s := newStream(ours)
	s.from = netip.MustParseAddrPort("10.0.0.1:5060")
	if !e.run(s, TCP, firstMessage) {
		t.Fatal("not run")
	}
	flow := Flow{Transport: TCP, Remote: s.from, link: s}
	for range writeQueue + 2 {
		_ = flow.write([]byte("x"))
	}
	<-flow.Done()
	if flow.Open() || flow.write([]byte("x")) == nil {
		t.Error("it is written to still")
	}
}

// names resolves as it is told.
type names struct {
	srv   map[string][]*net.SRV
	hosts map[string][]netip.Addr
}

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return n.hosts[host], nil
}

func (n names) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	return "", n.srv["_"+service+"._"+proto+"."+name], nil
}

// TestHops: addresses as they are, names by SRV, then by address (RFC 3263).
func TestHops(t *testing.T) {
	t.Parallel()
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::2")
	e := New(Config{Resolver: names{
		srv:   map[string][]*net.SRV{"_sip._udp.carrier.example": {{Target: "p1.example.", Port: 5062}, {Target: "p2.example.", Port: 5063}}},
		hosts: map[string][]netip.Addr{"p1.example": {a}, "p2.example": {b}, "plain.example": {a, b}},
	}}, &listener{})
	defer e.Close()
	for uri, want := range map[string]string{
		"sip:192.0.2.1":                      "UDP 192.0.2.1:5060",
		"sip:u@[2001:db8::2]:5070":           "UDP [2001:db8::2]:5070",
		"sips:192.0.2.1":                     "TLS 192.0.2.1:5061",
		"sip:192.0.2.1;transport=tcp":        "TCP 192.0.2.1:5060",
		"sip:x.example;maddr=192.0.2.1":      "UDP 192.0.2.1:5060",
		"sip:carrier.example":                "UDP 192.0.2.1:5062 UDP [2001:db8::2]:5063",
		"sip:plain.example;transport=TLS":    "TLS 192.0.2.1:5061 TLS [2001:db8::2]:5061",
		"sip:plain.example:7000":             "UDP 192.0.2.1:7000 UDP [2001:db8::2]:7000",
		"sip:none.example":                   "",
		"sip:a@df7.invalid;transport=ws":     "",
		"sip:carrier.example;transport=sctp": "",
	} {
		parsed, err := ParseURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		hops, _ := e.Hops(t.Context(), &parsed)
		var got []string
		for _, hop := range hops {
			got = append(got, hop.Transport+" "+hop.Addr.String())
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %q, want %q", uri, text, want)
		}
	}
}
