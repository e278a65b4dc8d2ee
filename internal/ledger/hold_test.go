package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func holdRequest(key, amount string) ledger.HoldRequest {
	return ledger.HoldRequest{Project: demo, Key: key, Ref: "leg:" + key, Day: day, Amount: money.MustParse(amount), At: noon}
}

func hold(t testing.TB, db *store.DB, request ledger.HoldRequest) (h ledger.Hold, replayed bool, err error) {
	t.Helper()
	err = inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error {
		var err error
		h, replayed, err = b.Hold(ctx, request)
		return err
	})
	return h, replayed, err
}

func reserve(t testing.TB, db *store.DB, key, amount string) ledger.Hold {
	t.Helper()
	h, _, err := hold(t, db, holdRequest(key, amount))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// onHold is a step in a hold's life.
type onHold func(ctx context.Context, b *ledger.Batch, project ident.ProjectID, id ident.HoldID) error

func extend(amount string) onHold {
	return func(ctx context.Context, b *ledger.Batch, project ident.ProjectID, id ident.HoldID) error {
		_, err := b.ExtendHold(ctx, project, id, money.MustParse(amount), noon.Add(time.Second))
		return err
	}
}

func settle(key, amount string) onHold {
	return func(ctx context.Context, b *ledger.Batch, project ident.ProjectID, id ident.HoldID) error {
		p := call(key, amount)
		p.Project = project
		_, err := b.Settle(ctx, project, id, p)
		return err
	}
}

func void(ctx context.Context, b *ledger.Batch, project ident.ProjectID, id ident.HoldID) error {
	_, err := b.Void(ctx, project, id, noon.Add(time.Minute))
	return err
}

func expire(ctx context.Context, b *ledger.Batch, project ident.ProjectID, id ident.HoldID) error {
	_, err := b.Expire(ctx, project, id, noon.Add(time.Minute))
	return err
}

// Rule B-05: a hold leaves pending once, by settling, voiding or expiring; repetitions change nothing, contradictions are
// conflicts. Each life starts with 10 in cash, an overdraft of 1 and a hold of 4.
func TestLifeOfAHold_Rule_B_05(t *testing.T) {
	t.Parallel()
	const closed, unpaid = "ledger.hold_closed", "ledger.insufficient_funds"
	lives := []struct {
		name  string
		steps []onHold
		codes []string // of the steps; empty where they succeed
		want  string
		state ledger.HoldState
	}{
		{"open", nil, nil, "cash 10 bonus 0 credit 0 held 4", ledger.Pending},
		{"extended to all there is", []onHold{extend("11"), extend("11.000001"), extend("5")}, []string{"", unpaid, ""}, "cash 10 bonus 0 credit 0 held 11", ledger.Pending},
		{"settled", []onHold{extend("6"), settle("s", "3.5")}, []string{"", ""}, "cash 6.5 bonus 0 credit 0 held 0", ledger.Posted},
		{"settled twice", []onHold{settle("s", "3.5"), settle("s", "3.5")}, []string{"", ""}, "cash 6.5 bonus 0 credit 0 held 0", ledger.Posted},
		{"settled above everything", []onHold{settle("s", "30")}, []string{""}, "cash -20 bonus 0 credit 0 held 0", ledger.Posted},
		{"settled with another key", []onHold{settle("s", "3.5"), settle("s2", "3.5")}, []string{"", closed}, "cash 6.5 bonus 0 credit 0 held 0", ledger.Posted},
		{"settled with another amount", []onHold{settle("s", "3.5"), settle("s", "3.6")}, []string{"", "ledger.key_conflict"}, "cash 6.5 bonus 0 credit 0 held 0", ledger.Posted},
		{"settled with the key of another entry", []onHold{settle("pay", "3.5")}, []string{"ledger.key_conflict"}, "cash 10 bonus 0 credit 0 held 4", ledger.Pending},
		{"voided twice, then settled", []onHold{void, void, settle("s", "1")}, []string{"", "", closed}, "cash 10 bonus 0 credit 0 held 0", ledger.Voided},
		{"expired twice, then voided", []onHold{expire, expire, void}, []string{"", "", closed}, "cash 10 bonus 0 credit 0 held 0", ledger.Expired},
		{"settled, then given back", []onHold{settle("s", "1"), void, expire, extend("5")}, []string{"", closed, closed, closed}, "cash 9 bonus 0 credit 0 held 0", ledger.Posted},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		// Each life is lived twice: a transaction a step, and all steps in one batch.
		for i, life := range append(lives, lives...) {
			inOne := i >= len(lives)
			name := fmt.Sprintf("%s, in one batch: %v", life.name, inOne)
			got, a := live(t, db, ident.ProjectID(fmt.Sprintf("life-%d", i)), life.steps, inOne)
			for j, code := range life.codes {
				if got.codes[j] != code {
					t.Errorf("%s: step %d gives %q, want %q", name, j, got.codes[j], code)
				}
			}
			if funds(a) != life.want || got.hold.State != life.state || (life.state == ledger.Pending) != got.hold.ClosedAt.IsZero() {
				t.Errorf("%s: %s, %+v; want %s, %s", name, funds(a), got.hold, life.want, life.state)
			}
		}
		mustVerify(t, db)
	})
}

