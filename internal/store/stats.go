package store

import (
	"sync/atomic"
	"time"
)

// Stats are figures since the store was opened, and the present state.
type Stats struct {
	Queued       int           // functions waiting now
	Batches      int64         // transactions committed
	Functions    int64         // functions committed in them
	LargestBatch int64         // most functions in one transaction
	Reruns       int64         // transactions undone and run again, whole or function by function
	LastCommit   time.Duration // the last commit, fsync included
	WALBytes     int64         // size of the write-ahead log file; 0 on PostgreSQL
	Failed       bool          // nothing is acknowledged any more (store.write_failed)
}

type counters struct {
	batches, functions, largest, reruns, lastCommit atomic.Int64
}

func (c *counters) committed(functions int, took time.Duration) {
	c.batches.Add(1)
	c.functions.Add(int64(functions))
	c.largest.Store(max(c.largest.Load(), int64(functions))) // written by the writer's goroutine alone
	c.lastCommit.Store(int64(took))
}

// Stats gives the figures a monitor watches.
func (db *DB) Stats() Stats {
	if db.writer == nil {
		return Stats{WALBytes: db.engine.walBytes()}
	}
	c := &db.writer.stats
	return Stats{
		Queued: db.writer.queued(), Batches: c.batches.Load(), Functions: c.functions.Load(), LargestBatch: c.largest.Load(),
		Reruns: c.reruns.Load(), LastCommit: time.Duration(c.lastCommit.Load()), WALBytes: db.engine.walBytes(),
		Failed: db.writer.ill.Load() != nil,
	}
}
