package access_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A key does what its scope and its maker may, and nothing once the maker is shut out. Rule A-08.
func TestKeysOfPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		admin, manager := h.employee("admin@example.com", access.Administrator), h.employee("manager@example.com", access.Manager)
		makeKey := func(p access.Permit, scope account.Scope) (secret string, k account.Key, err error) {
			return secret, k, h.do(func(ctx context.Context, tx *store.Tx) error {
				secret, k, err = access.MakeKey(ctx, tx, p, chance{}, "PBX", scope, time.Time{}, noon)
				return err
			})
		}
		_, _, err := makeKey(h.permit(manager, shop), account.ProjectRead)
		wantCode(t, err, "access.denied")
		_, _, err = makeKey(h.permit(admin, shop), account.Operator)
		wantCode(t, err, "account.scope_has_no_project")
		secret, made, err := makeKey(h.permit(admin, shop), account.ProjectWrite)
		wantCode(t, err, "")
		may := func(a access.Action, o access.Object) error {
			k, err := account.Authenticate(t.Context(), db, secret, noon)
			if err != nil {
				return err
			}
			_, err = h.gate.May(t.Context(), access.ByKey(k, from), a, o, shop, noon)
			return err
		}
		wantCode(t, may(access.Edit, access.Products), "")
		owner := h.permit(h.shopOwner, shop)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.SetRole(ctx, tx, owner, admin, access.ReadOnly, noon)
			return err
		})
		h.fresh()
		wantCode(t, may(access.Edit, access.Products), "access.denied")
		wantCode(t, may(access.View, access.Products), "")
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Block(ctx, tx, owner, nil, admin, "", noon)
			return err
		})
		h.fresh()
		wantCode(t, may(access.View, access.Products), "account.bad_key")

		list, err := access.ListKeys(t.Context(), db, owner, "", 10)
		if err != nil || len(list) != 1 || list[0].MadeBy != admin {
			t.Errorf("%+v, %v", list, err)
		}
		revoke := func(p access.Permit) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.RevokeKey(ctx, tx, p, made.ID, noon)
				return err
			})
		}
		wantCode(t, revoke(h.permit(h.bankOwner, bank)), "account.no_key")
		wantCode(t, revoke(h.permit(h.op, ident.Operator)), "account.no_key")
		wantCode(t, revoke(owner), "")
	})
}
