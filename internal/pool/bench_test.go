package pool_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/pool"
)

// BenchmarkLease is what a hit pays for its number: a new visit of a pool with as many live leases as it bears, or a heartbeat.
func BenchmarkLease(b *testing.B) {
	for _, size := range []int{50, 1000, 20_000} {
		a := pool.New(pool.Policy{})
		for n := range size {
			a.Join(phone.Number("+38044"+strconv.Itoa(1_000_000+n)), noon, noon)
		}
		visits := make([]string, 1<<16)
		for i := range visits {
			visits[i] = "visit-" + strconv.Itoa(i)
		}
		now, step := noon, pool.DefaultHold*10/time.Duration(size*9) // nine of ten numbers are held
		b.Run(fmt.Sprintf("new/%d", size), func(b *testing.B) {
			for i := range b.N {
				now = now.Add(step)
				a.Lease(pool.Request{Visit: visits[i%len(visits)]}, now)
			}
		})
		b.Run(fmt.Sprintf("heartbeat/%d", size), func(b *testing.B) {
			last := a.Lease(pool.Request{Visit: "last"}, now)
			for range b.N {
				a.Lease(pool.Request{Visit: "last"}, last.At)
			}
		})
	}
}

// BenchmarkScore is what a call pays for its receipt: fifty candidates.
func BenchmarkScore(b *testing.B) {
	candidates, weights := many(50, 100, "ads", "seo", "mail"), pool.DefaultWeights()
	for b.Loop() {
		pool.Score(pool.Call{At: noon}, candidates, weights)
	}
}

// BenchmarkCalculate is the calculator with its curve: below 50 ms, as a page asks it while somebody types.
func BenchmarkCalculate(b *testing.B) {
	for _, visits := range []float64{300, 5000, 100_000} {
		b.Run(fmt.Sprintf("%.0f", visits), func(b *testing.B) {
			for b.Loop() {
				calculate(b, usual(visits, 0.05))
			}
		})
	}
}
