package people_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Of four paid users one is blocked everywhere, three are left; whoever takes up an invitation is the fourth. News that come
// twice change nothing.
func TestPaidUsersFollowWhoMayComeIn(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.OpenProject(project.Opening{ID: "orders", Name: "Orders", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "50000")
	_, fourth := o.termPeople()
	operator, fifth := o.Operator(), o.User("fifth@example.com")
	permit, err := o.App.Gate.Enter(t.Context(), access.BySession(operator.Session, audit.Program("test")), ident.Operator, o.Now())
	if err != nil {
		t.Fatal(err)
	}
	o.paid(t, 4)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return access.BlockEverywhere(ctx, tx, permit, nil, fourth.ID, nil, o.Now())
	})
	o.paid(t, 3)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, secret, err := access.Invite(ctx, tx, o.Permit(orders), rand.Reader, "fifth@example.com", access.Manager, o.Now())
		if err != nil {
			return err
		}
		_, err = access.Accept(ctx, tx, audit.Program("test"), secret, fifth.ID, o.Now())
		return err
	})
	o.paid(t, 4)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return access.UnblockEverywhere(ctx, tx, permit, nil, fourth.ID, o.Now())
	})
	o.paid(t, 5)
}

// paid delivers the news, and fails unless orders has so many paid users.
func (o *office) paid(t *testing.T, want int) {
	t.Helper()
	if err := o.App.CarryNews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, o.paidUsers()); diff != "" {
		t.Errorf("paid users:\n%s", diff)
	}
}

// Members from before there were news of them are counted at the first start, once; whom a program named by an address is no second user, and
// news that come again after a crash count nobody twice. Rule B-51.
func TestPaidUsersAfterABacklog(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.OpenProject(project.Opening{ID: "orders", Name: "Orders", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "50000")
	first, second := o.named("First", orders, access.Owner), o.named("Second", orders, access.Manager)
	third := o.named("Third", orders, access.Manager)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM event_outbox"); err != nil { // purged after a month
			return err
		}
		if _, err := o.App.Billing.AddUser(ctx, tx, "orders", strings.ToUpper(first.Email), o.Now()); err != nil {
			return err
		}
		if _, err := o.App.Billing.AddUser(ctx, tx, "orders", "a program’s own", o.Now()); err != nil {
			return err
		}
		_, err := access.Block(ctx, tx, o.Permit(orders), nil, third.ID, "", o.Now())
		return err
	})
	o.paid(t, 3)                                            // the first by the address, the second, and whom only the program knows
	o.Write(func(ctx context.Context, tx *store.Tx) error { // the position is lost: everything comes again
		_, err := tx.Exec(ctx, "UPDATE event_cursor SET position = 0 WHERE subscriber = 'paid-users'")
		return err
	})
	o.paid(t, 3)
	o.Write(func(ctx context.Context, tx *store.Tx) error { // a program counts the second a second time, by the address
		_, err := o.App.Billing.AddUser(ctx, tx, "orders", second.Email, o.Now())
		return err
	})
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Block(ctx, tx, o.Permit(orders), nil, second.ID, "", o.Now())
		return err
	})
	o.paid(t, 2) // neither by the id nor by the address
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Unblock(ctx, tx, o.Permit(orders), nil, second.ID, o.Now())
		return err
	})
	o.paid(t, 3)
}
