package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Promise is whether the operator gives a project credit for days on which a pool missed what it promises (Rule C-111).
type Promise struct {
	Kept bool       `json:"kept"`
	Next civil.Date `json:"next_day"` // the first usage day that nobody has looked at yet
	By   string     `json:"by"`       // who switched it; empty where nobody did
	At   time.Time  `json:"at"`
}

// Credit is what a project was given for a day.
type Credit struct {
	Day     civil.Date
	Entry   ident.EntryID
	Amount  money.Micro
	Paid    money.Micro // what the day's fee of call tracking came to in money
	Missed  int64       // numbers of the pools that missed their promise
	Numbers int64       // of all pools
	Pools   []Miss
	At      time.Time
}

// Miss is a pool that missed its promise.
type Miss struct {
	Pool    PoolID  `json:"pool"`
	Name    string  `json:"name"`
	Target  int64   `json:"target_percent"`
	Low     float64 `json:"low"` // the interval of what was measured, 0 to 1
	High    float64 `json:"high"`
	Checked int64   `json:"checked"` // calls that it was measured by
	Numbers int64   `json:"numbers"`
}

const objectCredit = "tracking_credit"

// PromiseOf reads whether credit is given; the zero value where nobody ever said so.
func PromiseOf(ctx context.Context, q store.Querier, id ident.ProjectID) (p Promise, err error) {
	return readPromise(q.QueryRow(ctx, `SELECT kept, next_day, by_whom, at FROM tracking_promise WHERE project_id = $1`, string(id)))
}

func readPromise(row *sql.Row) (p Promise, err error) {
	var at int64
	err = row.Scan(&p.Kept, &p.Next, &p.By, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return Promise{}, nil
	}
	p.At = instant(at)
	return p, err
}

// SetPromise switches credit for missed promises, from today's usage day on; by an operator (Rule C-111). Switched to what it is, it stays as it was. Errors:
// errs.Denied `access.denied`; errs.NotFound `project.not_found`.
func (s *Service) SetPromise(ctx context.Context, tx *store.Tx, p access.Permit, id ident.ProjectID, kept bool, at time.Time) (Promise, error) {
	if _, err := p.May(access.Edit, access.Adjustments); err != nil {
		return Promise{}, err
	}
	home, err := project.Get(ctx, tx, id)
	if err != nil {
		return Promise{}, err
	}
	before, err := PromiseOf(ctx, tx, id)
	if err != nil || before.Kept == kept {
		return before, err
	}
	made := Promise{Kept: kept, Next: home.Calendar.DayAt(at), By: p.Actor().Name(), At: at}
	if _, err := tx.Exec(ctx, `INSERT INTO tracking_promise (project_id, kept, next_day, by_whom, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (project_id) DO UPDATE SET kept = excluded.kept, next_day = excluded.next_day, by_whom = excluded.by_whom, at = excluded.at`,
		string(id), made.Kept, int64(made.Next), made.By, made.At.UnixMicro()); err != nil {
		return Promise{}, err
	}
	return made, audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: ident.ProjectOrg(id), Object: objectCredit, ObjectID: string(id), Action: "switch", Before: switched{before.Kept}, After: switched{kept}})
}

// switched is what the trail keeps of a switch.
type switched struct {
	Kept bool `json:"kept"`
}

// mostCredits is how many days are listed.
const mostCredits = 100

// Credits lists the days for which credit was given, the latest first: at most 100.
func Credits(ctx context.Context, q store.Querier, id ident.ProjectID) (credits []Credit, err error) {
	return credits, store.EachRow(ctx, q, `SELECT day, entry_id, amount, paid, missed, numbers, body, at FROM tracking_credit WHERE project_id = $1 ORDER BY day DESC LIMIT $2`,
		[]any{string(id), mostCredits}, func(rows *sql.Rows) error {
			var c Credit
			var day, entry, at int64
			var body string
			if err := rows.Scan(&day, &entry, &c.Amount, &c.Paid, &c.Missed, &c.Numbers, &body, &at); err != nil {
				return err
			}
			c.Day, c.Entry, c.At = civil.Date(day), ident.EntryID(entry), instant(at)
			credits = append(credits, c)
			return json.Unmarshal([]byte(body), &credits[len(credits)-1].Pools)
		})
}
