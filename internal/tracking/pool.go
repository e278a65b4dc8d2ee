package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// PoolID names a pool of a project.
type PoolID string

// Pool is numbers that are leased to visits (Rule C-71).
type Pool struct {
	ID          PoolID       `json:"id"`
	Name        string       `json:"name"`
	HoldSeconds int64        `json:"hold_seconds"`       // after the last activity of a visit
	Overflow    phone.Number `json:"overflow,omitempty"` // shown while no number is free; empty: the least recently used lease is taken
	PerAddress  int          `json:"per_address"`        // most numbers that visits of one address hold at once (Rule C-82)
	Target      int64        `json:"target_percent"`     // accuracy of sources that is promised, in per cent (Rule C-104)
	RestHours   int64        `json:"rest_hours"`         // for which a number that is taken out serves nothing (Rule C-07)
	Growth      Growth       `json:"growth,omitzero"`
	MadeAt      time.Time    `json:"-"`
}

// Growth is what a pool may rent by itself (Rule C-105); the zero value is nothing.
type Growth struct {
	Most   int         `json:"most"`   // numbers it may have in all; 0: it does not grow
	Budget money.Micro `json:"budget"` // that the numbers it added may cost a month
	Area   string      `json:"area"`   // area code of numbers to rent; empty: the one that most of its numbers have
}

// Rest is for how long a number that is taken out serves nothing.
func (p Pool) Rest() time.Duration { return time.Duration(p.RestHours) * time.Hour }

// Hold is how long a number stays with a visit after its last activity.
func (p Pool) Hold() time.Duration { return time.Duration(p.HoldSeconds) * time.Second }

const (
	mostPools         = 100
	leastHold         = 30
	mostHold          = 3600
	defaultPerAddress = 8
	mostPerAddress    = 1000
	defaultTarget     = 95
	leastTarget       = 50
	mostTarget        = 99
	mostRest          = 90 * 24
	mostGrown         = 5000
)

// check refuses a pool that cannot be one and fills in what was left out: 150 seconds, 8 numbers an address.
func (p *Pool) check() error {
	if p.HoldSeconds == 0 {
		p.HoldSeconds = int64(pool.DefaultHold / time.Second)
	}
	if p.PerAddress == 0 {
		p.PerAddress = defaultPerAddress
	}
	if p.Target == 0 {
		p.Target = defaultTarget
	}
	if p.RestHours == 0 {
		p.RestHours = leastRest
	}
	if err := p.checkGrowth(); err != nil {
		return err
	}
	switch {
	case !ident.Line(p.Name, longestName):
		return errs.New(errs.Invalid, "tracking.bad_pool", "a pool has a name of 1 to %d characters in one line", longestName).At("name")
	case p.HoldSeconds < leastHold || p.HoldSeconds > mostHold:
		return errs.New(errs.Invalid, "tracking.bad_pool", "a number is held for %d to %d seconds", leastHold, mostHold).At("hold_seconds")
	case p.PerAddress < 1 || p.PerAddress > mostPerAddress:
		return errs.New(errs.Invalid, "tracking.bad_pool", "write a number from 1 to %d", mostPerAddress).At("per_address")
	case p.Target < leastTarget || p.Target > mostTarget:
		return errs.New(errs.Invalid, "tracking.bad_pool", "an accuracy of %d to %d %% can be promised", leastTarget, mostTarget).At("target_percent")
	case p.RestHours < leastRest || p.RestHours > mostRest:
		return errs.New(errs.Invalid, "tracking.bad_pool", "a number rests for %d to %d hours", leastRest, mostRest).At("rest_hours")
	}
	if p.Overflow != "" {
		number, err := phone.Parse(string(p.Overflow), "")
		if err != nil {
			return errs.New(errs.Invalid, "tracking.bad_pool", "%.40q is not a number", p.Overflow).At("overflow").Try("write it like +380443337700")
		}
		p.Overflow = number
	}
	return nil
}

// leastRest is the hours for which callers may still call for the visit that saw a number: the window of the scorer.
const leastRest = int64(pool.Window / time.Hour)

func (p *Pool) checkGrowth() error {
	g := p.Growth
	switch {
	case g.Most < 0 || g.Most > mostGrown:
		return errs.New(errs.Invalid, "tracking.bad_pool", "a pool may have up to %d numbers", mostGrown).At("growth.most")
	case g.Budget < 0 || g.Most > 0 && g.Budget == 0:
		return errs.New(errs.Invalid, "tracking.bad_pool", "say what the numbers that are added may cost a month").At("growth.budget")
	case len(g.Area) > 10 || strings.Trim(g.Area, "0123456789") != "":
		return errs.New(errs.Invalid, "tracking.bad_pool", "an area code is digits, such as 44").At("growth.area")
	}
	return nil
}

