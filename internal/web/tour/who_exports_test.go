package tour_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/right"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

// exporters are the lists below something of the shop, written by hand from the rules of people and rights (docs/rules/access.md): of owner,
// administrator, marketer, manager, accountant, reader and agency those who take it away as a file have a y, the others an x. The lists
// with an address of their own are in testdata/exports.txt of package cabinet.
var exporters = map[string]string{
	"/p/{project}/clients/{client}":                       "yyyxxxy", // calls: as the log of calls
	"/p/{project}/funds/book/versions/{version}":          "yyxxyxy", // prices: as the rest of money
	"/p/{project}/funds/days/{day}":                       "yyxxyxy", // money: who runs the project, and the accountant
	"/p/{project}/funds/days/{day}/calls":                 "yyxxyxy",
	"/p/{project}/funds/days/{day}/messages":              "yyxxyxy",
	"/p/{project}/numbers/{number}":                       "yyyxyxy", // numbers: who rents them, and the accountant who pays for them
	"/p/{project}/settings/webhooks/{webhook}/deliveries": "yyxxxxy", // webhooks: who sets the project up
	"/p/{project}/tracking/sites/{site}/versions":         "yyyxxxy", // call tracking: who answers for adverts
}

// whoExports asks for the file of every list that the walk found below something of the shop, at the operator and at an agency, as people
// in each role: a right to see is no right to take away. Rule A-07.
func (h *house) whoExports(t *testing.T, pages []page) {
	roles := []*cabinettest.Person{
		h.owner, h.exporter(shop, access.Administrator), h.exporter(shop, access.Marketer), h.exporter(shop, access.Manager), h.exporter(shop, access.Accountant),
		h.exporter(shop, access.ReadOnly), h.agent,
	}
	lookers := map[string]*cabinettest.Person{"/op": h.looker(t, ident.Operator), "/a/": h.looker(t, ident.AgencyOrg("lime"))}
	found := map[string]bool{}
	for _, p := range pages {
		link, pattern := exportLink(p.body), strings.TrimPrefix(p.pattern, "GET ")
		if link == "" {
			continue
		}
		switch within, ofShop := strings.CutPrefix(pattern, "/p/{project}/"); {
		case ofShop && strings.Contains(within, "{"):
			found[pattern] = true
			letters := ""
			for _, who := range roles {
				letters += map[bool]string{true: "y", false: "x"}[takesAway(who, link)]
			}
			if letters != exporters[pattern] {
				t.Errorf("%s is exported by %s, want %q", pattern, letters, exporters[pattern])
			}
		case !ofShop && len(pattern) > 3 && lookers[pattern[:3]] != nil:
			found[pattern] = true
			looker := lookers[pattern[:3]]
			if got := looker.Get(p.path); got.Status != http.StatusOK {
				t.Errorf("%s: who may see everything sees %d", pattern, got.Status)
			}
			if takesAway(looker, link) {
				t.Errorf("%s is taken away by who may only look", pattern)
			}
		}
	}
	for pattern := range exporters {
		if !found[pattern] {
			t.Errorf("%s is no list that the walk found", pattern)
		}
	}
	t.Logf("%d lists", len(found))
}

// takesAway tells whether somebody gets the file of a list.
func takesAway(who *cabinettest.Person, link string) bool {
	got := who.Get(link)
	return got.Status == http.StatusOK && strings.HasPrefix(got.Header.Get("Content-Type"), "text/csv")
}

// looker is somebody in an organisation who sees everything and may do nothing else, until the test ends.
func (h *house) looker(t *testing.T, org ident.Org) *cabinettest.Person {
	permit, head := h.Permit(org), access.OperatorRole
	if org.Kind == ident.AgencyKind {
		head = access.AgencyRole
	}
	var role access.Role
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if role, err = access.CopyRole(ctx, tx, permit, rand.Reader, head, "Looker", h.Now()); err != nil {
			return err
		}
		var sees access.Matrix
		for o := range access.Object(right.ObjectCount) {
			sees = sees.With(access.View, o, role.Matrix.Level(access.View, o))
		}
		_, err = access.EditRole(ctx, tx, permit, role.ID, role.Version, role.Name, sees, h.Now())
		return err
	})
	who := h.exporter(org, role.ID)
	t.Cleanup(func() {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(
				access.RemoveMember(ctx, tx, permit, h.App.Billing, who.ID, "", h.Now()),
				access.RetireRole(ctx, tx, permit, role.ID, h.Now()))
		})
	})
	return who
}

// exporter is somebody in a role who asks for files.
func (h *house) exporter(org ident.Org, role access.RoleID) *cabinettest.Person {
	u := h.User("exporter-" + string(org.Kind) + "-" + string(role) + "@example.com")
	h.Join(u, org, role)
	return h.SignIn(u)
}
