package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/ident"
	"bellwether/internal/money"
)

// Approval is a payment, an adjustment, an overdraft or a limit that the operator asked for.
type Approval struct {
	ID        string          `json:"id"`
	Kind      approval.Kind   `json:"kind" enum:"payment,adjustment,overdraft,limit"`
	State     approval.State  `json:"state" enum:"waiting,booked,refused,withdrawn,expired"`
	Project   ident.ProjectID `json:"project,omitempty"`
	Ref       string          `json:"ref" doc:"The payment's or adjustment's own id"`
	Currency  money.Currency  `json:"currency"`
	Amount    *money.Micro    `json:"amount,omitempty" doc:"Negative for an adjustment that charges; of an overdraft by how much it grows; left out where a limit is to go"`
	Reason    string          `json:"reason"`
	AskedBy   string          `json:"asked_by" doc:"The user, or the API key"`
	AskedAt   time.Time       `json:"asked_at"`
	ExpiresAt time.Time       `json:"expires_at" doc:"Nobody can approve it from then on"`
	DecidedBy string          `json:"decided_by,omitempty" doc:"The second signature; left out where one was enough"`
	DecidedAt time.Time       `json:"decided_at,omitzero"`
	Decision  string          `json:"decision,omitempty" doc:"Why it was refused"`
}

func viewApproval(r approval.Request) Approval {
	view := Approval{
		ID: r.ID.String(), Kind: r.Kind, State: r.State, Project: r.Project, Ref: r.Ref, Currency: r.Currency, Reason: r.Reason, AskedBy: string(r.AskedBy),
		AskedAt: r.AskedAt, ExpiresAt: r.ExpiresAt, DecidedBy: string(r.DecidedBy), DecidedAt: r.DecidedAt, Decision: r.Decision,
	}
	if r.AskedKey != "" {
		view.AskedBy = string(r.AskedKey)
	}
	if r.Kind != approval.Limit || r.Amount != approval.NoLimit {
		view.Amount = &r.Amount
	}
	return view
}

// status is that of an answer to something asked for: it was done, or it waits for a second signature (Rule O-01).
func (v Approval) status() int {
	if v.State == approval.Booked {
		return http.StatusCreated
	}
	return http.StatusAccepted
}

func approvalRoutes(a *API) {
	const tag = chapterPayments
	read(a, route{
		method: http.MethodGet, path: "/v1/approvals", id: "list-approvals", tag: tag, need: needOperator,
		summary: "Payments, adjustments, overdrafts and limits that were asked for", text: "Newest first. They are decided by people who are signed in, not by keys (Rule O-02).",
	}, a.listApprovals)
	read(a, route{
		method: http.MethodGet, path: "/v1/approvals/{approval}", id: "get-approval", tag: tag, need: needOperator,
		summary: "Where does a request stand?",
	}, func(ctx context.Context, in *struct {
		Approval string `path:"approval" doc:"Its id, from the answer of status 202"`
	},
	) (Approval, error) {
		id, err := approval.ParseID(in.Approval)
		if err != nil {
			return Approval{}, err
		}
		r, err := approval.Get(ctx, a.parts.DB, id, a.now())
		return viewApproval(r), err
	})
}

func (a *API) listApprovals(ctx context.Context, in *struct {
	Paging
	State   string `query:"state" enum:"waiting,booked,refused,withdrawn,expired" doc:"All where left out"`
	Project string `query:"project" maxLength:"64" doc:"All projects' where left out"`
},
) (page Page[Approval], err error) {
	const list = "approvals"
	after, err := in.after(list)
	if err != nil {
		return page, err
	}
	filter := approval.Filter{State: approval.State(in.State), Project: ident.ProjectID(in.Project)}
	if after != "" {
		if filter.Before, err = approval.ParseID(after); err != nil {
			return page, badCursor()
		}
	}
	found, err := approval.List(ctx, a.parts.DB, filter, in.Limit+1, a.now())
	return newPage(list, in.Limit, found, viewApproval, func(r approval.Request) string { return r.ID.String() }), err
}

// asOperator is the permit of a caller at the operator, for what package approval books.
func (a *API) asOperator(ctx context.Context) (access.Permit, error) {
	return a.permitOf(ctx, ident.Operator)
}
