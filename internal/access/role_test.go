package access_test

import (
	"context"
	"crypto/rand"
	"testing"

	"bellwether/internal/ident"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"pgregory.net/rapid"
)

func (h *house) copyRole(p access.Permit, of access.RoleID, name string) (r access.Role, err error) {
	return r, h.do(func(ctx context.Context, tx *store.Tx) error {
		r, err = access.CopyRole(ctx, tx, p, rand.Reader, of, name, noon)
		return err
	})
}

func (h *house) editRole(p access.Permit, id access.RoleID, version int64, m access.Matrix) (r access.Role, err error) {
	return r, h.do(func(ctx context.Context, tx *store.Tx) error {
		r, err = access.EditRole(ctx, tx, p, id, version, "Supervisor", m, noon)
		return err
	})
}

// Rule A-11.
func TestOwnRoles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		owner := h.permit(h.shopOwner, shop)
		made, err := h.copyRole(owner, access.Manager, "Supervisor")
		if err != nil || made.Version != 1 || made.CopiedFrom != access.Manager {
			t.Fatalf("%+v, %v", made, err)
		}
		ann, bob := h.employee("ann@example.com", made.ID), h.employee("bob@example.com", access.Manager)
		wider := made.Matrix.With(access.View, access.Calls, access.InDepartment).With(access.Listen, access.Calls, access.InDepartment)
		edited, err := h.editRole(owner, made.ID, 1, wider)
		if err != nil || edited.Version != 2 {
			t.Fatalf("%+v, %v", edited, err)
		}
		_, err = h.editRole(owner, made.ID, 1, wider)
		wantCode(t, err, "access.role_changed")
		var sales access.Department
		h.must(func(ctx context.Context, tx *store.Tx) error {
			if sales, err = access.MakeDepartment(ctx, tx, owner, rand.Reader, "Sales", noon); err != nil {
				return err
			}
			return access.SetPeople(ctx, tx, owner, sales.ID, []account.UserID{ann, bob, ann}, noon)
		})
		h.fresh()
		reach, err := h.gate.May(t.Context(), signedIn(ann), access.Listen, access.Calls, shop, noon)
		if err != nil || !reach.Covers(bob) || reach.Covers(h.shopOwner) {
			t.Errorf("a supervisor reaches %+v, %v", reach, err)
		}

		for what, m := range map[string]access.Matrix{
			"an operator's object":      wider.With(access.Edit, access.Adjustments, access.All),
			"ownership":                 wider.With(access.Edit, access.Ownership, access.All),
			"listening to funds":        wider.With(access.Listen, access.Funds, access.All),
			"one's own funds":           wider.With(access.View, access.Funds, access.Own),
			"changing what is not seen": wider.With(access.Edit, access.Costs, access.All),
			"changing more than seen":   wider.With(access.View, access.Orders, access.Own),
		} {
			if _, err := h.editRole(owner, made.ID, 2, m); err == nil {
				t.Errorf("a role with %s", what)
			} else {
				wantCode(t, err, "access.bad_matrix")
			}
		}
		_, err = h.editRole(h.permit(bob, shop), made.ID, 2, wider)
		wantCode(t, err, "access.denied")
		_, err = h.editRole(h.permit(h.bankOwner, bank), made.ID, 2, wider)
		wantCode(t, err, "access.no_role") // another project's
		_, err = h.editRole(owner, access.Manager, 0, wider)
		wantCode(t, err, "access.no_role") // built in
		_, err = h.copyRole(owner, access.OperatorRole, "Root")
		wantCode(t, err, "access.no_role")
		_, err = h.copyRole(owner, access.Owner, "\x00")
		wantCode(t, err, "access.bad_name")

		retire := func() error {
			return h.do(func(ctx context.Context, tx *store.Tx) error { return access.RetireRole(ctx, tx, owner, made.ID, noon) })
		}
		wantCode(t, retire(), "access.role_in_use")
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.SetRole(ctx, tx, owner, ann, access.Manager, noon)
			return err
		})
		wantCode(t, retire(), "")
		err = h.do(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.SetRole(ctx, tx, owner, ann, made.ID, noon)
			return err
		})
		wantCode(t, err, "access.no_role")
		versions, err := access.RoleVersions(t.Context(), db, ident.ProjectOrg("shop"), made.ID)
		if err != nil || len(versions) != 3 || !versions[0].Retired || versions[1].Matrix != wider || versions[2].Matrix != made.Matrix {
			t.Errorf("versions %+v, %v", versions, err)
		}
		roles, err := access.OwnRoles(t.Context(), db, ident.ProjectOrg("shop"))
		if err != nil || len(roles) != 0 {
			t.Errorf("still on the list: %v, %v", roles, err)
		}
	})
}

