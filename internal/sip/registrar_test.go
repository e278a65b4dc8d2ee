package sip_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/sip/wire"
)

// phone is a peer of an account, at an address of its own.
func (r *rig) phone(user, at string) *siptest.Peer {
	return siptest.NewPeer(r.t, r.net.Listen(at), ours, user)
}

// TestRegister: a phone registers, is listed, is seen, is called where it registered from, and leaves.
func TestRegister(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		p.Host = "192.168.0.7:5060" // behind NAT it knows itself by another address
		m := p.Register("wonderland", "Expires: 600", "User-Agent: desk")
		if !m.Is("200") || m.Value("Contact") != "<sip:alice@192.168.0.7:5060>;expires=600" {
			t.Fatalf("%s", m.Raw)
		}
		contacts := r.stack.Contacts("acc-alice")
		if len(contacts) != 1 || contacts[0].Source != netip.MustParseAddrPort("10.0.1.1:5060") || contacts[0].Agent != "desk" {
			t.Fatalf("%+v", contacts)
		}
		e := record()
		l, err := r.stack.Dial(sip.Target{Contact: &contacts[0], From: sip.Party{User: "101", Name: "Bob"}, SDP: reply}, e.take)
		if err != nil {
			t.Fatal(err)
		}
		invite := p.Expect("INVITE")
		if !strings.HasPrefix(invite.Raw, "INVITE sip:alice@192.168.0.7:5060 SIP/2.0") || !strings.HasPrefix(invite.Value("From"), `"Bob" <sip:101@pbx.example>`) {
			t.Errorf("%s", invite.Raw)
		}
		p.Reply(invite, 200, offer)
		p.Expect("ACK")
		expect[sip.Answered](t, e)
		l.Hangup(sip.Normal)
		p.Reply(p.Expect("BYE"), 200, nil)
		if m := p.Register("wonderland", "Expires: 0"); m.Value("Contact") != "" {
			t.Errorf("%s", m.Raw)
		}
		if news := r.noted(); !slices.Equal(news, []string{"acc-alice online: true", "acc-alice online: false"}) {
			t.Errorf("news %v", news)
		}
	})
}

// TestWhoIsNotLetIn: a wrong password, a user that does not exist and somebody else's address get the same answers (Rule T-64).
func TestWhoIsNotLetIn(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		shape := func(m *siptest.Message) string {
			var names []string
			for _, name := range []string{"WWW-Authenticate", "Server", "Warning", "Retry-After"} {
				for _, h := range m.GetHeaders(name) {
					value, _, _ := strings.Cut(h.Value(), "nonce")
					names = append(names, name+value)
				}
			}
			return m.Raw[:20] + strings.Join(names, "|")
		}
		known := r.phone("alice", "10.0.1.1:5060").Register("wrong")
		unknown := r.phone("nobody", "10.0.1.2:5060").Register("wrong")
		if !known.Is("401") || shape(known) != shape(unknown) {
			t.Errorf("known: %s\nunknown: %s", known.Raw, unknown.Raw)
		}
		p := r.phone("alice", "10.0.1.3:5060")
		c := p.NewCall("bob")
		c.Target = "sip:" + ours
		if m := p.RegisterAs(c, "wonderland"); !m.Is("403") {
			t.Errorf("%s", m.Raw)
		}
	})
}

