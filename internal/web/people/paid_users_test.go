package people_test

import (
	"context"
	"crypto/rand"
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
		return access.BlockEverywhere(ctx, tx, permit, nil, fourth.ID, o.Now())
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
	for range 2 {
		if err := o.App.CarryNews(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, o.paidUsers()); diff != "" {
		t.Errorf("paid users:\n%s", diff)
	}
}
