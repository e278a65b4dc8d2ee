package tracking

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// GrowthStep is something that a pool did by itself (Rule C-105).
type GrowthStep struct {
	At      time.Time
	Number  phone.Number
	Step    string      // one of the words below
	Why     string      // a pool.Cause, or "unneeded"
	Monthly money.Micro // what the number costs a month
}

// The steps of a number that a pool rented.
const (
	StepRented   = "rented"
	StepRetired  = "retired"  // it is leased no more, and rests
	StepReleased = "released" // it was given back
)

const unneeded = "unneeded"

// stepDeeds are what the trail calls steps.
var stepDeeds = map[string]string{StepRented: "rent", StepRetired: "retire", StepReleased: "release"}

// grow rents numbers one by one, each in a transaction of its own: what is there counts, whatever happens then. Where it cannot, it says so once.
func (k *Keeper) grow(ctx context.Context, id ident.ProjectID, p Pool, advice pool.Advice, at time.Time) error {
	n := Notice{Project: id, Pool: p, Kind: NoticeGrown, At: at, Advice: advice}
	var stuck error
	if advice.Add == 0 {
		stuck = errs.New(errs.Conflict, "tracking.pool_limit", "the pool has the %d numbers that it may have", p.Growth.Most)
	}
	seen, err := lastGrowth(ctx, k.Core, id, p.ID)
	if err != nil {
		return err
	}
	for range advice.Add {
		var step GrowthStep
		err := k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			step, err = k.rent(ctx, tx, id, p, string(advice.Cause), seen, at)
			return err
		})
		if errs.CodeOf(err) == "tracking.pool_grew" {
			return nil
		}
		if kind := errs.KindOf(err); kind == errs.Conflict || kind == errs.Unpaid || kind == errs.Invalid {
			stuck = err
			break
		}
		if err != nil {
			return err
		}
		n.Numbers, n.Monthly = append(n.Numbers, step.Number), n.Monthly+step.Monthly
	}
	if len(n.Numbers) > 0 {
		if err := k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return k.tell(ctx, tx, n) }); err != nil {
			return err
		}
	}
	return k.trouble(ctx, Notice{Project: id, Pool: p, Kind: NoticeStuck, At: at, Advice: advice, Why: errs.CodeOf(stuck)}, stuck != nil)
}

// rent adds one number within the budget: errs.Conflict `tracking.budget_used` beyond it.
func (k *Keeper) rent(ctx context.Context, tx *store.Tx, id ident.ProjectID, p Pool, why string, seen, at time.Time) (GrowthStep, error) {
	home, err := project.Get(ctx, tx, id)
	if err != nil {
		return GrowthStep{}, err
	}
	day := home.Calendar.DayAt(at)
	tariff, err := home.Tariff(k.Billing.Books, day)
	if err != nil {
		return GrowthStep{}, err
	}
	members, err := membersOf(ctx, tx, id, p.ID)
	if err != nil {
		return GrowthStep{}, err
	}
	if len(members) >= p.Growth.Most {
		return GrowthStep{}, errs.New(errs.Conflict, "tracking.pool_limit", "the pool has the %d numbers that it may have", p.Growth.Most)
	}
	spent, err := k.spent(ctx, tx, id, tariff, members, at)
	if err != nil {
		return GrowthStep{}, err
	}
	wish := number.Wish{Area: p.area(members), Use: trackingUse, Label: p.Name}
	found, err := number.NextFree(ctx, tx, home.Country, wish)
	if err != nil {
		return GrowthStep{}, err
	}
	price, err := tariff.NumberPrice(pricing.Number{Number: found.Number, Owner: billing.OwnedByOperator, Kind: found.Kind, Use: trackingUse}, day)
	if err != nil {
		return GrowthStep{}, err
	}
	if spent+price.Monthly > p.Growth.Budget {
		return GrowthStep{}, errs.New(errs.Conflict, "tracking.budget_used", "the budget of the pool ends before the next number").With("monthly", price.Monthly.String())
	}
	wish.Number = found.Number
	rented, err := k.Numbers.Rent(ctx, tx, id, wish, byItself.Part, at)
	if err != nil {
		return GrowthStep{}, err
	}
	if latest, err := lastGrowth(ctx, tx, id, p.ID); err != nil || !latest.Equal(seen) && !latest.Equal(at) {
		return GrowthStep{}, errors.Join(err, errs.New(errs.Conflict, "tracking.pool_grew", "another node has the pool grow"))
	}
	step := GrowthStep{At: at, Number: phone.Number(rented.Number), Step: StepRented, Why: why, Monthly: price.Monthly}
	before, err := useOf(ctx, tx, id, step.Number)
	if err != nil {
		return GrowthStep{}, err
	}
	if err := put(ctx, tx, id, Use{Number: step.Number, Pool: p.ID, Since: at, RestedAt: before.RestedAt, GrownAt: at}); err != nil {
		return GrowthStep{}, err
	}
	return step, k.note(ctx, tx, id, p, step)
}

// area is where to rent: as the pool says, else where most of its numbers are.
func (p Pool) area(members []Use) string {
	if p.Growth.Area != "" {
		return p.Growth.Area
	}
	counts, most := map[string]int{}, ""
	for _, m := range members {
		area, _ := m.Number.Area()
		if counts[area]++; counts[area] > counts[most] || most == "" {
			most = area
		}
	}
	return most
}

