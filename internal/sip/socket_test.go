package sip_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/sip/wire"
)

// real is a stack on sockets of this machine.
func real(t *testing.T, change func(*sip.Config)) (*sip.Stack, string) {
	t.Helper()
	cfg := sip.Config{Host: realm, Accounts: everybody}
	if change != nil {
		change(&cfg)
	}
	stack, err := sip.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stack.Close)
	conn := listenUDP(t)
	if err := stack.ServeUDP(conn); err != nil {
		t.Fatal(err)
	}
	return stack, conn.LocalAddr().String()
}

func listenUDP(t *testing.T) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// answering takes every call.
type answering struct{}

func (answering) Invite(in *sip.Incoming) {
	in.Listen(func(*sip.Leg, sip.Event) {})
	_ = in.Ring()
	_ = in.Answer(reply)
}

// TestPhonesOverUDP: two phones on loopback register; one calls the server.
func TestPhonesOverUDP(t *testing.T) {
	t.Parallel()
	stack, addr := real(t, nil)
	stack.Handle(answering{})
	alice := siptest.NewPhone(t, listenUDP(t), "sip:"+addr, "alice", "wonderland")
	c := alice.Dial("100", offer)
	if _, ok := siptest.Await[sip.Answered](c); !ok {
		t.Fatal("not answered")
	}
	alice.Does(siptest.Answers(reply))
	contact := stack.Contacts("acc-alice")[0]
	e := record()
	if _, err := stack.Dial(sip.Target{Contact: &contact, SDP: offer}, e.take); err != nil {
		t.Fatal(err)
	}
	in := alice.Next()
	if _, ok := siptest.Await[sip.Confirmed](in); !ok {
		t.Fatal("not confirmed")
	}
	in.Hangup(sip.Normal)
	for {
		select {
		case event := <-e:
			if _, ok := event.(sip.Ended); ok {
				return
			}
		case <-time.After(siptest.Patience):
			t.Fatal("not ended")
		}
	}
}

// TestStreams: a call between two stacks over TCP and TLS: set up, held, ended.
func TestStreams(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "TCP", true: "TLS"}[secure], func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			shown := siptest.Certificate(t, "127.0.0.1")
			var server *tls.Config
			transport := "tcp"
			if secure {
				server, transport = &tls.Config{Certificates: []tls.Certificate{shown}}, "tls"
			}
			stack, _ := real(t, nil)
			if err := stack.ServeTCP(listener, server); err != nil {
				t.Fatal(err)
			}
			stack.Handle(answering{})
			if err := stack.SetTrunks([]sip.Trunk{{ID: "in", Sources: loopback}}); err != nil {
				t.Fatal(err)
			}
			caller, _ := real(t, func(cfg *sip.Config) { cfg.Wire.ClientTLS = siptest.Trusting(t, shown) })
			e := record()
			l, err := caller.Dial(sip.Target{URI: "sip:100@" + listener.Addr().String() + ";transport=" + transport, From: sip.Party{User: "1"}, SDP: offer}, e.take)
			if err != nil {
				t.Fatal(err)
			}
			wait[sip.Answered](t, e)
			if err := l.Reinvite(offer); err != nil {
				t.Fatal(err)
			}
			wait[sip.Reanswered](t, e)
			l.Hangup(sip.Normal)
			wait[sip.Ended](t, e)
		})
	}
}

// wait skips events until one of a type.
func wait[E sip.Event](t *testing.T, from events) {
	t.Helper()
	timeout := time.After(siptest.Patience)
	for {
		select {
		case e := <-from:
			if _, ok := e.(E); ok {
				return
			}
			t.Logf("%T %+v", e, e)
		case <-timeout:
			t.Fatal("it did not come")
		}
	}
}

// browser is a WebSocket connection that speaks SIP.
type browser struct {
	t    *testing.T
	conn *websocket.Conn
}

func (b browser) send(text string) {
	b.t.Helper()
	if err := b.conn.Write(b.t.Context(), websocket.MessageText, []byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		b.t.Fatal(err)
	}
}

func (b browser) receive() wire.Message {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), siptest.Patience)
	defer stop()
	_, data, err := b.conn.Read(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	m, _, fault := wire.Parse(data)
	if fault != nil {
		b.t.Fatalf("%s: %s", fault.Why, data)
	}
	return m
}

const wsRegister = `REGISTER sip:pbx.example SIP/2.0
Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK%d
From: <sip:alice@pbx.example>;tag=1
To: <sip:alice@pbx.example>
Call-ID: ws
CSeq: %d REGISTER
Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:1>"
Supported: path, outbound
%sContent-Length: 0

`

