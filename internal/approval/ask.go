package approval

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Service books what is asked for.
type Service struct {
	billing *billing.Service
	ids     ident.Sequence
}

// New makes a service that books through billing.
func New(b *billing.Service) *Service { return &Service{billing: b} }

const longestReason = 500 // characters

// Pay asks for a payment: it is booked at once where one signature is enough (Rule O-01), else the request waits. A person says
// why; a program may leave that to the payment's id. The same payment again is the same request, as it stands now. Errors:
// errs.Denied `access.denied`; errs.Invalid `approval.no_reason`, `approval.below_minor_unit`, those of billing.Service.Pay; errs.Conflict
// `approval.other_request` where the id was asked for with another payment.
func (s *Service) Pay(ctx context.Context, tx *store.Tx, p access.Permit, id ident.ProjectID, payment billing.Payment, reason string, at time.Time) (Request, error) {
	if err := billing.CheckPayment(payment); err != nil {
		return Request{}, err
	}
	if reason == "" && p.Actor().Key != "" {
		reason = "payment " + payment.ID
	}
	return s.ask(ctx, tx, p, Request{Kind: Payment, Project: id, Ref: payment.ID, Amount: payment.Amount, Reason: reason}, payment, at)
}

// Adjust asks for an adjustment, as Pay does for a payment; its reason is the adjustment's own.
func (s *Service) Adjust(ctx context.Context, tx *store.Tx, p access.Permit, id ident.ProjectID, adjustment billing.Adjustment, at time.Time) (Request, error) {
	if err := billing.CheckAdjustment(adjustment); err != nil {
		return Request{}, err
	}
	return s.ask(ctx, tx, p, Request{Kind: Adjustment, Project: id, Ref: adjustment.ID, Amount: adjustment.Amount, Reason: adjustment.Reason}, adjustment, at)
}

func (s *Service) ask(ctx context.Context, tx *store.Tx, p access.Permit, r Request, body any, at time.Time) (Request, error) {
	if _, err := p.May(access.Edit, access.Adjustments); err != nil {
		return Request{}, err
	}
	if err := checkReason(r.Reason); err != nil {
		return Request{}, err
	}
	var err error
	if r.body, err = json.Marshal(body); err != nil {
		return Request{}, err
	}
	if err := lockAccount(ctx, tx, r.Project); err != nil { // until we are done nobody else counts what was booked for the project
		return Request{}, err
	}
	if was, ok, err := find(ctx, tx, r.Project, r.Kind, r.Ref, at); err != nil || ok {
		if err == nil && was.State == Booked && r.Kind != Overdraft && !bytes.Equal(was.body, r.body) {
			err = s.book(ctx, tx, &r, at) // billing says itself what is wrong with that
		}
		if err == nil && !bytes.Equal(was.body, r.body) {
			err = errs.New(errs.Conflict, "approval.other_request", "%s %.100s was asked for with another body", r.Kind, r.Ref).At("id").Try("use a new id for a new " + string(r.Kind))
		}
		return was, err
	}
	held, err := ledger.GetAccount(ctx, tx, r.Project)
	if err != nil {
		return Request{}, err
	}
	if err := r.checkWhole(held); err != nil {
		return Request{}, err
	}
	r.Currency = held.Currency
	r.sign(p, at)
	if r.Alone, err = oneIsEnough(ctx, tx, r); err != nil {
		return Request{}, err
	}
	if r.Alone {
		if err := s.book(ctx, tx, &r, at); err != nil {
			return Request{}, err
		}
	}
	return s.add(ctx, tx, p, r, at)
}

// checkWhole refuses at once what the booking would refuse (Rule O-06): nobody should sign it first.
func (r Request) checkWhole(held ledger.Account) error {
	if r.Kind != Payment && r.Kind != Adjustment {
		return nil
	}
	var adjustment billing.Adjustment
	if r.Kind == Adjustment {
		if err := json.Unmarshal(r.body, &adjustment); err != nil {
			return err
		}
	}
	return CheckWhole(held, r.Amount, adjustment.WriteOff)
}

// CheckWhole refuses an amount that is paid or adjusted by hand in smaller pieces than the account's currency has (Rule O-06): errs.Invalid
// `approval.below_minor_unit`. A write-off may be exactly the debt, whatever pieces that has.
func CheckWhole(held ledger.Account, amount money.Micro, writeOff bool) error {
	if amount%held.Currency.MinorUnit() == 0 || writeOff && amount == -held.Balance() {
		return nil
	}
	return errs.New(errs.Invalid, "approval.below_minor_unit", "%s has more decimals than %s", amount, held.Currency).At("amount").
		Try(fmt.Sprintf("write at most %d of them", held.Currency.MinorDigits()))
}

func checkReason(reason string) error {
	if !ident.Line(reason, longestReason) {
		return errs.New(errs.Invalid, "approval.no_reason", "say why, in 1 to %d characters, none of them invisible", longestReason).At("reason")
	}
	return nil
}

// lockAccount takes the lock that every change of a project's money takes first.
func lockAccount(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	return ledger.NewBatch(tx).Load(ctx, []ident.ProjectID{id}, nil)
}