// AddPool makes a pool without numbers. Errors: errs.Denied `access.denied`; errs.Invalid `tracking.bad_pool`,
// `tracking.not_ours`; errs.Conflict `tracking.too_many`, `tracking.in_use`.
func (s *Service) AddPool(ctx context.Context, tx *store.Tx, p access.Permit, made Pool, at time.Time) (Pool, error) {
	if err := may(p, access.Edit); err != nil {
		return Pool{}, err
	}
	all, err := Pools(ctx, tx, p.Org.Project())
	if err != nil {
		return Pool{}, err
	}
	if len(all) >= mostPools {
		return Pool{}, tooMany("pools", mostPools)
	}
	id, err := s.newID(at)
	if err != nil {
		return Pool{}, err
	}
	made.ID, made.MadeAt = PoolID(id), at
	if err := s.checkPool(ctx, tx, p, &made); err != nil {
		return Pool{}, err
	}
	body, err := json.Marshal(made)
	if err != nil {
		return Pool{}, err
	}
	if err := tx.Insert(ctx, "tracking_pool", []string{"project_id", "pool_id", "body", "made_at"},
		[][]any{{p.Org.ID, id, string(body), at.UnixMicro()}}); err != nil {
		return Pool{}, err
	}
	return made, changed(ctx, tx, p, audit.Change{Object: objectPool, ObjectID: id, Action: "create", After: made}, at)
}

// EditPool makes a pool what is given. Errors as AddPool, and errs.NotFound `tracking.no_pool`.
func (s *Service) EditPool(ctx context.Context, tx *store.Tx, p access.Permit, made Pool, at time.Time) (Pool, error) {
	if err := may(p, access.Edit); err != nil {
		return Pool{}, err
	}
	before, err := GetPool(ctx, tx, p.Org.Project(), made.ID)
	if err != nil {
		return Pool{}, err
	}
	made.MadeAt = before.MadeAt
	if err := s.checkPool(ctx, tx, p, &made); err != nil {
		return Pool{}, err
	}
	body, err := json.Marshal(made)
	if err != nil {
		return Pool{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE tracking_pool SET body = $3 WHERE project_id = $1 AND pool_id = $2`, p.Org.ID, string(made.ID), string(body)); err != nil {
		return Pool{}, err
	}
	return made, changed(ctx, tx, p, audit.Change{Object: objectPool, ObjectID: string(made.ID), Action: "edit", Before: before, After: made}, at)
}

// checkPool checks a pool, and that its overflow number is one of the project's that no visit leases.
func (s *Service) checkPool(ctx context.Context, tx *store.Tx, p access.Permit, made *Pool) error {
	if err := made.check(); err != nil || made.Overflow == "" {
		return err
	}
	if err := s.mustHold(ctx, tx, p.Org.Project(), made.Overflow, "overflow"); err != nil {
		return err
	}
	use, err := useOf(ctx, tx, p.Org.Project(), made.Overflow)
	if err == nil && use.Pool != "" {
		err = errs.New(errs.Conflict, "tracking.in_use", "%s is a number of a pool", made.Overflow).At("overflow").Try("take it out of the pool first")
	}
	return err
}

// RemovePool ends a pool that no rule in force names; its numbers rest for a day. Errors: errs.Denied `access.denied`,
// errs.NotFound `tracking.no_pool`, errs.Conflict `tracking.in_use`.
func (s *Service) RemovePool(ctx context.Context, tx *store.Tx, p access.Permit, id PoolID, at time.Time) error {
	if err := may(p, access.Delete); err != nil {
		return err
	}
	before, err := GetPool(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	if err := refuseNamed(ctx, tx, p.Org.Project(), id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE tracking_number SET pool_id = '', since = $3, rested_at = $4 WHERE project_id = $1 AND pool_id = $2`,
		p.Org.ID, string(id), at.UnixMicro(), at.Add(before.Rest()).UnixMicro()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM tracking_pool WHERE project_id = $1 AND pool_id = $2`, p.Org.ID, string(id)); err != nil {
		return err
	}
	return changed(ctx, tx, p, audit.Change{Object: objectPool, ObjectID: string(id), Action: "delete", Before: before}, at)
}

// Pools lists those of a project, oldest first.
func Pools(ctx context.Context, q store.Querier, id ident.ProjectID) (pools []Pool, err error) {
	return pools, store.EachRow(ctx, q, `SELECT pool_id, body, made_at FROM tracking_pool WHERE project_id = $1 ORDER BY pool_id`, []any{string(id)},
		func(rows *sql.Rows) error {
			p, err := scanPool(rows.Scan)
			pools = append(pools, p)
			return err
		})
}

// GetPool reads a pool of a project; errs.NotFound `tracking.no_pool`.
func GetPool(ctx context.Context, q store.Querier, project ident.ProjectID, id PoolID) (Pool, error) {
	p, err := scanPool(q.QueryRow(ctx, `SELECT pool_id, body, made_at FROM tracking_pool WHERE project_id = $1 AND pool_id = $2`, string(project), string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Pool{}, errs.New(errs.NotFound, "tracking.no_pool", "there is no such pool").Try("look at the list of pools")
	}
	return p, err
}

func scanPool(scan func(...any) error) (p Pool, err error) {
	var id, body string
	var at int64
	if err := scan(&id, &body, &at); err != nil {
		return Pool{}, err
	}
	p.Target, p.RestHours = defaultTarget, leastRest
	err = json.Unmarshal([]byte(body), &p)
	p.ID, p.MadeAt = PoolID(id), instant(at)
	return p, err
}
