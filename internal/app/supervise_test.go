package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/mail/mailtest"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
)

// works makes a member an employee with a telephone.
func (v *visitor) works(name, extension, ip string) *siptest.Phone {
	v.Helper()
	const base = "/v1/projects/shop/employees"
	id := v.post(http.MethodPost, base, v.secret, fmt.Sprintf(`{"name":%q,"extension":%q,"user":%q}`, name, extension, v.who.ID))["id"].(string)
	account := v.post(http.MethodPost, base+"/"+id+"/sip-accounts", v.secret, `{"label":"desk"}`)
	v.app.Routing.Changed("shop", line)
	return siptest.NewPhone(v, packets(v, ip), "sip:"+v.app.SIPAddress(), account["user_name"].(string), account["password"].(string))
}

// live is the id of the one call on the board.
func (v *visitor) live() string {
	v.Helper()
	listens := regexp.MustCompile(`/live/(\d+)/listen`)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, text := v.opens("/p/shop/live"); listens.MatchString(text) {
			return listens.FindStringSubmatch(text)[1]
		}
	}
	v.Fatal("the board offers no call to listen to")
	return ""
}

// Rule T-19: from the live board a supervisor hears a call unheard, whispers to the employee, and joins in, each by the buttons of the page;
// the board says who talks. Whoever may not listen is offered nothing, and refused. Afterwards the client is called back from the log.
func TestSupervise(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	boss, clerk := o.member("boss@shop.example", access.Owner), o.member("clerk@shop.example", access.Accountant)
	phone := boss.works("Boss", "202", "127.0.0.5")
	desk, client := o.voice(400), o.voice(900)
	o.phone.Does(takes(desk))
	c := o.calls(client)
	client.Hear(400)
	desk.Hear(900)
	call := boss.live()
	boss.sees("/p/shop/live", "Olena Talking", "Boss Free")
	if status, text := clerk.does(http.MethodPost, "/p/shop/live/"+call+"/listen", ""); status != http.StatusForbidden {
		t.Errorf("somebody who may not listens: %d %s", status, said(text))
	}
	for _, way := range []struct {
		button   string
		desk     []float64
		client   []float64
		unheard  bool // by the client
		unheards bool // by the employee
	}{
		{"listen", []float64{900}, []float64{400}, true, true},
		{"whisper", []float64{900, 1300}, []float64{400}, true, false},
		{"barge", []float64{900, 1300}, []float64{400, 1300}, false, false},
	} {
		ear := o.voice(1300)
		phone.Does(takes(ear))
		if status, text := boss.does(http.MethodPost, "/p/shop/live/"+call+"/"+way.button, ""); status != http.StatusOK {
			t.Fatalf("%s: %d %s", way.button, status, said(text))
		}
		mine := phone.Next()
		ear.Hear(400, 900)
		desk.Hear(way.desk...)
		client.Hear(way.client...)
		if way.unheards {
			desk.HearNot(1300)
		}
		if way.unheard {
			client.HearNot(1300)
		}
		mine.Hangup(sip.Normal)
		desk.Hear(900)
		client.Hear(400)
	}
	c.Hangup(sip.Normal)
	o.until("the call does not end", "/v1/projects/shop/calls/"+call, o.secret, func(_ int, text []byte) bool { return strings.Contains(string(text), `"ended_at"`) })

	ear := o.voice(1300)
	phone.Does(takes(ear))
	o.trunk.Does(takes(client))
	if status, text := boss.does(http.MethodPost, "/p/shop/calls/"+call+"/call-back", ""); status != http.StatusOK {
		t.Errorf("calling back: %d %s", status, said(text))
	}
	client.Hear(1300)
	ear.Hear(900)
	if in := o.trunk.Next().In; in.Dialled != "+380502222222" {
		t.Errorf("called back %q", in.Dialled)
	}
}

