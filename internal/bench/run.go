package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Run prints figures.
type Run struct {
	Out io.Writer
	// Only limits the run to workloads whose name begins so.
	Only string
	// Postgres is the DSN of an empty database on a server with fsync on; empty leaves PostgreSQL out.
	Postgres func() (dsn string, err error)
}

// workloads in the order in which they run.
var workloads = []struct {
	name  string
	run   func(context.Context, *Run) error
	apart bool // it runs only where it is asked for
}{
	{"rating", rateCalls, false},
	{"charge", chargeCalls, false},
	{"prepaid", prepaidCalls, false},
	{"night", closeNight, false},
	{"recovery", recoverStore, false},
	{"web", webPages, true},
	{"sip", callsBySIP, true},
	{"hit", takeHits, true},
	{"screen", callsOnScreen, true},
}

// Names lists the workloads.
func Names() []string {
	var names []string
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return names
}

// Do runs the workloads.
func (r *Run) Do(ctx context.Context) error {
	ran := false
	for _, w := range workloads {
		if !strings.HasPrefix(w.name, r.Only) || w.apart && r.Only == "" {
			continue
		}
		ran = true
		if err := w.run(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	if !ran {
		return fmt.Errorf("there is no benchmark %q; there are %s", r.Only, strings.Join(Names(), ", "))
	}
	return nil
}

func (r *Run) print(f Figure) { fmt.Fprintln(r.Out, f) }

// office is an installation under load.
type office struct {
	folder   string
	dsn      string
	db       *store.DB
	alone    *store.DB // the same kind of store with one posting a transaction
	charging *charging.Service
	night    *billing.Night
}

var opened = time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC) // midnight in Kyiv

func (r *Run) onEachStore(ctx context.Context, run func(engine string, o *office) error) error {
	o, err := r.openSQLite(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(run("sqlite", o), o.close()); err != nil {
		return err
	}
	if r.Postgres == nil {
		return nil
	}
	if o, err = r.openPostgres(ctx); err != nil {
		return err
	}
	return errors.Join(run("postgres", o), o.close())
}

func (r *Run) openSQLite(ctx context.Context) (*office, error) {
	folder, err := os.MkdirTemp(".", ".bench-") // on the disk of the project, not on a temporary file system in memory
	if err != nil {
		return nil, err
	}
	o := &office{folder: folder}
	err = o.open(ctx, "sqlite:"+filepath.Join(folder, "core.db"), "sqlite:"+filepath.Join(folder, "alone.db"))
	return o, err
}

func (r *Run) openPostgres(ctx context.Context) (*office, error) {
	o := &office{}
	grouped, err := r.Postgres()
	if err != nil {
		return nil, err
	}
	alone, err := r.Postgres()
	if err != nil {
		return nil, err
	}
	return o, o.open(ctx, grouped, alone)
}

func (o *office) open(ctx context.Context, grouped, alone string) (err error) {
	o.dsn = grouped
	if o.db, err = openStore(ctx, store.Options{DSN: grouped}); err != nil {
		return err
	}
	if o.alone, err = openStore(ctx, store.Options{DSN: alone, Batch: 1}); err != nil {
		return err
	}
	books := pricebook.Shipped()
	b := billing.New(books)
	o.charging = charging.New(o.db, books, b, b.Projects)
	o.night = &billing.Night{Billing: b, DB: o.db}
	return nil
}

func openStore(ctx context.Context, options store.Options) (*store.DB, error) {
	db, err := store.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	return db, db.Migrate(ctx)
}

func (o *office) close() error {
	err := errors.Join(o.db.Close(), o.alone.Close())
	if o.folder != "" {
		err = errors.Join(err, os.RemoveAll(o.folder))
	}
	return err
}

// project names the n-th of a set of projects, round and round.
func (o *office) project(n int64, of int) ident.ProjectID {
	return ident.ProjectID(fmt.Sprintf("s%d-%05d", of, n%int64(of)))
}

// openProjects opens a set of projects with plenty of funds, on both stores.
func (o *office) openProjects(ctx context.Context, count int) error {
	for _, db := range []*store.DB{o.db, o.alone} {
		err := o.inGroupsOf(ctx, db, count, func(ctx context.Context, tx *store.Tx, n int) error {
			return o.openProject(ctx, tx, o.project(int64(n), count), opened)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openProject opens a project with plenty of funds.
func (o *office) openProject(ctx context.Context, tx *store.Tx, id ident.ProjectID, at time.Time) error {
	_, err := o.night.Billing.Open(ctx, tx, project.Opening{
		ID: id, Name: "Bench", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2022-07-01",
	}, 0, at)
	if err != nil {
		return err
	}
	if _, err := project.SetLimits(ctx, tx, id, rich()); err != nil {
		return err
	}
	_, err = o.night.Billing.Pay(ctx, tx, id, billing.Payment{ID: "1", Amount: 1_000_000_000 * money.Unit, Method: "bank"}, at)
	return err
}

// rich are caps that a load does not reach.
func rich() project.Limits {
	perDay, calls := 1_000_000_000*money.Unit, int64(1_000_000)
	return project.Limits{PerDay: &perDay, ConcurrentCalls: &calls}
}

func (o *office) inGroups(ctx context.Context, count int, do func(ctx context.Context, tx *store.Tx, n int) error) error {
	return o.inGroupsOf(ctx, o.db, count, do)
}

// inGroupsOf does something for each project, a hundred in a transaction.
func (o *office) inGroupsOf(ctx context.Context, db *store.DB, count int, do func(ctx context.Context, tx *store.Tx, n int) error) error {
	const group = 100
	for start := 0; start < count; start += group {
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for n := start; n < min(start+group, count); n++ {
				if err := do(ctx, tx, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
