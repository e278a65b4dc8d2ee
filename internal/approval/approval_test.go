package approval_test

import (
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// With a limit of 1,000: 1,000 is booked at once, 1,001 waits; without one everything is booked. Rule O-01.
func TestTheLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		r, err := o.pay(o.ann, "before", 50_000)
		o.is(r, err, approval.Booked, 50_000)
		if _, err := o.limit(o.ann, 1000*money.Unit); err != nil {
			t.Fatal(err)
		}
		r, err = o.pay(o.ben, "at", 1000)
		o.is(r, err, approval.Booked, 51_000)
		o.now = o.now.Add(25 * time.Hour)
		r, err = o.pay(o.ben, "above", 1001)
		o.is(r, err, approval.Waiting, 51_000)
		r, err = o.adjust(o.ben, "charge", -1001)
		o.is(r, err, approval.Waiting, 51_000)
		r, err = o.approve(o.ann, r.ID)
		o.is(r, err, approval.Booked, 49_999)
		if _, entry, err := r.AdjustmentOf(); err != nil || entry == 0 {
			t.Errorf("the entry is %d, %v", entry, err)
		}
	})
}

// Cutting 1,500 in pieces does not help: the pieces of 24 hours count together, by whom and for whom they were booked. Rule O-01.
func TestPiecesCountTogether(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	if _, err := o.limit(o.ann, 1000*money.Unit); err != nil {
		t.Fatal(err)
	}
	r, err := o.pay(o.ann, "1", 600)
	o.is(r, err, approval.Booked, 600)
	r, err = o.adjust(o.ann, "2", -600)
	o.is(r, err, approval.Waiting, 600)
	r, err = o.pay(o.benskey, "3", 600)
	o.is(r, err, approval.Booked, 1200)
	r, err = o.pay(o.ben, "4", 600) // he and his key are one
	o.is(r, err, approval.Waiting, 1200)
	o.now = o.now.Add(24 * time.Hour)
	r, err = o.pay(o.ann, "5", 600)
	o.is(r, err, approval.Booked, 1800)
}

// The second signature is another person's, and it is given once. Rule O-02.
func TestTwoSignatures(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	if _, err := o.limit(o.ann, 0); err != nil {
		t.Fatal(err)
	}
	r, err := o.pay(o.ben, "p", 10)
	o.is(r, err, approval.Waiting, 0)
	_, err = o.approve(o.ben, r.ID)
	o.refused(err, "approval.own")
	_, err = o.approve(o.program, r.ID)
	o.refused(err, "approval.by_program")
	_, err = o.approve(access.Permit{}, r.ID)
	o.refused(err, "access.denied")
	o.refused(o.withdraw(o.ann, r.ID), "approval.not_own")
	o.has(0)
	_, err = o.approve(o.ann, r.ID)
	o.refused(err, "")
	o.has(10)
	_, err = o.approve(o.ann, r.ID)
	o.refused(err, "approval.decided")
	o.refused(o.refuse(o.ann, r.ID, "too late"), "approval.decided")

	r, err = o.pay(o.benskey, "by his key", 10)
	o.is(r, err, approval.Waiting, 10)
	_, err = o.approve(o.ben, r.ID)
	o.refused(err, "approval.own")
	o.refused(o.refuse(o.ann, r.ID, ""), "approval.no_reason")
	o.refused(o.refuse(o.ann, r.ID, "no such payment"), "")
	got, err := approval.Get(t.Context(), o.db, r.ID, o.now)
	if err != nil || got.State != approval.Refused || got.Decision != "no such payment" || got.DecidedBy == "" {
		t.Errorf("%+v, %v", got, err)
	}
	r, _ = o.pay(o.ben, "withdrawn", 10)
	o.refused(o.withdraw(o.ben, r.ID), "")
	o.has(10)
}

// The same request again is the same one, where it stands; another under its id is none. Rules B-04, O-02.
func TestAskingAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		r, err := o.pay(o.ann, "p", 5)
		o.is(r, err, approval.Booked, 5)
		again, err := o.pay(o.ben, "p", 5)
		o.is(again, err, approval.Booked, 5)
		_, err = o.pay(o.ann, "p", 6)
		o.refused(err, "billing.payment_conflict")
		if _, err := o.limit(o.ann, 0); err != nil {
			t.Fatal(err)
		}
		r, err = o.pay(o.ann, "q", 5)
		o.is(r, err, approval.Waiting, 5)
		again, err = o.pay(o.ann, "q", 5)
		o.is(again, err, approval.Waiting, 5)
		if again.ID != r.ID {
			t.Errorf("a second request %d beside %d", again.ID, r.ID)
		}
		_, err = o.pay(o.ann, "q", 6)
		o.refused(err, "approval.other_request")
		_, err = o.pay(access.Permit{}, "q", 5)
		o.refused(err, "access.denied")
		_, err = o.pay(o.ann, "", 5)
		o.refused(err, "billing.bad_payment")
	})
}

