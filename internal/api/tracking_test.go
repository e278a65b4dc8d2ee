package api_test

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// promo joins a call with the visit of a code, as the program does.
func (s *site) promo(ctx context.Context, _ access.Permit, id call.ID, code string) (call.Origin, error) {
	b, err := s.collector.Confirm(ctx, tracking.Call{ID: id.String(), Project: "demo", At: s.clock()}, code, s.clock())
	return call.Origin{Visit: b.Visit.String(), Source: b.Source, Promo: code, Certainty: call.Certain, FoundAt: s.clock()}, err
}

// rescore scores a call anew, as the program does.
func (s *site) rescore(ctx context.Context, p access.Permit, id call.ID) (bool, error) {
	w, err := call.Look(p, access.Edit)
	if err != nil {
		return false, err
	}
	if _, err := w.Get(ctx, s.db, id); err != nil {
		return false, err
	}
	_, changed, err := s.collector.Rescore(ctx, "demo", id.String())
	return changed, err
}

const (
	aSite   = `{"name":"Tea","hosts":["shop.example"],"consent":"full","features":["forms","promo"],"targets":[{"id":"t1","name":"Sales","numbers":["+380443337700"]}]}`
	badSite = `{"name":"Tea","hosts":["shop.example"],"consent":"full","targets":[{"id":"t1","name":"Sales","numbers":["call me"]}]}`
	aRule   = `{"id":"all","name":"All","when":{"conditions":[{"field":"source","op":"is","values":["google, inc","bing"]}]},"show":[{"target":"t1","do":"pool","pool":"@pool"}]}`
	number1 = `{"number":"+380445555511","owner":"customer","kind":"local","use":"tracking"}`
	number2 = `{"number":"+380445555512","owner":"customer","kind":"local","use":"tracking"}`
)

