package cabinet_test

import (
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"

	"github.com/google/go-cmp/cmp"
)

// Pages of 2 of a, b, c, d, e.
func TestCut(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c", "d", "e"}
	for _, c := range []struct {
		after, next string
		page        []string
	}{
		{"", "2", []string{"a", "b"}},
		{"0", "2", []string{"a", "b"}},
		{"2", "4", []string{"c", "d"}},
		{"3", "", []string{"d", "e"}},
		{"4", "", []string{"e"}},
		{"5", "", []string{}},
		{"99", "", []string{}},
	} {
		page, next, err := cabinet.Cut(all, c.after, 2)
		if diff := cmp.Diff(c.page, page); diff != "" || next != c.next || err != nil {
			t.Errorf("after %q: %v, then %q, %v", c.after, page, next, err)
		}
	}
	for _, after := range []string{"-1", "x", "1.5", "99999999999999999999"} {
		if _, _, err := cabinet.Cut(all, after, 2); errs.CodeOf(err) != "cabinet.bad_place" {
			t.Errorf("after %q: %v", after, err)
		}
	}
}

// Every form offers the same zones, each once, and the one that was chosen though no list has it.
func TestZoneChoices(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, c := range cabinet.ZoneChoices(cabinettest.Noon, "Africa/Cairo") {
		seen[c.Value]++
	}
	for _, name := range []string{"Europe/Kyiv", "Asia/Tokyo", "UTC", "Africa/Cairo", "America/Vancouver"} {
		if seen[name] != 1 {
			t.Errorf("%s is offered %d times", name, seen[name])
		}
	}
	for _, c := range cabinet.Countries {
		for _, zone := range c.Zones {
			if seen[zone] != 1 {
				t.Errorf("%s of %s is offered %d times", zone, c.Code, seen[zone])
			}
		}
	}
}
