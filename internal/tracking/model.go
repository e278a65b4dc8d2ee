package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

const (
	// learnFrom is how far back calls teach (Rule C-100, decided): habits change, and visits are not kept for ever.
	learnFrom = 180 * 24 * time.Hour
	// learnStep is after how many further calls a scorer learns anew; after a tenth more, where it knows many.
	learnStep = 10
)

// ModelOf is what a project's scorer believes now (Rule C-100): the defaults until calls have taught it better.
func ModelOf(ctx context.Context, q store.Querier, project ident.ProjectID) (pool.Weights, error) {
	model, _, err := latestModel(ctx, q, project)
	return model, err
}

func latestModel(ctx context.Context, q store.Querier, project ident.ProjectID) (model pool.Weights, learnt int64, err error) {
	var body string
	err = q.QueryRow(ctx, `SELECT learnt, body FROM tracking_model WHERE project_id = $1 ORDER BY version DESC LIMIT 1`, string(project)).Scan(&learnt, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return pool.DefaultWeights(), 0, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &model)
	}
	return model, learnt, err
}

// Learn teaches a project's scorer how soon people call, from calls whose visit is certain by a promo code or a known phone (Rules C-14,
// C-100). It makes a next version where there are enough new ones, and says which version is then in force and whether it is new.
func Learn(ctx context.Context, tx *store.Tx, project ident.ProjectID, at time.Time) (version int, learnt bool, err error) {
	model, known, err := latestModel(ctx, tx, project)
	if err != nil {
		return 0, false, err
	}
	delays, calls, err := delaysOf(ctx, tx, project, at)
	if err != nil || abs(calls-known) < max(learnStep, known/learnStep) {
		return model.Version, false, err
	}
	next := pool.DefaultWeights()
	next.Version, next.Delays = model.Version+1, next.Delays.Plus(delays)
	body, err := json.Marshal(next)
	if err != nil {
		return 0, false, err
	}
	return next.Version, true, tx.Insert(ctx, "tracking_model", []string{"project_id", "version", "at", "learnt", "body"},
		[][]any{{string(project), next.Version, at.UnixMicro(), calls, string(body)}})
}

// delaysOf counts after which delays people called, each call once. What is known because a number was not reissued teaches nothing: late calls
// are missing among them.
func delaysOf(ctx context.Context, q store.Querier, project ident.ProjectID, at time.Time) (delays pool.Delays, calls int64, err error) {
	truths, err := Truths(ctx, q, project, at.Add(-learnFrom), at)
	seen := map[string]bool{}
	for _, t := range truths {
		delay := t.At.Sub(t.Visit.begun())
		if t.Kind == TruthByNumber || seen[t.Call] || delay < 0 || delay >= pool.Window {
			continue
		}
		seen[t.Call] = true
		delays.Add(delay)
		calls++
	}
	return delays, calls, err
}

func abs(n int64) int64 { return max(n, -n) }
