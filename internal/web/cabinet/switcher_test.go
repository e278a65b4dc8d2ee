package cabinet_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// Every link of the switcher opens a page of the organisation it names, whatever its reader may there: also without the right to
// the page that the organisation begins with.
func TestSwitcherLeadsIntoEveryOrganisation(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	h.Agency("mine", "shop")
	agency := ident.AgencyOrg("mine")
	people := access.Matrix{}.With(access.View, access.People, access.All)
	for name, member := range map[string]struct {
		org  ident.Org
		role access.RoleID
		to   string // the page that the organisation opens with for them
	}{
		"owner":                    {shop, access.Owner, "/p/shop"},
		"manager":                  {shop, access.Manager, "/p/shop"},
		"people alone":             {shop, ownRole(h, shop, access.Manager, people), "/p/shop"},
		"agency":                   {agency, access.AgencyRole, "/a/mine/projects"},
		"agency without portfolio": {agency, ownRole(h, agency, access.AgencyRole, people), "/a/mine/people"},
		"operator":                 {ident.Operator, access.OperatorRole, "/op"},
		"operator without node":    {ident.Operator, ownRole(h, ident.Operator, access.OperatorRole, people), "/op/people"},
	} {
		u := h.User(strings.ReplaceAll(name, " ", "-") + "@example.com")
		h.Join(u, member.org, member.role)
		who := h.SignIn(u)
		links := switcherOf(t, who.Get("/me").Must(t, http.StatusOK).Body)
		if len(links) == 0 {
			t.Errorf("%s: the switcher is empty", name)
		}
		for _, link := range links {
			if got := who.Get(link); got.Status != http.StatusOK {
				t.Errorf("%s: the switcher leads to %s, which answers %d", name, link, got.Status)
			}
		}
		if got := who.Get(cabinet.Base(member.org)); got.Status != http.StatusOK || got.Path != member.to {
			t.Errorf("%s: %s leads to %s (%d), want %s", name, cabinet.Base(member.org), got.Path, got.Status, member.to)
		}
	}
}

// ownRole is a role of an organisation's own with a matrix.
func ownRole(h *cabinettest.House, org ident.Org, from access.RoleID, m access.Matrix) access.RoleID {
	h.Helper()
	var role access.Role
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if role, err = access.CopyRole(ctx, tx, h.Permit(org), rand.Reader, from, "Narrow", h.Now()); err == nil {
			_, err = access.EditRole(ctx, tx, h.Permit(org), role.ID, role.Version, role.Name, m, h.Now())
		}
		return err
	})
	return role.ID
}

// switcherOf are the addresses of the organisations to choose from.
func switcherOf(t *testing.T, body string) (links []string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Data != "a" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "href" && (strings.HasPrefix(a.Val, "/p/") || strings.HasPrefix(a.Val, "/a/") || strings.HasPrefix(a.Val, "/op")) {
				links = append(links, a.Val)
			}
		}
	}
	return links
}
