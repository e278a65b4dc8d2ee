package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/courier"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/webhook"
)

// tries sends tests to nowhere: the receiver is content.
type tries struct {
	hooks *webhook.Service
	db    *store.DB
	clock func() time.Time
}

func (t tries) send(ctx context.Context, p access.Permit, id webhook.EndpointID) (webhook.Delivery, error) {
	at := t.clock()
	parcel, err := t.hooks.Try(ctx, p, id, "a test", at)
	if err != nil {
		return webhook.Delivery{}, err
	}
	if _, err := t.hooks.Note(ctx, parcel, webhook.Answer{Status: http.StatusAccepted, Text: "fine", Took: 12 * time.Millisecond}, at); err != nil {
		return webhook.Delivery{}, err
	}
	return webhook.GetDelivery(ctx, t.db, p, id, parcel.Message)
}

// answersOlena is a CRM whose clients all belong to the extension 201.
func answersOlena(context.Context, access.Permit, string) (courier.Said, staff.EmployeeID, error) {
	return courier.Said{Employee: "201", Status: http.StatusOK, Text: `{"employee":"201"}`, Took: 20 * time.Millisecond}, "e1", nil
}

// aHook is a webhook to a server of a customer's.
const aHook = `{"name":"CRM","url":"https://crm.example/in","kinds":["call.ended","call.ringing"],"enabled":true}`

// innerHook stands behind our own firewall (Rule W-01).
var innerHook = strings.Replace(aHook, "crm.example", "10.0.0.7", 1)

// webhookTour calls every operation of webhooks once rightly and once wrongly. Rules W-01, W-03, W-10.
var webhookTour = []visit{
	{"add-webhook", "project:write", "/projects/demo/webhooks", aHook, innerHook, "webhook.private_address", "hook=id"},
	{"list-webhooks", "project:write", "/projects/demo/webhooks", "", "/projects/demo/webhooks?x=1", "api.invalid", ""},
	{"get-webhook", "project:write", "/projects/demo/webhooks/@hook", "", "/projects/demo/webhooks/none", "webhook.none", ""},
	{"edit-webhook", "project:write", "/projects/demo/webhooks/@hook", aHook, innerHook, "webhook.private_address", ""},
	{"rotate-webhook-secret", "project:write", "/projects/demo/webhooks/@hook/secret", "", "/projects/demo/webhooks/none/secret", "webhook.none", ""},
	{"test-webhook", "project:write", "/projects/demo/webhooks/@hook/test", "", "/projects/demo/webhooks/none/test", "webhook.none", "told=id"},
	{"list-webhook-deliveries", "project:write", "/projects/demo/webhooks/@hook/deliveries", "", "/projects/demo/webhooks/none/deliveries", "webhook.none", ""},
	{"get-webhook-delivery", "project:write", "/projects/demo/webhooks/@hook/deliveries/@told", "", "/projects/demo/webhooks/@hook/deliveries/msg_1", "webhook.no_delivery", ""},
	{"resend-webhook-delivery", "project:write", "/projects/demo/webhooks/@hook/deliveries/@told/again", "", "/projects/demo/webhooks/@hook/deliveries/x/again", "webhook.no_delivery", ""},
	{"set-crm-owner", "project:write", "/projects/demo/crm-owner", `{"url":"https://crm.example/owner","enabled":true}`, `{"url":"https://10.0.0.7/owner","enabled":true}`, "webhook.private_address", ""},
	{"get-crm-owner", "project:write", "/projects/demo/crm-owner", "", "/projects/demo/crm-owner?x=1", "api.invalid", ""},
	{"test-crm-owner", "project:write", "/projects/demo/crm-owner/test", `{"client":"+380671234567"}`, `{"client":"nobody"}`, "phone.invalid", ""},
	{"remove-webhook", "project:write", "/projects/demo/webhooks/@hook", "", "/projects/demo/webhooks/none", "webhook.none", ""},
}

