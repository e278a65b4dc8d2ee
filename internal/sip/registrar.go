package sip

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwether/internal/sip/wire"
)

// Contact is one phone that an account has registered with.
type Contact struct {
	Account   string
	Key       string // unique in the account: the instance where the phone names one (RFC 5626), else its URI
	URI       string // as the phone gave it
	Source    netip.AddrPort
	Transport string
	Path      string // the proxy it came through (RFC 3327)
	Agent     string
	Version   int64 // of the password it proved, see Secret
	Since     time.Time
	Expires   time.Time
	CallID    string
	CSeq      uint32
}

// Browser tells whether the phone is a page: nothing else signals over WebSocket.
func (c Contact) Browser() bool { return c.Transport == wire.WS || c.Transport == wire.WSS }

// Bindings keeps contacts over a restart. Its functions run before the phone is answered.
type Bindings interface {
	Load(ctx context.Context) ([]Contact, error)
	Save(ctx context.Context, c Contact) error
	Remove(ctx context.Context, account, key string) error
}

type forgetful struct{}

func (forgetful) Load(context.Context) ([]Contact, error)      { return nil, nil }
func (forgetful) Save(context.Context, Contact) error          { return nil }
func (forgetful) Remove(context.Context, string, string) error { return nil }

// binding is a contact and the way to it.
type binding struct {
	Contact
	flow    wire.Flow
	heard   time.Time // when it was last known to be there
	probing bool
	missed  int
	gone    chan struct{} // closed when it is out of the table
}

// registrar knows where the accounts' phones are (RFC 3261 section 10).
type registrar struct {
	s    *Stack
	mu   sync.Mutex
	by   map[string][]*binding // the oldest first
	at   map[place]int         // how many of them are where
	wsWG sync.WaitGroup
}

// place is where a phone writes from.
type place struct {
	transport string
	source    netip.AddrPort
}

func (b *binding) place() place { return place{b.Transport, b.Source} }

// hasFlow tells whether a phone is registered over a flow.
func (g *registrar) hasFlow(flow wire.Flow) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at[place{flow.Transport, flow.Remote}] > 0
}

func newRegistrar(s *Stack) *registrar {
	return &registrar{s: s, by: map[string][]*binding{}, at: map[place]int{}}
}

