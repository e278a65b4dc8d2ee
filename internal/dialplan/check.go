package dialplan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/phone"
)

// Bounds of a scheme: far beyond what anybody needs, near enough to keep a call's state small.
const (
	mostSteps   = 100
	mostTargets = 50
	mostEmails  = 10
)

// Check finds all mistakes of a scheme (Rule T-01), see ReadScheme.
func (s RoutingScheme) Check() error {
	var found problems
	if s.Format != Format {
		found.add("format", "dialplan.unknown_format", "write "+strconv.Itoa(Format), "format %d is not known", s.Format)
	}
	if len(s.Steps) == 0 || len(s.Steps) > mostSteps {
		found.add("steps", "dialplan.too_many_steps", fmt.Sprintf("write 1 to %d", mostSteps), "there are %d steps", len(s.Steps))
	}
	seen := map[string]bool{}
	for i := range s.Steps {
		path := "steps[" + strconv.Itoa(i) + "]"
		step := &s.Steps[i]
		checkName(step.ID, path+".id", &found)
		if seen[step.ID] {
			found.add(path+".id", "dialplan.twice", "give each step an id of its own", "another step is called %q too", step.ID)
		}
		seen[step.ID] = true
		s.checkStep(step, path, &found)
	}
	if s.Reserve != "" {
		s.checkLink(s.Reserve, "reserve", &found)
		if len(s.Steps) == 1 && s.Reserve == s.Steps[0].ID {
			found.add("reserve", "dialplan.bad_reserve", "add a step before it", "the only step cannot be the reserve")
		}
	}
	s.checkReach(&found)
	return found.err()
}

func (s RoutingScheme) checkStep(step *RouteStep, path string, found *problems) {
	if step.Next != "" && step.Next != End {
		s.checkLink(step.Next, path+".next", found)
	}
	kinds := 0
	for _, set := range []bool{step.Ring != nil, step.Menu != nil, step.Queue != nil, step.Say != nil, step.Voicemail != nil, step.HangUp != nil, step.Code != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		found.add(path, "dialplan.bad_step", "write one of ring, menu, queue, say, voicemail, hang_up, code", "a step does one thing, this one does %d", kinds)
		return
	}
	path += "." + step.Kind()
	switch step.Kind() {
	case "ring":
		step.Ring.check(path, found)
	case "menu":
		s.checkMenu(step.Menu, path, found)
	case "queue":
		step.Queue.check(path, found)
	case "say":
		checkPrompt(step.Say.Prompt, path+".prompt", found)
	case "voicemail":
		step.Voicemail.check(path, found)
	case "code":
		step.Code.check(path, found)
	}
}

// checkLink finds ids of steps that are not there.
func (s RoutingScheme) checkLink(id, path string, found *problems) {
	if s.step(id) != nil {
		return
	}
	var known []string
	for _, step := range s.Steps {
		known = append(known, step.ID)
	}
	found.add(path, "dialplan.unknown_step", "write one of "+inOrder(known), "there is no step %q", id)
}

// checkReach finds steps that no call can come to.
func (s RoutingScheme) checkReach(found *problems) {
	if len(*found) > 0 {
		return
	}
	reached := map[string]bool{End: true}
	visit := []string{s.from(0), s.Reserve}
	for len(visit) > 0 {
		id := visit[0]
		visit = visit[1:]
		if id == "" || reached[id] {
			continue
		}
		reached[id] = true
		visit = append(visit, s.ways(id)...)
	}
	for i, step := range s.Steps {
		if !reached[step.ID] {
			found.add("steps["+strconv.Itoa(i)+"]", "dialplan.unreachable", "lead a step or a digit to it, or take it out", "no call can come to step %q", step.ID)
		}
	}
}

