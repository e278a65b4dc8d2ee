package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// millionth is how a chance is stored.
const millionth = 1e6

// kept is what a receipt's row has besides its columns.
type kept struct {
	Source  string       `json:"source"`
	Sign    *Sign        `json:"sign,omitempty"`
	Earlier int64        `json:"earlier"`
	Receipt pool.Receipt `json:"receipt,omitzero"`
}

var receiptColumns = []string{
	"project_id", "call_id", "receipt_id", "number", "caller", "at", "visit_id", "kind", "chance", "body", "revision", "model", "pool_id", "holders", "blind_visit", "blind_source",
}

// keep stores a receipt that was made at made, beside those there are.
func (c *Collector) keep(ctx context.Context, tx *store.Tx, call Call, b Behind, made time.Time) error {
	body, err := json.Marshal(kept{b.Source, b.Sign, b.Earlier, b.Receipt})
	if err != nil {
		return err
	}
	blind, _ := visitOf(b.blind.Visit)
	return tx.Insert(ctx, "tracking_receipt", receiptColumns, [][]any{{
		string(call.Project), call.ID, c.ids.Next(made), string(call.Number), string(call.Caller), call.At.UnixMicro(), int64(b.Visit), b.Kind,
		int64(math.Round(b.Chance * millionth)), string(body), b.Revision, b.Receipt.Weights, string(b.Pool), b.holders, int64(blind), b.blind.Source,
	}})
}

// Receipt reads the latest receipt of a call.
func Receipt(ctx context.Context, q store.Querier, project ident.ProjectID, callID string) (b Behind, found bool, err error) {
	all, err := receipts(ctx, q, project, callID, 1)
	if err != nil || len(all) == 0 {
		return Behind{}, false, err
	}
	return all[0].Behind, true, nil
}

// scoring is one of the receipts of a call.
type scoring struct {
	Behind
	call Call
	made time.Time // in order of its call's receipts, whichever process makes the next
}

// Receipts lists the receipts of a call, the one that counts first: how it was scored when it came in, and each time it was scored anew (Rules C-21, C-91,
// C-102).
func Receipts(ctx context.Context, events store.Querier, project ident.ProjectID, callID string) (list []Behind, err error) {
	const most = 1000
	all, err := receipts(ctx, events, project, callID, most)
	for _, s := range all {
		list = append(list, s.Behind)
	}
	return list, err
}

func receipts(ctx context.Context, q store.Querier, project ident.ProjectID, callID string, most int) (all []scoring, err error) {
	return all, store.EachRow(ctx, q, `SELECT receipt_id, number, caller, at, visit_id, kind, chance, body, revision, pool_id, holders FROM tracking_receipt
		WHERE project_id = $1 AND call_id = $2 ORDER BY revision DESC, receipt_id DESC LIMIT $3`, []any{string(project), callID, most}, func(rows *sql.Rows) error {
		s := scoring{call: Call{ID: callID, Project: project}}
		var id VisitID // receipts are named as visits are
		var at, chance int64
		var body string
		if err := rows.Scan(&id, &s.call.Number, &s.call.Caller, &at, &s.Visit, &s.Kind, &chance, &body, &s.Revision, &s.Pool, &s.holders); err != nil {
			return err
		}
		var k kept
		err := json.Unmarshal([]byte(body), &k)
		s.call.At, s.made = instant(at), id.begun()
		s.Chance, s.Source, s.Sign, s.Earlier, s.Receipt = float64(chance)/millionth, k.Source, k.Sign, k.Earlier, k.Receipt
		all = append(all, s)
		return err
	})
}

// earlier counts the caller's calls within the cycle before.
func earlier(ctx context.Context, q store.Querier, call Call) (n int64, err error) {
	if call.Caller == "" {
		return 0, nil
	}
	since := int64(math.MinInt64)
	if call.Cycle > 0 {
		since = call.At.Add(-call.Cycle).UnixMicro()
	}
	err = q.QueryRow(ctx, `SELECT COUNT(DISTINCT call_id) FROM tracking_receipt WHERE project_id = $1 AND caller = $2 AND at >= $3 AND at < $4`,
		string(call.Project), string(call.Caller), since, call.At.UnixMicro()).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}
