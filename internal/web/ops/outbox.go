package ops

import (
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/event"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// backlog is what the subscribers of events have not heard yet.
type backlog struct {
	events  int64         // that the slowest of them still has to hear
	waits   time.Duration // how long the oldest of those has waited
	failing event.Lag     // of the subscriber that failed most often to take its next event; the zero value where none did
}

// backlogOf sums up the lags of all subscribers at an instant. How many events wait says nothing of how long: thousands are a
// moment's work, and a single one may be stuck for hours.
func backlogOf(lags []event.Lag, at time.Time) (b backlog) {
	for _, lag := range lags {
		b.events = max(b.events, lag.Behind)
		if !lag.Oldest.IsZero() {
			b.waits = max(b.waits, at.Sub(lag.Oldest))
		}
		if lag.Error != "" && lag.Attempts > b.failing.Attempts {
			b.failing = lag
		}
	}
	return b
}

func (p *pages) outboxTile(v *cabinet.Visit, b backlog) ui.Tile {
	t := p.lagTile(v, v.T("ops.outbox"), v.N("ops.events_wait", int(b.events)), b.waits, eventsLate, v.T("ops.outbox_why"))
	if b.failing.Attempts == 0 {
		return t
	}
	failed := subscriberName(v, b.failing.Subscriber) + ": " + v.N("ops.failed_times", b.failing.Attempts)
	if t.Tone == ui.Bad {
		failed = t.Change + " · " + failed
	}
	t.Change, t.Tone = failed, ui.Bad
	return t
}

func (p *pages) outboxCard(v *cabinet.Visit, h health) templ.Component {
	var lines []fact
	for _, lag := range h.node.Outbox {
		word := ui.Status(ui.Good, v.N("ops.events_wait", int(lag.Behind)))
		if lag.Error != "" {
			word = pair(ui.Status(ui.Bad, v.N("ops.failed_times", lag.Attempts)), ui.Text(v.Kept(lag.Error)))
		}
		lines = append(lines, fact{subscriberName(v, lag.Subscriber), word})
	}
	if len(lines) == 0 {
		return nothing()
	}
	return card(v.T("ops.subscribers"), facts(lines))
}

var subscriberNames = map[string]lang.Key{
	"erasures": "ops.hears_erasures", "webhooks": "webhooks.title", "log": "ops.hears_log", "number": "ops.hears_number", "paid-users": "ops.hears_paid_users", "staff": "ops.hears_staff",
}

// subscriberName is what hears events, in the reader's words; a program of somebody else's keeps its own name.
func subscriberName(v *cabinet.Visit, name string) string {
	if key, ok := subscriberNames[name]; ok {
		return v.T(key)
	}
	return name
}
