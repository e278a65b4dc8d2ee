package job_test

import (
	"context"
	"sync"
	"testing"

	"bellwether/internal/job"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Asked on two nodes at the same instant, the same question is one job; once it is over, it is another one.
func TestAskedOnTwoNodes(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	nodes := []*store.DB{storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn})}
	ask := func(db *store.DB) (j job.Job, fresh bool) {
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			j, fresh, err = job.Ask(ctx, tx, "rehearsal", "7", map[string]int{"days": 30}, "ann", noon)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return j, fresh
	}
	for round := range 5 {
		var all sync.WaitGroup
		var mu sync.Mutex
		asked, fresh := map[job.ID]bool{}, 0
		for i := range 8 {
			all.Go(func() {
				j, first := ask(nodes[i%2])
				mu.Lock()
				defer mu.Unlock()
				asked[j.ID] = true
				if first {
					fresh++
				}
			})
		}
		all.Wait()
		if len(asked) != 1 || fresh != 1 {
			t.Fatalf("round %d: %d jobs, %d of them new", round, len(asked), fresh)
		}
		for id := range asked {
			if err := nodes[0].Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := job.Cancel(ctx, tx, id, noon)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
