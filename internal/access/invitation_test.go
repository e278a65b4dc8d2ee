package access_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func (h *house) invite(p access.Permit, email string, role access.RoleID) (i access.Invitation, secret string, err error) {
	return i, secret, h.do(func(ctx context.Context, tx *store.Tx) error {
		i, secret, err = access.Invite(ctx, tx, p, rand.Reader, email, role, noon)
		return err
	})
}

func (h *house) accept(secret string, id account.UserID, at time.Time) error {
	return h.do(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Accept(ctx, tx, from, secret, id, at)
		return err
	})
}

func (h *house) acceptNew(secret, email string, at time.Time) (u account.User, err error) {
	n := h.person(email)
	return u, h.do(func(ctx context.Context, tx *store.Tx) error {
		u, _, err = access.AcceptNew(ctx, tx, from, rand.Reader, secret, n, at)
		return err
	})
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		admin, manager := h.employee("admin@example.com", access.Administrator), h.employee("manager@example.com", access.Manager)
		owner := h.permit(h.shopOwner, shop)
		for _, c := range []struct {
			by    account.UserID
			email string
			role  access.RoleID
			want  string
		}{
			{manager, "new@example.com", access.ReadOnly, "access.denied"},
			{admin, "new@example.com", access.Owner, "access.beyond_own"},
			{h.shopOwner, "new@example.com", access.OperatorRole, "access.no_role"},
			{h.shopOwner, "new", access.Manager, "account.bad_email"},
			{h.shopOwner, "MANAGER@example.com", access.Manager, "access.is_member"},
		} {
			_, _, err := h.invite(h.permit(c.by, shop), c.email, c.role)
			wantCode(t, err, c.want)
		}
		_, void, err := h.invite(owner, "new@example.com", access.Manager)
		wantCode(t, err, "")
		first, secret, err := h.invite(owner, "New@example.com", access.Marketer)
		wantCode(t, err, "")
		const week = 7 * 24 * time.Hour
		i, hasUser, err := access.InvitationOf(t.Context(), db, secret, noon.Add(week-time.Microsecond))
		if err != nil || hasUser || i != first || i.Role != access.Marketer || i.InvitedBy != h.shopOwner {
			t.Errorf("the page shows %+v, %v, %v", i, hasUser, err)
		}
		for _, bad := range []string{"", "bwt", void, secret + "0", secret[:len(secret)-1], "\x00"} {
			_, err := h.acceptNew(bad, "new@example.com", noon)
			wantCode(t, err, "access.bad_invitation")
		}
		_, err = h.acceptNew(secret, "new@example.com", noon.Add(week))
		wantCode(t, err, "access.bad_invitation")
		wantCode(t, h.accept(secret, h.bankOwner, noon), "access.other_address")

		again := func(id access.InvitationID, p access.Permit) (secret string, err error) {
			return secret, h.do(func(ctx context.Context, tx *store.Tx) error {
				_, secret, err = access.Resend(ctx, tx, p, rand.Reader, id, noon)
				return err
			})
		}
		_, err = again(first.ID, h.permit(h.bankOwner, bank))
		wantCode(t, err, "access.no_invitation") // another project's
		resent, err := again(first.ID, owner)
		wantCode(t, err, "")
		_, err = h.acceptNew(secret, "", noon)
		wantCode(t, err, "access.bad_invitation")
		u, err := h.acceptNew(resent, "other@example.com", noon)
		if err != nil || u.Email != "New@example.com" || u.ConfirmedAt.IsZero() {
			t.Errorf("%+v, %v", u, err)
		}
		_, err = h.acceptNew(resent, "", noon)
		wantCode(t, err, "access.bad_invitation") // once
		m, err := access.GetMember(t.Context(), db, shop, u.ID)
		if err != nil || m.Role != access.Marketer || m.InvitedBy != h.shopOwner {
			t.Errorf("%+v, %v", m, err)
		}
		// An existing user signs in and accepts.
		_, secret, err = h.invite(owner, "BANK@example.com", access.ReadOnly)
		wantCode(t, err, "")
		if _, hasUser, err := access.InvitationOf(t.Context(), db, secret, noon); err != nil || !hasUser {
			t.Errorf("has a user: %v, %v", hasUser, err)
		}
		_, err = h.acceptNew(secret, "", noon)
		wantCode(t, err, "account.email_taken")
		wantCode(t, h.accept(secret, h.bankOwner, noon), "")
		list, err := access.Invitations(t.Context(), db, owner, noon)
		if err != nil || len(list) != 0 {
			t.Errorf("left over: %v, %v", list, err)
		}
	})
}

// Nobody gets through an invitation what whoever sent it may no longer give. Rule A-09.
func TestInvitationsLapse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		admin := h.employee("admin@example.com", access.Administrator)
		_, secret, err := h.invite(h.permit(admin, shop), "new@example.com", access.Administrator)
		wantCode(t, err, "")
		owner := h.permit(h.shopOwner, shop)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Block(ctx, tx, owner, nil, admin, "", noon)
			return err
		})
		_, err = h.acceptNew(secret, "", noon)
		wantCode(t, err, "access.bad_invitation")
	})
}

func TestTheFirstOperator(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		offer := func() error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.OfferSetup(ctx, tx, rand.Reader, noon)
				return err
			})
		}
		wantCode(t, offer(), "access.has_operator")
		members, err := access.Members(t.Context(), db, h.permit(h.op, ident.Operator), "", 10)
		if err != nil || len(members) != 1 || members[0].User != h.op || members[0].Role != access.OperatorRole {
			t.Errorf("%+v, %v", members, err)
		}
	})
}

func TestAProjectIsFoundedOnce(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	h := newHouse(t, db)
	id := h.user("thief@example.com")
	err := h.do(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.FoundProject(ctx, tx, from, "shop", id, noon)
		return err
	})
	wantCode(t, err, "access.has_members")
}

// An organisation has 100 open invitations at most, and mails 100 an hour, again or for the first time.
func TestInvitationsAreBounded(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	h := newHouse(t, db)
	owner := h.permit(h.shopOwner, shop)
	at := noon
	invite := func(i int) (made access.Invitation, err error) {
		return made, h.do(func(ctx context.Context, tx *store.Tx) error {
			made, _, err = access.Invite(ctx, tx, owner, rand.Reader, fmt.Sprintf("p%d@example.com", i), access.ReadOnly, at)
			return err
		})
	}
	resend := func(id access.InvitationID) (made access.Invitation, err error) {
		return made, h.do(func(ctx context.Context, tx *store.Tx) error {
			made, _, err = access.Resend(ctx, tx, owner, rand.Reader, id, at)
			return err
		})
	}
	var last access.Invitation
	for i := range 100 {
		var err error
		if last, err = invite(i); err != nil {
			t.Fatal(i, err)
		}
	}
	_, err := invite(100)
	wantCode(t, err, "access.too_many_invitations")
	_, err = resend(last.ID)
	wantCode(t, err, "access.too_many_mails")
	_, err = invite(7) // who has one open: again
	wantCode(t, err, "access.too_many_mails")
	at = at.Add(time.Hour)
	for range 100 {
		if last, err = resend(last.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err = resend(last.ID)
	wantCode(t, err, "access.too_many_mails")
	at = at.Add(8 * 24 * time.Hour) // all have expired
	_, err = invite(100)
	wantCode(t, err, "")
}
