package faults_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// impatient lets callers send the operations below end at once and cancels every second of them when so many others, drawn
// from the seed, have been answered: before its turn, in the middle of a group commit, or too late. The testimony says who
// was acknowledged.
func impatient(t *testing.T, n *node, end int, seed uint64) testimony {
	t.Helper()
	said := newTestimony()
	draw := rand.New(rand.NewPCG(seed, 6))
	cancels := map[int][]context.CancelFunc{} // by how many answers are waited for
	var mu sync.Mutex
	var group sync.WaitGroup
	mu.Lock()
	for number := range end {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if number%2 == 1 {
			patience := draw.IntN(end / 2)
			cancels[patience] = append(cancels[patience], cancel)
		}
		group.Go(func() {
			err := n.deliver(ctx, operationOf(number))
			mu.Lock()
			defer mu.Unlock()
			for _, cancel := range cancels[len(said.acknowledged)] {
				cancel()
			}
			said.note(t, number, err)
		})
	}
	mu.Unlock()
	group.Wait()
	return said
}

// note takes down the outcome of an operation, and objects to one that is no business of its caller.
func (said testimony) note(t *testing.T, number int, err error) {
	id := operationOf(number).id()
	switch {
	case err == nil:
		said.acknowledged[number] = true
	case number%2 == 0:
		t.Errorf("%s was not cancelled and failed: %v", id, err)
	case !errors.Is(err, context.Canceled) && errs.CodeOf(err) != "store.outcome_unknown":
		t.Errorf("%s was cancelled and got %v", id, err)
	default:
		said.refused[number] = err.Error()
	}
}

// A caller that is cancelled in the middle of a group commit harms no other; and repeated under its key, its own request is
// done once, whether it had come through or not.
func TestCancelledCallersHarmNobody_Rule_B_04(t *testing.T) {
	t.Parallel()
	const end = 200
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := job{DSN: open(t), End: end}
			db, err := store.Open(context.Background(), store.Options{DSN: j.DSN, Grace: time.Nanosecond})
			must(t, err)
			said := impatient(t, newNode(db), end, 1)
			must(t, db.Close())
			if len(said.refused) == 0 {
				t.Error("nobody was cancelled in time: the test shows nothing")
			}
			t.Logf("%d of %d were cancelled", len(said.refused), end)
			for _, objection := range audit(t, j, said, 0) {
				t.Error(objection)
			}
		})
	}
}

// The twin: repeated without a key, what had come through after all is done twice.
func TestCancelledWithoutKeysIsFoundOut(t *testing.T) {
	t.Parallel()
	const end = 200
	for seed := range uint64(20) {
		db, err := store.Open(context.Background(), store.Options{DSN: founded(t), Grace: time.Nanosecond})
		must(t, err)
		n := newNode(db)
		n.keyless = true
		for number := range impatient(t, n, end, seed).refused {
			must(t, n.perform(context.Background(), operationOf(number)))
		}
		must(t, n.recover(context.Background()))
		a := &auditor{t: t, db: db, node: n, expected: models(end)}
		a.settled()
		must(t, db.Close())
		if a.objection.has(unbalanced) {
			return
		}
	}
	t.Error("twenty times nothing was done twice: the test above shows nothing")
}
