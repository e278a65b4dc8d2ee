package event

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Subscriber is told of events.
type Subscriber struct {
	Name   string   // of its cursor: changing it delivers everything again
	Topics []string // topics, or beginnings that end in "." ("project."); empty for all
	// Handle is given one event at a time. nil means that the event is dealt with for good; after an error the same event
	// comes again. Its context ends with the lease.
	Handle func(ctx context.Context, e Event) error
}

func (s Subscriber) wants(topic string) bool {
	for _, t := range s.Topics {
		if t == topic || strings.HasSuffix(t, ".") && strings.HasPrefix(topic, t) {
			return true
		}
	}
	return len(s.Topics) == 0
}

// Options of a Dispatcher. Only Node is required.
type Options struct {
	Node  string           // name of this process among those on the database
	Page  int              // most events read at a time; 0 for 100
	Lease time.Duration    // how long a node that fell silent keeps a subscriber; 0 for 30 s
	Poll  time.Duration    // how often Run looks for events of other nodes; 0 for 500 ms
	Now   func() time.Time // nil for time.Now
}

// Dispatcher delivers events to subscribers.
type Dispatcher struct {
	db          *store.DB
	options     Options
	subscribers []Subscriber
	wakes       []chan struct{} // one for each subscriber
}

// NewDispatcher makes a dispatcher; Run or Step work it.
func NewDispatcher(db *store.DB, options Options, subscribers ...Subscriber) *Dispatcher {
	if options.Page == 0 {
		options.Page = 100
	}
	if options.Lease == 0 {
		options.Lease = 30 * time.Second
	}
	if options.Poll == 0 {
		options.Poll = 500 * time.Millisecond
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	d := &Dispatcher{db: db, options: options, subscribers: subscribers}
	for range subscribers {
		d.wakes = append(d.wakes, make(chan struct{}, 1))
	}
	return d
}

// Wake makes Run look for events now: call it after a transaction that emitted some.
func (d *Dispatcher) Wake() {
	for _, wake := range d.wakes {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// Run delivers until ctx ends, each subscriber on its own so that a slow one holds up nobody else. report is told what
// went wrong; the delivery goes on.
func (d *Dispatcher) Run(ctx context.Context, report func(subscriber string, err error)) {
	var wg sync.WaitGroup
	for i, s := range d.subscribers {
		wg.Go(func() { d.follow(ctx, s, d.wakes[i], report) })
	}
	wg.Wait()
}

func (d *Dispatcher) follow(ctx context.Context, s Subscriber, wake <-chan struct{}, report func(string, error)) {
	ticker := time.NewTicker(d.options.Poll)
	defer ticker.Stop()
	for {
		n, err := d.deliver(ctx, s)
		if err != nil && ctx.Err() == nil {
			report(s.Name, err)
		}
		if n > 0 && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-ticker.C:
		}
	}
}

// Step delivers one page to each subscriber in turn and says how many events were handled. The first error is returned
// after all had their turn.
func (d *Dispatcher) Step(ctx context.Context) (handled int, err error) {
	for _, s := range d.subscribers {
		n, failed := d.deliver(ctx, s)
		handled += n
		if err == nil {
			err = failed
		}
	}
	return handled, err
}

// deliver hands a subscriber its next page.
func (d *Dispatcher) deliver(ctx context.Context, s Subscriber) (passed int, err error) {
	if _, err := order(ctx, d.db); err != nil {
		return 0, err
	}
	if waiting, err := d.anyFor(ctx, s.Name); err != nil || !waiting {
		return 0, err
	}
	c, ok, err := d.lease(ctx, s.Name)
	if err != nil || !ok {
		return 0, err
	}
	events, err := page(ctx, d.db, c.position, d.options.Page)
	if err != nil {
		return 0, err
	}
	passed, failed := d.handle(ctx, s, &c, events)
	// The position is saved also where ctx has ended meanwhile: what was handled should not come again.
	if err := d.save(context.WithoutCancel(ctx), s.Name, c, failed); err != nil {
		return passed, err
	}
	return passed, failed
}

// anyFor reports whether there are events behind a subscriber's position: most polls find none and write nothing.
func (d *Dispatcher) anyFor(ctx context.Context, subscriber string) (any bool, err error) {
	err = d.db.QueryRow(ctx, `SELECT COALESCE((SELECT position FROM event_cursor WHERE subscriber = $1), 0)
		> COALESCE((SELECT position FROM event_cursor WHERE subscriber = $2), 0)`, orderer, subscriber).Scan(&any)
	return any, err
}

// handle passes events to the subscriber until one fails or half the lease is used up, and moves c behind those passed.
func (d *Dispatcher) handle(ctx context.Context, s Subscriber, c *cursor, events []Event) (passed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.until.Sub(d.options.Now()))
	defer cancel()
	pause := c.until.Add(-d.options.Lease / 2)
	for _, e := range events {
		if d.options.Now().After(pause) {
			return passed, nil
		}
		if s.wants(e.Topic) {
			if err := guard(ctx, s, e); err != nil {
				c.attempts++
				return passed, fmt.Errorf("event %d (%s): %w", e.ID, e.Topic, err)
			}
		}
		c.position, c.attempts = e.Position, 0
		passed++
	}
	return passed, nil
}

// guard turns a handler's panic into an error: the event is tried again and the dispatcher lives on.
func guard(ctx context.Context, s Subscriber, e Event) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = errs.New(errs.Internal, "event.handler_panicked", "the handler panicked: %v", reason).At(s.Name)
		}
	}()
	return s.Handle(ctx, e)
}
