package faults_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// customers send the operations below end from 16 goroutines, each again and again under its key until it is answered. One
// in a hundred answers lets them call fault before they go on.
func customers(t *testing.T, n *node, end int, fault func()) (said testimony, troubles int64) {
	t.Helper()
	said = newTestimony()
	var mu sync.Mutex
	var next, failed atomic.Int64
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for number := int(next.Add(1)) - 1; number < end; number = int(next.Add(1)) - 1 {
				failed.Add(insist(t, n, operationOf(number)))
				mu.Lock()
				said.acknowledged[number] = true
				strike := len(said.acknowledged)%100 == 50
				mu.Unlock()
				if strike {
					fault()
				}
			}
		})
	}
	group.Wait()
	return said, failed.Load()
}

// insist repeats an operation until it succeeds, and counts the failures. A refusal is none: it would be one every time.
func insist(t *testing.T, n *node, o operation) (failures int64) {
	for {
		err := n.deliver(context.Background(), o)
		if err == nil {
			return failures
		}
		if kind := errs.KindOf(err); kind != errs.Unavailable && kind != errs.Internal { // a read that is cut off has no kind
			t.Errorf("%s: %v", o.id(), err)
			return failures
		}
		failures++
	}
}

// The database server dies in the middle of charging, by its own stop or because one of its processes is killed, and comes
// back: customers who repeat what was not answered under the same keys are charged exactly once.
func TestServerKilled_Rule_B_04(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	j := job{DSN: cluster.DSN("postgres"), End: 300}
	if soaking {
		j.End = 20_000
	}
	must(t, found(j.DSN))
	db := storetest.Open(t, store.Options{DSN: j.DSN})
	var strikes atomic.Int64
	said, troubles := customers(t, newNode(db), j.End, func() {
		if strikes.Add(1)%3 == 2 {
			must(t, cluster.Kill(), cluster.Start())
			return
		}
		killBackend(t, db)
	})
	t.Logf("%d answers failed, the server died %d times", troubles, strikes.Load())
	for db.Health(t.Context()) != nil { // it may be recovering still
	}
	for _, objection := range audit(t, j, said, 0) {
		t.Error(objection)
	}
}

// killBackend kills one process of the server with SIGKILL; the server then ends all others and recovers.
func killBackend(t *testing.T, db *store.DB) {
	var pid int
	err := db.QueryRow(context.Background(), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'
		AND pid <> pg_backend_pid() AND datname = current_database() ORDER BY pid LIMIT 1`).Scan(&pid)
	if err != nil { // it is down already
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		t.Error(err)
	}
	const mostAsked = 10_000
	for asked := 0; err == nil && asked < mostAsked; asked++ { // until the server has noticed
		err = db.QueryRow(context.Background(), "SELECT 1").Scan(&pid)
	}
}

// Two nodes on one PostgreSQL are handed the same traffic: they charge one balance and close the same days, and one of them is
// killed. Everything is done once.
func TestTwoNodes_Rule_B_04_B_10(t *testing.T) {
	t.Parallel()
	runs := uint64(1)
	if soaking {
		runs = 50
	}
	for seed := range runs {
		twoNodes(t, seed)
	}
}

func twoNodes(t *testing.T, seed uint64) {
	t.Helper()
	j := job{DSN: foundedPostgres(t), End: 300, Callers: 16}
	draw := rand.New(rand.NewPCG(seed, 5))
	var said [2]testimony
	var group sync.WaitGroup
	for i := range said {
		h := harm{after: i * (1 + draw.IntN(200))}
		group.Go(func() { said[i] = run(t, j, h) })
	}
	group.Wait()
	if !said[0].closed || said[1].closed {
		t.Errorf("one node was to be killed, the other not: closed %v and %v", said[0].closed, said[1].closed)
	}
	said[0].join(said[1])
	for number, reason := range said[0].refused {
		if !strings.HasPrefix(reason, "store.busy ") {
			t.Errorf("operation %d was refused with %s", number, reason)
		}
	}
	for _, objection := range audit(t, j, said[0], seed) {
		t.Errorf("seed %d: %s", seed, objection)
	}
}

// The twins: customers who take any answer for a good one, and nodes that do not know each other's keys.
func TestCarelessClientsOfPostgresAreFoundOut(t *testing.T) {
	t.Parallel()
	j := job{DSN: foundedPostgres(t), End: 60, Callers: 4, Keyless: true}
	said := run(t, j, harm{})
	if other := run(t, j, harm{}); len(other.acknowledged) != j.End {
		t.Errorf("%+v", other)
	}
	if v := audit(t, j, said, 0); !v.has(doubled) || !v.has(unbalanced) {
		t.Errorf("two nodes charged the same without keys, and the auditor saw nothing: %s", v)
	}
}
