package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// Use is what a tracking number is for: a pool, or a source of its own; or neither, while it rests.
type Use struct {
	Number   phone.Number `json:"number"`
	Pool     PoolID       `json:"pool,omitempty"`
	Sign     *Sign        `json:"sign,omitempty"`
	Since    time.Time    `json:"since"`
	RestedAt time.Time    `json:"rested_at"`         // when callers of its former use have forgotten it (Rule C-07)
	GrownAt  time.Time    `json:"grown_at,omitzero"` // when its pool rented it by itself (Rule C-105); zero for one that people added
}

// Sign is the source that a number of its own stands for: whoever calls it came from there (Rule C-72). An offline one stands on
// paper; the others are shown to the visits of a source, also to those without consent (Rule C-79).
type Sign struct {
	Name     string `json:"name"`
	Offline  bool   `json:"offline,omitempty"`
	Source   string `json:"source"`
	Medium   string `json:"medium"`
	Campaign string `json:"campaign,omitempty"`
}

// trackingUse is what package billing calls a number's use.
const trackingUse = "tracking"

// AddToPool makes numbers members of a pool: the project's own tracking numbers that are in no pool and stand for nothing. One that
// served something else rests for a day before it is leased (Rule C-07). All of them are added, or none. Errors: errs.Denied
// `access.denied`; errs.NotFound `tracking.no_pool`; errs.Invalid `phone.invalid`, `tracking.not_ours`; errs.Conflict `tracking.in_use`.
func (s *Service) AddToPool(ctx context.Context, tx *store.Tx, p access.Permit, id PoolID, numbers []phone.Number, at time.Time) error {
	if err := may(p, access.Edit); err != nil {
		return err
	}
	if _, err := GetPool(ctx, tx, p.Org.Project(), id); err != nil {
		return err
	}
	for _, n := range numbers {
		if err := s.use(ctx, tx, p, Use{Number: n, Pool: id, Since: at}); err != nil {
			return err
		}
	}
	return changed(ctx, tx, p, audit.Change{Object: objectPool, ObjectID: string(id), Action: "add_numbers", After: numbers}, at)
}

// SetSign makes a number stand for a source. Errors as AddToPool, and errs.Invalid `tracking.bad_sign`.
func (s *Service) SetSign(ctx context.Context, tx *store.Tx, p access.Permit, n phone.Number, sign Sign, at time.Time) error {
	if err := may(p, access.Edit); err != nil {
		return err
	}
	if err := sign.check(); err != nil {
		return err
	}
	before, err := useOf(ctx, tx, p.Org.Project(), n)
	if err != nil {
		return err
	}
	use := Use{Number: n, Sign: &sign, Since: at}
	if before.Sign == nil {
		err = s.use(ctx, tx, p, use)
	} else {
		err = put(ctx, tx, p.Org.Project(), Use{Number: n, Sign: &sign, Since: before.Since, RestedAt: before.RestedAt})
	}
	if err != nil {
		return err
	}
	return changed(ctx, tx, p, audit.Change{Object: objectNumber, ObjectID: string(n), Action: "set_source", Before: before.Sign, After: sign}, at)
}

func (s Sign) check() error {
	if !ident.Line(s.Name, longestName) {
		return errs.New(errs.Invalid, "tracking.bad_sign", "a source has a name of 1 to %d characters in one line", longestName).At("name")
	}
	for field, text := range map[string]string{"source": s.Source, "medium": s.Medium, "campaign": s.Campaign} {
		if text == "" && field == "campaign" || text == "" && field == "medium" && s.Offline {
			continue
		}
		if !ident.Line(text, longestText) {
			return errs.New(errs.Invalid, "tracking.bad_sign", "write 1 to %d characters in one line", longestText).At(field)
		}
	}
	return nil
}