type lived struct {
	codes []string
	hold  ledger.Hold
}

// live runs a hold's steps on an account of its own.
func live(t *testing.T, db *store.DB, project ident.ProjectID, steps []onHold, inOne bool) (lived, ledger.Account) {
	t.Helper()
	open(t, db, project, money.MustParse("1"))
	var got lived
	run := func(ctx context.Context, b *ledger.Batch, steps []onHold) {
		for _, step := range steps {
			code := ""
			if err := step(ctx, b, project, got.hold.ID); err != nil {
				code = errs.CodeOf(err)
			}
			got.codes = append(got.codes, code)
		}
	}
	begin := func(ctx context.Context, b *ledger.Batch) error {
		got = lived{}
		pay := payment("pay", "10")
		pay.Project = project
		if _, _, err := b.Post(ctx, pay); err != nil {
			return err
		}
		request := holdRequest("h", "4")
		request.Project = project
		var err error
		got.hold, _, err = b.Hold(ctx, request)
		if inOne {
			run(ctx, b, steps)
		}
		return err
	}
	if err := inBatch(t, db, begin); err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		if inOne {
			break
		}
		if err := inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error {
			got.codes = got.codes[:i]
			run(ctx, b, steps[i:i+1])
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if got.hold, err = ledger.GetHold(t.Context(), db, project, got.hold.ID); err != nil {
		t.Fatal(err)
	}
	return got, account(t, db, project)
}

func TestHoldsAreIdempotent_Rule_B_04(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		open(t, db, "other", 0)
		mustPost(t, db, payment("p", "10"))
		first := reserve(t, db, "h", "6")
		later := holdRequest("h", "6")
		later.At = noon.Add(time.Hour)
		again, replayed, err := hold(t, db, later)
		if diff := cmp.Diff(first, again); diff != "" || !replayed || err != nil {
			t.Errorf("the second answer differs (replayed %v, %v): %s", replayed, err, diff)
		}
		for name, change := range map[string]func(*ledger.HoldRequest){
			"amount": func(r *ledger.HoldRequest) { r.Amount++ },
			"ref":    func(r *ledger.HoldRequest) { r.Ref += "x" },
			"day":    func(r *ledger.HoldRequest) { r.Day++ },
		} {
			request := holdRequest("h", "6")
			change(&request)
			_, _, err := hold(t, db, request)
			if wantCode(t, err, errs.Conflict, "ledger.key_conflict"); t.Failed() {
				t.Fatal("with another", name)
			}
		}
		_, _, err = hold(t, db, holdRequest("h2", "4.000001"))
		wantCode(t, err, errs.Unpaid, "ledger.insufficient_funds")
		reserve(t, db, "h3", "4")
		reserve(t, db, "free", "0")
		for _, bad := range []ledger.HoldRequest{
			{Project: demo, Key: "", At: noon},
			{Project: demo, Key: "n", Amount: -1, At: noon},
			{Project: demo, Key: "n"},
			{Project: demo, Key: "n", Ref: "\x00", At: noon},
		} {
			_, _, err := hold(t, db, bad)
			wantCode(t, err, errs.Invalid, "ledger.invalid")
		}
		err = inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error { return void(ctx, b, "other", first.ID) })
		wantCode(t, err, errs.NotFound, "ledger.no_hold")
		open, err := ledger.OpenHolds(t.Context(), db, demo, day)
		if err != nil || len(open) != 3 {
			t.Errorf("%d holds are open, want 3: %v", len(open), err)
		}
		for after, want := range map[ident.HoldID][]ledger.Hold{0: open[:2], first.ID: open[1:], open[2].ID: nil} {
			pending, err := ledger.PendingHolds(t.Context(), db, demo, after, 2)
			if diff := cmp.Diff(want, pending); diff != "" || err != nil {
				t.Errorf("the pending holds after %d differ: %s %v", after, diff, err)
			}
		}
		if none, err := ledger.PendingHolds(t.Context(), db, "other", 0, 10); len(none) != 0 || err != nil {
			t.Errorf("another project shows %d holds: %v", len(none), err)
		}
		mustVerify(t, db)
	})
}

