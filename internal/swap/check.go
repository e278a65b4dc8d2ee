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
		return errs.New(errs.Invalid, "swap.too_many", "there are %d rules; at most %d are asked", len(rules), MostRules).At("rules")
	}
	seen := map[string]bool{}
	for i, r := range rules {
		where := fmt.Sprintf("rules[%d]", i)
		if r.ID == "" || seen[r.ID] {
			return errs.New(errs.Invalid, "swap.twice", "a rule has an id of its own").At(where + ".id")
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
		return errs.New(errs.Invalid, "swap.bad_name", "a rule has a name of 1 to %d characters in one line", longestName).At(where + ".name")
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
		return errs.New(errs.Invalid, "swap.bad_target", "a rule shows something").At(where).Try("name a target and a pool, a number, or keep")
	}
	seen := map[string]bool{}
	for i, s := range show {
		at := fmt.Sprintf("%s[%d]", where, i)
		if !isID(s.Target) {
			return errs.New(errs.Invalid, "swap.bad_target", "%.40q is not a target", s.Target).At(at + ".target")
		}
		if seen[s.Target] {
			return errs.New(errs.Invalid, "swap.twice", "the rule speaks of target %s twice", s.Target).At(at + ".target")
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
		return errs.New(errs.Invalid, "swap.bad_target", "name the pool, and no number").At(at + ".pool")
	case s.Do == Fixed && (s.Number == "" || s.Pool != ""):
		return errs.New(errs.Invalid, "swap.bad_target", "name the number, and no pool").At(at + ".number")
	case s.Do == Fixed:
		if n, err := phone.Parse(string(s.Number), ""); err != nil || n != s.Number {
			return errs.New(errs.Invalid, "swap.bad_target", "%.40q is not a number", s.Number).At(at + ".number").Try("write it like +380443337700")
		}
	case s.Do == Keep && (s.Number != "" || s.Pool != ""):
		return errs.New(errs.Invalid, "swap.bad_target", "what is kept has neither a pool nor a number").At(at)
	case s.Do != Lease && s.Do != Keep:
		return errs.New(errs.Invalid, "swap.bad_target", "%.40q cannot be done", s.Do).At(at + ".do").Try("write pool, number or keep")
	}
	return nil
}

func isID(text string) bool {
	_, err := ident.ParseProjectID(text)
	return err == nil
}

func (g Group) check(where string, depth int, count *int) error {
	if depth > deepest {
		return errs.New(errs.Invalid, "swap.too_many", "groups stand in groups at most %d deep", deepest).At(where)
	}
	for i, c := range g.Conditions {
		if *count++; *count > mostConditions {
			return errs.New(errs.Invalid, "swap.too_many", "a rule has at most %d conditions", mostConditions).At(where)
		}
		if err := c.check(fmt.Sprintf("%s.conditions[%d]", where, i)); err != nil {
			return err
		}
	}
	for i, inner := range g.Groups {
		at := fmt.Sprintf("%s.groups[%d]", where, i)
		if len(inner.Conditions)+len(inner.Groups) == 0 {
			return errs.New(errs.Invalid, "swap.bad_condition", "a group has at least one condition").At(at)
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
		return errs.New(errs.Invalid, "swap.bad_condition", "%.40q is nothing a rule can ask about", c.Field).At(where + ".field").Try("choose one of: " + join(Fields))
	case !slices.Contains(Ops, c.Op):
		return errs.New(errs.Invalid, "swap.bad_condition", "%.40q is no comparison", c.Op).At(where + ".op").Try("choose one of: " + join(Ops))
	case (c.Field == Address) != (c.Op == In):
		return errs.New(errs.Invalid, "swap.bad_condition", "an address is compared with networks by %q, and nothing else is", In).At(where + ".op")
	case c.Field.named() != (c.Name != ""):
		return errs.New(errs.Invalid, "swap.bad_condition", "parameters and custom values have a name, other fields have none").At(where + ".name")
	case len(c.Name) > longestName:
		return errs.New(errs.Invalid, "swap.bad_condition", "a name has at most %d characters", longestName).At(where + ".name")
	}
	return c.checkValues(where + ".values")
}

func (c Condition) checkValues(where string) error {
	switch {
	case c.Op == Present && len(c.Values) > 0:
		return errs.New(errs.Invalid, "swap.bad_condition", "what is only to be present has no value").At(where)
	case c.Op != Present && len(c.Values) == 0:
		return errs.New(errs.Invalid, "swap.bad_condition", "write at least one value").At(where)
	case len(c.Values) > mostValues:
		return errs.New(errs.Invalid, "swap.too_many", "a condition has at most %d values", mostValues).At(where)
	}
	for i, value := range c.Values {
		at := fmt.Sprintf("%s[%d]", where, i)
		if strings.TrimSpace(value) == "" || len(value) > longestValue {
			return errs.New(errs.Invalid, "swap.bad_condition", "a value has 1 to %d characters", longestValue).At(at)
		}
		if c.Op != In {
			continue
		}
		if _, err := parseNetwork(value); err != nil {
			return errs.New(errs.Invalid, "swap.bad_network", "%.60q is neither an address nor a network", value).At(at).Try("write 203.0.113.7 or 203.0.113.0/24")
		}
	}
	return nil
}

func join[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, word := range all {
		words[i] = string(word)
	}
	return strings.Join(words, ", ")
}
