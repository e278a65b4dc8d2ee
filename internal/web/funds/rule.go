package funds

import (
	"strings"

	"bellwether/internal/lang"
)

// rule is a rule of the business as a reader sees it: in a sentence, and as a whole.
type rule struct {
	number string
	text   string
	whole  []passage
}

// passage is a paragraph of a rule, or a formula in it.
type passage struct {
	text    string
	formula bool
}

// ruleTexts are a rule's sentence and its whole text. They say for readers what docs/rules says for programmers.
var ruleTexts = map[string]struct{ sentence, whole lang.Key }{
	"B-07":      {"funds.rule_b07", "rule.b07"},
	"B-08":      {"funds.rule_b08", "rule.b08"},
	"B-11":      {"funds.rule_b11", "rule.b11"},
	"B-13":      {"funds.rule_b13", "rule.b13"},
	"B-14":      {"funds.rule_b14", "rule.b14"},
	"B-15":      {"funds.rule_b15", "rule.b15"},
	"B-20":      {"funds.rule_b20", "rule.b20"},
	"B-21":      {"funds.rule_b21", "rule.b21"},
	"B-22":      {"funds.rule_b22", "rule.b22"},
	"B-30":      {"funds.rule_b30", "rule.b30"},
	"B-31":      {"funds.rule_b31", "rule.b31"},
	"B-32":      {"funds.rule_b32", "rule.b32"},
	"B-33":      {"funds.rule_b33", "rule.b33"},
	"B-34":      {"funds.rule_b34", "rule.b34"},
	"B-35":      {"funds.rule_b35", "rule.b35"},
	"B-36":      {"funds.rule_b36", "rule.b36"},
	"B-37":      {"funds.rule_b37", "rule.b37"},
	"B-38":      {"funds.rule_b38", "rule.b38"},
	"B-39":      {"funds.rule_b39", "rule.b39"},
	"B-40":      {"funds.rule_b40", "rule.b40"},
	"B-41":      {"funds.rule_b41", "rule.b41"},
	"B-42":      {"funds.rule_b42", "rule.b42"},
	"B-50":      {"funds.rule_b50", "rule.b50"},
	"B-51":      {"funds.rule_b51", "rule.b51"},
	"B-60":      {"funds.rule_b60", "rule.b60"},
	"B-80":      {"funds.rule_b80", "rule.b80"},
	promiseRule: {"funds.rule_c111", "rule.c111"},
}

// besides are the rules that the arithmetic of another follows too.
var besides = map[string][]string{
	"B-30": {"B-07", "B-08"}, "B-31": {"B-07", "B-08"}, "B-32": {"B-07", "B-08"}, "B-35": {"B-07", "B-08"}, "B-34": {"B-07"},
	"B-22": {"B-20", "B-21"}, "B-11": {"B-22"},
}

// rules are the rule of a line and those it builds on.
func (n naming) rules(number string) []rule {
	var found []rule
	for _, name := range append([]string{number}, besides[number]...) {
		if texts, ok := ruleTexts[name]; ok {
			found = append(found, rule{name, n.T(texts.sentence), passages(n.T(texts.whole))})
		}
	}
	return found
}

// passages parts the text of a rule: a line is a paragraph, and one that begins with an equals sign a formula.
func passages(text string) []passage {
	var found []passage
	for line := range strings.Lines(text) {
		formula, is := strings.CutPrefix(strings.TrimSpace(line), "= ")
		if formula != "" {
			found = append(found, passage{formula, is})
		}
	}
	return found
}

// ruleText is the sentence of a rule.
func (n naming) ruleText(number string) string { return n.T(ruleTexts[number].sentence) }
