package job

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/store"
)

const (
	// Lease is how long a node may be silent before another begins its job again.
	Lease = 20 * time.Second
	// Attempts is how often a job is begun: one that took its node down, or met a fault of the installation, each time, has failed.
	Attempts = 3
	// leaveBefore is how long before its lease ends a node that cannot renew it stops its job, for another will begin it.
	leaveBefore = 3 * Poll
	// Poll is how often a node looks for jobs, and says of the one it runs how far it is.
	Poll = time.Second
)

// Handler does jobs of a kind. progress is told how far it is, as often as it likes. Where its context ends it returns; what it
// gives back becomes the job's result.
type Handler func(ctx context.Context, j Job, progress func(done, total int64)) (result any, err error)

// Runner runs jobs on one node, one at a time.
type Runner struct {
	db       *store.DB
	owner    string // the node and a word of this process: another one of the same name is another owner
	now      func() time.Time
	handlers map[string]Handler
}

// ownerMark parts the node from the word of its process.
const ownerMark = "#"

// NewRunner makes a runner of the handlers by kind. Jobs of other kinds are left to nodes that know them.
func NewRunner(db *store.DB, node string, now func() time.Time, handlers map[string]Handler) *Runner {
	return &Runner{db: db, owner: node + ownerMark + rand.Text(), now: now, handlers: handlers}
}

// Run takes jobs until ctx ends; then the one it runs goes back into the queue. complain is told of what the database refuses.
func (r *Runner) Run(ctx context.Context, complain func(error)) {
	ticker := time.NewTicker(Poll)
	defer ticker.Stop()
	for {
		ran, err := r.Once(ctx, ticker.C)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			complain(err)
		}
		if ran && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Once runs the oldest job that nobody runs, if there is one. At each beat it tells how far it is.
func (r *Runner) Once(ctx context.Context, beat <-chan time.Time) (ran bool, err error) {
	j, ok, err := r.take(ctx)
	if err != nil || !ok {
		return false, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	var done, total atomic.Int64
	ended := make(chan struct{})
	var result any
	var failure error
	go func() {
		defer close(ended)
		result, failure = r.handle(running, j, func(d, t int64) { done.Store(d); total.Store(t) })
	}()
	lease := r.now().Add(Lease)
	for {
		select {
		case <-ended:
			if running.Err() != nil && failure != nil {
				failure = errInterrupted
			}
			return true, errors.Join(r.end(ctx, j, result, failure, done.Load(), total.Load()), toLog(failure))
		case <-beat:
			now := r.now()
			mine, err := r.tell(ctx, j.ID, done.Load(), total.Load())
			switch {
			case err == nil && mine:
				lease = now.Add(Lease)
			case err == nil || !now.Before(lease.Add(-leaveBefore)):
				stop() // it was cancelled, or another node believes us dead, or soon will
			}
		}
	}
}

// errInterrupted is the failure of a handler that was told to stop.
var errInterrupted = errors.New("the job was interrupted")

// panicked is a fault of a handler, with the stack for the log.
type panicked struct {
	job   ID
	what  any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("job %s panicked: %v\n%s", p.job, p.what, p.stack)
}

// handle runs the handler; its panic must take down neither this node nor those that would begin the job again.
func (r *Runner) handle(ctx context.Context, j Job, progress func(done, total int64)) (result any, err error) {
	defer func() {
		if what := recover(); what != nil {
			err = &panicked{j.ID, what, debug.Stack()}
		}
	}()
	return r.handlers[j.Kind](ctx, j, progress)
}

// toLog is what of a failure the log must have: all but what is an answer to whoever asked.
func toLog(failure error) error {
	if failure == nil || errors.Is(failure, errInterrupted) || isAnswer(failure) {
		return nil
	}
	return failure
}

// isAnswer reports whether a failure is one of the question, which would be met again: a fault of the database or of the machine is
// none, and the job is begun again.
func isAnswer(failure error) bool {
	var known *errs.Error
	return errors.As(failure, &known) && known.Kind != errs.Unavailable && known.Kind != errs.Internal
}

// take claims a job: the oldest that waits, or whose node fell silent.
func (r *Runner) take(ctx context.Context) (j Job, ok bool, err error) {
	open, err := r.open(ctx)
	if err != nil || open == 0 {
		return j, false, err
	}
	err = r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := r.now()
		if given, err := r.giveUp(ctx, tx, open, now); err != nil || given {
			return err
		}
		result, err := tx.Exec(ctx, `UPDATE job_run SET state = 'running', owner = $2, lease_until = $3, error = '', attempts = attempts + 1,
			started_at = CASE WHEN started_at = 0 THEN $4 ELSE started_at END
			WHERE id = $1 AND (state = 'queued' OR state = 'running' AND lease_until < $4)`,
			int64(open), r.owner, now.Add(Lease).UnixMicro(), now.UnixMicro())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if ok = n == 1; !ok || err != nil {
			return err
		}
		j, err = Get(ctx, tx, open)
		return err
	})
	return j, ok, err
}

