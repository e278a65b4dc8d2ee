package approval

import (
	"context"
	"encoding/json"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

const longestRef = 100 // bytes

// overdraftBody is what a request for an overdraft asks for.
type overdraftBody struct {
	From money.Micro `json:"from"`
	To   money.Micro `json:"to"`
}

// Overdraw asks for another overdraft of a project: by how much it grows counts as money given by hand, a smaller one is in force at once
// (Rule O-05). The same again under its id is the same request. Errors: errs.Denied `access.denied`; errs.Invalid `approval.no_id`,
// `approval.no_reason`, `approval.same_overdraft`, `ledger.invalid`; errs.NotFound `ledger.no_account`; errs.Conflict
// `approval.other_request`.
func (s *Service) Overdraw(ctx context.Context, tx *store.Tx, p access.Permit, id ident.ProjectID, ref string, to money.Micro, reason string, at time.Time) (Request, error) {
	if _, err := p.May(access.Edit, access.Adjustments); err != nil {
		return Request{}, err
	}
	if ref == "" || len(ref) > longestRef {
		return Request{}, errs.New(errs.Invalid, "approval.no_id", "an overdraft is asked for under an id of 1 to %d characters", longestRef).At("id")
	}
	if err := ledger.CheckOverdraft(to); err != nil {
		return Request{}, err
	}
	if err := lockAccount(ctx, tx, id); err != nil {
		return Request{}, err
	}
	from, err := overdraftBefore(ctx, tx, id, ref, to, at)
	if err != nil {
		return Request{}, err
	}
	return s.ask(ctx, tx, p, Request{Kind: Overdraft, Project: id, Ref: ref, Amount: to - from, Reason: reason}, overdraftBody{from, to}, at)
}

// overdraftBefore is what an overdraft is changed from: for what was asked for already, as it was then.
func overdraftBefore(ctx context.Context, tx *store.Tx, id ident.ProjectID, ref string, to money.Micro, at time.Time) (money.Micro, error) {
	was, known, err := find(ctx, tx, id, Overdraft, ref, at)
	if err != nil {
		return 0, err
	}
	if known {
		from, _, err := was.OverdraftOf()
		return from, err
	}
	account, err := ledger.GetAccount(ctx, tx, id)
	if err == nil && account.Overdraft == to {
		err = errs.New(errs.Invalid, "approval.same_overdraft", "this is the overdraft now").At("overdraft")
	}
	return account.Overdraft, err
}

// OverdraftOf is from what to what the overdraft is to change.
func (r Request) OverdraftOf() (from, to money.Micro, err error) {
	var body overdraftBody
	err = json.Unmarshal(r.body, &body)
	return body.From, body.To, err
}

// bookOverdraft puts an overdraft in force where it still stands as it stood when another was asked for; the project's state follows.
func (s *Service) bookOverdraft(ctx context.Context, tx *store.Tx, r Request, at time.Time) error {
	from, to, err := r.OverdraftOf()
	if err != nil {
		return err
	}
	account, err := ledger.GetAccount(ctx, tx, r.Project)
	if err != nil {
		return err
	}
	if account.Overdraft != from {
		return errs.New(errs.Conflict, "approval.overdraft_moved", "the overdraft is %s now, it was %s when this was asked for", account.Overdraft, from).
			At("request").Try("refuse this and ask anew").With("now", account.Overdraft).With("then", from).With("currency", account.Currency)
	}
	if err := ledger.SetOverdraft(ctx, tx, r.Project, to); err != nil {
		return err
	}
	batch := ledger.NewBatch(tx)
	if err := s.billing.ReviewFunds(ctx, tx, batch, r.Project, at); err != nil {
		return err
	}
	return batch.Flush(ctx)
}

// recordOverdraft tells of a new overdraft in the project's trail.
func (r Request) recordOverdraft(ctx context.Context, tx *store.Tx, p access.Permit, at time.Time) error {
	from, to, err := r.OverdraftOf()
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: ident.ProjectOrg(r.Project), Object: "project", ObjectID: string(r.Project), Action: "overdraft",
		Before: map[string]string{"overdraft": from.String()}, After: map[string]string{"overdraft": to.String()},
	})
}