// The answer to a settlement delivered twice is the same entry.
func TestSettleTwiceGivesTheSameEntry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		mustPost(t, db, payment("p", "10"))
		h := reserve(t, db, "h", "6")
		var entries [2]ledger.Entry
		for i := range entries {
			if err := inBatch(t, db, func(ctx context.Context, b *ledger.Batch) (err error) {
				if err := b.Load(ctx, []ident.ProjectID{demo}, []ledger.Key{{Project: demo, Key: "s"}}); err != nil {
					return err
				}
				if err := b.LoadHolds(ctx, []ident.HoldID{h.ID}, []ledger.Key{{Project: demo, Key: "h"}}); err != nil {
					return err
				}
				entries[i], err = b.Settle(ctx, demo, h.ID, call("s", "2"))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(entries[0], entries[1], cmpopts.IgnoreUnexported(ledger.Entry{})); diff != "" || entries[0].Hold != h.ID {
			t.Errorf("the second answer differs: %s", diff)
		}
		mustVerify(t, db)
	})
}

// 200 callers each want 1 of 50. However they reach the writer, 50 get it.
func TestParallelHoldsNeverOverspend(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		batcher := store.NewBatcher(db, 256, func(ctx context.Context, tx *store.Tx, in []ledger.HoldRequest) ([]store.Outcome[ledger.Hold], error) {
			b := ledger.NewBatch(tx)
			out := make([]store.Outcome[ledger.Hold], len(in))
			for i, request := range in {
				out[i].Value, _, out[i].Err = b.Hold(ctx, request)
				if errs.KindOf(out[i].Err) == errs.Internal && out[i].Err != nil {
					return nil, out[i].Err
				}
			}
			return out, b.Flush(ctx)
		})
		for name, one := range map[ident.ProjectID]func(ledger.HoldRequest) error{
			"by-write":   func(r ledger.HoldRequest) error { _, _, err := hold(t, db, r); return err },
			"by-batcher": func(r ledger.HoldRequest) error { _, err := batcher.Do(t.Context(), r); return err },
		} {
			granted := parallelHolds(t, db, name, one)
			if a := account(t, db, name); granted != 50 || overspent(a) || a.Held != money.MustParse("50") {
				t.Errorf("%s: %d holds were granted: %s", name, granted, funds(a))
			}
		}
		mustVerify(t, db)
	})
}

// The twin: who looks at the balance before the transaction overspends, and the test above would notice.
func TestParallelHoldsOverspendWithoutTheLock(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	var looked sync.WaitGroup
	looked.Add(200)
	granted := parallelHolds(t, db, "careless", func(r ledger.HoldRequest) error {
		a, err := ledger.GetAccount(context.Background(), db, r.Project)
		looked.Done()
		if err != nil || a.Available() < r.Amount {
			return errs.New(errs.Unpaid, "ledger.insufficient_funds", "refused")
		}
		looked.Wait()
		return db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE ledger_account SET held = held + $1 WHERE project_id = $2", int64(r.Amount), string(r.Project))
			return err
		})
	})
	if a := account(t, db, "careless"); granted <= 50 || !overspent(a) || verify(t, db).OK() {
		t.Errorf("%d holds were granted, and nobody noticed: %s", granted, funds(a))
	}
}

func overspent(a ledger.Account) bool { return a.Available() < 0 }

// parallelHolds lets 200 callers reserve 1 each on a fresh account of 50 and counts those who may.
func parallelHolds(t *testing.T, db *store.DB, project ident.ProjectID, one func(ledger.HoldRequest) error) int64 {
	t.Helper()
	open(t, db, project, 0)
	pay := payment("p", "50")
	pay.Project = project
	mustPost(t, db, pay)
	var granted atomic.Int64
	var callers sync.WaitGroup
	for i := range 200 {
		callers.Go(func() {
			request := holdRequest(fmt.Sprintf("h%d", i), "1")
			request.Project = project
			switch err := one(request); {
			case err == nil:
				granted.Add(1)
			case errs.KindOf(err) != errs.Unpaid:
				t.Error(err)
			}
		})
	}
	callers.Wait()
	return granted.Load()
}
