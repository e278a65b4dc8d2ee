package tracking

import (
	"encoding/json"
	"fmt"
	"strings"

	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// The editor is one form. A rule's fields begin with "r.2.", its group of conditions with "r.2.w.", a condition in it with "r.2.w.c.0.", a
// group within the group with "r.2.w.g.0.". Behind the conditions of a group stands an empty one: one that is filled in there is added.

const (
	mostConditions = 60
	deepest        = 3
)

func ruleName(i int, name string) string { return fmt.Sprintf("r.%d.%s", i, name) }

func whenOf(i int) string { return ruleName(i, "w") }

func conditionAt(group string, j int) string { return fmt.Sprintf("%s.c.%d", group, j) }

func groupAt(group string, j int) string { return fmt.Sprintf("%s.g.%d", group, j) }

// rulesForm is a form with rules in it.
func rulesForm(rules []swap.Rule, version int64) *cabinet.Form {
	f := cabinet.NewForm(map[string]string{"basis": fmt.Sprint(version)})
	writeRules(f, rules)
	return f
}

// writeRules puts rules in the place of what a form holds of some.
func writeRules(f *cabinet.Form, rules []swap.Rule) {
	for name := range f.Values {
		if strings.HasPrefix(name, "r.") {
			f.Values.Del(name)
		}
	}
	f.Values.Set("rules", itoa(len(rules)))
	for i, r := range rules {
		f.Values.Set(ruleName(i, "id"), r.ID)
		f.Values.Set(ruleName(i, "name"), r.Name)
		f.Values.Set(ruleName(i, "off"), on(r.Off))
		writeGroup(f, whenOf(i), r.When)
		writeSchedule(f, i, r.Schedule)
		for _, s := range r.Show {
			f.Values.Set(ruleName(i, "show."+s.Target), showText(s))
		}
	}
}

func writeGroup(f *cabinet.Form, at string, g swap.Group) {
	f.Values.Set(at+".any", on(g.Any))
	f.Values.Set(at+".conditions", itoa(len(g.Conditions)))
	f.Values.Set(at+".groups", itoa(len(g.Groups)))
	for j, c := range g.Conditions {
		line := conditionAt(at, j)
		op := string(c.Op)
		if c.Not {
			op = "not_" + op
		}
		for name, value := range map[string]string{"field": string(c.Field), "name": c.Name, "op": op, "values": writeValues(c.Values)} {
			f.Values.Set(line+"."+name, value)
		}
	}
	for j, inner := range g.Groups {
		writeGroup(f, groupAt(at, j), inner)
	}
}

// writeSchedule writes hours by day; holidays, which are set by the API alone, go along as they are.
func writeSchedule(f *cabinet.Form, i int, h dialplan.BusinessHours) {
	for _, shift := range h.Week {
		for _, d := range shift.Days {
			name := ruleName(i, "day."+string(d))
			text := shift.Span.From + "–" + shift.Span.To
			if before := f.Get(name); before != "" {
				text = before + ", " + text
			}
			f.Values.Set(name, text)
		}
	}
	if len(h.Holidays) > 0 {
		text, _ := json.Marshal(h.Holidays) // dates and times always can
		f.Values.Set(ruleName(i, "holidays"), string(text))
	}
}

// showText is how the list of results says what a target shows.
func showText(s swap.Showing) string {
	switch s.Do {
	case swap.Lease:
		return "pool:" + s.Pool
	case swap.Fixed:
		return "number:" + string(s.Number)
	}
	return string(swap.Keep)
}

// readRules reads what a form holds, with whatever mistakes.
func readRules(v *ui.View, f *cabinet.Form, site tracking.Site) (rules []swap.Rule) {
	for i := range min(max(number(f, "rules"), 0), swap.MostRules) {
		r := swap.Rule{ID: f.Get(ruleName(i, "id")), Name: f.Get(ruleName(i, "name")), Off: f.Get(ruleName(i, "off")) != "", When: readGroup(f, whenOf(i), 1), Schedule: readSchedule(f, i)}
		inCodes(v, &r.When)
		for _, t := range site.Targets {
			if s, ok := readShow(t.ID, f.Get(ruleName(i, "show."+t.ID))); ok {
				r.Show = append(r.Show, s)
			}
		}
		rules = append(rules, r)
	}
	return rules
}

func readShow(target, text string) (swap.Showing, bool) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case "pool":
		return swap.Showing{Target: target, Do: swap.Lease, Pool: rest}, true
	case "number":
		return swap.Showing{Target: target, Do: swap.Fixed, Number: phone.Number(rest)}, true
	case string(swap.Keep):
		return swap.Showing{Target: target, Do: swap.Keep}, true
	}
	return swap.Showing{}, false
}