// TestDigest: MD5 and SHA-256, each count of a nonce once, an old nonce is stale, one that is not ours is worth nothing.
func TestDigest(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		c := p.NewCall("alice")
		c.Target = "sip:" + ours
		try := func(line string) *siptest.Message {
			p.Request(c, "REGISTER", nil, line)
			return p.Expect("200", "401")
		}
		challenge := try("X-First: yes")
		sign := func(m *siptest.Message, algorithm string, count int) string {
			return siptest.Sign(m, algorithm, "REGISTER", c.Target, "alice", "wonderland", count)
		}
		strong := sign(challenge, "SHA-256", 1)
		for _, step := range []struct {
			what, line string
			code       string
		}{
			{"SHA-256", strong, "200"},
			{"the same again", strong, "401"},
			{"the next count, MD5", sign(challenge, "MD5", 2), "200"},
			{"a count far ahead", sign(challenge, "MD5", 80), "200"},
			{"one that was left out", sign(challenge, "MD5", 40), "200"},
			{"one that is too far back", sign(challenge, "MD5", 3), "401"},
			{"for another method", siptest.Sign(challenge, "MD5", "INVITE", c.Target, "alice", "wonderland", 81), "401"},
			{"of another realm", strings.Replace(sign(challenge, "MD5", 82), realm, "other", 1), "401"},
			{"without qop", strings.Replace(sign(challenge, "MD5", 83), "qop=auth, ", "", 1), "401"},
			{"of a scheme nobody knows", "Authorization: NoOneKnowsThisScheme opaque-data=here", "401"},
		} {
			if m := try(step.line); !m.Is(step.code) {
				t.Errorf("%s: %s", step.what, m.Raw)
			}
		}
		p.Await(11*time.Minute, "nothing")
		m := try(sign(challenge, "MD5", 100))
		if !m.Is("401") || !strings.Contains(m.Value("WWW-Authenticate"), "stale=true") {
			t.Errorf("an old nonce: %s", m.Raw)
		}
		if m := try(sign(m, "MD5", 1)); !m.Is("200") {
			t.Errorf("its successor: %s", m.Raw)
		}
	})
}

// TestRegistrationRules: 423, the limit, *, order of CSeq, instances (Rule T-66).
func TestRegistrationRules(t *testing.T) {
	bubble(t, func(cfg *sip.Config) { cfg.Contacts = 2; cfg.KeepAlive = -1 }, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		if m := p.Register("wonderland", "Expires: 10"); !m.Is("423") || m.Value("Min-Expires") != "60" {
			t.Errorf("%s", m.Raw)
		}
		if m := p.Register("wonderland", "Expires: 999999"); m.Value("Contact") != "<sip:alice@10.0.1.1:5060>;expires=3600" {
			t.Errorf("%s", m.Raw)
		}
		r.phone("alice", "10.0.1.2:5060").Register("wonderland")
		m := r.phone("alice", "10.0.1.3:5060").Register("wonderland")
		if got := len(m.GetHeaders("Contact")); got != 2 || strings.Contains(m.Raw, "alice@10.0.1.1") {
			t.Errorf("the oldest stays: %s", m.Raw)
		}
		c := p.NewCall("alice")
		c.Target = "sip:" + ours
		p.RegisterAs(c, "wonderland")
		c.Seq -= 2
		if m := p.RegisterAs(c, "wonderland"); !m.Is("500") {
			t.Errorf("older: %s", m.Raw)
		}
		if m := p.Register("wonderland", "Contact:"); len(m.GetHeaders("Contact")) != 2 {
			t.Errorf("asked what is registered: %s", m.Raw)
		}
		if m := p.Register("wonderland", "Contact: *"); !m.Is("400") {
			t.Errorf("* without Expires: 0: %s", m.Raw)
		}
		if m := p.Register("wonderland", "Contact: *", "Expires: 0"); !m.Is("200") || m.Value("Contact") != "" {
			t.Errorf("all removed: %s", m.Raw)
		}
		m = p.Register("wonderland", "Contact: <sip:a@1.1.1.1>;expires=100, <sip:a@2.2.2.2>;expires=0", "Expires: 600")
		if m.Value("Contact") != "<sip:a@1.1.1.1>;expires=100" {
			t.Errorf("two at once: %s", m.Raw)
		}
		for range 2 { // one phone that moves is one phone
			p.Register("wonderland", `Contact: <sip:a@`+wire.Token()+`.example>;+sip.instance="<urn:uuid:7>"`)
		}
		if got := r.stack.Contacts("acc-alice"); len(got) != 2 {
			t.Errorf("%+v", got)
		}
		if m := p.Register("wonderland", "Path: <sip:edge.example;lr>"); m.Value("Path") != "<sip:edge.example;lr>" {
			t.Errorf("%s", m.Raw)
		}
		r.stack.DropStale("acc-alice", 0)
		if got := r.stack.Contacts("acc-alice"); len(got) == 0 {
			t.Error("who proved the present password is dropped")
		}
		r.stack.DropStale("acc-alice", 1)
		if got := r.stack.Contacts("acc-alice"); len(got) != 0 {
			t.Errorf("who proved an old password is there still: %v", got)
		}
		p.Register("wonderland")
		r.stack.Drop("acc-alice")
		if got := r.stack.Contacts("acc-alice"); len(got) != 0 || len(r.stack.Online()) != 0 {
			t.Errorf("dropped, and still there: %v", got)
		}
	})
}

