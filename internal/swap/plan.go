package swap

import (
	"net/netip"
	"strings"
	"time"

	"bellwether/internal/phone"
)

// Plan is checked rules, made ready for many decisions. It is safe for concurrent use.
type Plan struct {
	rules []rule
	zone  *time.Location
}

// Answer is what a target of a visit shows: a number of Pool, or Number; Do is Keep where the site's own stays.
type Answer struct {
	Target string       `json:"target"`
	Do     Do           `json:"do"`
	Pool   string       `json:"pool,omitempty"`
	Number phone.Number `json:"number,omitempty"`
	Rule   int          `json:"rule"`              // its place in the list, from 1; 0 where no rule speaks of the target
	RuleID string       `json:"rule_id,omitempty"` // empty where no rule does
}

type rule struct {
	Rule
	when group
}

type group struct {
	any        bool
	conditions []condition
	groups     []group
}

type condition struct {
	Condition
	values   []string // as they are compared
	networks []netip.Prefix
}

// New checks rules and makes a plan of them; schedules are by the clock of zone. Errors: those of Check.
func New(rules []Rule, zone *time.Location) (*Plan, error) {
	if err := Check(rules); err != nil {
		return nil, err
	}
	plan := &Plan{zone: zone}
	for _, r := range rules {
		plan.rules = append(plan.rules, rule{r, compile(r.When)})
	}
	return plan, nil
}

func compile(from Group) group {
	g := group{any: from.Any}
	for _, c := range from.Conditions {
		made := condition{Condition: c}
		for _, value := range c.Values {
			if c.Op == In {
				network, _ := parseNetwork(value) // Check has read it
				made.networks = append(made.networks, network)
			}
			made.values = append(made.values, c.fold(value))
		}
		g.conditions = append(g.conditions, made)
	}
	for _, inner := range from.Groups {
		g.groups = append(g.groups, compile(inner))
	}
	return g
}

// fold brings a value to the form in which it is compared. A page is compared with its path, whatever the slash at its end.
func (c Condition) fold(value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if c.Field == Entry && c.Op == Is && len(value) > 1 {
		value = strings.TrimSuffix(value, "/")
	}
	return value
}

// Targets are those that the rules speak of, each once, in their order.
func (p *Plan) Targets() []string {
	var targets []string
	seen := map[string]bool{}
	for _, r := range p.rules {
		for _, s := range r.Show {
			if !seen[s.Target] {
				seen[s.Target], targets = true, append(targets, s.Target)
			}
		}
	}
	return targets
}

// Decide says what each target that rules speak of shows to a visit (Rule C-60). Targets that it leaves out, and those it says to
// Keep, show the site's own number.
func (p *Plan) Decide(v Visit) []Answer {
	f := &facts{Visit: v}
	var answers []Answer
	for i := range p.rules {
		r := &p.rules[i]
		if len(unanswered(r.Show, answers)) > 0 && r.applies(f, p.zone) {
			answers = r.answer(i, answers)
		}
	}
	return answers
}

// unanswered are the showings of targets that no earlier rule has decided.
func unanswered(show []Showing, answers []Answer) (open []Showing) {
	for _, s := range show {
		if !answered(answers, s.Target) {
			open = append(open, s)
		}
	}
	return open
}

func answered(answers []Answer, target string) bool {
	for _, a := range answers {
		if a.Target == target {
			return true
		}
	}
	return false
}

func (r *rule) answer(i int, answers []Answer) []Answer {
	for _, s := range unanswered(r.Show, answers) {
		answers = append(answers, Answer{Target: s.Target, Do: s.Do, Pool: s.Pool, Number: s.Number, Rule: i + 1, RuleID: r.ID})
	}
	return answers
}

func (r *rule) applies(f *facts, zone *time.Location) bool {
	return !r.Off && r.inTime(f.At, zone) && r.when.holds(f)
}

func (r *rule) inTime(at time.Time, zone *time.Location) bool {
	return len(r.Schedule.Week)+len(r.Schedule.Holidays) == 0 || r.Schedule.At(at, zone).Open
}

func (g group) holds(f *facts) bool {
	if len(g.conditions)+len(g.groups) == 0 {
		return true
	}
	for i := range g.conditions {
		if g.conditions[i].holds(f) == g.any {
			return g.any
		}
	}
	for _, inner := range g.groups {
		if inner.holds(f) == g.any {
			return g.any
		}
	}
	return !g.any
}

func (c *condition) holds(f *facts) bool { return c.fits(f) != c.Not }

func (c *condition) fits(f *facts) bool {
	if c.Op == In {
		return within(f.Address, c.networks)
	}
	for _, found := range f.values(c.Field, c.Name) {
		if c.Op == Present || c.compares(strings.ToLower(found)) {
			return true
		}
	}
	return false
}

func (c *condition) compares(found string) bool {
	for _, value := range c.values {
		if compare(c.Op, found, value) {
			return true
		}
	}
	return false
}

func compare(op Op, found, value string) bool {
	switch op {
	case Is:
		return found == value
	case Contains:
		return strings.Contains(found, value)
	case Begins:
		return strings.HasPrefix(found, value)
	case Ends:
		return strings.HasSuffix(found, value)
	case Matches:
		return matches(found, value)
	}
	return false
}

// Match reports whether a text fits a pattern in which "*" stands for any text; letters count without their case.
func Match(text, pattern string) bool {
	return matches(strings.ToLower(text), strings.ToLower(pattern))
}

// matches compares a text with a pattern in which "*" stands for any text: what is between stars is looked for from left to right,
// so no pattern takes longer than its text.
func matches(text, pattern string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return text == pattern
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}

func within(address netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// parseNetwork reads "203.0.113.7" or "203.0.113.0/24".
func parseNetwork(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err
}
