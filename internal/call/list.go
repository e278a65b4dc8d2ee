package call

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"

	"bellwether/internal/account"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Order is the order of a list.
type Order bool

// The orders.
const (
	NewestFirst Order = false
	OldestFirst Order = true
)

// List gives up to limit calls after one (0 for the first page), in an order. A page of a log of any length is a piece of the
// table, or, for whoever sees only some rows, the first of as many pieces as there are people whose rows they are.
func (w Window) List(ctx context.Context, q store.Querier, f Filter, order Order, after ID, limit int) ([]Call, error) {
	list, err := w.list(ctx, q, f, order, after, limit)
	return list, errors.Join(err, withOrigins(ctx, q, list))
}

func (w Window) list(ctx context.Context, q store.Querier, f Filter, order Order, after ID, limit int) ([]Call, error) {
	owners, all := w.reach.Owners()
	if all || f.Client != "" {
		where := w.where(f)
		where.owners(w.reach)
		return queryPage(ctx, q, where, order, after, limit)
	}
	var list []Call
	for _, owner := range owners {
		some, err := w.ownedBy(ctx, q, f, owner, order, after, limit)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b Call) int {
		if order == OldestFirst {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Compare(b.ID, a.ID)
	})
	return list[:min(limit, len(list))], nil
}

func (w Window) ownedBy(ctx context.Context, q store.Querier, f Filter, owner account.UserID, order Order, after ID, limit int) ([]Call, error) {
	where := w.where(f)
	where.add("owner = ?", string(owner))
	if where.log == logByTime {
		where.log = logByOwner
	}
	return queryPage(ctx, q, where, order, after, limit)
}

func queryPage(ctx context.Context, q store.Querier, where *query, order Order, after ID, limit int) ([]Call, error) {
	direction := "DESC"
	if order == OldestFirst {
		direction = "ASC"
	}
	if after != 0 && order == OldestFirst {
		where.add("call_id > ?", int64(after))
	} else if after != 0 {
		where.add("call_id < ?", int64(after))
	}
	where.args = append(where.args, limit)
	return queryCalls(ctx, q, where.log, where.String()+" ORDER BY call_id "+direction+" LIMIT "+store.List(len(where.args), 1), where.args...)
}

func queryCalls(ctx context.Context, q store.Querier, log, condition string, args ...any) (list []Call, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+callList+` FROM `+log+` WHERE `+condition, args, func(rows *sql.Rows) error {
		c, err := scanCall(rows.Scan)
		list = append(list, c)
		return err
	})
}

// Totals are sums over calls.
type Totals struct {
	Calls    int64
	Answered int64
	Prompt   int64 // answered within PromptSeconds (Rule T-128)
	Blocked  int64 // of callers on the block list: nobody could answer them
	Missed   int64
	Owed     int64
	Proper   int64
	Repeated int64
	Talk     int64 // seconds
	Wait     int64 // seconds, of answered calls
	Cost     money.Micro
}

// PromptSeconds is the wait within which an answer is prompt (Rule T-128).
const PromptSeconds = 20

// PromptShare is how many of the calls that somebody could have answered were answered promptly, in hundredths of a per cent; false where
// there was none. Those that still ring are no part of it (Rule T-128).
func (t Totals) PromptShare() (int, bool) {
	of := t.Answered + t.Missed
	if of == 0 {
		return 0, false
	}
	return int(t.Prompt * 10_000 / of), true
}

// Totals adds up the calls of a filter. Those of one client are few: they are read by their index.
func (w Window) Totals(ctx context.Context, q store.Querier, f Filter) (t Totals, err error) {
	if f.Client != "" {
		list, err := w.list(ctx, q, f, NewestFirst, 0, mostOfOne)
		for _, c := range list {
			t.add(c)
		}
		return t, err
	}
	where := w.where(f)
	where.owners(w.reach)
	return t, q.QueryRow(ctx, `SELECT `+sums+` FROM (SELECT * FROM call_log WHERE `+where.String()+`) AS l`, where.args...).Scan(t.fields()...)
}

// sums are what Totals is read from, of rows of the log that are called l.
var sums = `COUNT(*), COALESCE(SUM(CASE WHEN l.answered_at > 0 THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN l.answered_at > 0 AND l.wait_seconds <= ` + strconv.Itoa(PromptSeconds) + ` THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN l.status = 'blocked' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(l.missed), 0), COALESCE(SUM(l.owed), 0), COALESCE(SUM(l.proper), 0), COALESCE(SUM(l.repeated), 0), COALESCE(SUM(l.talk_seconds), 0),
		COALESCE(SUM(CASE WHEN l.answered_at > 0 THEN l.wait_seconds ELSE 0 END), 0), COALESCE(SUM(l.cost), 0)`

