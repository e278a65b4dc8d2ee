package tracking

import (
	"time"

	"bellwether/internal/pool"
)

// live is what a node has in memory of a project: its open visits and its pools, as the rows of the last transaction left them.
type live struct {
	project  key
	mark     int64 // what the project's row had then; 0 where it is not to be believed
	revision int64 // of the pools
	visits   map[VisitID]*visit
	visitors map[string]*visit  // the open visit of each known visitor
	marks    map[string]VisitID // hits of open visits that count once
	opened   map[uint64]opened  // visits by the document with which they began, until the tag must know their names
	origins  crowd[uint64]      // visits that hold numbers, by whole address
	networks crowd[string]      // and by network
	pools    map[PoolID]*allocator
	unproven []unproven // visits that hold a number without a sign of life, oldest first
	swept    time.Time
}

type allocator struct {
	*pool.Allocator
	settings Pool
}

const sweepEvery = time.Minute

func newLive(project key) *live {
	return &live{
		project: project, visits: map[VisitID]*visit{}, visitors: map[string]*visit{}, marks: map[string]VisitID{}, opened: map[uint64]opened{}, origins: crowd[uint64]{},
		networks: crowd[string]{}, pools: map[PoolID]*allocator{},
	}
}

func (l *live) add(v *visit) {
	l.visits[v.id] = v
	l.know(v)
	for _, mark := range v.marks {
		l.marks[mark] = v.id
	}
}

// know makes a visit found by its visitor.
func (l *live) know(v *visit) {
	if v.visitor != "" {
		l.visitors[v.visitor] = v
	}
}

// forget makes it found no more.
func (l *live) forget(v *visit) {
	if l.visitors[v.visitor] == v {
		delete(l.visitors, v.visitor)
	}
}

// sweep drops the visits that are over.
func (l *live) sweep(at time.Time) {
	if since := at.Sub(l.swept); since >= 0 && since < sweepEvery {
		return
	}
	l.swept = at
	for _, v := range l.visits {
		if at.Sub(v.last) <= Idle {
			continue
		}
		l.drop(v)
	}
	l.sweepSilent()
	l.sweepOpened(at)
	l.origins.sweep(at)
	l.networks.sweep(at)
}

// drop takes a visit out of the memory.
func (l *live) drop(v *visit) {
	delete(l.visits, v.id)
	l.forget(v)
	for _, mark := range v.marks {
		delete(l.marks, mark)
	}
}

// find is the open visit that a hit belongs to; nil where it begins one.
func (l *live) find(t *task) *visit {
	t.joined = false
	v := l.visits[t.visit]
	if v == nil && t.hit.Consent == FullConsent && t.visit == 0 {
		v = l.visitors[t.hit.Visitor]
	}
	if v == nil && t.visit == 0 {
		v = l.ofDocument(t)
	}
	if v == nil || v.site != t.setup.site.ID || t.at.Sub(v.last) > Idle {
		return nil
	}
	return v
}

// lose tells the visit whose number was taken that it has none.
func (l *live) lose(holder string) *visit {
	id, target := visitOf(holder)
	v := l.visits[id]
	if v == nil {
		return nil
	}
	if s := v.shows(target); s != nil {
		s.number, s.how = "", howLost
	}
	return v
}
