package store

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"bellwether/internal/errs"
)

// failure is what took a whole transaction down.
type failure struct {
	err        error
	verdict    verdict
	committing bool // it happened in the commit itself
}

// attempt runs the batch in one transaction and commits it. A nil failure leaves the outcome of each function in r.err.
func (w *writer) attempt(batch []*request) *failure {
	if ill := w.ill.Load(); ill != nil {
		return &failure{err: *ill, verdict: broken}
	}
	if failure := w.connect(); failure != nil {
		return failure
	}
	if err := w.link.begin(); err != nil {
		return w.fail(err, false)
	}
	w.tick()
	kept := 0
	for _, r := range batch {
		if err := w.step(r, len(batch) > 1); err != nil {
			return w.fail(err, false)
		}
		if r.err == nil {
			kept++
		}
	}
	if kept == 0 {
		w.undo()
		return nil
	}
	return w.commit(kept)
}

// tick reads the clock for a transaction: to the microsecond, as instants are stored, and never back.
func (w *writer) tick() {
	now := w.db.options.Now().UTC().Truncate(time.Microsecond)
	if !now.After(w.now) {
		now = w.now.Add(time.Microsecond)
	}
	w.now = now
}

const functionSavepoint = "f"

// step runs one function, in a savepoint where it is not alone. Its own error goes to r.err; one that concerns the whole
// transaction is returned.
func (w *writer) step(r *request, shared bool) error {
	tx := &Tx{link: w.link, engine: w.db.engine, now: w.now, guard: r.guard}
	if shared {
		if err := w.link.savepoint(functionSavepoint); err != nil {
			return err
		}
	}
	w.running = r
	r.err = call(r.run, tx)
	w.running = nil
	failed := tx.settle()
	tx.over = true
	if failed != nil && (errors.Is(failed, errGone) || w.link.session.judge(failed) != harmless) {
		return failed
	}
	if r.err == nil {
		r.err = failed
	}
	if !shared {
		return nil
	}
	return tx.leave(functionSavepoint, r.err == nil)
}

// call runs a function and turns its panic into an error.
func call(run func(context.Context, *Tx) error, tx *Tx) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = errs.New(errs.Internal, "store.panicked", "a function writing to the store panicked: %v", reason).
				With("stack", string(debug.Stack()))
		}
	}()
	return run(writerContext, tx)
}

func (w *writer) commit(functions int) *failure {
	if w.link.session.state() != standingTx {
		return w.fail(errGone, false)
	}
	start := time.Now()
	if err := w.link.commit(); err != nil {
		return w.fail(err, true)
	}
	w.stats.committed(functions, time.Since(start))
	return nil
}

// fail judges an error that concerns the whole transaction and undoes what is left of it.
func (w *writer) fail(err error, committing bool) *failure {
	failure := &failure{err: err, verdict: w.link.session.judge(err), committing: committing}
	switch failure.verdict {
	case broken:
		w.ill.CompareAndSwap(nil, &err)
		w.undo()
	case lost:
		w.disconnect()
	default:
		w.undo()
	}
	return failure
}

// judgeCopy judges an error of copying the log. A disk that fails there has lost nothing yet, as the log is kept, but it is
// no disk to acknowledge on. Where only room is short, copying is tried again as the log grows.
func (w *writer) judgeCopy(err error) {
	if (&sqliteSession{}).judge(err) == broken {
		w.ill.CompareAndSwap(nil, &err)
	}
}

// undo rolls back; where even that fails the connection is given up, which rolls back too.
func (w *writer) undo() {
	if w.link == nil {
		return
	}
	if err := w.link.rollback(); err != nil {
		w.disconnect()
	}
}

func (w *writer) disconnect() {
	_ = w.link.close()
	w.link = nil
}

func (w *writer) connect() *failure {
	if w.link != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(writerContext, connectTimeout)
	defer cancel()
	link, err := w.db.engine.connect(ctx)
	if err != nil {
		return &failure{err: err, verdict: lost}
	}
	w.link = link
	return nil
}

const connectTimeout = 5 * time.Second

// report is what callers get to know of a failure.
func (f *failure) report() error {
	switch {
	case f.verdict == broken:
		return writeFailed(f.err)
	case f.verdict == lost && f.committing:
		return outcomeUnknown(f.err)
	case f.verdict == lost:
		return errs.New(errs.Unavailable, "store.unreachable", "the database cannot be reached: nothing was stored").Because(f.err)
	case f.verdict == starved:
		return errs.New(errs.Unavailable, "store.full", "the machine is out of space, memory or files: nothing was stored").
			Try("free some space").Because(f.err)
	case f.verdict == again:
		return errs.New(errs.Unavailable, "store.busy", "others kept the database busy: nothing was stored").Because(f.err)
	default:
		return f.err
	}
}
