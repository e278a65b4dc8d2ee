package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// What was posted before a crash but not yet sealed is reported, and sealed by whoever comes next.
func TestSealingGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLiteDSN(t)
	crash := func(use func(db *store.DB)) {
		db, err := store.Open(t.Context(), store.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		use(db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	crash(func(db *store.DB) {
		open(t, db, demo, 0)
		mustPost(t, db, payment("1", "10"))
		if sealed := seal(t, db); sealed != 1 {
			t.Errorf("%d entries were sealed, want 1", sealed)
		}
		mustPost(t, db, call("2", "1"))
		mustPost(t, db, call("3", "1"))
	})
	crash(func(db *store.DB) {
		if report := mustVerify(t, db); report.Unsealed != 2 || report.Entries != 3 {
			t.Errorf("%d of %d entries are unsealed, want 2 of 3", report.Unsealed, report.Entries)
		}
		if sealed := seal(t, db); sealed != 2 {
			t.Errorf("%d entries were sealed, want 2", sealed)
		}
		if sealed := seal(t, db); sealed != 0 {
			t.Errorf("%d entries were sealed twice", sealed)
		}
		if report := mustVerify(t, db); report.Unsealed != 0 {
			t.Errorf("%d entries are unsealed", report.Unsealed)
		}
	})
}

// Posters and sealers of two nodes run side by side; in the end there is one chain without a gap.
func TestSealersOfTwoNodes(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db := storetest.SQLite(t)
		manySealers(t, db, db)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := storetest.PostgresDSN(t)
		manySealers(t, storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn}))
	})
}

func manySealers(t *testing.T, nodes ...*store.DB) {
	const projects, each = 5, 30
	for i := range projects {
		open(t, nodes[0], ident.ProjectID(fmt.Sprintf("p%d", i)), 0)
	}
	ctx, stop := context.WithCancel(t.Context())
	var posters, sealers sync.WaitGroup
	for n, db := range nodes {
		for range 2 {
			sealers.Go(func() {
				for ctx.Err() == nil {
					_, err := ledger.NewSealer(db).Seal(ctx)
					if err != nil && ctx.Err() == nil && errs.CodeOf(err) != "ledger.sealed_meanwhile" {
						t.Error(err)
					}
				}
			})
		}
		for i := range projects {
			posters.Go(func() {
				for k := range each {
					p := call(fmt.Sprintf("%d:%03d", n, k), "1")
					p.Project = ident.ProjectID(fmt.Sprintf("p%d", i))
					for {
						_, _, err := post(t, db, p)
						if errs.KindOf(err) == errs.Unavailable {
							continue // repeated, as the store and the ledger ask for
						}
						if err != nil {
							t.Error(err)
						}
						break
					}
				}
			})
		}
	}
	posters.Wait()
	stop()
	sealers.Wait()
	seal(t, nodes[0])
	report := mustVerify(t, nodes[0])
	if report.Unsealed != 0 || report.Entries != int64(len(nodes)*projects*each) {
		t.Errorf("%d of %d entries are unsealed", report.Unsealed, report.Entries)
	}
}

// On PostgreSQL an entry may be committed after later ones of other projects were sealed. It is found.
func TestLateEntriesAreSealed(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	slow, fast := storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn})
	open(t, fast, demo, 0)
	open(t, fast, "other", 0)
	posted, release := make(chan struct{}), make(chan struct{})
	var late sync.WaitGroup
	late.Go(func() {
		err := slow.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if _, _, err := ledger.Post(ctx, tx, call("1", "1")); err != nil {
				return err
			}
			close(posted)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-posted
	p := call("1", "1")
	p.Project = "other"
	mustPost(t, fast, p)
	if sealed := seal(t, fast); sealed != 1 {
		t.Errorf("%d entries were sealed, want the one committed", sealed)
	}
	close(release)
	late.Wait()
	mustPost(t, fast, call("2", "1"))
	p.Key = "2"
	mustPost(t, fast, p)
	if sealed := seal(t, fast); sealed != 3 {
		t.Errorf("%d entries were sealed, want the late one and the two after it", sealed)
	}
	if report := mustVerify(t, fast); report.Unsealed != 0 {
		t.Errorf("%d entries are unsealed", report.Unsealed)
	}
}

// A sealer whose pages are smaller than what one moment brought still chains everything.
func TestSealingPageByPage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		if err := inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error {
			for i := range 2500 {
				if _, _, err := b.Post(ctx, call(fmt.Sprintf("%04d", i), "0.001")); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if sealed := seal(t, db); sealed != 2500 {
			t.Errorf("%d entries were sealed", sealed)
		}
		if report := mustVerify(t, db); report.Unsealed != 0 || report.Entries != 2500 {
			t.Errorf("%d of %d entries are unsealed", report.Unsealed, report.Entries)
		}
	})
}

// A clock that was set back between two runs makes no identifier below the sealer's mark, where readers would miss the call.
func TestAClockSetBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		open(t, db, "other", 0)
		p := call("1", "1")
		p.Project = "other"
		mustPost(t, db, p)
		seal(t, db)
		ahead := time.Now().Add(time.Hour).UnixMicro() << 8
		write(t, db, func(ctx context.Context, tx *store.Tx) error { // as if sealed by a clock an hour ahead
			_, err := tx.Exec(ctx, "UPDATE ledger_seal_mark SET entry_id = $1", ahead)
			if err == nil && tx.Dialect() == store.Postgres {
				_, err = tx.Exec(ctx, "INSERT INTO ledger_seal_mark (only_row, entry_id) VALUES (1, $1) ON CONFLICT (only_row) DO UPDATE SET entry_id = excluded.entry_id", ahead)
			}
			return err
		})
		if err := ledger.Resume(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		entry := mustPost(t, db, call("1", "1"))
		if int64(entry.ID) <= ahead {
			t.Errorf("entry %d lies below the mark %d", entry.ID, ahead)
		}
		found, err := ledger.Entries(t.Context(), db, ledger.Filter{Project: demo})
		before, err2 := ledger.BalanceBefore(t.Context(), db, demo, day)
		if len(found) != 1 || before != 0 || err != nil || err2 != nil {
			t.Errorf("%d entries are listed, the day began with %s; %v %v", len(found), before, err, err2)
		}
		mustVerify(t, db)
	})
}

// A lost entry is an error of every pass, and nothing behind it counts as sealed.
func TestAGapKeepsTheMarkBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		mustPost(t, db, call("1", "1"))
		mustPost(t, db, call("2", "1"))
		last := mustPost(t, db, call("3", "1"))
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM ledger_entry WHERE idem_key = '2 demo'")
			return err
		})
		for range 2 {
			_, err := ledger.NewSealer(db).Seal(t.Context())
			wantCode(t, err, errs.Internal, "ledger.chain_gap")
		}
		found, err := ledger.Entries(t.Context(), db, ledger.Filter{Project: demo})
		if len(found) != 2 || found[1].ID != last.ID || err != nil {
			t.Errorf("%v are listed, want the first and the last: %v", keysOf(found), err)
		}
	})
}
