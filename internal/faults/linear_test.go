package faults_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/anishathalye/porcupine"
)

// move is a request on one balance, and what was answered.
type move struct {
	what   string // hold, extend, settle, void or pay
	hold   int    // number of the hold it is about
	amount money.Micro
}

// balance is the model: what moves do to it one after another.
type balance struct {
	available money.Micro
	held      map[int]money.Micro // pending holds by number
	closed    map[int]string      // settle or void, by number of the hold
}

// do answers a move and gives the balance after it. The answers are codes; "" for done.
func (b balance) do(m move) (string, balance) {
	reserved, pending := b.held[m.hold]
	switch {
	case m.what == "pay":
		return "", balance{b.available + m.amount, b.held, b.closed}
	case m.what == "hold" && m.amount > b.available:
		return "ledger.insufficient_funds", b
	case m.what == "hold":
		return "", b.reserve(m.hold, m.amount, m.amount)
	case b.closed[m.hold] == "void" && m.what == "void":
		return "", b
	case b.closed[m.hold] != "":
		return "ledger.hold_closed", b
	case !pending:
		return "ledger.no_hold", b
	case m.what == "extend" && m.amount <= reserved:
		return "", b
	case m.what == "extend" && m.amount-reserved > b.available:
		return "ledger.insufficient_funds", b
	case m.what == "extend":
		return "", b.reserve(m.hold, m.amount, m.amount-reserved)
	case m.what == "settle":
		return "", b.end(m, reserved-m.amount)
	default:
		return "", b.end(m, reserved)
	}
}

func (b balance) reserve(hold int, amount, more money.Micro) balance {
	held := maps.Clone(b.held)
	held[hold] = amount
	return balance{b.available - more, held, b.closed}
}

func (b balance) end(m move, back money.Micro) balance {
	held, closed := maps.Clone(b.held), maps.Clone(b.closed)
	delete(held, m.hold)
	closed[m.hold] = m.what
	return balance{b.available + back, held, closed}
}

// oneAfterAnother is the model for porcupine: a history is right if some order of its moves, in which none comes before one
// that had ended when it began, gives these answers.
func oneAfterAnother(funds money.Micro) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return balance{funds, map[int]money.Micro{}, map[int]string{}} },
		Step: func(state, input, output any) (bool, any) {
			answer, after := state.(balance).do(input.(move))
			return answer == output.(string), after
		},
		Equal: func(a, b any) bool {
			x, y := a.(balance), b.(balance)
			return x.available == y.available && maps.Equal(x.held, y.held) && maps.Equal(x.closed, y.closed)
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %v", input, output) },
	}
}

// history lets callers make moves drawn from the seed at once and takes down when each began and ended.
func history(callers, each int, seed uint64, do func(move) string) []porcupine.Operation {
	var clock atomic.Int64
	var all []porcupine.Operation
	var mu sync.Mutex
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			draw := rand.New(rand.NewPCG(seed, uint64(caller)))
			for i := range each {
				m := drawMove(draw, caller, callers, i)
				o := porcupine.Operation{ClientId: caller, Input: m, Call: clock.Add(1)}
				o.Output, o.Return = do(m), clock.Add(1)
				mu.Lock()
				all = append(all, o)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return all
}

// drawMove holds first; later it may touch the last hold of another caller.
func drawMove(draw *rand.Rand, caller, callers, i int) move {
	amount := money.Micro(1+draw.IntN(30)) * 100_000
	if i%3 == 0 {
		return move{"hold", caller*1000 + i, amount}
	}
	whose := caller
	if draw.IntN(4) == 0 {
		whose = draw.IntN(callers)
	}
	what := []string{"extend", "settle", "void", "settle", "pay"}[draw.IntN(5)]
	return move{what, whose*1000 + i - i%3, amount}
}

// till makes moves on a real ledger.
type till struct {
	db    *store.DB
	moves atomic.Int64
	holds sync.Map // ident.HoldID by number
	// naive is the twin: it looks at the balance before the transaction, and its overdraft refuses nothing.
	naive bool
}

const (
	tillProject = ident.ProjectID("till")
	endless     = money.Micro(1) << 50
)

func openTill(t *testing.T, db *store.DB, funds money.Micro, naive bool) *till {
	t.Helper()
	opening := ledger.Account{Project: tillProject, Currency: "USD", OpenedAt: noon}
	if naive {
		opening.Overdraft = endless
	}
	must(t, db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error { return ledger.Open(ctx, tx, opening) }))
	l := &till{db: db, naive: naive}
	if answer := l.do(move{what: "pay", amount: funds}); answer != "" {
		t.Fatal(answer)
	}
	return l
}

