package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// office is a node that takes calls, on real sockets of this machine.
type office struct {
	*node
	secret string
	trunk  *siptest.Phone // the carrier
	phone  *siptest.Phone // of the one employee
	person string
	clock  *lateClock
	folder string
	at     string // of its SIP socket
	adapt  []func(*config.Config, *app.Options)
}

// lateClock is the machine's, moved on by hand: a talk of 65 seconds takes one. It can be stopped, so that a talk takes just as long.
type lateClock struct {
	by      atomic.Int64
	stopped atomic.Pointer[time.Time]
}

func (c *lateClock) now() time.Time {
	at := c.stopped.Load()
	if at == nil {
		now := time.Now()
		at = &now
	}
	return at.Add(time.Duration(c.by.Load()))
}

func (c *lateClock) pass(d time.Duration) { c.by.Add(int64(d)) }

func (c *lateClock) stop() {
	now := time.Now()
	c.stopped.Store(&now)
}

// line is the shop's number.
const line = "+380441112233"

func packets(t testing.TB, ip string) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp4", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// post does something over the API and gives the answer.
func (n *node) post(method, path, key, body string) map[string]any {
	n.Helper()
	status, text := n.ask(method, path, key, body)
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); status/100 != 2 || err != nil && len(text) > 0 {
		n.Fatalf("%s: %d %s", path, status, text)
	}
	return answer
}

// openOffice opens a shop with a number, an employee at a telephone and a carrier known by its address.
func openOffice(t *testing.T, adapt ...func(*config.Config, *app.Options)) *office {
	t.Helper()
	o := &office{clock: &lateClock{}, folder: t.TempDir(), adapt: adapt}
	o.serve(t, "127.0.0.1:0")
	n := o.node
	o.secret = n.key()
	for _, r := range []struct{ method, path, body string }{
		{http.MethodPost, "", `{"project":"shop","name":"Shop","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"}`},
		{http.MethodPost, "/shop/payments", `{"id":"p","amount":"5000","method":"bank"}`},
		{http.MethodPost, "/shop/products", `{"products":[{"product":"virtual_pbx","on":true}]}`},
		{http.MethodPost, "/shop/numbers", `{"number":"` + line + `","owner":"customer","kind":"local","use":"pbx"}`},
	} {
		n.post(r.method, "/v1/projects"+r.path, o.secret, r.body)
	}
	o.hire()
	o.connect()
	return o
}

// serve starts the node, with its telephones at an address.
func (o *office) serve(t testing.TB, at string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.node = startOn(t, listener, o.folder, time.Now(), func(c *config.Config, options *app.Options) {
		c.Listen = listener.Addr().String()
		c.SIPUDP, c.SIPPublic, c.RTPFirst, c.RTPLast, c.CallDrain = at, "127.0.0.1", 20000, 30000, patience
		options.Now, options.HashCost = o.clock.now, account.ForTests
		for _, do := range o.adapt {
			do(c, options)
		}
	}, func(a *app.App) { o.at, a.Charging.Silence = a.SIPAddress(), time.Hour }) // the clock makes leaps that no heartbeat follows
}

// hire makes the employee with a telephone, and a scheme that rings them.
func (o *office) hire() {
	o.Helper()
	const base = "/v1/projects/shop"
	o.person = o.post(http.MethodPost, base+"/employees", o.secret, `{"name":"Olena","extension":"201"}`)["id"].(string)
	account := o.post(http.MethodPost, base+"/employees/"+o.person+"/sip-accounts", o.secret, `{"label":"desk"}`)
	o.phone = siptest.NewPhone(o, packets(o, "127.0.0.3"), "sip:"+o.app.SIPAddress(), account["user_name"].(string), account["password"].(string))
	scheme := o.post(http.MethodPost, base+"/schemes", o.secret, fmt.Sprintf(
		`{"name":"Main","scheme":{"format":1,"steps":[{"id":"a","ring":{"order":"together","seconds":20,"targets":[{"employee":%q}]}}]}}`, o.person))["id"].(string)
	o.post(http.MethodPost, base+"/schemes/"+scheme+"/publish", o.secret, "")
	o.post(http.MethodPut, base+"/numbers/"+line+"/scheme", o.secret, `{"scheme":"`+scheme+`"}`)
	o.asOperator(ident.ProjectOrg("shop"), func(ctx context.Context, tx *store.Tx, p access.Permit) error {
		settings, err := routing.GetSettings(ctx, tx, "shop")
		if err != nil {
			return err
		}
		settings.Recording.Mode = dialplan.RecordAnnounce
		return o.app.Routing.SetSettings(ctx, tx, p, settings, o.clock.now())
	})
	o.app.Routing.Changed("shop", line)
}

