package api

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/pool"
	"bellwether/internal/tracking"
)

// Receipt is why a call was put down to a visit, or to none (Rule C-91).
type Receipt struct {
	Kind    string       `json:"kind" doc:"dynamic, source, static, offline, promo, unknown"`
	Visit   string       `json:"visit,omitempty"`
	Chance  float64      `json:"chance" doc:"Of that visit, or of that source where no visit is likely enough; 0 to 1"`
	Source  string       `json:"source,omitempty" doc:"May be known where the visit is not"`
	Earlier int64        `json:"earlier_calls" doc:"Of the caller within the sales cycle before"`
	Scoring pool.Receipt `json:"scoring" doc:"The candidates with what was known of them, their probabilities and reasons"`
}

// Receipts are those of a call.
type Receipts struct {
	Receipts []Receipt `json:"receipts"`
}

func (a *API) listReceipts(ctx context.Context, in *ByCall) (out Receipts, err error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return out, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return out, err
	}
	if _, err := w.Get(ctx, a.parts.DB, id); err != nil {
		return out, err
	}
	all, err := tracking.Receipts(ctx, a.parts.Events, in.id(), id.String())
	out.Receipts = make([]Receipt, len(all))
	for i, b := range all {
		out.Receipts[i] = Receipt{Kind: b.Kind, Chance: b.Chance, Source: b.Source, Earlier: b.Earlier, Scoring: b.Receipt}
		if b.Visit != 0 {
			out.Receipts[i].Visit = b.Visit.String()
		}
	}
	return out, err
}

// rescoreCall scores a call anew and answers its receipts.
func (a *API) rescoreCall(ctx context.Context, in *ByCall) (out Receipts, err error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return out, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	if _, err := a.parts.Rescore(ctx, p, id); err != nil {
		return out, err
	}
	return a.listReceipts(ctx, in)
}
