package api_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/api"
	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// scene is a request that succeeds with an answer, and mistakes people make at it.
type scene struct {
	op   string // the operation's id
	who  string // "project:read" of demo where left out
	path string // $name stands for what an earlier scene kept
	body string
	want []string // parts of the answer
	keep string   // "name=path.to.0.value" of the answer
	bad  []mistake
}

// mistake is a request like its scene's, but for a path or a body, and how it is refused.
type mistake struct {
	path, body string
	status     int
	code       string // any where left out
}

const (
	demoPath  = "/v1/projects/demo"
	shopPath  = "/v1/projects/shop" // prepaid terms with paid users
	linePath  = "/v1/projects/line" // months in advance, packages of minutes
	inUkraine = `"book":"ringostat","country":"UA"`
)

func invalid(body string) mistake {
	return mistake{"", body, http.StatusUnprocessableEntity, "api.invalid"}
}

func wrong(code, body string) mistake {
	return mistake{"", body, http.StatusUnprocessableEntity, code}
}

func wrongPath(code, path string) mistake {
	return mistake{path, "", http.StatusUnprocessableEntity, code}
}

func missing(code, path, body string) mistake { return mistake{path, body, http.StatusNotFound, code} }

func conflict(code, body string) mistake { return mistake{"", body, http.StatusConflict, code} }

// story goes through every chapter of the API in an order that makes sense. Every operation is in
// it: the walks of hostile_test.go make their requests from it, so that one that is added is walked too.
var story = slices.Concat(openingScenes, holdingScenes, paymentScenes, callScenes, logScenes, statementScenes, priceScenes, operatorScenes, telephonyScenes, trackingScenes, webhookScenes)

var openingScenes = []scene{
	{
		op: "open-project", who: "operator", path: "/v1/projects",
		body: `{"project":"shop","name":"Shop","country":"RU","time_zone":"Europe/Moscow","book":"insales","plan":"standard","overdraft":"50000"}`,
		want: []string{`"currency":"RUB"`, `"plan":"standard"`},
		bad: []mistake{
			conflict("project.exists", `{"project":"demo","name":"x","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"}`),
			wrong("project.bad_zone", `{"project":"zone","name":"x","country":"UA","time_zone":"Europe/Atlantis","book":"ringostat"}`),
			wrong("project.bad_id", `{"project":"No Name","name":"x","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"}`),
			invalid(`{"project":"short","name":"x"}`),
		},
	},
	{
		op: "open-project", who: "operator", path: "/v1/projects",
		body: `{"project":"line","name":"Line","country":"RU","time_zone":"Europe/Moscow","book":"k50","overdraft":"50000"}`,
	},
	{
		op: "list-projects", who: "operator", path: "/v1/projects?limit=2", want: []string{`"project":"demo"`, `"next"`},
		bad: []mistake{wrongPath("api.invalid", "/v1/projects?limit=0"), wrongPath("api.bad_cursor", "/v1/projects?cursor=x")},
	},
	{op: "get-project", path: demoPath, want: []string{`"state":"active"`, `"today":"2026-03-10"`, `"currency":"UAH"`}},
	{op: "get-state", path: demoPath + "/state", want: []string{`"next_day":"2026-03-10"`}},
	// Rule B-70.
	{
		op: "set-limits", who: "operator", path: demoPath + "/limits", body: `{"concurrent_calls":50,"countries":["own","PL"]}`, want: []string{`"concurrent_calls":50`},
		bad: []mistake{wrong("api.bad_limit", `{"per_day":"-1"}`), wrong("api.bad_limit", `{"countries":["Ukraine"]}`), invalid(`{"per_minute":"a lot"}`)},
	},
	{op: "set-overdraft", who: "operator", path: demoPath + "/overdraft", body: `{"overdraft":"100"}`, want: []string{`"overdraft":"100"`}, bad: []mistake{invalid(`{"overdraft":1.5}`)}},
	// Rule B-09.
	{
		op: "change-zone", who: "project:write", path: demoPath + "/time-zone", body: `{"time_zone":"Europe/Warsaw"}`, want: []string{`"from":"2026-03-11"`, "Europe/Warsaw"},
		bad: []mistake{wrong("project.bad_zone", `{"time_zone":"Mars/Olympus"}`)},
	},
	{op: "change-zone", who: "project:write", path: demoPath + "/time-zone", body: `{"time_zone":"Europe/Kyiv"}`},
	{op: "preview-book", path: demoPath + "/book/preview", body: `{"book_version":"2022-07-01"}`, want: []string{`"per_30_days"`, `"changes":[`}, bad: []mistake{missing("pricebook.unknown_version", "", `{"book_version":"1999-01-01"}`)}},
	{
		op: "move-book", who: "operator", path: demoPath + "/book", body: `{"book_version":"2022-07-01"}`, want: []string{`"from":"2026-03-11"`, `"2022-07-01"`},
		bad: []mistake{wrong("billing.no_plans", `{"plan":"gold"}`)},
	},
	{op: "move-book", who: "operator", path: demoPath + "/book", body: `{"book_version":"2021-01-01"}`},
}

