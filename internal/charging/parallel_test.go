package charging_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Rule B-72: 200 parallel authorisations on one balance never hold more than there is. Funds for exactly 37 quanta and a
// last partial one.
func TestParallelAuthorisations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "151.666") // 37 x 4.018 + 3
		o.limit(project.Limits{ConcurrentCalls: pointer(int64(1000))})
		var granted, refused atomic.Int64
		var group sync.WaitGroup
		for i := range 200 {
			group.Go(func() {
				_, err := o.dial(fmt.Sprintf("leg-%03d", i), kyivstar)
				switch errs.CodeOf(err) {
				case "charging.no_funds":
					refused.Add(1)
				default:
					if err != nil {
						t.Error(err)
					}
					granted.Add(1)
				}
			})
		}
		group.Wait()
		if granted.Load() != 38 || refused.Load() != 162 {
			t.Errorf("%d granted, %d refused", granted.Load(), refused.Load())
		}
		if account := o.account(); account.Held > account.Cash || account.Held < uah("151.6") {
			t.Errorf("%s is held of %s", account.Held, account.Cash)
		}
		legs, err := charging.OpenLegs(context.Background(), db, o.id)
		var sum money.Micro
		for _, leg := range legs {
			sum += leg.Held
		}
		if err != nil || sum != o.account().Held {
			t.Errorf("legs hold %s, the account %s, %v", sum, o.account().Held, err)
		}
		o.verified()
	})
}

// The caps hold for calls that are authorised at the same moment too (Rule B-70).
func TestParallelCaps(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100000")
		var granted atomic.Int64
		var group sync.WaitGroup
		for i := range 100 {
			group.Go(func() {
				if _, err := o.dial(fmt.Sprintf("leg-%03d", i), kyivstar); err == nil {
					granted.Add(1)
				} else if errs.CodeOf(err) != "charging.too_many_calls" {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if granted.Load() != 20 {
			t.Errorf("%d calls of 20 were let through", granted.Load())
		}
	})
}

// move is what a caller does on the balance: dial a leg, or hang it up after less than a minute.
type move struct{ op, leg string }

// answer is what the service said: whether it was let through, and what it held.
type answer struct {
	granted bool
	held    money.Micro
}

// balance is the state of the model: what is in the account, and what legs hold.
type balance struct {
	cash money.Micro
	held map[string]money.Micro
}

func (b balance) available() money.Micro {
	free := b.cash
	for _, held := range b.held {
		free -= held
	}
	return free
}

// model is a balance on which calls to Kyivstar are authorised and settled: a quantum of 4.018 is held while there is so
// much, else all whole seconds that are paid for, at least a minute's 2.009, which is also what hanging up costs.
var model = porcupine.Model{
	Init: func() any { return balance{cash: uah("10"), held: map[string]money.Micro{}} },
	Step: func(state, input, output any) (bool, any) {
		b, in, out := state.(balance), input.(move), output.(answer)
		next := balance{cash: b.cash, held: maps.Clone(b.held)}
		if in.op == "hang up" {
			next.cash -= uah("2.009")
			delete(next.held, in.leg)
			return out.granted, next
		}
		available := b.available()
		switch {
		case available < uah("2.009"):
			return !out.granted, next
		case available >= uah("4.018"):
			next.held[in.leg] = uah("4.018")
			return out.granted && out.held == uah("4.018"), next
		}
		next.held[in.leg] = out.held
		return out.granted && out.held <= available && out.held > available-uah("0.04"), next
	},
	Equal: func(a, b any) bool {
		return a.(balance).cash == b.(balance).cash && maps.Equal(a.(balance).held, b.(balance).held)
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// What concurrent callers are told can be told in some order by a balance that serves one after another (Rule B-72).
func TestAuthorisationsAreLinearizable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "10")
		var mu sync.Mutex
		var history []porcupine.Operation
		record := func(client int, in move, do func() answer) {
			call := time.Now().UnixNano()
			out := do()
			operation := porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: time.Now().UnixNano()}
			mu.Lock()
			defer mu.Unlock()
			history = append(history, operation)
		}
		var group sync.WaitGroup
		for client := range 6 {
			group.Go(func() {
				for i := range 4 {
					id := fmt.Sprintf("leg-%d-%d", client, i)
					granted := false
					record(client, move{"dial", id}, func() answer {
						_, err := o.dial(id, kyivstar)
						if granted = err == nil; !granted {
							return answer{}
						}
						return answer{true, o.leg(id).Held}
					})
					if granted {
						record(client, move{"hang up", id}, func() answer { return answer{granted: o.hangUp(id, 30).Amount == uah("2.009")} })
					}
				}
			})
		}
		group.Wait()
		if result := porcupine.CheckOperationsTimeout(model, history, 30*time.Second); result != porcupine.Ok {
			t.Errorf("the history is %s", result)
		}
		twin := slices.Clone(history)
		for i := range twin {
			if out := twin[i].Output.(answer); twin[i].Input.(move).op == "dial" && out.granted {
				twin[i].Output = answer{true, out.held + uah("20")}
				break
			}
		}
		if porcupine.CheckOperationsTimeout(model, twin, 30*time.Second) == porcupine.Ok {
			t.Error("a history in which more was held than there is passed as well")
		}
	})
}

