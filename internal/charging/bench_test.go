package charging_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// BenchmarkCharge charges finished calls from 256 callers, each durable before its caller goes on.
func BenchmarkCharge(b *testing.B) {
	for _, projects := range []int{1, 1000} {
		b.Run(fmt.Sprintf("sqlite/projects=%d", projects), func(b *testing.B) { benchmarkCharge(b, storetest.SQLite(b), projects) })
		b.Run(fmt.Sprintf("postgres/projects=%d", projects), func(b *testing.B) { benchmarkCharge(b, storetest.Postgres(b), projects) })
	}
}

func benchmarkCharge(b *testing.B, db *store.DB, projects int) {
	o := openMany(b, db, projects)
	b.ResetTimer()
	o.callers(b, func(ctx context.Context, n int64) error {
		_, err := o.Charge(ctx, charging.CallRecord{
			Project: o.name(n, projects), ID: fmt.Sprintf("%012d", n), Kind: pricing.LegForward, To: kyivstar,
			AnsweredAt: at(noon), Seconds: 30 + n%300, At: after(400),
		})
		return err
	})
}

// BenchmarkPrepaid makes whole prepaid calls from 256 callers on one balance: authorise, extend, settle.
func BenchmarkPrepaid(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkPrepaid(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkPrepaid(b, storetest.Postgres(b)) })
}

func benchmarkPrepaid(b *testing.B, db *store.DB) {
	o := openMany(b, db, 1)
	id := o.name(0, 1)
	b.ResetTimer()
	o.callers(b, func(ctx context.Context, n int64) error {
		leg := fmt.Sprintf("%012d", n)
		if _, err := o.Authorise(ctx, charging.AuthoriseRequest{Project: id, LegID: leg, Kind: pricing.LegForward, To: kyivstar, At: at(noon)}); err != nil {
			return err
		}
		if _, err := o.Extend(ctx, charging.ExtendRequest{Project: id, LegID: leg, Elapsed: 70, At: after(70)}); err != nil {
			return err
		}
		_, err := o.Settle(ctx, charging.SettleRequest{Project: id, LegID: leg, AnsweredAt: at(noon), Seconds: 130, At: after(130)})
		return err
	})
}

func openMany(b *testing.B, db *store.DB, projects int) *office {
	o := open(b, db, ukrainian, "")
	for i := range projects {
		o.open(o.name(int64(i), projects), ukrainian, "100000000")
		o.id = o.name(int64(i), projects)
		o.limit(project.Limits{PerDay: pointer(uah("100000000")), ConcurrentCalls: pointer(int64(100_000))})
	}
	return o
}

func (o *office) name(n int64, projects int) ident.ProjectID {
	return ident.ProjectID(fmt.Sprintf("project-%04d", n*7919%int64(projects)))
}

// callers runs b.N operations from 256 goroutines.
func (o *office) callers(b *testing.B, do func(ctx context.Context, n int64) error) {
	var next atomic.Int64
	var group sync.WaitGroup
	commits := o.db.Stats().Batches
	began := time.Now()
	for range 256 {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := do(context.Background(), n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "/s")
	b.ReportMetric(float64(b.N)/float64(o.db.Stats().Batches-commits), "a-commit")
}