// fields are where sums are scanned into.
func (t *Totals) fields() []any {
	return []any{&t.Calls, &t.Answered, &t.Prompt, &t.Blocked, &t.Missed, &t.Owed, &t.Proper, &t.Repeated, &t.Talk, &t.Wait, &t.Cost}
}

// Add adds other sums.
func (t *Totals) Add(o Totals) {
	t.Calls, t.Answered, t.Prompt, t.Blocked = t.Calls+o.Calls, t.Answered+o.Answered, t.Prompt+o.Prompt, t.Blocked+o.Blocked
	t.Missed, t.Owed = t.Missed+o.Missed, t.Owed+o.Owed
	t.Proper, t.Repeated, t.Talk, t.Wait, t.Cost = t.Proper+o.Proper, t.Repeated+o.Repeated, t.Talk+o.Talk, t.Wait+o.Wait, t.Cost+o.Cost
}

// mostOfOne is how many calls of one client are added up.
const mostOfOne = 10_000

func (t *Totals) add(c Call) {
	t.Calls++
	if !c.AnsweredAt.IsZero() {
		t.Answered++
		t.Wait += c.Wait
		t.Prompt += bit(c.Wait <= PromptSeconds)
	}
	t.Blocked += bit(c.Status == TurnedAway)
	t.Missed, t.Owed, t.Proper, t.Repeated = t.Missed+bit(c.Missed), t.Owed+bit(c.Owed), t.Proper+bit(c.Proper), t.Repeated+bit(c.Repeated)
	t.Talk, t.Cost = t.Talk+c.Talk, t.Cost+c.Cost
}

// Live gives the calls that go on, those that have waited longest first.
func (w Window) Live(ctx context.Context, q store.Querier) ([]Live, error) {
	all, err := queryLive(ctx, q, `o.project_id = $1 ORDER BY o.phase_at, o.call_id`, string(w.project))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(l Live) bool { return !w.sees(l.Call) })
	calls := make([]Call, len(all))
	for i := range all {
		calls[i] = all[i].Call
	}
	err = withOrigins(ctx, q, calls)
	for i := range all {
		all[i].Origin = calls[i].Origin
	}
	return all, err
}

func (w Window) sees(c Call) bool { return w.reach.Covers(c.Person.User) }

// Choices are the values that calls of a project have, to choose filters from.
type Choices struct {
	Employees   []Choice
	Departments []Choice
	Numbers     []string
	Tags        []string
	Schemes     []Choice
}

// Choice is a value with its name.
type Choice struct{ ID, Name string }

// chosenFrom is how many of the last calls are looked through for choices.
const chosenFrom = 5000

// Choices reads what the last calls that the reader sees have in common.
func (w Window) Choices(ctx context.Context, q store.Querier) (ch Choices, err error) {
	where := w.where(Filter{})
	where.owners(w.reach)
	where.args = append(where.args, chosenFrom)
	err = store.EachRow(ctx, q, `SELECT DISTINCT employee, employee_name, department, department_name, number, scheme, scheme_name, direction FROM
		(SELECT * FROM call_log WHERE `+where.String()+` ORDER BY call_id DESC LIMIT `+store.List(len(where.args), 1)+`) AS l`, where.args,
		func(rows *sql.Rows) error {
			var person, department, scheme Choice
			var number string
			var direction Direction
			err := rows.Scan(&person.ID, &person.Name, &department.ID, &department.Name, &number, &scheme.ID, &scheme.Name, &direction)
			ch.Employees, ch.Departments, ch.Schemes = withChoice(ch.Employees, person), withChoice(ch.Departments, department), withChoice(ch.Schemes, scheme)
			if number != "" && direction != Internal && !slices.Contains(ch.Numbers, number) {
				ch.Numbers = append(ch.Numbers, number)
			}
			return err
		})
	if err != nil {
		return ch, err
	}
	slices.Sort(ch.Numbers)
	for _, list := range [][]Choice{ch.Employees, ch.Departments, ch.Schemes} {
		slices.SortFunc(list, func(a, b Choice) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	}
	ch.Tags, err = tagsOf(ctx, q, w.project)
	return ch, err
}

func withChoice(list []Choice, c Choice) []Choice {
	if c.ID == "" || slices.ContainsFunc(list, func(known Choice) bool { return known.ID == c.ID }) {
		return list
	}
	return append(list, c)
}

func tagsOf(ctx context.Context, q store.Querier, project any) (tags []string, err error) {
	return tags, store.EachRow(ctx, q, `SELECT DISTINCT tag FROM call_tag WHERE project_id = $1 ORDER BY tag LIMIT 200`, []any{project}, func(rows *sql.Rows) error {
		var tag string
		err := rows.Scan(&tag)
		tags = append(tags, tag)
		return err
	})
}
