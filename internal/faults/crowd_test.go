package faults_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"pgregory.net/rapid"
)

// town is a database in which every case of a property gets a project of its own.
type town struct {
	*node
	projects atomic.Int64
}

// settle opens a project with some funds; its caps let everything pass.
func (w *town) settle(t rapid.TB, funds money.Micro) ident.ProjectID {
	id := ident.ProjectID(fmt.Sprintf("p%d", w.projects.Add(1)))
	err := w.open(context.Background(), id, funds, noon)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// callers is how many ask at once.
const callers = 200

// The first quantum of a call to the US is two minutes; one minute is the least that can be held.
var quantumPrice = 2 * minutePrice

// authoriseAll lets 200 callers ask at once for so many different legs; each gets its leg's state or a refusal.
func (w *town) authoriseAll(id ident.ProjectID, legs int) (granted map[string]charging.Authorisation, refusals map[string]error) {
	granted, refusals = map[string]charging.Authorisation{}, map[string]error{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for caller := range callers {
		leg := fmt.Sprintf("leg-%d", caller%legs)
		group.Go(func() {
			a, err := w.charging.Authorise(context.Background(), charging.AuthoriseRequest{
				Project: id, LegID: leg, Kind: pricing.LegOutbound, To: callee, At: noon,
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				granted[leg] = a
			} else {
				refusals[leg] = err
			}
		})
	}
	group.Wait()
	return granted, refusals
}

// 200 authorisations at once on one balance, some of them for the same leg, are granted as one after another would be: as many
// as the balance pays for, to the millionth, and not one more. Settled, the calls cost what was talked.
func Test200AuthorisationsAtOnce_Rule_B_72(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &town{node: newNode(db)}
		rapid.Check(t, func(t *rapid.T) {
			legs := rapid.IntRange(1, callers).Draw(t, "legs")
			funds := money.Micro(rapid.Int64Range(0, 4_000_000).Draw(t, "funds"))
			id := w.settle(t, funds)
			granted, refusals := w.authoriseAll(id, legs)
			full, rest := int(funds/quantumPrice), funds%quantumPrice
			expected := full
			if rest >= minutePrice {
				expected++
			}
			if expected = min(expected, legs); len(granted) != expected {
				t.Fatalf("%s grants %d of %d legs, want %d", funds, len(granted), legs, expected)
			}
			for leg, err := range refusals {
				if code := errs.CodeOf(err); code != "charging.no_funds" && code != "billing.suspended" {
					t.Fatalf("%s: %v", leg, err)
				}
			}
			w.hangUp(t, id, granted, funds)
		})
	})
}

// hangUp ends the granted legs at once, each twice, and checks what is left of the funds.
func (w *town) hangUp(t *rapid.T, id ident.ProjectID, granted map[string]charging.Authorisation, funds money.Micro) {
	account, err := ledger.GetAccount(context.Background(), w.db, id)
	if err != nil {
		t.Fatal(err)
	}
	if account.Available() < 0 || account.Held > funds {
		t.Fatalf("%s is held of %s", account.Held, funds)
	}
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	spent := money.Micro(0)
	for leg, a := range granted {
		seconds := a.HoldSeconds - int64(len(leg)%2)*60
		spent += minutes(seconds)
		for range 2 {
			group.Go(func() {
				_, err := w.charging.Settle(context.Background(), charging.SettleRequest{Project: id, LegID: leg, AnsweredAt: noon, Seconds: seconds, At: noon.Add(time.Duration(seconds) * time.Second)})
				if err != nil {
					failed.Store(&err)
				}
			})
		}
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
	if account, err = ledger.GetAccount(context.Background(), w.db, id); err != nil {
		t.Fatal(err)
	}
	if account.Balance() != funds-spent || account.Held != 0 {
		t.Fatalf("%s is left of %s after %s was spent; %s is held", account.Balance(), funds, spent, account.Held)
	}
}
