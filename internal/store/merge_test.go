package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var tally = store.NewMerge("tally", []string{"project", "day", "name", "total"}, 2, "name", "total = tally.total + excluded.total")

// Rows that are not there are added, those that are there are changed: one column replaced, one summed up.
func TestMerge(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "CREATE TABLE tally (project TEXT, day INTEGER, name TEXT, total BIGINT, PRIMARY KEY (project, day))")
			return err
		})
		want := map[string]string{}
		totals := map[string]int{}
		for round, n := range []int{0, 1, 2, 8, 9, 100, 64 + 8 + 1} {
			rows := make([][]any, n)
			for i := range rows {
				key := fmt.Sprintf("p%d/%d", i, i%3)
				totals[key] += round + i
				want[key] = fmt.Sprintf("round %d: %d", round, totals[key])
				rows[i] = []any{fmt.Sprintf("p%d", i), i % 3, fmt.Sprintf("round %d", round), round + i}
			}
			write(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.Merge(ctx, tally, rows) })
			if diff := cmp.Diff(want, tallies(t, db)); diff != "" {
				t.Fatalf("round %d: %s", round, diff)
			}
		}
		// What an array of one type cannot hold goes in as well.
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Merge(ctx, tally, [][]any{{"p0", 0, nil, 1}, {"p1", 1, "named", 1}})
		})
		want["p0/0"], want["p1/1"] = fmt.Sprintf("-: %d", totals["p0/0"]+1), fmt.Sprintf("named: %d", totals["p1/1"]+1)
		if diff := cmp.Diff(want, tallies(t, db)); diff != "" {
			t.Fatal(diff)
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return tx.Merge(ctx, tally, [][]any{{"p0", 0, "x", 1}, {"p1", 1, "y"}})
		}); err == nil {
			t.Error("a row that is too short was merged")
		}
		if diff := cmp.Diff(want, tallies(t, db)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func tallies(t *testing.T, db *store.DB) map[string]string {
	t.Helper()
	rows, err := db.Query(context.Background(), "SELECT project, day, COALESCE(name, '-'), total FROM tally")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]string{}
	for rows.Next() {
		var project, name string
		var day, total int
		if err := rows.Scan(&project, &day, &name, &total); err != nil {
			t.Fatal(err)
		}
		found[fmt.Sprintf("%s/%d", project, day)] = fmt.Sprintf("%s: %d", name, total)
	}
	return found
}
