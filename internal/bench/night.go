package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

const nightProjects = 10_000

// closeNight measures the close of one day for 10,000 projects of five lines each.
func closeNight(ctx context.Context, r *Run) error {
	return r.onEachStore(ctx, func(engine string, o *office) error {
		if err := o.openProjects(ctx, nightProjects); err != nil {
			return err
		}
		if err := o.equip(ctx, nightProjects); err != nil {
			return err
		}
		began := time.Now()
		closed, err := o.night.Run(ctx, opened.Add(24*time.Hour))
		if err != nil {
			return err
		}
		if closed != nightProjects {
			return fmt.Errorf("%d days were closed, not %d", closed, nightProjects)
		}
		r.print(Figure{Name: "night_close_" + engine + "_10000x5", Value: time.Since(began).Seconds(), Unit: "s", Target: "<=10"})
		return nil
	})
}

// equip gives every project five lines a day.
func (o *office) equip(ctx context.Context, projects int) error {
	return o.inGroups(ctx, projects, func(ctx context.Context, tx *store.Tx, n int) error {
		return o.equipProject(ctx, tx, n, projects, opened)
	})
}

// equipProject gives the n-th project five lines a day: two products, their discount, a paid seat and a number.
func (o *office) equipProject(ctx context.Context, tx *store.Tx, n, projects int, at time.Time) error {
	id, b := o.project(int64(n), projects), o.night.Billing
	for _, product := range []string{"virtual_pbx", "call_tracking"} {
		if err := b.SwitchProduct(ctx, tx, id, product, true, at); err != nil {
			return err
		}
	}
	if err := b.SetSeats(ctx, tx, id, "virtual_pbx", 6, at); err != nil {
		return err
	}
	number := pricing.Number{Number: fmt.Sprintf("+38044%07d", n), Owner: "operator", Kind: "local", Use: "pbx"}
	return b.RentNumber(ctx, tx, id, number, at)
}

const recoveryEntries = 1_000_000

// recover measures how soon a store with a million entries is ready after the process was killed: the files as they
// were, with an unfinished write-ahead log, opened by another process.
func recoverStore(ctx context.Context, r *Run) error {
	o, err := r.openSQLite(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	if err := o.openProjects(ctx, 1000); err != nil {
		return err
	}
	began := time.Now()
	if err := o.fill(ctx, recoveryEntries); err != nil {
		return err
	}
	r.print(Figure{Name: "fill_sqlite_1M_entries", Value: recoveryEntries / time.Since(began).Seconds(), Unit: "/s"})
	copied, err := copyAsKilled(o.folder)
	if err != nil {
		return err
	}
	defer os.RemoveAll(copied)
	return r.openKilled(ctx, copied)
}

func (r *Run) openKilled(ctx context.Context, folder string) error {
	began := time.Now()
	db, err := store.Open(ctx, store.Options{DSN: "sqlite:" + filepath.Join(folder, "core.db")})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := db.Health(ctx); err != nil {
		return err
	}
	r.print(Figure{Name: "recovery_sqlite_1M_entries", Value: time.Since(began).Seconds(), Unit: "s", Target: "<=5"})
	began = time.Now()
	report, err := ledger.Verify(ctx, db, nil)
	if err != nil {
		return err
	}
	if report.Entries < recoveryEntries || len(report.Breaches) > 0 {
		return fmt.Errorf("after the kill %d entries and breaches %v", report.Entries, report.Breaches)
	}
	r.print(Figure{Name: "verify_sqlite_1M_entries", Value: time.Since(began).Seconds(), Unit: "s"})
	return nil
}

// fill posts entries in large batches, round the projects.
func (o *office) fill(ctx context.Context, entries int) error {
	const batch = 2000
	for start := 0; start < entries; start += batch {
		err := o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			b := ledger.NewBatch(tx)
			for n := start; n < start+batch; n++ {
				_, _, err := b.Post(ctx, ledger.Posting{
					Project: o.project(int64(n), 1000), Key: fmt.Sprintf("f%012d", n), Day: civil.MustParseDate("2026-03-02") + civil.Date(n/50_000),
					BookedAt: answered, Kind: pricing.Call, Item: "Ukraine mobile", Quantity: 60, Amount: -money.Micro(n % 5000), House: "revenue:call",
				})
				if err != nil {
					return err
				}
			}
			return b.Flush(ctx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// copyAsKilled copies a live database's files: what a process killed now would leave.
func copyAsKilled(folder string) (string, error) {
	copied, err := os.MkdirTemp("", "bellwether-bench-")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"core.db", "core.db-wal"} {
		if err := copyFile(filepath.Join(copied, name), filepath.Join(folder, name)); err != nil {
			return "", err
		}
	}
	return copied, nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