var holdingScenes = []scene{
	// Rules B-30, B-34.
	{op: "list-products", path: demoPath + "/products", want: []string{`"monthly":"1519"`, `"needs":["call_tracking"]`}},
	{
		op: "preview-products", path: demoPath + "/products/preview", body: `{"products":[{"product":"analytics","on":true}]}`,
		want: []string{`"needs":["call_tracking"]`, `"per_day":"-`}, bad: []mistake{invalid(`{"products":[{"product":"analytics","on":"yes"}]}`)},
	},
	{
		op: "preview-change", path: demoPath + "/preview", body: `{"products":[{"product":"analytics","on":true}],"rent":[{"number":"+380441234567","owner":"operator","kind":"local","use":"tracking"}]}`,
		want: []string{`"needs":["call_tracking"]`, `"covered":true`, `"next_month":`},
		bad:  []mistake{wrong("pricing.unknown_product", `{"products":[{"product":"fax","on":true}]}`), wrong("billing.unknown_number", `{"release":["+380440000000"]}`), invalid(`{"rent":"all"}`)},
	},
	{
		op: "switch-products", who: "project:write", path: demoPath + "/products", body: `{"products":[{"product":"analytics","on":true},{"product":"call_tracking","on":true},{"product":"virtual_pbx","on":true}]}`,
		want: []string{`"on":true`},
		bad:  []mistake{conflict("billing.product_needed", `{"products":[{"product":"call_tracking","on":false}]}`), invalid(`{"products":[]}`)},
	},
	// Rules B-08, B-31.
	{
		op: "set-seats", who: "project:write", path: demoPath + "/products/virtual_pbx/seats", body: `{"count":7}`, want: []string{`"used":7`},
		bad: []mistake{{demoPath + "/products/callback/seats", `{"count":1}`, 422, "billing.no_seats"}, invalid(`{"count":-1}`)},
	},
	// Rules B-38, B-39.
	{
		op: "set-package", who: "operator", path: linePath + "/packages/forwarding", body: `{"minutes":5000}`, want: []string{`"minutes":5000`},
		bad: []mistake{wrong("billing.unknown_package_size", `{"minutes":4}`), {linePath + "/packages/gold", `{"minutes":5000}`, 422, "billing.unknown_package"}},
	},
	// Rules N-02, N-03.
	{
		op: "add-numbers", who: "operator", path: "/v1/numbers", want: []string{`"added":3`},
		body: `{"numbers":[{"number":"+380441230001","carrier":"Vega"},{"number":"+380441230003"},{"number":"+380671230003"}]}`,
		bad:  []mistake{wrong("number.bad_list", `{"numbers":[{"number":"+380441230001"}]}`), invalid(`{"numbers":[]}`), invalid(`{"numbers":[{"number":"+380441230009","kind":"fax"}]}`)},
	},
	{op: "retire-number", who: "operator", path: "/v1/numbers/+380441230003/retire", want: []string{`"state":"retired"`}, bad: []mistake{missing("number.unknown", "/v1/numbers/+380441230009/retire", "")}},
	{op: "put-back-number", who: "operator", path: "/v1/numbers/+380441230003/put-back", want: []string{`"state":"free"`}, bad: []mistake{missing("number.unknown", "/v1/numbers/tel/put-back", "")}},
	{op: "list-stock", who: "operator", path: "/v1/numbers?kind=local", want: []string{"+380441230001", `"area_name":"Kyiv city"`, `"carrier":"Vega"`}, bad: []mistake{{"/v1/numbers?cursor=x", "", 422, "api.bad_cursor"}}},
	{op: "count-stock", who: "operator", path: "/v1/number-counts", want: []string{`"kind":"local","state":"free","numbers":2`}},
	// Rule N-04.
	{op: "list-number-offers", path: demoPath + "/number-offers", want: []string{`"kind":"mobile","use":"pbx","free":1,"daily":"3","monthly":"90","charged":"daily"`, `"area":"44"`}},
	// Rules B-35, N-01, N-04, N-05.
	{
		op: "rent-number", who: "project:write", path: demoPath + "/numbers", body: `{"number":"+380441230001","owner":"operator","kind":"local","use":"pbx","label":"Main"}`,
		want: []string{`"funds"`, `"label":"Main"`, `"daily":"2"`, `"monthly":"60"`, `"state":"rented"`},
		bad: []mistake{
			conflict("billing.number_taken", `{"number":"+380441230001","owner":"operator","kind":"local","use":"pbx"}`),
			conflict("number.not_in_stock", `{"number":"+380441230009","owner":"operator","kind":"local","use":"pbx"}`),
			conflict("number.none_free", `{"owner":"operator","area":"32","use":"pbx"}`),
			conflict("number.in_stock", `{"number":"+380441230003","owner":"customer","kind":"local","use":"pbx"}`),
			wrong("number.other_kind", `{"number":"+380441230003","owner":"operator","kind":"mobile","use":"pbx"}`),
			wrong("billing.bad_number", `{"owner":"customer","kind":"local","use":"pbx"}`),
			invalid(`{"number":"+380441230002","owner":"me","kind":"local","use":"pbx"}`),
			wrong("billing.bad_number", `{"number":"tel","owner":"operator","kind":"local","use":"pbx"}`),
		},
	},
	{op: "list-numbers", path: demoPath + "/numbers", want: []string{"+380441230001"}},
	{op: "set-number-use", who: "project:write", path: demoPath + "/numbers/+380441230001/use", body: `{"use":"tracking"}`, want: []string{`"use":"tracking"`, `"label":"Main"`}, bad: []mistake{missing("billing.unknown_number", demoPath+"/numbers/+380441230003/use", `{"use":"pbx"}`)}},
	{op: "set-number-label", who: "project:write", path: demoPath + "/numbers/+380441230001/label", body: `{"label":"Radio"}`, want: []string{`"label":"Radio"`}, bad: []mistake{invalid(`{"label":7}`), missing("billing.unknown_number", demoPath+"/numbers/+380441230003/label", `{"label":"x"}`)}},
	{op: "list-number-prices", path: demoPath + "/number-prices", want: []string{`"currency":"UAH"`, `"monthly":"60"`}},
	{op: "release-number", who: "project:write", path: demoPath + "/numbers/+380441230001", want: []string{`"numbers":[]`, `"resting":[{"number":"+380441230001"`}, bad: []mistake{missing("billing.unknown_number", demoPath+"/numbers/+380441230009", "")}},
	{op: "get-number-history", who: "operator", path: "/v1/numbers/+380441230001/history", want: []string{`"by":"key `, `"from":"rented","to":"quarantine"`}},
	// Rule B-51.
	{
		op: "add-user", who: "operator", path: shopPath + "/users", body: `{"user":"ann"}`, want: []string{`"users":["ann"]`},
		bad: []mistake{conflict("billing.user_exists", `{"user":"ann"}`), invalid(`{"user":""}`)},
	},
	{op: "block-user", who: "operator", path: shopPath + "/users/ann/block", want: []string{`"users":[]`}, bad: []mistake{missing("billing.unknown_user", shopPath+"/users/bob/block", "")}},
	{op: "unblock-user", who: "operator", path: shopPath + "/users/ann/unblock", want: []string{`"users":["ann"]`}},
	{op: "list-users", who: "operator", path: shopPath + "/users", want: []string{`"users":["ann"]`}},
	{op: "remove-user", who: "operator", path: shopPath + "/users/ann", want: []string{`"users":[]`}, bad: []mistake{missing("billing.unknown_user", shopPath+"/users/bob", "")}},
}

