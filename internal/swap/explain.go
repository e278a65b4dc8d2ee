package swap

import "strings"

// Explanation is how a decision came about (Rule C-68).
type Explanation struct {
	Answers []Answer  `json:"answers"`
	Rules   []Verdict `json:"rules"` // all of them, in their order
}

// Verdict is what became of a rule.
type Verdict struct {
	RuleID  string   `json:"rule_id"`
	Name    string   `json:"name"`
	Outcome Outcome  `json:"outcome"`
	Targets []string `json:"targets,omitempty"` // those for which it decided
	When    Tried    `json:"when"`
}

// Outcome is why a rule decided, or did not.
type Outcome string

// The outcomes.
const (
	Decided  Outcome = "decided"
	TooLate  Outcome = "too_late" // it fits, but earlier rules spoke of all its targets
	Unfit    Outcome = "unfit"    // its conditions do not hold
	NotNow   Outcome = "not_now"  // it is outside its schedule
	Disabled Outcome = "disabled" // it is switched off
)

// Tried is a group of conditions held against a visit. Every condition is tried, also those that no longer matter.
type Tried struct {
	Any        bool             `json:"any,omitempty"`
	Held       bool             `json:"held"`
	Conditions []TriedCondition `json:"conditions,omitempty"`
	Groups     []Tried          `json:"groups,omitempty"`
}

// TriedCondition is a condition held against a visit.
type TriedCondition struct {
	Condition
	Found string `json:"found"` // what the visit has there; empty for nothing
	Held  bool   `json:"held"`
}

// Explain decides as Decide does and says why.
func (p *Plan) Explain(v Visit) Explanation {
	f := &facts{Visit: v}
	e := Explanation{Answers: p.Decide(v)}
	for i := range p.rules {
		r := &p.rules[i]
		verdict := Verdict{RuleID: r.ID, Name: r.Name, When: r.when.try(f), Outcome: p.outcome(r, f)}
		for _, a := range e.Answers {
			if a.Rule == i+1 {
				verdict.Outcome, verdict.Targets = Decided, append(verdict.Targets, a.Target)
			}
		}
		e.Rules = append(e.Rules, verdict)
	}
	return e
}

// outcome is that of a rule which did not decide.
func (p *Plan) outcome(r *rule, f *facts) Outcome {
	switch {
	case r.Off:
		return Disabled
	case !r.inTime(f.At, p.zone):
		return NotNow
	case !r.when.holds(f):
		return Unfit
	}
	return TooLate
}

func (g group) try(f *facts) Tried {
	tried := Tried{Any: g.any, Held: g.holds(f)}
	for i := range g.conditions {
		c := &g.conditions[i]
		tried.Conditions = append(tried.Conditions, TriedCondition{c.Condition, strings.Join(f.values(c.Field, c.Name), ", "), c.holds(f)})
	}
	for _, inner := range g.groups {
		tried.Groups = append(tried.Groups, inner.try(f))
	}
	return tried
}
