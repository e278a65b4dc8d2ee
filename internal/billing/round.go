package billing

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// round does the next due thing of many projects in one transaction. What it needs to know it reads for all of them at
// once, and what can be written together is: a night of ten thousand projects is a few thousand statements.
type round struct {
	*Service
	tx       *store.Tx
	batch    *ledger.Batch
	now      time.Time
	news     []event.Event
	closings []*closing
	done     int64

	turnovers map[agencyMonth]money.Micro
}

// runRound does the next thing that is due at now for each project: a change of state by time, or the close of its first
// open day. It returns how many it did; another node may have been faster.
func (s *Service) runRound(ctx context.Context, tx *store.Tx, ids []ident.ProjectID, now time.Time) (int64, error) {
	r := &round{Service: s, tx: tx, batch: ledger.NewBatch(tx), now: now, turnovers: map[agencyMonth]money.Micro{}}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return r.enter(ctx, ids) }, r.gather, r.charge, r.finish, r.write,
	} {
		if err := step(ctx); err != nil {
			return 0, err
		}
	}
	return r.done, nil
}

// enter locks where the projects stand, does their changes of state and begins their closings.
func (r *round) enter(ctx context.Context, ids []ident.ProjectID) error {
	if err := r.batch.Load(ctx, ids, nil); err != nil { // accounts are locked before standings, everywhere
		return err
	}
	standings, err := lockStandings(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	projects, err := r.Projects.Load(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		st := standings[id]
		if st == nil || min(st.nextCloseAt, st.transitionAt) > r.now.UnixMicro() {
			continue
		}
		at := time.UnixMicro(min(st.nextCloseAt, st.transitionAt)).UTC()
		p := projects[id]
		sc := &scene{Service: r.Service, tx: r.tx, batch: r.batch, project: p, standing: st, at: at, day: p.Calendar.DayAt(at), news: &r.news}
		r.done++
		if err := r.begin(ctx, sc); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) begin(ctx context.Context, sc *scene) error {
	if sc.standing.transitionAt > sc.standing.nextCloseAt {
		c, err := newClosing(sc)
		c.turnovers = r.turnovers
		r.closings = append(r.closings, c)
		return err
	}
	var err error
	if sc.held, err = openHoldings(ctx, r.tx, sc.project.ID); err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	if err := sc.advanceState(ctx, tariff.Book); err != nil {
		return err
	}
	return sc.standing.save(ctx, r.tx)
}

// gather reads what the closings need to know.
func (r *round) gather(ctx context.Context) error {
	if len(r.closings) == 0 {
		return nil
	}
	ids := make([]ident.ProjectID, len(r.closings))
	keys := make([]UsageKey, len(r.closings))
	byDay := map[civil.Date][]ident.ProjectID{}
	since, day := never, r.closings[0].date
	for i, c := range r.closings {
		ids[i], keys[i] = c.project.ID, UsageKey{c.project.ID, c.date}
		since, day = min(since, c.since), min(day, c.date)
		byDay[c.date] = append(byDay[c.date], c.project.ID)
	}
	held, err := holdingsOf(ctx, r.tx, ids, since)
	if err != nil {
		return err
	}
	used, err := UsageOf(ctx, r.tx, keys)
	if err != nil {
		return err
	}
	most, err := mostUsed(ctx, r.tx, ids, day-historyDays)
	if err != nil {
		return err
	}
	states, err := historiesOf(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	for i, c := range r.closings {
		c.held, c.used, c.most, c.states = held[c.project.ID].since(c.since), used[keys[i]], most[c.project.ID], states[c.project.ID]
		c.scene.held = held[c.project.ID].open()
	}
	return r.count(ctx, byDay)
}

// closingKinds are the kinds of entries that closing a day makes.
var closingKinds = []pricing.Kind{
	pricing.ProductFee, pricing.SeatFee, pricing.SlotFee, pricing.NumberRent, pricing.SessionFee, pricing.PackageOverage, pricing.Minimum, pricing.Discount,
}

func (r *round) count(ctx context.Context, byDay map[civil.Date][]ident.ProjectID) error {
	for day, ids := range byDay {
		counts, err := ledger.CountByItem(ctx, r.tx, ids, day, closingKinds)
		if err != nil {
			return err
		}
		for _, c := range r.closings {
			if c.date == day {
				c.counts = counts[c.project.ID]
			}
		}
	}
	return nil
}

// charge computes the lines of all, and looks up whether any was posted before.
func (r *round) charge(ctx context.Context) error {
	var keys []ledger.Key
	for _, c := range r.closings {
		if err := c.charge(ctx); err != nil {
			return err
		}
		for _, posting := range c.postings {
			keys = append(keys, ledger.Key{Project: posting.Project, Key: posting.Key})
		}
	}
	return r.batch.Load(ctx, nil, keys)
}

func (r *round) finish(ctx context.Context) error {
	for _, c := range r.closings {
		if err := c.finish(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) write(ctx context.Context) error {
	rows := make([][]any, len(r.closings))
	for i, c := range r.closings {
		rows[i] = c.row(r.now)
	}
	if err := r.tx.Insert(ctx, "billing_day", dayColumns, rows); err != nil {
		return err
	}
	if err := event.Emit(ctx, r.tx, r.news...); err != nil {
		return err
	}
	return r.batch.Flush(ctx)
}

// mostUsed is the most that projects used on a day from one on.
func mostUsed(ctx context.Context, q store.Querier, ids []ident.ProjectID, from civil.Date) (map[ident.ProjectID]money.Micro, error) {
	most := make(map[ident.ProjectID]money.Micro, len(ids))
	return most, store.EachList(ids, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT project_id, MAX(calls + sms + session_fee) FROM billing_usage
			WHERE project_id IN (`+list+`) AND day >= `+store.List(len(args)+1, 1)+` GROUP BY project_id`, append(args, int64(from)), func(rows *sql.Rows) error {
			var id string
			var amount int64
			err := rows.Scan(&id, &amount)
			most[ident.ProjectID(id)] = money.Micro(amount)
			return err
		})
	})
}

// lockStandings reads where projects stand for a change, locked in the order of names.
func lockStandings(ctx context.Context, tx *store.Tx, ids []ident.ProjectID) (map[ident.ProjectID]*Standing, error) {
	standings := make(map[ident.ProjectID]*Standing, len(ids))
	return standings, store.EachKey(ctx, tx, `SELECT `+standingColumns+` FROM billing_project WHERE project_id IN (keys) ORDER BY project_id FOR UPDATE`, ids, func(rows *sql.Rows) error {
		st, err := scanStanding(rows.Scan)
		if err == nil {
			standings[st.Project] = st
		}
		return err
	})
}
