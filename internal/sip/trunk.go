package sip

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/sip/wire"
)

// Trunk is a line to the telephone network.
type Trunk struct {
	ID       string
	Servers  []string // sip:host:port;transport=tcp, in the order to be tried
	Host     string   // the domain of its URIs; that of the first server
	Sources  []netip.Prefix
	User     string // with Password: how we sign in
	Password string
	Realm    string
	Foreign  bool          // a project's: its servers are on the public network (Rule T-71), and nobody has proven that its addresses are its carrier's
	Register bool          // calls come to us only where we register
	Expires  time.Duration // of the registration; 5 minutes
	Probe    time.Duration // how often servers are sent OPTIONS; 30 s, negative: never
}

// TrunkState is how a trunk does.
type TrunkState struct {
	Up         bool // calls can go out: a server answers, and we are registered where we have to be
	Registered bool
	Servers    map[string]bool // by URI: whether it answered the last OPTIONS
	Why        string          // why it is not up
	Since      time.Time
}

// line is a trunk that is in use.
type line struct {
	Trunk
	s       *Stack
	stop    context.CancelFunc
	context context.Context
	contact string // the user part of our Contact: calls to it are this trunk's, and nobody can guess it

	mu      sync.Mutex
	state   TrunkState
	down    map[string]bool
	sources map[netip.Addr]bool // what the servers' names mean
	settled bool
}

// trunks are the lines by ID.
type trunks struct {
	s       *Stack
	mu      sync.Mutex
	by      map[string]*line
	running sync.WaitGroup
}

func newTrunks(s *Stack) *trunks { return &trunks{s: s, by: map[string]*line{}} }

// SetTrunks says which trunks there are from now on. One that is as it was goes on; a removed one is signed off.
func (s *Stack) SetTrunks(all []Trunk) error {
	for _, t := range all {
		if t.ID == "" || len(t.Servers) == 0 && len(t.Sources) == 0 {
			return errs.New(errs.Invalid, "sip.bad_trunk", "a trunk needs an ID, and servers or sources").At(t.ID)
		}
		for _, server := range t.Servers {
			if _, err := wire.ParseURI(server); err != nil {
				return errURI(server)
			}
		}
	}
	s.trunks.set(all)
	return nil
}

