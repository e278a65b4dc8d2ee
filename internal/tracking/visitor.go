package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/store"
)

// visitor is somebody who allows to be known again.
type visitor struct {
	first  time.Time
	last   VisitID
	visits int64
	phone  string
	source string // of the first visit
	name   string
	of     key
}

func (v *visit) visitorKey(project key) string { return string(project) + "/" + v.visitor }

// meet finds out whose visit it is, where that may be known, and counts it.
func (b *batch) meet(ctx context.Context, l *live, v *visit, t *task) error {
	v.ordinal = 1
	if v.consent != FullConsent || v.agent.bot != "" {
		return nil
	}
	if v.visitor = t.hit.Visitor; v.visitor == "" {
		v.visitor = t.newVisitor
	}
	known := b.visitors[v.visitorKey(l.project)]
	if known == nil {
		made := visitor{first: t.at, of: l.project, name: v.visitor, source: v.from.Name + " / " + v.from.Medium}
		known = &made
		if t.newVisitor == "" {
			if err := known.read(ctx, b.tx); err != nil {
				return err
			}
		}
		if b.visitors == nil {
			b.visitors = map[string]*visitor{}
		}
		b.visitors[v.visitorKey(l.project)] = known
	}
	if known.last != v.id { // else the visit had a visitor before, who took their consent back and gives it again
		known.visits++
		v.previous, known.last = known.last, v.id
	}
	v.ordinal, v.phone = known.visits, known.phone
	return nil
}

// read fills in what is known; a visitor who is not known stays new.
func (v *visitor) read(ctx context.Context, q store.Querier) error {
	var first int64
	err := q.QueryRow(ctx, `SELECT first_at, last_visit, visits, phone, source FROM tracking_visitor WHERE project_id = $1 AND visitor_id = $2`, string(v.of), v.name).
		Scan(&first, &v.last, &v.visits, &v.phone, &v.source)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	v.first = instant(first)
	return err
}

// consent follows a visit's consent up and down (Rule C-79).
func (b *batch) consent(ctx context.Context, l *live, v *visit, t *task) error {
	if t.hit.Kind == LeaveHit || t.hit.Consent == v.consent || t.joined && t.hit.Kind != ConsentHit { // what was sent before the word may come after it
		return nil
	}
	l.forget(v)
	v.consent = t.hit.Consent
	if v.consent < FullConsent {
		if err := b.losePromo(ctx, l.project, v, v.previous); err != nil {
			return err
		}
		v.visitor, v.ordinal, v.previous = "", 1, 0
		if v.consent == NoConsent { // what the site said may tell them from others
			v.custom = nil
		}
	} else {
		if err := b.meet(ctx, l, v, t); err != nil {
			return err
		}
		if err := b.keepPromo(ctx, l.project, v, t.at); err != nil {
			return err
		}
	}
	l.know(v)
	b.rewrite(l.project, v)
	return nil
}