// spent is what the numbers that a pool added cost a month.
func (k *Keeper) spent(ctx context.Context, q store.Querier, id ident.ProjectID, tariff pricing.Tariff, members []Use, at time.Time) (sum money.Micro, err error) {
	held, err := k.Billing.Numbers(ctx, q, id)
	if err != nil {
		return 0, err
	}
	home, err := project.Get(ctx, q, id)
	if err != nil {
		return 0, err
	}
	for _, h := range held {
		if !slices.ContainsFunc(members, func(u Use) bool { return string(u.Number) == h.Number && !u.GrownAt.IsZero() }) {
			continue
		}
		price, err := tariff.NumberPrice(h, home.Calendar.DayAt(at))
		if err != nil {
			return 0, err
		}
		sum += price.Monthly
	}
	return sum, nil
}

// note keeps a step, in the pool's own history and in the trail, and makes readers look anew.
func (k *Keeper) note(ctx context.Context, tx *store.Tx, id ident.ProjectID, p Pool, s GrowthStep) error {
	if err := tx.Insert(ctx, "tracking_growth", []string{"project_id", "pool_id", "at", "number", "step", "why", "monthly"},
		[][]any{{string(id), string(p.ID), s.At.UnixMicro(), string(s.Number), s.Step, s.Why, int64(s.Monthly)}}); err != nil {
		return err
	}
	if err := bump(ctx, tx, id); err != nil {
		return err
	}
	change := audit.Change{Org: ident.ProjectOrg(id), Object: objectNumber, ObjectID: string(s.Number), Action: stepDeeds[s.Step], After: map[string]any{"pool": p.Name, "why": s.Why}}
	if err := audit.Write(ctx, tx, byItself, s.At, change); err != nil {
		return err
	}
	return event.Emit(ctx, tx, event.Event{Project: id, Topic: Changed, Body: []byte("{}")})
}

const (
	// restful is for how long a pool must have been well, and left as it is, before it gives numbers back (Rule C-105).
	restful = 7 * 24 * time.Hour
	// spare is how many per cent of its numbers a pool must not need before it does.
	spare = 10
)

// shrink takes numbers out that the pool added and does not need, and gives those back that have rested.
func (k *Keeper) shrink(ctx context.Context, id ident.ProjectID, p Pool, members []Use, needed int, at time.Time) error {
	if err := k.giveBack(ctx, id, p, at); err != nil {
		return err
	}
	latest, err := lastGrowth(ctx, k.Core, id, p.ID)
	if err != nil || needed == 0 || at.Sub(latest) < restful || (len(members)-needed)*100 < spare*len(members) {
		return err
	}
	h, err := HealthOf(ctx, k.Events, id, p, members, at)
	if err != nil {
		return err
	}
	free := map[phone.Number]bool{}
	for _, n := range h.Numbers {
		free[n.Number] = n.State != pool.Live
	}
	left := len(members) - needed
	return k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, m := range members {
			if left == 0 || m.GrownAt.IsZero() || !free[m.Number] {
				continue
			}
			left--
			if err := put(ctx, tx, id, Use{Number: m.Number, Since: at, RestedAt: at.Add(p.Rest()), GrownAt: m.GrownAt}); err != nil {
				return err
			}
			if err := k.note(ctx, tx, id, p, GrowthStep{At: at, Number: m.Number, Step: StepRetired, Why: unneeded}); err != nil {
				return err
			}
		}
		return nil
	})
}

// giveBack releases numbers that the pool had rented, took out, and that have rested since; those that people gave another use meanwhile stay.
func (k *Keeper) giveBack(ctx context.Context, id ident.ProjectID, p Pool, at time.Time) error {
	steps, err := GrowthSteps(ctx, k.Core, id, p.ID)
	if err != nil {
		return err
	}
	n := Notice{Project: id, Pool: p, Kind: NoticeShrunk, At: at}
	for _, s := range steps {
		if s.Step != StepRetired {
			continue
		}
		released := false
		err := k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			released = false
			u, err := useOf(ctx, tx, id, s.Number)
			if err != nil || u.busy() || u.GrownAt.IsZero() || u.RestedAt.After(at) {
				return err
			}
			if err := k.Numbers.Release(ctx, tx, id, string(s.Number), byItself.Part, at); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM tracking_number WHERE project_id = $1 AND number = $2`, string(id), string(s.Number)); err != nil {
				return err
			}
			released = true
			return k.note(ctx, tx, id, p, GrowthStep{At: at, Number: s.Number, Step: StepReleased, Why: unneeded})
		})
		if err != nil && errs.CodeOf(err) != "billing.unknown_number" { // people gave it back themselves
			return err
		}
		if released {
			n.Numbers = append(n.Numbers, s.Number)
		}
	}
	if len(n.Numbers) == 0 {
		return nil
	}
	return k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return k.tell(ctx, tx, n) })
}

// GrowthSteps lists what a pool did by itself, the latest first: at most 200.
func GrowthSteps(ctx context.Context, q store.Querier, id ident.ProjectID, of PoolID) (steps []GrowthStep, err error) {
	const most = 200
	return steps, store.EachRow(ctx, q, `SELECT at, number, step, why, monthly FROM tracking_growth WHERE project_id = $1 AND pool_id = $2 ORDER BY at DESC, number LIMIT $3`,
		[]any{string(id), string(of), most}, func(rows *sql.Rows) error {
			var s GrowthStep
			var at, monthly int64
			err := rows.Scan(&at, &s.Number, &s.Step, &s.Why, &monthly)
			s.At, s.Monthly = instant(at), money.Micro(monthly)
			steps = append(steps, s)
			return err
		})
}

// lastGrowth is when a pool last did something by itself; zero for never.
func lastGrowth(ctx context.Context, q store.Querier, id ident.ProjectID, of PoolID) (time.Time, error) {
	var at int64
	err := q.QueryRow(ctx, `SELECT COALESCE(MAX(at), 0) FROM tracking_growth WHERE project_id = $1 AND pool_id = $2`, string(id), string(of)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return instant(at), err
}
