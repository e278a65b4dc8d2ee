package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// visit is a request of the tour: what a caller does, and what it does wrongly.
type visit struct {
	id   string // of the operation
	who  string
	path string // below /v1; @name stands for what an earlier visit was given
	body string
	bad  string // the same with a mistake: a body, or where it begins with / a path
	code string // of the problem that gets
	keep string // field of the answer, "name=field", for later visits
}

// tour calls every operation once rightly and once wrongly. A day, a call and a payment come by.
var tour = []visit{
	{"open-project", "operator", "/projects", `{"project":"shop","name":"Shop","country":"RU","time_zone":"Europe/Moscow","book":"insales","plan":"standard","overdraft":"10"}`, `{"project":"Shop!","name":"Shop","country":"RU","time_zone":"Europe/Moscow","book":"insales","plan":"standard"}`, "project.bad_id", ""},
	{"list-projects", "operator", "/projects?limit=1", "", "/projects?limit=1001", "api.invalid", ""},
	{"get-project", "project:read", "/projects/demo", "", "/projects/demo?verbose=1", "api.invalid", ""},
	{"set-limits", "operator", "/projects/demo/limits", `{"per_minute":"20","concurrent_calls":5,"countries":["own","PL"]}`, `{"countries":["Poland"]}`, "api.bad_limit", ""},
	{"set-overdraft", "operator", "/projects/demo/overdraft", `{"overdraft":"0"}`, `{"overdraft":"-1"}`, "ledger.invalid", ""},
	{"change-zone", "project:write", "/projects/demo/time-zone", `{"time_zone":"Europe/Kyiv"}`, `{"time_zone":"Mars"}`, "project.bad_zone", ""},
	{"preview-book", "project:read", "/projects/demo/book/preview", `{"book_version":"2022-07-01"}`, `{"book_version":"1999-01-01"}`, "pricebook.unknown_version", ""},
	{"move-book", "operator", "/projects/demo/book", `{"book_version":"2022-07-01"}`, `{"book_version":"1999-01-01"}`, "pricebook.unknown_version", ""},
	{"take-payment", "operator", "/projects/demo/payments", `{"id":"p1","amount":"1000","method":"bank"}`, `{"id":"p2","amount":"-5","method":"bank"}`, "billing.bad_payment", ""},
	{"preview-payment", "project:read", "/projects/demo/payments/preview", `{"amount":"1000","method":"card","period_days":90}`, `{"amount":"1000","method":"card","period_days":7}`, "pricing.unknown_period", ""},
	{"unsubscribe", "project:write", "/projects/demo/unsubscribe", "", "/projects/demo/unsubscribe?now=1", "api.invalid", ""},
	{"list-products", "project:read", "/projects/demo/products", "", "/projects/demo/products?x=1", "api.invalid", ""},
	{"preview-products", "project:read", "/projects/demo/products/preview", `{"products":[{"product":"analytics","on":true}]}`, `{"products":[{"product":"fax","on":true}]}`, "pricing.unknown_product", ""},
	{"preview-change", "project:read", "/projects/demo/preview", `{"packages":{},"rent":[{"number":"+380441234567","owner":"operator","kind":"local","use":"tracking"}]}`, `{"book_version":"1999-01-01"}`, "pricebook.unknown_version", ""},
	{"switch-products", "project:write", "/projects/demo/products", `{"products":[{"product":"analytics","on":true},{"product":"call_tracking","on":true}]}`, `{"products":[{"product":"smart_phone","on":true}]}`, "billing.product_needs", ""},
	{"set-seats", "project:write", "/projects/demo/products/virtual_pbx/seats", `{"count":6}`, `{"count":-6}`, "api.invalid", ""},
	{"list-number-prices", "project:read", "/projects/demo/number-prices", "", "/projects/demo/number-prices?x=1", "api.invalid", ""},
	{"add-numbers", "operator", "/numbers", `{"numbers":[{"number":"+380441234599","carrier":"Vega"},{"number":"+380671234599"}]}`, `{"numbers":[{"number":"+380441234599"},{"number":"0441234599"}]}`, "number.bad_list", ""},
	{"list-stock", "operator", "/numbers?state=free&text=4599", "", "/numbers?state=lost", "api.invalid", ""},
	{"count-stock", "operator", "/number-counts?country=UA", "", "/number-counts?x=1", "api.invalid", ""},
	{"retire-number", "operator", "/numbers/+380671234599/retire", "", "/numbers/+380671234598/retire", "number.unknown", ""},
	{"put-back-number", "operator", "/numbers/+380671234599/put-back", "", "/numbers/+380671234598/put-back", "number.unknown", ""},
	{"get-number-history", "operator", "/numbers/+380671234599/history", "", "/numbers/+380671234599/history?x=1", "api.invalid", ""},
	{"list-number-offers", "project:read", "/projects/demo/number-offers", "", "/projects/demo/number-offers?x=1", "api.invalid", ""},
	{"rent-number", "operator", "/projects/demo/numbers", `{"number":"+380441234567","owner":"operator","kind":"local","use":"tracking"}`, `{"number":"0441234567","owner":"operator","kind":"local","use":"tracking"}`, "billing.bad_number", ""},
	{"list-numbers", "project:read", "/projects/demo/numbers", "", "/projects/demo/numbers?x=1", "api.invalid", ""},
	{"set-number-use", "project:write", "/projects/demo/numbers/+380441234567/use", `{"use":"pbx"}`, `{"use":"fax"}`, "api.invalid", ""},
	{"set-number-label", "project:write", "/projects/demo/numbers/+380441234567/label", `{"label":"Billboards"}`, `{"label":7}`, "api.invalid", ""},
	{"count-sessions", "project:write", "/projects/demo/sessions", `{"id":"s1","count":700}`, `{"id":"s2","count":0}`, "api.invalid", ""},
	{"list-usage", "project:read", "/projects/demo/usage", "", "/projects/demo/usage?from=yesterday", "api.invalid", ""},
	{"authorise-leg", "project:charge", "/projects/demo/legs", `{"id":"c1","kind":"outbound","to":"+380671234567"}`, `{"id":"c0","kind":"outbound","to":"+380900123456"}`, "charging.premium_forbidden", "hold=hold"},
	{"extend-leg", "project:charge", "/projects/demo/legs/c1/extend", `{"elapsed":0}`, `{"elapsed":-1}`, "api.invalid", ""},
	{"list-open-legs", "project:read", "/projects/demo/open-legs", "", "/projects/demo/open-legs?x=1", "api.invalid", ""},
	{"settle-leg", "project:charge", "/projects/demo/legs/c1/settle", `{"answered_at":"2026-03-10T11:58:59+02:00","seconds":61}`, `{"answered_at":"2026-03-10T11:58:59+02:00","seconds":-1}`, "api.invalid", "entry=entry"},
	{"get-leg", "project:read", "/projects/demo/legs/c1", "", "/projects/demo/legs/none", "charging.no_leg", ""},
	{"explain-leg", "project:read", "/projects/demo/legs/c1/explanation", "", "/projects/demo/legs/none/explanation", "charging.no_leg", ""},
	{"list-legs", "project:read", "/projects/demo/legs?day=2026-03-10", "", "/projects/demo/legs?cursor=oops", "api.bad_cursor", ""},
	{"export-legs", "project:read", "/projects/demo/legs.csv", "", "/projects/demo/legs.csv?from=2026-13-01", "api.invalid", ""},
	{"charge-call", "project:charge", "/projects/demo/calls", `{"id":"c2","kind":"outbound","to":"+380671234567","answered_at":"2026-03-10T11:00:00+02:00","seconds":30}`, `{"id":"c3","kind":"outbound","to":"+999999","answered_at":"2026-03-10T11:00:00+02:00","seconds":30}`, "rating.unknown_destination", ""},
	{"charge-calls", "project:charge", "/projects/demo/calls/batch", `{"records":[{"id":"b1","kind":"outbound","to":"+380671234567","answered_at":"2026-03-10T11:00:00+02:00","seconds":30},{"id":"b2","kind":"sip","to":"sip:anna@office","answered_at":"2026-03-10T11:00:00+02:00","seconds":30}]}`, `{"records":[]}`, "api.invalid", ""},
	{"charge-sms", "project:charge", "/projects/demo/sms", `{"id":"m1","to":"+380671234567","segments":2}`, `{"id":"m2","to":"+380671234567","segments":0}`, "api.invalid", ""},
	{"get-message", "project:read", "/projects/demo/sms/m1", "", "/projects/demo/sms/none", "charging.no_message", ""},
	{"release-leg", "project:charge", "/projects/demo/legs/c4/release", "{}", "/projects/demo/legs/none/release", "charging.no_leg", ""},
	{"list-calls", "project:read", "/projects/demo/calls?result=proper", "", "/projects/demo/calls?result=lost", "api.invalid", ""},
	{"export-calls", "project:read", "/projects/demo/calls.csv", "", "/projects/demo/calls.csv?min_talk=-1", "api.invalid", ""},
	{"get-call", "project:read", "/projects/demo/calls/@logged", "", "/projects/demo/calls/17", "call.not_found", ""},
	{"report-calls", "project:read", "/projects/demo/call-report", "", "/projects/demo/call-report?by=client", "call.bad_dimension", ""},
	{"ringostat-calls", "project:read", "/projects/demo/ringostat/calls/list", "", "/projects/demo/ringostat/calls/list?filters=x=1", "api.no_field", ""},
	{"list-live-calls", "project:read", "/projects/demo/live-calls", "", "/projects/demo/live-calls?x=1", "api.invalid", ""},
	{"get-client-card", "project:read", "/projects/demo/clients/+380671234567", "", "/projects/demo/clients/+380671234568", "call.not_found", ""},
	{"add-call-note", "project:write", "/projects/demo/calls/@logged/notes", `{"text":"wants roses"}`, `{"text":""}`, "api.invalid", "note=id"},
	{"remove-call-note", "project:write", "/projects/demo/calls/@logged/notes/@note", "", "/projects/demo/calls/@logged/notes/17", "call.no_note", ""},
	{"get-call-history", "project:read", "/projects/demo/calls/@logged/history", "", "/projects/demo/calls/17/history", "call.not_found", ""},
	{"list-voicemails", "project:read", "/projects/demo/voicemails", "", "/projects/demo/voicemails?before=x", "call.not_found", ""},
	{"set-voicemail-heard", "project:write", "/projects/demo/calls/@logged/recordings/1/heard", `{"heard":true}`, `{"heard":"loud"}`, "api.invalid", ""},
	{"restore-recording", "project:read", "/projects/demo/calls/@logged/recordings/1/restore", "", "/projects/demo/calls/@logged/recordings/9/restore", "call.no_recording", ""},
	{"set-call-labels", "project:write", "/projects/demo/calls/@logged/labels", `{"tags":["VIP"],"category":""}`, `{"tags":["VIP"],"category":"Order"}`, "call.no_category", ""},
	{"hang-up-call", "project:write", "/projects/demo/calls/@logged/hang-up", "", "/projects/demo/calls/17/hang-up", "call.not_found", ""},
	{"transfer-call", "project:write", "/projects/demo/calls/@logged/transfer", `{"phone":"+380671234567"}`, `{}`, "api.bad_transfer", ""},
	{"get-recording-link", "project:read", "/projects/demo/calls/@logged/recordings/1/link", "", "/projects/demo/calls/@logged/recordings/2/link", "call.no_recording", ""},
	{"erase-recording", "project:write", "/projects/demo/calls/@logged/recordings/1", "", "/projects/demo/calls/@logged/recordings/one", "call.no_recording", ""},
	{"list-entries", "project:read", "/projects/demo/entries?kind=call&kind=sms", "", "/projects/demo/entries?kind=bribe", "api.bad_kind", ""},
	{"export-entries", "project:read", "/projects/demo/entries.csv", "", "/projects/demo/entries.csv?to=x", "api.invalid", ""},
	{"explain-entry", "project:read", "/projects/demo/entries/@entry", "", "/projects/demo/entries/17", "ledger.no_entry", ""},
	{"reverse-entry", "operator", "/projects/demo/entries/@entry/reverse", `{"reason":"wrong number"}`, "/projects/demo/entries/17/reverse", "ledger.no_entry", ""},
	{"adjust", "operator", "/projects/demo/adjustments", `{"id":"a1","amount":"-3.5","reason":"a cable"}`, `{"id":"a2","amount":"0","reason":"nothing"}`, "billing.bad_adjustment", ""},
	{"list-approvals", "operator", "/approvals?state=booked&project=demo", "", "/approvals?state=lost", "api.invalid", "approval=items.0.id"},
	{"get-approval", "operator", "/approvals/@approval", "", "/approvals/17", "approval.not_found", ""},
	{"get-statement", "project:read", "/projects/demo/statement", "", "/projects/demo/statement?from=2020-01-01", "api.range_too_long", ""},
	{"export-statement", "project:read", "/projects/demo/statement.csv", "", "/projects/demo/statement.csv?from=2026-03-11&to=2026-03-10", "api.bad_range", ""},
	{"list-funds", "project:read", "/projects/demo/funds", "", "/projects/demo/funds?cursor=ZW50cmllczo1", "api.bad_cursor", ""},
	{"get-forecast", "project:read", "/projects/demo/forecast", "", "/projects/demo/forecast?x=1", "api.invalid", ""},
	{"get-state", "project:read", "/projects/demo/state", "", "/projects/demo/state?x=1", "api.invalid", ""},
	{"quote-call", "project:charge", "/quote", `{"book":"ringostat","country":"UA","to":"+380671234567","seconds":61,"balance":"10"}`, `{"book":"ringostat","country":"UA","to":"+999","seconds":61}`, "rating.unknown_destination", ""},
	{"quote-configuration", "project:read", "/quote/configuration", `{"book":"ringostat","country":"US","products":["virtual_pbx","call_tracking"],"seats":{"virtual_pbx":6}}`, `{"book":"ringostat","country":"US","products":["fax"]}`, "pricing.unknown_product", ""},
	{"quote-project-call", "project:read", "/projects/demo/quote", `{"to":"+380671234567","seconds":61}`, `{"to":"+380671234567","seconds":-61}`, "api.invalid", ""},
	{"list-books", "project:read", "/books", "", "/books?x=1", "api.invalid", ""},
	{"get-book", "project:read", "/books/ringostat/2021-01-01", "", "/books/ringostat/1999", "pricebook.unknown_version", ""},
	{"compare-books", "project:read", "/books/ringostat?from=2021-01-01&to=2022-07-01", "", "/books/ringostat?from=2021-01-01", "api.invalid", ""},
	{"get-book-schema", "project:read", "/book-schema", "", "/book-schema?x=1", "api.invalid", ""},
	{"export-events", "project:read", "/projects/demo/events?from=2026-03-01", "", "/projects/demo/events?to=soon", "api.invalid", ""},
	{"what-if", "project:read", "/projects/demo/what-if?book_version=2022-07-01", "", "/projects/demo/what-if?book_version=1999-01-01", "pricebook.unknown_version", ""},
	{"simulate", "project:read", "/simulate?book_version=2022-07-01", `{"at":"2021-02-01T10:00:00Z","type":"project.open","project":"x","country":"US","currency":"USD","time_zone":"UTC","book":"ringostat"}` + "\n" + `{"at":"2021-02-01T10:00:00Z","type":"product.on","product":"virtual_pbx"}` + "\n" + `{"at":"2021-02-03T10:00:00Z","type":"end"}`, `{"at":"2021-02-01T10:00:00Z","type":"party"}`, "simulate.bad_event", ""},
	{"release-number", "project:write", "/projects/demo/numbers/+380441234567", "", "/projects/demo/numbers/+380440000000", "billing.unknown_number", ""},
	{"add-user", "operator", "/projects/shop/users", `{"user":"anna"}`, `{"user":""}`, "api.invalid", ""},
	{"list-users", "operator", "/projects/shop/users", "", "/projects/shop/users?x=1", "api.invalid", ""},
	{"quote-term", "operator", "/projects/shop/terms/quote", `{"months":3}`, `{"months":5}`, "pricing.unknown_term", ""},
	{"pay-term", "operator", "/projects/shop/terms", `{"id":"t1","months":1}`, `{"id":"t2","months":12}`, "ledger.insufficient_funds", ""},
	{"block-user", "operator", "/projects/shop/users/anna/block", "", "/projects/shop/users/nobody/block", "billing.unknown_user", ""},
	{"unblock-user", "operator", "/projects/shop/users/anna/unblock", "", "/projects/shop/users/anna/unblock?x=1", "api.invalid", ""},
	{"remove-user", "operator", "/projects/shop/users/anna", "", "/projects/shop/users/nobody", "billing.unknown_user", ""},
	{"set-package", "operator", "/projects/tracker/packages/forwarding", `{"minutes":5000}`, `{"minutes":77}`, "billing.unknown_package_size", ""},
	{"list-holds", "project:read", "/projects/demo/holds?limit=1", "", "/projects/demo/holds?cursor=x", "api.bad_cursor", ""},
	{"get-hold", "project:read", "/projects/demo/holds/@hold", "", "/projects/demo/holds/17", "ledger.no_hold", ""},
	{"get-house", "operator", "/house", "", "/house?from=2020-01-01", "api.range_too_long", ""},
	{"get-night", "operator", "/night", "", "/night?x=1", "api.invalid", ""},
	{"repair-day", "operator", "/projects/parked/repair", `{}`, `{"skip":"yes"}`, "api.invalid", ""},
	{"create-key", "operator", "/keys", `{"name":"pbx","scope":"project:charge","project":"demo"}`, `{"name":"pbx","scope":"project:charge"}`, "account.scope_needs_project", "key=id"},
	{"list-keys", "project:write", "/projects/demo/keys", "", "/projects/demo/keys?cursor=x", "api.bad_cursor", ""},
	{"revoke-key", "project:write", "/projects/demo/keys/@key", "", "/projects/demo/keys/none", "account.no_key", ""},
	{"list-operator-keys", "operator", "/keys", "", "/keys?limit=0", "api.invalid", ""},
	{"revoke-operator-key", "operator", "/keys/@spare", "", "/keys/none", "account.no_key", ""},
}