// Whatever matrix somebody asks for, a role never gets more than they have themselves. Rule A-09.
func TestNobodyMakesARoleBeyondTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	owner := h.permit(h.shopOwner, shop)
	clerk, err := h.copyRole(owner, access.ReadOnly, "Clerk")
	if err != nil {
		t.Fatal(err)
	}
	// A clerk who may edit roles and people, and little else.
	matrix := access.Matrix{}.With(access.View, access.Roles, access.All).With(access.Edit, access.Roles, access.All).
		With(access.View, access.People, access.All).With(access.Edit, access.People, access.All).
		With(access.View, access.Calls, access.Own).With(access.View, access.Reports, access.All)
	if _, err := h.editRole(owner, clerk.ID, 1, matrix); err != nil {
		t.Fatal(err)
	}
	p := h.permit(h.employee("clerk@example.com", clerk.ID), shop)
	_, err = h.copyRole(p, access.Manager, "More")
	wantCode(t, err, "access.beyond_own")
	weak, err := h.copyRole(owner, access.Manager, "Weak")
	if err != nil {
		t.Fatal(err)
	}
	if weak, err = h.editRole(owner, weak.ID, 1, access.Matrix{}.With(access.View, access.Reports, access.All)); err != nil {
		t.Fatal(err)
	}
	version := weak.Version
	rapid.Check(t, func(r *rapid.T) {
		want := anyMatrix(r, "rights")
		got, err := h.editRole(p, weak.ID, version, want)
		if err == nil {
			version = got.Version
		}
		if err == nil && !want.Within(matrix) {
			r.Fatalf("a clerk made %+v", want)
		}
	})
	if version == weak.Version {
		t.Error("nothing was ever allowed: this test cannot fail")
	}
}

// An operator with a role of their own does what it says and no more: what the API asks of an operator's key is not theirs. Rules.
func TestOwnRoleOfTheOperator(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		op := h.permit(h.op, ident.Operator)
		made, err := h.copyRole(op, access.OperatorRole, "Cashier")
		if err != nil {
			t.Fatal(err)
		}
		narrow := access.Matrix{}.With(access.View, access.Adjustments, access.All).With(access.Edit, access.Adjustments, access.All).
			With(access.View, access.Roles, access.All).With(access.Edit, access.Roles, access.All)
		if _, err := h.editRole(op, made.ID, 1, narrow); err != nil {
			t.Fatal(err)
		}
		cashier := h.user("cashier@example.com")
		h.join(h.op, ident.Operator, cashier, made.ID)
		p := h.permit(cashier, ident.Operator)
		if !p.Allows(access.Edit, access.Adjustments) || p.Allows(access.View, access.PriceBooks) || p.Whole() || !op.Whole() {
			t.Errorf("a cashier may %+v", p.Matrix())
		}
		_, err = h.copyRole(p, access.OperatorRole, "More")
		wantCode(t, err, "access.beyond_own")
		if mine, err := h.copyRole(p, made.ID, "As I"); err != nil || !mine.Matrix.Within(p.Matrix()) {
			t.Errorf("%+v, %v", mine, err)
		}
		roles, err := access.OwnRoles(t.Context(), db, shop)
		if err != nil || len(roles) != 0 {
			t.Errorf("the shop has the operator's roles: %v, %v", roles, err)
		}
	})
}