// TrunkState tells how a trunk does; false where there is none.
func (s *Stack) TrunkState(id string) (TrunkState, bool) {
	l := s.trunks.get(id)
	if l == nil {
		return TrunkState{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	state := l.state
	state.Servers = map[string]bool{}
	for _, server := range l.Servers {
		state.Servers[server] = !l.down[server]
	}
	return state, true
}

func (t *trunks) get(id string) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.by[id]
}

func (t *trunks) set(all []Trunk) {
	t.mu.Lock()
	wanted := map[string]Trunk{}
	for _, trunk := range all {
		wanted[trunk.ID] = trunk
	}
	for id, l := range t.by {
		if trunk, stays := wanted[id]; !stays || !same(trunk, l.Trunk) {
			l.stop()
			delete(t.by, id)
		}
	}
	var prefixes []netip.Prefix
	for id, trunk := range wanted {
		if !trunk.Foreign {
			prefixes = append(prefixes, trunk.Sources...)
		}
		if t.by[id] == nil {
			t.by[id] = t.start(trunk)
		}
	}
	t.mu.Unlock()
	t.s.guard.setTrunks(prefixes)
	if all == nil {
		t.running.Wait()
	}
}

func same(a, b Trunk) bool {
	return slices.Equal(a.Servers, b.Servers) && slices.Equal(a.Sources, b.Sources) && a.Host == b.Host && a.User == b.User &&
		a.Password == b.Password && a.Realm == b.Realm && a.Foreign == b.Foreign && a.Register == b.Register && a.Expires == b.Expires && a.Probe == b.Probe
}

func (t *trunks) start(trunk Trunk) *line {
	l := &line{Trunk: trunk, s: t.s, contact: "t" + wire.Token(), down: map[string]bool{}, sources: map[netip.Addr]bool{}}
	if l.Host == "" && len(l.Servers) > 0 {
		uri, _ := wire.ParseURI(l.Servers[0])
		l.Host = uri.Host
	}
	if l.Expires == 0 {
		l.Expires = 5 * time.Minute
	}
	if l.Probe == 0 {
		l.Probe = 30 * time.Second
	}
	l.context, l.stop = context.WithCancel(t.s.context)
	l.state = TrunkState{Up: !trunk.Register, Since: time.Now()}
	t.running.Go(l.watch)
	if trunk.Register {
		t.running.Go(l.register)
	}
	return l
}

// trunkOf finds the trunk that an INVITE came by, and the number it is for: by the Contact that we registered, or by the source's
// address; none where it is an account's, which has to prove itself (Rule T-61).
func (s *Stack) trunkOf(tx *wire.ServerTx) (id, number string, err error) {
	r := tx.Request
	if id, number = s.trunks.called(r); id != "" {
		return id, number, nil
	}
	number = userOf(&r.Recipient)
	among := s.trunks.from(tx.Flow.Remote.Addr())
	if len(among) == 0 || s.auth.credentials(r) != nil || s.registrar.hasFlow(tx.Flow) {
		return "", number, nil
	}
	id, err = s.choose(r, among, number)
	return id, number, err
}

// choose finds out by which of the trunks that name a call's source it came: by that of the leg it is to replace, else by the number.
// An address that the operator alone has written down needs no asking.
func (s *Stack) choose(r *wire.Request, among []*line, number string) (string, error) {
	var ids []string
	for _, l := range among {
		ids = append(ids, l.ID)
	}
	if replaces := wire.Values(r, "Replaces"); len(replaces) == 1 {
		if l, _ := s.toReplace(replaces[0]); l != nil && slices.Contains(ids, l.Trunk) {
			return l.Trunk, nil
		}
	}
	if s.cfg.Choose == nil || len(among) == 1 && !among[0].Foreign {
		return ids[0], nil
	}
	ctx, stop := context.WithTimeout(s.context, 5*time.Second)
	defer stop()
	dialled, _ := Dialled(number)
	return s.cfg.Choose(ctx, ids, dialled)
}

// called finds the trunk whose registered Contact a request is for. A call to the line itself, whose To is no number, has none.
func (t *trunks) called(r *wire.Request) (id, number string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.by {
		if l.Register && r.Recipient.User == l.contact {
			number, _ = Dialled(userOf(&r.To().Address))
			return l.ID, number
		}
	}
	return "", ""
}

// from are the trunks that name an address as theirs, by their IDs.
func (t *trunks) from(source netip.Addr) (among []*line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.by {
		if l.covers(source) {
			among = append(among, l)
		}
	}
	slices.SortFunc(among, func(a, b *line) int { return strings.Compare(a.ID, b.ID) })
	return among
}

func (l *line) covers(from netip.Addr) bool {
	for _, p := range l.Sources {
		if p.Contains(from) {
			return true
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.Sources) == 0 && l.sources[from]
}

func (t *trunks) credentials(id string) *Credentials {
	if l := t.get(id); l != nil && l.User != "" {
		return &Credentials{User: l.User, Password: l.Password, Realm: l.Realm}
	}
	return nil
}

// toTrunk calls a number over a trunk: its servers that answer first, then the others.
func (s *Stack) toTrunk(leg *Leg, target Target) error {
	l := s.trunks.get(target.Trunk)
	if l == nil || len(l.Servers) == 0 {
		return errs.New(errs.NotFound, "sip.no_trunk", "there is no trunk %q that calls can go out by", printable(target.Trunk, 64))
	}
	number, clean := Dialled(target.User)
	if !clean {
		return errs.New(errs.Invalid, "sip.bad_number", "%q cannot be dialled", printable(target.User, 64)).Try("use digits, +, * and #")
	}
	uri, err := wire.ParseURI("sip:" + escapeUser(number) + "@" + l.Host)
	if err != nil {
		return errURI(l.Host)
	}
	leg.Trunk, leg.user, leg.call.uri, leg.creds, leg.foreign = l.ID, l.contact, uri, s.trunks.credentials(l.ID), l.Foreign
	leg.call.target.Proxies = l.inOrder()
	if leg.call.target.From.Host == "" {
		leg.call.target.From.Host = l.Host
	}
	return nil
}

func (l *line) inOrder() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var up, down []string
	for _, server := range l.Servers {
		if l.down[server] {
			down = append(down, server)
		} else {
			up = append(up, server)
		}
	}
	return append(up, down...)
}

// watch asks the servers whether they are there, and keeps what their names mean.
func (l *line) watch() {
	defer l.leave()
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-l.context.Done():
			return
		case <-wait.C:
		}
		for _, server := range l.Servers {
			l.ask(server)
		}
		pause := l.Probe
		if pause < 0 {
			pause = time.Minute // names may change still
		}
		wait.Reset(pause)
	}
}

