package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store/storetest"
)

// A node that is told to stop refuses new calls with 503 and lets the running one go on, which is settled; the next one knows the telephones
// that were registered before, and rings them though they have said nothing since.
// Rules T-35, T-37, T-66.
func TestRestart(t *testing.T) {
	t.Parallel()
	for engine, dsn := range map[string]func(testing.TB) string{"sqlite": nil, "postgres": storetest.PostgresDSN} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			database := ""
			if dsn != nil {
				database = dsn(t)
			}
			o := openOffice(t, func(c *config.Config, _ *app.Options) {
				if database != "" {
					c.Database = database
				}
			})
			quiet := o.quietTelephone()
			desk, client := o.voice(400), o.voice(900)
			o.phone.Does(takes(desk))
			o.clock.stop()
			c := o.calls(client)
			quiet.Reply(quiet.Expect("INVITE"), 486, nil)
			desk.Hear(900)
			o.clock.pass(65 * time.Second)
			stopped := make(chan error, 1)
			go func() { stopped <- o.stop() }()
			o.refusesCalls()
			client.Hear(400)
			desk.Hear(900)
			c.Hangup(sip.Normal)
			if err := <-stopped; err != nil {
				t.Errorf("it stopped with %v", err)
			}

			o.phone.Does(siptest.Rings)
			o.serve(t, o.at)
			var list struct{ Items []logged }
			o.read("/v1/projects/shop/calls", o.secret, &list)
			list.Items = slices.DeleteFunc(list.Items, func(l logged) bool { return l.Status == "no_answer" }) // who tried before it refused
			if len(list.Items) != 1 || list.Items[0].Status != "answered" || list.Items[0].Talk != 65 || list.Items[0].EndedAt == "" {
				t.Errorf("in the log: %+v", list.Items)
			}
			o.nothingIsOpen()
			o.until("the trunk is not up again", "/v1/trunks", o.secret, func(_ int, text []byte) bool { return bytes.Contains(text, []byte(`"state":"up"`)) })
			again := o.rings(client)
			m := quiet.Expect("INVITE")
			quiet.Reply(m, 200, o.voice(1300).Answer(m.Body()))
			if _, ok := siptest.Await[sip.Answered](again); !ok {
				t.Error("the telephone is not put through")
			}
			again.Hangup(sip.Normal)
			quiet.Reply(quiet.Expect("BYE", "CANCEL"), 200, nil)
		})
	}
}

// quietTelephone is a second one of the employee, which registers once, and then answers only what it is asked, such as whether it is there.
func (o *office) quietTelephone() *siptest.Peer {
	o.Helper()
	account := o.post(http.MethodPost, "/v1/projects/shop/employees/"+o.person+"/sip-accounts", o.secret, `{"label":"kitchen"}`)
	p := siptest.NewPeer(o, packets(o, "127.0.0.4"), o.app.SIPAddress(), account["user_name"].(string))
	p.AnswerProbes()
	if m := p.Register(account["password"].(string)); !m.Is("200") {
		o.Fatal(m.Raw)
	}
	o.app.Routing.Changed("shop", line)
	return p
}

// refusesCalls waits until a new call is refused with 503.
func (o *office) refusesCalls() {
	o.Helper()
	for end := time.Now().Add(patience); ; {
		one := o.rings(o.voice(700))
		for e := range one.Events {
			switch e := e.(type) {
			case sip.Refused:
				if e.Code == 503 {
					return
				}
			case sip.Ringing, sip.Answered:
				one.Hangup(sip.Normal)
				continue
			case sip.Ended, sip.Lost:
			default:
				continue
			}
			break
		}
		if time.Now().After(end) {
			o.Fatal("a node that stops takes calls")
		}
	}
}

// nothingIsOpen fails where a leg is open or funds are held, and where nobody can tell.
func (o *office) nothingIsOpen() {
	o.Helper()
	const base = "/v1/projects/shop"
	var open struct{ Legs []any }
	status, text := o.ask(http.MethodGet, base+"/open-legs", o.secret, "")
	if err := json.Unmarshal(text, &open); status != http.StatusOK || err != nil || open.Legs == nil || len(open.Legs) != 0 {
		o.Errorf("legs are open: %d %s %v", status, text, err)
	}
	var project struct{ Funds struct{ Held *string } }
	o.read(base, o.secret, &project)
	if held := project.Funds.Held; held == nil || *held != "0" {
		o.Errorf("funds stay held: %v", held)
	}
}
