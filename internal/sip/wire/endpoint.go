package wire

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Class is how a source is treated, told by its address before anything is read.
type Class uint8

const (
	// Refused: nothing of it is read.
	Refused Class = iota
	// Stranger: it waits behind those who are known, and what does not fit into the queue is lost.
	Stranger
	// Known is a registered phone, a trunk, or a peer of a running call.
	Known
)

// User takes what comes in. Calls of one connection, and of all UDP sources, come one at a time, in order.
type User interface {
	// Request is a new request, in a transaction of its own. CANCEL comes through ServerTx.OnCancel, and ACK of a refusal not at all.
	Request(tx *ServerTx)
	// Ack is the ACK of a 2xx.
	Ack(ack *Request, from Flow)
	// Stray is a 2xx of INVITE without a transaction: a fork that answers late.
	Stray(res *Response, from Flow)
}

// Config of an Endpoint. The zero value of a field is its default.
type Config struct {
	T1, T2, T4 time.Duration // RFC 3261 section 17.1.1.1: 500 ms, 4 s, 5 s

	Public    string // the host in Via and Contact: a name or an address; without it the address of the socket
	Agent     string // User-Agent and Server
	ClientTLS *tls.Config

	// Admit decides about a source, for each datagram, connection and message of strangers. Without it all are strangers.
	Admit func(source netip.Addr, transport string) Class
	// Malformed tells of a source that sent what cannot be SIP.
	Malformed func(source netip.Addr)
	// Count counts what happens: ("in", "INVITE"), ("dropped", "not SIP"), ("refused", "400 two CSeq"), ("tx", "timeout").
	Count func(what, label string)

	MaxConnections int // streams and WebSockets together; 20,000
	MaxPerSource   int // ... of one address; 500
	Dial           func(ctx context.Context, network, address string) (net.Conn, error)
	Resolver       Resolver
	Log            *slog.Logger
}

func (c Config) filled() Config {
	fill := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	fill(&c.T1, 500*time.Millisecond)
	fill(&c.T2, 4*time.Second)
	fill(&c.T4, 5*time.Second)
	if c.Admit == nil {
		c.Admit = func(netip.Addr, string) Class { return Stranger }
	}
	if c.Malformed == nil {
		c.Malformed = func(netip.Addr) {}
	}
	if c.Count == nil {
		c.Count = func(string, string) {}
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = 20_000
	}
	if c.MaxPerSource == 0 {
		c.MaxPerSource = 500
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Endpoint is our side of the wire.
type Endpoint struct {
	cfg  Config
	user User
	key  []byte // of tags

	mu      sync.Mutex
	servers map[string]*ServerTx
	clients map[string]*ClientTx
	sockets []*socket
	streams map[netip.AddrPort]map[string]*stream // by remote address and transport: to use again
	open    map[link]bool
	sources map[netip.Addr]int // connections by address
	closed  bool

	stop    context.CancelFunc
	context context.Context
	running sync.WaitGroup
}

// New makes an endpoint that listens nowhere yet.
func New(cfg Config, user User) *Endpoint {
	ctx, stop := context.WithCancel(context.Background())
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key)
	return &Endpoint{
		cfg: cfg.filled(), user: user, key: key, context: ctx, stop: stop,
		servers: map[string]*ServerTx{}, clients: map[string]*ClientTx{},
		streams: map[netip.AddrPort]map[string]*stream{}, open: map[link]bool{}, sources: map[netip.Addr]int{},
	}
}

// Close ends all sockets, connections and transactions, and waits for their goroutines.
func (e *Endpoint) Close() {
	e.stop()
	e.mu.Lock()
	e.closed = true
	var links []link
	for l := range e.open {
		links = append(links, l)
	}
	servers, clients := e.servers, e.clients
	e.servers, e.clients = map[string]*ServerTx{}, map[string]*ClientTx{}
	e.mu.Unlock()
	for _, tx := range servers {
		tx.abandon()
	}
	for _, tx := range clients {
		tx.Abandon()
	}
	for _, l := range links {
		l.close()
	}
	e.running.Wait()
}

// T1 is the estimate of a round trip that all timers are made of.
func (e *Endpoint) T1() time.Duration { return e.cfg.T1 }

// T2 is the longest wait between retransmissions.
func (e *Endpoint) T2() time.Duration { return e.cfg.T2 }

// track notes an open link and, of a connection, its source; false where there are too many or the endpoint is closed.
func (e *Endpoint) track(l link, from netip.Addr) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || from.IsValid() && (len(e.open) >= e.cfg.MaxConnections || e.sources[from] >= e.cfg.MaxPerSource) {
		return false
	}
	e.open[l] = true
	if from.IsValid() {
		e.sources[from]++
	}
	e.running.Add(1)
	return true
}

