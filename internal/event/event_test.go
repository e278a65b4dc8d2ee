package event_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func TestEventsAreDeliveredInOrderToThoseWhoWantThem(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		all, some := &reader{}, &reader{}
		d := event.NewDispatcher(db, event.Options{Node: "a", Page: 7}, all.subscriber("all"), some.subscriber("some", "call.", "project.opened"))
		for i := range 20 {
			emit(t, db, "call.ended", i)
			emit(t, db, "project.suspended", i)
		}
		emit(t, db, "project.opened", 20)
		drain(t, d)
		if len(all.got) != 41 || !slices.IsSortedFunc(all.got, func(a, b event.Event) int { return int(a.Position - b.Position) }) {
			t.Errorf("the one who wants all got %v", all.bodies())
		}
		want := []string{}
		for i := range 21 {
			want = append(want, fmt.Sprint(i))
		}
		if !slices.Equal(some.bodies(), want) {
			t.Errorf("the one who wants some got %v", some.bodies())
		}
	})
}

func TestAnEventLivesAndDiesWithItsTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := &reader{}
		d := event.NewDispatcher(db, event.Options{Node: "a"}, r.subscriber("r"))
		refused := errors.New("refused")
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(event.Emit(ctx, tx, made(t, "call.ended", 1)), refused)
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		drain(t, d)
		if len(r.got) != 0 {
			t.Errorf("events of an undone transaction were delivered: %v", r.bodies())
		}
	})
}

func TestAMalformedEventIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	for _, e := range []event.Event{
		{Project: "p", Body: []byte("1")}, {Project: "p", Topic: "t", Body: []byte("{")}, {Project: "p", Topic: "t"},
	} {
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error { return event.Emit(ctx, tx, e) })
		if errs.CodeOf(err) != "event.malformed" {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestAFailedEventIsTriedAgainLaterAndThoseBehindItWait(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock := &clock{now: time.UnixMicro(1_700_000_000_000_000)}
		broken, sound := &reader{refuse: map[string]bool{"2": true}}, &reader{}
		d := event.NewDispatcher(db, event.Options{Node: "a", Now: clock.Now}, broken.subscriber("broken"), sound.subscriber("sound"))
		for i := range 5 {
			emit(t, db, "t", i)
		}
		if _, err := d.Step(context.Background()); err == nil {
			t.Error("the failure was not reported")
		}
		drain(t, d) // at once: nothing
		if got := broken.bodies(); !slices.Equal(got, []string{"0", "1", "2"}) || len(sound.got) != 5 {
			t.Fatalf("before the retry: %v; the other subscriber %v", got, sound.bodies())
		}
		lags, err := d.Lag(context.Background())
		if err != nil || lags[0].Behind != 3 || lags[0].Attempts != 1 || lags[0].Error == "" || lags[0].Oldest.IsZero() {
			t.Errorf("lag %+v, %v", lags, err)
		}
		if lags[1] != (event.Lag{Subscriber: "sound"}) {
			t.Errorf("lag of the sound one %+v", lags[1])
		}
		clock.advance(1100 * time.Millisecond)
		_, _ = d.Step(context.Background()) // fails again and now waits two seconds
		clock.advance(1100 * time.Millisecond)
		drain(t, d)
		broken.refuse = nil
		clock.advance(time.Second)
		drain(t, d)
		if got := broken.bodies(); !slices.Equal(got, []string{"0", "1", "2", "2", "2", "3", "4"}) {
			t.Errorf("in all: %v", got)
		}
	})
}

func TestAHandlerThatPanicsIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	d := event.NewDispatcher(db, event.Options{Node: "a"}, event.Subscriber{Name: "p", Handle: func(context.Context, event.Event) error { panic("no") }})
	emit(t, db, "t", 1)
	if _, err := d.Step(context.Background()); errs.CodeOf(err) != "event.handler_panicked" {
		t.Error(err)
	}
	if lags, err := d.Lag(context.Background()); err != nil || lags[0].Behind != 1 {
		t.Errorf("%+v, %v", lags, err)
	}
}

// A node that dies after it handled events and before it could say so: they come again, on another node, when its lease
// has run out.
func TestEventsOfADeadNodeAreDeliveredByAnother(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDSN, "postgres": storetest.PostgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, address := context.Background(), dsn(t)
			dying, err := store.Open(ctx, store.Options{DSN: address})
			if err != nil {
				t.Fatal(err)
			}
			emit(t, dying, "t", 1)
			emit(t, dying, "t", 2)
			clock := &clock{now: time.Now()}
			first, second := &reader{}, &reader{}
			s := first.subscriber("s")
			s.Handle = func(ctx context.Context, e event.Event) error {
				if len(first.got) == 1 {
					_ = dying.Close()
				}
				return first.handle(ctx, e)
			}
			if _, err := event.NewDispatcher(dying, event.Options{Node: "dying", Now: clock.Now}, s).Step(ctx); err == nil {
				t.Fatal("the dying node saved its position")
			}
			heir := event.NewDispatcher(storetest.Open(t, store.Options{DSN: address}), event.Options{Node: "heir", Now: clock.Now}, second.subscriber("s"))
			drain(t, heir)
			if len(second.got) != 0 {
				t.Errorf("the lease was not respected: %v", second.bodies())
			}
			clock.advance(31 * time.Second)
			drain(t, heir)
			if !slices.Equal(second.bodies(), []string{"1", "2"}) {
				t.Errorf("the heir got %v", second.bodies())
			}
		})
	}
}

