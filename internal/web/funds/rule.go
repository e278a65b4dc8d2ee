package funds

import (
	"bellwether/docs"
	"bellwether/internal/lang"
)

// rule is a rule of the business as a reader sees it: in a sentence of theirs, and as it is written.
type rule struct {
	number  string
	text    string
	written string // the whole rule, in English
}

var ruleKeys = map[string]lang.Key{
	"B-07": "funds.rule_b07", "B-08": "funds.rule_b08", "B-11": "funds.rule_b11", "B-13": "funds.rule_b13", "B-14": "funds.rule_b14",
	"B-15": "funds.rule_b15", "B-20": "funds.rule_b20", "B-21": "funds.rule_b21", "B-22": "funds.rule_b22", "B-30": "funds.rule_b30",
	"B-31": "funds.rule_b31", "B-32": "funds.rule_b32", "B-33": "funds.rule_b33", "B-34": "funds.rule_b34", "B-35": "funds.rule_b35",
	"B-36": "funds.rule_b36", "B-37": "funds.rule_b37", "B-38": "funds.rule_b38", "B-39": "funds.rule_b39", "B-40": "funds.rule_b40",
	"B-41": "funds.rule_b41", "B-42": "funds.rule_b42", "B-50": "funds.rule_b50", "B-51": "funds.rule_b51", "B-60": "funds.rule_b60", "B-80": "funds.rule_b80",
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
		if key, ok := ruleKeys[name]; ok {
			written, _ := docs.FindRule(name)
			found = append(found, rule{name, n.T(key), written.Text})
		}
	}
	return found
}

// ruleText is the sentence of a rule.
func (n naming) ruleText(number string) string { return n.T(ruleKeys[number]) }