// Rules T-30 and T-112: a message is recorded and mailed through a real server; the mail leads to the call's page, which wants a person who may
// listen, and the link from there opens for an hour.
func TestVoicemailIsMailed(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
	o := openOffice(t, func(c *config.Config, _ *app.Options) {
		c.SMTP, c.MailFrom = "smtp://"+box.Address+"?tls=off", "bell@bellwether.example"
	})
	const base = "/v1/projects/shop"
	scheme := o.post(http.MethodPost, base+"/schemes", o.secret, `{"name":"Box","scheme":{"format":1,"steps":[{"id":"vm","voicemail":{"max_seconds":60,"emails":["boss@shop.example"]}}]}}`)["id"].(string)
	o.post(http.MethodPost, base+"/schemes/"+scheme+"/publish", o.secret, "")
	o.post(http.MethodPut, base+"/numbers/"+line+"/scheme", o.secret, `{"scheme":"`+scheme+`"}`)
	boss, clerk := o.member("boss@shop.example", access.Owner), o.member("clerk@shop.example", access.Accountant)
	client := o.voice(900)
	c := o.calls(client)
	client.Hear(1000) // the beep, behind the announcement
	o.clock.pass(3 * time.Second)
	spoken := time.Now()
	o.until("two seconds are spoken", "/healthz", "", func(int, []byte) bool { return time.Since(spoken) > 2200*time.Millisecond })
	c.Hangup(sip.Normal)
	o.until("no mail comes", "/healthz", "", func(int, []byte) bool { return len(box.Deliveries()) == 1 })
	letter := box.Deliveries()[0]
	if letter.To != "boss@shop.example" || !strings.Contains(letter.Subject(t), "Shop") {
		t.Errorf("to %s: %s", letter.To, letter.Subject(t))
	}
	page := letter.Link(t)
	if status, text := o.ask(http.MethodGet, page, "", ""); strings.Contains(string(text), "/sound") || strings.Contains(string(text), "222 2222") {
		t.Errorf("a stranger opens %s: %d %s", page, status, said(string(text)))
	}
	if status, text := clerk.opens(page); strings.Contains(text, "/sound") {
		t.Errorf("who may not listen: %d %s", status, said(text))
	}
	boss.sees(page, "+380 50 222 2222", "/recordings/1/sound")
	_, text := boss.opens(page + "/recordings/1/link")
	secret := regexp.MustCompile(`/recordings/[\w.~-]{20,}`).FindString(text)
	u, err := url.Parse(secret)
	if err != nil || secret == "" {
		t.Fatalf("no link in %s", said(text))
	}
	opens := func(when string, want int) {
		t.Helper()
		o.until(when, u.Path, "", func(status int, sound []byte) bool { // a role that changed is noticed within seconds
			return status == want && strings.HasPrefix(string(sound), "RIFF") == (want == http.StatusOK)
		})
	}
	opens("the link at once", http.StatusOK)
	o.clock.pass(59 * time.Minute)
	opens("the link within the hour", http.StatusOK)
	o.asOperator(ident.ProjectOrg("shop"), func(ctx context.Context, tx *store.Tx, p access.Permit) error {
		_, err := access.SetRole(ctx, tx, p, clerk.who.ID, access.Owner, o.clock.now()) // the project keeps one
		if err != nil {
			return err
		}
		_, err = access.SetRole(ctx, tx, p, boss.who.ID, access.Accountant, o.clock.now())
		return err
	})
	opens("the link once whoever made it may listen no more", http.StatusNotFound)
	o.asOperator(ident.ProjectOrg("shop"), func(ctx context.Context, tx *store.Tx, p access.Permit) error {
		_, err := access.SetRole(ctx, tx, p, boss.who.ID, access.Owner, o.clock.now())
		return err
	})
	opens("the link once they may again", http.StatusOK)
	o.clock.pass(2 * time.Minute)
	opens("the link after the hour", http.StatusNotFound)
}
