package rehearsal

import (
	"context"
	"database/sql"
	"encoding/json"

	"bellwether/internal/errs/kept"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/money"
	"bellwether/internal/simulate"
	"bellwether/internal/store"
)

// State is how far a project of a rehearsal is.
type State string

// The states of a project.
const (
	Pending State = "pending"
	Done    State = "done"
	Failed  State = "failed"
)

// Row is what came of a project. Amounts are exact and negative: what was and would have been charged.
type Row struct {
	Project  ident.ProjectID
	State    State
	Currency string
	Was      money.Micro
	Would    money.Micro
	Problem  kept.Error // why there is no answer
}

// More is what the draft would have changed: negative where it charges more.
func (r Row) More() money.Micro { return r.Would - r.Was }

// Sum is what came of all projects of a currency.
type Sum struct {
	Currency string      `json:"currency"`
	Projects int64       `json:"projects"`
	Dearer   int64       `json:"dearer"`  // of them, those the draft charges more
	Cheaper  int64       `json:"cheaper"` // and less
	Was      money.Micro `json:"was"`
	Would    money.Micro `json:"would"`
}

// Result is what came of a rehearsal.
type Result struct {
	Sums   []Sum `json:"sums"`   // by currency
	Failed int64 `json:"failed"` // projects without an answer
}

func pending(ctx context.Context, q store.Querier, id job.ID) (left []ident.ProjectID, total int64, err error) {
	return left, total, store.EachRow(ctx, q, `SELECT project_id, state FROM rehearsal_project WHERE job_id = $1 ORDER BY project_id`, []any{int64(id)}, func(rows *sql.Rows) error {
		var one ident.ProjectID
		var state State
		err := rows.Scan(&one, &state)
		if total++; state == Pending {
			left = append(left, one)
		}
		return err
	})
}

// Sums adds up what has come of a rehearsal so far.
func Sums(ctx context.Context, q store.Querier, id job.ID) (Result, error) {
	result := Result{Sums: []Sum{}}
	err := store.EachRow(ctx, q, `SELECT currency, COUNT(*), SUM(CASE WHEN would < was THEN 1 ELSE 0 END), SUM(CASE WHEN would > was THEN 1 ELSE 0 END),
		CAST(SUM(was) AS BIGINT), CAST(SUM(would) AS BIGINT) FROM rehearsal_project WHERE job_id = $1 AND state = 'done' GROUP BY currency ORDER BY currency`,
		[]any{int64(id)}, func(rows *sql.Rows) error {
			var s Sum
			err := rows.Scan(&s.Currency, &s.Projects, &s.Dearer, &s.Cheaper, &s.Was, &s.Would)
			result.Sums = append(result.Sums, s)
			return err
		})
	if err != nil {
		return result, err
	}
	return result, q.QueryRow(ctx, `SELECT COUNT(*) FROM rehearsal_project WHERE job_id = $1 AND state = 'failed'`, int64(id)).Scan(&result.Failed)
}

// Rows gives up to limit projects of a rehearsal, those that failed first, then those whose charges would change most.
func Rows(ctx context.Context, q store.Querier, id job.ID, limit int) (found []Row, err error) {
	return found, store.EachRow(ctx, q, `SELECT project_id, state, currency, was, would, CASE WHEN state = 'failed' THEN answer ELSE '' END FROM rehearsal_project
		WHERE job_id = $1 ORDER BY CASE WHEN state = 'failed' THEN 0 WHEN state = 'done' THEN 1 ELSE 2 END, ABS(would - was) DESC, project_id LIMIT $2`,
		[]any{int64(id), limit}, func(rows *sql.Rows) error {
			var r Row
			var problem string
			if err := rows.Scan(&r.Project, &r.State, &r.Currency, &r.Was, &r.Would, &problem); err != nil {
				return err
			}
			if problem != "" {
				if err := json.Unmarshal([]byte(problem), &r.Problem); err != nil {
					return err
				}
			}
			found = append(found, r)
			return nil
		})
}

// Forget removes what came of a rehearsal, project by project, before its job is removed.
func Forget(ctx context.Context, tx *store.Tx, id job.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM rehearsal_project WHERE job_id = $1`, int64(id))
	return err
}

// Answer is the whole comparison for a project; ok is false where there is none.
func Answer(ctx context.Context, q store.Querier, id job.ID, project ident.ProjectID) (answer simulate.WhatIf, ok bool, err error) {
	err = store.EachRow(ctx, q, `SELECT answer FROM rehearsal_project WHERE job_id = $1 AND project_id = $2 AND state = 'done'`,
		[]any{int64(id), string(project)}, func(rows *sql.Rows) error {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			ok = true
			return json.Unmarshal([]byte(text), &answer)
		})
	return answer, ok, err
}
