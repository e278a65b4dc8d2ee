package swap

import (
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
)

// The bounds of rules (Rule C-69): a decision stays within microseconds.
const (
	MostRules      = 100
	mostConditions = 50 // of a rule, in all its groups
	mostValues     = 100
	deepest        = 3 // groups in groups
	longestName    = 100
	longestValue   = 500
)

// Check refuses rules that cannot be followed. Errors are errs.Invalid and say where: `swap.too_many`, `swap.bad_name`,
// `swap.bad_condition`, `swap.bad_network`, `swap.bad_target`, `swap.twice`, and those of a schedule.
func Check(rules []Rule) error {
	if len(rules) > MostRules {
		return wrong("swap.too_many", "rules", "there are %d rules; at most %d are asked", len(rules), MostRules)
	}
	seen := map[string]bool{}
	for i, r := range rules {
		where := fmt.Sprintf("rules[%d]", i)
		if r.ID == "" || seen[r.ID] {
			return wrong("swap.twice", where+".id", "a rule has an id of its own")
		}
		seen[r.ID] = true
		if err := r.check(where); err != nil {
			return err
		}
	}
	return nil
}

func (r Rule) check(where string) error {
	if !ident.Line(r.Name, longestName) {
		return wrong("swap.bad_name", where+".name", "a rule has a name of 1 to %d characters in one line", longestName)
	}
	if err := r.Schedule.Check(); err != nil {
		return err
	}
	count := 0
	if err := r.When.check(where+".when", 1, &count); err != nil {
		return err
	}
	return checkShow(r.Show, where+".show")
}

func checkShow(show []Showing, where string) error {
	if len(show) == 0 {
		return wrong("swap.bad_target", where, "a rule shows something").Try("name a target and a pool, a number, or keep")
	}
	seen := map[string]bool{}
	for i, s := range show {
		at := fmt.Sprintf("%s[%d]", where, i)
		if !isID(s.Target) {
			return wrong("swap.bad_target", at+".target", "%.40q is not a target", s.Target)
		}
		if seen[s.Target] {
			return wrong("swap.twice", at+".target", "the rule speaks of target %s twice", s.Target)
		}
		seen[s.Target] = true
		if err := s.check(at); err != nil {
			return err
		}
	}
	return nil
}

func (s Showing) check(at string) error {
	switch {
	case s.Do == Lease && (s.Pool == "" || s.Number != ""):
		return wrong("swap.bad_target", at+".pool", "name the pool, and no number")
	case s.Do == Fixed && (s.Number == "" || s.Pool != ""):
		return wrong("swap.bad_target", at+".number", "name the number, and no pool")
	case s.Do == Fixed:
		if n, err := phone.Parse(string(s.Number), ""); err != nil || n != s.Number {
			return wrong("swap.bad_target", at+".number", "%.40q is not a number", s.Number).Try("write it like +380443337700")
		}
	case s.Do == Keep && (s.Number != "" || s.Pool != ""):
		return wrong("swap.bad_target", at, "what is kept has neither a pool nor a number")
	case s.Do != Lease && s.Do != Keep:
		return wrong("swap.bad_target", at+".do", "%.40q cannot be done", s.Do).Try("write pool, number or keep")
	}
	return nil
}

func isID(text string) bool {
	_, err := ident.ParseProjectID(text)
	return err == nil
}

func (g Group) check(where string, depth int, count *int) error {
	if depth > deepest {
		return wrong("swap.too_many", where, "groups stand in groups at most %d deep", deepest)
	}
	for i, c := range g.Conditions {
		if *count++; *count > mostConditions {
			return wrong("swap.too_many", where, "a rule has at most %d conditions", mostConditions)
		}
		if err := c.check(fmt.Sprintf("%s.conditions[%d]", where, i)); err != nil {
			return err
		}
	}
	for i, inner := range g.Groups {
		at := fmt.Sprintf("%s.groups[%d]", where, i)
		if len(inner.Conditions)+len(inner.Groups) == 0 {
			return wrong("swap.bad_condition", at, "a group has at least one condition")
		}
		if err := inner.check(at, depth+1, count); err != nil {
			return err
		}
	}
	return nil
}

func (c Condition) check(where string) error {
	switch {
	case !slices.Contains(Fields, c.Field):
		return wrong("swap.bad_condition", where+".field", "%.40q is nothing a rule can ask about", c.Field).Try("choose one of: " + join(Fields))
	case !slices.Contains(Ops, c.Op):
		return wrong("swap.bad_condition", where+".op", "%.40q is no comparison", c.Op).Try("choose one of: " + join(Ops))
	case (c.Field == Address) != (c.Op == In):
		return wrong("swap.bad_condition", where+".op", "an address is compared with networks by %q, and nothing else is", In)
	case c.Field.named() != (c.Name != ""):
		return wrong("swap.bad_condition", where+".name", "parameters and custom values have a name, other fields have none")
	case len(c.Name) > longestName:
		return wrong("swap.bad_condition", where+".name", "a name has at most %d characters", longestName)
	}
	return c.checkValues(where + ".values")
}

func (c Condition) checkValues(where string) error {
	switch {
	case c.Op == Present && len(c.Values) > 0:
		return wrong("swap.bad_condition", where, "what is only to be present has no value")
	case c.Op != Present && len(c.Values) == 0:
		return wrong("swap.bad_condition", where, "write at least one value")
	case len(c.Values) > mostValues:
		return wrong("swap.too_many", where, "a condition has at most %d values", mostValues)
	}
	for i, value := range c.Values {
		at := fmt.Sprintf("%s[%d]", where, i)
		if strings.TrimSpace(value) == "" || len(value) > longestValue {
			return wrong("swap.bad_condition", at, "a value has 1 to %d characters", longestValue)
		}
		if c.Op != In {
			continue
		}
		if _, err := parseNetwork(value); err != nil {
			return wrong("swap.bad_network", at, "%.60q is neither an address nor a network", value).Try("write 203.0.113.7 or 203.0.113.0/24")
		}
	}
	return nil
}

func wrong(code, where, message string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, code, message, args...).At(where)
}

func join[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, word := range all {
		words[i] = string(word)
	}
	return strings.Join(words, ", ")
}
