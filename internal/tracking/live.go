package tracking

import (
	"slices"
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
	origins  map[uint64][]*visit
	pools    map[PoolID]*allocator
	unproven []unproven // visits of one hit that hold a number, oldest first
	swept    time.Time
}

type allocator struct {
	*pool.Allocator
	settings Pool
}

// unproven is a visit that has shown by nothing yet that there is a page behind it.
type unproven struct {
	visit *visit
	since time.Time
}

const (
	// provenAfter is for how long a visit of a single hit keeps its number: two heartbeats (Rule C-82).
	provenAfter = 35 * time.Second
	sweepEvery  = time.Minute
)

func newLive(project key) *live {
	return &live{
		project: project, visits: map[VisitID]*visit{}, visitors: map[string]*visit{}, marks: map[string]VisitID{}, origins: map[uint64][]*visit{},
		pools: map[PoolID]*allocator{},
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
	for id, v := range l.visits {
		if at.Sub(v.last) <= Idle {
			continue
		}
		delete(l.visits, id)
		l.forget(v)
		for _, mark := range v.marks {
			delete(l.marks, mark)
		}
	}
	for origin := range l.origins {
		if len(l.holding(origin, at)) == 0 {
			delete(l.origins, origin)
		}
	}
}

// holding are the visits of an address that hold a number now.
func (l *live) holding(origin uint64, at time.Time) []*visit {
	kept := slices.DeleteFunc(l.origins[origin], func(v *visit) bool { return !v.holds() || at.Sub(v.last) > Idle })
	l.origins[origin] = kept
	n := 0
	for _, v := range kept {
		if at.Sub(v.last) <= pool.DefaultHold {
			kept[n], n = v, n+1
		}
	}
	return kept[:n]
}

// find is the open visit that a hit belongs to; nil where it begins one.
func (l *live) find(t *task) *visit {
	v := l.visits[t.visit]
	if v == nil && t.hit.Consent == FullConsent && t.visit == 0 {
		v = l.visitors[t.hit.Visitor]
	}
	if v == nil || v.site != t.setup.site.ID || t.at.Sub(v.last) > Idle {
		return nil
	}
	return v
}

// release gives back the numbers of visits that have shown by nothing that there is a page behind them: a flood of single hits drains no
// pool for longer (Rule C-82).
func (l *live) release(at time.Time) {
	for len(l.unproven) > 0 && at.Sub(l.unproven[0].since) > provenAfter {
		v := l.unproven[0].visit
		l.unproven = l.unproven[1:]
		if v.hits > 1 {
			continue
		}
		for _, s := range v.shown {
			if a := l.pools[s.pool]; a != nil && s.held() {
				a.End(v.holder(s.target), at)
			}
		}
	}
}

// mayLease reports whether visits of an address may hold one more number of a pool.
func (l *live) mayLease(v *visit, p Pool, at time.Time) bool {
	return v.holds() || v.origin == 0 || len(l.holding(v.origin, at)) < p.PerAddress
}

// leased notes that a visit holds a number.
func (l *live) leased(v *visit, at time.Time) {
	if v.origin != 0 && !slices.Contains(l.origins[v.origin], v) {
		l.origins[v.origin] = append(l.origins[v.origin], v)
	}
	if v.hits <= 1 {
		l.unproven = append(l.unproven, unproven{v, at})
	}
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
