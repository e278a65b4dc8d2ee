package approval

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Approve is the second signature: it books what waits, in tx (Rule O-02). Of two who approve at once one books and the other is
// told so. Errors: errs.Denied `access.denied`, `approval.own`, `approval.by_program`; errs.NotFound `approval.not_found`;
// errs.Conflict `approval.decided`, `approval.expired`, `approval.limit_moved`, `approval.overdraft_moved`; those of the booking, after which the request still waits.
func (s *Service) Approve(ctx context.Context, tx *store.Tx, p access.Permit, id ID, at time.Time) (Request, error) {
	r, err := s.open(ctx, tx, p, id, at)
	if err != nil {
		return r, err
	}
	if r.isOf(p) {
		return r, errs.New(errs.Denied, "approval.own", "nobody approves what they asked for").Try("let another operator look at it")
	}
	before := r
	if err := s.book(ctx, tx, &r, at); err != nil {
		return before, err
	}
	return r, r.decided(ctx, tx, p, "approve", before, at)
}

// Refuse ends a request without booking it. Errors: as Approve's, and errs.Invalid `approval.no_reason`.
func (s *Service) Refuse(ctx context.Context, tx *store.Tx, p access.Permit, id ID, reason string, at time.Time) (Request, error) {
	if err := checkReason(reason); err != nil {
		return Request{}, err
	}
	r, err := s.open(ctx, tx, p, id, at)
	if err != nil {
		return r, err
	}
	before := r
	r.State, r.Decision = Refused, reason
	return r, r.decided(ctx, tx, p, "refuse", before, at)
}

// Withdraw takes one's own request back. Errors: errs.Denied `approval.not_own`, and as Approve's.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, p access.Permit, id ID, at time.Time) (Request, error) {
	if _, err := p.May(access.Edit, access.Adjustments); err != nil {
		return Request{}, err
	}
	r, err := lock(ctx, tx, id, at)
	if err != nil {
		return r, err
	}
	if !r.isOf(p) {
		return r, errs.New(errs.Denied, "approval.not_own", "only whoever asked withdraws a request").Try("refuse it, with a reason")
	}
	before := r
	r.State = Withdrawn
	return r, r.decided(ctx, tx, p, "withdraw", before, at)
}

// open locks a request that waits for whoever may decide it: a person, for a program has only its own signature.
func (s *Service) open(ctx context.Context, tx *store.Tx, p access.Permit, id ID, at time.Time) (Request, error) {
	if _, err := p.May(access.Edit, access.Approvals); err != nil {
		return Request{}, err
	}
	if by := p.Actor(); by.Key != "" || by.User == "" {
		return Request{}, errs.New(errs.Denied, "approval.by_program", "an API key asks, it does not decide").Try("let an operator who is signed in decide")
	}
	return lock(ctx, tx, id, at)
}

// isOf reports whether whoever acts asked for this themselves, also by a key they made.
func (r Request) isOf(p access.Permit) bool {
	by := p.Actor()
	if by.User == "" {
		return r.signer == "key:"+by.Key
	}
	return r.signer == "user:"+by.User
}

// lock reads a request for its decision. The project's account is locked before it, as everywhere.
func lock(ctx context.Context, tx *store.Tx, id ID, at time.Time) (Request, error) {
	r, err := Get(ctx, tx, id, at)
	if err != nil {
		return r, err
	}
	if r.Project != "" {
		if err := lockAccount(ctx, tx, r.Project); err != nil {
			return r, err
		}
	}
	if r, err = get(ctx, tx, id, " FOR UPDATE", at); err != nil {
		return r, err
	}
	switch r.State {
	case Waiting:
		return r, nil
	case Expired:
		return r, errs.New(errs.Conflict, "approval.expired", "the request expired on %s", r.ExpiresAt.Format(time.DateOnly)).Try("ask again with a new id")
	}
	return r, errs.New(errs.Conflict, "approval.decided", "the request was %s by another", r.State).At("request").With("state", string(r.State))
}

// decided stores a decision and puts it in the trail.
func (r *Request) decided(ctx context.Context, tx *store.Tx, p access.Permit, action string, before Request, at time.Time) error {
	r.DecidedBy, r.DecidedAt = account.UserID(p.Actor().User), stored(at)
	_, err := tx.Exec(ctx, `UPDATE approval_request SET state = $2, decided_by = $3, decided_at = $4, decision = $5, outcome = $6 WHERE id = $1`,
		int64(r.ID), string(r.State), string(r.DecidedBy), at.UnixMicro(), r.Decision, string(r.outcome))
	if err != nil {
		return err
	}
	return r.record(ctx, tx, p, action, &before, at)
}
