package siptest

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/sip/wire"
)

// Patience is how long a Peer waits for a message: longer than any timer of RFC 3261.
const Patience = 40 * time.Second

// SDP is an offer or answer of one audio stream, enough where nobody sends media.
func SDP(host string, port int) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n", host, port)
}

// Peer sends and expects single messages, as a script of sipp does. It has no transactions: what it is to repeat or leave out, the
// test says.
type Peer struct {
	t    testing.TB
	conn net.PacketConn
	to   net.Addr
	Host string // its address, for Via and Contact
	User string
	Tag  string

	in    chan *Message
	alive atomic.Bool // it answers OPTIONS
	mu    sync.Mutex
	last  map[string]string // the last answer to each request, for its retransmissions
}

// AnswerProbes answers OPTIONS with 200 from now on, without telling: however long a test takes, the peer is there.
func (p *Peer) AnswerProbes() { p.alive.Store(true) }

// Message is one that a Peer has received.
type Message struct {
	wire.Message
	Raw  string
	From net.Addr
}

// Is tells whether a message is a request of that method, or a response of that code ("180") or class ("2xx").
func (m *Message) Is(what string) bool {
	switch x := m.Message.(type) {
	case *wire.Request:
		return string(x.Method) == what
	case *wire.Response:
		code := strconv.Itoa(x.StatusCode)
		return code == what || strings.HasSuffix(what, "xx") && code[0] == what[0]
	}
	return false
}

// Value gives the value of a header, or "".
func (m *Message) Value(name string) string { return wire.Value(m.Message, name) }

// NewPeer makes a peer on a socket that writes to an address. It is closed with the test.
func NewPeer(t testing.TB, conn net.PacketConn, to string, user string) *Peer {
	t.Helper()
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	p := &Peer{t: t, conn: conn, to: addr, Host: conn.LocalAddr().String(), User: user, Tag: wire.Token(), in: make(chan *Message, 10_000), last: map[string]string{}}
	done := make(chan struct{})
	go p.read(done)
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return p
}

// read takes messages off the socket. What is a retransmission of what came before is answered as before and not told.
func (p *Peer) read(done chan<- struct{}) {
	defer close(done)
	buffer := make([]byte, wire.MaxMessage)
	seen := map[string]bool{}
	for {
		n, from, err := p.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		raw := string(buffer[:n])
		m, _, fault := wire.Parse([]byte(raw))
		if fault != nil {
			continue
		}
		if seen[raw] {
			p.mu.Lock()
			again := p.last[id(m)]
			p.mu.Unlock()
			if again != "" {
				_, _ = p.conn.WriteTo([]byte(again), from)
			}
			continue
		}
		seen[raw] = true
		message := &Message{m, raw, from}
		if p.alive.Load() && message.Is("OPTIONS") {
			p.Reply(message, 200, nil)
			continue
		}
		select {
		case p.in <- message:
		default:
		}
	}
}

func id(m wire.Message) string {
	branch, _ := m.Via().Params.Get("branch")
	return branch + string(m.CSeq().MethodName)
}

// Expect waits for a message of one of the kinds (see Is) and skips others.
func (p *Peer) Expect(kinds ...string) *Message {
	p.t.Helper()
	m := p.Await(Patience, kinds...)
	if m == nil {
		p.t.Fatalf("%s: no %v came", p.User, kinds)
	}
	return m
}

// Await is Expect with a time of its own, after which it gives nil.
func (p *Peer) Await(within time.Duration, kinds ...string) *Message {
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	for {
		select {
		case m := <-p.in:
			for _, kind := range kinds {
				if m.Is(kind) {
					return m
				}
			}
		case <-timeout.C:
			return nil
		}
	}
}

// Write sends text as it stands; line feeds become CRLF.
func (p *Peer) Write(text string) {
	_, _ = p.conn.WriteTo([]byte(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")), p.to)
}

// WriteRaw sends bytes as they stand.
func (p *Peer) WriteRaw(data []byte) { _, _ = p.conn.WriteTo(data, p.to) }

// Call is a dialog as a Peer has it: what its requests carry.
type Call struct {
	ID, From, To string // Call-ID, and the values of From and To with tags
	Target       string // request URI
	Seq          int
	Branch       string // of the last request
	Routes       []string
}

// NewCall is a call to a user of the stack.
func (p *Peer) NewCall(user string) *Call {
	host := p.to.String()
	return &Call{
		ID: wire.Token(), From: "<sip:" + p.User + "@" + host + ">;tag=" + wire.Token(), To: "<sip:" + user + "@" + host + ">",
		Target: "sip:" + user + "@" + host,
	}
}

// Request sends a request of a call: its CSeq is the next, but for ACK and CANCEL. Extra are header lines; one of Contact takes the place
// of the peer's own, and "Contact:" leaves it out.
func (p *Peer) Request(c *Call, method string, body []byte, extra ...string) {
	if method != "ACK" && method != "CANCEL" {
		c.Seq++
	}
	if method != "CANCEL" {
		c.Branch = "z9hG4bK" + wire.Token()
	}
	p.RequestAs(c, method, c.Seq, c.Branch, body, extra...)
}

// RequestAs sends a request with a CSeq and branch of one's own.
func (p *Peer) RequestAs(c *Call, method string, seq int, branch string, body []byte, extra ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\n", method, c.Target, p.Host, branch)
	for _, route := range c.Routes {
		fmt.Fprintf(&b, "Route: %s\r\n", route)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n", c.From, c.To, c.ID, seq, method)
	contact := "Contact: <sip:" + p.User + "@" + p.Host + ">\r\n"
	for _, line := range extra {
		if strings.HasPrefix(line, "Contact:") {
			contact = ""
		}
		if line != "Contact:" {
			b.WriteString(line + "\r\n")
		}
	}
	b.WriteString(contact)
	if len(body) > 0 && !strings.Contains(b.String(), "Content-Type") {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	_, _ = p.conn.WriteTo([]byte(b.String()), p.to)
}

// Up makes the call a dialog by a response: its tag and Contact.
func (c *Call) Up(m *Message) {
	c.To = m.Value("To")
	if r, ok := m.Message.(*wire.Response); ok && r.Contact() != nil {
		c.Target = r.Contact().Address.String()
	}
}

// Answered is the call of an INVITE that the peer has received and answers with its tag.
func (p *Peer) Answered(invite *Message) *Call {
	r := invite.Message.(*wire.Request)
	return &Call{ID: r.CallID().Value(), From: p.tagged(invite), To: invite.Value("From"), Target: r.Contact().Address.String()}
}

func (p *Peer) tagged(m *Message) string {
	to := m.Value("To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=" + p.Tag
	}
	return to
}

// Reply answers a request. Extra are header lines.
func (p *Peer) Reply(m *Message, code int, body []byte, extra ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", code, wire.Reason(code))
	for _, name := range []string{"Via", "Record-Route"} {
		for _, h := range m.GetHeaders(name) {
			b.WriteString(name + ": " + h.Value() + "\r\n")
		}
	}
	to := m.Value("To")
	if code > 100 {
		to = p.tagged(m)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:%s@%s>\r\n", m.Value("From"), to, m.Value("Call-ID"), m.Value("CSeq"), p.User, p.Host)
	for _, line := range extra {
		b.WriteString(line + "\r\n")
	}
	if len(body) > 0 {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.mu.Lock()
	p.last[id(m.Message)] = b.String()
	p.mu.Unlock()
	_, _ = p.conn.WriteTo([]byte(b.String()), m.From)
}
