package telephony

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/civil"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// sideView stands beside the steps: whether they can be published, and what a call would meet.
type sideView struct {
	path     string
	ready    bool
	problems []problemLine
	offer    *offerView

	from, date, clock ui.Field
	number, answers   ui.Select
	presses           []ui.Field
	lines             []pathLine
	result            string
	tone              ui.Tone
	when              string
	elsewhere         bool // the call goes by another scheme
	wrong             string
}

type problemLine struct {
	href, step, text string
}

// pathLine is one thing that happens in the dry run.
type pathLine struct {
	after string // since the call arrived
	text  string
	step  bool // it begins a step
}

func tryName(step string) string { return "try.keys." + step }

// prefill suggests a call to try: from nowhere in particular, to the first number that has the scheme, now, or, for a scheme that
// counts outside working hours only, as soon as they end.
func (p *pages) prefill(v *cabinet.Visit, f *cabinet.Form, sc routing.SchemeID, r routes, hours dialplan.BusinessHours) {
	zone := v.Project.Calendar.Zone(v.Project.Calendar.DayAt(v.At))
	number, at := r.goes(sc), v.At
	if number == "" {
		if number = r.closes(sc); number != "" {
			at = nextClosed(hours, v.At, zone)
		}
	}
	f.Values.Set("try.number", number)
	f.Values.Set("try.date", civil.DateIn(at, zone).String())
	f.Values.Set("try.time", at.In(zone).Format("15:04"))
	if f.Get("try.from") == "" {
		f.Values.Set("try.from", exampleOf(v.Project.Country))
	}
}

// goes is the first number that has a scheme; empty for none.
func (r routes) goes(sc routing.SchemeID) string {
	for _, n := range r.held {
		if r.given[n].Scheme == sc {
			return n
		}
	}
	return ""
}

// closes is the first number whose calls take a scheme outside working hours; empty for none.
func (r routes) closes(sc routing.SchemeID) string {
	for _, n := range r.held {
		if given := r.given[n]; given.Closed == sc || given.Closed == "" && given.Scheme != "" && r.settings.AfterHours == sc {
			return n
		}
	}
	return ""
}

// nextClosed is the next half hour outside working hours, within a week; the instant itself where there is none.
func nextClosed(hours dialplan.BusinessHours, at time.Time, zone *time.Location) time.Time {
	const step, most = 30 * time.Minute, 7 * 48
	for i := range most {
		if next := at.Truncate(step).Add(time.Duration(i) * step); !next.Before(at) && !hours.At(next, zone).Open {
			return next
		}
	}
	return at
}

// exampleOf is a caller's number in a country that nobody has, as far as examples go.
func exampleOf(country string) string {
	switch country {
	case "UA":
		return "+380670000000"
	case "RU":
		return "+79160000000"
	}
	return "+12025550123"
}

// sideOf checks a scheme and tries it out; what is wrong with a step is noted for its card.
func (p *pages) sideOf(v *cabinet.Visit, sc routing.Scheme, e *editor) (sideView, error) {
	side := sideView{path: schemePath(v, sc.ID) + "/try"}
	e.wrong = map[int][]string{}
	err := p.Routing.Check(v.Context(), p.DB, v.Project.ID, e.body, v.At)
	problems := dialplan.Problems(err)
	if err != nil && (len(problems) == 0 || problems[0].Kind == errs.Internal) {
		return side, err
	}
	for _, problem := range problems {
		side.note(v, e, problem)
		if problem.Code == "routing.needs_pbx" {
			if side.offer, err = p.offer(v, routing.PBX); err != nil {
				return side, err
			}
		}
	}
	side.ready = len(problems) == 0
	p.tryFields(v, e, &side)
	return side, p.trial(v, routing.Trial{Number: phone.Number(e.f.Get("try.number")), Scheme: sc.ID, Body: &e.body}, e, &side)
}