// TestPhoneThatIsGone: OPTIONS keeps the way open; twice without an answer, and the phone is gone.
func TestPhoneThatIsGone(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		p.Register("wonderland", "Expires: 3600")
		for range 3 {
			m := p.Await(time.Minute, "OPTIONS")
			if m == nil {
				t.Fatal("no OPTIONS")
			}
			p.Reply(m, 200, nil)
		}
		r.noted()
		p.Await(3*time.Minute, "nothing")
		if news := r.noted(); !slices.Equal(news, []string{"acc-alice online: false"}) {
			t.Errorf("news %v", news)
		}
	})
}

func TestRegistrationExpires(t *testing.T) {
	bubble(t, func(cfg *sip.Config) { cfg.KeepAlive = -1 }, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		p.Register("wonderland", "Expires: 60")
		p.Await(59*time.Second, "nothing")
		if len(r.stack.Contacts("acc-alice")) != 1 {
			t.Error("gone before its time")
		}
		p.Await(7*time.Second, "nothing")
		if news := r.noted(); !slices.Equal(news, []string{"acc-alice online: true", "acc-alice online: false"}) {
			t.Errorf("news %v", news)
		}
	})
}

// shelf keeps bindings as a database would.
type shelf struct {
	mu   sync.Mutex
	kept map[string]sip.Contact
	full bool
}

func (s *shelf) Load(context.Context) ([]sip.Contact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []sip.Contact
	for _, c := range s.kept {
		all = append(all, c)
	}
	return all, nil
}

func (s *shelf) Save(_ context.Context, c sip.Contact) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return errors.New("disk full")
	}
	s.kept[c.Account+c.Key] = c
	return nil
}

func (s *shelf) Remove(_ context.Context, account, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, account+key)
	return nil
}

// TestBindingsOutliveARestart, and what could not be kept is not confirmed.
func TestBindingsOutliveARestart(t *testing.T) {
	kept := &shelf{kept: map[string]sip.Contact{}}
	change := func(cfg *sip.Config) { cfg.Bindings = kept }
	bubble(t, change, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		p.Register("wonderland")
		r.stack.Close()
		r.stack = r.start(change)
		contacts := r.stack.Contacts("acc-alice")
		if len(contacts) != 1 {
			t.Fatalf("%v", contacts)
		}
		if _, err := r.stack.Dial(sip.Target{Contact: &contacts[0], SDP: reply}, record().take); err != nil {
			t.Fatal(err)
		}
		p.Expect("INVITE")
		kept.full = true
		if m := r.phone("bob", "10.0.1.2:5060").Register("builder"); !m.Is("500") || len(r.stack.Contacts("acc-bob")) != 0 {
			t.Errorf("%s", m.Raw)
		}
	})
}

// TestCallOfAnAccount: challenged, then let in; what it dials has to be dialable (Rules T-61 and T-62).
func TestCallOfAnAccount(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("alice", "10.0.1.1:5060")
		call := func(number string) *siptest.Message {
			c := p.NewCall(number)
			p.Request(c, "INVITE", offer)
			m := p.Await(time.Minute, "401", "404", "400")
			if m == nil {
				t.Fatalf("%q is not answered", number)
			}
			p.Request(c, "ACK", nil)
			if !m.Is("401") {
				return m
			}
			p.Request(c, "INVITE", offer, siptest.Sign(m, "SHA-256", "INVITE", c.Target, "alice", "wonderland", 1))
			return p.Await(time.Second, "404", "401", "400")
		}
		if m := call("+380(44)123-45-67"); m != nil {
			t.Fatalf("%s", m.Raw)
		}
		if in := <-r.calls; in.Account != "acc-alice" || in.Trunk != "" || in.Dialled != "+380441234567" {
			t.Errorf("%+v", in)
		}
		for _, number := range []string{"boss", "00380%40evil", "100%0d%0aRoute:x", "1234567890123456789012345678901234", "+", "1+2"} {
			if m := call(number); m == nil {
				t.Errorf("%q was let through", number)
			}
		}
		if len(r.calls) != 0 {
			t.Errorf("%d calls more", len(r.calls))
		}
	})
}