// leave: the servers are strangers again.
func (l *line) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for from := range l.sources {
		if !l.Foreign {
			l.s.guard.forget(from)
		}
	}
	clear(l.sources)
}

// ask finds out what a server's name means, and whether it is there.
func (l *line) ask(server string) {
	uri, _ := wire.ParseURI(server)
	ctx, stop := context.WithTimeout(l.context, 5*time.Second)
	defer stop()
	hops, err := l.s.hops(ctx, &uri, l.Foreign)
	if err != nil || len(hops) == 0 {
		why := "its name means no address"
		if errors.Is(err, ErrInward) {
			why = "its name means no address of the public network"
		}
		l.mark(server, false, why)
		return
	}
	l.mu.Lock()
	for _, hop := range hops {
		if from := hop.Addr.Addr(); !l.sources[from] {
			l.sources[from] = true
			if !l.Foreign {
				l.s.guard.know(from)
			}
		}
	}
	l.mu.Unlock()
	if l.Probe < 0 {
		return
	}
	flow, err := l.s.wire.Reach(ctx, hops[0])
	if err != nil {
		l.mark(server, false, "no connection")
		return
	}
	l.s.options(uri, flow, func(res *wire.Response, err error) {
		switch {
		case err != nil:
			l.mark(server, false, "no answer")
		case res.StatusCode == 503:
			l.mark(server, false, "out of service")
		default:
			l.mark(server, true, "")
		}
	})
}

// mark notes whether a server answers.
func (l *line) mark(server string, up bool, why string) {
	l.mu.Lock()
	if up {
		delete(l.down, server)
	} else {
		l.down[server] = true
	}
	l.settle(why)
}

// settle tells who wants to know when the trunk has come or gone; it unlocks.
func (l *line) settle(why string) {
	up := (len(l.Servers) == 0 || len(l.down) < len(l.Servers)) && (!l.Register || l.state.Registered)
	changed := up != l.state.Up
	if changed {
		l.state.Up, l.state.Since = up, time.Now()
	}
	l.state.Why = ""
	if !up {
		l.state.Why = why
	}
	tell := changed || !up && !l.settled
	l.settled = true
	l.mu.Unlock()
	if tell && l.context.Err() == nil {
		l.s.cfg.Trunk(l.ID, up, why)
	}
}

// register keeps us registered: again at nine tenths of the time given, after a failure at once at the next server, then after
// 2 s and twice as long each time, up to 5 minutes (RFC 5626 section 4.5).
func (l *line) register() {
	callID, seq := wire.Token(), uint32(0)
	wait := time.NewTimer(0)
	defer wait.Stop()
	failures := 0
	for {
		select {
		case <-l.context.Done():
			l.signOff(callID, seq+10)
			return
		case <-wait.C:
		}
		var given time.Duration
		err := errors.New("no server")
		for _, server := range l.inOrder() {
			if given, err = l.signOn(l.context, server, callID, &seq, l.Expires); err == nil || l.context.Err() != nil {
				break
			}
		}
		pause := given * 9 / 10
		if err != nil {
			pause = min(2*time.Second<<min(failures, 8), 5*time.Minute)
			failures++
		} else {
			failures = 0
		}
		l.registered(err)
		wait.Reset(max(pause, time.Second))
	}
}

