package tracking

import (
	"hash/maphash"
	"time"
)

// opened is a visit that began with a document, and when.
type opened struct {
	visit VisitID
	at    time.Time
}

// unanswered is for how long a tag may not have heard yet which visit its document began (Rule C-88).
const unanswered = time.Minute

// document names what a hit was sent from: the tag's own random name of it, told apart by site, network and browser, so that nobody
// elsewhere can join. 0 where the tag gives none. It is kept in memory alone.
func (c *Collector) document(t *task) uint64 {
	if t.hit.Page == "" {
		return 0
	}
	return max(1, maphash.Comparable(c.seed, [4]string{string(t.setup.site.ID), t.network, t.sender.Agent, t.hit.Page}))
}

// open notes with which document a visit began.
func (l *live) open(v *visit, t *task) {
	if t.document != 0 {
		l.opened[t.document] = opened{v.id, t.at}
	}
}

// ofDocument is the visit that the hit's document has just begun, for a hit that was sent before the tag was told its name; nil for none. A
// visitor who is somebody else joins none.
func (l *live) ofDocument(t *task) *visit {
	began, found := l.opened[t.document]
	if !found || t.at.Sub(began.at) > unanswered {
		return nil
	}
	v := l.visits[began.visit]
	if v != nil && v.visitor != "" && t.hit.Visitor != "" && v.visitor != t.hit.Visitor {
		return nil
	}
	t.joined = v != nil
	return v
}

func (l *live) sweepOpened(at time.Time) {
	for name, o := range l.opened {
		if at.Sub(o.at) > unanswered {
			delete(l.opened, name)
		}
	}
}