// giveUp fails a job that was begun often enough and whose node fell silent each time.
func (r *Runner) giveUp(ctx context.Context, tx *store.Tx, id ID, now time.Time) (given bool, err error) {
	result, err := tx.Exec(ctx, `UPDATE job_run SET state = 'failed', error = $2, ended_at = $3, lease_until = 0
		WHERE id = $1 AND attempts >= $4 AND (state = 'queued' OR state = 'running' AND lease_until < $3)`,
		int64(id), string(kept.Of(errNeverEnded())), now.UnixMicro(), Attempts)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// open is the job to take next, zero for none.
func (r *Runner) open(ctx context.Context) (ID, error) {
	kinds := []any{r.now().UnixMicro()}
	for kind := range r.handlers {
		kinds = append(kinds, kind)
	}
	var id ID
	err := r.db.QueryRow(ctx, `SELECT COALESCE(MIN(id), 0) FROM job_run WHERE (state = 'queued' OR state = 'running') AND (state = 'queued' OR lease_until < $1)
		AND kind IN (`+store.List(2, len(kinds)-1)+`)`, kinds...).Scan(&id)
	return id, err
}

// tell stores how far a job is; mine is false where it is not this node's to run any more.
func (r *Runner) tell(ctx context.Context, id ID, done, total int64) (mine bool, err error) {
	return mine, r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.Exec(ctx, `UPDATE job_run SET done = $3, total = $4, lease_until = $5 WHERE id = $1 AND owner = $2 AND state = 'running'`,
			int64(id), r.owner, done, total, r.now().Add(Lease).UnixMicro())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		mine = n == 1
		return err
	})
}

// end stores what came of a job. One that was interrupted goes back into the queue as if it had not been begun, and one that met a
// fault of the installation goes back until it was begun Attempts times.
func (r *Runner) end(ctx context.Context, j Job, result any, failure error, done, total int64) error {
	state, text, why, begun := Done, []byte(nil), kept.Error(""), 1
	var fault *panicked
	switch {
	case ctx.Err() != nil || errors.Is(failure, errInterrupted):
		state, begun = Queued, 0
	case failure != nil && !isAnswer(failure) && !errors.As(failure, &fault) && j.attempts < Attempts:
		state = Queued
	case failure != nil:
		state, why = Failed, kept.Of(told(failure))
	default:
		var err error
		if text, err = json.Marshal(result); err != nil {
			return err
		}
	}
	return r.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		ended := r.now().UnixMicro()
		if state == Queued {
			ended = 0
		}
		_, err := tx.Exec(ctx, `UPDATE job_run SET state = $3, done = $4, total = $5, result = $6, error = $7, ended_at = $8, lease_until = 0,
			attempts = attempts - 1 + $9
			WHERE id = $1 AND owner = $2 AND state = 'running'`, int64(j.ID), r.owner, string(state), done, total, string(text), string(why), ended, begun)
		return err
	})
}

// told is what is kept of a failure for people; the stack of a panic is the log's alone.
func told(failure error) error {
	var fault *panicked
	if errors.As(failure, &fault) {
		return errs.New(errs.Unavailable, "job.panicked", "the program has a fault, which the log tells of")
	}
	return failure
}

// errNeverEnded is the failure of a job that took its nodes down.
func errNeverEnded() error {
	return errs.New(errs.Unavailable, "job.never_ended", "it was begun %d times and never ended", Attempts).With("times", Attempts)
}
