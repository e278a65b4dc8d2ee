package webhooks_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/config"
	"bellwether/internal/courier"
	"bellwether/internal/ident"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
	"bellwether/internal/webhook"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var shop = ident.ProjectOrg("shop")

const (
	at     = "/p/shop/settings/webhooks"
	client = "+380671234567"
)

// crm is a customer's server: it answers with status and what it says, and keeps what it was told.
type crm struct {
	*httptest.Server
	mu      sync.Mutex
	status  int
	says    string
	headers []http.Header
	bodies  []string
}

func newCRM(t *testing.T) *crm {
	t.Helper()
	c := &crm{status: http.StatusOK, says: "thanks"}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.headers, c.bodies = append(c.headers, r.Header), append(c.bodies, string(body))
		w.WriteHeader(c.status)
		_, _ = io.WriteString(w, c.says)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *crm) answers(status int, says string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status, c.says = status, says
}

// kinds are those of the messages that came.
func (c *crm) kinds(t *testing.T) (kinds string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, body := range c.bodies {
		var told struct{ Kind string }
		if err := json.Unmarshal([]byte(body), &told); err != nil {
			t.Fatal(err)
		}
		kinds += told.Kind + " "
	}
	return strings.TrimSpace(kinds)
}

func open(t *testing.T) (h *cabinettest.House, owner *cabinettest.Person, c *crm) {
	t.Helper()
	h = cabinettest.OpenWith(t, config.Flags{HookNetworks: "127.0.0.1,::1"}, app.Options{})
	h.Project("shop", "1000")
	h.Project("other", "5")
	return h, h.Member(shop, access.Owner), newCRM(t)
}

// wish is a form of a webhook.
func wish(name, address string, kinds ...string) url.Values {
	return url.Values{"id": {"form-" + name}, "name": {name}, "url": {address}, "kind": kinds, "enabled": {"on"}}
}

var secretIn = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

func carry(t *testing.T, h *cabinettest.House) {
	t.Helper()
	if err := h.App.CarryWebhooks(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// rings has a client call the shop from an advert.
func rings(h *cabinettest.House) call.Ref {
	ref := call.Ref{Project: "shop", ID: call.NewID(h.Now())}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if err := call.Open(ctx, tx, call.Opening{Project: "shop", ID: ref.ID, Direction: call.Inbound, Client: client, Number: "+380443337701", Node: "test"}); err != nil {
			return err
		}
		if err := call.Attribute(ctx, tx, ref, call.Origin{Visit: "7", Source: "google", Medium: "cpc", Campaign: "roses", Term: "buy roses", Device: "mobile", Certainty: 9400, FoundAt: h.Now()}); err != nil {
			return err
		}
		return call.Ring(ctx, tx, ref)
	})
	return ref
}

