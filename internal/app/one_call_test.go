package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

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
}

// lateClock is the machine's, moved on by hand: a talk of 65 seconds takes one.
type lateClock struct{ by atomic.Int64 }

func (c *lateClock) now() time.Time       { return time.Now().Add(time.Duration(c.by.Load())) }
func (c *lateClock) pass(d time.Duration) { c.by.Add(int64(d)) }

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
func openOffice(t *testing.T) *office {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	late := &lateClock{}
	n := startOn(t, listener, t.TempDir(), time.Now(), func(c *config.Config, o *app.Options) {
		c.SIPUDP, c.SIPPublic, c.RTPFirst, c.RTPLast = "127.0.0.1:0", "127.0.0.1", 20000, 30000
		o.Now = late.now
	})
	o := &office{node: n, secret: n.key(), clock: late}
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

// The walkthrough docs/walkthroughs/one-call.md, through the real node: a client calls a shop in Kyiv, an employee answers, they talk
// for 65 seconds, and the call is charged, recorded and in the log.
// Rules T-35, T-36, B-07.
func TestOneCall(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	desk, mobile := mediatest.New(t), mediatest.New(t)
	desk.Speak(400)
	mobile.Speak(900)
	o.phone.Does(func(in *sip.Incoming) {
		_ = in.Ring()
		_ = in.Answer(desk.Answer(in.Offer))
	})
	c := &siptest.PhoneCall{Events: make(chan sip.Event, 100)}
	leg, err := o.trunk.Stack.Dial(sip.Target{Trunk: "pbx", User: line, From: sip.Party{User: "+380502222222"}, SDP: mobile.Offer()}, func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	if err != nil {
		t.Fatal(err)
	}
	c.Leg = leg
	answered, ok := siptest.Await[sip.Answered](c)
	if !ok {
		t.Fatal("nobody answers the client")
	}
	mobile.Accept(answered.SDP)
	mobile.Hear(400)
	desk.Hear(900)
	o.until("the call is not shown as it goes on", "/v1/projects/shop/live-calls", o.secret, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"phase":"talking"`)) && bytes.Contains(text, []byte("Olena"))
	})
	o.until("telephony is not in the metrics", "/metrics", "", func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte("bellwether_calls_running 1")) && bytes.Contains(text, []byte("bellwether_trunks_up 1"))
	})
	o.clock.pass(65 * time.Second)
	leg.Hangup(sip.Normal)
	o.wasLogged()
}

// wasLogged waits for the call in the log, and looks at what is known of it.
func (o *office) wasLogged() {
	o.Helper()
	const base = "/v1/projects/shop"
	var list struct{ Items []map[string]any }
	o.until("the call is not in the log", base+"/calls?recorded=true", o.secret, func(_ int, text []byte) bool {
		return json.Unmarshal(text, &list) == nil && len(list.Items) == 1 && list.Items[0]["status"] == "answered" && list.Items[0]["ended_at"] != nil
	})
	c := list.Items[0]
	if talk := c["talk_seconds"].(float64); talk < 65 || talk > 75 || c["direction"] != "inbound" || c["client"] != "+380502222222" || c["employee"].(map[string]any)["name"] != "Olena" {
		o.Errorf("in the log: %v", c)
	}
	id := c["id"].(string)
	status, text := o.ask(http.MethodGet, base+"/legs?call="+id, o.secret, "")
	if status == http.StatusOK && bytes.Contains(text, []byte(`"state":"open"`)) {
		o.Errorf("a leg is open: %s", text)
	}
	link := o.post(http.MethodGet, base+"/calls/"+id+"/recordings/1/link", o.secret, "")["url"].(string)
	status, sound := o.ask(http.MethodGet, strings.TrimPrefix(link, "http://localhost"), "", "")
	if status != http.StatusOK || !bytes.HasPrefix(sound, []byte("RIFF")) {
		o.Errorf("the recording is answered %d with %d bytes", status, len(sound))
	}
	_, text = o.ask(http.MethodGet, base+"/calls/"+id, o.secret, "")
	for _, code := range []string{"came_in", "ringing", "answered_by", "hung_up"} {
		if !bytes.Contains(text, []byte(`"code":"`+code+`"`)) {
			o.Errorf("the timeline lacks %s: %s", code, text)
		}
	}
}

// Click-to-call rings the employee and then the client; an order of the API ends the call.
func TestClickToCall(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	desk, mobile := mediatest.New(t), mediatest.New(t)
	desk.Speak(400)
	mobile.Speak(900)
	take := func(v *mediatest.Peer) func(*sip.Incoming) {
		return func(in *sip.Incoming) { _ = in.Answer(v.Answer(in.Offer)) }
	}
	o.phone.Does(take(desk))
	o.trunk.Does(take(mobile))
	const base = "/v1/projects/shop/calls"
	id := o.post(http.MethodPost, "/v1/projects/shop/click-to-call", o.secret, fmt.Sprintf(`{"employee":%q,"to":"067 123 45 67"}`, o.person))["call"].(string)
	desk.Hear(900)
	mobile.Hear(400)
	o.post(http.MethodPost, base+"/"+id+"/hang-up", o.secret, "")
	o.until("the call does not end", base+"/"+id, o.secret, func(_ int, text []byte) bool { return bytes.Contains(text, []byte(`"ended_at"`)) })
	if status, text := o.ask(http.MethodPost, base+"/"+id+"/hang-up", o.secret, ""); status != http.StatusNotFound {
		t.Errorf("a call that is over is ended: %d %s", status, text)
	}
	if status, text := o.ask(http.MethodPost, "/v1/projects/shop/click-to-call", o.secret, `{"employee":"nobody","to":"+380671234567"}`); status != http.StatusNotFound || !bytes.Contains(text, []byte("staff.no_employee")) {
		t.Errorf("nobody is rung: %d %s", status, text)
	}
}

// A telephone whose account is closed is registered no more, and a browser's connection is taken over.
func TestClosedAccountIsDropped(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	if h := o.app.Health(); h.Calls == nil || h.Calls.Registered != 1 {
		t.Fatalf("%+v", h)
	}
	var list struct {
		Employees []struct {
			Accounts []struct {
				Name string `json:"user_name"`
			}
		}
	}
	_, text := o.ask(http.MethodGet, "/v1/projects/shop/employees", o.secret, "")
	if err := json.Unmarshal(text, &list); err != nil || len(list.Employees) != 1 || len(list.Employees[0].Accounts) != 1 {
		t.Fatalf("%s %v", text, err)
	}
	o.post(http.MethodPut, "/v1/projects/shop/sip-accounts/"+list.Employees[0].Accounts[0].Name, o.secret, `{"label":"desk","most_contacts":2,"enabled":false}`)
	o.until("the telephone stays", "/readyz", "", func(_ int, text []byte) bool { return bytes.Contains(text, []byte(`"registered":0`)) })
	ws, response, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(o.url, "http")+app.SIPPath, &websocket.DialOptions{Subprotocols: []string{"sip"}, HTTPClient: o.client})
	if err != nil {
		t.Fatal(err, response)
	}
	if err := ws.CloseNow(); err != nil {
		t.Error(err)
	}
}
