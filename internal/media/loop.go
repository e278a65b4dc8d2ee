package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// tick is how often a loop looks at its sockets. Packets wait half of it in the mean, far less than the jitter of any network,
// and a wake-up serves all legs of the loop instead of one packet: this halves the cost of a call.
const tick = 5 * time.Millisecond

// loop is one goroutine that moves the packets of its legs, plays, mixes and watches them.
type loop struct {
	poller *poller
	stop   chan struct{}
	done   chan struct{}
	wake   chan struct{}

	mu    sync.Mutex
	legs  atomic.Pointer[[]*Leg] // replaced, never changed
	rooms atomic.Pointer[[]*Room]
}

func newLoop() (*loop, error) {
	poller, err := newPoller()
	if err != nil {
		return nil, err
	}
	l := &loop{poller: poller, stop: make(chan struct{}), done: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.legs.Store(&[]*Leg{})
	l.rooms.Store(&[]*Room{})
	go l.run()
	return l, nil
}

func (l *loop) idle() bool { return len(*l.legs.Load()) == 0 && len(*l.rooms.Load()) == 0 }

// run sleeps without a timer while there is no call.
func (l *loop) run() {
	defer close(l.done)
	for {
		select {
		case <-l.stop:
			return
		case <-l.wake:
		}
		if !l.work() {
			return
		}
	}
}

// work turns until there is nothing to do, and is false where the loop was stopped.
func (l *loop) work() bool {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var second time.Time
	for !l.idle() {
		select {
		case <-l.stop:
			return false
		case <-ticker.C:
		}
		l.poller.turn()
		now := time.Now()
		l.advance(now)
		if now.Sub(second) >= time.Second {
			second = now
			for _, leg := range *l.legs.Load() {
				leg.everySecond(now)
			}
		}
	}
	return true
}

func (l *loop) advance(now time.Time) {
	for _, leg := range *l.legs.Load() {
		if leg.busy.Load() {
			leg.advance(now)
		}
	}
	for _, room := range *l.rooms.Load() {
		room.advance(now)
	}
}

func (l *loop) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// with and without give a list with or without one more; the loop goes on with the one it has.
func with[T comparable](list *atomic.Pointer[[]T], item T) {
	grown := append(slices.Clone(*list.Load()), item)
	list.Store(&grown)
}

func without[T comparable](list *atomic.Pointer[[]T], item T) {
	rest := slices.DeleteFunc(slices.Clone(*list.Load()), func(other T) bool { return other == item })
	list.Store(&rest)
}

func (l *loop) addLeg(leg *Leg) {
	l.mu.Lock()
	with(&l.legs, leg)
	l.mu.Unlock()
	l.rouse()
}

func (l *loop) removeLeg(leg *Leg) {
	l.mu.Lock()
	defer l.mu.Unlock()
	without(&l.legs, leg)
}

func (l *loop) addRoom(room *Room) {
	l.mu.Lock()
	with(&l.rooms, room)
	l.mu.Unlock()
	l.rouse()
}

func (l *loop) removeRoom(room *Room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	without(&l.rooms, room)
}

func (l *loop) close() {
	close(l.stop)
	<-l.done
	l.poller.close()
}