// note puts a mistake beside the step it is in.
func (s *sideView) note(v *cabinet.Visit, e *editor, problem *errs.Error) {
	line := problemLine{text: problemText(v, problem)}
	var i int
	if _, err := fmt.Sscanf(problem.Where, "steps[%d]", &i); err == nil && i < len(e.body.Steps) {
		line.step, line.href = fmt.Sprintf("%d. %s", i+1, stepName(v.View, e.body.Steps[i])), "#step-"+e.body.Steps[i].ID
		e.wrong[i] = append(e.wrong[i], line.text)
	}
	s.problems = append(s.problems, line)
}

func (p *pages) tryFields(v *cabinet.Visit, e *editor, side *sideView) {
	f := e.f
	side.from = field(f, "try.from", v.T("telephony.try_from"), v.T("telephony.try_from_hint"))
	side.date, side.clock = field(f, "try.date", v.T("telephony.try_date"), ""), field(f, "try.time", v.T("telephony.try_time"), "")
	side.from.Type, side.date.Type, side.clock.Type = "tel", "date", "time"
	side.number = pick(f, "try.number", v.T("telephony.try_number"), "", "", e.routes.numberChoices(v.View)...)
	var who []ui.Choice
	for _, one := range e.who.Employees {
		who = append(who, ui.Choice{Value: string(one.ID), Text: one.Name})
	}
	side.answers = pick(f, "try.answers", v.T("telephony.try_answers"), "", v.T("telephony.try_nobody"), who...)
	for i, s := range e.body.Steps {
		if s.Menu != nil || s.Code != nil {
			step := stepName(v.View, s)
			if !e.another {
				step = fmt.Sprintf("%d. %s", i+1, step)
			}
			side.presses = append(side.presses, field(f, tryName(s.ID), v.T("telephony.try_keys", lang.Values{"Step": step}), ""))
		}
	}
	for i := range side.presses {
		side.presses[i].ID, side.presses[i].Longest = idOf(side.presses[i].ID), 10
	}
	for _, one := range []*ui.Field{&side.from, &side.date, &side.clock} {
		one.ID = idOf(one.ID)
	}
	side.number.ID, side.answers.ID = "try-number", "try-answers"
}

// trial tries a call out, unless its scheme has mistakes that keep it from being lived through.
func (p *pages) trial(v *cabinet.Visit, t routing.Trial, e *editor, side *sideView) error {
	t.At, t.Answers, t.Keys = p.moment(v, e.f), e.f.Get("try.answers"), map[string]string{}
	if from := e.f.Get("try.from"); from != "" {
		n, err := phone.Parse(from, v.Project.Country)
		if err != nil {
			side.from.Error, _ = v.Error(err)
			return nil
		}
		t.From = n
	}
	if t.Number == "" && len(e.routes.held) > 0 {
		t.Number = phone.Number(e.routes.held[0])
	}
	for _, s := range e.body.Steps {
		if keys := e.f.Get(tryName(s.ID)); keys != "" && strings.Trim(keys, dialplan.Keys) == "" {
			t.Keys[s.ID] = keys
		}
	}
	path, err := p.Routing.Try(v.Context(), v.Project.ID, t)
	if problems := dialplan.Problems(err); len(problems) > 0 && problems[0].Kind != errs.Internal {
		side.wrong = v.T("telephony.try_mend")
		return nil
	}
	if err != nil {
		return err
	}
	side.elsewhere = t.Body != nil && e.goesElsewhere(t.Scheme, string(t.Number), path)
	e.another = t.Body == nil || side.elsewhere
	e.names = namesOf(v, path)
	zone := v.Project.Calendar.Zone(v.Project.Calendar.DayAt(t.At))
	local := t.At.In(zone)
	side.when = capital(v.T("telephony.try_when", lang.Values{"From": e.word("from", string(t.From)), "Date": v.DateLong(civil.DateIn(t.At, zone)), "Day": v.T(dayText(local)), "Time": local.Format("15:04")}))
	side.lines = e.pathLines(path)
	side.result, side.tone = v.T(cmp.Or(statusKeys[path.Result.Status], "telephony.status_failed")), statusTones[path.Result.Status]
	if text := e.reason(path.Result.Reason); text != "" {
		side.result += ": " + text
	}
	return nil
}