// trackingTour calls every operation of call tracking once rightly and once wrongly. Rules C-70 to C-73, C-83, C-93 to C-95.
var trackingTour = []visit{
	{"rent-number", "operator", "/projects/demo/numbers", number1, `{"number":"1","owner":"customer","kind":"local","use":"tracking"}`, "billing.bad_number", ""},
	{"rent-number", "operator", "/projects/demo/numbers", number2, `{"number":"1","owner":"customer","kind":"local","use":"tracking"}`, "billing.bad_number", ""},
	{"add-site", "project:write", "/projects/demo/sites", aSite, badSite, "tracking.bad_site", "site=id"},
	{"list-sites", "project:read", "/projects/demo/sites", "", "/projects/demo/sites?x=1", "api.invalid", ""},
	{"get-site", "project:read", "/projects/demo/sites/@site", "", "/projects/demo/sites/none", "tracking.no_site", ""},
	{"edit-site", "project:write", "/projects/demo/sites/@site", strings.Replace(aSite, "Tea", "Tea shop", 1), badSite, "tracking.bad_site", ""},
	{"get-site-code", "project:read", "/projects/demo/sites/@site/code", "", "/projects/demo/sites/none/code", "tracking.no_site", ""},
	{"add-pool", "project:write", "/projects/demo/pools", `{"name":"Kyiv"}`, `{"name":"Kyiv","hold_seconds":5}`, "tracking.bad_pool", "pool=id"},
	{"add-pool-numbers", "project:write", "/projects/demo/pools/@pool/numbers", `{"numbers":["+380445555511"]}`, `{"numbers":["+380449999999"]}`, "tracking.not_ours", ""},
	{"edit-pool", "project:write", "/projects/demo/pools/@pool", `{"name":"Kyiv","hold_seconds":200,"target_percent":90,"growth":{"most":5,"budget":"100"}}`, "/projects/demo/pools/none", "tracking.no_pool", ""},
	{"list-pools", "project:read", "/projects/demo/pools", "", "/projects/demo/pools?x=1", "api.invalid", ""},
	{"get-pool-health", "project:read", "/projects/demo/pools/@pool/health", "", "/projects/demo/pools/none/health", "tracking.no_pool", ""},
	{"set-number-source", "project:write", "/projects/demo/tracking-numbers/+380445555512/source", `{"name":"Flyer","offline":true,"source":"flyer"}`, `{"name":"Flyer","source":"flyer"}`, "tracking.bad_sign", ""},
	{"list-tracking-numbers", "project:read", "/projects/demo/tracking-numbers", "", "/projects/demo/tracking-numbers?x=1", "api.invalid", ""},
	{"list-leases", "project:read", "/projects/demo/tracking-numbers/+380445555511/leases", "", "/projects/demo/tracking-numbers/+380445555511/leases?cursor=x", "api.bad_cursor", ""},
	{"get-number-arrival", "project:read", "/projects/demo/tracking-numbers/+380445555511/arrival", "", "/projects/demo/tracking-numbers/+380449999999/arrival", "tracking.no_number", ""},
	{"retire-tracking-number", "project:write", "/projects/demo/tracking-numbers/+380445555512", "", "/projects/demo/tracking-numbers/+380445555599", "tracking.no_number", ""},
	{"set-rules", "project:write", "/projects/demo/sites/@site/rules", `{"basis":0,"rules":[` + aRule + `]}`, `{"basis":1,"rules":[{"id":"x","name":"X","colour":"red"}]}`, "tracking.bad_rules", ""},
	{"get-rules", "project:read", "/projects/demo/sites/@site/rules", "", "/projects/demo/sites/none/rules", "tracking.no_site", ""},
	{"list-rule-versions", "project:read", "/projects/demo/sites/@site/rules/versions", "", "/projects/demo/sites/none/rules/versions", "tracking.no_site", ""},
	{"try-rules", "project:read", "/projects/demo/sites/@site/rules/try", `{"url":"https://shop.example/?utm_source=bing&utm_medium=cpc"}`, `{"url":"https://shop.example/","ip":"home"}`, "tracking.bad_address", ""},
	{"list-visitors", "project:read", "/projects/demo/visitors", "", "/projects/demo/visitors?x=1", "api.invalid", ""},
	{"list-visits", "project:read", "/projects/demo/visits?source=flyer", "", "/projects/demo/visits?programs=perhaps", "api.invalid", ""},
	{"report-visits", "project:read", "/projects/demo/visit-report?by=source,device&source=flyer&from=2020-01-01T00:00:00Z&until=2030-01-01T00:00:00Z", "", "/projects/demo/visit-report?by=visitor", "tracking.bad_dimension", ""},
	{"get-visit", "project:read", "/projects/demo/visits/@visit", "", "/projects/demo/visits/17", "tracking.no_visit", ""},
	{"get-promo-code", "project:read", "/projects/demo/promo-codes/@promo", "", "/projects/demo/promo-codes/12345", "tracking.bad_promo", ""},
	{"give-call-promo", "project:write", "/projects/demo/calls/@logged/promo", `{"promo":"@promo"}`, `{"promo":"12345"}`, "tracking.bad_promo", ""},
	{"rescore-call", "project:write", "/projects/demo/calls/@logged/rescore", "", "/projects/demo/calls/17/rescore", "call.not_found", ""},
	{"rescore-calls", "project:write", "/projects/demo/rescorings", `{"from":"2026-03-01T00:00:00Z","until":"2026-04-01T00:00:00Z"}`, `{"from":"yesterday","until":"2026-04-01T00:00:00Z"}`, "api.invalid", ""},
	{"list-receipts", "project:read", "/projects/demo/calls/@logged/receipts", "", "/projects/demo/calls/17/receipts", "call.not_found", ""},
	{"add-order", "project:write", "/projects/demo/leads", `{"reference":"N1","phone":"067 123 45 67","name":"Anna","promo":"@promo"}`, `{"reference":"N2","phone":"call me"}`, "tracking.bad_lead", "lead=id"},
	{"list-leads", "project:read", "/projects/demo/leads?kind=order", "", "/projects/demo/leads?state=sold", "api.invalid", ""},
	{"export-leads", "project:read", "/projects/demo/leads.csv", "", "/projects/demo/leads.csv?state=sold", "api.invalid", ""},
	{"set-lead-state", "project:write", "/projects/demo/leads/@lead/state", `{"state":"won"}`, `{"state":"sold"}`, "api.invalid", ""},
	{"get-lead", "project:read", "/projects/demo/leads/@lead", "", "/projects/demo/leads/17", "tracking.no_lead", ""},
	{"erase-lead", "project:write", "/projects/demo/leads/@lead", "", "/projects/demo/leads/17", "tracking.no_lead", ""},
	{"set-promise-credit", "operator", "/projects/demo/promise-credit", `{"given":true}`, `{"given":"always"}`, "api.invalid", ""},
	{"get-promise-credit", "project:read", "/projects/demo/promise-credit", "", "/projects/demo/promise-credit?x=1", "api.invalid", ""},
	{"calculate-numbers", "project:read", "/projects/demo/number-calculator?visits=5000", "", "/projects/demo/number-calculator?target=100", "api.invalid", ""},
	{"k50-calls", "project:read", "/projects/demo/k50/call/list?counter=1", "", "/projects/demo/k50/call/list?dateFrom=soon", "api.bad_time", ""},
	{"k50-calls-older", "project:read", "/projects/demo/k50/call/ext/1/2026-03-10/2026-03-11", "", "/projects/demo/k50/call/ext/1/soon/2026-03-11", "api.bad_time", ""},
	{"k50-pools", "project:read", "/projects/demo/k50/pool/list", "", "/projects/demo/k50/pool/list?page=0", "api.invalid", ""},
	{"remove-pool", "project:write", "/projects/demo/pools/@otherpool", "", "/projects/demo/pools/@pool", "tracking.in_use", ""},
	{"remove-site", "project:write", "/projects/demo/sites/@othersite", "", "/projects/demo/sites/none", "tracking.no_site", ""},
}

