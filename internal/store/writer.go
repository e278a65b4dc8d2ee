package store

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// writer owns the one connection that changes anything and the queue in front of it.
type writer struct {
	db    *DB
	most  int
	mu    sync.Mutex
	queue []*request
	wake  chan struct{} // holds a token while the queue may have something
	over  bool
	ended chan struct{}
	ill   atomic.Pointer[error] // why nothing is acknowledged any more
	stats counters

	// Used by the writer's goroutine alone.
	link *link     // nil while disconnected
	now  time.Time // of the last transaction
}

func newWriter(db *DB, link *link) *writer {
	w := &writer{db: db, most: db.options.Batch, wake: make(chan struct{}, 1), ended: make(chan struct{}), link: link}
	if limit := db.engine.mostInBatch(); w.most <= 0 || w.most > limit {
		w.most = limit
	}
	go w.loop()
	return w
}

func (w *writer) enqueue(r *request) error {
	w.mu.Lock()
	if w.over {
		w.mu.Unlock()
		return closedError()
	}
	w.queue = append(w.queue, r)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return nil
}

// loop serves batches until the writer is closed and the queue is empty.
func (w *writer) loop() {
	defer close(w.ended)
	for {
		batch, over := w.take()
		if len(batch) > 0 {
			w.serve(batch)
			continue
		}
		if over {
			return
		}
		<-w.wake
	}
}

// take waits for no timer: it takes whatever is queued, after it has let callers who are just being answered queue again.
func (w *writer) take() (batch []*request, over bool) {
	for seen := 0; ; {
		runtime.Gosched()
		n := w.queued()
		if n == seen || n >= w.most {
			break
		}
		seen = n
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.queue), w.most)
	for _, r := range w.queue[:n] {
		if r.begin() {
			batch = append(batch, r)
		}
	}
	w.queue = append(w.queue[:0:0], w.queue[n:]...)
	return batch, w.over && len(w.queue) == 0
}

func (w *writer) queued() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}

func (w *writer) close() {
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	<-w.ended
	_ = w.link.close()
	w.link = nil
}

const (
	mostAttempts   = 5
	firstPause     = 10 * time.Millisecond
	connectTimeout = 10 * time.Second
)

// serve brings a batch to its end: commits it, runs it again where the database asks for that, runs its functions one by
// one where one of them took the others down, and answers everyone.
func (w *writer) serve(batch []*request) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		failure := w.attempt(batch)
		if failure == nil {
			w.answer(batch, nil)
			return
		}
		w.stats.reruns.Add(1)
		switch {
		case failure.certain() && failure.verdict >= again && failure.verdict != full && attempt < mostAttempts:
			<-time.After(pause)
			pause *= 3
		case failure.certain() && len(batch) > 1:
			for i := range batch {
				w.serve(batch[i : i+1])
			}
			return
		default:
			w.answer(batch, w.report(failure))
			return
		}
	}
}

func (w *writer) answer(batch []*request, err error) {
	for _, r := range batch {
		own := r.err
		if err != nil {
			own = err
		}
		r.finish(own)
	}
}
