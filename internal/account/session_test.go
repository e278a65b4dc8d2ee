package account_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Rule A-06.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.user(annEmail)
		in := w.session(noon)
		const day = 24 * time.Hour
		if !w.isIn(in.Token, noon.Add(7*day-time.Microsecond)) || w.isIn(in.Token, noon.Add(7*day)) {
			t.Error("a session does not end after 7 days of nobody there")
		}
		for at := noon; at.Before(noon.Add(40 * day)); at = at.Add(6 * day) {
			sessions := account.NewSessions(db)
			_, u, err := sessions.Authenticate(t.Context(), in.Token, at)
			if alive := at.Before(noon.Add(30 * day)); (err == nil) != alive {
				t.Fatalf("%v after sign-in: %v", at.Sub(noon), err)
			} else if alive && u.Email != annEmail {
				t.Errorf("it is %+v who is signed in", u)
			}
			w.must(func(ctx context.Context, tx *store.Tx) error {
				return account.SaveSightings(ctx, tx, sessions.TakeSightings(at))
			})
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann, op := w.user(annEmail), w.user("op@example.com")
		first, second, third := w.session(noon), w.session(noon.Add(time.Second)), w.session(noon.Add(2*time.Second))
		var viewing account.Session
		var viewToken string
		w.must(func(ctx context.Context, tx *store.Tx) (err error) {
			viewToken, viewing, err = account.OpenSession(ctx, tx, tester, rand.Reader, account.NewSession{
				User: op.ID, ViewingAs: ann.ID, Project: "shop", Method: account.ByOperator, Lifetime: account.Viewing,
			}, noon.Add(3*time.Second))
			return err
		})
		at := noon.Add(time.Minute)
		list := func() (ids []account.SessionID) {
			sessions, err := account.ListSessions(t.Context(), db, ann.ID, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sessions {
				ids = append(ids, s.ID)
			}
			return ids
		}
		if diff := cmp.Diff([]account.SessionID{viewing.ID, third.Session.ID, second.Session.ID, first.Session.ID}, list()); diff != "" {
			t.Errorf("newest first, with who views as Ann (-want +got):\n%s", diff)
		}
		end := func(id account.SessionID) error {
			return w.do(func(ctx context.Context, tx *store.Tx) error {
				return account.EndSession(ctx, tx, tester, ann.ID, id, at)
			})
		}
		if err := end(second.Session.ID); err != nil || w.isIn(second.Token, at) || !w.isIn(first.Token, at) {
			t.Errorf("ending one: %v", err)
		}
		if err := end(viewing.ID); err != nil || w.isIn(viewToken, at) {
			t.Errorf("ending a view: %v", err)
		}
		wantCode(t, end(second.Session.ID), errs.NotFound, "account.no_session")
		w.must(func(ctx context.Context, tx *store.Tx) error {
			return account.EndOtherSessions(ctx, tx, tester, ann.ID, third.Session.ID, at)
		})
		if diff := cmp.Diff([]account.SessionID{third.Session.ID}, list()); diff != "" {
			t.Errorf("after ending the others (-want +got):\n%s", diff)
		}
		w.user("bob@example.com")
		bobs, err := w.signIn("bob@example.com", annWord, noon)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, end(bobs.Session.ID), errs.NotFound, "account.no_session") // another's
	})
}

// An ended session is refused within 5 seconds however it is cached, and reads cost one query in 3 seconds. Rule A-06.
func TestSessionsAreForgottenInTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		in := w.session(noon)
		q := &counted{Querier: db}
		sessions := account.NewSessions(q)
		at := noon
		for range 100 {
			if _, _, err := sessions.Authenticate(t.Context(), in.Token, at); err != nil {
				t.Fatal(err)
			}
			at = at.Add(100 * time.Millisecond)
		}
		if n := q.n.Load(); n != 8 { // four readings of session and user
			t.Errorf("%d queries for 100 requests in 10 seconds, want 8", n)
		}
		w.must(func(ctx context.Context, tx *store.Tx) error {
			return account.EndOtherSessions(ctx, tx, tester, ann.ID, "", at)
		})
		_, _, err := sessions.Authenticate(t.Context(), in.Token, at.Add(5*time.Second))
		wantCode(t, err, errs.Unauthenticated, "account.bad_session")
	})
}

func TestBadSessionTokens(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.user(annEmail)
		in := w.session(noon)
		for _, bad := range []string{
			"", "bws", in.Token + "0", in.Token[:len(in.Token)-1], flip(in.Token, len(in.Token)-1), flip(in.Token, 9), strings.Replace(in.Token, "bws", "bw", 1),
			"bws_" + strings.Repeat("\x00", 16) + in.Token[20:], strings.ToUpper(in.Token), strings.Repeat("bws_", 100_000),
		} {
			if w.isIn(bad, noon) {
				t.Errorf("%.60q opens", bad)
			}
		}
		if !w.isIn(in.Token, noon) {
			t.Error("the good one does not")
		}
	})
}
