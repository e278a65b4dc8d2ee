package tracking

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// load reads a project's open visits and leases as its rows have them; what is in none is taken from the memory before, nil for none.
func load(ctx context.Context, q store.Querier, s *setup, at time.Time, before *live) (*live, error) {
	l := newLive(s.site.Project)
	l.revision, l.swept = s.revision, at
	open, err := readActivities(ctx, q, l.project, at)
	if err != nil {
		return nil, err
	}
	if err := readVisits(ctx, q, l.project, open); err != nil {
		return nil, err
	}
	for _, v := range open {
		l.add(v)
	}
	if err := l.readMarks(ctx, q, at); err != nil {
		return nil, err
	}
	if err := l.readPromos(ctx, q, at); err != nil {
		return nil, err
	}
	for id, settings := range s.pools {
		if l.pools[id], err = loadPool(ctx, q, l.project, settings, s.members[id], at); err != nil {
			return nil, err
		}
	}
	l.inherit(before)
	l.recount()
	return l, nil
}

// readActivities finds the visits that are not over. None of them began longer ago than a visit can last.
func readActivities(ctx context.Context, q store.Querier, project key, at time.Time) (map[VisitID]*visit, error) {
	open := map[VisitID]*visit{}
	const columns = `SELECT visit_id, last_at, left_at, hits, pages, page, contacts, phone, taps, tapped_at, numbers FROM tracking_activity WHERE project_id = $1 AND visit_id > $2 AND `
	idle := at.Add(-Idle)
	for _, one := range []struct {
		query string
		args  []any
	}{
		{columns + "last_at >= $3 AND hits > 1", []any{string(project), earliest(at.Add(-longestVisit)), idle.UnixMicro()}},
		{columns + "hits <= 1 ORDER BY visit_id DESC LIMIT $3", []any{string(project), earliest(idle), mostSilent}},
	} {
		if err := store.EachRow(ctx, q, one.query, one.args, func(rows *sql.Rows) error {
			v := &visit{}
			var last, left, tapped int64
			var numbers string
			err := rows.Scan(&v.id, &last, &left, &v.hits, &v.pages, &v.page, &v.contacts, &v.phone, &v.taps, &tapped, &numbers)
			v.last, v.left, v.tapped, v.shown = instant(last), instant(left), instant(tapped), parseShown(numbers)
			open[v.id] = v
			return err
		}); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// readVisits fills in what does not change of visits; those that have no row are left out.
func readVisits(ctx context.Context, q store.Querier, project key, open map[VisitID]*visit) error {
	ids := make([]int64, 0, len(open))
	for id := range open {
		ids = append(ids, int64(id))
	}
	found := map[VisitID]bool{}
	err := store.EachList(ids, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT visit_id, site_id, visitor_id, ordinal, previous, landing, referrer, source, medium, campaign, term, content, channel, kind, evidence, clicks,
			device, system, browser, language, country, region, city, address, screen, consent, bot, custom FROM tracking_visit
			WHERE visit_id IN (`+list+`) AND project_id = $`+strconv.Itoa(len(args)+1), append(args, string(project)), func(rows *sql.Rows) error {
			id, err := scanVisit(rows, open)
			found[id] = true
			return err
		})
	})
	for id := range open {
		if !found[id] {
			delete(open, id)
		}
	}
	return err
}

func scanVisit(rows *sql.Rows, open map[VisitID]*visit) (VisitID, error) {
	var id VisitID
	var clicks, custom string
	v := visit{}
	err := rows.Scan(&id, &v.site, &v.visitor, &v.ordinal, &v.previous, &v.landing, &v.referrer, &v.from.Name, &v.from.Medium, &v.from.Campaign, &v.from.Term, &v.from.Content,
		&v.from.Channel, &v.from.Kind, &v.from.By, &clicks, &v.agent.device, &v.agent.system, &v.agent.browser, &v.language, &v.place.Country, &v.place.Region,
		&v.place.City, &v.network, &v.width, &v.consent, &v.agent.bot, &custom)
	if err != nil {
		return 0, err
	}
	known := open[id]
	if known == nil {
		return id, nil
	}
	known.site, known.visitor, known.ordinal, known.previous, known.landing, known.referrer, known.from = v.site, v.visitor, v.ordinal, v.previous, v.landing, v.referrer, v.from
	known.agent, known.language, known.place, known.network, known.width, known.consent = v.agent, v.language, v.place, v.network, v.width, v.consent
	known.from.Clicks = parseClicks(clicks)
	if custom != "" {
		err = json.Unmarshal([]byte(custom), &known.custom)
	}
	return id, err
}

// readMarks remembers which hits of open visits have been counted.
func (l *live) readMarks(ctx context.Context, q store.Querier, at time.Time) error {
	return store.EachRow(ctx, q, `SELECT mark, visit_id FROM tracking_hit WHERE project_id = $1 AND hit_id > $2`, []any{string(l.project), earliest(at.Add(-Idle))},
		func(rows *sql.Rows) error {
			var mark string
			var id VisitID
			err := rows.Scan(&mark, &id)
			if v := l.visits[id]; v != nil {
				v.marks = append(v.marks, mark)
				l.marks[mark] = id
			}
			return err
		})
}

// loadPool brings a pool to the state that its leases led to.
func loadPool(ctx context.Context, q store.Querier, project key, settings Pool, members []Use, at time.Time) (*allocator, error) {
	var log []pool.Event
	for _, m := range members {
		joined := pool.Event{Kind: pool.Joined, At: m.Since, Number: m.Number, Until: m.RestedAt}
		log = append(log, joined)
		lease, found, err := lastLease(ctx, q, project, m.Number)
		if err != nil {
			return nil, err
		}
		free := m.Since
		if m.RestedAt.After(free) {
			free = m.RestedAt
		}
		if found && !lease.At.Before(free) && !lease.At.After(at) {
			lease.Until = lease.Until.Add(settings.Hold())
			log = append(log, lease)
		}
	}
	slices.SortStableFunc(log, func(x, y pool.Event) int { return cmp.Compare(x.At.UnixNano(), y.At.UnixNano()) })
	a, err := pool.Replay(pool.Policy{Hold: settings.Hold(), Overflow: settings.Overflow}, log)
	return &allocator{a, settings}, err
}

// lastLease is the latest lease of a number, with its visit's last activity as Until.
func lastLease(ctx context.Context, q store.Querier, project key, n phone.Number) (e pool.Event, found bool, err error) {
	var lease, last int64
	var id VisitID
	var target, visitor string
	err = q.QueryRow(ctx, `SELECT l.lease_id, l.visit_id, l.target, a.last_at, v.visitor_id
		FROM (SELECT lease_id, visit_id, target FROM tracking_lease WHERE project_id = $1 AND number = $2 ORDER BY lease_id DESC LIMIT 1) AS l
		JOIN tracking_activity AS a ON a.project_id = $3 AND a.visit_id = l.visit_id JOIN tracking_visit AS v ON v.project_id = $4 AND v.visit_id = l.visit_id`,
		string(project), string(n), string(project), string(project)).Scan(&lease, &id, &target, &last, &visitor)
	if errors.Is(err, sql.ErrNoRows) {
		return pool.Event{}, false, nil
	}
	if err != nil {
		return pool.Event{}, false, err
	}
	v := visit{id: id, visitor: visitor}
	return pool.Event{
		Kind: pool.Leased, At: VisitID(lease).begun(), Number: n, Until: instant(last), Visit: v.holder(target), Visitor: v.person(target),
	}, true, nil
}
