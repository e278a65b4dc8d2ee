package ledger

import (
	"sync"
	"testing"
	"time"
)

// Identifiers grow, follow the clock and the account, and carry the node's byte.
func TestSequence(t *testing.T) {
	t.Parallel()
	s := newSequence()
	now := time.UnixMicro(1_700_000_000_000_000)
	first := s.next(now, 0)
	if first>>nodeBits != now.UnixMicro() || first&(1<<nodeBits-1) != int64(s.node.Load()) {
		t.Errorf("%d is not made of %d and %d", first, now.UnixMicro(), s.node.Load())
	}
	if second := s.next(now.Add(-time.Hour), 0); second <= first {
		t.Errorf("%d follows %d where the clock goes back", second, first)
	}
	far := first + 1<<40
	if third := s.next(now, far); third <= far {
		t.Errorf("%d follows %d of another node", third, far)
	}
}

func TestSequenceIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newSequence()
	now := time.UnixMicro(1_700_000_000_000_000)
	made := make([][]int64, 4)
	var makers sync.WaitGroup
	for i := range made {
		makers.Go(func() {
			for range 1000 {
				made[i] = append(made[i], s.next(now, 0))
			}
		})
	}
	makers.Wait()
	seen := map[int64]bool{}
	for _, some := range made {
		for _, id := range some {
			if seen[id] {
				t.Fatalf("%d was made twice", id)
			}
			seen[id] = true
		}
	}
}
