package media

import "time"

// watch knows how long a peer has been silent in every way: no audio, no comfort noise, no RTCP (Rule T-87).
type watch struct {
	on    bool
	heard time.Time
	told  bool
}

func (w *watch) alive(now time.Time) {
	w.heard, w.told = now, false
}

// overdue is true once for each silence. A peer that is not to send, for it holds us or we it, may be silent as long as it likes.
func (w *watch) overdue(now time.Time, expected bool, patience time.Duration) bool {
	if !w.on || !expected {
		w.heard = now
		return false
	}
	if w.told || now.Sub(w.heard) < patience {
		return false
	}
	w.told = true
	return true
}

// Watch begins, or ends, to expect that something comes: from the answer on. A watched leg whose peer falls silent for DeadAfter tells Dead.
func (l *Leg) Watch(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watch = watch{on: on, heard: time.Now()}
}

// everySecond looks after what is slow: silence and reports.
func (l *Leg) everySecond(now time.Time) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	expected := l.session.ready && l.session.agreed.Direction.Receives()
	dead := l.watch.overdue(now, expected, l.engine.config.DeadAfter)
	l.report(now)
	recording := l.route.tap.recording
	l.mu.Unlock()
	recording.advance(now)
	if dead {
		l.tell(Event{Kind: Dead})
	}
}
