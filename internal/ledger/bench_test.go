package ledger_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

const benchBatch = 256

var benchEntries = flag.Int("ledger.entries", 100_000, "size of the ledger BenchmarkVerify reads")

// BenchmarkPostBatch posts charges in batches, a durable transaction each, with everything looked up in bulk.
func BenchmarkPostBatch(b *testing.B) {
	for _, projects := range []int{1, 1000} {
		b.Run(fmt.Sprintf("sqlite/projects=%d", projects), func(b *testing.B) { benchmarkPost(b, storetest.SQLite(b), projects) })
		b.Run(fmt.Sprintf("postgres/projects=%d", projects), func(b *testing.B) { benchmarkPost(b, storetest.Postgres(b), projects) })
	}
}

func benchmarkPost(b *testing.B, db *store.DB, projects int) {
	fill := newFiller(b, db, projects)
	b.ResetTimer()
	for done := 0; done < b.N; done += benchBatch {
		fill.batch(b, min(benchBatch, b.N-done))
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/entry")
}

// filler posts rated charges, round the projects.
type filler struct {
	db        *store.DB
	names     []ident.ProjectID
	n         int
	daysEvery int // entries a day, over all projects
}

func newFiller(t testing.TB, db *store.DB, projects int) *filler {
	f := &filler{db: db, daysEvery: 10_000}
	for i := range projects {
		name := ident.ProjectID(fmt.Sprintf("project-%04d", i))
		f.names = append(f.names, name)
		open(t, db, name, money.MustParse("1000000"))
	}
	return f
}

func (f *filler) batch(t testing.TB, n int) {
	postings := make([]ledger.Posting, n)
	names := make([]ident.ProjectID, n)
	keys := make([]ledger.Key, n)
	for i := range postings {
		p := call(fmt.Sprintf("%016x:leg", f.n), "1.234567")
		p.Project, p.MustCover = f.names[f.n*7919%len(f.names)], true
		p.Day, p.BookedAt = day+civil.Date(f.n/f.daysEvery), noon.Add(time.Duration(f.n)*time.Millisecond)
		p.Explain = []byte(`{"prefix":"38067","zone":"Ukraine mobile","version":"2021-01-01","first":60,"next":1,"seconds":61,"billable":61,"per_minute":"1.21"}`)
		postings[i], names[i], keys[i] = p, p.Project, ledger.Key{Project: p.Project, Key: p.Key}
		f.n++
	}
	write(t, f.db, func(ctx context.Context, tx *store.Tx) error {
		batch := ledger.NewBatch(tx)
		if err := batch.Load(ctx, names, keys); err != nil {
			return err
		}
		for _, p := range postings {
			if _, _, err := batch.Post(ctx, p); err != nil && errs.KindOf(err) == errs.Internal {
				return err
			}
		}
		return batch.Flush(ctx)
	})
}

// BenchmarkVerify verifies a sealed ledger; ledger.entries=N sets its size.
func BenchmarkVerify(b *testing.B) {
	db := storetest.SQLite(b)
	fill := newFiller(b, db, 1000)
	for fill.n < *benchEntries {
		fill.batch(b, 2000)
	}
	seal(b, db)
	for b.Loop() {
		if report := mustVerify(b, db); report.Entries != int64(fill.n) || report.Unsealed != 0 {
			b.Fatalf("%+v", report)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(fill.n), "ns/entry")
}

// BenchmarkSumByDay sums 90 days of 50,000 entries of one project.
func BenchmarkSumByDay(b *testing.B) {
	for name, db := range map[string]*store.DB{"sqlite": storetest.SQLite(b), "postgres": storetest.Postgres(b)} {
		fill := newFiller(b, db, 2)
		fill.daysEvery = 1111
		for fill.n < 100_000 {
			fill.batch(b, 2000)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				sums, err := ledger.SumByDay(b.Context(), db, fill.names[0], day, day+100)
				if err != nil || len(sums) < 90 {
					b.Fatal(len(sums), err)
				}
			}
		})
	}
}

// BenchmarkSeal chains entries that were committed.
func BenchmarkSeal(b *testing.B) {
	db := storetest.SQLite(b)
	fill := newFiller(b, db, 1000)
	for fill.n < b.N {
		fill.batch(b, min(2000, b.N-fill.n))
	}
	b.ResetTimer()
	if sealed := seal(b, db); sealed != int64(b.N) {
		b.Fatal(sealed)
	}
}

// BenchmarkRead reads one project's pages of a sealed ledger of many, with a few seconds' tail behind it.
func BenchmarkRead(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := open(b)
			fill := newFiller(b, db, 1000)
			for fill.n < *benchEntries {
				fill.batch(b, benchBatch)
			}
			if _, err := ledger.NewSealer(db).Seal(b.Context()); err != nil {
				b.Fatal(err)
			}
			for range 20 {
				fill.batch(b, benchBatch)
			}
			last := day + civil.Date(fill.n/fill.daysEvery)
			b.Run("entries", func(b *testing.B) {
				for range b.N {
					if _, err := ledger.Entries(b.Context(), db, ledger.Filter{Project: fill.names[0], FromDay: last - 30, Newest: true}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("sums", func(b *testing.B) {
				for range b.N {
					if _, err := ledger.SumByDay(b.Context(), db, fill.names[0], last-30, last); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("balance", func(b *testing.B) {
				for range b.N {
					if _, err := ledger.BalanceBefore(b.Context(), db, fill.names[0], last-30); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