// webhookScenes are the same as a story, with what is answered.
var webhookScenes = func() (scenes []scene) {
	want := map[string][]string{
		"set-crm-owner": {`"secret":"whsec_`, `"wait_ms":1000`}, "get-crm-owner": {`"wait_ms":1000`}, "test-crm-owner": {`"said":"201"`, `"employee":"e1"`},
		"add-webhook": {`"secret":"whsec_`}, "list-webhooks": {`"kinds":["call.ringing","call.ended"]`}, "rotate-webhook-secret": {`"secret":"whsec_`, `"old_secret_until"`},
		"test-webhook": {`"state":"sent"`, `"status":202`, `"answer":"fine"`}, "resend-webhook-delivery": {`"state":"waiting"`},
	}
	for _, v := range webhookTour {
		scenes = append(scenes, scene{op: v.id, who: v.who, path: "/v1" + strings.ReplaceAll(v.path, "@", "$"), body: v.body, keep: v.keep, want: want[v.id]})
	}
	return scenes
}()

// Rules W-02, W-03 and W-10: a webhook from its making to its end.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	write, all := s.as("project:write demo"), "/v1/projects/demo/webhooks"
	made := s.do(write.with("Idempotency-Key", "k1"), http.MethodPost, all, aHook)
	var w struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(made.body), &w); err != nil || made.status != http.StatusCreated || !strings.HasPrefix(w.Secret, "whsec_") {
		t.Fatalf("%d %s", made.status, made.body)
	}
	again := s.do(write.with("Idempotency-Key", "k1"), http.MethodPost, all, aHook)
	if strings.Contains(string(again.body), "whsec_") || !strings.Contains(string(again.body), w.ID) {
		t.Errorf("repeated: %s", again.body)
	}
	one := all + "/" + w.ID
	want := func(method, path, body string, status int, texts ...string) string {
		t.Helper()
		got := s.do(write.with("Idempotency-Key", method+path), method, path, body)
		for _, text := range texts {
			if !strings.Contains(string(got.body), text) {
				t.Errorf("%s %s: no %q in %s", method, path, text, got.body)
			}
		}
		if got.status != status {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
		return string(got.body)
	}
	want(http.MethodGet, all, "", 200, `"kinds":["call.ringing","call.ended"]`)
	want(http.MethodPost, one+"/secret", "", 200, `"secret":"whsec_`, `"old_secret_until"`)
	sent := want(http.MethodPost, one+"/test", "", 200, `"state":"sent"`, `"status":202`, `"answer":"fine"`, `webhook.test`)
	var d struct{ ID string }
	if err := json.Unmarshal([]byte(sent), &d); err != nil {
		t.Fatal(err)
	}
	want(http.MethodGet, one+"/deliveries", "", 200, d.ID)
	want(http.MethodGet, one+"/deliveries/"+d.ID, "", 200, `\"webhook\":\"CRM\"`)
	want(http.MethodPost, one+"/deliveries/"+d.ID+"/again", "", 200, `"state":"waiting"`)
	want(http.MethodGet, one+"/deliveries/msg_1", "", 404, "webhook.no_delivery")
	want(http.MethodPut, one, strings.Replace(aHook, "https", "http", 1), 422, "webhook.bad_setting")
	want(http.MethodPut, one, strings.Replace(aHook, "crm.example", "10.0.0.1", 1)+" ", 422, "webhook.private_address")
	want(http.MethodDelete, one, "", 200, w.ID)
	want(http.MethodGet, one, "", 404, "webhook.none")
	if trail := s.do(write, http.MethodGet, "/v1/projects/demo/trail", ""); trail.status == 200 && strings.Contains(string(trail.body), "whsec_") {
		t.Error("the trail has a secret")
	}
}

// Rule W-04: each kind that can be chosen is described, by its own form.
func TestWebhooksAreDescribed(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	var document struct {
		Webhooks map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Schema struct {
							Properties map[string]struct {
								Ref string `json:"$ref"`
							}
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(s.do(nil, http.MethodGet, "/openapi.json", "").body), &document); err != nil {
		t.Fatal(err)
	}
	for _, kind := range append([]webhook.Kind{webhook.Test}, webhook.Kinds...) {
		if ref := document.Webhooks[string(kind)].Post.RequestBody.Content["application/json"].Schema.Properties["data"].Ref; !strings.HasPrefix(ref, "#/components/schemas/Webhook") {
			t.Errorf("%s: %q", kind, ref)
		}
	}
}