// An event whose transaction takes long is not skipped, though others with later identifiers were delivered before it.
// A reader that followed identifiers would lose it: the test checks that it is of this kind.
func TestAnEventOfASlowTransactionIsNotSkipped(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	slow, quick := storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn})
	emitted, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- slow.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			err := event.Emit(ctx, tx, made(t, "t", "slow"))
			close(emitted)
			<-finish
			return err
		})
	}()
	<-emitted
	emit(t, quick, "t", "quick")
	r := &reader{}
	d := event.NewDispatcher(quick, event.Options{Node: "a"}, r.subscriber("r"))
	drain(t, d)
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	drain(t, d)
	if got := r.bodies(); !slices.Equal(got, []string{`"quick"`, `"slow"`}) {
		t.Fatalf("delivered: %v", got)
	}
	if r.got[0].ID < r.got[1].ID {
		t.Errorf("the slow event has the later identifier: the test shows nothing")
	}
}

func TestTwoNodesDeliverOneStream(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	r := &reader{}
	nodes := map[string]*store.DB{}
	for _, name := range []string{"a", "b"} {
		nodes[name] = storetest.Open(t, store.Options{DSN: dsn})
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	s := r.subscriber("s")
	s.Handle = func(ctx context.Context, e event.Event) error {
		err := r.handle(ctx, e)
		if r.len() == 200 {
			stop()
		}
		return err
	}
	for name, db := range nodes {
		wg.Go(func() {
			for i := range 100 {
				emit(t, db, "t", i)
			}
		})
		d := event.NewDispatcher(db, event.Options{Node: name, Page: 5, Poll: time.Millisecond}, s)
		wg.Go(func() { d.Run(ctx, func(_ string, err error) { t.Error(err) }) })
	}
	wg.Wait()
	for i, e := range r.got {
		if e.Position != int64(i+1) {
			t.Fatalf("the %d-th event delivered has position %d", i+1, e.Position)
		}
	}
}

// Whatever waits is delivered at once, however many pages it fills: none of them waits for the next tick.
func TestRunDrainsWhatWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const many = 50
		got := make(chan event.Event, many)
		d := event.NewDispatcher(db, event.Options{Node: "a", Poll: time.Hour, Page: 7}, event.Subscriber{
			Name: "s", Topics: []string{"wanted"}, Handle: func(_ context.Context, e event.Event) error { got <- e; return nil },
		})
		for i := range many {
			emit(t, db, []string{"wanted", "not wanted"}[i%2], i)
		}
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		ended := make(chan struct{})
		go func() { defer close(ended); d.Run(ctx, func(_ string, err error) { t.Error(err) }) }()
		for range many / 2 {
			select {
			case <-got:
			case <-ctx.Done():
				t.Fatal("events wait for a tick")
			}
		}
		stop()
		<-ended
	})
}

func TestRunWakesAndEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		got := make(chan event.Event, 1)
		d := event.NewDispatcher(db, event.Options{Node: "a", Poll: time.Hour}, event.Subscriber{
			Name: "s", Handle: func(_ context.Context, e event.Event) error { got <- e; return nil },
		})
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); d.Run(ctx, func(_ string, err error) { t.Error(err) }) }()
		emit(t, db, "t", 1)
		d.Wake()
		if e := <-got; string(e.Body) != "1" || e.Project != "demo" {
			t.Errorf("%+v", e)
		}
		stop()
		<-ended
	})
}

func TestPurgeKeepsWhatSomebodyStillNeeds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, later := context.Background(), time.Now().Add(time.Hour)
		ahead, behind := &reader{}, &reader{refuse: map[string]bool{"2": true}}
		d := event.NewDispatcher(db, event.Options{Node: "a"}, ahead.subscriber("ahead"), behind.subscriber("behind"))
		for i := range 5 {
			emit(t, db, "t", i)
		}
		_, _ = d.Step(ctx)
		if n, err := event.Purge(ctx, db, time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Errorf("%d young events were purged, %v", n, err)
		}
		if n, err := event.Purge(ctx, db, later); n != 2 || err != nil {
			t.Errorf("%d events were purged, want the 2 that all have passed; %v", n, err)
		}
	})
}

// reader is a subscriber that remembers what it got.
type reader struct {
	mu     sync.Mutex
	got    []event.Event
	refuse map[string]bool // bodies it fails on
}

func (r *reader) subscriber(name string, topics ...string) event.Subscriber {
	return event.Subscriber{Name: name, Topics: topics, Handle: r.handle}
}

func (r *reader) handle(_ context.Context, e event.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, e)
	if r.refuse[string(e.Body)] {
		return errors.New("refused")
	}
	return nil
}

func (r *reader) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func (r *reader) bodies() []string {
	bodies := []string{}
	for _, e := range r.got {
		bodies = append(bodies, string(e.Body))
	}
	return bodies
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func made(t *testing.T, topic string, body any) event.Event {
	t.Helper()
	e, err := event.New("demo", topic, body)
	if err != nil {
		t.Error(err)
	}
	return e
}

func emit(t *testing.T, db *store.DB, topic string, body any) {
	t.Helper()
	e := made(t, topic, body)
	if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error { return event.Emit(ctx, tx, e) }); err != nil {
		t.Error(err)
	}
}

// drain works the dispatcher until nothing moves.
func drain(t *testing.T, d *event.Dispatcher) {
	t.Helper()
	for {
		n, err := d.Step(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
