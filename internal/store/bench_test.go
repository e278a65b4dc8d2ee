package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// BenchmarkWrite is one durable row a call, from so many callers at once.
func BenchmarkWrite(b *testing.B) {
	each(b, func(b *testing.B, db *store.DB) {
		for _, callers := range []int{1, 64, 256} {
			b.Run(fmt.Sprint(callers), func(b *testing.B) {
				var id atomic.Int64
				name := fmt.Sprintf("probe_%d_%d", callers, b.N)
				create(b, db, "CREATE TABLE "+name+" (id BIGINT PRIMARY KEY, name TEXT)")
				before := db.Stats()
				crowd(b, callers, func() error {
					n := id.Add(1)
					return db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.Exec(ctx, "INSERT INTO "+name+" (id, name) VALUES ($1, $2)", n, "x")
						return err
					})
				})
				after := db.Stats()
				b.ReportMetric(float64(after.Functions-before.Functions)/float64(after.Batches-before.Batches), "functions/batch")
			})
		}
	})
}

// BenchmarkBatcher is the same through a batcher that inserts sets.
func BenchmarkBatcher(b *testing.B) {
	each(b, func(b *testing.B, db *store.DB) {
		for _, callers := range []int{1, 64, 256} {
			b.Run(fmt.Sprint(callers), func(b *testing.B) {
				var id atomic.Int64
				name := fmt.Sprintf("probe_%d_%d", callers, b.N)
				create(b, db, "CREATE TABLE "+name+" (id BIGINT PRIMARY KEY, name TEXT)")
				batcher := store.NewBatcher(db, 1024, func(ctx context.Context, tx *store.Tx, in []int64) ([]store.Outcome[int64], error) {
					rows := make([][]any, len(in))
					for i, n := range in {
						rows[i] = []any{n, "x"}
					}
					return make([]store.Outcome[int64], len(in)), tx.Insert(ctx, name, []string{"id", "name"}, rows)
				})
				crowd(b, callers, func() error {
					_, err := batcher.Do(context.Background(), id.Add(1))
					return err
				})
			})
		}
	})
}

// BenchmarkInsert is one row of twenty columns into a table with an index beside its key, 500 a transaction.
func BenchmarkInsert(b *testing.B) {
	each(b, func(b *testing.B, db *store.DB) {
		columns := make([]string, 20)
		for i := range columns {
			columns[i] = fmt.Sprintf("c%d", i)
		}
		name := fmt.Sprintf("wide_%d", b.N)
		types := strings.Join(columns[1:10], " BIGINT, ") + " BIGINT, " + strings.Join(columns[10:], " TEXT, ") + " TEXT"
		create(b, db, "CREATE TABLE "+name+" (c0 BIGINT PRIMARY KEY, "+types+")")
		create(b, db, "CREATE INDEX "+name+"_i ON "+name+" (c10, c1, c0)")
		for done := 0; done < b.N; {
			n := min(500, b.N-done)
			rows := make([][]any, n)
			for i := range rows {
				row := make([]any, 20)
				for c := range row {
					if c < 10 {
						row[c] = int64(done + i)
					} else {
						row[c] = "some text of a usual length"
					}
				}
				rows[i] = row
			}
			done += n
			if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				return tx.Insert(ctx, name, columns, rows)
			}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func each(b *testing.B, fn func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.Postgres(b)) })
}

func create(b *testing.B, db *store.DB, text string) {
	b.Helper()
	b.StopTimer()
	defer b.StartTimer()
	if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, text)
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// crowd calls fn b.N times from so many goroutines.
func crowd(b *testing.B, callers int, fn func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := fn(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