// register signs a browser in.
func (b browser) register() {
	b.t.Helper()
	b.send(fmt.Sprintf(wsRegister, 1, 1, ""))
	m := b.receive().(*wire.Response)
	sign := siptest.Sign(&siptest.Message{Message: m}, "MD5", "REGISTER", "sip:pbx.example", "alice", "wonderland", 1)
	b.send(fmt.Sprintf(wsRegister, 2, 2, sign+"\n"))
	if m := b.receive().(*wire.Response); m.StatusCode != 200 || !wire.Has(m, "Require", "outbound") {
		b.t.Fatalf("%s", m)
	}
}

// answer takes a call.
func (b browser) answer(invite *wire.Request) {
	b.t.Helper()
	res := wire.Answer(invite, 200, "browser")
	res.AppendHeader(&wire.Contact{Address: invite.Recipient})
	res.AppendHeader(wire.NewHeader("Content-Type", "application/sdp"))
	res.SetBody(reply)
	b.send(strings.ReplaceAll(res.String(), "\r\n", "\n"))
	if ack := b.receive().(*wire.Request); ack.Method != wire.ACK {
		b.t.Fatalf("%s", ack)
	}
}

// TestWebSocket: a browser registers while a silent one is connected; it is called over its connection, and its registration and
// its call end with it; so does the connection with the account (Rule T-67).
func TestWebSocket(t *testing.T) {
	t.Parallel()
	news := make(chan string, 10)
	stack, _ := real(t, func(cfg *sip.Config) {
		cfg.Presence = func(account string, online bool) { news <- fmt.Sprint(account, online) }
		cfg.Wire.T1 = 20 * time.Millisecond
	})
	web := httptest.NewServer(stack.WebSocket())
	defer web.Close()
	connect := func(protocol string) (*websocket.Conn, error) {
		conn, _, err := websocket.Dial(t.Context(), strings.Replace(web.URL, "http", "ws", 1), &websocket.DialOptions{Subprotocols: []string{protocol}})
		return conn, err
	}
	silent, err := connect("sip")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.CloseNow() }()
	if other, err := connect("chat"); err == nil {
		if _, _, err := other.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("another protocol: %v", err)
		}
	}
	conn, err := connect("sip")
	if err != nil {
		t.Fatal(err)
	}
	b := browser{t, conn}
	b.register()
	if got := <-news; got != "acc-alicetrue" {
		t.Errorf("news %q", got)
	}
	contact := stack.Contacts("acc-alice")[0]
	e := record()
	if _, err := stack.Dial(sip.Target{Contact: &contact, User: "101", SDP: offer}, e.take); err != nil {
		t.Fatal(err)
	}
	r := b.receive().(*wire.Request)
	if r.Method != wire.INVITE || r.Recipient.Host != "df7jal23ls0d.invalid" || !strings.Contains(r.Contact().Value(), "transport=ws") {
		t.Errorf("%s", r)
	}
	b.answer(r)
	wait[sip.Answered](t, e)
	_ = conn.CloseNow()
	if got := <-news; got != "acc-alicefalse" {
		t.Errorf("news %q", got)
	}
	wait[sip.Lost](t, e)

	if conn, err = connect("sip"); err != nil {
		t.Fatal(err)
	}
	b = browser{t, conn}
	b.register()
	contact = stack.Contacts("acc-alice")[0]
	if _, err := stack.Dial(sip.Target{Contact: &contact, SDP: offer}, e.take); err != nil {
		t.Fatal(err)
	}
	b.receive()
	stack.Drop("acc-alice")
	wait[sip.Lost](t, e)
	for {
		if _, _, err := conn.Read(t.Context()); err != nil {
			break
		}
	}
}

// TestSipp runs Debian's sipp against the stack: registrations, calls, cancelled calls, and refused passwords.
func TestSipp(t *testing.T) {
	t.Parallel()
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("sipp is not installed: make needs")
	}
	stack, addr := real(t, nil)
	stack.Handle(ringing{})
	for scenario, calls := range map[string]string{"register": "20", "invite": "20", "cancel": "20", "wrong": "3"} {
		t.Run(scenario, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
			defer stop()
			script, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(ctx, sipp, addr, "-sf", script, "-m", calls, "-r", "50",
				"-i", "127.0.0.1", "-s", "100", "-au", "alice", "-ap", map[bool]string{true: "wrong", false: "wonderland"}[scenario == "wrong"],
				"-nostdin", "-timeout", "25s", "-timeout_error", "-recv_timeout", "8000")
			cmd.Dir = t.TempDir()
			if out, err := cmd.CombinedOutput(); err != nil {
				lines := strings.Split(string(out), "\n")
				t.Fatalf("%v\n%s", err, strings.Join(lines[max(0, len(lines)-40):], "\n"))
			}
		})
	}
}

// ringing answers every call to 100 that is not cancelled before: sipp's scenario says by a header what it wants.
type ringing struct{}

func (ringing) Invite(in *sip.Incoming) {
	in.Listen(func(*sip.Leg, sip.Event) {})
	_ = in.Ring()
	if in.Header("X-Wants") == "answer" {
		_ = in.Answer(reply)
	}
}
