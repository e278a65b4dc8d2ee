package ledger

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// sequence makes the identifiers of entries and holds: microseconds since 1970 with the node's byte below them, each
// greater than any made here before. ident.Sequence counts in that byte; here it keeps apart the nodes that post to one
// PostgreSQL. Nodes draw their byte at random and draw again when two identifiers ever meet (see [Batch.Flush]).
type sequence struct {
	micros atomic.Int64 // of the identifier made last
	node   atomic.Uint32
}

const nodeBits = 8

// ids serves every batch of the process, whatever its database: identifiers need order, not closeness.
var ids = newSequence()

func newSequence() *sequence {
	s := &sequence{}
	s.drawNode()
	return s
}

// raise has later identifiers follow one, whatever the clock says.
func (s *sequence) raise(above int64) {
	for micros := above >> nodeBits; ; {
		last := s.micros.Load()
		if last >= micros || s.micros.CompareAndSwap(last, micros) {
			return
		}
	}
}

// drawNode picks the node's byte anew.
func (s *sequence) drawNode() { s.node.Store(rand.Uint32() & (1<<nodeBits - 1)) }

// next returns an identifier that follows the clock, after, and all made before.
func (s *sequence) next(now time.Time, after int64) int64 {
	for {
		last := s.micros.Load()
		micros := max(now.UnixMicro(), last+1, after>>nodeBits+1)
		if s.micros.CompareAndSwap(last, micros) {
			return micros<<nodeBits | int64(s.node.Load())
		}
	}
}
