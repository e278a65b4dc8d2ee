package telephony

import (
	"fmt"
	"strconv"
	"strings"

	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/web/cabinet"
)

// The editor is one form. A step's fields begin with "s.3.", those of its lines with "s.3.t.1." (whom it rings) or "s.3.k.1."
// (what is pressed). Behind the lines stands an empty one: a line that is filled in there is added.

const (
	mostSteps = 100
	mostLines = 60
)

func at(i int, name string) string { return fmt.Sprintf("s.%d.%s", i, name) }

func lineAt(i int, list string, j int, name string) string {
	return fmt.Sprintf("s.%d.%s.%d.%s", i, list, j, name)
}

// schemeForm is a form with a scheme in it.
func schemeForm(name string, s dialplan.RoutingScheme) *cabinet.Form {
	f := cabinet.NewForm(map[string]string{"name": name})
	writeScheme(f, s)
	return f
}

// writeScheme puts a scheme in the place of what a form holds of one.
func writeScheme(f *cabinet.Form, s dialplan.RoutingScheme) {
	for name := range f.Values {
		if strings.HasPrefix(name, "s.") {
			f.Values.Del(name)
		}
	}
	f.Values.Set("steps", itoa(len(s.Steps)))
	f.Values.Set("reserve", s.Reserve)
	for i, step := range s.Steps {
		w := writer{f, i}
		w.text("id", step.ID)
		w.text("name", step.Name)
		w.text("next", step.Next)
		w.text("kind", step.Kind())
		w.step(step)
	}
}

// writer writes the fields of one step.
type writer struct {
	f *cabinet.Form
	i int
}

func (w writer) text(name, value string) { w.f.Values.Set(at(w.i, name), value) }

func (w writer) number(name string, n int) { w.text(name, orEmpty(n)) }

func (w writer) flag(name string, on bool) {
	if on {
		w.text(name, "on")
	}
}

func (w writer) step(s dialplan.RouteStep) {
	switch {
	case s.Ring != nil:
		w.text("order", string(s.Ring.Order))
		w.number("seconds", s.Ring.Seconds)
		w.text("music", s.Ring.Music)
		w.targets(s.Ring.Targets)
	case s.Menu != nil:
		w.menu(s.Menu)
	case s.Queue != nil:
		w.queue(s.Queue)
	case s.Say != nil:
		w.text("prompt", s.Say.Prompt)
	case s.Voicemail != nil:
		w.text("prompt", s.Voicemail.Greeting)
		w.number("max", s.Voicemail.MaxSeconds)
		w.text("emails", strings.Join(s.Voicemail.Emails, ", "))
	case s.HangUp != nil:
		w.text("prompt", s.HangUp.Prompt)
		w.flag("busy", s.HangUp.Busy)
	case s.Code != nil:
		w.text("prompt", s.Code.Prompt)
		w.text("wrong", s.Code.Wrong)
		w.text("thanks", s.Code.Thanks)
		w.number("timeout", s.Code.TimeoutSeconds)
		w.number("tries", s.Code.Tries)
	}
}

func (w writer) targets(list []dialplan.Target) {
	w.text("targets", itoa(len(list)))
	for j, t := range list {
		to, address := targetWords(t)
		w.f.Values.Set(lineAt(w.i, "t", j, "to"), to)
		w.f.Values.Set(lineAt(w.i, "t", j, "address"), address)
		w.f.Values.Set(lineAt(w.i, "t", j, "seconds"), orEmpty(t.Seconds))
	}
}

// targetWords are what a line's list and its field say of a target.
func targetWords(t dialplan.Target) (to, address string) {
	switch {
	case t.Employee != "":
		return "employee:" + t.Employee, ""
	case t.Department != "":
		return "department:" + t.Department, ""
	case t.Account != "":
		return "account:" + t.Account, ""
	case t.SIP != "":
		return "address", t.SIP
	}
	return "address", t.Phone
}

func (w writer) menu(m *dialplan.IVRMenu) {
	w.text("prompt", m.Prompt)
	w.text("wrong", m.Wrong)
	w.flag("extensions", m.Extensions)
	w.number("timeout", m.TimeoutSeconds)
	w.number("repeats", m.Repeats)
	j := 0
	for _, key := range dialplan.Keys {
		if to, ok := m.Choices[string(key)]; ok {
			w.f.Values.Set(lineAt(w.i, "k", j, "key"), string(key))
			w.f.Values.Set(lineAt(w.i, "k", j, "to"), to)
			j++
		}
	}
	w.text("keys", itoa(j))
}

