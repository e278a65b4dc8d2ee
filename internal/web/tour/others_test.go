package tour_test

import (
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// The walks that need no browser, in a house of their own: as everybody but the operator, as the owner of another project, and what
// each form leaves in the trail.
func TestFurtherTours(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	w := h.walk() // before there are more people than it opens pages of
	t.Run("as others", h.asOthers)
	t.Run("as a neighbour", func(t *testing.T) { h.asNeighbour(t, w) })
	t.Run("who exports", func(t *testing.T) { h.whoExports(t, w.found()) })
	t.Run("trail", func(t *testing.T) { h.everyChangeIsInTheTrail(t, w) })
}

// asOthers walks as each built-in role: no page that somebody may open has a link that they may not follow.
func (h *house) asOthers(t *testing.T) {
	base := cabinet.Base(shop)
	for name, one := range map[string]struct {
		who  *cabinettest.Person
		from string
	}{
		"owner": {h.owner, base}, "agent": {h.agent, "/a/lime"}, "administrator": {h.walker(access.Administrator), base},
		"marketer": {h.walker(access.Marketer), base}, "manager": {h.walker(access.Manager), base},
		"accountant": {h.walker(access.Accountant), base}, "read-only": {h.walker(access.ReadOnly), base},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const mostARoute, leastRoutes = 3, 25
			w := h.walkAs(t, one.who, mostARoute, one.from, "/me", "/help", "/")
			if len(w.pages) < leastRoutes {
				t.Errorf("only %d routes are reached", len(w.pages))
			}
		})
	}
}

// walker is a member of the shop who is there to look around.
func (h *house) walker(role access.RoleID) *cabinettest.Person {
	u := h.User("walker-" + string(role) + "@example.com")
	h.Join(u, shop, role)
	return h.SignIn(u)
}