var paymentScenes = []scene{
	// Rules B-40, B-41.
	{op: "preview-payment", path: demoPath + "/payments/preview", body: `{"amount":"1000","method":"card"}`, want: []string{`"charged":"1000"`}, bad: []mistake{invalid(`{"amount":"1000","method":"gold"}`)}},
	{
		op: "take-payment", who: "operator", path: demoPath + "/payments", body: `{"id":"pay-1","amount":"5000","method":"bank"}`, want: []string{`"charged":"5000"`, `"cash":"5000"`},
		bad: []mistake{
			conflict("billing.payment_conflict", `{"id":"pay-1","amount":"5001","method":"bank"}`), wrong("billing.bad_payment", `{"id":"pay-2","amount":"-1","method":"bank"}`),
			invalid(`{"id":"pay-2","amount":"1e3","method":"bank"}`), invalid(`{"id":"pay-2","amount":12,"method":"bank"}`), invalid(`{"id":"pay-2","amount":"0.0000001","method":"bank"}`),
		},
	},
	{op: "unsubscribe", who: "project:write", path: demoPath + "/unsubscribe", want: []string{`"enrolled":false`}},
	// Rule B-50.
	{op: "quote-term", who: "operator", path: shopPath + "/terms/quote", body: `{"months":12}`, want: []string{`"plan":"standard"`, `"months":12`}, bad: []mistake{invalid(`{"months":0}`)}},
	{op: "pay-term", who: "operator", path: shopPath + "/terms", body: `{"id":"term-1","months":3}`, want: []string{`"charged":"5700"`}, bad: []mistake{invalid(`{"id":"term-2","months":121}`)}},
	// Rule B-15.
	{
		op: "adjust", who: "operator", path: demoPath + "/adjustments", body: `{"id":"adj-1","amount":"12.34","reason":"goodwill"}`, keep: "adjustment=entry.id",
		want: []string{`"kind":"adjustment"`, `"amount":"12.34"`}, bad: []mistake{wrong("billing.bad_adjustment", `{"id":"adj-2","amount":"0","reason":"none"}`), wrong("approval.below_minor_unit", `{"id":"adj-2","amount":"0.001","reason":"less than a kopiyka"}`), invalid(`{"id":"adj-2","amount":"1"}`)},
	},
	// Rule O-01.
	{op: "list-approvals", who: "operator", path: "/v1/approvals?project=demo", keep: "approval=items.0.id", want: []string{`"ref":"adj-1"`, `"state":"booked"`}},
	{op: "get-approval", who: "operator", path: "/v1/approvals/$approval", want: []string{`"ref":"adj-1"`}, bad: []mistake{missing("approval.not_found", "/v1/approvals/7", ""), missing("approval.not_found", "/v1/approvals/x", "")}},
	{
		op: "reverse-entry", who: "operator", path: demoPath + "/entries/$adjustment/reverse", body: `{"reason":"a mistake"}`, want: []string{`"amount":"-12.34"`, `"reverses":"$adjustment"`},
		bad: []mistake{conflict("", `{"reason":"once more"}`), missing("ledger.no_entry", demoPath+"/entries/7/reverse", `{"reason":"none"}`), missing("ledger.no_entry", demoPath+"/entries/x/reverse", `{"reason":"none"}`)},
	},
	// Rule B-33.
	{op: "count-sessions", who: "project:write", path: demoPath + "/sessions", body: `{"id":"s-1","count":700}`, want: []string{`"sessions":700`}, bad: []mistake{invalid(`{"id":"s-2","count":0}`), invalid(`{"count":1}`)}},
	{op: "list-usage", path: demoPath + "/usage", want: []string{`"sessions":700`}, bad: []mistake{wrongPath("api.bad_range", demoPath+"/usage?from=2026-03-11&to=2026-03-10")}},
}

