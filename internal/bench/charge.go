package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// span is how long each load of charges runs.
const span = 2500 * time.Millisecond

// chargeCalls measures durable rated charges a second by concurrent callers, on one hot balance and on a thousand,
// beside the same callers posting with one transaction each.
func chargeCalls(ctx context.Context, r *Run) error {
	return r.onEachStore(ctx, func(engine string, o *office) error {
		for _, projects := range []int{1, 1000} {
			if err := o.openProjects(ctx, projects); err != nil {
				return err
			}
			for _, callers := range []int{1, 64, 256} {
				if err := r.chargeLoad(ctx, engine, o, projects, callers); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (r *Run) chargeLoad(ctx context.Context, engine string, o *office, projects, callers int) error {
	baseline, _, err := load(callers, span/2, func(n int64) error { return o.postAlone(ctx, o.project(n, projects), n) })
	if err != nil {
		return err
	}
	rate, waits, err := load(callers, span, func(n int64) error {
		_, err := o.charging.Charge(ctx, record(o.project(n, projects), n))
		return err
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("charge_%s_%dprojects_%dcallers", engine, projects, callers)
	figure := Figure{Name: name, Value: rate, Unit: "/s", Baseline: baseline}
	if callers == 256 {
		figure.Target = map[string]string{"sqlite": ">=25000", "postgres": ">=30000"}[engine]
	}
	r.print(figure)
	r.print(Figure{Name: name + "_p50", Value: ms(waits.percentile(0.50)), Unit: "ms"})
	p99 := Figure{Name: name + "_p99", Value: ms(waits.percentile(0.99)), Unit: "ms"}
	if callers == 256 {
		p99.Target = "<=20"
	}
	r.print(p99)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

var answered = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// serial keeps the ids of calls unique over a whole run and begins them with time.
var serial atomic.Int64

func record(project ident.ProjectID, n int64) charging.CallRecord {
	return charging.CallRecord{
		Project: project, ID: fmt.Sprintf("%012d", serial.Add(1)), Kind: pricing.LegForward, To: "+380501234567",
		AnsweredAt: answered, Seconds: 30 + n%300, At: answered.Add(400 * time.Second),
	}
}

// postAlone is the baseline: an entry of a fixed price in a transaction of its own, on a store that does not group.
func (o *office) postAlone(ctx context.Context, project ident.ProjectID, n int64) error {
	return o.alone.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, _, err := ledger.Post(ctx, tx, ledger.Posting{
			Project: project, Key: fmt.Sprintf("b%012d", serial.Add(1)), Day: civil.MustParseDate("2026-03-02"), BookedAt: answered,
			Kind: pricing.Call, Item: "baseline", Quantity: n, Amount: -money.Micro(1000 + n%100), House: "revenue:call",
		})
		return err
	})
}

// load runs callers that do one thing after another for a while; it returns the rate a second and the waits.
func load(callers int, d time.Duration, do func(n int64) error) (float64, *latencies, error) {
	var serial atomic.Int64
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed error
	waits := &latencies{}
	began := time.Now()
	for range callers {
		group.Go(func() {
			var own []time.Duration
			for time.Since(began) < d {
				start := time.Now()
				if err := do(serial.Add(1)); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				own = append(own, time.Since(start))
			}
			mu.Lock()
			waits.all = append(waits.all, own...)
			mu.Unlock()
		})
	}
	group.Wait()
	return float64(len(waits.all)) / time.Since(began).Seconds(), waits, failed
}

// prepaidCalls measures whole prepaid calls on one balance: authorise, extend, settle.
func prepaidCalls(ctx context.Context, r *Run) error {
	return r.onEachStore(ctx, func(engine string, o *office) error {
		if err := o.openProjects(ctx, 1); err != nil {
			return err
		}
		project := o.project(0, 1)
		rate, waits, err := load(256, span, func(int64) error { return o.wholeCall(ctx, project) })
		r.print(Figure{Name: "prepaid_call_" + engine, Value: rate, Unit: "/s", Target: ">=2000"})
		r.print(Figure{Name: "prepaid_call_" + engine + "_p99", Value: ms(waits.percentile(0.99)), Unit: "ms"})
		return err
	})
}

func (o *office) wholeCall(ctx context.Context, project ident.ProjectID) error {
	leg := fmt.Sprintf("w%012d", serial.Add(1))
	_, err := o.charging.Authorise(ctx, charging.AuthoriseRequest{Project: project, LegID: leg, Kind: pricing.LegForward, To: "+380501234567", At: answered})
	if err != nil {
		return err
	}
	if _, err := o.charging.Extend(ctx, charging.ExtendRequest{Project: project, LegID: leg, Elapsed: 70, At: answered.Add(70 * time.Second)}); err != nil {
		return err
	}
	_, err = o.charging.Settle(ctx, charging.SettleRequest{Project: project, LegID: leg, AnsweredAt: answered, Seconds: 130, At: answered.Add(130 * time.Second), Cause: "normal"})
	return err
}
