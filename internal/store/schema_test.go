package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func TestTheEventsLieBesideTheCore(t *testing.T) {
	t.Parallel()
	for core, want := range map[string]string{
		"sqlite:/srv/core.db":    "sqlite:/srv/events.db",
		"sqlite:shop.db":         "sqlite:shop-events.db",
		"sqlite:/srv/b.2/noname": "sqlite:/srv/b.2/noname-events",
		"postgres://bell@db/b":   "postgres://bell@db/b",
	} {
		got := store.Options{DSN: core}.Of(store.Events)
		if got.DSN != want || got.Schema != store.Events {
			t.Errorf("%s: %s, schema %q", core, got.DSN, got.Schema)
		}
	}
	if options := (store.Options{DSN: "sqlite:a.db"}); options.Of(store.Core).DSN != "sqlite:a.db" {
		t.Error("the core is not where it is said to be")
	}
}

// The databases have tables, writers and migrations of their own.
func TestTheDatabasesAreApart(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, core, events *store.DB) {
		ctx := context.Background()
		for name, db := range map[string]*store.DB{"core": core, "events": events} {
			if pending, err := db.Pending(ctx); pending != 0 || err != nil {
				t.Errorf("%s: %d steps pending, %v", name, pending, err)
			}
			must(t, db.Health(ctx))
		}
		table(t, events)
		write(t, events, add(1, "here"))
		var n int
		if err := core.QueryRow(ctx, "SELECT COUNT(*) FROM probe").Scan(&n); err == nil {
			t.Error("the core sees a table of the events")
		}
		release := hold(t, core)
		write(t, events, add(2, "while the core is busy"))
		release()
		if got := ids(t, events); len(got) != 2 {
			t.Errorf("%v", got)
		}
	})
}

func TestTheEventsAreBackedUpAndRestored(t *testing.T) {
	t.Parallel()
	storetest.EachBoth(t, func(t *testing.T, core, events *store.DB) {
		ctx, folder := context.Background(), t.TempDir()
		write(t, events, func(ctx context.Context, tx *store.Tx) error {
			return tx.Insert(ctx, "tracking_hit", []string{"project_id", "hit_id", "visit_id", "mark", "kind", "url"}, [][]any{{"shop", 1, 2, "m", "page", "/"}})
		})
		backup, other := filepath.Join(folder, "visits.db"), filepath.Join(folder, "core.db")
		must(t, events.Backup(ctx, backup))
		must(t, core.Backup(ctx, other))
		must(t, store.Check(ctx, backup, store.Events))
		if err := store.Check(ctx, other, store.Events); err == nil {
			t.Error("a backup of the core passes for one of the events")
		}
		for name, dsn := range empty {
			options := store.Options{DSN: dsn(t)}.Of(store.Events)
			if err := store.Restore(ctx, other, options); err == nil {
				t.Errorf("%s: the core was restored as the events", name)
			}
			must(t, store.Restore(ctx, backup, options))
			restored := storetest.Open(t, options)
			var url string
			must(t, restored.QueryRow(ctx, "SELECT url FROM tracking_hit WHERE project_id = 'shop'").Scan(&url))
			if pending, err := restored.Pending(ctx); pending != 0 || err != nil || url != "/" {
				t.Errorf("%s: %d steps pending, %v, %q", name, pending, err, url)
			}
			must(t, restored.Close())
			if err := store.Restore(ctx, backup, options); errs.CodeOf(err) != "store.not_empty" {
				t.Errorf("%s: restored over what is there: %v", name, err)
			}
		}
	})
}
