package access_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/right"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/roles.txt anew, to be read before it is believed")

// The whole matrix: every role, object and action. A change of any right must be made twice, in the table and here. Rule A-07.
func TestBuiltinRoles(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	seen := map[access.RoleID]bool{}
	for _, kind := range []ident.OrgKind{ident.OperatorKind, ident.AgencyKind, ident.ProjectKind} {
		for _, role := range access.BuiltinRoles(kind) {
			if seen[role.ID] {
				continue
			}
			seen[role.ID] = true
			for _, object := range everyObject() {
				for _, action := range access.Actions() {
					if level := role.Matrix.Level(action, object); level != access.None {
						fmt.Fprintf(&b, "%s %s %s %s\n", role.ID, object, action, level)
					}
				}
			}
		}
	}
	const path = "testdata/roles.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rights of the built-in roles", strings.Split(string(want), "\n"), strings.Split(b.String(), "\n"))
}

func everyObject() []access.Object {
	all := right.Objects(ident.ProjectKind)
	seen := map[access.Object]bool{}
	for _, o := range all {
		seen[o] = true
	}
	for _, kind := range []ident.OrgKind{ident.AgencyKind, ident.OperatorKind} {
		for _, o := range right.Objects(kind) {
			if !seen[o] {
				seen[o], all = true, append(all, o)
			}
		}
	}
	return all
}

// Wider roles hold all that narrower ones do.
func TestRolesLieWithinOneAnother(t *testing.T) {
	t.Parallel()
	matrix := map[access.RoleID]access.Matrix{}
	for _, kind := range []ident.OrgKind{ident.OperatorKind, ident.AgencyKind, ident.ProjectKind} {
		for _, role := range access.BuiltinRoles(kind) {
			matrix[role.ID] = role.Matrix
		}
	}
	for _, c := range []struct {
		narrow, wide access.RoleID
		want         bool
	}{
		{access.Owner, access.OperatorRole, true},
		{access.AgencyRole, access.OperatorRole, true},
		{access.Owner, access.AgencyRole, true},
		{access.Administrator, access.Owner, true},
		{access.Marketer, access.Administrator, true},
		{access.Manager, access.Administrator, true},
		{access.Accountant, access.Administrator, true},
		{access.ReadOnly, access.Administrator, true},
		{access.Owner, access.Administrator, false},
		{access.OperatorRole, access.AgencyRole, false},
		{access.Accountant, access.Marketer, false},
		{access.ReadOnly, access.Manager, false},
	} {
		if got := matrix[c.narrow].Within(matrix[c.wide]); got != c.want {
			t.Errorf("%s within %s is %v", c.narrow, c.wide, got)
		}
	}
	for _, object := range everyObject() {
		for _, action := range []access.Action{access.Edit, access.Delete, access.Export, access.Listen} {
			if matrix[access.ReadOnly].Level(action, object) != access.None {
				t.Errorf("read-only may %s %s", action, object)
			}
		}
	}
}

func anyMatrix(t *rapid.T, label string) (m access.Matrix) {
	for range rapid.IntRange(0, 12).Draw(t, label) {
		o := rapid.SampledFrom(everyObject()).Draw(t, "object")
		m = m.With(rapid.SampledFrom(access.Actions()).Draw(t, "action"), o, rapid.SampledFrom(access.Levels()).Draw(t, "level"))
	}
	return m
}

func TestAMatrixIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatrix(t, "rights")
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var read access.Matrix
		if err := json.Unmarshal(text, &read); err != nil || read != m {
			t.Fatalf("%s, %v", text, err)
		}
	})
	for text, code := range map[string]string{
		`{"cals":{"view":"all"}}`: "access.bad_object", `{"calls":{"see":"all"}}`: "access.bad_action", `{"calls":{"view":"some"}}`: "access.bad_level",
	} {
		var m access.Matrix
		if err := json.Unmarshal([]byte(text), &m); errs.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", text, err, code)
		}
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level                       access.Level
		own, free, colleague, other bool
	}{
		{access.None, false, false, false, false},
		{access.Own, true, false, false, false},
		{access.OwnAndUnassigned, true, true, false, false},
		{access.InDepartment, true, true, true, false},
		{access.All, true, true, true, true},
	} {
		r := access.Reach{Level: c.level, Self: "me", Colleagues: []accountID{"colleague", "me"}}
		got := []bool{r.Covers("me"), r.Covers(""), r.Covers("colleague"), r.Covers("other")}
		same(t, c.level.String(), []bool{c.own, c.free, c.colleague, c.other}, got)
		owners, all := r.Owners()
		for _, owner := range []accountID{"me", "", "colleague", "other"} {
			listed := all
			for _, o := range owners {
				listed = listed || o == owner
			}
			if listed != r.Covers(owner) {
				t.Errorf("%s: %q is listed %v and covered %v", c.level, owner, listed, r.Covers(owner))
			}
		}
	}
	nobody := access.Reach{Level: access.OwnAndUnassigned}
	if nobody.Covers("") {
		t.Error("whoever is nobody works what is nobody's")
	}
}
