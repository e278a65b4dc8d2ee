package simulate

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
)

// The bounds of what-ifs that run beside requests: each runs the whole of billing twice.
const (
	atATime    = 2               // of a node
	mostKnown  = 100             // that run, wait or are remembered
	longest    = 5 * time.Minute // one of so many calls is the command line's
	keptFor    = 5 * time.Minute // how long an answer counts
	unaskedFor = 15 * time.Second
	glance     = 10 * time.Millisecond // how long whoever looks waits for an answer: that of a small project is there by then
)

// Replays answers what-ifs beside the requests that ask them, so that a page stands at once and says how far its answer is. What nobody
// looks after is given up. It remembers in memory alone: each node works out what it is asked. Safe for concurrent use.
type Replays struct {
	db    *store.DB
	books *pricebook.Library
	ctx   context.Context // of all of them, until Close
	stop  context.CancelFunc
	turn  chan struct{}

	patience time.Duration // with what nobody looks after
	ended    sync.WaitGroup

	mu    sync.Mutex
	known map[Question]*replay
}

// replay is one what-if on its way.
type replay struct {
	Standing
	began   time.Time
	forsake *time.Timer // gives it up, unless somebody looks
	ended   chan struct{}
}

// Standing is how far a what-if is: Done of Total days are replayed, none where it waits for its turn. Where it is Over there is an answer
// or an error, one of Ask's or errs.Unavailable `simulate.long`.
type Standing struct {
	Done, Total int
	Over        bool
	Answer      *WhatIf
	Err         error
}

// NewReplays makes a place for what-ifs of the projects of a database. Close it in the end.
func NewReplays(db *store.DB, books *pricebook.Library) *Replays {
	ctx, stop := context.WithCancel(context.Background())
	return &Replays{db: db, books: books, ctx: ctx, stop: stop, turn: make(chan struct{}, atATime), patience: unaskedFor, known: map[Question]*replay{}}
}

// Close gives up what runs and waits for its end.
func (r *Replays) Close() {
	r.stop()
	r.ended.Wait()
}

// Look says how far the answer to a question is; the first to ask begins it. Errors: errs.Unavailable `simulate.busy` where too many are asked.
func (r *Replays) Look(q Question, now time.Time) (Standing, error) {
	one, err := r.find(q, now)
	if err != nil {
		return Standing{}, err
	}
	select {
	case <-one.ended:
	case <-time.After(glance):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return one.Standing, nil
}

// find gives what is on its way, or remembered, for a question; the first to ask puts it there.
func (r *Replays) find(q Question, now time.Time) (*replay, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.known[q]; one != nil && !one.old(now) {
		if !one.Over {
			one.forsake.Reset(r.patience)
		}
		return one, nil
	}
	maps.DeleteFunc(r.known, func(_ Question, one *replay) bool { return one.old(now) })
	if len(r.known) >= mostKnown || r.ctx.Err() != nil {
		return nil, errs.New(errs.Unavailable, "simulate.busy", "%d other simulations are running", len(r.known)).Try("try again in a minute")
	}
	return r.begin(q, now), nil
}

// old reports whether an answer does not count any more.
func (one *replay) old(now time.Time) bool { return one.Over && now.Sub(one.began) >= keptFor }

// begin puts a question on its way. The caller holds the lock.
func (r *Replays) begin(q Question, now time.Time) *replay {
	ctx, stop := context.WithTimeout(r.ctx, longest)
	one := &replay{began: now, ended: make(chan struct{}), forsake: time.AfterFunc(r.patience, stop)}
	r.known[q] = one
	tell := func(done, total int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		one.Done, one.Total = done, total
	}
	r.ended.Go(func() {
		defer close(one.ended)
		defer stop()
		answer, err := r.answer(ctx, q, now, tell)
		r.mu.Lock()
		defer r.mu.Unlock()
		one.forsake.Stop()
		forsaken := errors.Is(ctx.Err(), context.Canceled) // whoever looks in spite of that begins it again
		if !forsaken {
			one.Over, one.Answer, one.Err = true, answer, err
		}
		if forsaken || err != nil && errs.KindOf(err) == errs.Internal {
			delete(r.known, q)
		}
	})
	return one
}

// answer waits for its turn, then asks.
func (r *Replays) answer(ctx context.Context, q Question, now time.Time, tell func(done, total int)) (*WhatIf, error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	answer, err := ask(ctx, r.db, r.books, q, now, tell)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, errs.New(errs.Unavailable, "simulate.long", "the simulation takes longer than %v", longest).
			Try("run bellwether quote --version " + q.Version)
	}
	return answer, err
}
