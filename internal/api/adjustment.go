package api

import (
	"context"
	"net/http"

	"bellwether/internal/billing"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Adjustment is a correction by the operator.
type Adjustment struct {
	ID       string      `json:"id" minLength:"1" maxLength:"100" doc:"The operator's name for it; the same id with the same adjustment is one effect"`
	Amount   money.Micro `json:"amount" doc:"Positive gives credit, negative charges"`
	Reason   string      `json:"reason" minLength:"1" maxLength:"500" doc:"Shown to the project"`
	WriteOff bool        `json:"write_off,omitempty" doc:"A debt is given up: booked as a loss, not as goodwill"`
}

// Booked is an entry that was made, and the funds after it.
type Booked struct {
	Entry Entry `json:"entry"`
	Funds Funds `json:"funds"`
}

// Adjusted is an adjustment that was booked, or waits.
type Adjusted struct {
	Entry   *Entry   `json:"entry,omitempty" doc:"What booked it; none while it waits for a second signature"`
	Funds   Funds    `json:"funds"`
	Request Approval `json:"request" doc:"What was asked for, and where it stands"`
}

func (v Adjusted) status() int { return v.Request.status() }

func adjustmentRoutes(a *API) {
	const tag = chapterPayments
	write(a, route{
		accepts: true, ownRecord: true,
		method: http.MethodPost, path: "/v1/projects/{project}/adjustments", id: "adjust", tag: tag, need: needOperator, status: http.StatusCreated,
		summary: "Give credit, or charge what no rule made",
		text:    "Posted on today's usage day (Rule B-15). Above the limit of two signatures it waits, and the answer is 202 (Rule O-01).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body Adjustment
	},
	) (Adjusted, error) {
		return a.askToAdjust(ctx, tx, in.Of, in.Body)
	})
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/entries/{entry}/reverse", id: "reverse-entry", tag: tag, need: needOperator,
		status: http.StatusCreated, summary: "Undo an entry", text: "By a new entry that names it; each is undone at most once (Rule B-15). With a payment go its bonus, by an entry of its own, and what it earned of loyalty.",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Entry string `path:"entry"`
		Body  struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (Booked, error) {
		id, err := parseEntryID(in.Entry)
		if err != nil {
			return Booked{}, err
		}
		entry, err := a.parts.Billing.Reverse(ctx, tx, in.id(), id, in.Body.Reason, a.now())
		return a.booked(ctx, tx, entry, err)
	})
}

// askToAdjust books an adjustment, or leaves it for a second signature.
func (a *API) askToAdjust(ctx context.Context, tx *store.Tx, of Of, b Adjustment) (out Adjusted, err error) {
	permit, err := a.asOperator(ctx)
	if err != nil {
		return out, err
	}
	adjustment := billing.Adjustment{ID: b.ID, Amount: b.Amount, Reason: b.Reason, WriteOff: b.WriteOff}
	r, err := a.parts.Approvals.Adjust(ctx, tx, permit, of.id(), adjustment, a.now())
	if err != nil {
		return out, err
	}
	out.Request = viewApproval(r)
	_, id, err := r.AdjustmentOf()
	if err != nil {
		return out, err
	}
	if id != 0 {
		entry, err := ledger.GetEntry(ctx, tx, of.id(), id)
		if err != nil {
			return out, err
		}
		out.Entry = pointer(viewEntry(entry))
	}
	out.Funds, err = fundsOf(ctx, tx, of.id())
	return out, err
}

func (a *API) booked(ctx context.Context, tx *store.Tx, entry ledger.Entry, err error) (Booked, error) {
	if err != nil {
		return Booked{}, err
	}
	funds, err := fundsOf(ctx, tx, entry.Project)
	return Booked{Entry: viewEntry(entry), Funds: funds}, err
}