func (l *till) do(m move) string {
	ctx := context.Background()
	if l.naive && l.refuses(ctx, m) {
		return "ledger.insufficient_funds"
	}
	err := l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b := ledger.NewBatch(tx)
		if err := l.move(ctx, b, m); err != nil {
			return err
		}
		return b.Flush(ctx)
	})
	if err == nil {
		return ""
	}
	return errs.CodeOf(err)
}

func (l *till) refuses(ctx context.Context, m move) bool {
	a, err := ledger.GetAccount(ctx, l.db, tillProject)
	if err != nil || m.what != "hold" && m.what != "extend" {
		return err != nil
	}
	wanted := m.amount
	if h, err := ledger.GetHold(ctx, l.db, tillProject, l.hold(m.hold)); m.what == "extend" {
		wanted -= h.Amount
		if err != nil || h.State != ledger.Pending {
			return false
		}
	}
	return wanted > a.Available()-endless
}

func (l *till) move(ctx context.Context, b *ledger.Batch, m move) error {
	name, key := fmt.Sprintf("hold-%d", m.hold), fmt.Sprintf("move-%d", l.moves.Add(1))
	p := ledger.Posting{
		Project: tillProject, Key: key, Day: firstDay, BookedAt: noon, Kind: pricing.Call, Item: "US", Quantity: 1, Amount: -m.amount, House: "revenue:call", Ref: name,
	}
	var err error
	switch m.what {
	case "pay":
		p.Kind, p.Amount, p.Into, p.House = pricing.Payment, m.amount, ledger.Cash, "clearing:card"
		_, _, err = b.Post(ctx, p)
	case "hold":
		var h ledger.Hold
		h, _, err = b.Hold(ctx, ledger.HoldRequest{Project: tillProject, Key: name, Ref: name, Day: firstDay, Amount: m.amount, At: noon})
		if err == nil {
			l.holds.Store(m.hold, h.ID)
		}
	case "extend":
		_, err = b.ExtendHold(ctx, tillProject, l.hold(m.hold), m.amount, noon)
	case "settle":
		_, err = b.Settle(ctx, tillProject, l.hold(m.hold), p)
	default:
		_, err = b.Void(ctx, tillProject, l.hold(m.hold), noon)
	}
	return err
}

func (l *till) hold(number int) ident.HoldID {
	id, _ := l.holds.Load(number)
	known, _ := id.(ident.HoldID)
	return known
}

const (
	tillCallers = 16
	tillMoves   = 15
	tillFunds   = money.Micro(10_000_000)
)

// Holds, extensions, settlements and payments of many callers at once on one balance have the answers and the effect they
// would have one after another: nothing is granted twice, nothing is refused that there was room for.
func TestOneBalanceIsLinearizable_Rule_B_05_B_72(t *testing.T) {
	t.Parallel()
	rounds := uint64(1)
	if soaking {
		rounds = 200
	}
	for round := range rounds {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			l := openTill(t, db, tillFunds, false)
			moves := history(tillCallers, tillMoves, round, l.do)
			if found := porcupine.CheckOperationsTimeout(oneAfterAnother(tillFunds), moves, time.Minute); found != porcupine.Ok {
				t.Errorf("round %d: %s", round, found)
			}
			report, err := ledger.Verify(context.Background(), db, nil)
			must(t, err)
			if !report.OK() {
				t.Errorf("round %d: %s", round, report.Breaches[0])
			}
		})
	}
}

// The twin: a balance read before the transaction is not the balance any more when it counts.
func TestBalanceReadTooEarlyIsFoundOut(t *testing.T) {
	t.Parallel()
	for round := range uint64(20) {
		l := openTill(t, storetest.SQLite(t), tillFunds, true)
		if porcupine.CheckOperationsTimeout(oneAfterAnother(tillFunds), history(tillCallers, tillMoves, round, l.do), time.Minute) == porcupine.Illegal {
			return
		}
	}
	t.Error("twenty rounds and nothing was granted twice: the test above shows nothing")
}
