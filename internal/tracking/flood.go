package tracking

import (
	"cmp"
	"slices"
	"time"

	"bellwether/internal/pool"
)

// How much of a pool made-up visits can have (Rule C-82).
const (
	// aliveAfter is how long after its first hit another shows that somebody looks at the page: the tag tells of a visible page anew after 15 s.
	aliveAfter = 10 * time.Second
	// unprovenHold is for how long a visit without such a sign keeps its number: two heartbeats and a bit.
	unprovenHold = 35 * time.Second
	// fewestHeld is what a network, and visits without a sign, may hold of the smallest pools.
	fewestHeld    = 4
	unprovenShare = 2 // a half of the pool
	networkShare  = 8 // of it, for one network
	crowdShare    = 2 // a half for all visits of one network
)

// alive reports whether the visit has shown that somebody looks at its pages. It follows from what its rows have.
func (v *visit) alive() bool { return v.last.Sub(v.id.begun()) >= aliveAfter }

// holdings counts the numbers of a pool that a visit has.
func (v *visit) holdings(of PoolID) (n int) {
	for _, s := range v.shown {
		if s.pool == of && s.held() {
			n++
		}
	}
	return n
}

// crowd is visits that hold numbers, by what they have in common.
type crowd[K comparable] map[K][]*visit

func (c crowd[K]) add(key K, v *visit) {
	if !slices.Contains(c[key], v) {
		c[key] = append(c[key], v)
	}
}

// holding counts the numbers of a pool that the visits of a key have now. What is held no more is forgotten on the way.
func (c crowd[K]) holding(key K, of Pool, at time.Time) (n int) {
	c[key] = slices.DeleteFunc(c[key], func(v *visit) bool { return !v.holds() || at.Sub(v.last) > Idle })
	for _, v := range c[key] {
		if at.Sub(v.last) <= of.Hold() {
			n += v.holdings(of.ID)
		}
	}
	return n
}

func (c crowd[K]) sweep(at time.Time) {
	for key, visits := range c {
		if !slices.ContainsFunc(visits, func(v *visit) bool { return v.holds() && at.Sub(v.last) <= Idle }) {
			delete(c, key)
		}
	}
}

// unproven is a visit that held a number before it had shown a sign of life.
type unproven struct {
	visit *visit
	since time.Time
}

// leased notes that a visit holds a number.
func (l *live) leased(v *visit, at time.Time) {
	if v.origin != 0 {
		l.origins.add(v.origin, v)
	}
	if v.network != "" {
		l.networks.add(v.network, v)
	}
	if !v.alive() {
		l.unproven = append(l.unproven, unproven{v, at})
	}
}

// release gives back the numbers of visits that have shown no sign of life; whose visitor tapped a telephone link is dialling, and keeps
// theirs as others do.
func (l *live) release(at time.Time) {
	var tapped []unproven
	for len(l.unproven) > 0 && at.Sub(l.unproven[0].since) > unprovenHold {
		v := l.unproven[0].visit
		l.unproven = l.unproven[1:]
		if v.alive() {
			continue
		}
		for _, s := range v.shown {
			a := l.pools[s.pool]
			switch {
			case a == nil || !s.held():
			case v.taps > 0 && at.Sub(v.last) <= a.settings.Hold():
				tapped = append(tapped, unproven{v, at})
			default:
				a.End(v.holder(s.target), at)
			}
		}
	}
	l.unproven = append(l.unproven, tapped...)
}

// refusal is why a visit gets no number of a pool, however many are free; none where it may have one.
type refusal int

const (
	mayLease refusal = iota
	crowded          // its address, or its network, has so many
	noSign           // too many visits have one that have shown no sign of life, as it has not
)

// refuses says whether a visit that has no number of a pool may not have one (Rule C-82).
func (l *live) refuses(v *visit, a *allocator, at time.Time) refusal {
	status, perAddress := a.Status(at), a.settings.PerAddress
	numbers := status.Free + status.Live
	if v.origin != 0 && l.origins.holding(v.origin, a.settings, at) >= perAddress {
		return crowded
	}
	if v.network != "" && l.networks.holding(v.network, a.settings, at) >= max(perAddress, fewestHeld, numbers/crowdShare) {
		return crowded
	}
	if v.alive() {
		return mayLease
	}
	all, near := 0, 0
	for _, u := range l.unproven {
		if u.visit.alive() {
			continue
		}
		n := u.visit.holdings(a.settings.ID)
		if all += n; u.visit.network == v.network && v.network != "" {
			near += n
		}
	}
	if all >= max(fewestHeld, numbers/unprovenShare) || near >= max(fewestHeld, numbers/networkShare) {
		return noSign
	}
	return mayLease
}

// recount finds, among visits that were read from rows, those that hold numbers.
func (l *live) recount() {
	var holding []*visit
	for _, v := range l.visits {
		if v.holds() {
			holding = append(holding, v)
		}
	}
	slices.SortFunc(holding, func(a, b *visit) int { return cmp.Or(a.last.Compare(b.last), cmp.Compare(a.id, b.id)) })
	for _, v := range holding {
		l.leased(v, v.last)
	}
}

// inherit takes over from memory that is out of date what is in no row: the addresses of visits.
func (l *live) inherit(before *live) {
	if before == nil {
		return
	}
	for id, v := range l.visits {
		if old := before.visits[id]; old != nil {
			v.origin = old.origin
		}
	}
	l.opened = before.opened
}

// spare is what a visit without a sign of life sees that must wait for a number (Rule C-82): the overflow number, else that of its source. It counts as
// no overload, so a flood makes no pool grow.
func (t *task) spare(s shown, e pool.Event, v *visit) shown {
	if e.Kind == pool.Overflowed {
		s.number, s.how = e.Number, howSpare
		return s
	}
	if s.number, s.how = t.setup.signOf(v.from), howSign; s.number == "" {
		return shown{}
	}
	return s
}

// withhold is what a visit sees that may not have a number of the pool: that of its source, where one stands for it.
func (t *task) withhold(s shown, v *visit) shown {
	s.number, s.how = t.setup.signOf(v.from), howWithheld
	return s
}