func (w writer) queue(q *dialplan.Queue) {
	w.text("queue", q.Queue)
	w.text("strategy", string(q.Strategy))
	w.targets(q.Targets)
	w.number("seconds", q.RingSeconds)
	w.number("rest", q.RestSeconds)
	w.text("music", q.Music)
	w.number("max_wait", q.MaxWaitSeconds)
	w.number("max_length", q.MaxLength)
	w.number("announce", q.AnnounceEverySeconds)
	w.flag("say_position", q.SayPosition)
	w.flag("say_wait", q.SayWait)
	if c := q.Callback; c != nil {
		w.text("cb_digit", c.Digit)
		w.text("cb_prompt", c.Prompt)
		w.number("cb_after", c.AfterSeconds)
		w.text("cb_done", c.Done)
	}
}

// readScheme reads what a form holds, with whatever mistakes.
func readScheme(f *cabinet.Form, country string) dialplan.RoutingScheme {
	s := dialplan.RoutingScheme{Format: dialplan.Format, Reserve: f.Get("reserve")}
	for i := range min(max(number(f, "steps"), 0), mostSteps) {
		r := reader{f, i, country}
		step := dialplan.RouteStep{ID: r.text("id"), Name: r.text("name"), Next: r.text("next")}
		if r.step(&step) {
			s.Steps = append(s.Steps, step)
		}
	}
	return s
}

// reader reads the fields of one step.
type reader struct {
	f       *cabinet.Form
	i       int
	country string
}

func (r reader) text(name string) string { return r.f.Get(at(r.i, name)) }

func (r reader) number(name string) int { return number(r.f, at(r.i, name)) }

func (r reader) flag(name string) bool { return r.text(name) != "" }

func (r reader) step(s *dialplan.RouteStep) bool {
	switch r.text("kind") {
	case "ring":
		s.Ring = &dialplan.Ring{Order: dialplan.Order(r.text("order")), Seconds: r.number("seconds"), Music: r.text("music"), Targets: r.targets()}
	case "menu":
		s.Menu = &dialplan.IVRMenu{
			Prompt: r.text("prompt"), Wrong: r.text("wrong"), Extensions: r.flag("extensions"), TimeoutSeconds: r.number("timeout"), Repeats: r.number("repeats"), Choices: r.choices(),
		}
	case "queue":
		s.Queue = r.queue()
	case "say":
		s.Say = &dialplan.Say{Prompt: r.text("prompt")}
	case "voicemail":
		s.Voicemail = &dialplan.Voicemail{Greeting: r.text("prompt"), MaxSeconds: r.number("max"), Emails: words(r.text("emails"))}
	case "hang_up":
		s.HangUp = &dialplan.HangUp{Prompt: r.text("prompt"), Busy: r.flag("busy")}
	case "code":
		s.Code = &dialplan.AskCode{Prompt: r.text("prompt"), Wrong: r.text("wrong"), Thanks: r.text("thanks"), TimeoutSeconds: r.number("timeout"), Tries: r.number("tries")}
	default:
		return false
	}
	return true
}

func (r reader) targets() (list []dialplan.Target) {
	for j := range min(max(r.number("targets"), 0)+1, mostLines) {
		get := func(name string) string { return r.f.Get(lineAt(r.i, "t", j, name)) }
		kind, id, _ := strings.Cut(get("to"), ":")
		t := dialplan.Target{}
		t.Seconds, _ = strconv.Atoi(get("seconds"))
		switch address := get("address"); {
		case kind == "employee":
			t.Employee = id
		case kind == "department":
			t.Department = id
		case kind == "account":
			t.Account = id
		case address == "":
			continue
		case strings.HasPrefix(address, "sip:"):
			t.SIP = address
		default:
			t.Phone = address
			if n, err := phone.Parse(address, r.country); err == nil {
				t.Phone = string(n)
			}
		}
		list = append(list, t)
	}
	return list
}

func (r reader) choices() map[string]string {
	choices := map[string]string{}
	for j := range min(max(r.number("keys"), 0)+1, len(dialplan.Keys)+1) {
		key, to := r.f.Get(lineAt(r.i, "k", j, "key")), r.f.Get(lineAt(r.i, "k", j, "to"))
		if key != "" && to != "" {
			choices[key] = to
		}
	}
	return choices
}

