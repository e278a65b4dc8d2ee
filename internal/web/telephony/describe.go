package telephony

import (
	"context"
	"fmt"
	"strings"

	"bellwether/internal/dialplan"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
)

// describer says schemes in words, a line a thing, for the difference of two versions.
type describer struct {
	v       *cabinet.Visit
	who     people
	prompts map[string]string
	body    dialplan.RoutingScheme
}

func (p *pages) describer(v *cabinet.Visit) (d describer, err error) {
	d = describer{v: v, prompts: map[string]string{}}
	if d.who, err = p.people(v); err != nil {
		return d, err
	}
	return d, v.Read(func(ctx context.Context, q store.Querier) error {
		r, err := readRoutes(ctx, q, v)
		for _, one := range r.prompts {
			d.prompts[string(one.ID)] = one.Name
		}
		return err
	})
}

// lines are a scheme in words.
func (d describer) lines(body dialplan.RoutingScheme) (lines []string) {
	d.body = body
	for i, s := range body.Steps {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, stepName(d.v.View, s)))
		for _, fact := range d.facts(s) {
			lines = append(lines, "    "+fact)
		}
	}
	if body.Reserve != "" {
		lines = append(lines, d.fact("telephony.reserve", d.step(body.Reserve)))
	}
	return lines
}

func (d describer) fact(label lang.Key, value string) string { return d.v.T(label) + ": " + value }

func (d describer) step(id string) string {
	for i, s := range d.body.Steps {
		if s.ID == id {
			return fmt.Sprintf("%d. %s", i+1, stepName(d.v.View, s))
		}
	}
	return d.v.T("telephony.next_end")
}

func (d describer) seconds(n int) string { return itoa(n) + " " + d.v.T("telephony.unit_seconds") }

func (d describer) facts(s dialplan.RouteStep) (facts []string) {
	add := func(label lang.Key, value string) {
		if value != "" {
			facts = append(facts, d.fact(label, value))
		}
	}
	for _, target := range targetsOf(s) {
		add("telephony.target", d.target(target))
	}
	switch {
	case s.Ring != nil:
		order := lang.Key("telephony.together")
		if s.Ring.Order == dialplan.InTurn {
			order = "telephony.in_turn"
		}
		add("telephony.order", d.v.T(order))
		add("telephony.ring_seconds", d.seconds(s.Ring.Seconds))
		add("telephony.ring_music", d.prompt(s.Ring.Music))
	case s.Menu != nil:
		add("telephony.menu_prompt", d.prompt(s.Menu.Prompt))
		for _, key := range dialplan.Keys {
			if to, ok := s.Menu.Choices[string(key)]; ok {
				add("telephony.key", string(key)+" → "+d.step(to))
			}
		}
	case s.Queue != nil:
		add("telephony.queue_ring", d.seconds(s.Queue.RingSeconds))
		add("telephony.max_wait", d.seconds(s.Queue.MaxWaitSeconds))
		add("telephony.queue_music", d.prompt(s.Queue.Music))
	case s.Say != nil:
		add("telephony.say_prompt", d.prompt(s.Say.Prompt))
	case s.Voicemail != nil:
		add("telephony.greeting", d.prompt(s.Voicemail.Greeting))
		add("telephony.voicemail_emails", strings.Join(s.Voicemail.Emails, ", "))
	case s.HangUp != nil:
		add("telephony.hang_up_prompt", d.prompt(s.HangUp.Prompt))
	case s.Code != nil:
		add("telephony.code_prompt", d.prompt(s.Code.Prompt))
		add("telephony.code_wrong", d.prompt(s.Code.Wrong))
		add("telephony.code_thanks", d.prompt(s.Code.Thanks))
		add("telephony.menu_timeout", d.seconds(s.Code.TimeoutSeconds))
		add("telephony.code_tries", itoa(s.Code.Tries))
	}
	if s.Next != "" {
		add("telephony.next", d.step(s.Next))
	}
	return facts
}

func targetsOf(s dialplan.RouteStep) []dialplan.Target {
	switch {
	case s.Ring != nil:
		return s.Ring.Targets
	case s.Queue != nil:
		return s.Queue.Targets
	}
	return nil
}

func (d describer) target(t dialplan.Target) string {
	switch {
	case t.Employee != "":
		if e, ok := d.who.Employee(staff.EmployeeID(t.Employee)); ok {
			return e.Name
		}
		return d.v.T("telephony.gone")
	case t.Department != "":
		for _, one := range d.who.Departments {
			if string(one.ID) == t.Department {
				return d.v.T("telephony.target_department", lang.Values{"Name": one.Name})
			}
		}
		return d.v.T("telephony.gone")
	case t.Account != "":
		if e, ok := d.who.ByAccount(t.Account); ok {
			return accountName(d.v.View, e, t.Account)
		}
		return d.v.T("telephony.gone")
	case t.SIP != "":
		return t.SIP
	}
	return d.v.Phone(phone.Number(t.Phone))
}

func (d describer) prompt(id string) string {
	if name, ok := d.prompts[id]; ok || id == "" {
		return name
	}
	return d.v.T("telephony.gone")
}
