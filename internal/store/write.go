package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/errs"
)

// Write runs fn in a transaction and returns when it is durable, or when it is certain that it will not be.
//
// Functions of concurrent callers are committed together, each in a savepoint of its own: one whose function returns an
// error or panics fails alone. So fn may run more than once, in the writer's goroutine, and must have no effects but those
// on tx and on variables it sets anew each time. It gets the writer's context, not the caller's, and must not call Write.
//
// Several nodes may write to one PostgreSQL. Where it undoes a transaction in favour of another's, the functions run again.
// So does one that fails on a unique key without an error of its own for that: what it looked for in vain, another node has
// stored meanwhile, and now it sees it; an identifier that two nodes made alike, it makes anew.
//
// The transaction asks the guard of the caller's context (Guarded), where there is one.
//
// A caller whose context ends while fn waits gets the context's error and fn never runs. Once fn runs, Write waits for its
// outcome, for Options.Grace after the context ended; then it answers store.outcome_unknown while the change may still be
// stored. Errors of fn come back as they are. Others: store.closed, store.full, store.busy, store.unreachable,
// store.write_failed, store.outcome_unknown, store.panicked.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(insideWriter{}) != nil {
		return errs.New(errs.Internal, "store.nested", "a function inside Write called Write: hand it the tx instead")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r := requests.Get().(*request)
	r.run, r.guard = fn, guardOf(ctx)
	r.state.Store(waiting)
	if err := db.writer.enqueue(r); err != nil {
		return err
	}
	select {
	case err := <-r.answer:
		r.recycle()
		return err
	case <-ctx.Done():
		return r.abandon(ctx.Err(), db.options.Grace)
	}
}

// insideWriter marks the context functions run under.
type insideWriter struct{}

// writerContext is what every statement of the writer runs under. It never ends: a context that ends inside a savepoint
// rolls back the whole transaction. Having no Done channel it also spares both drivers a goroutine a statement.
var writerContext = context.WithValue(context.Background(), insideWriter{}, true)

// request is one function on its way through the writer.
type request struct {
	run    func(ctx context.Context, tx *Tx) error
	guard  Guard           // of the caller's context
	settle func(err error) // where set, called by the writer with the outcome in place of answer
	answer chan error
	state  atomic.Int32
	err    error // of the function's own, in the attempt under way
	met    int   // how often it met a key of another node's
}

// The states of a request. A waiting one is either begun by the writer or dropped by its caller.
const (
	waiting int32 = iota
	begun
	dropped
)

var requests = sync.Pool{New: func() any { return &request{answer: make(chan error, 1)} }}

func (r *request) recycle() {
	r.run, r.guard, r.err, r.met = nil, nil, nil, 0
	requests.Put(r)
}

// meets reports whether the function is to run again because it met a key that another node may have stored since it looked.
func (r *request) meets() bool {
	if !isMeeting(r.err) {
		return false
	}
	r.met++
	return r.met < mostAttempts
}

// begin claims the request for the writer; false where its caller has gone.
func (r *request) begin() bool { return r.state.CompareAndSwap(waiting, begun) }

// abandon ends the caller's wait: at once where the function has not begun, else with its outcome, else with the admission
// that it is not known. The request is not used again, as the writer may still hold it.
func (r *request) abandon(cause error, grace time.Duration) error {
	if r.state.CompareAndSwap(waiting, dropped) {
		return cause
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-r.answer:
		return err
	case <-timer.C:
		return outcomeUnknown(cause)
	}
}

func (r *request) finish(err error) {
	if r.settle != nil {
		r.settle(err)
		return
	}
	r.answer <- err
}