// sign writes down whose a request is: a person's, also by a key that they made, or a key's.
func (r *Request) sign(p access.Permit, at time.Time) {
	by := p.Actor()
	r.State = Waiting
	r.AskedBy, r.AskedKey, r.AskedAt, r.ExpiresAt = account.UserID(by.User), account.KeyID(by.Key), stored(at), stored(at).Add(Patience)
	r.signer = "user:" + by.User
	if by.User == "" {
		r.signer = "key:" + by.Key
	}
}

// stored is an instant as it is read back.
func stored(at time.Time) time.Time { return at.UTC().Truncate(time.Microsecond) }

// oneIsEnough reports whether a booking needs no second signature (Rule O-01): with what the same signer booked alone for the
// project in the 24 hours before it is within the limit, so that cutting an amount in pieces changes nothing.
func oneIsEnough(ctx context.Context, tx *store.Tx, r Request) (bool, error) {
	limit, err := limitOf(ctx, tx, r.Currency)
	if err != nil || limit == NoLimit {
		return err == nil, err
	}
	var before int64
	err = tx.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(ABS(amount)), 0) AS BIGINT) FROM approval_request
		WHERE project_id = $1 AND signer = $2 AND alone = 1 AND asked_at > $3 AND NOT (kind = 'overdraft' AND amount < 0)`, string(r.Project), r.signer, r.AskedAt.Add(-day).UnixMicro()).Scan(&before)
	if err != nil {
		return false, err
	}
	return r.Kind == Overdraft && r.Amount < 0 || magnitude(r.Amount) <= limit-money.Micro(before), nil
}

const day = 24 * time.Hour

func magnitude(m money.Micro) money.Micro { return max(m, -m) }

// book does what is asked for and notes what came of it.
func (s *Service) book(ctx context.Context, tx *store.Tx, r *Request, at time.Time) (err error) {
	var outcome any
	switch r.Kind {
	case Payment:
		var payment billing.Payment
		if err = json.Unmarshal(r.body, &payment); err == nil {
			outcome, err = s.billing.Pay(ctx, tx, r.Project, payment, at)
		}
	case Adjustment:
		var adjustment billing.Adjustment
		if err = json.Unmarshal(r.body, &adjustment); err == nil {
			var entry ledger.Entry
			entry, err = s.billing.Adjust(ctx, tx, r.Project, adjustment, at)
			outcome = entry.ID
		}
	case Overdraft:
		err = s.bookOverdraft(ctx, tx, *r, at)
	case Limit:
		err = bookLimit(ctx, tx, *r, at)
	}
	if err != nil {
		return err
	}
	r.State = Booked
	r.outcome, err = json.Marshal(outcome)
	return err
}

// add gives a new request its id, stores it and puts it in the trail.
func (s *Service) add(ctx context.Context, tx *store.Tx, p access.Permit, r Request, at time.Time) (Request, error) {
	for added := false; !added; { // another node may have made the same id at the same moment
		r.ID = ID(s.ids.Next(at))
		if r.Kind == Limit {
			r.Ref = r.ID.String()
		}
		var err error
		if added, err = r.insert(ctx, tx); err != nil {
			return r, err
		}
	}
	action := "ask"
	if r.Alone {
		action = "book"
	}
	return r, r.record(ctx, tx, p, action, nil, at)
}

// insert stores a request; it answers false where its id is taken.
func (r Request) insert(ctx context.Context, tx *store.Tx) (bool, error) {
	alone := int64(0)
	if r.Alone {
		alone = 1
	}
	row := []any{
		int64(r.ID), string(r.Kind), string(r.Project), r.Ref, string(r.Currency), int64(r.Amount), string(r.body), r.Reason, string(r.State), alone,
		r.signer, string(r.AskedBy), string(r.AskedKey), r.AskedAt.UnixMicro(), r.ExpiresAt.UnixMicro(), "", int64(0), "", string(r.outcome),
	}
	result, err := tx.Exec(ctx, `INSERT INTO approval_request (`+columns+`) VALUES (`+store.List(1, len(row))+`) ON CONFLICT (id) DO NOTHING`, row...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// trail is a request as the audit trail shows it.
type trail struct {
	Kind     Kind            `json:"kind"`
	Project  ident.ProjectID `json:"project,omitempty"`
	Amount   string          `json:"amount"` // exact, "none" for no limit
	Currency money.Currency  `json:"currency"`
	Reason   string          `json:"reason"`
	State    State           `json:"state"`
	Decision string          `json:"decision,omitempty"`
	Body     json.RawMessage `json:"body"`
}

func (r Request) trail() trail {
	return trail{r.Kind, r.Project, inWords(r), r.Currency, r.Reason, r.State, r.Decision, r.body}
}

func inWords(r Request) string {
	if r.Kind == Limit && r.Amount == NoLimit {
		return "none"
	}
	return r.Amount.String()
}

func (r Request) record(ctx context.Context, tx *store.Tx, p access.Permit, action string, before *Request, at time.Time) error {
	change := audit.Change{Org: ident.Operator, Object: "approval", ObjectID: r.ID.String(), Action: action, After: r.trail()}
	if r.Project != "" {
		change.Org = ident.ProjectOrg(r.Project)
	}
	if before != nil {
		change.Before = before.trail()
	}
	if err := audit.Write(ctx, tx, p.Actor(), at, change); err != nil || r.Kind != Overdraft || r.State != Booked {
		return err
	}
	return r.recordOverdraft(ctx, tx, p, at)
}
