package tracking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// feeProduct is the product of a book whose fee is given back.
const feeProduct = "call_tracking"

// dailyFee is the rule of fees that are charged by the day.
const dailyFee = "B-30"

// compensate looks at each closed day of a project that nobody has looked at yet, the earliest first, and gives credit for those on which a pool missed
// its promise (Rule C-111).
func (k *Keeper) compensate(ctx context.Context, id ident.ProjectID, at time.Time) error {
	for {
		promise, err := PromiseOf(ctx, k.Core, id)
		if err != nil || !promise.Kept {
			return err
		}
		st, err := billing.GetStanding(ctx, k.Core, id)
		if err != nil || promise.Next >= st.NextDay {
			return err
		}
		if err := k.compensateFor(ctx, id, promise.Next, at); err != nil {
			return err
		}
	}
}

// compensateFor measures a closed day and gives its credit, in one transaction with the note that the day was looked at.
func (k *Keeper) compensateFor(ctx context.Context, id ident.ProjectID, day civil.Date, at time.Time) error {
	home, err := project.Get(ctx, k.Core, id)
	if err != nil {
		return err
	}
	misses, numbers, err := k.misses(ctx, id, home.Calendar.End(day))
	if err != nil {
		return err
	}
	return k.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := readPromise(tx.QueryRow(ctx, `SELECT kept, next_day, by_whom, at FROM tracking_promise WHERE project_id = $1 FOR UPDATE`, string(id)))
		if err != nil || !now.Kept || now.Next != day {
			return err // switched, or another node was faster
		}
		if err := k.give(ctx, tx, id, day, misses, numbers, at); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE tracking_promise SET next_day = $2 WHERE project_id = $1`, string(id), int64(day+1))
		return err
	})
}

// misses are the pools whose accuracy of sources lay certainly below the promise at an instant, and how many numbers all pools have.
func (k *Keeper) misses(ctx context.Context, id ident.ProjectID, at time.Time) (misses []Miss, numbers int64, err error) {
	pools, err := Pools(ctx, k.Core, id)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range pools {
		members, err := membersOf(ctx, k.Core, id, p.ID)
		if err != nil {
			return nil, 0, err
		}
		numbers += int64(len(members))
		measured, err := AccuracyOf(ctx, k.Events, id, p.ID, at.Add(-MeasuredOver), at)
		if err != nil {
			return nil, 0, err
		}
		interval := measured.Source.Accuracy()
		if measured.Checked > 0 && interval.High < float64(p.Target)/100 && len(members) > 0 {
			misses = append(misses, Miss{p.ID, p.Name, p.Target, interval.Low, interval.High, measured.Checked, int64(len(members))})
		}
	}
	return misses, numbers, nil
}

// give books the credit of a day: of what was paid for it the share that the numbers of the pools have that missed their promise.
func (k *Keeper) give(ctx context.Context, tx *store.Tx, id ident.ProjectID, day civil.Date, misses []Miss, numbers int64, at time.Time) error {
	missed := int64(0)
	for _, m := range misses {
		missed += m.Numbers
	}
	if missed == 0 {
		return nil
	}
	paid, err := paidFor(ctx, tx, id, day)
	if err != nil {
		return err
	}
	share, ok := money.MulDiv(int64(paid), missed, numbers)
	if !ok || share <= 0 {
		return nil
	}
	c := Credit{Day: day, Amount: money.Micro(share), Paid: paid, Missed: missed, Numbers: numbers, Pools: misses}
	entry, err := k.Billing.Adjust(ctx, tx, id, billing.Adjustment{
		ID: "promise/" + day.String(), Amount: c.Amount, Item: billing.PromiseItem,
		Reason: fmt.Sprintf("call tracking missed its promise on %s: %d of %d numbers, of %s paid for the day", day, missed, numbers, paid),
		Inputs: map[string]any{"day": day.String(), "paid": paid, "missed": missed, "numbers": numbers, "pools": misses},
	}, at)
	if err != nil {
		return err
	}
	body, err := json.Marshal(misses)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, "tracking_credit", []string{"project_id", "day", "entry_id", "amount", "paid", "missed", "numbers", "body", "at"},
		[][]any{{string(id), int64(day), int64(entry.ID), share, int64(paid), missed, numbers, string(body), at.UnixMicro()}})
}

// mostLines bounds the fees of a day.
const mostLines = 1000

// paidFor is what the fee of call tracking came to on a day: its share of the discount for several products taken off, and without what a bonus paid, for a gift
// is not turned into money. Never below zero.
func paidFor(ctx context.Context, q store.Querier, id ident.ProjectID, day civil.Date) (money.Micro, error) {
	lines, err := ledger.Entries(ctx, q, ledger.Filter{Project: id, FromDay: day, ToDay: day, Kinds: []pricing.Kind{pricing.ProductFee, pricing.Discount}, Limit: mostLines})
	if err != nil {
		return 0, err
	}
	var fee, all, discount money.Micro
	for _, e := range lines {
		paid := -(e.Cash + e.Credit)
		switch {
		case e.Kind == pricing.ProductFee && e.Rule != dailyFee && e.Reverses == 0: // of a month or a term: no day's fee
		case e.Kind == pricing.Discount:
			discount -= paid
		case e.Item == feeProduct:
			fee += paid
			all += paid
		default:
			all += paid
		}
	}
	if fee <= 0 || all <= 0 {
		return 0, nil
	}
	off, ok := money.MulDiv(int64(max(0, discount)), int64(fee), int64(all))
	if !ok {
		return 0, errs.New(errs.Internal, "tracking.bad_fee", "the fees of %s on %s cannot be shared out", id, day)
	}
	return max(0, fee-money.Micro(off)), nil
}