// ways are the steps a step can lead to.
func (s RoutingScheme) ways(id string) []string {
	step := s.step(id)
	if step.HangUp != nil || step.Voicemail != nil {
		return nil
	}
	ways := []string{s.after(id)}
	if step.Menu != nil {
		for _, digit := range Keys {
			if to, ok := step.Menu.Choices[string(digit)]; ok {
				ways = append(ways, to)
			}
		}
	}
	return ways
}

func (r *Ring) check(path string, found *problems) {
	checkWord(string(r.Order), path+".order", found, string(InTurn), string(Together))
	checkRange(r.Seconds, 5, 300, path+".seconds", found)
	checkTargets(r.Targets, path+".targets", found)
}

// Keys are the keys of a telephone, in the order in which they are shown.
const Keys = "1234567890*#"

func (s RoutingScheme) checkMenu(m *IVRMenu, path string, found *problems) {
	checkPrompt(m.Prompt, path+".prompt", found)
	checkRange(m.TimeoutSeconds, 1, 60, path+".timeout_seconds", found)
	checkRange(m.Repeats, 0, 10, path+".repeats", found)
	if len(m.Choices) == 0 && !m.Extensions {
		found.add(path+".choices", "dialplan.missing", "add a digit, or allow extensions", "nothing can be chosen")
	}
	for _, digit := range slices.Sorted(keys(m.Choices)) {
		at := path + ".choices." + digit
		checkKey(digit, at, found)
		if to := m.Choices[digit]; to != End {
			s.checkLink(to, at, found)
		}
	}
}

func (q *Queue) check(path string, found *problems) {
	checkName(q.Queue, path+".queue", found)
	checkWord(string(q.Strategy), path+".strategy", found, string(RingAll), string(RingInTurn), string(LongestIdle), string(FewestCalls), string(RingRandom))
	checkTargets(q.Targets, path+".targets", found)
	for i, target := range q.Targets {
		if target.Employee == "" && target.Department == "" {
			found.add(path+".targets["+strconv.Itoa(i)+"]", "dialplan.bad_target", "write an employee or a department, or ring it in a step of its own", "a queue is answered by employees")
		}
	}
	checkRange(q.RingSeconds, 5, 120, path+".ring_seconds", found)
	checkRange(q.RestSeconds, 0, 600, path+".rest_seconds", found)
	checkRange(q.MaxWaitSeconds, 10, 7200, path+".max_wait_seconds", found)
	checkRange(q.MaxLength, 0, 1000, path+".max_length", found)
	if q.AnnounceEverySeconds != 0 {
		checkRange(q.AnnounceEverySeconds, 15, 600, path+".announce_every_seconds", found)
	}
	if q.AnnounceEverySeconds == 0 && (q.SayPosition || q.SayWait) {
		found.add(path+".announce_every_seconds", "dialplan.missing", "write after how many seconds, such as 60", "it is not known when to say the position or the wait")
	}
	if c := q.Callback; c != nil {
		checkKey(c.Digit, path+".callback.digit", found)
		checkPrompt(c.Prompt, path+".callback.prompt", found)
		checkRange(c.AfterSeconds, 0, 3600, path+".callback.after_seconds", found)
	}
}

func (v *Voicemail) check(path string, found *problems) {
	checkRange(v.MaxSeconds, 10, 600, path+".max_seconds", found)
	if len(v.Emails) > mostEmails {
		found.add(path+".emails", "dialplan.too_many", fmt.Sprintf("write %d at most", mostEmails), "there are %d addresses", len(v.Emails))
	}
	for i, address := range v.Emails {
		if name, host, ok := strings.Cut(address, "@"); !ok || name == "" || !strings.Contains(host, ".") || strings.ContainsAny(address, " ,;<>\"\r\n") {
			found.add(path+".emails["+strconv.Itoa(i)+"]", "dialplan.bad_email", "write it as name@example.com", "%q is no e-mail address", address)
		}
	}
}

