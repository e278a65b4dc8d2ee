package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bellwether/internal/access"
	"bellwether/internal/app"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// The walkthrough docs/walkthroughs/one-call.md, through the real node: a client calls a shop in Kyiv, an employee answers, they talk
// for 65 seconds, and the call is charged, recorded, in the log and on the pages. The second call is put through to the employee's mobile,
// which the book prices by the second from the second minute on.
// Rules T-35, T-36, B-07, B-13.
func TestOneCall(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	owner := o.member("owner@shop.example", access.Owner)
	desk, client := o.voice(400), o.voice(900)
	o.phone.Does(takes(desk))
	o.clock.stop()
	c := o.calls(client)
	client.Hear(400)
	desk.Hear(900)
	o.until("the call is not shown as it goes on", "/v1/projects/shop/live-calls", o.secret, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"phase":"talking"`)) && bytes.Contains(text, []byte("Olena"))
	})
	o.until("telephony is not in the metrics", "/metrics", "", func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte("bellwether_calls_running 1")) && bytes.Contains(text, []byte("bellwether_trunks_up 1"))
	})
	owner.sees("/p/shop/live", "Olena", "+380 50 222 2222", "/listen")
	o.clock.pass(65 * time.Second)
	c.Hangup(sip.Normal)
	first := o.wasLogged(1, "0")
	owner.sees("/p/shop/calls/"+first, "Olena", "+380 50 222 2222", "+380 44 111 2233", "1:05", "/recordings/1/sound")
	o.soundOf(first)

	o.post(http.MethodPut, "/v1/projects/shop/employees/"+o.person, o.secret, `{"name":"Olena","extension":"201","contacts":[{"kind":"mobile","address":"067 123 45 67","primary":true}]}`)
	o.app.Routing.Changed("shop", line)
	mobile := o.voice(1300)
	o.trunk.Does(takes(mobile))
	c = o.calls(client)
	client.Hear(1300)
	mobile.Hear(900)
	o.clock.pass(65 * time.Second)
	c.Hangup(sip.Normal)
	o.costs(owner, o.wasLogged(2, "2.176417"))
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

// Rule T-42: a new password ends what is registered with the old one. The news of it comes late, and ends nothing that knows the new one.
func TestNewPasswordAndLateNews(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const base = "/v1/projects/shop"
	_, text := o.ask(http.MethodGet, base+"/employees", o.secret, "")
	user := regexp.MustCompile(`"user_name":"([a-z0-9]+)"`).FindSubmatch(text)
	if user == nil {
		t.Fatalf("%s", text)
	}
	opened := o.post(http.MethodPost, base+"/sip-accounts/"+string(user[1])+"/password", o.secret, "")
	o.until("the telephone with the old password stays", "/readyz", "", func(_ int, text []byte) bool { return bytes.Contains(text, []byte(`"registered":0`)) })
	siptest.NewPhone(t, packets(t, "127.0.0.4"), "sip:"+o.app.SIPAddress(), opened["user_name"].(string), opened["password"].(string))
	if err := o.app.CarryNews(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.app.Staff.Closed(string(user[1])) // as the news does that another node delivers
	if h := o.app.Health(); h.Calls.Registered != 1 {
		t.Errorf("%d telephones are registered", h.Calls.Registered)
	}
}

// logged is a call as the API tells it.
type logged struct {
	ID        string
	Status    string
	Direction string
	Client    string
	Talk      int64  `json:"talk_seconds"`
	Cost      string `json:"cost"`
	EndedAt   string `json:"ended_at"`
	Employee  struct{ Name string }
	Legs      []struct {
		Leg     string
		Charged struct{ Amount string }
	}
}

// wasLogged waits for the newest of so many calls in the log, looks at what is known of it, and that nothing stays open or held.
func (o *office) wasLogged(calls int, cost string) (id string) {
	o.Helper()
	const base = "/v1/projects/shop"
	var list struct{ Items []logged }
	o.until("the call is not in the log", base+"/calls?recorded=true", o.secret, func(_ int, text []byte) bool {
		return json.Unmarshal(text, &list) == nil && len(list.Items) == calls && list.Items[0].Status == "answered" && list.Items[0].EndedAt != ""
	})
	c := list.Items[0]
	if c.Talk != 65 || c.Direction != "inbound" || c.Client != "+380502222222" || c.Employee.Name != "Olena" || c.Cost != cost {
		o.Errorf("in the log: %+v", c)
	}
	o.nothingIsOpen()
	_, text := o.ask(http.MethodGet, base+"/calls/"+c.ID, o.secret, "")
	for _, code := range []string{"came_in", "ringing", "answered_by", "hung_up"} {
		if !bytes.Contains(text, []byte(`"code":"`+code+`"`)) {
			o.Errorf("the timeline lacks %s: %s", code, text)
		}
	}
	return c.ID
}

// soundOf listens to the recording by its link, which opens for an hour.
func (o *office) soundOf(id string) {
	o.Helper()
	link := strings.TrimPrefix(o.post(http.MethodGet, "/v1/projects/shop/calls/"+id+"/recordings/1/link", o.secret, "")["url"].(string), "http://localhost")
	status, sound := o.ask(http.MethodGet, link, "", "")
	if status != http.StatusOK || !bytes.HasPrefix(sound, []byte("RIFF")) {
		o.Errorf("the recording is answered %d with %d bytes", status, len(sound))
	}
}

// costs follows the second call's price: 2.009 a minute to this mobile, the first minute whole and then by the second, so 2.009 x 65 / 60 =
// 2.1764166..., that is 2.176417 on the ledger, and 2.18 on the statement's row of calls.
func (o *office) costs(owner *visitor, id string) {
	o.Helper()
	const base, exact = "/v1/projects/shop", "2.176417"
	var c logged
	o.read(base+"/calls/"+id, o.secret, &c)
	leg := ""
	for _, l := range c.Legs {
		if l.Charged.Amount == exact {
			leg = l.Leg
		}
	}
	var why struct {
		Agrees bool
		Leg    struct {
			Seconds int64
			Amount  string
			To      string
			Day     string
		}
	}
	o.read(base+"/legs/"+leg+"/explanation", o.secret, &why)
	if !why.Agrees || why.Leg.Seconds != 65 || why.Leg.Amount != exact || why.Leg.To != "+380671234567" {
		o.Errorf("explained: %+v", why)
	}
	var entries struct {
		Items []struct{ ID, Amount, Kind string }
	}
	o.read(base+"/entries?kind=call", o.secret, &entries)
	if len(entries.Items) != 1 || entries.Items[0].Amount != "-"+exact {
		o.Fatalf("on the ledger: %+v", entries)
	}
	var statement struct {
		Rows []struct{ Kind, Amount string }
	}
	o.read(base+"/statement?from="+why.Leg.Day+"&to="+why.Leg.Day, o.secret, &statement)
	found := false
	for _, row := range statement.Rows {
		found = found || row.Kind == "call" && row.Amount == "-2.18"
	}
	if !found {
		o.Errorf("on the statement: %+v", statement)
	}
	owner.sees("/p/shop/calls/"+id, "Olena, +380 67 123 4567", "1:05", "2.009 ₴ a minute", exact+" ₴")
	owner.sees("/p/shop/funds/days/"+why.Leg.Day, "2.18")
	owner.sees("/p/shop/funds/calls/"+leg, exact, "2.009", "1:05")
}
