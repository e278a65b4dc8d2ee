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

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// verdict is what an auditor objects to, as "what: details". Empty means that every promise was kept.
type verdict []string

// The objections.
const (
	lost       = "lost"       // acknowledged and not there
	doubled    = "doubled"    // there more than once
	unbalanced = "unbalanced" // sums differ from the model
	reserved   = "reserved"   // funds are still held when all is over
	unverified = "unverified" // the ledger contradicts itself
	slow       = "slow"       // it took long to be ready again
)

// object notes an objection, unless there are several like it.
func (v *verdict) object(what, format string, args ...any) {
	const most = 5
	same := 0
	for _, text := range *v {
		if strings.HasPrefix(text, what+":") {
			same++
		}
	}
	if same < most {
		*v = append(*v, what+": "+fmt.Sprintf(format, args...))
	}
}

func (v verdict) has(what string) bool {
	return slices.ContainsFunc(v, func(text string) bool { return strings.HasPrefix(text, what+":") })
}

// readyWithin is how long a restart may take.
const readyWithin = 5 * time.Second

// auditor is what a restarted node and its clients do together.
type auditor struct {
	t         *testing.T
	db        *store.DB
	node      *node
	said      testimony
	expected  map[ident.ProjectID]*model
	objection verdict
}

// audit opens what a worker left, checks that what it acknowledged is there, hands in again everything it sent, recovers
// what is open and compares with the model. A node recovers when it starts, or only after its clients have repeated
// everything: the seed decides.
func audit(t *testing.T, j job, said testimony, seed uint64) verdict {
	t.Helper()
	ctx, start := context.Background(), time.Now()
	db, err := store.Open(ctx, store.Options{DSN: j.DSN, Scratch: j.Scratch})
	must(t, err)
	defer func() { must(t, db.Close()) }()
	a := &auditor{t: t, db: db, node: newNode(db), said: said, expected: models(said.sent(j))}
	a.node.keyless, a.node.forgetful = j.Keyless, j.Forgetful
	must(t, db.Health(ctx))
	a.present()
	if seed%2 == 1 {
		must(t, a.node.recover(ctx))
		a.expectRecovered(said.sent(j))
	}
	if took := time.Since(start); took > readyWithin || said.ready > readyWithin && !said.wrapped {
		a.objection.object(slow, "ready after %s, and %s the first time", took, said.ready)
	}
	a.repeat(said.sent(j), seed)
	must(t, a.node.recover(ctx))
	a.settled()
	return a.objection
}

// present: what was acknowledged is there, and nothing is there twice.
func (a *auditor) present() {
	found := map[ident.ProjectID]map[string][]money.Micro{}
	closed := map[ident.ProjectID]civil.Date{}
	for project := range a.expected {
		found[project] = effects(a.t, a.db, project)
		a.once(project, found[project])
		standing, err := billing.GetStanding(context.Background(), a.db, project)
		must(a.t, err)
		closed[project] = standing.NextDay
	}
	for number := range a.said.acknowledged {
		o := operationOf(number)
		there := len(found[o.project][o.id()]) > 0
		switch o.kind {
		case night:
			there = closed[o.project] >= firstDay+civil.Date(o.days())
		case miss, abandoned:
			_, err := charging.GetLeg(context.Background(), a.db, o.project, o.id())
			there = err == nil || a.node.keyless
		}
		if !there {
			a.objection.object(lost, "%s was acknowledged and left nothing", o.id())
		}
	}
}

// once: no operation has two entries.
func (a *auditor) once(project ident.ProjectID, found map[string][]money.Micro) {
	for id, amounts := range found {
		if len(amounts) > 1 {
			a.objection.object(doubled, "%s of project %s is there %d times", id, project, len(amounts))
		}
	}
}

// effects are the amounts of a project's entries by the operation they come from, those of day closes by their keys.
func effects(t *testing.T, db *store.DB, project ident.ProjectID) map[string][]money.Micro {
	t.Helper()
	found := map[string][]money.Micro{}
	for entry, err := range ledger.All(context.Background(), db, ledger.Filter{Project: project}) {
		must(t, err)
		id := operationID(entry.Ref)
		if id == "" {
			id = entry.Key
		}
		found[id] = append(found[id], entry.Amount)
	}
	return found
}

// expectRecovered: a call that was cut off in the middle was charged up to its last heartbeat, and stays so (Rule B-73); one that was
// given back unheard is charged when its end is repeated. One whose end was acknowledged was not.
func (a *auditor) expectRecovered(end int) {
	for number := range end {
		o := operationOf(number)
		if o.kind != talk && o.kind != abandoned {
			continue
		}
		leg, err := charging.GetLeg(context.Background(), a.db, o.project, o.id())
		if errs.CodeOf(err) == "charging.no_leg" {
			continue
		}
		must(a.t, err)
		if leg.State != charging.Expired {
			continue
		}
		if o.kind == talk && a.said.acknowledged[number] {
			a.objection.object(lost, "the end of %s was acknowledged, yet it was recovered", o.id())
		}
		if o.kind == talk && leg.AnsweredAt.IsZero() {
			continue
		}
		a.expected[o.project].balance += -minutes(leg.Seconds) - o.amount()
	}
}

// repeat hands in all operations below end once more, in random order and many at once. What a node recovered in between
// is over: its late end is refused.
func (a *auditor) repeat(end int, seed uint64) {
	numbers := make(chan int)
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for number := range numbers {
				o := operationOf(number)
				err := a.node.deliver(context.Background(), o)
				if recovered := seed%2 == 1 && (o.kind == talk || o.kind == miss); err != nil && !(recovered && errs.CodeOf(err) == "charging.record_conflict") {
					a.t.Errorf("the second delivery of %s: %v", o.id(), err)
				}
			}
		})
	}
	for _, number := range rand.New(rand.NewPCG(seed, 2)).Perm(end) {
		numbers <- number
	}
	close(numbers)
	callers.Wait()
}

// settled: after all is over, the accounts agree with the model and the ledger with itself.
func (a *auditor) settled() {
	ctx := context.Background()
	for _, project := range slices.Sorted(maps.Keys(a.expected)) {
		account, err := ledger.GetAccount(ctx, a.db, project)
		must(a.t, err)
		if expected := a.expected[project].balance; account.Balance() != expected {
			a.objection.object(unbalanced, "%s has %s, the model says %s", project, account.Balance(), expected)
		}
		open, err := charging.OpenLegs(ctx, a.db, project)
		must(a.t, err)
		if account.Held != 0 || len(open) > 0 {
			a.objection.object(reserved, "%s of project %s is held, %d legs are open", account.Held, project, len(open))
		}
		a.once(project, effects(a.t, a.db, project))
	}
	_, err := ledger.NewSealer(a.db).Seal(ctx)
	must(a.t, err)
	report, err := ledger.Verify(ctx, a.db, nil)
	must(a.t, err)
	for _, breach := range report.Breaches {
		a.objection.object(unverified, "%s", breach)
	}
}
