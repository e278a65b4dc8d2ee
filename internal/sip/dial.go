package sip

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/sip/wire"
)

// Field is a header to be sent with an INVITE.
type Field struct{ Name, Value string }

// Credentials are what a trunk gave us to sign in with.
type Credentials struct {
	User     string
	Password string
	Realm    string // "" for any
}

// Target is whom to call, and as whom. It names one of URI, Contact and Trunk.
type Target struct {
	URI         string       // sip:user@host
	Foreign     bool         // ... that a project wrote: it leads to no carrier, not to us, and into no private network
	Contact     *Contact     // of an account, from Stack.Contacts
	Trunk       string       // a trunk's ID, with User as the number in the trunk's format
	User        string       // ... or with Contact what was dialled, for To
	Proxies     []string     // the outbound proxy, and those to try after it
	Credentials *Credentials // with URI; a trunk has its own

	From     Party  // who calls, for From
	Asserted string // a number or user for P-Asserted-Identity, where the far side may trust us
	Private  bool   // the caller withholds the number (RFC 3323): From is anonymous, the asserted identity stays
	SDP      []byte // our offer; empty asks for one
	Replaces *Leg   // the target is to take the place of this leg of its (RFC 3891)
	Fields   []Field

	route    string // a Path of the registration
	replaces string
}

// Dial calls a target. It returns at once; tell takes the leg's events.
func (s *Stack) Dial(target Target, tell func(*Leg, Event)) (*Leg, error) {
	if target.Replaces != nil {
		target.replaces = target.Replaces.replaceable()
	}
	l := newLeg(s, true)
	l.call = &uac{target: target, acks: map[string][]byte{}, forks: map[string]*fork{}}
	l.CallID, l.mine, l.tell = wire.Token()+"@"+s.host(), target.SDP, tell
	var err error
	switch {
	case target.Contact != nil:
		err = s.toContact(l, *target.Contact)
	case target.Trunk != "":
		err = s.toTrunk(l, target)
	default:
		err = s.toURI(l, target)
	}
	if err != nil {
		return nil, err
	}
	if err := l.identify(l.call.target.From); err != nil {
		return nil, err
	}
	l.peer = peer{target: l.call.uri}
	s.add(l)
	go l.begin()
	return l, nil
}

// identify writes From and To.
func (l *Leg) identify(from Party) error {
	host := from.Host
	if host == "" {
		host = l.s.host()
	}
	user := from.User
	if l.call.target.Private {
		user, host, from.Name = "anonymous", "anonymous.invalid", "Anonymous"
	}
	uri := "sip:" + host
	if user != "" {
		if !safeUser(user) {
			return errs.New(errs.Invalid, "sip.bad_identity", "%q cannot stand in From", printable(user, 64))
		}
		uri = "sip:" + user + "@" + host
	}
	if _, err := wire.ParseURI(uri); err != nil {
		return errURI(uri)
	}
	l.from = "<" + uri + ">"
	if name := strings.NewReplacer(`"`, "", `\`, "").Replace(printable(from.Name, 128)); name != "" {
		l.from = `"` + name + `" ` + l.from
	}
	to := l.call.uri
	if t := l.call.target; t.Contact != nil && safeUser(t.User) {
		to.User, to.Host, to.Port = t.User, l.s.host(), 0
	}
	to.UriParams, to.Headers = nil, nil
	l.to = "<" + to.String() + ">"
	return nil
}

// routes are the proxies as a preloaded route (RFC 3261 section 8.1.2).
func (t *Target) routes() []string {
	if t.route != "" {
		return []string{t.route}
	}
	return nil
}

// headers are what the INVITE carries besides the dialog's own.
func (t *Target) headers() []wire.Header {
	var all []wire.Header
	if t.Asserted != "" && safeUser(t.Asserted) {
		host := t.From.Host
		if host == "" {
			host = "anonymous.invalid"
		}
		all = append(all, wire.NewHeader("P-Asserted-Identity", "<sip:"+t.Asserted+"@"+host+">"))
	}
	if t.Private {
		all = append(all, wire.NewHeader("Privacy", "id"))
	}
	if t.replaces != "" {
		all = append(all, wire.NewHeader("Replaces", t.replaces))
	}
	for _, f := range t.Fields {
		all = append(all, wire.NewHeader(f.Name, printable(f.Value, 512)))
	}
	return all
}

func (s *Stack) toURI(l *Leg, target Target) error {
	uri, err := wire.ParseURI(target.URI)
	if err != nil {
		return errURI(target.URI)
	}
	l.call.uri, l.creds, l.foreign = uri, target.Credentials, target.Foreign
	return nil
}

// toContact calls a registered phone: where it registered from, by the URI it gave (Rule T-66).
func (s *Stack) toContact(l *Leg, c Contact) error {
	uri, err := wire.ParseURI(c.URI)
	if err != nil {
		return errURI(c.URI)
	}
	l.Account, l.call.uri, l.call.target.route = c.Account, uri, c.Path
	return nil
}

// begin finds the way and sends the INVITE.
func (l *Leg) begin() {
	if c := l.call.target.Contact; c != nil {
		flow, err := l.s.contactFlow(*c)
		l.start(flow, err)
		return
	}
	ctx, stop := context.WithTimeout(l.s.context, 10*time.Second)
	defer stop()
	var hops []wire.Hop
	var last error
	places := l.call.target.Proxies
	if len(places) == 0 {
		places = []string{l.call.uri.String()}
	}
	for _, place := range places {
		uri, err := wire.ParseURI(place)
		if err == nil {
			var found []wire.Hop
			found, err = l.find(ctx, &uri)
			hops = append(hops, found...)
		}
		if err != nil {
			last = err
		}
	}
	if len(hops) == 0 {
		l.start(wire.Flow{}, last)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == early {
		l.call.hops = hops
		l.next(nil)
	}
}

func (l *Leg) find(ctx context.Context, uri *wire.URI) ([]wire.Hop, error) {
	if l.Trunk == "" && l.foreign {
		return l.s.partner(ctx, uri)
	}
	return l.s.hops(ctx, uri, l.foreign)
}

func (l *Leg) start(flow wire.Flow, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase != early:
	case err != nil:
		l.finish(Lost{err})
	default:
		l.invite(flow)
	}
}

// reachHop opens the way to a hop in the background.
func (s *Stack) reachHop(hop wire.Hop, then func(wire.Flow, error)) {
	go func() {
		ctx, stop := context.WithTimeout(s.context, 5*time.Second)
		defer stop()
		then(s.wire.Reach(ctx, hop))
	}()
}
