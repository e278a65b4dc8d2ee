package archtest

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	ruleHeading = regexp.MustCompile(`(?m)^### ([A-Z]-\d+)\b`)
	ruleList    = regexp.MustCompile(`\bRules? [A-Z]-\d+(?:(?:, | and | or | to )[A-Z]-\d+)*`)
	ruleSpan    = regexp.MustCompile(`([A-Z]-\d+)(?: to ([A-Z]-\d+))?`)
	ruleLiteral = regexp.MustCompile(`"([A-Z]-\d+)"`)
)

// citation is a rule named in a text, or the span from one rule to another.
type citation struct{ first, last, where string }

// rulesAreCited: every rule of docs/rules is cited by a test, and every citation names a rule.
func rulesAreCited(t *tree, report reporter) {
	rules, tested := map[string]string{}, map[string]bool{}
	for path, text := range t.texts {
		if strings.HasPrefix(path, "docs/rules/") {
			for _, heading := range ruleHeading.FindAllStringSubmatch(text, -1) {
				rules[heading[1]] = path
			}
		}
	}
	if len(rules) == 0 {
		report("docs/rules", "holds no rule: number them as ### B-01 Title")
		return
	}
	for path, text := range t.texts {
		if strings.HasPrefix(path, "internal/archtest/") {
			continue
		}
		for _, c := range citations(path, text) {
			if !covers(c, rules) {
				report(c.where, "cites Rule %s, which docs/rules does not have", c.first)
			}
			if strings.HasSuffix(path, "_test.go") && c.last == "" {
				tested[c.first] = true
			}
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		if !tested[rule] {
			report(rules[rule], "no test cites Rule %s", rule)
		}
	}
}

func citations(path, text string) []citation {
	var found []citation
	number := 0
	for line := range strings.Lines(text) {
		number++
		where := path + ":" + strconv.Itoa(number)
		for _, list := range ruleList.FindAllString(line, -1) {
			for _, span := range ruleSpan.FindAllStringSubmatch(list, -1) {
				found = append(found, citation{span[1], span[2], where})
			}
		}
		if strings.HasSuffix(path, ".go") {
			for _, literal := range ruleLiteral.FindAllStringSubmatch(line, -1) {
				found = append(found, citation{literal[1], "", where})
			}
		}
	}
	return found
}

// covers tells whether the cited rule exists; a span is good when some rule lies within it.
func covers(c citation, rules map[string]string) bool {
	if _, ok := rules[c.first]; ok || c.last == "" {
		return ok
	}
	for rule := range rules {
		if compareRules(c.first, rule) <= 0 && compareRules(rule, c.last) <= 0 {
			return true
		}
	}
	return false
}

func compareRules(a, b string) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