func readGroup(f *cabinet.Form, at string, depth int) (g swap.Group) {
	g.Any = f.Get(at+".any") != ""
	for j := range min(max(number(f, at+".conditions"), 0)+1, mostConditions) {
		if c, ok := readCondition(f, conditionAt(at, j)); ok {
			g.Conditions = append(g.Conditions, c)
		}
	}
	if depth < deepest {
		for j := range min(max(number(f, at+".groups"), 0), mostConditions) {
			g.Groups = append(g.Groups, readGroup(f, groupAt(at, j), depth+1))
		}
	}
	return g
}

func readCondition(f *cabinet.Form, at string) (c swap.Condition, ok bool) {
	op, not := strings.CutPrefix(f.Get(at+".op"), "not_")
	c = swap.Condition{Field: swap.Field(f.Get(at + ".field")), Name: f.Get(at + ".name"), Op: swap.Op(op), Not: not, Values: readValues(f.Raw(at + ".values"))}
	if c.Field == swap.Address && c.Op == swap.Is {
		c.Op = swap.In // an address is compared whole, with one or with a network
	}
	if c.Op == swap.Present {
		c.Values = nil
	}
	if c.Field != swap.Param && c.Field != swap.Custom {
		c.Name = ""
	}
	return c, c.Field != ""
}

var weekdays = []dialplan.Day{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func readSchedule(f *cabinet.Form, i int) (h dialplan.BusinessHours) {
	for _, d := range weekdays {
		for _, span := range dialplan.ReadSpans(f.Get(ruleName(i, "day."+string(d)))) {
			h.Week = append(h.Week, dialplan.Shift{Days: []dialplan.Day{d}, Span: span})
		}
	}
	_ = json.Unmarshal([]byte(f.Get(ruleName(i, "holidays"))), &h.Holidays) // what is no list of holidays is none
	return h
}

// alter does to rules what a button of the editor says: "add", "up:1", "down:1", "drop:1", "out:r.1.w.c.0", "group:r.1.w".
func alter(rules []swap.Rule, do, name string, site tracking.Site) []swap.Rule {
	verb, where, _ := strings.Cut(do, ":")
	switch verb {
	case "add":
		return added(rules, name, site)
	case "out", "group":
		var i int
		if _, err := fmt.Sscanf(where, "r.%d.w", &i); err != nil || i < 0 || i >= len(rules) {
			return rules
		}
		rest := strings.TrimPrefix(where, whenOf(i))
		if verb == "out" {
			takeOut(&rules[i].When, rest)
		} else if g := groupOf(&rules[i].When, rest); g != nil {
			g.Groups = append(g.Groups, swap.Group{Any: !g.Any})
		}
		return rules
	}
	var i int
	if _, err := fmt.Sscanf(where, "%d", &i); err != nil {
		return rules
	}
	return cabinet.Rearrange(rules, verb, i)
}

// added is rules with another one at their end.
func added(rules []swap.Rule, name string, site tracking.Site) []swap.Rule {
	if len(rules) >= swap.MostRules {
		return rules
	}
	taken := map[string]bool{}
	for _, r := range rules {
		taken[r.ID] = true
	}
	r := swap.Rule{ID: freeID("r", taken), Name: name}
	for _, t := range site.Targets {
		r.Show = append(r.Show, swap.Showing{Target: t.ID, Do: swap.Keep})
	}
	return append(rules, r)
}

// groupOf is the group within a group that a path names: ".g.0.g.1"; nil where there is none.
func groupOf(g *swap.Group, path string) *swap.Group {
	for path != "" {
		rest, ok := strings.CutPrefix(path, ".g.")
		if !ok {
			return nil
		}
		index, next, deeper := strings.Cut(rest, ".")
		j := -1
		if _, err := fmt.Sscanf(index, "%d", &j); err != nil || j < 0 || j >= len(g.Groups) {
			return nil
		}
		g, path = &g.Groups[j], ""
		if deeper {
			path = "." + next
		}
	}
	return g
}

// takeOut removes the condition or the group that a path names: ".c.1", ".g.0.c.2", ".g.0".
func takeOut(g *swap.Group, path string) {
	for _, kind := range []string{".c.", ".g."} {
		cut := strings.LastIndex(path, kind)
		if cut < 0 || strings.ContainsRune(path[cut+len(kind):], '.') {
			continue
		}
		var j int
		parent := groupOf(g, path[:cut])
		if _, err := fmt.Sscanf(path[cut+len(kind):], "%d", &j); err != nil || parent == nil || j < 0 {
			return
		}
		if kind == ".c." {
			parent.Conditions = cabinet.Rearrange(parent.Conditions, "drop", j)
		} else {
			parent.Groups = cabinet.Rearrange(parent.Groups, "drop", j)
		}
		return
	}
}
