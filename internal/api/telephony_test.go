package api_test

import (
	"context"
	"strings"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
)

// board is a PBX that does what it is told.
type board struct{}

// ClickToCall begins call 7.
func (board) ClickToCall(context.Context, ident.ProjectID, string, string) (call.ID, error) {
	return 7, nil
}

// Callback begins call 8 from the one number that has a scheme.
func (board) Callback(_ context.Context, _ ident.ProjectID, number phone.Number, _ string, _ bool) (call.ID, error) {
	if number != "+380445555501" {
		return 0, routing.UnknownNumber(number)
	}
	return 8, nil
}

// Order takes every order.
func (board) Order(context.Context, call.Ref, call.Command) error { return nil }

const (
	oneStep  = `{"format":1,"steps":[{"id":"a","ring":{"order":"together","seconds":30,"targets":[{"phone":"+380671234567"}]}}]}`
	noOrder  = `{"format":1,"steps":[{"id":"a","ring":{"order":"maybe","seconds":30,"targets":[{"phone":"+380671234567"}]}}]}`
	ownPhone = `{"number":"+380445555501","owner":"customer","kind":"local","use":"pbx"}`
	aTrunk   = `{"name":"Vega","enabled":true,"priority":10,"mode":"registration","transport":"udp","server":"sip.vega.example","user":"u1","password":"a bell",` +
		`"out":{"style":"e164"},"in":{"style":"digits"},"caller_policy":"any"}`
)

// A trunk that stands behind our own firewall is refused to a project (Rule T-54).
var insideTrunk = strings.Replace(aTrunk, "sip.vega.example", "10.0.0.7", 1)

// otherTrunk has another server than aTrunk, and no password for it.
var otherTrunk = strings.NewReplacer("sip.vega", "sip.deneb", `,"password":"a bell"`, "").Replace(aTrunk)

// aSound is a WAV file: a fifth of a second of silence, 8 bits at 11025 Hz.
var aSound = "RIFF\xc1\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x11\x2b\x00\x00\x11\x2b\x00\x00\x01\x00\x08\x00data\x9d\x08\x00\x00" + strings.Repeat("\x80", 2205)

