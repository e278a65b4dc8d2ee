package dialplan_test

import (
	"os"
	"regexp"
	"testing"

	"bellwether/internal/dialplan"
)

var example = regexp.MustCompile("(?s)```json\n(.*?)```")

// What the guide shows as a scheme and as working hours is one. Rules T-01, T-02.
func TestTheGuideIsRight(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guide/telephony.md")
	if err != nil {
		t.Fatal(err)
	}
	found := example.FindAllSubmatch(guide, -1)
	if len(found) != 2 {
		t.Fatalf("the guide has %d examples", len(found))
	}
	scheme, err := dialplan.ReadScheme(found[0][1])
	if err != nil || len(scheme.Steps) != 5 || scheme.Reserve == "" {
		t.Errorf("%d steps, %v", len(scheme.Steps), err)
	}
	hours, err := dialplan.ReadHours(found[1][1])
	if err != nil || len(hours.Holidays) != 2 {
		t.Errorf("%+v, %v", hours, err)
	}
}