func dayText(at time.Time) lang.Key {
	const days = 7
	return week[(int(at.Weekday())+days-1)%days].text
}

var statusKeys = map[dialplan.Status]lang.Key{
	dialplan.StatusAnswered: "telephony.status_answered",
	dialplan.StatusNoAnswer: "telephony.status_no_answer", dialplan.StatusBusy: "telephony.status_busy", dialplan.StatusFailed: "telephony.status_failed",
	dialplan.StatusVoicemail: "telephony.status_voicemail", dialplan.StatusForbidden: "telephony.status_forbidden", dialplan.StatusBlocked: "telephony.status_blocked",
	dialplan.StatusWrongExtension: "telephony.status_wrong_extension", dialplan.StatusClientNoAnswer: "telephony.status_no_answer",
}

var statusTones = map[dialplan.Status]ui.Tone{
	dialplan.StatusAnswered: ui.Good, dialplan.StatusVoicemail: ui.Notice,
	dialplan.StatusNoAnswer: ui.Warning, dialplan.StatusBusy: ui.Warning, dialplan.StatusFailed: ui.Bad, dialplan.StatusForbidden: ui.Bad,
}

// reasonKeys are the reader's words for what happens in a call. What has none is not shown.
var reasonKeys = map[string]lang.Key{
	"call.arrived": "telephony.line_arrived", "call.blocked": "telephony.line_blocked", "call.fallback": "telephony.line_fallback", "call.suspended": "telephony.line_suspended",
	"call.connected": "telephony.line_connected", "call.scheme_ends": "telephony.line_scheme_ends", "call.going_round": "telephony.line_going_round",
	"call.nobody": "telephony.line_nobody", "call.abandoned": "telephony.line_abandoned", "call.hung_up": "telephony.line_hung_up",
	"hours.always": "telephony.line_always", "hours.open": "telephony.line_open", "hours.closed": "telephony.line_closed", "hours.holiday": "telephony.line_holiday",
	"hours.after_hours_scheme": "telephony.line_after_hours", "last_agent.none": "telephony.line_last_none", "owner.asked": "telephony.line_owner_asked", "last_agent.called": "telephony.line_last_called",
	"last_agent.answered": "telephony.line_last_answered", "last_agent.new_caller": "telephony.line_last_new", "leg.refused": "telephony.line_refused",
	"menu.choice": "telephony.line_choice", "menu.extension": "telephony.line_extension", "menu.silence": "telephony.line_silence", "menu.wrong": "telephony.line_wrong",
	"code.assumed": "telephony.line_code", "code.none": "telephony.line_no_code",
	"queue.joined": "telephony.line_joined", "queue.full": "telephony.line_full", "queue.offered": "telephony.line_offered", "queue.too_long": "telephony.line_too_long",
	"queue.callback": "telephony.line_callback", "recording.announced": "telephony.line_recording", "ring.no_answer": "telephony.line_no_answer",
	"step.enter": "telephony.line_step", "step.nobody": "telephony.line_step_nobody", "step.reserve": "telephony.line_reserve", "step.skipped": "telephony.line_skipped",
	"voicemail.left": "telephony.line_voicemail", "voicemail.done": "telephony.line_voicemail",
}