// TestHostileText: nothing that strangers write becomes a header of ours, or more than printable text (Rule T-70).
func TestHostileText(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		c := p.NewCall("100")
		c.From = "\"A\\\x01\x02\u202e<script>\" <sip:carrier@10.0.0.9>;tag=1"
		p.Request(c, "INVITE", offer)
		in := <-r.calls
		if strings.ContainsAny(in.Caller.Name, "\x01\x02\u202e") || !strings.Contains(in.Caller.Name, "script") {
			t.Errorf("name %q", in.Caller.Name)
		}
		_ = in.Refuse(486, sip.Cause{SIP: 486, Text: "busy\r\nX-Evil: 1"})
		if m := p.Expect("486"); m.Value("X-Evil") != "" {
			t.Errorf("%s", m.Raw)
		}
		e := record()
		_, err := r.stack.Dial(sip.Target{
			Trunk: "t1", User: "100", SDP: reply, From: sip.Party{User: "1", Name: "x\"\r\nX-Evil: 1"},
			Fields: []sip.Field{{Name: "X-Tag", Value: "a\r\nX-Evil: 1"}},
		}, e.take)
		if err != nil {
			t.Fatal(err)
		}
		if m := p.Expect("INVITE"); m.Value("X-Evil") != "" {
			t.Errorf("%s", m.Raw)
		}
		for _, target := range []sip.Target{
			{Trunk: "t1", User: "100@evil"},
			{Trunk: "t1", User: "1\r\nX: y"},
			{Trunk: "none", User: "100"},
			{URI: "sip:a b"},
			{URI: "http://x"},
			{URI: "sip:a@h", From: sip.Party{User: "x>y"}},
		} {
			if _, err := r.stack.Dial(target, e.take); err == nil {
				t.Errorf("%+v is dialled", target)
			}
		}
	})
}

// TestTortureAtTheStack: the messages of RFC 4475 from a stranger; the stack answers as it should and goes on (Rule T-60).
func TestTortureAtTheStack(t *testing.T) {
	bubble(t, func(cfg *sip.Config) { cfg.Limits.Points = 1e6 }, func(t *testing.T, r *rig) {
		stranger := r.phone("x", "10.5.5.5:5060")
		for name, want := range map[string]string{
			"intmeth": "501", "esc02": "501", "invut": "415", "sdp01": "406", "regaut01": "401", "cparam01": "401", "mpart01": "405",
			"zeromf": "200", "bext01": "420", "unkscm": "416", "insuf": "", "dblreq": "401", "inv2543": "400", "bcast": "",
		} {
			data, err := os.ReadFile("wire/testdata/rfc4475/" + name + ".dat")
			if err != nil {
				t.Fatal(err)
			}
			stranger.WriteRaw(data)
			m := stranger.Await(300*time.Millisecond, "200", "4xx", "5xx")
			if want == "" && m != nil || want != "" && (m == nil || !m.Is(want)) {
				t.Errorf("%s: want %s, got %+v", name, want, m)
			}
		}
		all, _ := filepath.Glob("wire/testdata/rfc4475/*.dat")
		for _, file := range all {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			stranger.WriteRaw(data)
			stranger.Await(100*time.Millisecond, "nothing")
		}
		stranger.Request(stranger.NewCall("100"), "OPTIONS", nil)
		stranger.Expect("200")
		if len(r.calls) != 0 {
			t.Error("a call without a password")
		}
	})
}

