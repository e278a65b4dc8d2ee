package store

import (
	"context"
	"database/sql"
	"sync/atomic"

	"modernc.org/sqlite"
)

// SQLite appends what is committed to a log, and a checkpoint copies the log's pages into the database file. By itself it
// does that inside the commit that finds the log long enough, and every caller waits for tens of thousands of pages. Here
// a goroutine with a connection of its own copies beside the writer. The log can begin anew only when nothing is left in
// it, so the few pages written meanwhile the writer copies itself, between two batches.
const (
	checkpointEvery = 4000   // pages written, from which on the goroutine copies
	restartFrom     = 16_000 // pages in the log, from which on it is made to begin anew
	fewPages        = 500    // left in the log, which the writer copies in a few milliseconds
	mostPasses      = 4      // of the goroutine, to come that near while the writer goes on
)

// checkpoints copies the log of one store.
type checkpoints struct {
	pool   *sql.DB
	judge  func(error)
	wake   chan struct{}
	ended  chan struct{}
	finish atomic.Bool // the goroutine has come near the end of a long log: the writer's turn

	begun int64 // pages the writer had written when it last woke the goroutine; the writer's alone
}

// newCheckpoints begins to watch. judge is told of errors of the database.
func newCheckpoints(pool *sql.DB, judge func(error)) *checkpoints {
	c := &checkpoints{pool: pool, judge: judge, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.loop()
	return c
}

func (c *checkpoints) loop() {
	defer close(c.ended)
	for range c.wake {
		for range mostPasses {
			log, left, err := checkpoint(writerContext, c.pool)
			if err != nil {
				c.judge(err)
				break
			}
			if left <= fewPages {
				c.finish.Store(log >= restartFrom)
				break
			}
		}
	}
}

// after is called by the writer between two batches. An error of the copying is judged; callers have their answers.
func (c *checkpoints) after(link *link) {
	if c == nil || link == nil {
		return
	}
	if c.finish.CompareAndSwap(true, false) {
		if _, _, err := checkpoint(writerContext, link.conn); err != nil {
			c.judge(err)
		}
	}
	written, err := pagesWritten(link.conn)
	if err != nil || written >= c.begun && written-c.begun < checkpointEvery {
		return
	}
	select {
	case c.wake <- struct{}{}:
		c.begun = written
	default: // it is at it
	}
}

func (c *checkpoints) close() {
	if c == nil {
		return
	}
	close(c.wake)
	<-c.ended
	_ = c.pool.Close()
}

// checkpoint copies what no reader keeps it from. It gives the pages in the log and how many of them are left to copy.
func checkpoint(ctx context.Context, on interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
},
) (log, left int64, err error) {
	var busy, copied int64
	err = on.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &copied)
	return log, log - copied, err
}

// pagesWritten counts the pages the connection has written since it was opened, without a look at the file.
func pagesWritten(conn *sql.Conn) (pages int64, err error) {
	err = conn.Raw(func(driverConn any) error {
		current, _, err := driverConn.(sqlite.DBStatus).Status(sqlite.DBStatusCacheWrite, false)
		pages = int64(current)
		return err
	})
	return pages, err
}
