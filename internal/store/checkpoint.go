package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"modernc.org/sqlite"
)

// SQLite appends what is committed to a log, and a checkpoint copies the log's pages into the database file. By itself it
// does that inside the commit that finds the log long enough, and every caller waits for tens of thousands of pages. Here
// a goroutine with a connection of its own copies beside the writer. The log can begin anew only when nothing is left in
// it and nobody reads from it, so the few pages written meanwhile the writer copies itself, between two batches.
const (
	checkpointEvery = 4000   // pages written, from which on the goroutine copies
	restartFrom     = 16_000 // pages in the log, from which on it is made to begin anew
	fewPages        = 500    // left in the log, which the writer copies in a few milliseconds
	mostPasses      = 4      // of the goroutine, to come that near while the writer goes on
	waitFrom        = 32_000 // pages in the log, from which on the writer waits for readers of it
	mostWait        = 100    // milliseconds it waits for them, once in restartFrom pages
)

// checkpoints copies the log of one store.
type checkpoints struct {
	pool   *sql.DB
	judge  func(error)
	wake   chan struct{}
	ended  chan struct{}
	finish atomic.Int64 // pages in a long log whose end the goroutine has come near: the writer's turn; else 0

	// Pages the writer had written when it last woke the goroutine, and when it last waited; the writer's alone.
	begun, waited int64
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
			log, left, err := checkpoint(writerContext, c.pool, "PASSIVE")
			if err != nil {
				c.judge(err)
				break
			}
			if left <= fewPages {
				if log >= restartFrom {
					c.finish.Store(log)
				}
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
	written, err := pagesWritten(link.conn)
	if log := c.finish.Swap(0); log > 0 && err == nil {
		err = c.end(link, log, written)
	}
	if err != nil {
		c.judge(err)
	}
	if err != nil || written >= c.begun && written-c.begun < checkpointEvery {
		return
	}
	select {
	case c.wake <- struct{}{}:
		c.begun = written
	default: // it is at it
	}
}

// end copies what is left in the log, so that the next transaction begins it anew. That also takes that nobody reads from
// the log. Where readers follow each other without a gap, the writer waits for them at last: new ones find everything
// copied and leave the log alone.
func (c *checkpoints) end(link *link, log, written int64) error {
	if log < waitFrom || written-c.waited < restartFrom {
		_, _, err := checkpoint(writerContext, link.conn, "PASSIVE")
		return err
	}
	c.waited = written
	_, err := link.conn.ExecContext(writerContext, fmt.Sprint("PRAGMA busy_timeout = ", mostWait))
	if err == nil {
		_, _, err = checkpoint(writerContext, link.conn, "RESTART")
	}
	_, back := link.conn.ExecContext(writerContext, fmt.Sprint("PRAGMA busy_timeout = ", busyTimeout))
	return errors.Join(err, back)
}

func (c *checkpoints) close() {
	if c == nil {
		return
	}
	close(c.wake)
	<-c.ended
	_ = c.pool.Close()
}

// checkpoint copies what no reader keeps it from; with RESTART it also waits for those who read from the log. It gives the
// pages in the log and how many of them are left to copy.
func checkpoint(ctx context.Context, on interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}, mode string,
) (log, left int64, err error) {
	var busy, copied int64
	err = on.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &log, &copied)
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
