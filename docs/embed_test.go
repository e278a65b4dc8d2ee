package docs_test

import (
	"strings"
	"testing"

	"bellwether/docs"
)

func TestRulesAreFoundByNumber(t *testing.T) {
	t.Parallel()
	rule, ok := docs.FindRule("B-07")
	if !ok || rule.Number != "B-07" || rule.Title == "" || !strings.Contains(rule.Text, "month") {
		t.Errorf("rule B-07: %+v, %v", rule, ok)
	}
	if strings.Contains(rule.Text, "###") {
		t.Error("the text runs into the next rule")
	}
	if _, ok := docs.FindRule("no such rule"); ok {
		t.Error("a rule that is not there was found")
	}
}
