package tracking

import (
	"cmp"
	"slices"
	"time"
)

// Who opens a page with the tag is heard of again: by a heartbeat, or by the farewell of who leaves before. Whoever makes visits up mostly is not, and
// what that costs is bounded here (Rule C-89).

// mostSilent is how many open visits of a project that were not heard of again are remembered.
const mostSilent = 20_000

// silent reports whether nothing came of the visit after its first hit.
func (v *visit) silent() bool { return v.hits <= 1 }

// sweepSilent drops the oldest visits that were not heard of again, where there are too many. One that is heard of after that begins anew.
func (l *live) sweepSilent() {
	if len(l.visits) <= mostSilent {
		return
	}
	var silent []*visit
	for _, v := range l.visits {
		if v.silent() {
			silent = append(silent, v)
		}
	}
	if len(silent) <= mostSilent {
		return
	}
	slices.SortFunc(silent, func(a, b *visit) int { return cmp.Compare(b.id, a.id) })
	for _, v := range silent[mostSilent:] {
		l.drop(v)
	}
}

// heard is how much longer than its visit's beginning a call must be for the silence of the visit to mean anything: two heartbeats and a bit.
const heard = unprovenHold

// likely leaves those of a number's holders as candidates that a scorer should weigh: those that were not heard of again only where they are few, or
// no more than the others; else they are a flood, in which real visitors would drown.
func likely(all []holder, at time.Time) []holder {
	silent := func(h holder) bool { return h.silent && at.Sub(h.From) > heard }
	n := 0
	for _, h := range all {
		if silent(h) {
			n++
		}
	}
	if n <= max(fewestHeld, len(all)-n) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), silent)
}