// Retire takes a number out of its pool, or from the source it stood for; it rests for a day before it serves anything else. Errors:
// errs.Denied `access.denied`, errs.NotFound `tracking.no_number`.
func (s *Service) Retire(ctx context.Context, tx *store.Tx, p access.Permit, n phone.Number, at time.Time) error {
	if err := may(p, access.Edit); err != nil {
		return err
	}
	before, err := useOf(ctx, tx, p.Org.Project(), n)
	if err != nil {
		return err
	}
	if !before.busy() {
		return errs.New(errs.NotFound, "tracking.no_number", "%.40s is in no pool and stands for nothing", n).At("number")
	}
	rest := pool.Window
	if before.Pool != "" {
		of, err := GetPool(ctx, tx, p.Org.Project(), before.Pool)
		if err != nil {
			return err
		}
		rest = max(rest, of.Rest())
	}
	if err := put(ctx, tx, p.Org.Project(), Use{Number: n, Since: at, RestedAt: at.Add(rest), GrownAt: before.GrownAt}); err != nil {
		return err
	}
	return changed(ctx, tx, p, audit.Change{Object: objectNumber, ObjectID: string(n), Action: "retire", Before: before}, at)
}

func (u Use) busy() bool { return u.Pool != "" || u.Sign != nil }

// use gives a number that is free a use.
func (s *Service) use(ctx context.Context, tx *store.Tx, p access.Permit, u Use) error {
	if err := s.mustHold(ctx, tx, p.Org.Project(), u.Number, "number"); err != nil {
		return err
	}
	before, err := useOf(ctx, tx, p.Org.Project(), u.Number)
	if err != nil {
		return err
	}
	if before.busy() {
		return errs.New(errs.Conflict, "tracking.in_use", "%s is in a pool or stands for a source", u.Number).At("number").Try("take it out first")
	}
	u.RestedAt = before.RestedAt
	return put(ctx, tx, p.Org.Project(), u)
}

// mustHold refuses a number that is not a tracking number of the project's.
func (s *Service) mustHold(ctx context.Context, q store.Querier, id ident.ProjectID, n phone.Number, where string) error {
	if parsed, err := phone.Parse(string(n), ""); err != nil || parsed != n {
		return errs.New(errs.Invalid, "phone.invalid", "%.40q is not a number", n).At(where).Try("write it like +380443337700")
	}
	held, err := s.billing.Numbers(ctx, q, id)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.Number == string(n) && h.Use == trackingUse {
			return nil
		}
	}
	return errs.New(errs.Invalid, "tracking.not_ours", "%.40s is not a tracking number of the project's", n).At(where).Try("rent it, or change what it is used for under Numbers")
}

func put(ctx context.Context, tx *store.Tx, id ident.ProjectID, u Use) error {
	body := ""
	if u.Sign != nil {
		text, err := json.Marshal(u.Sign)
		if err != nil {
			return err
		}
		body = string(text)
	}
	_, err := tx.Exec(ctx, `INSERT INTO tracking_number (number, project_id, pool_id, body, since, rested_at, grown_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (number) DO UPDATE SET project_id = excluded.project_id, pool_id = excluded.pool_id, body = excluded.body, since = excluded.since,
			rested_at = excluded.rested_at, grown_at = excluded.grown_at`, string(u.Number), string(id), string(u.Pool), body, u.Since.UnixMicro(), micros(u.RestedAt), micros(u.GrownAt))
	return err
}

// useOf is what a number is for in a project; nothing where it is not known, or was another's: then it has rested with the registry.
func useOf(ctx context.Context, q store.Querier, id ident.ProjectID, n phone.Number) (Use, error) {
	u, err := scanUse(q.QueryRow(ctx, `SELECT number, pool_id, body, since, rested_at, grown_at FROM tracking_number WHERE number = $1 AND project_id = $2`, string(n), string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Use{Number: n}, nil
	}
	return u, err
}

// Uses lists what a project's numbers are for, by number.
func Uses(ctx context.Context, q store.Querier, id ident.ProjectID) (uses []Use, err error) {
	return uses, store.EachRow(ctx, q, `SELECT number, pool_id, body, since, rested_at, grown_at FROM tracking_number WHERE project_id = $1 ORDER BY number`, []any{string(id)},
		func(rows *sql.Rows) error {
			u, err := scanUse(rows.Scan)
			uses = append(uses, u)
			return err
		})
}

func scanUse(scan func(...any) error) (u Use, err error) {
	var body string
	var since, rested, grown int64
	if err := scan(&u.Number, &u.Pool, &body, &since, &rested, &grown); err != nil {
		return Use{}, err
	}
	u.Since, u.RestedAt, u.GrownAt = instant(since), instant(rested), instant(grown)
	if body != "" {
		u.Sign = &Sign{}
		err = json.Unmarshal([]byte(body), u.Sign)
	}
	return u, err
}