// Rules W-03 to W-06: a webhook is set up, tested, told of a call, and its log shows it; the signature is the secret's.
func TestAWebhookIsSetUpAndTold(t *testing.T) {
	t.Parallel()
	h, owner, server := open(t)
	owner.Get("/p/shop/settings").Must(t, http.StatusOK, `href="/p/shop/settings/webhooks"`)
	owner.Get(at).Must(t, http.StatusOK, "No webhooks")
	owner.Get(at+"/new").Must(t, http.StatusOK, "A call rings", "checked")
	made := owner.Post(at+"/new", wish("CRM", server.URL+"/in", "call.ringing", "call.ended"))
	made.Must(t, http.StatusOK, "never shown again")
	secret := secretIn.FindString(made.Body)
	if again := owner.Post(at+"/new", wish("CRM", server.URL+"/in", "call.ringing", "call.ended")); secretIn.MatchString(again.Body) || !strings.HasPrefix(again.Path, at+"/") || again.Path == at+"/new" {
		t.Errorf("sent twice: %s", again.Path)
	}
	all, err := webhook.List(t.Context(), h.App.DB, h.Permit(shop))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d webhooks, %v", len(all), err)
	}
	one := at + "/" + string(all[0].ID)
	owner.Post(one+"/test", nil).Must(t, http.StatusOK, "The server answered 200", "thanks", "webhook.test")
	ref := rings(h)
	carry(t, h)
	if got := server.kinds(t); got != "webhook.test call.ringing" {
		t.Fatalf("told: %s", got)
	}
	var told webhook.Body[webhook.CallData]
	if err := json.Unmarshal([]byte(server.bodies[1]), &told); err != nil || told.Data.ID != ref.ID.String() || told.Data.Origin.Keyword != "buy roses" {
		t.Errorf("%s, %v", server.bodies[1], err)
	}
	head := server.headers[1]
	if want := "v1," + courier.Signature(webhook.Key(secret), told.ID, head.Get("Webhook-Timestamp"), []byte(server.bodies[1])); head.Get("Webhook-Signature") != want || head.Get("Webhook-Id") != told.ID {
		t.Errorf("signed %q, want %q", head.Get("Webhook-Signature"), want)
	}
	owner.Get(one+"/deliveries").Must(t, http.StatusOK, "A call rings", "Taken", "A test")
	owner.Get(one+"/deliveries/"+told.ID).Must(t, http.StatusOK, "buy roses", "thanks", "Send again")
	owner.Post(one+"/deliveries/"+told.ID+"/again", nil).Must(t, http.StatusOK, "It is sent again")
	carry(t, h)
	if got := server.kinds(t); got != "webhook.test call.ringing call.ringing" || server.bodies[1] != server.bodies[2] {
		t.Errorf("told: %s", got)
	}
	rotated := owner.Post(one+"/secret", nil).Must(t, http.StatusOK, "The old secret counts until")
	if fresh := secretIn.FindString(rotated.Body); fresh == "" || fresh == secret {
		t.Errorf("rotated: %q", fresh)
	}
	owner.Get("/p/shop/people/audit").Must(t, http.StatusOK, "Webhook")
	owner.Post(one+"/remove", nil).Must(t, http.StatusOK, "CRM is removed", "No webhooks")
}

// Rules W-08 to W-10: what a server refuses is seen and tried again; one that is gone is switched off and its owner told; whoever is erased
// goes from what was told.
func TestWhatGoesWrongIsSeen(t *testing.T) {
	t.Parallel()
	h, owner, server := open(t)
	one := at + "/" + string(add(t, h, owner, server))
	server.answers(http.StatusInternalServerError, "<b>broken</b>\x00")
	rings(h)
	carry(t, h)
	list := owner.Get(one+"/deliveries").Must(t, http.StatusOK, "Failed, will be tried again", "500")
	message := regexp.MustCompile(`msg_\d+`).FindString(list.Body)
	owner.Get(one+"/deliveries/"+message).Must(t, http.StatusOK, "&lt;b&gt;broken&lt;/b&gt;", "Next try")
	owner.Get(one).Must(t, http.StatusOK, "Fails")
	owner.Get(at).Must(t, http.StatusOK, "Fails")
	server.answers(http.StatusGone, "")
	h.Pass(10 * time.Second)
	carry(t, h)
	owner.Get(one).Must(t, http.StatusOK, "the server said that it is gone")
	var kind, to string
	if err := h.App.DB.QueryRow(t.Context(), `SELECT kind, recipient FROM mail_message WHERE kind LIKE 'webhook_%'`).Scan(&kind, &to); err != nil || kind != "webhook_gone" || to != owner.User.Email {
		t.Errorf("mail %s to %s, %v", kind, to, err)
	}
	owner.Post(one+"/deliveries/"+message+"/again", nil).Must(t, http.StatusConflict, "switched off")
	owner.Post("/p/shop/clients/"+client+"/erase", nil).Must(t, http.StatusOK)
	if body := owner.Get(one+"/deliveries/"+message).Must(t, http.StatusOK, "What it told of was erased").Body; strings.Contains(body, "671234567") {
		t.Error("the client's number is still there")
	}
}

