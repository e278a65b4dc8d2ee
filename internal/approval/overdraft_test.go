package approval_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// overdraw asks for an overdraft of whole hryvnias.
func (o *office) overdraw(by access.Permit, id string, hryvnias int64, reason string) (r approval.Request, err error) {
	err = o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = o.approvals.Overdraw(ctx, tx, by, "shop", id, money.Micro(hryvnias)*money.Unit, reason, o.now)
		return err
	})
	return r, err
}

func (o *office) mayGo(want int64) {
	o.Helper()
	held, err := ledger.GetAccount(context.Background(), o.db, "shop")
	if err != nil || held.Overdraft != money.Micro(want)*money.Unit {
		o.Errorf("the overdraft is %s, %v; want %d", held.Overdraft, err, want)
	}
}

// With a limit of 1,000 an overdraft of 600 is in force at once, 1,001 waits; less is free. Rules O-01, O-05.
func TestOverdraft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		if _, err := o.limit(o.ann, 1000*money.Unit); err != nil {
			t.Fatal(err)
		}
		r, err := o.overdraw(o.ann, "1", 600, "they are late")
		o.is(r, err, approval.Booked, 0)
		o.mayGo(600)
		r, err = o.overdraw(o.ann, "2", 1001, "later still") // 600 and 401 of one day
		o.is(r, err, approval.Waiting, 0)
		o.mayGo(600)
		again, err := o.overdraw(o.ann, "2", 1001, "later still")
		if err != nil || again.ID != r.ID {
			t.Errorf("asked again it is %v, %v; want %v", again.ID, err, r.ID)
		}
		_, err = o.approve(o.ann, r.ID)
		o.refused(err, "approval.own")
		_, err = o.approve(o.ben, r.ID)
		o.refused(err, "")
		o.mayGo(1001)
		less, err := o.overdraw(o.ann, "3", 0, "they paid")
		o.is(less, err, approval.Booked, 0)
		r, err = o.pay(o.ann, "after", 400) // with the 600
		o.is(r, err, approval.Booked, 400)
		r, err = o.pay(o.ann, "too much", 1)
		o.is(r, err, approval.Waiting, 400)
	})
}

// Nothing is asked for without an id, a reason and a change; another body under an id is refused, and so is what is stale. Rule O-05.
func TestOverdraftRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	for code, ask := range map[string]struct {
		id, reason string
		amount     int64
	}{
		"approval.no_id": {"", "why", 1}, "approval.no_reason": {"a", "", 1}, "approval.same_overdraft": {"b", "why", 0}, "ledger.invalid": {"c", "why", -1},
	} {
		_, err := o.overdraw(o.ann, ask.id, ask.amount, ask.reason)
		o.refused(err, code)
	}
	r, err := o.overdraw(o.ann, "one", 5, "why")
	o.is(r, err, approval.Booked, 0)
	_, err = o.overdraw(o.ann, "one", 6, "why")
	o.refused(err, "approval.other_request")
	o.mayGo(5)
	if _, err := o.limit(o.ann, 0); err != nil {
		t.Fatal(err)
	}
	waits, err := o.overdraw(o.ann, "two", 9, "why")
	o.is(waits, err, approval.Waiting, 0)
	o.now = o.now.Add(time.Minute)
	less, err := o.overdraw(o.ben, "three", 1, "why")
	o.is(less, err, approval.Booked, 0)
	_, err = o.approve(o.ben, waits.ID)
	o.refused(err, "approval.overdraft_moved")
	o.mayGo(1)
	shop := ident.ProjectOrg("shop")
	entries, err := audit.List(t.Context(), o.db, audit.Filter{Org: &shop, Object: "project", Action: "overdraft"}, 0, 10)
	if err != nil || len(entries) != 2 || string(entries[0].Before) != `{"overdraft":"5"}` || string(entries[0].After) != `{"overdraft":"1"}` {
		t.Errorf("the trail has %+v, %v", entries, err)
	}
}