func checkTargets(targets []Target, path string, found *problems) {
	if len(targets) == 0 || len(targets) > mostTargets {
		found.add(path, "dialplan.missing", fmt.Sprintf("write 1 to %d", mostTargets), "there are %d targets", len(targets))
	}
	for i, target := range targets {
		target.check(path+"["+strconv.Itoa(i)+"]", found)
	}
}

func (t Target) check(path string, found *problems) {
	set := 0
	for _, field := range []string{t.Employee, t.Department, t.Phone, t.Account, t.SIP} {
		if field != "" {
			set++
		}
	}
	if set != 1 {
		found.add(path, "dialplan.bad_target", "write one of employee, department, phone, account, sip", "a target is one of them, this one has %d", set)
	}
	if t.Phone != "" {
		if number, err := phone.Parse(t.Phone, ""); err != nil || string(number) != t.Phone {
			found.add(path+".phone", "dialplan.bad_phone", "write it as +380441234567", "%q is no international telephone number", t.Phone)
		}
	}
	if t.SIP != "" && !isSIP(t.SIP) {
		found.add(path+".sip", "dialplan.bad_sip", "write it as sip:name@example.com", "%q is no SIP address", t.SIP)
	}
	if t.Seconds != 0 {
		checkRange(t.Seconds, 5, 300, path+".seconds", found)
	}
}

// Check finds all mistakes of business hours, see ReadScheme.
func (h BusinessHours) Check() error {
	var found problems
	for i, shift := range h.Week {
		path := "week[" + strconv.Itoa(i) + "]"
		if len(shift.Days) == 0 {
			found.add(path+".days", "dialplan.missing", "write days, such as mon", "there are no days")
		}
		for j, day := range shift.Days {
			checkWord(string(day), path+".days["+strconv.Itoa(j)+"]", &found, "mon", "tue", "wed", "thu", "fri", "sat", "sun")
		}
		shift.check(path, &found)
	}
	for i, holiday := range h.Holidays {
		path := "holidays[" + strconv.Itoa(i) + "]"
		if _, err := civil.ParseDate(holiday.Date); err != nil {
			found.add(path+".date", "dialplan.bad_date", "write it as 2026-12-25", "%q is no date", holiday.Date)
		}
		for j, span := range holiday.Open {
			span.check(path+".open["+strconv.Itoa(j)+"]", &found)
		}
	}
	return found.err()
}

func (s Span) check(path string, found *problems) {
	from, okFrom := minuteOf(s.From)
	to, okTo := minuteOf(s.To)
	for at, ok := range map[string]bool{".from": okFrom, ".to": okTo} {
		if !ok {
			found.add(path+at, "dialplan.bad_time", "write it as 09:00", "this is no time of the day")
		}
	}
	if okFrom && okTo && from >= to {
		found.add(path+".to", "dialplan.bad_time", "for hours over midnight write two: up to 24:00, and from 00:00", "%s is not after %s", s.To, s.From)
	}
}

// Check finds all mistakes of settings, see ReadScheme.
func (s Settings) Check() error {
	var found problems
	checkRange(s.LastAgent.Days, 0, 365, "last_agent.days", &found)
	if s.FirstSeconds != 0 {
		checkRange(s.FirstSeconds, 5, 300, "first_seconds", &found)
	}
	if s.Recording.Mode != RecordOff {
		checkWord(string(s.Recording.Mode), "recording.mode", &found, string(RecordSilently), string(RecordAnnounce), string(RecordConsent))
	}
	if s.Recording.Digit != "" {
		checkKey(s.Recording.Digit, "recording.digit", &found)
	}
	for path, number := range map[string]phone.Number{"caller_id": s.CallerID, "fallback": s.Fallback} {
		if parsed, err := phone.Parse(string(number), ""); number != "" && (err != nil || parsed != number) {
			found.add(path, "dialplan.bad_phone", "write it as +380441234567", "%q is no international telephone number", number)
		}
	}
	return found.err()
}
