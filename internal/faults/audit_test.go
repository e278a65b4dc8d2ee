package faults_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// verdict is what an auditor objects to, as "what: details". Empty means that every promise was kept.
type verdict []string

// The objections. Lost: acknowledged and not there. Doubled: there more than once. Unbalanced: sums differ from the model.
// Reserved: funds are still held. Unverified: the ledger contradicts itself. Slow: it took long to be ready again.
const (
	lost       = "lost"
	doubled    = "doubled"
	unbalanced = "unbalanced"
	reserved   = "reserved"
	unverified = "unverified"
	slow       = "slow"
)

func (v *verdict) object(what, format string, args ...any) {
	const most = 20
	if len(*v) < most {
		*v = append(*v, what+": "+fmt.Sprintf(format, args...))
	}
}

func (v verdict) has(what string) bool {
	return slices.ContainsFunc(v, func(text string) bool { return strings.HasPrefix(text, what+":") })
}

// readyWithin is how long a restart may take.
const readyWithin = 5 * time.Second

// audit opens what a worker left, checks that what it acknowledged is there, hands in again everything it sent, ends what
// is open and compares with the model.
func audit(t *testing.T, j job, said testimony) (v verdict) {
	t.Helper()
	ctx, start := context.Background(), time.Now()
	db, err := store.Open(ctx, store.Options{DSN: j.DSN})
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Health(ctx))
	if took := time.Since(start); took > readyWithin || said.ready > readyWithin {
		v.object(slow, "ready after %s, and %s the first time", took, said.ready)
	}
	for _, project := range projects[1:] {
		v.present(effects(t, db, project), project, said)
	}
	n := newNode(db, j.Keyless)
	sent := said.sent(j)
	repeat(t, n, sent)
	must(t, n.recover(ctx))
	v.settled(t, db, sent)
	return v
}

// present: what was acknowledged is there, and nothing is there twice.
func (v *verdict) present(found map[string][]money.Micro, project ident.ProjectID, said testimony) {
	for number := range said.acknowledged {
		o := operationOf(number)
		if o.project == project && o.kind != broken && o.amount() != 0 && len(found[o.id()]) == 0 {
			v.object(lost, "%s was acknowledged and left nothing", o.id())
		}
	}
	v.once(found)
}

func (v *verdict) once(found map[string][]money.Micro) {
	for id, amounts := range found {
		if len(amounts) > 1 {
			v.object(doubled, "%s is there %d times", id, len(amounts))
		}
	}
}

// effects are the amounts of a project's entries by the operation they come from.
func effects(t *testing.T, db *store.DB, project ident.ProjectID) map[string][]money.Micro {
	t.Helper()
	found := map[string][]money.Micro{}
	for entry, err := range ledger.All(context.Background(), db, ledger.Filter{Project: project}) {
		must(t, err)
		id := operationID(entry.Ref)
		found[id] = append(found[id], entry.Amount)
	}
	return found
}

// repeat hands in all operations below end once more, in random order and many at once.
func repeat(t *testing.T, n *node, end int) {
	t.Helper()
	numbers := make(chan int)
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for number := range numbers {
				if err := n.deliver(context.Background(), operationOf(number)); err != nil {
					t.Errorf("the second delivery of %s: %v", operationOf(number).id(), err)
				}
			}
		})
	}
	for _, number := range rand.Perm(end) {
		numbers <- number
	}
	close(numbers)
	callers.Wait()
}

// settled: after all is over, the accounts agree with the model and the ledger with itself.
func (v *verdict) settled(t *testing.T, db *store.DB, end int) {
	t.Helper()
	ctx, expected := context.Background(), model(end)
	for _, project := range slices.Sorted(maps.Keys(expected)) {
		account, err := ledger.GetAccount(ctx, db, project)
		must(t, err)
		if account.Balance() != expected[project] {
			v.object(unbalanced, "%s has %s, the model says %s", project, account.Balance(), expected[project])
		}
		if account.Held != 0 {
			v.object(reserved, "%s of project %s is still held", account.Held, project)
		}
		v.once(effects(t, db, project))
	}
	_, err := ledger.NewSealer(db).Seal(ctx)
	must(t, err)
	report, err := ledger.Verify(ctx, db, nil)
	must(t, err)
	for _, breach := range report.Breaches {
		v.object(unverified, "%s", breach)
	}
}
