package pbx

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// bounds counts the calls over trunks and to numbers, and keeps them within their bounds (Rule T-57). Where several nodes have one
// database the bounds are those of all nodes together: the database is asked, beside the calls, for all that ask at once.
type bounds struct {
	pbx    *PBX
	run    string           // of this node
	now    func() time.Time // by the database's clock
	shared bool

	mu     sync.Mutex
	of     map[string]*bound
	wake   chan struct{}
	closed bool
}

// bound is the calls of this node against one bound.
type bound struct {
	most    int // 0 for none: no other node need know
	calls   int
	told    int // of these, what the database has
	waiting []func(granted bool)
}

const (
	useEvery  = trunk.UseLasts / 3
	useWithin = 3 * time.Second // how long the database is waited for; then this node's calls alone count
)

func newBounds(p *PBX, now func() time.Time) *bounds {
	return &bounds{
		pbx: p, run: p.Node + " " + strconv.FormatInt(p.started.UnixMicro(), 10), now: now, shared: p.DB.Dialect() != store.SQLite,
		of: map[string]*bound{}, wake: make(chan struct{}, 1),
	}
}

// at is what there is of a bound; the lock is held.
func (b *bounds) at(name string) *bound {
	u := b.of[name]
	if u == nil {
		u = &bound{}
		b.of[name] = u
	}
	return u
}

// take takes one more call where the bound allows it, or where it must be. then is told, at once or by another goroutine: it must not wait.
// What was granted is given back by free.
func (b *bounds) take(name string, most int, must bool, then func(granted bool)) {
	b.mu.Lock()
	u := b.at(name)
	u.most = most
	granted := must || most == 0 || u.calls < most && !b.shared
	asks := !granted && u.calls < most && !b.closed
	switch {
	case granted:
		u.calls++
	case asks:
		u.waiting = append(u.waiting, then)
	}
	b.mu.Unlock()
	b.look()
	if !asks {
		then(granted)
	}
}

// takeNow is take for whoever may wait.
func (b *bounds) takeNow(name string, most int) bool {
	granted := make(chan bool, 1)
	b.take(name, most, false, func(yes bool) { granted <- yes })
	return <-granted
}

func (b *bounds) free(name string) {
	b.mu.Lock()
	u := b.at(name)
	u.calls--
	if u.idle() {
		delete(b.of, name)
	}
	b.mu.Unlock()
	b.look()
}

func (u *bound) idle() bool { return u.calls == 0 && u.told == 0 && len(u.waiting) == 0 }

// look has the database asked and told.
func (b *bounds) look() {
	if !b.shared {
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// lookForever asks and tells the database until the PBX is closed.
func (b *bounds) lookForever() {
	beat := time.NewTicker(useEvery)
	defer beat.Stop()
	for {
		again := false
		select {
		case <-b.pbx.ctx.Done():
			b.close()
			return
		case <-b.wake:
		case <-beat.C:
			again = true
		}
		b.settle(b.open(again))
	}
}

// asked is what the database is told of a bound, and asked for.
type asked struct {
	trunk.Use
	waiting []func(bool)
	granted int
}

// open gathers what the database does not know yet, and who waits for it; again: what it is to be told again, too.
func (b *bounds) open(again bool) (list []*asked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, u := range b.of {
		told := u.most > 0 || u.told > 0 // somebody else goes by it
		if len(u.waiting) > 0 || told && (again || u.calls != u.told) {
			list = append(list, &asked{Use: trunk.Use{Bound: name, Node: b.run, Calls: u.calls, Asked: len(u.waiting), Most: u.most}, waiting: u.waiting})
			u.waiting = nil
		}
	}
	slices.SortFunc(list, func(a, b *asked) int { return cmp.Compare(a.Bound, b.Bound) }) // nodes that lock bounds in one order wait for each other once
	return list
}

// settle tells and asks the database, and lets those know who wait.
func (b *bounds) settle(list []*asked) {
	if len(list) == 0 {
		return
	}
	ctx, stop := context.WithTimeout(b.pbx.ctx, useWithin)
	defer stop()
	err := b.pbx.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		for _, a := range list {
			if a.granted, err = trunk.Share(ctx, tx, a.Use, b.now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && b.pbx.ctx.Err() == nil {
		b.pbx.Log.Error("how many calls other nodes have is not known: those of this node count alone", "err", err)
	}
	for _, a := range list {
		b.grant(a, err)
		for i, then := range a.waiting {
			then(i < a.granted)
		}
	}
}

// grant counts what was granted.
func (b *bounds) grant(a *asked, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.at(a.Bound)
	if err != nil {
		a.granted = max(0, min(len(a.waiting), a.Most-u.calls))
	} else {
		u.told = a.Calls + a.granted
	}
	u.calls += a.granted
	switch {
	case u.idle():
		delete(b.of, a.Bound)
	case err == nil && u.calls != u.told: // somebody has hung up meanwhile
		b.look()
	}
}

// close refuses whoever waits, and from now on all that would have to.
func (b *bounds) close() {
	b.mu.Lock()
	b.closed = true
	var left []func(bool)
	for _, u := range b.of {
		left = append(left, u.waiting...)
		u.waiting = nil
	}
	b.mu.Unlock()
	for _, then := range left {
		then(false)
	}
}

// giveBack forgets this node's calls in the database: it stops.
func (b *bounds) giveBack(ctx context.Context) error {
	if !b.shared {
		return nil
	}
	return b.pbx.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return trunk.DropUse(ctx, tx, b.run) })
}