// add makes a webhook that is told of rings.
func add(t *testing.T, h *cabinettest.House, owner *cabinettest.Person, server *crm) (id webhook.EndpointID) {
	t.Helper()
	owner.Post(at+"/new", wish("CRM", server.URL, "call.ringing")).Must(t, http.StatusOK)
	all, err := webhook.List(t.Context(), h.App.DB, h.Permit(shop))
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return all[0].ID
}

// Rules W-01 and W-02: what is refused, to whom.
func TestWhoAndWhatIsRefused(t *testing.T) {
	t.Parallel()
	h, owner, server := open(t)
	one := at + "/" + string(add(t, h, owner, server))
	owner.Post(at+"/new", wish("Next", "crm.example", "call.ended")).Must(t, http.StatusUnprocessableEntity, "Next", "look at the hint")
	owner.Post(at+"/new", wish("Next", server.URL)).Must(t, http.StatusUnprocessableEntity, "Choose at least one")
	owner.Post(one, wish("", server.URL, "call.ended")).Must(t, http.StatusUnprocessableEntity)
	owner.Get(strings.Replace(one, "shop", "other", 1)).Must(t, http.StatusNotFound)
	owner.Get(at+"/none").Must(t, http.StatusNotFound, "There is no such webhook")
	owner.Get(one+"/deliveries/msg_0").Must(t, http.StatusNotFound)
	for _, role := range []access.RoleID{access.Marketer, access.Manager, access.ReadOnly} {
		who := h.Member(shop, role)
		who.Get(one).Must(t, http.StatusForbidden)
		who.Post(one+"/test", nil).Must(t, http.StatusForbidden)
	}
	strict := cabinettest.Open(t)
	strict.Project("shop", "10")
	strict.Member(shop, access.Owner).Post(at+"/new", wish("Inner", "https://10.0.0.7/", "call.ended")).Must(t, http.StatusUnprocessableEntity, "private network")
	if server.kinds(t) != "" {
		t.Error("somebody was told something")
	}
}