// Extensions and reports of the end of one leg, all at once: it is charged once, and nothing stays held.
func TestParallelExtendAndSettle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		for round := range 5 {
			id := fmt.Sprint("leg-", round)
			if _, err := o.dial(id, kyivstar); err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			for i := range 40 {
				group.Go(func() {
					ctx := context.Background()
					var err error
					switch i % 4 {
					case 0:
						_, err = o.Settle(ctx, charging.SettleRequest{Project: o.id, LegID: id, AnsweredAt: at(noon), Seconds: 61, At: after(61)})
					case 1:
						_, err = o.Charge(ctx, o.record(id, pricing.LegOutbound, kyivstar, 61))
					case 2:
						_, err = o.dial(id, kyivstar)
					case 3:
						_, err = o.Extend(ctx, charging.ExtendRequest{Project: o.id, LegID: id, AnsweredAt: at(noon), Elapsed: int64(i), At: after(int64(i))})
						if errs.CodeOf(err) == "charging.leg_closed" {
							err = nil
						}
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			o.explained(id)
		}
		if account := o.account(); account.Held != 0 || account.Cash != uah("100")-5*uah("2.042483") || len(o.entries(pricing.Call)) != 5 {
			t.Errorf("held %s, cash %s", account.Held, account.Cash)
		}
		o.verified()
	})
}

// totals are the sums that no order of the same requests may change.
type totals struct {
	Cash, Held money.Micro
	Entries    map[string]money.Micro // by id
	Spent      money.Micro
	Minutes    map[string]int64
}

func (o *office) totals() totals {
	o.Helper()
	account, usage := o.account(), o.usage("2026-03-02")
	t := totals{Cash: account.Cash, Held: account.Held, Entries: map[string]money.Micro{}, Spent: usage.Spent(), Minutes: o.minutes("2026-03-02")}
	for _, entry := range o.entries(pricing.Call, pricing.SMS) {
		t.Entries[entry.Ref] += entry.Amount
	}
	return t
}

// Records and messages of a day give the same totals in any order, with any repetitions, one after another or all at once,
// with or without an authorisation before (Rule B-04).
func TestOrdersAndDuplicates(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "")
		o.billing.Enforce = false
		run := 0
		rapid.Check(t, func(rt *rapid.T) {
			jobs := drawJobs(rt)
			var want totals
			for i, order := range [][]job{jobs, shuffled(rt, "first", jobs), shuffled(rt, "second", jobs)} {
				run++
				o.id = o.name(int64(run), 1_000_000)
				o.open(o.id, ukrainian, "")
				o.run(rt, order, i == 2)
				if got := o.totals(); i == 0 {
					want = got
				} else if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatalf("order %d: %s", i, diff)
				}
			}
		})
	})
}

// job is one request of a property: a record, an authorisation of one, or a message.
type job func(ctx context.Context, o *office) error

func drawJobs(t *rapid.T) []job {
	var jobs []job
	for i := range rapid.IntRange(1, 12).Draw(t, "jobs") {
		id := fmt.Sprint("id-", i)
		seconds := rapid.Int64Range(0, 400).Draw(t, "seconds")
		kind := rapid.SampledFrom([]string{pricing.LegOutbound, pricing.LegForward, pricing.LegInbound}).Draw(t, "kind")
		to := rapid.SampledFrom([]string{kyivstar, "+380501234567", "sip:anna@office", "112"}).Draw(t, "to")
		if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
			jobs = append(jobs, func(ctx context.Context, o *office) error {
				_, err := o.ChargeSMS(ctx, charging.SMSRecord{Project: o.id, ID: id, To: kyivstar, Segments: seconds%5 + 1, At: at(noon)})
				return err
			})
			continue
		}
		jobs = append(jobs, func(ctx context.Context, o *office) error {
			_, err := o.Charge(ctx, o.record(id, kind, to, seconds))
			return err
		})
		if rapid.Bool().Draw(t, "authorised") {
			authorise := func(ctx context.Context, o *office) error {
				_, err := o.Authorise(ctx, charging.AuthoriseRequest{Project: o.id, LegID: id, Kind: kind, To: to, At: at(noon)})
				if errs.CodeOf(err) == "charging.record_conflict" { // the record was faster
					return nil
				}
				return err
			}
			jobs = append(jobs, authorise)
		}
	}
	return jobs
}

// shuffled puts jobs into another order and repeats some.
func shuffled(t *rapid.T, label string, jobs []job) []job {
	repeated := slices.Clone(jobs)
	for range rapid.IntRange(0, len(jobs)).Draw(t, label+" repetitions") {
		repeated = append(repeated, rapid.SampledFrom(jobs).Draw(t, label+" again"))
	}
	return rapid.Permutation(repeated).Draw(t, label+" order")
}

func (o *office) run(t *rapid.T, jobs []job, atOnce bool) {
	var group sync.WaitGroup
	for _, job := range jobs {
		do := func() {
			if err := job(context.Background(), o); err != nil {
				t.Error(err)
			}
		}
		if atOnce {
			group.Go(do)
		} else {
			do()
		}
	}
	group.Wait()
}