// TestScannerIsBanned: one source that guesses is shut out; an office behind one address, where others sign in well, is not
// (Rule T-68).
func TestScannerIsBanned(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		scanner := r.phone("100", "10.6.6.6:5060")
		for range 40 {
			c := scanner.NewCall("100")
			c.Target = "sip:" + ours
			scanner.Request(c, "REGISTER", nil)
			m := scanner.Await(time.Second, "401")
			if m == nil {
				break
			}
			scanner.Request(c, "REGISTER", nil, siptest.Sign(m, "MD5", "REGISTER", c.Target, "100", "guess", 1))
			scanner.Await(time.Second, "401")
		}
		if !r.banned("10.6.6.6") {
			t.Error("the scanner is not banned")
		}
		p := r.phone("alice", "10.7.7.7:5060")
		p.Register("wonderland")
		misconfigured := r.phone("bob", "10.7.7.7:5070")
		for range 60 {
			misconfigured.Register("old password")
		}
		if m := p.Register("wonderland"); !m.Is("200") {
			t.Errorf("the office is locked out: %s", m.Raw)
		}
		if m := misconfigured.Register("builder"); !m.Is("401") {
			t.Errorf("the guesser is heard still: %s", m.Raw)
		}
		p.Register("wonderland", "Expires: 0")
		for range 30 {
			misconfigured.Register("old password")
			misconfigured.Await(100*time.Millisecond, "nothing")
		}
		if m := p.Register("wonderland"); !m.Is("200") {
			t.Errorf("the office is locked out as soon as nobody is registered: %s", m.Raw)
		}
		named := r.phone("x", "10.8.8.8:5060")
		named.Request(named.NewCall("100"), "OPTIONS", nil, "User-Agent: friendly-scanner")
		if m := named.Await(time.Second, "200"); m != nil || len(r.stack.Bans()) != 2 {
			t.Errorf("banned %v", r.stack.Bans())
		}
		r.stack.Unban(netip.MustParseAddr("10.8.8.8"))
		named.Request(named.NewCall("100"), "OPTIONS", nil)
		named.Expect("200")
		if bans := r.stack.Bans(); len(bans) != 1 || bans[0].Why != sip.ForPasswords || bans[0].Times != 1 || bans[0].Until.Sub(bans[0].Since) != 15*time.Minute {
			t.Errorf("the ban says %+v", bans)
		}
	})
}

// Rule T-127: what an operator never shuts out is let in, and stays in, whatever it does.
func TestSparedSource(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		scan := func(at string) *siptest.Peer {
			p := r.phone("x", at+":5060")
			p.Request(p.NewCall("100"), "OPTIONS", nil, "User-Agent: friendly-scanner")
			p.Await(time.Second, "nothing")
			return p
		}
		scan("10.8.8.8")
		scan("10.9.8.8")
		r.stack.Spare([]netip.Prefix{netip.MustParsePrefix("10.8.8.0/24")})
		if r.banned("10.8.8.8") || !r.banned("10.9.8.8") {
			t.Errorf("banned %v", r.stack.Bans())
		}
		p := scan("10.8.8.9")
		for range 30 {
			p.Register("guess")
		}
		if r.banned("10.8.8.9") {
			t.Error("a spared source is shut out")
		}
	})
}