// telephonyTour calls every operation of telephony once rightly and once wrongly. Rules T-40, T-42, T-46, T-53, T-54.
var telephonyTour = []visit{
	{"add-employee", "project:write", "/projects/demo/employees", `{"name":"Anna","extension":"201","contacts":[{"kind":"mobile","address":"+380671234567","primary":true}]}`, `{"name":"Borys","extension":"103"}`, "staff.emergency_extension", "employee=id"},
	{"list-employees", "project:read", "/projects/demo/employees", "", "/projects/demo/employees?x=1", "api.invalid", ""},
	{"edit-employee", "project:write", "/projects/demo/employees/@employee", `{"name":"Anna K","extension":"202"}`, `{"name":"Anna","contacts":[{"kind":"mobile","address":"call me"}]}`, "staff.bad_contact", ""},
	{"set-presence", "project:write", "/projects/demo/employees/@employee/presence", `{"presence":"away"}`, `{"presence":"asleep"}`, "api.invalid", ""},
	{"open-sip-account", "project:write", "/projects/demo/employees/@employee/sip-accounts", `{"label":"desk"}`, "/projects/demo/employees/none/sip-accounts", "staff.no_employee", "account=user_name"},
	{"edit-sip-account", "project:write", "/projects/demo/sip-accounts/@account", `{"label":"desk","most_contacts":2,"enabled":true}`, `{"most_contacts":99,"enabled":true}`, "api.invalid", ""},
	{"new-sip-password", "project:write", "/projects/demo/sip-accounts/@account/password", "", "/projects/demo/sip-accounts/none/password", "staff.no_account", ""},
	{"remove-sip-account", "project:write", "/projects/demo/sip-accounts/@account", "", "/projects/demo/sip-accounts/none", "staff.no_account", ""},
	{"click-to-call", "project:write", "/projects/demo/click-to-call", `{"employee":"@employee","to":"067 123 45 67"}`, `{"employee":"none","to":"067 123 45 67"}`, "staff.no_employee", ""},
	{"listen-to-call", "project:write", "/projects/demo/calls/@logged/listen", `{"employee":"@employee","whisper":true}`, `{"employee":"none","whisper":false}`, "staff.no_employee", ""},
	{"consult-colleague", "project:write", "/projects/demo/calls/@logged/consult", `{"employee":"@employee"}`, `{"employee":"@employee","phone":"+380671234567"}`, "api.bad_transfer", ""},
	{"complete-transfer", "project:write", "/projects/demo/calls/@logged/complete?by=@employee", "", "/projects/demo/calls/12/complete", "call.not_found", ""},
	{"return-to-client", "project:write", "/projects/demo/calls/@logged/return", "", "/projects/demo/calls/12/return", "call.not_found", ""},
	{"merge-call", "project:write", "/projects/demo/calls/@logged/merge", "", "/projects/demo/calls/12/merge", "call.not_found", ""},
	{"hold-call", "project:write", "/projects/demo/calls/@logged/hold", "", "/projects/demo/calls/12/hold", "call.not_found", ""},
	{"resume-call", "project:write", "/projects/demo/calls/@logged/resume", "", "/projects/demo/calls/12/resume", "call.not_found", ""},
	{"park-call", "project:write", "/projects/demo/calls/@logged/park", "", "/projects/demo/calls/12/park", "call.not_found", ""},
	{"take-call", "project:write", "/projects/demo/calls/@logged/take", `{"employee":"@employee"}`, `{"employee":"none"}`, "staff.no_employee", ""},
	{"call-back-client", "project:write", "/projects/demo/callbacks", `{"number":"+380445555501","client":"067 123 45 67","client_first":true}`, `{"number":"+380449999999","client":"067 123 45 67"}`, "routing.unknown_number", ""},
	{"remove-employee", "project:write", "/projects/demo/employees/@employee", "", "/projects/demo/employees/none", "staff.no_employee", ""},
	{"rent-number", "operator", "/projects/demo/numbers", ownPhone, `{"number":"0441234567","owner":"customer","kind":"local","use":"pbx"}`, "billing.bad_number", ""},
	{"make-scheme", "project:write", "/projects/demo/schemes", `{"name":"Main","scheme":` + oneStep + `}`, `{"name":"Main","scheme":` + noOrder + `}`, "dialplan.unknown_word", "scheme=id"},
	{"list-schemes", "project:read", "/projects/demo/schemes", "", "/projects/demo/schemes?x=1", "api.invalid", ""},
	{"save-scheme", "project:write", "/projects/demo/schemes/@scheme", `{"name":"Main","scheme":` + oneStep + `}`, `{"name":"Main","scheme":{"format":2,"steps":[]}}`, "dialplan.unknown_format", ""},
	{"publish-scheme", "project:write", "/projects/demo/schemes/@scheme/publish", "", "/projects/demo/schemes/none/publish", "routing.no_scheme", ""},
	{"roll-back-scheme", "project:write", "/projects/demo/schemes/@scheme/roll-back", `{"version":1}`, `{"version":7}`, "routing.no_version", ""},
	{"list-scheme-versions", "project:read", "/projects/demo/schemes/@scheme/versions", "", "/projects/demo/schemes/none/versions", "routing.no_scheme", ""},
	{"save-scheme", "project:write", "/projects/demo/schemes/@scheme", `{"name":"Main","scheme":` + oneStep + `}`, `{"name":"Main","scheme":{"format":2,"steps":[]}}`, "dialplan.unknown_format", ""},
	{"discard-scheme-draft", "project:write", "/projects/demo/schemes/@scheme/discard", "", "/projects/demo/schemes/none/discard", "routing.no_scheme", ""},
	{"make-scheme", "project:write", "/projects/demo/schemes", `{"name":"Spare","scheme":` + oneStep + `}`, `{"name":"","scheme":` + oneStep + `}`, "api.invalid", "unused=id"},
	{"remove-scheme", "project:write", "/projects/demo/schemes/@unused", "", "/projects/demo/schemes/none", "routing.no_scheme", ""},
	{"set-number-scheme", "project:write", "/projects/demo/numbers/+380445555501/scheme", `{"scheme":"@scheme"}`, `{"scheme":"none"}`, "routing.unknown_reference", ""},
	{"dry-run", "project:read", "/projects/demo/dry-run", `{"from":"+380671234567","number":"+380445555501","at":"2026-11-22T10:05:00+02:00"}`, `{"number":"+380449999999"}`, "routing.foreign_caller_id", ""},
	{"set-business-hours", "project:write", "/projects/demo/business-hours", `{"week":[{"days":["mon","fri"],"from":"09:00","to":"18:00"}],"holidays":[{"date":"2026-12-25","yearly":true}]}`, `{"week":[{"days":["mon"],"from":"18:00","to":"09:00"}]}`, "dialplan.bad_time", ""},
	{"get-business-hours", "project:read", "/projects/demo/business-hours", "", "/projects/demo/business-hours?x=1", "api.invalid", ""},
	{"block-caller", "project:write", "/projects/demo/block-list", `{"pattern":"067 999 99 99","note":"rude"}`, `{"pattern":"call me"}`, "routing.bad_pattern", ""},
	{"list-blocked", "project:read", "/projects/demo/block-list", "", "/projects/demo/block-list?x=1", "api.invalid", ""},
	{"unblock-caller", "project:write", "/projects/demo/block-list/+380679999999", "", "/projects/demo/block-list/withheld", "routing.not_blocked", ""},
	{"add-prompt", "project:write", "/projects/demo/prompts?name=Hello", aSound, "no sound at all", "routing.bad_sound", "prompt=id"},
	{"add-prompt", "project:write", "/projects/demo/prompts?name=Jazz&kind=music", aSound, "ID3", "routing.bad_sound", "spare=id"},
	{"speak-prompt", "project:write", "/projects/demo/spoken-prompts", `{"name":"Hours","text":"We are open from nine","voice":"en"}`, `{"name":"Hours","text":"   ","voice":"en"}`, "routing.bad_text", ""},
	{"list-prompts", "project:read", "/projects/demo/prompts", "", "/projects/demo/prompts?x=1", "api.invalid", ""},
	{"set-telephony-settings", "project:write", "/projects/demo/telephony-settings", `{"last_agent":{"on":true,"days":7},"recording":{"mode":"consent","prompt":"@prompt","digit":"5"},"caller_id":"+380445555501","fallback":"067 123 45 67","outgoing":"home"}`, `{"caller_id":"+380449999999"}`, "routing.foreign_caller_id", ""},
	{"get-telephony-settings", "project:read", "/projects/demo/telephony-settings", "", "/projects/demo/telephony-settings?x=1", "api.invalid", ""},
	{"remove-prompt", "project:write", "/projects/demo/prompts/@spare", "", "/projects/demo/prompts/@prompt", "routing.prompt_used", ""},
	{"set-call-settings", "project:write", "/projects/demo/call-settings", `{"proper_seconds":45,"repeated_days":30,"keep_days":0,"voicemail_days":90,"categories":["Order"]}`, `{"proper_seconds":-1,"repeated_days":30,"keep_days":0,"voicemail_days":0,"categories":[]}`, "api.invalid", ""},
	{"get-call-settings", "project:read", "/projects/demo/call-settings", "", "/projects/demo/call-settings?x=1", "api.invalid", ""},
	{"add-trunk", "project:write", "/projects/demo/trunks", aTrunk, insideTrunk, "trunk.private_address", "trunk=id"},
	{"list-trunks", "project:read", "/projects/demo/trunks", "", "/projects/demo/trunks?x=1", "api.invalid", ""},
	{"edit-trunk", "project:write", "/projects/demo/trunks/@trunk", aTrunk, "/projects/demo/trunks/none", "trunk.none", ""},
	{"carry-number", "project:write", "/projects/demo/trunks/@trunk/numbers/+380445555501", `{"most_channels":5}`, "/projects/demo/trunks/@trunk/numbers/+380449999999", "trunk.no_number", ""},
	{"drop-number", "project:write", "/projects/demo/trunks/@trunk/numbers/+380445555501", "", "/projects/demo/trunks/none/numbers/+380445555501", "trunk.none", ""},
	{"remove-trunk", "project:write", "/projects/demo/trunks/@trunk", "", "/projects/demo/trunks/none", "trunk.none", ""},
	{"add-operator-trunk", "operator", "/trunks", aTrunk, `{"name":"Vega"}`, "api.invalid", "house=id"},
	{"list-operator-trunks", "operator", "/trunks", "", "/trunks?x=1", "api.invalid", ""},
	{"edit-operator-trunk", "operator", "/trunks/@house", aTrunk, otherTrunk, "trunk.bad_setting", ""},
	{"carry-operator-number", "operator", "/trunks/@house/numbers/+380445555501", `{}`, `{"most_channels":-1}`, "api.invalid", ""},
	{"drop-operator-number", "operator", "/trunks/@house/numbers/+380445555501", "", "/trunks/none/numbers/+380445555501", "trunk.none", ""},
	{"remove-operator-trunk", "operator", "/trunks/@house", "", "/trunks/none", "trunk.none", ""},
	{"spare-range", "operator", "/spared-ranges", `{"range":"192.0.2.7/24","note":"office"}`, `{"range":"10.0.0.0/8"}`, "ban.bad_range", ""},
	{"list-spared-ranges", "operator", "/spared-ranges", "", "/spared-ranges?x=1", "api.invalid", ""},
	{"unspare-range", "operator", "/spared-ranges?range=192.0.2.0/24", "", "/spared-ranges?range=198.51.100.0/24", "ban.not_spared", ""},
	{"list-bans", "operator", "/bans", "", "/bans?x=1", "api.invalid", ""},
	{"release-ban", "operator", "/bans/203.0.113.9", "", "/bans/203.0.113.10", "ban.none", ""},
	{"erase-client", "project:write", "/projects/demo/clients/+380671234567", "", "/projects/demo/clients/+380671234568", "call.not_found", ""},
}

