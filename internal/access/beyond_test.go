package access_test

import (
	"context"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// narrow gives somebody new a role of the operator's own with nothing but a matrix.
func (h *house) narrow(email string, matrix access.Matrix) account.UserID {
	h.Helper()
	op := h.permit(h.op, ident.Operator)
	role, err := h.copyRole(op, access.OperatorRole, email)
	if err == nil {
		_, err = h.editRole(op, role.ID, 1, matrix)
	}
	if err != nil {
		h.Fatal(err)
	}
	id := h.user(email)
	h.join(h.op, ident.Operator, id, role.ID)
	return id
}

// Whoever may change people and nothing else shuts out, and lets in, nobody who may more. Rule A-09.
func TestBlockEverywhereStaysWithinOnesRights(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		second, idle := h.user("second@example.com"), h.user("idle@example.com")
		h.join(h.op, ident.Operator, second, access.OperatorRole)
		people := access.Matrix{}.With(access.View, access.People, access.All).With(access.Edit, access.People, access.All)
		staff := h.narrow("staff@example.com", people)
		peer := h.narrow("peer@example.com", people)
		block := func(by, id account.UserID) error {
			p := h.permit(by, ident.Operator)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.BlockEverywhere(ctx, tx, p, h.counted, id, noon)
			})
		}
		unblock := func(by, id account.UserID) error {
			p := h.permit(by, ident.Operator)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.UnblockEverywhere(ctx, tx, p, h.counted, id, noon)
			})
		}
		for _, beyond := range []account.UserID{second, h.op, h.shopOwner, h.agent} {
			wantCode(t, block(staff, beyond), "access.beyond_own")
			h.fresh()
		}
		wantCode(t, h.enter(signedIn(h.shopOwner), shop), "")
		wantCode(t, block(staff, peer), "")
		wantCode(t, block(staff, idle), "") // who belongs nowhere has no rights
		wantCode(t, block(h.op, second), "")
		h.fresh()
		wantCode(t, unblock(staff, second), "access.beyond_own")
		wantCode(t, unblock(staff, peer), "")
		wantCode(t, unblock(h.op, second), "")
	})
}
