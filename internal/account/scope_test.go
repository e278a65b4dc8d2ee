package account_test

import (
	"testing"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"

	"github.com/google/go-cmp/cmp"
)

func TestAllows(t *testing.T) {
	t.Parallel()
	const denied, hidden = "account.scope_missing", "project.not_found"
	for _, c := range []struct {
		scope   account.Scope
		need    account.Scope
		project ident.ProjectID
		want    string // code of the error; empty: allowed
	}{
		{account.Operator, account.Operator, "", ""},
		{account.Operator, account.ProjectRead, "shop", ""},
		{account.Operator, account.ProjectWrite, "bank", ""},
		{account.Operator, account.ProjectCharge, "bank", ""},

		{account.ProjectRead, account.ProjectRead, "shop", ""},
		{account.ProjectRead, account.ProjectWrite, "shop", denied},
		{account.ProjectRead, account.ProjectCharge, "shop", denied},
		{account.ProjectRead, account.Operator, "shop", denied},
		{account.ProjectWrite, account.ProjectWrite, "shop", ""},
		{account.ProjectWrite, account.ProjectRead, "shop", ""},
		{account.ProjectWrite, account.ProjectCharge, "shop", denied},
		{account.ProjectCharge, account.ProjectCharge, "shop", ""},
		{account.ProjectCharge, account.ProjectRead, "shop", denied},
		{account.ProjectCharge, account.ProjectWrite, "shop", denied},

		{account.ProjectWrite, account.ProjectRead, "bank", hidden},
		{account.ProjectWrite, account.Operator, "bank", hidden},
		{account.ProjectCharge, account.ProjectCharge, "nowhere", hidden},

		{account.ProjectWrite, account.Operator, "", denied},
		{account.ProjectRead, account.ProjectRead, "", denied},
		{"", account.ProjectRead, "shop", denied},
	} {
		key := account.Key{Scope: c.scope}
		if c.scope != account.Operator {
			key.Project = "shop"
		}
		err := account.Allows(key, c.need, c.project)
		if got := code(err); got != c.want {
			t.Errorf("%s for %s on %q: %q, want %q", c.scope, c.need, c.project, got, c.want)
		}
		if c.want == hidden {
			if diff := cmp.Diff(project.NotFound(c.project), err); diff != "" {
				t.Errorf("another project does not look as if it did not exist:\n%s", diff)
			}
		}
		if c.want == denied && errs.KindOf(err) != errs.Denied {
			t.Errorf("%v is %v, want denied", err, errs.KindOf(err))
		}
	}
	// The key nobody has opens nothing.
	for _, need := range account.Scopes {
		for _, id := range []ident.ProjectID{"", "shop"} {
			if account.Allows(account.Key{}, need, id) == nil {
				t.Errorf("no key is good for %s on %q", need, id)
			}
		}
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return errs.CodeOf(err)
}
