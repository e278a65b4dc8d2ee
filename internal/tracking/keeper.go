package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Keeper looks after pools: it has scorers learn, tells of pools that are too small or too seldom right, and has those grow that may (Rules C-104,
// C-105), and gives credit for missed promises where the operator does (Rule C-111). Run it every so often.
type Keeper struct {
	Core, Events *store.DB
	Billing      *billing.Service
	Numbers      *number.Service
	// Tell writes to people, in the transaction that notes what it tells of; nil for nobody.
	Tell func(ctx context.Context, tx *store.Tx, n Notice) error
}

// NoticeKind is what a notice tells of.
type NoticeKind string

// The kinds of notices.
const (
	NoticeOverload NoticeKind = "overload" // more than 1 visit in 100 found no number free
	NoticeAccuracy NoticeKind = "accuracy" // sources are right less often than promised
	NoticeStuck    NoticeKind = "stuck"    // the pool should grow and cannot
	NoticeGrown    NoticeKind = "grown"    // it rented numbers
	NoticeShrunk   NoticeKind = "shrunk"   // it gave numbers back that it did not need
)

// Notice is what the owner of a pool is told.
type Notice struct {
	Project ident.ProjectID
	Pool    Pool
	Kind    NoticeKind
	Over    bool           // the trouble is over
	At      time.Time      // when it began, or was done
	Advice  pool.Advice    // what was found
	Numbers []phone.Number // that were rented or given back
	Monthly money.Micro    // what they cost a month together
	Why     string         // of NoticeStuck: a code, such as tracking.budget_used or number.none_free
}

// Run looks after all pools once. What fails for one does not keep it from the others; the first error is given back.
func (k *Keeper) Run(ctx context.Context, at time.Time) (first error) {
	pools, err := allPools(ctx, k.Core)
	if err != nil {
		return err
	}
	learnt := map[ident.ProjectID]bool{}
	for _, p := range pools {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !learnt[p.project] {
			learnt[p.project] = true
			first = errors.Join(first, k.Events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, _, err := Learn(ctx, tx, p.project, at)
				return err
			}), k.compensate(ctx, p.project, at))
		}
		first = errors.Join(first, k.tend(ctx, p.project, p.Pool, at))
	}
	return first
}

type ownedPool struct {
	Pool
	project ident.ProjectID
}

func allPools(ctx context.Context, q store.Querier) (all []ownedPool, err error) {
	return all, store.EachRow(ctx, q, `SELECT project_id, pool_id, body, made_at FROM tracking_pool ORDER BY project_id, pool_id`, nil, func(rows *sql.Rows) error {
		var owner string
		p, err := scanPool(func(into ...any) error { return rows.Scan(append([]any{&owner}, into...)...) })
		all = append(all, ownedPool{p, ident.ProjectID(owner)})
		return err
	})
}

// fewestOverloads is below how many of them nothing is concluded: of three visits, one is no third.
const fewestOverloads = 5

// tend looks after a pool.
func (k *Keeper) tend(ctx context.Context, id ident.ProjectID, p Pool, at time.Time) error {
	members, err := membersOf(ctx, k.Core, id, p.ID)
	if err != nil {
		return err
	}
	h, err := k.look(ctx, id, p, members, at)
	if err != nil {
		return err
	}
	advice := pool.Grow(h, pool.Growth{Most: p.Growth.Most, Step: step(len(members))})
	trouble := map[NoticeKind]bool{NoticeOverload: advice.Cause == pool.Overloaded, NoticeAccuracy: h.Source.Accuracy().High < h.Target}
	for _, kind := range []NoticeKind{NoticeOverload, NoticeAccuracy} {
		if err := k.trouble(ctx, Notice{Project: id, Pool: p, Kind: kind, At: at, Advice: advice}, trouble[kind]); err != nil {
			return err
		}
	}
	if p.Growth.Most == 0 {
		return nil
	}
	if advice.Cause == pool.Well {
		if err := k.trouble(ctx, Notice{Project: id, Pool: p, Kind: NoticeStuck, At: at}, false); err != nil {
			return err
		}
		return k.shrink(ctx, id, p, members, h.Needed, at)
	}
	return k.grow(ctx, id, p, advice, at)
}

// step is how many numbers a pool adds at once: a quarter of what it has, and at least five.
func step(numbers int) int {
	const quarter, least = 4, 5
	return max(numbers/quarter, least)
}