// After 7 days nobody may approve any more. Rule O-03.
func TestExpiry(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	if _, err := o.limit(o.ann, 0); err != nil {
		t.Fatal(err)
	}
	r, err := o.pay(o.ann, "p", 5)
	o.is(r, err, approval.Waiting, 0)
	o.now = noon.Add(7*24*time.Hour - time.Microsecond)
	if n, err := approval.CountWaiting(t.Context(), o.db, o.now); n != 1 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	o.now = noon.Add(7 * 24 * time.Hour)
	_, err = o.approve(o.ben, r.ID)
	o.refused(err, "approval.expired")
	o.has(0)
	for state, want := range map[approval.State]int{approval.Waiting: 0, approval.Expired: 1, "": 2, approval.Booked: 1} {
		if found, err := approval.List(t.Context(), o.db, approval.Filter{State: state}, 10, o.now); len(found) != want || err != nil {
			t.Errorf("%q: %d requests, %v; want %d", state, len(found), err, want)
		}
	}
}

// A limit falls at one's word and rises by two. Rule O-04.
func TestLimits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		stands := func(want money.Micro) {
			t.Helper()
			limits, err := approval.Limits(t.Context(), db)
			if err != nil || len(limits) != 1 || limits[0].Amount != want {
				t.Errorf("limits %+v, %v, want %s", limits, err, want)
			}
		}
		ask := func(amount money.Micro, want approval.State) approval.Request {
			t.Helper()
			r, err := o.limit(o.ann, amount)
			if err != nil || r.State != want {
				t.Fatalf("a limit of %s is %s, %v; want %s", amount, r.State, err, want)
			}
			return r
		}
		ask(100*money.Unit, approval.Booked)
		ask(50*money.Unit, approval.Booked)
		rise := ask(60*money.Unit, approval.Waiting)
		stale := ask(approval.NoLimit, approval.Waiting)
		stands(50 * money.Unit)
		_, err := o.approve(o.ann, rise.ID)
		o.refused(err, "approval.own")
		if _, err = o.approve(o.ben, rise.ID); err != nil {
			t.Fatal(err)
		}
		stands(60 * money.Unit)
		_, err = o.approve(o.ben, stale.ID) // asked for where the limit was 50
		o.refused(err, "approval.limit_moved")
		stands(60 * money.Unit)
		if _, err = o.approve(o.ben, ask(approval.NoLimit, approval.Waiting).ID); err != nil {
			t.Fatal(err)
		}
		stands(approval.NoLimit)
		_, err = o.limit(o.ann, -5)
		o.refused(err, "approval.bad_limit")
	})
}

// Ann asks for 5,000 instead of 1,000, Ben lowers it to 10: what Ann asked for is not approved any more. Rule O-04.
func TestStaleRise(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		if _, err := o.limit(o.ann, 1000*money.Unit); err != nil {
			t.Fatal(err)
		}
		rise, err := o.limit(o.ann, 5000*money.Unit)
		if err != nil || rise.State != approval.Waiting {
			t.Fatalf("%s, %v", rise.State, err)
		}
		if _, err := o.limit(o.ben, 10*money.Unit); err != nil {
			t.Fatal(err)
		}
		_, err = o.approve(o.ben, rise.ID)
		o.refused(err, "approval.limit_moved")
		limits, err := approval.Limits(t.Context(), db)
		if err != nil || len(limits) != 1 || limits[0].Amount != 10*money.Unit {
			t.Errorf("limits %+v, %v, want 10", limits, err)
		}
		o.refused(o.refuse(o.ben, rise.ID, "it was lowered"), "")
	})
}

// Who asked and who decided is in the trail of the project, with the amount. Rule A-15.
func TestTrail(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	if _, err := o.limit(o.ann, 0); err != nil {
		t.Fatal(err)
	}
	r, err := o.pay(o.ann, "p", 5)
	o.is(r, err, approval.Waiting, 0)
	if _, err := o.approve(o.ben, r.ID); err != nil {
		t.Fatal(err)
	}
	shop := ident.ProjectOrg("shop")
	entries, err := audit.List(t.Context(), o.db, audit.Filter{Org: &shop, Object: "approval"}, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Action+" "+e.Actor.User)
	}
	if diff := cmp.Diff([]string{"approve " + o.ben.Actor().User, "ask " + o.ann.Actor().User}, got); diff != "" {
		t.Error(diff)
	}
}