// load reads what was kept. Phones behind UDP are there still; connections are not.
func (g *registrar) load(ctx context.Context) error {
	kept, err := g.s.cfg.Bindings.Load(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, c := range kept {
		if c.Transport != wire.UDP || now.After(c.Expires) {
			_ = g.s.cfg.Bindings.Remove(ctx, c.Account, c.Key)
			continue
		}
		g.add(&binding{Contact: c, heard: now, gone: make(chan struct{})})
	}
	return nil
}

func (g *registrar) wait() { g.wsWG.Wait() }

// register answers REGISTER.
func (g *registrar) register(tx *wire.ServerTx) {
	r := tx.Request
	secret, user, ok := g.s.authenticate(tx)
	if !ok {
		return
	}
	if !strings.EqualFold(r.To().Address.User, user) {
		tx.Respond(wire.Answer(r, 403, wire.Token()))
		return
	}
	changes, all, code := g.read(r, secret, tx.Flow)
	if code == 0 {
		code = g.change(r, secret, changes, all)
	}
	res := wire.Answer(r, code, wire.Token())
	switch code {
	case 423:
		res.AppendHeader(wire.NewHeader("Min-Expires", strconv.Itoa(int(g.s.cfg.LeastExpiry/time.Second))))
	case 200:
		g.list(res, r, secret.Account)
	}
	tx.Respond(res)
}

// read turns the Contact headers into bindings, those to be removed with an Expires of zero. all is Contact: *.
func (g *registrar) read(r *wire.Request, secret Secret, flow wire.Flow) (changes []*binding, all bool, code int) {
	whole, said := wire.Seconds(wire.Value(r, "Expires"))
	if !said {
		whole = int(g.s.cfg.MostExpiry / time.Second)
	}
	now := time.Now()
	for _, h := range r.GetHeaders("Contact") {
		c := h.(*wire.Contact)
		if c.Address.Wildcard {
			if !said || whole != 0 || len(r.GetHeaders("Contact")) != 1 {
				return nil, false, 400
			}
			return nil, true, 0
		}
		seconds := whole
		if own, found := c.Params.Get("expires"); found {
			if n, ok := wire.Seconds(own); ok {
				seconds = n
			}
		}
		life := min(time.Duration(seconds)*time.Second, g.s.cfg.MostExpiry)
		if seconds > 0 && life < g.s.cfg.LeastExpiry {
			return nil, false, 423
		}
		b := &binding{flow: flow, heard: now, gone: make(chan struct{}), Contact: Contact{
			Account: secret.Account, Version: secret.Version, URI: c.Address.String(), Source: flow.Remote, Transport: flow.Transport, Path: wire.Value(r, "Path"),
			Agent: printable(wire.Value(r, "User-Agent"), 128), Since: now, CallID: r.CallID().Value(), CSeq: r.CSeq().SeqNo,
		}}
		if seconds > 0 {
			b.Expires = now.Add(life)
		}
		if _, err := wire.ParseURI(b.URI); err != nil || len(b.URI) > 512 {
			return nil, false, 400
		}
		b.Key = b.keyOf(c)
		changes = append(changes, b)
	}
	return changes, false, 0
}

// keyOf: an instance with a reg-id is one phone whatever address it has (RFC 5626 section 6); so is one that names an instance
// alone. Others are known by their URI.
func (b *binding) keyOf(c *wire.Contact) string {
	instance, found := c.Params.Get("+sip.instance")
	if !found || len(instance) > 256 {
		return b.URI
	}
	return strings.Trim(instance, `"<>`) + "#" + c.Params.GetOr("reg-id", "0")
}

// change makes the changes of one REGISTER, all or none, and tells the code to answer with.
func (g *registrar) change(r *wire.Request, secret Secret, changes []*binding, all bool) int {
	account, most := secret.Account, secret.Most
	if most == 0 {
		most = g.s.cfg.Contacts
	}
	g.mu.Lock()
	for _, b := range changes {
		if old := g.find(account, b.Key); old != nil && old.CallID == b.CallID && old.CSeq >= b.CSeq {
			g.mu.Unlock()
			return 500 // out of order (RFC 3261 section 10.3)
		}
	}
	gone := g.replaced(account, most, changes, all)
	g.mu.Unlock()
	if err := g.keepAll(changes, gone); err != nil {
		g.s.cfg.Log.Error("bindings are not kept", "error", err)
		return 500
	}
	g.mu.Lock()
	before := len(g.by[account]) > 0
	for _, b := range gone {
		g.drop(account, b.Key)
	}
	for _, b := range changes {
		g.put(b)
	}
	after := len(g.by[account]) > 0
	g.mu.Unlock()
	if before != after {
		g.s.cfg.Presence(account, after)
	}
	return 200
}

// replaced are the bindings that a change ends: those to be removed, and the oldest beyond the limit.
func (g *registrar) replaced(account string, most int, changes []*binding, all bool) []*binding {
	if all {
		return slices.Clone(g.by[account])
	}
	var gone []*binding
	stay := slices.Clone(g.by[account])
	added := 0
	for _, b := range changes {
		i := slices.IndexFunc(stay, func(old *binding) bool { return old.Key == b.Key })
		if i >= 0 {
			if b.Expires.IsZero() {
				gone = append(gone, stay[i])
			}
			stay = slices.Delete(stay, i, i+1)
		}
		if !b.Expires.IsZero() {
			added++
		}
	}
	for len(stay) > 0 && len(stay)+added > most {
		gone = append(gone, stay[0])
		stay = stay[1:]
	}
	return gone
}

func (g *registrar) keepAll(changes, gone []*binding) error {
	ctx, stop := context.WithTimeout(g.s.context, 5*time.Second)
	defer stop()
	for _, b := range gone {
		if err := g.s.cfg.Bindings.Remove(ctx, b.Account, b.Key); err != nil {
			return err
		}
	}
	for _, b := range changes {
		if b.Expires.IsZero() {
			continue
		}
		if err := g.s.cfg.Bindings.Save(ctx, b.Contact); err != nil {
			return err
		}
	}
	return nil
}

// put adds or renews a binding; the lock is held. A WebSocket binding ends with its connection.
func (g *registrar) put(b *binding) {
	if b.Expires.IsZero() {
		return
	}
	if old := g.find(b.Account, b.Key); old != nil {
		b.Since = old.Since
		bound := old.flow.Same(b.flow)
		g.drop(b.Account, b.Key)
		defer func() {
			if !bound && old.flow.Bound() {
				old.flow.Close()
			}
		}()
	}
	g.add(b)
	if b.flow.Reliable() {
		g.wsWG.Go(func() {
			select {
			case <-b.flow.Done():
				g.remove(b)
			case <-b.gone:
			case <-g.s.context.Done():
			}
		})
	}
}

// add puts a binding into the table.
func (g *registrar) add(b *binding) {
	g.by[b.Account] = append(g.by[b.Account], b)
	g.at[b.place()]++
	g.s.guard.know(b.Source.Addr())
}

// remove ends a binding from our side, unless it has been renewed.
func (g *registrar) remove(b *binding) {
	g.mu.Lock()
	if g.find(b.Account, b.Key) != b {
		g.mu.Unlock()
		return
	}
	g.drop(b.Account, b.Key)
	offline := len(g.by[b.Account]) == 0
	g.mu.Unlock()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if err := g.s.cfg.Bindings.Remove(ctx, b.Account, b.Key); err != nil {
		g.s.cfg.Log.Error("a binding is not removed", "error", err)
	}
	if offline {
		g.s.cfg.Presence(b.Account, false)
	}
}

func (g *registrar) drop(account, key string) {
	list := g.by[account]
	i := slices.IndexFunc(list, func(b *binding) bool { return b.Key == key })
	if i < 0 {
		return
	}
	g.s.guard.forget(list[i].Source.Addr())
	if at := list[i].place(); g.at[at] > 1 {
		g.at[at]--
	} else {
		delete(g.at, at)
	}
	close(list[i].gone)
	if list = slices.Delete(slices.Clone(list), i, i+1); len(list) == 0 {
		delete(g.by, account)
		return
	}
	g.by[account] = list
}

func (g *registrar) find(account, key string) *binding {
	for _, b := range g.by[account] {
		if b.Key == key {
			return b
		}
	}
	return nil
}

// list tells the phone what is registered (RFC 3261 section 10.3, RFC 3327, RFC 5626).
func (g *registrar) list(res *wire.Response, r *wire.Request, account string) {
	for _, c := range g.s.Contacts(account) {
		uri, err := wire.ParseURI(c.URI)
		if err != nil {
			continue
		}
		left := strconv.Itoa(max(1, int(time.Until(c.Expires).Round(time.Second)/time.Second)))
		res.AppendHeader(&wire.Contact{Address: uri, Params: wire.Params{{K: "expires", V: left}}})
	}
	if path := wire.Value(r, "Path"); path != "" {
		res.AppendHeader(wire.NewHeader("Path", path))
	}
	for _, h := range r.GetHeaders("Contact") {
		if h.(*wire.Contact).Params.Has("reg-id") && wire.Has(r, "Supported", "outbound") {
			res.AppendHeader(wire.NewHeader("Require", "outbound"))
			break
		}
	}
}

// Contacts lists the phones of an account, the latest first.
func (s *Stack) Contacts(account string) []Contact {
	s.registrar.mu.Lock()
	defer s.registrar.mu.Unlock()
	var all []Contact
	for _, b := range slices.Backward(s.registrar.by[account]) {
		all = append(all, b.Contact)
	}
	return all
}

// Online lists the accounts that have a phone registered.
func (s *Stack) Online() []string {
	s.registrar.mu.Lock()
	defer s.registrar.mu.Unlock()
	var all []string
	for account := range s.registrar.by {
		all = append(all, account)
	}
	return all
}

// Drop ends all registrations of an account at once, and the connections they came over: it is blocked (Rule T-67).
func (s *Stack) Drop(account string) { s.dropIf(account, func(*binding) bool { return true }) }

// DropStale ends the registrations of an account that proved another password than the present one (Rule T-42).
func (s *Stack) DropStale(account string, version int64) {
	s.dropIf(account, func(b *binding) bool { return b.Version != version })
}

func (s *Stack) dropIf(account string, goes func(*binding) bool) {
	g := s.registrar
	g.mu.Lock()
	var list []*binding
	for _, b := range g.by[account] {
		if goes(b) {
			list = append(list, b)
		}
	}
	g.mu.Unlock()
	for _, b := range list {
		g.remove(b)
		b.flow.Close()
	}
}

// contactFlow is the way to a phone: the connection it came over, or its address as we saw it.
func (s *Stack) contactFlow(c Contact) (wire.Flow, error) {
	s.registrar.mu.Lock()
	b := s.registrar.find(c.Account, c.Key)
	s.registrar.mu.Unlock()
	if b != nil && b.flow.Open() {
		return b.flow, nil
	}
	if c.Transport != wire.UDP {
		return wire.Flow{}, wire.ErrGone
	}
	return s.wire.Reach(s.context, wire.Hop{Transport: wire.UDP, Addr: c.Source})
}

// keep ends what has expired and asks phones behind UDP whether they are there, which keeps the way through their NAT open.
func (g *registrar) keep() {
	every := g.s.cfg.KeepAlive
	if every <= 0 || every > 5*time.Second {
		every = 5 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-g.s.context.Done():
			return
		case <-tick.C:
			g.round(time.Now())
		}
	}
}