// look is how a pool fares: its visits of the last day, or since it grew; its accuracy; what the calculator wants.
func (k *Keeper) look(ctx context.Context, id ident.ProjectID, p Pool, members []Use, at time.Time) (h pool.Health, err error) {
	grown, err := lastGrowth(ctx, k.Core, id, p.ID)
	if err != nil {
		return h, err
	}
	since := at.Add(-pool.Window)
	if grown.After(since) {
		since = grown
	}
	accuracy, err := AccuracyOf(ctx, k.Events, id, p.ID, at.Add(-MeasuredOver), at)
	if err != nil {
		return h, err
	}
	leases, overload, err := pressure(ctx, k.Events, id, p.ID, members, since)
	if err != nil {
		return h, err
	}
	if overload < fewestOverloads {
		overload = 0
	}
	h = pool.Health{Numbers: len(members), Visits: max(leases, overload), Overloads: overload, Source: accuracy.Source, Target: float64(p.Target) / 100}
	h.Needed, err = k.needed(ctx, id, p, at)
	return h, err
}

// ownTraffic is over how many days a pool's visits are summed up for the calculator: two weeks, so that each day of the week counts alike.
const ownTraffic = 14 * 24 * time.Hour

// needed is what the calculator says of the pool's own traffic; 0 where there is too little.
func (k *Keeper) needed(ctx context.Context, id ident.ProjectID, p Pool, at time.Time) (int, error) {
	home, err := project.Get(ctx, k.Core, id)
	if err != nil {
		return 0, err
	}
	t, err := TrafficOf(ctx, k.Events, id, p.ID, home.Calendar.Zone(home.Calendar.DayAt(at)), at.Add(-ownTraffic), at)
	if err != nil || !t.Enough() {
		return 0, err
	}
	model, err := ModelOf(ctx, k.Events, id)
	if err != nil {
		return 0, err
	}
	answer, err := pool.Calculate(pool.Plan{Visits: t.Profile, Length: t.Length, Hold: p.Hold(), Weights: model, Shares: t.Shares, Target: float64(p.Target) / 100})
	return answer.Numbers, err
}

// membersOf are the numbers of a pool.
func membersOf(ctx context.Context, q store.Querier, id ident.ProjectID, of PoolID) (members []Use, err error) {
	uses, err := Uses(ctx, q, id)
	for _, u := range uses {
		if u.Pool == of {
			members = append(members, u)
		}
	}
	return members, err
}

// trouble notes that a pool is in trouble, or no more, and tells of either once.
func (k *Keeper) trouble(ctx context.Context, n Notice, there bool) error {
	return k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var since int64
		err := tx.QueryRow(ctx, `SELECT since FROM tracking_trouble WHERE project_id = $1 AND pool_id = $2 AND kind = $3 FOR UPDATE`,
			string(n.Project), string(n.Pool.ID), string(n.Kind)).Scan(&since)
		known := err == nil
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		case known == there:
			return nil
		case there:
			err = tx.Insert(ctx, "tracking_trouble", []string{"project_id", "pool_id", "kind", "since"},
				[][]any{{string(n.Project), string(n.Pool.ID), string(n.Kind), n.At.UnixMicro()}})
		default:
			_, err = tx.Exec(ctx, `DELETE FROM tracking_trouble WHERE project_id = $1 AND pool_id = $2 AND kind = $3`,
				string(n.Project), string(n.Pool.ID), string(n.Kind))
			n.Over, n.At = true, instant(since)
		}
		if err != nil {
			return err
		}
		return k.tell(ctx, tx, n)
	})
}

// tell tells people and programs.
func (k *Keeper) tell(ctx context.Context, tx *store.Tx, n Notice) error {
	e, err := event.New(n.Project, "tracking.pool_"+string(n.Kind), map[string]any{"pool": n.Pool.ID, "name": n.Pool.Name, "since": n.At, "over": n.Over, "numbers": n.Numbers})
	if err != nil {
		return err
	}
	if err := event.Emit(ctx, tx, e); err != nil || k.Tell == nil {
		return err
	}
	return k.Tell(ctx, tx, n)
}

// Trouble is what is wrong with a pool.
type Trouble struct {
	Pool  PoolID
	Kind  NoticeKind
	Since time.Time
}

// Troubles lists what is wrong with a project's pools, the oldest first.
func Troubles(ctx context.Context, q store.Querier, id ident.ProjectID) (all []Trouble, err error) {
	return all, store.EachRow(ctx, q, `SELECT pool_id, kind, since FROM tracking_trouble WHERE project_id = $1 ORDER BY since, pool_id, kind`, []any{string(id)}, func(rows *sql.Rows) error {
		var t Trouble
		var since int64
		err := rows.Scan(&t.Pool, &t.Kind, &since)
		t.Since = instant(since)
		all = append(all, t)
		return err
	})
}

// byItself is who makes the changes of a keeper, in the trail.
var byItself = audit.Program("pools")
