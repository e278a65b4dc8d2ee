package ledger

import (
	"context"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
)

// Hold reserves funds. A repetition of the same request under the same key gives the hold as it is now and replayed = true.
// What exceeds the available funds is refused with errs.Unpaid `ledger.insufficient_funds`. Other errors: errs.Invalid
// `ledger.invalid`, errs.NotFound `ledger.no_account`, errs.Conflict `ledger.key_conflict`.
func (b *Batch) Hold(ctx context.Context, request HoldRequest) (h Hold, replayed bool, err error) {
	if err := request.check(); err != nil {
		return Hold{}, false, err
	}
	account, err := b.account(ctx, request.Project)
	if err != nil {
		return Hold{}, false, err
	}
	key := Key{request.Project, request.Key}
	if err := b.loadHoldKeys(ctx, []Key{key}); err != nil {
		return Hold{}, false, err
	}
	hash := b.holdHash(request)
	if earlier := b.holdKeys[key]; earlier != nil {
		if earlier.requestHash != hash {
			return Hold{}, false, keyConflict(request.Project, request.Key).With("hold", int64(earlier.ID))
		}
		return earlier.Hold, true, nil
	}
	if err := account.reserve(request.Amount); err != nil {
		return Hold{}, false, err
	}
	at := micros(request.At)
	opened := &hold{requestHash: hash, Hold: Hold{
		ID: ident.HoldID(ids.next(b.tx.Now(), 0)), Project: request.Project, Key: request.Key, Ref: request.Ref, Day: request.Day,
		Amount: request.Amount, State: Pending, OpenedAt: at, HeartbeatAt: at,
	}}
	b.holds[opened.ID], b.holdKeys[key] = opened, opened
	b.touch(opened)
	return opened.Hold, false, nil
}

func (r HoldRequest) check() error {
	if err := checkKey(r.Key); err != nil {
		return err
	}
	if r.Amount < 0 || r.Amount > limit {
		return invalid("amount", "a hold is zero or more, and at most 2^61 millionths")
	}
	if len(r.Ref) > longestText || !storable(r.Ref) {
		return invalid("ref", "the text is too long or not UTF-8")
	}
	return checkInstant("at", r.At)
}

func (b *Batch) holdHash(r HoldRequest) string {
	b.scratch = append(b.scratch[:0], "hold request 1 "...)
	for _, text := range [...]string{string(r.Project), r.Key, r.Ref} {
		b.scratch = appendText(b.scratch, text)
	}
	b.scratch = appendInts(b.scratch, int64(r.Day), int64(r.Amount))
	return hashOf(b.scratch)
}

// reserve takes more of the account's available funds. Nothing at all can always be reserved: a free call needs no funds.
func (a *account) reserve(more money.Micro) error {
	if available := a.Available(); more > 0 && more > available {
		return insufficient(a, more, available)
	}
	a.Held, a.dirty = a.Held+more, true
	return nil
}

// ExtendHold makes the hold reserve amount in all, where it reserves less, and records that its owner is alive; amount 0 only
// does the latter. So a repetition changes nothing. Errors: those of Hold, errs.NotFound `ledger.no_hold`, errs.Conflict
// `ledger.hold_closed`; the hold then stays as it was.
func (b *Batch) ExtendHold(ctx context.Context, project ident.ProjectID, id ident.HoldID, amount money.Micro, at time.Time) (Hold, error) {
	if amount < 0 || amount > limit {
		return Hold{}, invalid("amount", "a hold is zero or more, and at most 2^61 millionths")
	}
	if err := checkInstant("at", at); err != nil {
		return Hold{}, err
	}
	account, h, err := b.pending(ctx, project, id)
	if err != nil {
		return Hold{}, err
	}
	if amount > h.Amount {
		if err := account.reserve(amount - h.Amount); err != nil {
			return Hold{}, err
		}
		h.Amount = amount
	}
	if at = micros(at); at.After(h.HeartbeatAt) {
		h.HeartbeatAt = at
	}
	b.touch(h)
	return h.Hold, nil
}

