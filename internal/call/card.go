package call

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Card is everything about one client's number: what its calls come to, who spoke with them, what was written.
type Card struct {
	Client string
	Totals
	First, Last time.Time // zero where nobody called
	Spoke       []Spoke   // who talked with them longest first
	Notes       []Note    // the newest first
	Tags        []string
}

// Spoke is an employee who talked with a client.
type Spoke struct {
	Person
	Calls int64
	Talk  int64 // seconds
	Cost  money.Micro
	Last  time.Time
}


// Card reads the card of a number from the calls the reader sees. errs.NotFound `call.not_found` where there are none.
func (w Window) Card(ctx context.Context, q store.Querier, client string) (c Card, err error) {
	c.Client = client
	f := Filter{Client: client}
	if client == "" {
		return c, noCall()
	}
	if c.Totals, err = w.Totals(ctx, q, f); err != nil {
		return c, err
	}
	if c.Calls == 0 {
		return c, noCall()
	}
	for _, end := range []struct {
		order Order
		at    *time.Time
	}{{OldestFirst, &c.First}, {NewestFirst, &c.Last}} {
		calls, err := w.List(ctx, q, f, end.order, 0, 1)
		if err != nil || len(calls) == 0 {
			return c, err
		}
		*end.at = calls[0].StartedAt
	}
	if c.Spoke, err = w.spoke(ctx, q, f); err != nil {
		return c, err
	}
	if c.Tags, err = w.tags(ctx, q, f); err != nil {
		return c, err
	}
	where := w.where(f)
	where.owners(w.reach)
	c.Notes, err = queryNotes(ctx, q, `project_id = $1 AND call_id IN (SELECT call_id FROM call_log WHERE `+where.String()+
		` AND notes > 0 ORDER BY call_id DESC LIMIT 50) ORDER BY note_id DESC LIMIT 50`, where.args...)
	return c, err
}

// spoke adds up by employee.
func (w Window) spoke(ctx context.Context, q store.Querier, f Filter) (list []Spoke, err error) {
	where := w.where(f)
	where.owners(w.reach)
	err = store.EachRow(ctx, q, `SELECT employee, MAX(employee_name), COUNT(*), SUM(talk_seconds), SUM(cost), MAX(started_at) FROM call_log WHERE `+where.String()+
		` AND employee <> '' AND answered_at > 0 GROUP BY employee`, where.args, func(rows *sql.Rows) error {
		var s Spoke
		var last int64
		err := rows.Scan(&s.ID, &s.Name, &s.Calls, &s.Talk, &s.Cost, &last)
		s.Last = instant(last)
		list = append(list, s)
		return err
	})
	slices.SortFunc(list, func(a, b Spoke) int { return cmp.Or(cmp.Compare(b.Talk, a.Talk), cmp.Compare(a.ID, b.ID)) })
	return list, err
}

// tags are those of a client's calls.
func (w Window) tags(ctx context.Context, q store.Querier, f Filter) (tags []string, err error) {
	where := w.where(f)
	where.owners(w.reach)
	err = store.EachRow(ctx, q, `SELECT DISTINCT tags FROM call_log WHERE `+where.String()+` AND tags <> ''`, where.args, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		tags = append(tags, splitLines(text)...)
		return err
	})
	slices.Sort(tags)
	return slices.Compact(tags), err
}
