package store

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Outcome is the answer to one request of a batch.
type Outcome[Out any] struct {
	Value Out
	Err   error
}

// Batcher gathers requests of concurrent callers into one call of a function that works on sets: for the hottest paths,
// where a statement a request would be too many. It takes whatever is queued when the writer comes to it, and waits for
// no timer.
type Batcher[In, Out any] struct {
	db   *DB
	most int
	run  func(ctx context.Context, tx *Tx, in []In) ([]Outcome[Out], error)

	mu      sync.Mutex
	pending []*item[In, Out]
	queued  bool // a call of run is in the writer's queue
}

// item is one caller's request.
type item[In, Out any] struct {
	in     In
	answer chan Outcome[Out]
	request
}

// NewBatcher makes a batcher that hands run at most so many requests at once. run gives an outcome for each, in their
// order; an outcome's error is that request's alone. Where run itself fails, everything it did is undone and its requests
// are run one by one, so that only the one to blame fails. Like a function given to Write it may run more than once.
func NewBatcher[In, Out any](db *DB, most int, run func(ctx context.Context, tx *Tx, in []In) ([]Outcome[Out], error)) *Batcher[In, Out] {
	return &Batcher[In, Out]{db: db, most: most, run: run}
}

// Do queues a request and returns its outcome once it is durable. Contexts are treated as in [DB.Write].
func (b *Batcher[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	var none Out
	if err := ctx.Err(); err != nil {
		return none, err
	}
	it := &item[In, Out]{in: in, answer: make(chan Outcome[Out], 1)}
	if err := b.add(it); err != nil {
		return none, err
	}
	select {
	case out := <-it.answer:
		return out.Value, out.Err
	case <-ctx.Done():
		return it.leave(ctx.Err(), b.db.options.Grace)
	}
}

// Pending counts the requests that wait for the writer: a figure to watch.
func (b *Batcher[In, Out]) Pending() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pending)
}

// leave is request.abandon for an item.
func (it *item[In, Out]) leave(cause error, grace time.Duration) (Out, error) {
	var none Out
	if it.state.CompareAndSwap(waiting, dropped) {
		return none, cause
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case out := <-it.answer:
		return out.Value, out.Err
	case <-timer.C:
		return none, outcomeUnknown(cause)
	}
}

func (b *Batcher[In, Out]) add(it *item[In, Out]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.queued {
		if err := b.enqueue(); err != nil {
			return err
		}
	}
	b.pending = append(b.pending, it)
	return nil
}

// enqueue puts one call of run into the writer's queue. Called with mu held.
func (b *Batcher[In, Out]) enqueue() error {
	c := &gathering[In, Out]{b: b}
	err := b.db.writer.enqueue(&request{run: c.run, settle: c.settle})
	b.queued = err == nil
	return err
}

// gathering is one call of run: the requests it took and their outcomes.
type gathering[In, Out any] struct {
	b        *Batcher[In, Out]
	items    []*item[In, Out]
	taken    bool
	outcomes []Outcome[Out]
}

// take claims what is pending, and sees to it that what is left over gets a call of its own.
func (g *gathering[In, Out]) take() {
	if g.taken {
		return
	}
	g.taken = true
	b := g.b
	b.mu.Lock()
	defer b.mu.Unlock()
	rest := b.pending
	for len(rest) > 0 && len(g.items) < b.most {
		if rest[0].begin() {
			g.items = append(g.items, rest[0])
		}
		rest = rest[1:]
	}
	b.pending = append([]*item[In, Out](nil), rest...)
	b.queued = false
	if len(b.pending) > 0 && b.enqueue() != nil {
		for _, it := range b.pending {
			it.answer <- Outcome[Out]{Err: closedError()}
		}
		b.pending = nil
	}
}

// settled lets callers who have just been answered queue again, as writer.take does: to the writer a gathering is one
// request, however many wait in it.
func (g *gathering[In, Out]) settled() {
	for seen := -1; ; {
		n := g.b.Pending()
		if n == seen || n >= g.b.most {
			return
		}
		seen = n
		runtime.Gosched()
	}
}

func (g *gathering[In, Out]) run(ctx context.Context, tx *Tx) error {
	if !g.taken {
		g.settled()
	}
	g.take()
	if len(g.items) == 0 {
		return nil
	}
	in := make([]In, len(g.items))
	for i, it := range g.items {
		in[i] = it.in
	}
	outcomes, err := g.b.run(ctx, tx, in)
	g.outcomes = outcomes
	return err
}

// settle answers the requests, or has each run alone where they failed together.
func (g *gathering[In, Out]) settle(err error) {
	g.take() // where the transaction failed before run was called, nobody has claimed what is pending
	if err == nil {
		for i, it := range g.items {
			it.answer <- g.outcomes[i]
		}
		return
	}
	if len(g.items) > 1 {
		for _, it := range g.items {
			alone := &gathering[In, Out]{b: g.b, items: []*item[In, Out]{it}, taken: true}
			if closed := g.b.db.writer.enqueue(&request{run: alone.run, settle: alone.settle}); closed != nil {
				it.answer <- Outcome[Out]{Err: closed}
			}
		}
		return
	}
	for _, it := range g.items {
		it.answer <- Outcome[Out]{Err: err}
	}
}