func (g *registrar) round(now time.Time) {
	var expired, silent []*binding
	g.mu.Lock()
	for _, list := range g.by {
		for _, b := range list {
			switch {
			case now.After(b.Expires):
				expired = append(expired, b)
			case g.s.cfg.KeepAlive > 0 && b.Transport == wire.UDP && !b.probing && now.Sub(b.heard) >= g.s.cfg.KeepAlive:
				b.probing = true
				silent = append(silent, b)
			}
		}
	}
	g.mu.Unlock()
	for _, b := range expired {
		g.remove(b)
	}
	for _, b := range silent {
		g.probe(b)
	}
}

// probe sends OPTIONS. A phone that twice does not answer is gone; any answer will do.
func (g *registrar) probe(b *binding) {
	flow, err := g.s.contactFlow(b.Contact)
	if err != nil {
		g.remove(b)
		return
	}
	uri, _ := wire.ParseURI(b.URI)
	g.s.options(uri, flow, func(res *wire.Response, _ error) {
		g.mu.Lock()
		b.probing, b.heard = false, time.Now()
		b.missed++
		if res != nil {
			b.missed = 0
		}
		gone := b.missed >= 2
		g.mu.Unlock()
		if gone {
			g.remove(b)
		}
	})
}

// options asks a peer whether it is there (RFC 3261 section 11).
func (s *Stack) options(uri wire.URI, flow wire.Flow, done func(*wire.Response, error)) {
	r := s.outside(wire.OPTIONS, uri, Party{}, wire.Token(), 1)
	r.AppendHeader(wire.NewHeader("Accept", accepted))
	s.wire.Send(r, flow, func(result wire.Result) {
		if result.Err != nil || result.Response.StatusCode >= 200 {
			done(result.Response, result.Err)
		}
	})
}

// outside makes a request outside of dialogs.
func (s *Stack) outside(method wire.Method, uri wire.URI, as Party, callID string, seq uint32) *wire.Request {
	r := wire.NewRequest(method, uri)
	from := wire.From{Address: wire.URI{Scheme: "sip", User: as.User, Host: s.host()}, Params: wire.Params{{K: "tag", V: wire.Token()}}}
	if as.Host != "" {
		from.Address.Host = as.Host
	}
	to := wire.To{Address: uri}
	to.Address.UriParams, to.Address.Headers = nil, nil
	if method == wire.REGISTER {
		to.Address = from.Address
	}
	id := wire.CallID(callID)
	r.AppendHeader(&from)
	r.AppendHeader(&to)
	r.AppendHeader(&id)
	r.AppendHeader(&wire.CSeq{SeqNo: seq, MethodName: method})
	return r
}