// Settle posts what was really used and releases the hold, in one step and once. The amount may exceed the hold by any
// measure and is posted even where nothing covers it, for the service was used: p.MustCover is ignored. A repetition with
// the same key and request gives the entry booked first. Errors: those of Post, errs.NotFound `ledger.no_hold`, errs.Conflict
// `ledger.hold_closed` where the hold was settled otherwise, voided or expired.
func (b *Batch) Settle(ctx context.Context, project ident.ProjectID, id ident.HoldID, p Posting) (Entry, error) {
	if p.Project != project {
		return Entry{}, invalid("project", "the posting is for another project than the hold")
	}
	p.MustCover = false
	account, earlier, hash, err := b.consider(ctx, &p, id)
	if err != nil {
		return Entry{}, err
	}
	h, err := b.hold(ctx, project, id)
	if err != nil {
		return Entry{}, err
	}
	if earlier != nil && (h.Entry == earlier.ID || h.State == Pending) {
		entry, _, err := replay(earlier, hash)
		return entry, err
	}
	if h.State != Pending {
		return Entry{}, holdClosed(h)
	}
	d, err := b.deltas(ctx, account, &p)
	if err != nil {
		return Entry{}, err
	}
	entry, err := b.book(account, &p, d, hash, id)
	if err != nil {
		return Entry{}, err
	}
	h.Entry = entry.ID
	b.release(account, h, Posted, entry.BookedAt)
	return *entry, nil
}

// Void gives a hold back of which nothing was used. Voiding again changes nothing; a hold closed otherwise is errs.Conflict
// `ledger.hold_closed`.
func (b *Batch) Void(ctx context.Context, project ident.ProjectID, id ident.HoldID, at time.Time) (Hold, error) {
	return b.giveBack(ctx, project, id, Voided, at)
}

// Expire is Void for a hold nobody claimed in time.
func (b *Batch) Expire(ctx context.Context, project ident.ProjectID, id ident.HoldID, at time.Time) (Hold, error) {
	return b.giveBack(ctx, project, id, Expired, at)
}

func (b *Batch) giveBack(ctx context.Context, project ident.ProjectID, id ident.HoldID, state HoldState, at time.Time) (Hold, error) {
	if err := checkInstant("at", at); err != nil {
		return Hold{}, err
	}
	account, err := b.account(ctx, project)
	if err != nil {
		return Hold{}, err
	}
	h, err := b.hold(ctx, project, id)
	if err != nil {
		return Hold{}, err
	}
	if h.State == state {
		return h.Hold, nil
	}
	if h.State != Pending {
		return Hold{}, holdClosed(h)
	}
	b.release(account, h, state, micros(at))
	return h.Hold, nil
}

// pending finds a hold that is still open, and locks its account.
func (b *Batch) pending(ctx context.Context, project ident.ProjectID, id ident.HoldID) (*account, *hold, error) {
	account, err := b.account(ctx, project)
	if err != nil {
		return nil, nil, err
	}
	h, err := b.hold(ctx, project, id)
	if err != nil {
		return nil, nil, err
	}
	if h.State != Pending {
		return nil, nil, holdClosed(h)
	}
	return account, h, nil
}

// release closes a pending hold: the one place where a hold leaves that state (Rule B-05).
func (b *Batch) release(account *account, h *hold, state HoldState, at time.Time) {
	account.Held, account.dirty = account.Held-h.Amount, true
	h.State, h.ClosedAt = state, at
	b.touch(h)
}

func (b *Batch) touch(h *hold) {
	if !h.dirty {
		h.dirty = true
		b.touched = append(b.touched, h)
	}
}

func noHold(project ident.ProjectID, id ident.HoldID) error {
	return errs.New(errs.NotFound, "ledger.no_hold", "project %s has no hold %d", project, id).At("hold")
}

func holdClosed(h *hold) error {
	return errs.New(errs.Conflict, "ledger.hold_closed", "hold %d is %s already", h.ID, h.State).At("hold").
		With("state", h.State).With("entry", int64(h.Entry))
}
