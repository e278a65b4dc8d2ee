package pbx_test

import (
	"context"
	"testing"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Rules T-42 and T-66: an account has as many telephones registered as it is given, and the oldest gives way.
func TestDevicesOfAnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "10")
	permit, olena, petro := h.permit(ident.ProjectOrg(shop)), h.people["olena"].user, h.people["petro"].user
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.staff.EditAccount(ctx, tx, permit, olena, "", 2, true, h.began)
		return err
	})
	var sources []string
	for range 3 {
		h.phone("olena")
		all := h.stack.Contacts(olena) // the newest first
		sources = append(sources, all[0].Source.String())
	}
	left := h.stack.Contacts(olena)
	if len(left) != 2 || left[0].Source.String() != sources[2] || left[1].Source.String() != sources[1] {
		t.Errorf("of %v stay %+v", sources, left)
	}
	for range 4 {
		h.phone("petro")
	}
	if left := h.stack.Contacts(petro); len(left) != 3 {
		t.Errorf("with no limit of its own: %d telephones, not 3", len(left))
	}
}
