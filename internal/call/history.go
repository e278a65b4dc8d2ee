package call

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Steps are what happened to a call since the report before, as the code that decided was told (Rule T-116).
type Steps struct {
	Plan  string              `json:"plan,omitempty"`  // the hash of what the call arrived on; in the first steps
	After int                 `json:"after,omitempty"` // how many steps were reported before
	Steps []dialplan.Happened `json:"steps"`           // the arrival without its basis
}

// MostSteps is how many steps of a call are kept; those behind are lost, such as the keys of somebody who never stops.
const MostSteps = 5000

// text is what is stored; empty for no steps.
func (s Steps) text() (string, error) {
	if len(s.Steps) == 0 {
		return "", nil
	}
	text, err := json.Marshal(s)
	return string(text), err
}

// Basis is what calls of a project arrive on, as it is stored: once for all that share it.
type Basis struct {
	Hash string
	Body string // JSON, packed: an employee who goes away for lunch makes another one
}

// NewBasis prepares one to be kept.
func NewBasis(b dialplan.Basis) (Basis, error) {
	body, err := json.Marshal(b)
	if err != nil {
		return Basis{}, err
	}
	sum := sha256.Sum256(body)
	const enough = 16 // bytes: nobody gains by two that are alike
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(body); err != nil {
		return Basis{}, err
	}
	err = w.Close()
	return Basis{base64.RawURLEncoding.EncodeToString(sum[:enough]), base64.StdEncoding.EncodeToString(packed.Bytes())}, err
}

// unpack reads a body.
func (b Basis) unpack() (basis dialplan.Basis, err error) {
	r, err := zlib.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(b.Body)))
	if err != nil {
		return basis, err
	}
	return basis, errors.Join(json.NewDecoder(r).Decode(&basis), r.Close())
}

// KeepBasis stores what calls arrive on. The same again changes nothing.
func KeepBasis(ctx context.Context, tx *store.Tx, project ident.ProjectID, b Basis) error {
	_, err := tx.Exec(ctx, `INSERT INTO call_basis (project_id, hash, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, string(project), b.Hash, b.Body)
	return err
}

// History is all that happened to a call, for dialplan.Replay (Rule T-116). Errors: errs.NotFound `call.not_found` as Get, and
// `call.no_history` where nothing is kept: of calls from elsewhere, and of a person who was erased.
func (w Window) History(ctx context.Context, q store.Querier, id ID) (steps []dialplan.Happened, err error) {
	c, err := w.Get(ctx, q, id)
	if err != nil {
		return nil, err
	}
	var plan string
	err = store.EachRow(ctx, q, `SELECT steps FROM call_timeline WHERE project_id = $1 AND call_id = $2 AND steps <> '' ORDER BY seq`,
		[]any{string(c.Project), int64(c.ID)}, func(rows *sql.Rows) error {
			var text string
			var part Steps
			if err := rows.Scan(&text); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &part); err != nil {
				return err
			}
			if part.Plan != "" {
				plan = part.Plan
			}
			if known := len(steps) - part.After; known > 0 {
				part.Steps = part.Steps[min(known, len(part.Steps)):]
			}
			steps = append(steps, part.Steps...)
			return nil
		})
	if err == nil && len(steps) == 0 {
		err = errs.New(errs.NotFound, "call.no_history", "nothing is kept of how the call went").At("call")
	}
	if err != nil {
		return nil, err
	}
	return steps, putOn(ctx, q, c, plan, steps)
}

// HasHistory tells whether anything is kept of how a call went, so that it can be lived through again.
func HasHistory(ctx context.Context, q store.Querier, c Call) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM call_timeline WHERE project_id = $1 AND call_id = $2 AND steps <> ''`, string(c.Project), int64(c.ID)).Scan(&n)
	return n > 0, err
}

// putOn completes the arrival of a call with what it arrived on.
func putOn(ctx context.Context, q store.Querier, c Call, plan string, steps []dialplan.Happened) error {
	arrived, ok := steps[0].Event.(dialplan.Arrived)
	if !ok {
		return nil // its first report is lost
	}
	b := Basis{Hash: plan}
	err := q.QueryRow(ctx, `SELECT body FROM call_basis WHERE project_id = $1 AND hash = $2`, string(c.Project), plan).Scan(&b.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return errs.New(errs.NotFound, "call.no_history", "what the call arrived on is not kept").At("call")
	}
	if err != nil {
		return err
	}
	basis, err := b.unpack()
	if err != nil {
		return err
	}
	steps[0].Event = arrived.On(basis)
	return nil
}