const answered = `"answered_at":"2026-03-10T11:58:00+02:00"`

var callScenes = []scene{
	// Rules B-70, B-72.
	{
		op: "authorise-leg", who: "project:charge", path: demoPath + "/legs", body: `{"id":"leg-1","kind":"outbound","to":"+380671234567"}`, want: []string{`"state":"open"`, `"emergency":false`},
		bad: []mistake{
			invalid(`{"id":"leg-9","kind":"whisper","to":"+380671234567"}`),
			{"", `{"id":"leg-9","kind":"outbound","to":"+12125550100"}`, 403, "charging.country_forbidden"},
			wrong("charging.bad_destination", `{"id":"leg-9","kind":"outbound","to":"somebody"}`), conflict("charging.record_conflict", `{"id":"leg-1","kind":"outbound","to":"+380671234568"}`),
		},
	},
	{op: "list-holds", path: demoPath + "/holds", keep: "hold=items.0.id", want: []string{`"ref":"leg-1"`, `"state":"pending"`}},
	{op: "get-hold", path: demoPath + "/holds/$hold", want: []string{`"ref":"leg-1"`}, bad: []mistake{missing("ledger.no_hold", demoPath+"/holds/7", ""), missing("ledger.no_hold", demoPath+"/holds/x", "")}},
	{op: "list-open-legs", path: demoPath + "/open-legs", want: []string{`"leg-1"`}},
	{
		op: "extend-leg", who: "project:charge", path: demoPath + "/legs/leg-1/extend", body: `{"elapsed":30,` + answered + `}`, want: []string{`"covered":`},
		bad: []mistake{invalid(`{"elapsed":-1}`), invalid(`{"elapsed":30.5}`), wrong("charging.bad_duration", `{"elapsed":30000}`), wrong("charging.bad_duration", `{"elapsed":30000,`+answered+`}`), missing("charging.no_leg", demoPath+"/legs/leg-8/extend", `{"elapsed":0}`)},
	},
	{
		op: "settle-leg", who: "project:charge", path: demoPath + "/legs/leg-1/settle", body: `{"seconds":61,` + answered + `}`, want: []string{`"state":"settled"`}, keep: "call=entry",
		bad: []mistake{conflict("charging.record_conflict", `{"seconds":62,`+answered+`}`), missing("charging.no_leg", demoPath+"/legs/leg-8/settle", `{"seconds":0}`)},
	},
	{op: "authorise-leg", who: "project:charge", path: demoPath + "/legs", body: `{"id":"leg-2","kind":"outbound","to":"112"}`, want: []string{`"emergency":true`}}, // Rule B-71
	{op: "release-leg", who: "project:charge", path: demoPath + "/legs/leg-2/release", body: `{"cause":"busy"}`, want: []string{`"state":"released"`}, bad: []mistake{missing("charging.no_leg", demoPath+"/legs/leg-8/release", `{}`)}},
	// Rules B-20 to B-23.
	{
		op: "charge-call", who: "project:charge", path: demoPath + "/calls", body: `{"id":"rec-1","kind":"outbound","to":"+380441234567","seconds":60,` + answered + `}`, want: []string{`"billable_seconds":60`},
		bad: []mistake{
			conflict("charging.record_conflict", `{"id":"rec-1","kind":"outbound","to":"+380441234567","seconds":61,`+answered+`}`),
			{"", `{"id":"rec-2","kind":"outbound","to":"+999441234567","seconds":60,` + answered + `}`, 403, "rating.unknown_destination"},
			invalid(`{"id":"rec-2","kind":"outbound","to":"+380441234567","seconds":"60"}`),
		},
	},
	{
		op: "charge-calls", who: "project:charge", path: demoPath + "/calls/batch", body: `{"records":[{"id":"rec-3","kind":"inbound","to":"+380441230001","seconds":10,` + answered + `}]}`, want: []string{`"charged":1`, `"refused":0`},
		bad: []mistake{invalid(`{"records":[]}`), wrong("api.record_without_id", `{"records":[{"id":"","kind":"inbound","to":"1","seconds":1}]}`)},
	},
	// Rule B-36.
	{op: "charge-sms", who: "project:charge", path: demoPath + "/sms", body: `{"id":"sms-1","to":"+380671234567","segments":2}`, want: []string{`"amount":"2.4"`, `"item":"domestic"`}, bad: []mistake{invalid(`{"id":"sms-2","to":"+380671234567","segments":0}`)}},
	{op: "get-message", path: demoPath + "/sms/sms-1", want: []string{`"segments":2`}, bad: []mistake{missing("charging.no_message", demoPath+"/sms/none", "")}},
	{op: "list-legs", path: demoPath + "/legs?day=2026-03-10", want: []string{`"leg-1"`, `"rec-1"`}, bad: []mistake{wrongPath("api.invalid", demoPath+"/legs?day=2026-02-30")}},
	{op: "get-leg", path: demoPath + "/legs/leg-1", want: []string{`"seconds":61`}, bad: []mistake{missing("charging.no_leg", demoPath+"/legs/none", "")}},
	{op: "explain-leg", path: demoPath + "/legs/leg-1/explanation", want: []string{`"agrees":true`}, bad: []mistake{missing("charging.no_leg", demoPath+"/legs/none/explanation", "")}},
	{op: "export-legs", path: demoPath + "/legs.csv", want: []string{"leg-1,outbound,+380671234567"}, bad: []mistake{wrongPath("api.bad_range", demoPath+"/legs.csv?from=2026-03-11&to=2026-03-01")}},
}