// Rule W-12: a project's CRM is asked whose a client is, from a page that says what its answer means; the secret is shown once.
func TestTheCRMIsAsked(t *testing.T) {
	t.Parallel()
	const page = "/p/shop/settings/crm"
	h, owner, server := open(t)
	var olena staff.Employee
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		olena, err = h.App.Staff.Add(ctx, tx, h.Permit(shop), staff.Draft{Name: "Olena", Extension: "201"}, h.Now())
		return err
	})
	owner.Get("/p/shop/settings").Must(t, http.StatusOK, `href="`+page+`"`)
	if body := owner.Get(page).Must(t, http.StatusOK, "1000").Body; strings.Contains(body, "Ask now") {
		t.Error("nobody is set, and can be asked")
	}
	owner.Post(page+"/ask", url.Values{"client": {client}}).Must(t, http.StatusConflict, "No CRM is asked")
	owner.Post(page+"/secret", nil).Must(t, http.StatusConflict, "No CRM is asked")
	owner.Post(page, url.Values{"url": {"crm.example"}, "wait_ms": {"700"}}).Must(t, http.StatusUnprocessableEntity, "crm.example", "700", "look at the hint")
	for _, wait := range []string{"99", "3001", "0", "-5", "a second", "70000"} {
		owner.Post(page, url.Values{"url": {server.URL}, "wait_ms": {wait}}).Must(t, http.StatusUnprocessableEntity, "look at the hint", `value="`+wait+`"`)
	}
	wish := url.Values{"url": {server.URL + "/owner"}, "wait_ms": {"2500"}, "enabled": {"on"}}
	secret := secretIn.FindString(owner.Post(page, wish).Must(t, http.StatusOK, "never shown again", "2500", "No call asks yet").Body)
	if again := owner.Post(page, wish).Must(t, http.StatusOK, "is saved").Body; secret == "" || secretIn.MatchString(again) {
		t.Errorf("the secret is %q, and shown again", secret)
	}
	for says, want := range map[string]string{
		`{"employee":"201"}`: "The CRM named Olena", `{"employee":"` + string(olena.ID) + `"}`: "The CRM named Olena", `{}`: "named nobody", `{"employee":"<b>"}`: "named “&lt;b&gt;”", "yes": "did not answer in time",
	} {
		server.answers(http.StatusOK, says)
		owner.Post(page+"/ask", url.Values{"client": {"+38 067 123 45 67"}}).Must(t, http.StatusOK, want)
	}
	head, body := server.headers[0], server.bodies[0]
	if want := "v1," + courier.Signature(webhook.Key(secret), head.Get("Webhook-Id"), head.Get("Webhook-Timestamp"), []byte(body)); head.Get("Webhook-Signature") != want || !strings.Contains(body, client) {
		t.Errorf("asked %s, signed %q", body, head.Get("Webhook-Signature"))
	}
	server.answers(http.StatusInternalServerError, "<b>broken</b>")
	owner.Post(page+"/ask", url.Values{"client": {client}}).Must(t, http.StatusOK, "did not answer in time", "500", "&lt;b&gt;broken")
	owner.Post(page+"/ask", url.Values{"client": {"12"}}).Must(t, http.StatusUnprocessableEntity, `value="12"`)
	owner.Get(page+"/secret").Must(t, http.StatusOK, "ends at once")
	if fresh := secretIn.FindString(owner.Post(page+"/secret", nil).Must(t, http.StatusOK, "2500").Body); fresh == "" || fresh == secret {
		t.Errorf("rotated: %q", fresh)
	}
	owner.Get(strings.Replace(page, "shop", "other", 1)).Must(t, http.StatusNotFound)
	h.Member(shop, access.Manager).Post(page+"/ask", url.Values{"client": {client}}).Must(t, http.StatusForbidden)
}

// TestPagesLookWell: nothing overflows a narrow screen, and everything can be reached; BELLWETHER_SHOTS keeps pictures.
func TestPagesLookWell(t *testing.T) {
	t.Parallel()
	h, owner, server := open(t)
	one := at + "/" + string(add(t, h, owner, server))
	rings(h)
	carry(t, h)
	server.answers(http.StatusBadGateway, "upstream is away")
	h.Pass(time.Minute)
	rings(h)
	carry(t, h)
	message := regexp.MustCompile(`msg_\d+`).FindString(owner.Get(one + "/deliveries").Body)
	owner.Post("/p/shop/settings/crm", url.Values{"url": {server.URL}, "enabled": {"on"}}).Must(t, http.StatusOK)
	pages := map[string]string{"crm": "/p/shop/settings/crm", "crm-secret": "/p/shop/settings/crm/secret", "list": at, "new": at + "/new", "webhook": one, "deliveries": one + "/deliveries", "delivery": one + "/deliveries/" + message, "rotate": one + "/secret"}
	browser := webtest.Start(t)
	for _, look := range []struct {
		lang, theme string
		width       int64
	}{{"en", "light", 360}, {"ru", "dark", 1280}, {"uk", "light", 1280}} {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.EditUser(ctx, tx, audit.Program("test"), owner.ID, "Olena", look.lang, h.Now())
			return err
		})
		h.Pass(5 * time.Second)
		for name, path := range pages {
			page := owner.Browse(t, browser, look.width)
			page.SetCookie(t, h.URL, "__Host-theme", look.theme)
			page.Go(t, h.URL+path)
			page.Check(t)
			if folder := os.Getenv("BELLWETHER_SHOTS"); folder != "" {
				page.Shoot(t, filepath.Join(folder, name+"-"+look.lang+".png"))
			}
		}
	}
}