func (e *Endpoint) untrack(l link, from netip.Addr) {
	e.mu.Lock()
	delete(e.open, l)
	if from.IsValid() {
		if e.sources[from]--; e.sources[from] <= 0 {
			delete(e.sources, from)
		}
	}
	var orphans []*ClientTx
	for _, tx := range e.clients {
		if tx.Flow.link == l {
			orphans = append(orphans, tx)
		}
	}
	e.mu.Unlock()
	for _, tx := range orphans { // no answer can come any more
		tx.fail(ErrGone)
	}
	e.running.Done()
}

// receive takes one whole message off a link.
func (e *Endpoint) receive(data []byte, from Flow) {
	m, raw, fault := Parse(data)
	if fault != nil {
		e.refuse(raw, fault, len(data), from)
		return
	}
	switch m := m.(type) {
	case *Request:
		e.cfg.Count("in", methodLabel(m.Method))
		mark(m, from)
		e.request(m, len(data), from)
	case *Response:
		e.cfg.Count("in", strconv.Itoa(m.StatusCode/100)+"xx")
		e.response(m, from)
	}
}

// Tag is the tag of an answer to a request of which nothing is kept: the same for each copy of it (RFC 3261 section 8.2.7).
func (e *Endpoint) Tag(r *Request) string {
	mac := hmac.New(sha256.New, e.key)
	for _, part := range []string{r.Via().Value(), r.From().Value(), r.CallID().Value(), r.CSeq().Value()} {
		mac.Write([]byte(part + "\n"))
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// methodLabel bounds the labels of a counter: anybody can invent methods.
func methodLabel(m Method) string {
	switch m {
	case INVITE, ACK, CANCEL, BYE, REGISTER, OPTIONS, SUBSCRIBE, NOTIFY, REFER, INFO, MESSAGE, PRACK, UPDATE, PUBLISH:
		return string(m)
	}
	return "other"
}

// refuse answers what cannot be read, once; not at a length that would be of use to whoever forges addresses (Rule T-72).
func (e *Endpoint) refuse(raw *text, fault *Fault, size int, from Flow) {
	e.cfg.Malformed(from.Remote.Addr())
	if raw != nil && fault.Code != 0 {
		if answer := raw.refusal(fault, from); answer != nil && (from.Reliable() || len(answer) <= mostAnswer*size) {
			e.cfg.Count("refused", strconv.Itoa(fault.Code)+" "+fault.Why)
			_ = from.write(answer)
			return
		}
	}
	e.cfg.Count("dropped", fault.Why)
}

// mark writes into the first Via where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
func mark(r *Request, from Flow) {
	via := r.Via()
	source := from.Remote.Addr().Unmap().String()
	if via.Params.Has("rport") {
		via.Params.Add("rport", strconv.Itoa(int(from.Remote.Port())))
		via.Params.Add("received", source)
	} else if via.Host != source {
		via.Params.Add("received", source)
	}
}

// Write sends a request outside of transactions, as the ACK of a 2xx is sent, under a branch of its own. It gives the bytes,
// for ACKs are sent again.
func (e *Endpoint) Write(r *Request, to Flow) ([]byte, error) {
	e.stamp(r, to, newBranch())
	data := []byte(r.String())
	return data, to.write(data)
}

// Resend sends bytes as they were sent before.
func (e *Endpoint) Resend(data []byte, to Flow) error { return to.write(data) }

func newBranch() string { return sip.RFC3261BranchMagicCookie + Token() }

// stamp puts our Via on top, and what every request of ours has.
func (e *Endpoint) stamp(r *Request, to Flow, branch string) {
	host, port := e.sentBy(to)
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: to.Transport, Host: host, Port: port}
	via.Params = Params{{K: "branch", V: branch}}
	if to.Transport == UDP {
		via.Params.Add("rport", "")
	}
	r.PrependHeader(via)
	if r.MaxForwards() == nil {
		hops := sip.MaxForwardsHeader(70)
		r.AppendHeader(&hops)
	}
	if e.cfg.Agent != "" && r.GetHeader("User-Agent") == nil {
		r.AppendHeader(NewHeader("User-Agent", e.cfg.Agent))
	}
	if r.ContentLength() == nil {
		r.SetBody(r.Body())
	}
}

// sentBy is the host and port that a peer of this flow is told.
func (e *Endpoint) sentBy(to Flow) (string, int) {
	local := to.Local()
	if e.cfg.Public != "" {
		return e.cfg.Public, e.listenPort(to.Transport, local)
	}
	return e.outward(to).Unmap().String(), e.listenPort(to.Transport, local)
}

// ContactURI is where the peer of this flow reaches us with requests.
func (e *Endpoint) ContactURI(user string, to Flow) URI {
	host, port := e.sentBy(to)
	uri := URI{Scheme: "sip", User: user, Host: host, Port: port}
	if to.Transport != UDP {
		uri.UriParams = Params{{K: "transport", V: transportParam(to.Transport)}}
	}
	return uri
}