// loggedCall is the id of the call that recordedCall logs.
var loggedCall = call.IDAt(time.Date(2026, 3, 10, 10, 1, 0, 0, time.UTC), 1).String()

// Rules T-105, T-107, T-108, T-112.
var logScenes = []scene{
	{op: "list-calls", path: demoPath + "/calls", want: []string{`"result":"proper"`, `"talk_seconds":95`}, bad: []mistake{wrongPath("api.invalid", demoPath+"/calls?direction=up"), wrongPath("api.bad_cursor", demoPath+"/calls?cursor=eA")}},
	{op: "get-call", path: demoPath + "/calls/" + loggedCall, want: []string{`"code":"came_in"`, `"mos":4.12`, `"loss_percent":0.35`, `"kind":"talk"`}, bad: []mistake{missing("call.not_found", demoPath+"/calls/17", "")}},
	{op: "get-call-history", path: demoPath + "/calls/" + loggedCall + "/history", want: []string{`"event":"arrived"`, `"effect":"authorise"`, `"agrees":true`}, bad: []mistake{missing("call.not_found", demoPath+"/calls/17/history", "")}},
	{op: "list-voicemails", path: demoPath + "/voicemails?unheard=true", want: []string{`"messages":[]`}, bad: []mistake{wrongPath("api.invalid", demoPath+"/voicemails?unheard=perhaps")}},
	{op: "set-voicemail-heard", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/recordings/1/heard", body: `{"heard":true}`, want: []string{`"call":"`}, bad: []mistake{invalid(`{}`)}},
	{op: "restore-recording", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/recordings/1/restore", want: []string{`"call":"`}, bad: []mistake{missing("call.no_recording", demoPath+"/calls/"+loggedCall+"/recordings/9/restore", "")}},
	{op: "report-calls", path: demoPath + "/call-report?by=status", want: []string{`"of":["answered"]`, `"first_calls":1`}, bad: []mistake{wrongPath("call.bad_dimension", demoPath+"/call-report?by=client")}},
	{
		op: "ringostat-calls", path: demoPath + "/ringostat/calls/list?from=2026-03-10&to=2026-03-11&fields=disposition,billsec,caller", want: []string{`"disposition":"PROPER"`, `"billsec":"95"`, `"caller":"380671234567"`},
		bad: []mistake{wrongPath("api.no_field", demoPath+"/ringostat/calls/list?fields=secret"), wrongPath("api.bad_time", demoPath+"/ringostat/calls/list?from=yesterday")},
	},
	{op: "list-live-calls", path: demoPath + "/live-calls", want: []string{`"calls":[]`}},
	{
		op: "add-call-note", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/notes", body: `{"text":"wants roses"}`, want: []string{`"text":"wants roses"`, `"author":"key `}, keep: "note=id",
		bad: []mistake{invalid(`{"text":""}`), missing("call.not_found", demoPath+"/calls/17/notes", `{"text":"x"}`)},
	},
	{op: "remove-call-note", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/notes/$note", want: []string{`"removed":"`}, bad: []mistake{missing("call.no_note", demoPath+"/calls/"+loggedCall+"/notes/17", "")}},
	{op: "set-call-labels", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/labels", body: `{"category":"","tags":["VIP"]}`, want: []string{`"tags":["VIP"]`}, bad: []mistake{wrong("call.no_category", `{"category":"Order","tags":[]}`)}},
	{op: "hang-up-call", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/hang-up", want: []string{`"call":"`}, bad: []mistake{missing("call.not_found", demoPath+"/calls/17/hang-up", "")}},
	{op: "transfer-call", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/transfer", body: `{"phone":"+380671234567"}`, want: []string{`"call":"`}, bad: []mistake{wrong("api.bad_transfer", `{}`)}},
	{op: "get-client-card", path: demoPath + "/clients/+380671234567", want: []string{`"tags":["VIP"]`, `"talk_seconds":95`}, bad: []mistake{missing("call.not_found", demoPath+"/clients/+380671234568", "")}},
	{op: "export-calls", path: demoPath + "/calls.csv", want: []string{"id,direction,caller,", ",proper,"}, bad: []mistake{wrongPath("api.invalid", demoPath+"/calls.csv?missed=perhaps")}},
	{op: "get-recording-link", path: demoPath + "/calls/" + loggedCall + "/recordings/1/link", want: []string{`"url":"https://cabinet.example.com/recordings/`}, bad: []mistake{missing("call.no_recording", demoPath+"/calls/"+loggedCall+"/recordings/2/link", "")}},
	{op: "erase-recording", who: "project:write", path: demoPath + "/calls/" + loggedCall + "/recordings/1", want: []string{`"call":"`}, bad: []mistake{missing("call.no_recording", demoPath+"/calls/"+loggedCall+"/recordings/2", "")}},
}

var statementScenes = []scene{
	// Rule B-13.
	{op: "get-statement", path: demoPath + "/statement", want: []string{`"kind":"payment"`, `"opening":"0"`, `"provisional":[{`}, bad: []mistake{wrongPath("api.range_too_long", demoPath+"/statement?from=2020-01-01")}},
	{op: "export-statement", path: demoPath + "/statement.csv", want: []string{"day,kind,item,amount,exact,currency,final,reversal\n", "5000.00,5000,UAH"}, bad: []mistake{wrongPath("api.range_too_long", demoPath+"/statement.csv?from=2020-01-01")}},
	{op: "list-funds", path: demoPath + "/funds?from=2026-03-10", want: []string{`"day":"2026-03-10"`, `"legs":"/v1/projects/demo/legs?day=2026-03-10"`}, bad: []mistake{wrongPath("api.bad_cursor", demoPath+"/funds?cursor=eA")}},
	{op: "list-entries", path: demoPath + "/entries?kind=call&kind=sms&newest=true", want: []string{`"kind":"sms"`}, bad: []mistake{wrongPath("api.bad_kind", demoPath+"/entries?kind=tip"), wrongPath("api.invalid", demoPath+"/entries?from=2026-13-01")}},
	{op: "explain-entry", path: demoPath + "/entries/$call", want: []string{`"id":"leg-1"`, `"rule":{`}, bad: []mistake{missing("ledger.no_entry", demoPath+"/entries/1", "")}},
	{op: "export-entries", path: demoPath + "/entries.csv", want: []string{"id,seq,day,", ",payment,"}, bad: []mistake{wrongPath("api.bad_kind", demoPath+"/entries.csv?kind=tip")}},
	{op: "get-forecast", path: demoPath + "/forecast", want: []string{`"next_charge"`, `"funds_end":{`, `"past_errors":{"next_charge":{"trials":0,"mean_charged":null,`}}, // Rule B-80
}

const simulated = `{"at":"2026-03-01T09:00:00+02:00","type":"project.open","project":"p","country":"UA","currency":"UAH","time_zone":"Europe/Kyiv","book":"ringostat","book_version":"2021-01-01"}
{"at":"2026-03-01T10:00:00+02:00","type":"payment","id":"1","amount":"1000","method":"bank"}
`

var priceScenes = []scene{
	{op: "quote-project-call", path: demoPath + "/quote", body: `{"to":"+380671234567","seconds":90}`, want: []string{`"charge":"rated"`, `"max_seconds"`}, bad: []mistake{invalid(`{"to":"+380671234567","seconds":-90}`)}},
	{
		op: "quote-call", path: "/v1/quote", body: `{` + inUkraine + `,"to":"+380671234567","seconds":90,"balance":"10"}`, want: []string{`"currency":"UAH"`, `"max_seconds"`},
		bad: []mistake{{"", `{` + inUkraine + `,"to":"+999671234567","seconds":90}`, 403, "rating.unknown_destination"}, invalid(`{` + inUkraine + `,"to":"+380671234567","seconds":90,"speed":1}`)},
	},
	{
		op: "quote-configuration", path: "/v1/quote/configuration", body: `{` + inUkraine + `,"products":["virtual_pbx"],"seats":{"virtual_pbx":6}}`, want: []string{`"per_day":"-`, `"seat_fee"`},
		bad: []mistake{wrong("api.bad_seats", `{`+inUkraine+`,"seats":{"piano":6}}`), wrong("api.invalid", `{`+inUkraine+`,"day":"soon"}`)},
	},
	{op: "list-books", path: "/v1/books", want: []string{`"book":"k50"`, `"book":"ringostat"`}},
	{op: "get-book", path: "/v1/books/ringostat/2021-01-01", want: []string{`"yaml":"`}, bad: []mistake{missing("pricebook.unknown_version", "/v1/books/ringostat/1999-01-01", ""), missing("pricebook.unknown_book", "/v1/books/none/1999-01-01", "")}},
	{op: "compare-books", path: "/v1/books/ringostat?from=2021-01-01&to=2022-07-01", want: []string{`"changes":[{`}, bad: []mistake{wrongPath("api.invalid", "/v1/books/ringostat?from=2021-01-01")}},
	{op: "get-book-schema", path: "/v1/book-schema", want: []string{`$schema`}},
	{op: "simulate", path: "/v1/simulate?to=2026-03-03", body: simulated, want: []string{`"balance"`}, bad: []mistake{{"", "{\n", 422, "simulate.bad_event"}}},
	{
		op: "export-events", path: demoPath + "/events", want: []string{`"type":"project.open"`, `"id":"leg-1"`, `"type":"end"`},
		bad: []mistake{wrongPath("simulate.bad_period", demoPath+"/events?from=2026-03-11&to=2026-03-01"), wrongPath("api.invalid", demoPath+"/events?from=soon")},
	},
	{
		op: "what-if", path: demoPath + "/what-if?book_version=2022-07-01", want: []string{`"charges":{`, `"drift":[]`, `"days":[{`},
		bad: []mistake{wrongPath("simulate.bad_period", demoPath+"/what-if?book_version=2022-07-01&to=2030-01-01"), wrongPath("pricebook.unknown_version", demoPath+"/what-if?book_version=1999")},
	},
}

var operatorScenes = []scene{
	{op: "get-house", who: "operator", path: "/v1/house?from=2026-03-01", want: []string{`"house":"clearing:bank"`, `"month":"2026-03-01"`}, bad: []mistake{wrongPath("api.bad_range", "/v1/house?from=2026-03-11&to=2026-03-10")}},
	{op: "get-night", who: "operator", path: "/v1/night", want: []string{`"due_days":0`, `"behind_seconds":0`, `"project":"parked"`, `"repair":"/v1/projects/parked/repair"`}},
	// Rule B-12.
	{
		op: "repair-day", who: "operator", path: "/v1/projects/parked/repair", body: `{"skip":false}`, want: []string{`"next_day":"2026-03-10"`},
		bad: []mistake{invalid(`{"skip":"yes"}`), conflict("billing.not_parked", `{}`)},
	},
	{
		op: "create-key", who: "operator", path: "/v1/keys", body: `{"name":"pbx","scope":"project:charge","project":"demo"}`, want: []string{`"secret":"bw_`}, keep: "key=id",
		bad: []mistake{wrong("account.scope_needs_project", `{"name":"pbx","scope":"project:charge"}`), invalid(`{"name":"pbx","scope":"god"}`)},
	},
	{op: "create-key", who: "operator", path: "/v1/keys", body: `{"name":"boss","scope":"operator"}`, keep: "boss=id"},
	{op: "list-operator-keys", who: "operator", path: "/v1/keys", want: []string{`"boss"`}},
	{op: "list-keys", who: "project:write", path: demoPath + "/keys", want: []string{`"pbx"`}},
	{op: "revoke-key", who: "project:write", path: demoPath + "/keys/$key", want: []string{`"revoked_at"`}, bad: []mistake{missing("account.no_key", demoPath+"/keys/k_none", "")}},
	{op: "revoke-operator-key", who: "operator", path: "/v1/keys/$boss", want: []string{`"revoked_at"`}, bad: []mistake{missing("account.no_key", "/v1/keys/k_none", "")}},
}

// Every chapter does what it says, and says what is wrong with a request; both engines tell the same story.
func TestStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.open("parked", `"country":"US","time_zone":"UTC","book":"ringostat"`)
		s.park("parked")
		s.recordedCall()
		ops := s.operationsByID()
		names := map[string]string{}
		s.prepareTracking(names)
		for _, now := range story {
			op, ok := ops[now.op]
			if !ok {
				t.Fatalf("there is no operation %s", now.op)
			}
			s.tell(op, now, names)
		}
	})
}

func (s *site) operationsByID() map[string]api.Operation {
	all := map[string]api.Operation{}
	for _, op := range s.api.Operations() {
		all[op.ID] = op
	}
	return all
}

// tell plays a scene and the mistakes people make at it.
func (s *site) tell(op api.Operation, now scene, names map[string]string) {
	s.Helper()
	who := s.caller(now)
	got := s.do(who, op.Method, fill(now.path, names), fill(now.body, names))
	if got.status != http.StatusOK && got.status != http.StatusCreated {
		s.Fatalf("%s: %d %s %s", op.ID, got.status, got.body, s.log)
	}
	for _, part := range now.want {
		if part = fill(part, names); !strings.Contains(string(got.body), part) {
			s.Errorf("%s answers %s, without %s", op.ID, got.body, part)
		}
	}
	if name, path, ok := strings.Cut(now.keep, "="); ok {
		names[name] = dig(s, got, path)
	}
	for _, bad := range now.bad {
		path, body := now.path, bad.body
		if bad.path != "" {
			path = bad.path
		}
		s.problem(s.do(who, op.Method, fill(path, names), fill(body, names)), bad, op.ID)
	}
}

func (s *site) caller(now scene) headers {
	if now.who == "" {
		return s.as("project:read")
	}
	return s.as(now.who)
}

// problem checks a refusal: the parts of a problem that programs and people need are there.
func (s *site) problem(got answer, want mistake, op string) {
	s.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
		Request                   string `json:"request_id"`
	}
	if got.header.Get("Content-Type") != "application/problem+json" {
		s.Errorf("%s %s %s: not a problem: %d %s", op, want.path, want.body, got.status, got.body)
		return
	}
	got.into(s, &p)
	if got.status != want.status || p.Code == "" || want.code != "" && p.Code != want.code {
		s.Errorf("%s %s %s: %d %s, want %d %s", op, want.path, want.body, got.status, got.body, want.status, want.code)
	}
	if p.Status != got.status || p.Request == "" || p.Request != got.header.Get("X-Request-Id") || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Type, "/docs#problem-") {
		s.Errorf("%s: an incomplete problem: %s", op, got.body)
	}
}

var named = regexp.MustCompile(`\$([a-z]+)`)

// fill puts what was kept in the place of its name.
func fill(text string, names map[string]string) string {
	return named.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := names[name[1:]]; ok {
			return value
		}
		return name
	})
}

// dig finds a text in an answer, by the names and indexes on the way to it.
func dig(t testing.TB, a answer, path string) string {
	t.Helper()
	var at any = a.json(t)
	for name := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			if i, err := strconv.Atoi(name); err == nil && i < len(v) {
				at = v[i]
			}
		}
	}
	text, ok := at.(string)
	if !ok || text == "" {
		t.Fatalf("%s is not in %s", path, a.body)
	}
	return text
}