// Every operation works and refuses a mistake; one that is added must join the tour.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.prepareTour()
		kept := map[string]string{"spare": s.spareKey(), "logged": s.recordedCall().String()}
		s.prepareTracking(kept)
		operations := s.operationsByID()
		toured := map[string]bool{}
		for _, v := range slices.Concat(tour, telephonyTour, trackingTour, webhookTour) {
			op, known := operations[v.id]
			if !known {
				t.Errorf("there is no operation %s", v.id)
				continue
			}
			toured[v.id] = true
			s.wrongly(op, v, kept)
			s.rightly(op, v, kept)
		}
		for id := range operations {
			if !toured[id] {
				t.Errorf("the tour leaves out %s", id)
			}
		}
	})
}

// prepareTour makes what the tour finds on its way.
func (s *site) prepareTour() {
	s.Helper()
	s.open("tracker", `"country":"RU","time_zone":"Europe/Moscow","book":"k50"`)
	s.open("parked", `"country":"US","time_zone":"UTC","book":"ringostat"`)
	s.park("parked")
	s.pay("p0", "100")
	s.must(s.as("project:charge"), http.MethodPost, "/v1/projects/demo/legs", `{"id":"c4","kind":"outbound","to":"+380671234567"}`, http.StatusCreated)
}

func (s *site) rightly(op api.Operation, v visit, kept map[string]string) {
	s.Helper()
	if v.id == "set-package" {
		s.must(s.as("operator"), http.MethodPost, "/v1/projects/tracker/payments", `{"id":"p1","amount":"1600","method":"bank"}`, http.StatusCreated)
	}
	if v.id == "pay-term" {
		s.must(s.as("operator"), http.MethodPost, "/v1/projects/shop/payments", `{"id":"p1","amount":"2400","method":"bank"}`, http.StatusCreated)
	}
	before := s.lastEntry()
	got := s.do(s.as(v.who), op.Method, filled("/v1"+v.path, kept), filled(v.body, kept))
	if got.status/100 != 2 {
		s.Errorf("%s: %d %s", v.id, got.status, got.body)
		return
	}
	s.leavesATrail(op, before)
	if name, field, ok := strings.Cut(v.keep, "="); ok {
		kept[name] = dig(s, got, field)
	}
}

func (s *site) wrongly(op api.Operation, v visit, kept map[string]string) {
	s.Helper()
	path, body := v.path, v.bad
	if strings.HasPrefix(v.bad, "/") {
		path, body = v.bad, v.body
	}
	got := s.do(s.as(v.who), op.Method, filled("/v1"+path, kept), body)
	if got.status < 400 || got.status > 499 || got.code(s) != v.code {
		s.Errorf("%s done wrongly: %d %s, want %s", v.id, got.status, got.body, v.code)
	}
}

func filled(text string, kept map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		text = strings.ReplaceAll(text, "@"+name, kept[name])
	}
	return text
}