// telephonyScenes are the same as a story, with what is answered.
var telephonyScenes = func() (scenes []scene) {
	want := map[string][]string{
		"click-to-call": {`"call":"7"`}, "call-back-client": {`"call":"8"`}, "list-scheme-versions": {`"version":2`, `"steps":[`}, "carry-number": {`"most_channels":5`}, "erase-client": {`"calls":1`}, "speak-prompt": {`"spoken":"We are open from nine"`},
		"add-employee": {`"extension":"201"`, `"presence":"available"`}, "open-sip-account": {`"password":"`, `"realm":"bellwether"`, `"most_contacts":3`},
		"list-schemes": {`"name":"Main"`, `"live":0`}, "publish-scheme": {`"live":1`}, "roll-back-scheme": {`"live":2`},
		"dry-run": {`"code":"call.arrived"`, `"code":"leg.dialled"`, `"status":"no_answer"`}, "list-trunks": {`"state":"unknown"`, `"style":"digits"`},
		"get-business-hours": {`"days":["mon","fri"],"from":"09:00"`, `"yearly":true`}, "block-caller": {`"pattern":"+380679999999"`, `"note":"rude"`}, "list-blocked": {"+380679999999"},
		"add-prompt": {`"format":"wav"`, `"seconds":0.2`}, "list-prompts": {`"name":"Hello"`, `"kind":"music"`}, "remove-prompt": {`"removed":"`},
		"get-telephony-settings": {`"on":true,"days":7`, `"mode":"consent"`, `"digit":"5"`, `"fallback":"+380671234567"`, `"outgoing":"home"`}, "get-call-settings": {`"proper_seconds":45`, `"categories":["Order"]`},
		"spare-range": {`"range":"192.0.2.0/24"`}, "list-spared-ranges": {`"note":"office"`}, "list-bans": {`"address":"203.0.113.9","node":"n1","why":"scanner"`},
		"edit-operator-trunk": {`"server":"sip.vega.example"`},
	}
	for _, v := range telephonyTour {
		scenes = append(scenes, scene{
			op: v.id, who: v.who, path: "/v1" + strings.NewReplacer("@logged", loggedCall, "@", "$").Replace(v.path), body: strings.ReplaceAll(v.body, "@", "$"), keep: v.keep, want: want[v.id],
		})
	}
	return scenes
}()
