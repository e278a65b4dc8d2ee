package calls

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

var directionKeys = map[call.Direction]lang.Key{
	call.Inbound: "calls.inbound", call.Outbound: "calls.outbound", call.Internal: "calls.internal", call.Callback: "calls.callback",
	call.ClickToCall: "calls.click_to_call",
}

var resultKeys = map[call.Result]lang.Key{
	"calling": "calls.result_calling", "in_progress": "calls.result_in_progress", "answered": "calls.result_answered", "proper": "calls.result_proper",
	"repeated": "calls.result_repeated", "no_answer": "calls.result_no_answer", "busy": "calls.result_busy", "failed": "calls.result_failed",
	"voicemail": "calls.result_voicemail", "wrong_extension": "calls.result_wrong_extension", "client_no_answer": "calls.result_client_no_answer",
	"forbidden": "calls.result_forbidden", "blocked": "calls.result_blocked",
}

var resultTones = map[call.Result]ui.Tone{
	"calling": ui.Notice, "in_progress": ui.Notice, "answered": ui.Good, "proper": ui.Good, "repeated": ui.Good, "voicemail": ui.Warning, "no_answer": ui.Bad, "busy": ui.Bad,
	"failed": ui.Bad, "wrong_extension": ui.Warning, "client_no_answer": ui.Warning, "forbidden": ui.Bad, "blocked": ui.Neutral,
}

var phaseKeys = map[call.Phase]lang.Key{
	call.InQueue: "calls.phase_queue", call.Ringing: "calls.phase_ringing", call.Talking: "calls.phase_talking", call.OnHold: "calls.phase_held", call.Consulting: "calls.phase_consult", call.IsParked: "calls.phase_parked",
	call.InMenu: "calls.phase_menu", call.InVoicemail: "calls.phase_voicemail",
}

// farKey is what the far end of a call is called: between colleagues it is an extension.
func farKey(d call.Direction) lang.Key {
	if d == call.Internal {
		return "calls.dialled"
	}
	return "calls.col_client"
}

// resultOf is how a call ended, as a cell.
func resultOf(v *ui.View, c call.Call) cabinet.Cell {
	r := c.Result()
	return cabinet.Status(resultTones[r], v.T(resultKeys[r]))
}