// trackingScenes are the same as a story, with what is answered.
var trackingScenes = func() (scenes []scene) {
	want := map[string][]string{
		"add-site": {`"key":"`}, "edit-site": {"Tea shop"}, "get-site-code": {"https://collect.example.com/t/", "blocking=", "proxy_pass"}, "add-pool": {`"hold_seconds":150`, `"per_address":8`},
		"list-pools": {`"number":"+380445555511"`, `"hold_seconds":200`, `"target_percent":90`, `"budget":"100"`}, "get-pool-health": {`"state":"free"`, `"checked_by_promo":0`}, "list-tracking-numbers": {`"source":"flyer"`}, "set-rules": {`"version":1`, `"google, inc"`},
		"try-rules": {`"do":"pool"`, `"number":"+380445555511"`, `"how":"leased"`, `"rule":1`, `"outcome":"decided"`, `"channel":"Paid Search"`}, "list-visits": {`"source":"flyer"`, `"device":"desktop"`},
		"report-visits": {`"of":["flyer","desktop"],"visits":1,"programs":0`},
		"get-visit":     {`"kind":"page"`, `"promo":"`}, "get-promo-code": {`"source":"flyer"`}, "give-call-promo": {`"source":"flyer / print"`, `"certainty":1`}, "list-receipts": {`"kind":"promo"`, `"chance":1`, `"code":"promo_code"`},
		"add-order": {`"source":"flyer"`, `"phone":"+380671234567"`, `"state":"new"`}, "export-leads": {"N1", "flyer"}, "get-lead": {`"state":"won"`, `"state_by":"key `}, "calculate-numbers": {`"numbers":`, `"curve":[`},
		"k50-pools": {`"type":"dynamic"`, `"phones":["380445555511"]`}, "k50-calls": {`"result":[`}, "k50-calls-older": {`[`}, "list-visitors": {`"online":true`}, "get-promise-credit": {`"given":true`, `"days":[]`},
	}
	for _, v := range trackingTour {
		scenes = append(scenes, scene{
			op: v.id, who: v.who, path: "/v1" + strings.NewReplacer("@logged", loggedCall, "@", "$").Replace(v.path), body: strings.ReplaceAll(v.body, "@", "$"), keep: v.keep, want: want[v.id],
		})
	}
	return scenes
}()

// prepareTracking has a visitor on another site, and a pool without rules.
func (s *site) prepareTracking(names map[string]string) {
	s.Helper()
	service := tracking.New(s.bills, rand.Reader)
	var site tracking.Site
	s.write(func(ctx context.Context, tx *store.Tx) error {
		permit := s.permit(ctx, ident.ProjectOrg("demo"))
		pool, err := service.AddPool(ctx, tx, permit, tracking.Pool{Name: "Spare"}, s.clock())
		if err != nil {
			return err
		}
		site, err = service.AddSite(ctx, tx, permit, tracking.Site{
			Name: "Spare", Hosts: []string{"shop.example"}, Consent: "full", Features: []string{"promo"}, Targets: []tracking.Target{{ID: "t1", Numbers: []phone.Number{"+380443337700"}}},
		}, s.clock())
		names["otherpool"], names["othersite"] = string(pool.ID), string(site.ID)
		return err
	})
	names["visit"], names["promo"] = s.visitor(site.Key)
}

// visitor opens a page of a site that shows codes.
func (s *site) visitor(key string) (visit, promo string) {
	s.Helper()
	answer, err := s.collector.Take(context.Background(), tracking.Hit{
		Key: key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/?utm_source=flyer&utm_medium=print", ID: "h" + key,
	}, tracking.Sender{Address: netip.MustParseAddr("198.51.100.7"), Agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36", Origin: "https://shop.example"}, s.clock())
	if err != nil {
		s.Fatal(err)
	}
	id, err := tracking.VisitOfPromo(context.Background(), s.visits, "demo", tracking.PromoCode(answer.Promo), s.clock())
	if err != nil {
		s.Fatal(err)
	}
	return id.String(), answer.Promo
}