// TestTrunkRegisters: with a password asked by 401, again before it expires, on another server when the first is silent, and takes
// calls to the Contact it registered.
func TestTrunkRegisters(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		first, second := r.phone("reg", "10.2.0.1:5060"), r.phone("reg", "10.2.0.2:5060")
		err := r.stack.SetTrunks([]sip.Trunk{{
			ID: "line", Servers: []string{"sip:10.2.0.1", "sip:10.2.0.2"}, Host: "carrier.example", User: "u1", Password: "p1", Register: true, Probe: -1,
		}})
		if err != nil {
			t.Fatal(err)
		}
		challenge := `WWW-Authenticate: Digest realm="c", nonce="n", algorithm=MD5, qop="auth"`
		m := first.Expect("REGISTER")
		first.Reply(m, 401, nil, challenge, `WWW-Authenticate: Digest realm="c", nonce="n", algorithm=SHA-256, qop="auth"`)
		m = first.Expect("REGISTER")
		if !strings.Contains(m.Value("Authorization"), "algorithm=SHA-256") || m.Value("CSeq") != "2 REGISTER" {
			t.Errorf("%s", m.Raw)
		}
		contact := m.Message.(*wire.Request).Contact()
		first.Reply(m, 200, nil, "Expires: 100")
		synctest.Wait()
		if state, _ := r.stack.TrunkState("line"); !state.Up || !state.Registered {
			t.Errorf("%+v", state)
		}
		at := time.Now()
		if again := first.Await(time.Hour, "REGISTER"); again == nil || time.Since(at) != 90*time.Second {
			t.Errorf("again after %s", time.Since(at))
		}
		m = second.Await(time.Hour, "REGISTER") // the first is silent now
		if m == nil {
			t.Fatal("the second server is not tried")
		}
		second.Reply(m, 200, nil, "Expires: 100")
		c := second.NewCall("380441112233")
		c.Target = contact.Address.String()
		second.Request(c, "INVITE", offer)
		if in := <-r.calls; in.Trunk != "line" || in.Dialled != "380441112233" {
			t.Errorf("%+v", in)
		}
		if news := r.noted(); !slices.Equal(news, []string{"line up: true"}) {
			t.Errorf("news %v", news)
		}
	})
}

// TestTrunkIsRefused: it is told why, tries again ever more rarely, and is not up.
func TestTrunkIsRefused(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.phone("reg", "10.2.0.1:5060")
		_ = r.stack.SetTrunks([]sip.Trunk{{ID: "line", Servers: []string{"sip:10.2.0.1"}, User: "u1", Password: "p1", Register: true, Probe: -1}})
		var gaps []time.Duration
		at := time.Now()
		for range 4 {
			p.Reply(p.Await(time.Hour, "REGISTER"), 403, nil)
			gaps = append(gaps, time.Since(at).Round(time.Second))
			at = time.Now()
		}
		if want := []time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second}; !slices.Equal(gaps, want) {
			t.Errorf("tried after %v, want %v", gaps, want)
		}
		synctest.Wait()
		if state, _ := r.stack.TrunkState("line"); state.Up || !strings.Contains(state.Why, "403") {
			t.Errorf("%+v", state)
		}
	})
}

// TestTrunkFailsOver: to the next server when one is silent or out of service, and first to those that answer OPTIONS.
func TestTrunkFailsOver(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		first, second := r.phone("a", "10.2.0.1:5060"), r.phone("b", "10.2.0.2:5060")
		_ = r.stack.SetTrunks([]sip.Trunk{{ID: "line", Servers: []string{"sip:10.2.0.1", "sip:10.2.0.2"}, Probe: 30 * time.Second}})
		first.Reply(first.Expect("OPTIONS"), 200, nil)
		second.Reply(second.Expect("OPTIONS"), 200, nil)
		dial := func() events {
			e := record()
			if _, err := r.stack.Dial(sip.Target{Trunk: "line", User: "100", SDP: reply}, e.take); err != nil {
				t.Fatal(err)
			}
			return e
		}
		at := time.Now()
		dial()
		first.Expect("INVITE")
		second.Reply(second.Expect("INVITE"), 486, nil)
		if waited := time.Since(at); waited != 4*time.Second {
			t.Errorf("the second was tried after %s", waited)
		}
		e := dial()
		first.Reply(first.Expect("INVITE"), 503, nil)
		second.Reply(second.Expect("INVITE"), 486, nil)
		if got := expect[sip.Refused](t, e); got.Code != 486 {
			t.Errorf("%+v", got)
		}
		second.Reply(second.Await(time.Minute, "OPTIONS"), 200, nil)
		first.Await(40*time.Second, "nothing") // OPTIONS of the first went without an answer
		dial()
		second.Reply(second.Expect("INVITE"), 486, nil)
		if state, _ := r.stack.TrunkState("line"); state.Servers["sip:10.2.0.1"] || !state.Up {
			t.Errorf("%+v", state)
		}
	})
}