// number is a telephone number for people; what is none, such as an extension, stands as it is.
func number(v *ui.View, s string) string {
	switch {
	case s == "":
		return v.T("calls.withheld")
	case s == call.Erased:
		return v.T("calls.erased")
	case strings.HasPrefix(s, "+"):
		return v.Phone(phone.Number(s))
	}
	return s
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// lasting is a cell with a length of time, exported in seconds.
func lasting(n int64) cabinet.Cell { return cabinet.Shown(ui.Duration(seconds(n)), int(n)) }

// title names a call: "Call from +380 67 123 4567".
func title(v *ui.View, c call.Call) string {
	switch c.Direction {
	case call.Inbound:
		return v.T("calls.from", lang.Values{"Number": number(v, c.Client)})
	case call.Callback:
		return v.T("calls.back_to", lang.Values{"Number": number(v, c.Client)})
	}
	return v.T("calls.to", lang.Values{"Number": number(v, c.Client)})
}

var eventKeys = map[string]lang.Key{
	call.CameIn: "calls.ev_came_in", call.BeganOut: "calls.ev_began_out", call.AskedCallback: "calls.ev_asked_callback", call.Blocked: "calls.ev_blocked",
	call.SchemeChosen: "calls.ev_scheme", call.OutOfHours: "calls.ev_out_of_hours", call.LastAgent: "calls.ev_last_agent", call.OwnerFirst: "calls.ev_owner_first",
	call.CRMNobody: "calls.ev_crm_nobody", call.CRMUnknown: "calls.ev_crm_unknown", call.CRMFailed: "calls.ev_crm_failed",
	call.StepBegan: "calls.ev_step", call.RingingLeg: "calls.ev_ringing", call.DeclinedLeg: "calls.ev_declined", call.SilentLeg: "calls.ev_silent",
	call.UnreachableLeg: "calls.ev_unreachable", call.NoChannel: "calls.ev_no_channel", call.MenuPlayed: "calls.ev_menu", call.Digit: "calls.ev_digit", call.WrongDigit: "calls.ev_wrong_digit",
	call.KnownCode: "calls.ev_code_known", call.WrongCode: "calls.ev_code_wrong", call.NoCode: "calls.ev_code_none",
	call.Consulted: "calls.ev_consulted", call.ThreeTalk: "calls.ev_three", call.ClientLeft: "calls.ev_client_left", call.TalkOn: "calls.ev_talk_on",
	call.Queued: "calls.ev_queued", call.LeftQueue: "calls.ev_left_queue", call.AnsweredBy: "calls.ev_answered_by", call.ClientAnswered: "calls.ev_client_answered",
	call.Held: "calls.ev_held", call.Resumed: "calls.ev_resumed", call.Transferred: "calls.ev_transferred", call.Parked: "calls.ev_parked",
	call.Unparked: "calls.ev_unparked", call.PickedUp: "calls.ev_picked_up", call.RingsBack: "calls.ev_rings_back",
	call.NoRecording: "calls.ev_no_recording", call.RecordingOn: "calls.ev_recording", call.ToVoicemail: "calls.ev_to_voicemail", call.LeftVoicemail: "calls.ev_left_voicemail",
	call.FundsRefused: "calls.refused_other", call.FundsWarned: "calls.ev_funds_warned", call.FundsOut: "calls.ev_funds_out", call.NodeLost: "calls.ev_node_lost",
	call.HungUp: "calls.ev_hung_up",
}

var partyKeys = map[string]lang.Key{string(call.ByClient): "calls.by_client", string(call.ByStaff): "calls.by_staff", string(call.BySystem): "calls.by_system"}

var consentKeys = map[string]lang.Key{
	string(call.ConsentOff): "calls.consent_off", string(call.ConsentAnnounced): "calls.consent_announced", string(call.ConsentGiven): "calls.consent_given",
}

// stepKeys name the kinds of steps of a scheme, for those without a name.
var stepKeys = map[string]lang.Key{
	"ring": "telephony.step_ring", "menu": "telephony.step_menu", "queue": "telephony.step_queue", "say": "telephony.step_say",
	"voicemail": "telephony.step_voicemail", "hang_up": "telephony.step_hang_up", "code": "telephony.step_code",
}

// refusalKeys say why a leg may not be called, by the code of the refusal.
var refusalKeys = map[string]lang.Key{
	"charging.no_funds": "calls.refused_no_funds", "billing.suspended": "calls.refused_suspended", "charging.day_limit": "calls.refused_day_limit",
	"charging.country_forbidden": "calls.refused_country", "charging.premium_forbidden": "calls.refused_premium", "charging.too_expensive": "calls.refused_expensive",
	"charging.too_many_calls": "calls.refused_too_many", "routing.outgoing_off": "calls.refused_outgoing", "rating.unknown_destination": "calls.refused_destination",
	"pricing.leg_not_sold": "calls.refused_destination", "charging.bad_destination": "calls.refused_destination", "dialplan.no_caller_id": "calls.refused_no_number",
	"pbx.no_channel": "calls.why_no_channel",
}

// endKeys say why a call ended that nobody hung up.
var endKeys = map[string]lang.Key{
	"call.no_channel": "calls.why_no_channel", "call.far_full": "calls.why_no_channel", "call.no_caller_id": "calls.refused_no_number", "call.bad_number": "calls.why_bad_number",
	"call.suspended": "calls.refused_suspended", "step.nobody": "calls.why_nobody",
	"queue.callback": "calls.why_queue_callback",
}

// whole is an event with what it does not say itself and its leg, or a recording, knows.
func (c *callContent) whole(e call.Event) call.Event {
	params := map[string]string{}
	maps.Copy(params, e.Params)
	add := func(param, value string) {
		if params[param] == "" && value != "" {
			params[param] = value
		}
	}
	e.Params = params
	add("name", params["queue"])
	for _, r := range c.Recordings {
		if e.Code == call.LeftVoicemail && r.Kind == call.VoicemailRecording {
			add("seconds", strconv.FormatInt(r.Seconds, 10))
		}
	}
	n, err := strconv.ParseInt(params["leg"], 10, 64)
	for _, l := range c.Legs {
		if err != nil || l.N != n {
			continue
		}
		if add("name", l.EmployeeName); params["name"] == "" {
			params["name"] = number(c.View, l.Address)
		}
		if l.SIPCode >= 400 {
			add("sip", strconv.FormatInt(l.SIPCode, 10))
		}
		if e.Code == call.SilentLeg {
			add("seconds", strconv.FormatInt(int64(l.EndedAt.Sub(l.StartedAt)/time.Second), 10))
		}
		if e.Code == call.RingingLeg && l.EmployeeName != "" { // somebody may have several telephones
			params["at"] = c.address(l)
		}
		if e.Code == call.ClientAnswered && (c.Direction == call.Inbound || c.Direction == call.Internal) {
			e.Code = call.AnsweredBy // somebody outside whom the scheme rings
		}
	}
	return e
}

// say is an event in the reader's language (Rule T-103).
func say(v *ui.View, e call.Event) string {
	key, ok := eventKeys[e.Code]
	if !ok {
		return e.Code
	}
	if why, known := refusalKeys[e.Params["code"]]; known && e.Code == call.FundsRefused {
		key = why
	}
	if why, known := endKeys[e.Params["why"]]; known && e.Code == call.HungUp {
		key = why
	}
	values := lang.Values{"Name": "", "Number": "", "Seconds": "", "Digit": "", "Position": "", "Version": "", "Step": "", "To": "", "SIP": "", "By": "", "Consent": "", "Kind": "", "At": ""}
	for param, value := range e.Params {
		values[strings.ToUpper(param[:min(1, len(param))])+param[min(1, len(param)):]] = value
	}
	if key, ok := stepKeys[e.Params["kind"]]; ok && e.Code == call.StepBegan {
		if values["Step"] = e.Params["name"]; values["Step"] == "" {
			values["Step"] = v.T(key)
		}
	}
	values["Number"] = number(v, e.Params["number"])
	values["SIP"] = sipWords(v, e.Params["sip"])
	if n, err := strconv.ParseInt(e.Params["seconds"], 10, 64); err == nil && n > 0 {
		values["Seconds"] = v.Duration(seconds(n))
	}
	if by, ok := partyKeys[e.Params["by"]]; ok {
		values["By"] = v.T(by)
	}
	if consent, ok := consentKeys[e.Params["consent"]]; ok {
		values["Consent"] = v.T(consent)
	}
	return v.T(key, maps.Clone(values))
}

var sipKeys = map[string]lang.Key{
	"403": "calls.sip_403", "404": "calls.sip_404", "408": "calls.sip_408", "480": "calls.sip_480", "484": "calls.sip_484", "486": "calls.sip_486",
	"487": "calls.sip_487", "488": "calls.sip_488", "500": "calls.sip_500", "503": "calls.sip_503", "603": "calls.sip_603",
}

// sipWords says a final response of SIP for people: "busy (486)".
func sipWords(v *ui.View, code string) string {
	if key, ok := sipKeys[code]; ok {
		return v.T(key) + " (" + code + ")"
	}
	return code
}