func (r reader) queue() *dialplan.Queue {
	q := &dialplan.Queue{
		Queue: r.text("queue"), Strategy: dialplan.Strategy(r.text("strategy")), Targets: r.targets(), RingSeconds: r.number("seconds"), RestSeconds: r.number("rest"),
		Music: r.text("music"), MaxWaitSeconds: r.number("max_wait"), MaxLength: r.number("max_length"), AnnounceEverySeconds: r.number("announce"),
		SayPosition: r.flag("say_position"), SayWait: r.flag("say_wait"),
	}
	if digit := r.text("cb_digit"); digit != "" {
		q.Callback = &dialplan.QueueCallback{Digit: digit, Prompt: r.text("cb_prompt"), AfterSeconds: r.number("cb_after"), Done: r.text("cb_done")}
	}
	return q
}

// alter does to a scheme what a button of the editor says.
func alter(s dialplan.RoutingScheme, f *cabinet.Form) dialplan.RoutingScheme {
	if kind, ok := strings.CutPrefix(f.Get("do"), "add:"); ok {
		return added(s, kind)
	}
	d := readDeed(f)
	switch {
	case d.verb == "drop" && d.at >= 0 && d.at < len(s.Steps):
		gone := s.Steps[d.at].ID
		s.Steps = cabinet.Rearrange(s.Steps, d.verb, d.at)
		unlink(&s, gone)
	case d.verb == "up" || d.verb == "down":
		s.Steps = cabinet.Rearrange(s.Steps, d.verb, d.at)
	case strings.HasPrefix(d.verb, "target_") && d.at >= 0 && d.at < len(s.Steps):
		verb := strings.TrimPrefix(d.verb, "target_")
		if ring := s.Steps[d.at].Ring; ring != nil {
			ring.Targets = cabinet.Rearrange(ring.Targets, verb, d.sub)
		}
		if queue := s.Steps[d.at].Queue; queue != nil {
			queue.Targets = cabinet.Rearrange(queue.Targets, verb, d.sub)
		}
	case d.verb == "key_drop" && d.at >= 0 && d.at < len(s.Steps) && s.Steps[d.at].Menu != nil:
		delete(s.Steps[d.at].Menu.Choices, f.Get(lineAt(d.at, "k", d.sub, "key")))
	}
	return s
}

// added is a scheme with another step at its end.
func added(s dialplan.RoutingScheme, kind string) dialplan.RoutingScheme {
	step := dialplan.RouteStep{ID: freeID(s)}
	switch kind {
	case "ring":
		step.Ring = &dialplan.Ring{Order: dialplan.Together, Seconds: 30}
	case "menu":
		step.Menu = &dialplan.IVRMenu{TimeoutSeconds: 5, Repeats: 1, Choices: map[string]string{}}
	case "queue":
		step.Queue = &dialplan.Queue{Queue: "main", Strategy: dialplan.LongestIdle, RingSeconds: 20, MaxWaitSeconds: 600}
	case "say":
		step.Say = &dialplan.Say{}
	case "voicemail":
		step.Voicemail = &dialplan.Voicemail{MaxSeconds: 120}
	case "hang_up":
		step.HangUp = &dialplan.HangUp{}
	case "code":
		step.Code = &dialplan.AskCode{TimeoutSeconds: 6, Tries: 2}
	default:
		return s
	}
	if len(s.Steps) < mostSteps {
		s.Steps = append(s.Steps, step)
	}
	return s
}

func freeID(s dialplan.RoutingScheme) string {
	taken := map[string]bool{}
	for _, step := range s.Steps {
		taken[step.ID] = true
	}
	for n := 1; ; n++ {
		if id := "s" + itoa(n); !taken[id] {
			return id
		}
	}
}

// unlink takes away what leads to a step that is gone.
func unlink(s *dialplan.RoutingScheme, gone string) {
	if s.Reserve == gone {
		s.Reserve = ""
	}
	for i := range s.Steps {
		if s.Steps[i].Next == gone {
			s.Steps[i].Next = ""
		}
		if menu := s.Steps[i].Menu; menu != nil {
			for key, to := range menu.Choices {
				if to == gone {
					delete(menu.Choices, key)
				}
			}
		}
	}
}