// connect makes the carrier, known by its address, and waits until its line is up.
func (o *office) connect() {
	o.Helper()
	conn := packets(o, "127.0.0.2")
	o.trunk = siptest.NewPhone(o, conn, "sip:"+o.app.SIPAddress(), "carrier", "")
	id := o.post(http.MethodPost, "/v1/trunks", o.secret, fmt.Sprintf(`{"name":"Vega","enabled":true,"priority":10,"mode":"address","transport":"udp","server":%q,
		"addresses":["127.0.0.2"],"out":{"style":"e164"},"in":{"style":"e164"},"caller_policy":"any"}`, conn.LocalAddr()))["id"].(string)
	o.asOperator(ident.Operator, func(ctx context.Context, tx *store.Tx, p access.Permit) error {
		return o.app.Trunks.Carry(ctx, tx, p, trunk.ID(id), line, 0, o.clock.now())
	})
	o.until("the trunk is not up", "/v1/trunks", o.secret, func(_ int, text []byte) bool { return bytes.Contains(text, []byte(`"state":"up"`)) })
}

func (o *office) asOperator(org ident.Org, do func(context.Context, *store.Tx, access.Permit) error) {
	o.Helper()
	by := access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test"))
	permit, err := access.NewGate(o.app.DB).Enter(context.Background(), by, org, o.clock.now())
	if err == nil {
		err = o.app.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error { return do(ctx, tx, permit) })
	}
	if err != nil {
		o.Fatal(err)
	}
}

// calls is a client who calls the shop; the call was answered when it returns.
func (o *office) calls(v *mediatest.Peer) *siptest.PhoneCall {
	o.Helper()
	c := o.rings(v)
	answered, ok := siptest.Await[sip.Answered](c)
	if !ok {
		o.Fatal("nobody answers the client")
	}
	v.Accept(answered.SDP)
	return c
}

func (o *office) rings(v *mediatest.Peer) *siptest.PhoneCall {
	o.Helper()
	c := &siptest.PhoneCall{Events: make(chan sip.Event, 100)}
	leg, err := o.trunk.Stack.Dial(sip.Target{Trunk: "pbx", User: line, From: sip.Party{User: "+380502222222"}, SDP: v.Offer()}, func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	if err != nil {
		o.Fatal(err)
	}
	c.Leg = leg
	return c
}

// voice is somebody at a telephone who speaks a tone.
func (o *office) voice(hz float64) *mediatest.Peer {
	o.Helper()
	v := mediatest.New(o)
	v.Speak(hz)
	return v
}

// takes lets a telephone answer with a voice.
func takes(v *mediatest.Peer) func(*sip.Incoming) {
	return func(in *sip.Incoming) {
		_ = in.Ring()
		_ = in.Answer(v.Answer(in.Offer))
	}
}

// visitor is a member of the project in a browser of their own.
type visitor struct {
	*office
	who    account.User
	client *http.Client
}

// member makes a member with a role, signed in.
func (o *office) member(email string, role access.RoleID) *visitor {
	o.Helper()
	v := &visitor{office: o}
	var secret string
	o.asOperator(ident.ProjectOrg("shop"), func(ctx context.Context, tx *store.Tx, p access.Permit) (err error) {
		hashed, err := o.app.Door.Hasher.Hash(ctx, "a bell for every sheep", email)
		if err != nil {
			return err
		}
		now := o.clock.now()
		if v.who, err = account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, account.NewUser{Email: email, Name: email, Language: "en", Password: hashed}, true, now); err != nil {
			return err
		}
		if _, err = access.AddMember(ctx, tx, p, v.who.ID, role, now); err != nil {
			return err
		}
		secret, _, err = account.OpenSession(ctx, tx, audit.Program("test"), rand.Reader, account.NewSession{User: v.who.ID, Method: account.ByPassword, Lifetime: account.Signed}, now)
		return err
	})
	v.client = &http.Client{Timeout: patience, Transport: asMember{secret, o.node.client.Transport}}
	return v
}

// asMember adds what a browser sends.
type asMember struct {
	secret string
	next   http.RoundTripper
}

func (m asMember) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: m.secret})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return m.next.RoundTrip(r)
}

// opens gets a page, following redirects.
func (v *visitor) opens(path string) (status int, text string) {
	return v.does(http.MethodGet, path, "")
}

func (v *visitor) does(method, path, form string) (status int, text string) {
	v.Helper()
	r, err := http.NewRequest(method, v.url+path, strings.NewReader(form))
	if err != nil {
		v.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.Fatal(err)
	}
	return response.StatusCode, string(body)
}

var tags = regexp.MustCompile(`(?s)^.*<main|<svg.*?</svg>|<[^>]*>|\s+`)

// said is the text of a page, without its markup.
func said(page string) string {
	text := tags.ReplaceAllString(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(page), " ")
	return strings.Join(strings.Fields(text), " ")
}

// sees fails unless a page is there and says all of this.
func (v *visitor) sees(path string, all ...string) {
	v.Helper()
	status, text := v.opens(path)
	for _, part := range all {
		if status != http.StatusOK || !strings.Contains(said(text), part) && !strings.Contains(text, part) {
			v.Errorf("%s: %d, without %q: %s", path, status, part, said(text))
		}
	}
}