func (l *line) registered(err error) {
	l.mu.Lock()
	l.state.Registered = err == nil
	why := ""
	if err != nil {
		why = err.Error()
	}
	l.settle(why)
}

// signOff takes our registration back, without waiting for an answer.
func (l *line) signOff(callID string, seq uint32) {
	l.mu.Lock()
	on := l.state.Registered
	l.mu.Unlock()
	if !on || l.s.context.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	for _, server := range l.inOrder() {
		if _, err := l.signOn(ctx, server, callID, &seq, 0); err == nil {
			return
		}
	}
}

// signOn sends one REGISTER and answers its challenges. It gives the time we are registered for.
func (l *line) signOn(ctx context.Context, server, callID string, seq *uint32, expires time.Duration) (time.Duration, error) {
	uri, _ := wire.ParseURI(server)
	flow, err := l.s.reach(ctx, &uri, l.Foreign)
	if err != nil {
		return 0, err
	}
	creds := Credentials{User: l.User, Password: l.Password, Realm: l.Realm}
	var challenge *wire.Response
	for range 4 {
		*seq++
		r := l.s.outside(wire.REGISTER, wire.URI{Scheme: "sip", Host: l.Host}, Party{User: l.User, Host: l.Host}, callID, *seq)
		r.AppendHeader(&wire.Contact{Address: l.s.wire.ContactURI(l.contact, flow)})
		r.AppendHeader(wire.NewHeader("Expires", seconds(expires)))
		if challenge != nil && !creds.authorize(r, challenge) {
			return 0, errs.New(errs.Denied, "sip.trunk_refused", "no challenge of it can be answered").At(server)
		}
		res, err := l.s.ask(ctx, r, flow)
		switch {
		case err != nil:
			return 0, err
		case res.IsSuccess():
			return l.granted(res, expires), nil
		case challenged(res):
			if challenge != nil && !stillStale(res) {
				return 0, errs.New(errs.Denied, "sip.trunk_refused", "it takes neither user nor password").At(server)
			}
			challenge = res
		case res.StatusCode == 423:
			least, ok := wire.Seconds(wire.Value(res, "Min-Expires"))
			if !ok {
				return 0, errors.New("423 without Min-Expires")
			}
			expires = max(expires, time.Duration(least)*time.Second)
		default:
			return 0, errs.New(errs.Unavailable, "sip.trunk_refused", "it answered %d %s", res.StatusCode, printable(res.Reason, 80)).At(server)
		}
	}
	return 0, errs.New(errs.Denied, "sip.trunk_refused", "it asks again and again").At(server)
}

func stillStale(res *wire.Response) bool {
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, h := range res.GetHeaders(name) {
			if strings.Contains(strings.ToLower(h.Value()), "stale=true") {
				return true
			}
		}
	}
	return false
}

// granted reads for how long: our Contact's expires, else Expires, else what we asked.
func (l *line) granted(res *wire.Response, asked time.Duration) time.Duration {
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*wire.Contact)
		if !ok || c.Address.User != l.contact {
			continue
		}
		if n, ok := wire.Seconds(c.Params.GetOr("expires", "")); ok && n > 0 {
			return time.Duration(n) * time.Second
		}
	}
	if n, ok := wire.Seconds(wire.Value(res, "Expires")); ok && n > 0 {
		return time.Duration(n) * time.Second
	}
	return asked
}

// ask sends a request and waits for its final response.
func (s *Stack) ask(ctx context.Context, r *wire.Request, flow wire.Flow) (*wire.Response, error) {
	results := make(chan wire.Result, 1)
	tx := s.wire.Send(r, flow, func(result wire.Result) {
		if result.Err != nil || result.Response.StatusCode >= 200 {
			select {
			case results <- result:
			default:
			}
		}
	})
	select {
	case <-ctx.Done():
		tx.Abandon()
		return nil, ctx.Err()
	case result := <-results:
		return result.Response, result.Err
	}
}
