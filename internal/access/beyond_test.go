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
				return access.BlockEverywhere(ctx, tx, p, h.counted, id, nil, noon)
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

// An invitation gives nothing that whoever sent it may no longer give, wherever they lost the right. Rule A-09.
func TestInvitationsGiveWhatTheirSenderMayGive(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(h *house, boss account.UserID) error{
		"removed from the agency": func(h *house, boss account.UserID) error {
			p := h.permit(boss, north)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.RemoveMember(ctx, tx, p, h.counted, h.agent, "", noon)
			})
		},
		"another role in the agency": func(h *house, boss account.UserID) error {
			p := h.permit(boss, north)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.SetRole(ctx, tx, p, h.agent, access.ReadOnly, noon)
				return err
			})
		},
		"blocked by the operator": func(h *house, _ account.UserID) error {
			p := h.permit(h.op, ident.Operator)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.BlockEverywhere(ctx, tx, p, h.counted, h.agent, nil, noon)
			})
		},
		"the project left the agency": func(h *house, _ account.UserID) error {
			p := h.permit(h.op, ident.Operator)
			return h.do(func(ctx context.Context, tx *store.Tx) error { return access.MoveProject(ctx, tx, p, "shop", "", noon) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, storetest.SQLite(t))
			boss := h.user("boss@example.com")
			h.join(h.op, north, boss, access.AgencyRole)
			_, secret, err := h.invite(h.permit(h.agent, shop), "friend@example.com", access.Owner)
			wantCode(t, err, "")
			if _, _, err := access.InvitationOf(t.Context(), h.db, secret, noon); err != nil {
				t.Fatal(err)
			}
			wantCode(t, lose(h, boss), "")
			_, _, err = access.InvitationOf(t.Context(), h.db, secret, noon)
			wantCode(t, err, "access.bad_invitation")
			_, err = h.acceptNew(secret, "", noon)
			wantCode(t, err, "access.bad_invitation")
			h.listsAsVoid(h.permit(h.shopOwner, shop))
		})
	}
}

// A role that is narrowed takes with it what its holders' invitations would give. Rule A-09.
func TestInvitationsAfterTheirSendersRoleIsNarrowed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		owner := h.permit(h.shopOwner, shop)
		made, err := h.copyRole(owner, access.Administrator, "Sub")
		wantCode(t, err, "")
		ann := h.employee("ann@example.com", made.ID)
		_, secret, err := h.invite(h.permit(ann, shop), "friend@example.com", access.Administrator)
		wantCode(t, err, "")
		_, err = h.editRole(owner, made.ID, 1, access.Matrix{}.With(access.View, access.Chat, access.All))
		wantCode(t, err, "")
		_, err = h.acceptNew(secret, "", noon)
		wantCode(t, err, "access.bad_invitation")
		h.listsAsVoid(owner)
	})
}

// listsAsVoid looks for an invitation that is still listed as one to wait for.
func (h *house) listsAsVoid(p access.Permit) {
	h.Helper()
	list, err := access.Invitations(h.Context(), h.db, p, noon)
	if err != nil {
		h.Fatal(err)
	}
	for _, i := range list {
		if i.Waits(noon) {
			h.Errorf("listed as valid: %+v", i)
		}
	}
}

// makeKey makes a key of the shop by somebody's permit there.
func (h *house) makeKey(by account.UserID) (secret string) {
	h.Helper()
	p := h.permit(by, shop)
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, _, err = access.MakeKey(ctx, tx, p, chance{}, "hers", account.ProjectRead, time.Time{}, noon)
		return err
	})
	return secret
}

// A key dies with its maker's leaving: it does not open again when they come back. Rule A-08.
func TestKeysDieWithLeaving(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		remove := func(by account.UserID, org ident.Org, id account.UserID) {
			t.Helper()
			p := h.permit(by, org)
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return access.RemoveMember(ctx, tx, p, h.counted, id, "", noon)
			})
			h.fresh()
		}
		opens := func(secret string) error {
			_, err := account.Authenticate(t.Context(), db, secret, noon)
			return err
		}
		ann := h.employee("ann@example.com", access.Administrator)
		hers, owners := h.makeKey(ann), h.makeKey(h.shopOwner)
		remove(h.shopOwner, shop, ann)
		h.join(h.shopOwner, shop, ann, access.ReadOnly)
		wantCode(t, opens(hers), "account.bad_key")
		wantCode(t, opens(owners), "")

		// An agent's keys of the agency's projects die with leaving the agency, but where they stand otherwise.
		both := h.user("both@example.com")
		h.join(h.op, north, both, access.AgencyRole)
		h.join(h.shopOwner, shop, both, access.Administrator)
		agents, stays := h.makeKey(h.agent), h.makeKey(both)
		remove(h.op, north, both)
		wantCode(t, opens(stays), "")
		h.join(h.op, north, both, access.AgencyRole)
		remove(both, north, h.agent)
		wantCode(t, opens(agents), "account.bad_key")
		h.join(h.op, north, h.agent, access.AgencyRole)
		wantCode(t, opens(agents), "account.bad_key")
	})
}

// A view shows an operator nothing that their own role does not. Rule A-14.
func TestAViewWidensNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		looker := h.narrow("looker@example.com", access.Matrix{}.With(access.View, access.Projects, access.All).
			With(access.Edit, access.ViewAs, access.All).With(access.View, access.Numbers, access.All))
		view := func(by account.UserID) access.Principal {
			p := h.permit(by, ident.Operator)
			var s account.Session
			h.must(func(ctx context.Context, tx *store.Tx) (err error) {
				_, s, err = access.OpenView(ctx, tx, p, chance{}, h.shopOwner, "shop", "a question", noon)
				return err
			})
			return access.BySession(s, from)
		}
		may := func(p access.Principal, o access.Object) error {
			_, err := h.gate.May(t.Context(), p, access.View, o, shop, noon)
			return err
		}
		theirs, full := view(looker), view(h.op)
		for _, hidden := range []access.Object{access.Funds, access.Keys, access.People} {
			wantCode(t, may(theirs, hidden), "access.denied")
			wantCode(t, may(full, hidden), "")
		}
		wantCode(t, may(theirs, access.Numbers), "")
	})
}
