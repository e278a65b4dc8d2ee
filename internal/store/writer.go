package store

import (
	"database/sql"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"bellwether/internal/errs"
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
	link        *link        // nil while disconnected
	checkpoints *checkpoints // nil where the engine sees to its log
	now         time.Time    // of the last transaction
	inHand      []*request   // the batch being served; those answered are nil
	running     *request     // the one whose function runs now
}

func newWriter(db *DB, link *link, copying *sql.DB) *writer {
	w := &writer{db: db, most: db.options.Batch, wake: make(chan struct{}, 1), ended: make(chan struct{}), link: link}
	if limit := db.engine.mostInBatch(); w.most <= 0 || w.most > limit {
		w.most = limit
	}
	if copying != nil {
		w.checkpoints = newCheckpoints(copying, w.judgeCopy)
	}
	go w.loop()
	return w
}

// enqueue lets a request wait for its turn. A store that was opened only to be read has no writer.
func (w *writer) enqueue(r *request) error {
	if w == nil {
		return errs.New(errs.Internal, "store.read_only", "the store was opened only to be read")
	}
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
	served := false
	defer func() {
		if !served {
			w.survive()
		}
	}()
	for {
		batch, over := w.take()
		if len(batch) > 0 {
			w.serve(batch)
			w.checkpoints.after(w.link)
			continue
		}
		if over {
			break
		}
		<-w.wake
	}
	served = true
	close(w.ended)
}

// survive goes on in a new goroutine when a function has ended this one, as testing's FailNow does: the function fails,
// the rest of its batch is served again.
func (w *writer) survive() {
	culprit := w.running
	w.undo()
	var rest []*request
	for _, r := range w.inHand {
		if r != nil && r != culprit {
			rest = append(rest, r)
		}
	}
	if culprit != nil {
		culprit.finish(errs.New(errs.Internal, "store.panicked", "a function writing to the store ended its goroutine"))
	}
	go func() {
		w.serve(rest)
		w.loop()
	}()
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
	w.checkpoints.close()
	_ = w.link.close()
	w.link = nil
}

const (
	mostAttempts = 5 // of a batch that the database undid in favour of another, of a function that meets another node's key
	firstPause   = 10 * time.Millisecond
	mostPause    = 500 * time.Millisecond
)

// serve brings a batch to its end: commits it, runs it again where the database asks for that, runs its functions one by
// one where one of them took the others down, and answers everyone.
func (w *writer) serve(batch []*request) {
	w.inHand = batch
	w.serveAgain(batch)
}

func (w *writer) serveAgain(batch []*request) {
	if len(batch) == 0 {
		return
	}
	start, pause := time.Now(), firstPause
	for attempt := 1; ; attempt++ {
		failure := w.attempt(batch)
		if failure == nil {
			w.settle(batch)
			return
		}
		w.stats.reruns.Add(1)
		switch {
		case failure.verdict == lost && !failure.committing && time.Since(start) < w.db.options.Reconnect,
			failure.verdict == again && attempt < mostAttempts:
			<-time.After(pause)
			pause = min(3*pause, mostPause)
		case len(batch) > 1 && (failure.verdict == harmless || failure.verdict == starved || failure.verdict == again):
			for i := range batch {
				w.serveAgain(batch[i : i+1])
			}
			return
		default:
			answer(batch, failure.report())
			return
		}
	}
}

// settle answers the functions of a batch that is through. Those that met a key of another node's run again, one by one.
func (w *writer) settle(batch []*request) {
	for i, r := range batch {
		if !r.meets() {
			answer(batch[i:i+1], nil)
		}
	}
	for i, r := range batch {
		if r != nil {
			w.stats.reruns.Add(1)
			w.serveAgain(batch[i : i+1])
		}
	}
}

// answer tells each caller how its function ended: err for all of them, or each its own. It takes them out of the batch,
// as a caller that has its answer uses its request again.
func answer(batch []*request, err error) {
	for i, r := range batch {
		own := r.err
		if err != nil {
			own = err
		}
		batch[i] = nil
		r.finish(own)
	}
}