// reason says a reason in the reader's language; empty where it is not for people.
func (e *editor) reason(r dialplan.Reason) string {
	key, ok := reasonKeys[r.Code]
	if !ok {
		return ""
	}
	values := lang.Values{}
	for _, name := range []string{"employee", "employees", "to", "from", "number", "step", "seconds", "key", "keys", "extension", "queue", "position", "rule", "time", "name", "since", "at", "date"} {
		values[strings.ToUpper(name[:1])+name[1:]] = e.word(name, r.Params[name])
	}
	if r.Code == "hours.open" {
		values["Hours"] = r.Params["from"] + "–" + r.Params["to"]
	}
	if r.Code == "hours.holiday" && r.Params["name"] == "" {
		values["Name"] = r.Params["date"]
	}
	values["Day"] = e.day(r.Params["day"])
	return e.v.T(key, values)
}

// goesElsewhere tells whether a call goes by another scheme than this one: it is the after-hours scheme's turn, or it is not.
func (e *editor) goesElsewhere(sc routing.SchemeID, number string, path dialplan.Path) bool {
	given := e.routes.given[number]
	closes := cmp.Or(given.Closed, e.routes.settings.AfterHours) == sc && given.Scheme != sc
	afterHours := false
	for _, l := range path.Lines {
		afterHours = afterHours || l.Code == "hours.after_hours_scheme"
	}
	return afterHours != closes
}

// namesOf are the names of the steps that a call enters, by their ids.
func namesOf(v *cabinet.Visit, path dialplan.Path) map[string]string {
	names := map[string]string{}
	for _, l := range path.Lines {
		if l.Code == "step.enter" {
			names[l.Params["step"]] = cmp.Or(l.Params["name"], kindName(v, l.Params["kind"]))
		}
	}
	return names
}

func kindName(v *cabinet.Visit, kind string) string {
	if key, ok := kindTexts[kind]; ok {
		return v.T(key)
	}
	return kind
}

func (e *editor) day(day string) string {
	for _, d := range week {
		if string(d.day) == day {
			return e.v.T(d.text)
		}
	}
	return day
}

// word says a parameter: an employee's name instead of the id, a step's instead of its own.
func (e *editor) word(name, value string) string {
	switch name {
	case "employee", "employees":
		var names []string
		for id := range strings.SplitSeq(value, ", ") {
			if one, ok := e.who.Employee(staff.EmployeeID(id)); ok {
				names = append(names, one.Name)
			} else if id != "" {
				names = append(names, id)
			}
		}
		return strings.Join(names, ", ")
	case "step":
		if e.another {
			return cmp.Or(e.names[value], value)
		}
		for i, s := range e.body.Steps {
			if s.ID == value {
				return fmt.Sprintf("%d. %s", i+1, stepName(e.v.View, s))
			}
		}
	case "to", "from", "number":
		if name == "from" && value == "" {
			return e.v.T("telephony.try_withheld")
		}
		if strings.HasPrefix(value, "+") {
			return e.v.Phone(phone.Number(value))
		}
		if one, ok := e.who.ByAccount(value); ok {
			return accountName(e.v.View, one, value)
		}
	case "at":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return at.In(e.v.Zone()).Format("15:04")
		}
	}
	return value
}

// pathLines are what happens, one line for all who are rung at one moment.
func (e *editor) pathLines(path dialplan.Path) (lines []pathLine) {
	const dialled = "leg.dialled"
	rung := map[string]int{} // by the second, the line
	offered := false         // the last line says whom a queue rings
	for _, l := range path.Lines {
		after := fmt.Sprintf("%d:%02d", int(l.Seconds)/60, int(l.Seconds)%60)
		if l.Code == dialled {
			name := e.whom(l.Params)
			if n := len(lines) - 1; offered && lines[n].after == after && strings.Contains(lines[n].text, name) {
				continue // the queue has just said so
			}
			if i, ok := rung[after]; ok && i == len(lines)-1 {
				if !strings.Contains(lines[i].text, name) {
					lines[i].text += ", " + name
				}
				continue
			}
			lines = append(lines, pathLine{after: after, text: e.v.T("telephony.line_rings", lang.Values{"Who": name})})
			rung[after] = len(lines) - 1
			continue
		}
		if text := e.reason(l.Reason); text != "" {
			lines = append(lines, pathLine{after, capital(text), l.Code == "step.enter"})
			offered = l.Code == "queue.offered"
		}
	}
	return lines
}

