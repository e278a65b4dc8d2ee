package access_test

import (
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Only the operator learns what somebody is a member of.
func TestMemberships(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann := h.employee("ann@example.com", access.Manager)
		h.join(h.bankOwner, bank, ann, access.Marketer)
		list, err := access.Memberships(t.Context(), db, h.permit(h.op, ident.Operator), ann)
		if err != nil || len(list) != 2 {
			t.Fatalf("%v, %v", list, err)
		}
		same(t, "organisations", []ident.Org{bank, shop}, []ident.Org{list[0].Org, list[1].Org})
		same(t, "roles", []access.RoleID{access.Marketer, access.Manager}, []access.RoleID{list[0].Role, list[1].Role})
		_, err = access.Memberships(t.Context(), db, h.permit(h.op, ident.Operator), "nobody")
		wantCode(t, err, "account.no_user")
		for who, p := range map[string]access.Permit{"an owner": h.permit(h.shopOwner, shop), "an agency": h.permit(h.agent, north), "an operator in a project": h.permit(h.op, shop)} {
			if _, err := access.Memberships(t.Context(), db, p, ann); err == nil {
				t.Errorf("%s reads them", who)
			}
		}
	})
}