// whom is who a leg rings: an employee by name, else the number.
func (e *editor) whom(params map[string]string) string {
	if id := params["employee"]; id != "" {
		return e.word("employee", id)
	}
	return e.word("to", params["to"])
}

// problemKeys are the reader's words for mistakes in a scheme.
var problemKeys = map[string]lang.Key{
	"dialplan.missing": "telephony.problem_missing", "dialplan.out_of_range": "telephony.problem_range", "dialplan.unknown_step": "telephony.problem_step",
	"dialplan.unreachable": "telephony.problem_unreachable", "dialplan.bad_phone": "telephony.problem_phone", "dialplan.bad_sip": "telephony.problem_phone",
	"dialplan.bad_target": "telephony.problem_target", "dialplan.bad_email": "telephony.problem_email", "dialplan.bad_key": "telephony.problem_key",
	"dialplan.bad_name": "telephony.problem_name", "dialplan.bad_reserve": "telephony.problem_reserve", "dialplan.too_many_steps": "telephony.problem_steps",
	"dialplan.too_many": "telephony.problem_many", "dialplan.hidden": "telephony.problem_hidden", "dialplan.too_long": "telephony.problem_long",
	"dialplan.twice": "telephony.problem_twice", "dialplan.unknown_word": "telephony.problem_word",
}

// placeKeys name what a mistake is about, by the end of its place.
var placeKeys = map[string]lang.Key{
	"targets": "telephony.target", "prompt": "telephony.prompt_word", "choices": "telephony.key", "seconds": "telephony.ring_seconds", "ring_seconds": "telephony.queue_ring",
	"timeout_seconds": "telephony.menu_timeout", "max_wait_seconds": "telephony.max_wait", "max_seconds": "telephony.voicemail_max", "repeats": "telephony.menu_repeats",
	"announce_every_seconds": "telephony.announce_every", "rest_seconds": "telephony.rest", "max_length": "telephony.max_length", "queue": "telephony.queue_name",
	"tries": "telephony.code_tries", "after_seconds": "telephony.cb_after", "emails": "telephony.voicemail_emails",
}

// problemText says a mistake in the reader's language.
func problemText(v *cabinet.Visit, err error) string {
	var e *errs.Error
	if found := dialplan.Problems(err); len(found) > 0 {
		e = found[0]
	}
	if e != nil && e.Code == "routing.needs_pbx" {
		return needsPBX(v, e)
	}
	if e == nil || problemKeys[e.Code] == "" {
		text, hint := v.Error(err)
		return strings.TrimSpace(text + " " + hint)
	}
	place, _, _ := strings.Cut(e.Where[strings.LastIndexByte(e.Where, '.')+1:], "[")
	what := ""
	if key, ok := placeKeys[place]; ok {
		what = v.T(key)
	}
	if strings.HasSuffix(e.Where, ".callback.prompt") {
		what = v.T("telephony.cb_prompt")
	}
	text := v.T(problemKeys[e.Code], lang.Values{"Range": strings.NewReplacer("write ", "", " to ", "–").Replace(e.Hint)})
	if what != "" {
		return what + ": " + text
	}
	return capital(text)
}

// capital begins a text as a sentence begins.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

func needsPBX(v *cabinet.Visit, e *errs.Error) string {
	monthly, ok := e.Params["monthly"].(money.Micro)
	currency, _ := e.Params["currency"].(money.Currency)
	if !ok {
		return v.T("telephony.needs_pbx")
	}
	return v.T("telephony.needs_pbx_price", lang.Values{"Price": v.Money(monthly, currency)})
}
