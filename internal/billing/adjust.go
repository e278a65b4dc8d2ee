package billing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Adjustment is a correction by the operator: a goodwill credit, a charge that no rule made, or a debt written off.
type Adjustment struct {
	ID       string      `json:"id"`
	Amount   money.Micro `json:"amount"` // positive gives credit, negative charges
	Reason   string      `json:"reason"`
	WriteOff bool        `json:"write_off,omitempty"` // a debt is given up: it is booked as a loss, not as goodwill

	Item   string         `json:"item,omitempty"`   // what it is for; empty: by the operator's own hand
	Inputs map[string]any `json:"inputs,omitempty"` // how the amount came about, of those that programs make
}

// PromiseItem is the item of credit for a missed promise of call tracking (Rule C-111).
const PromiseItem = "tracking_promise"

// longestReason bounds the reasons of adjustments, in characters.
const longestReason = 500

// Adjust posts an adjustment on today's usage day. The same id with the same body is one effect.
func (s *Service) Adjust(ctx context.Context, tx *store.Tx, id ident.ProjectID, adjustment Adjustment, at time.Time) (ledger.Entry, error) {
	if err := CheckAdjustment(adjustment); err != nil {
		return ledger.Entry{}, err
	}
	return s.correct(ctx, tx, id, "adjustment/"+adjustment.ID, adjustment, at, func(sc *scene, tariff pricing.Tariff) (ledger.Entry, error) {
		line := pricing.Line{
			Kind: pricing.Adjustment, Item: cmp.Or(adjustment.Item, "manual"), Quantity: 1, Amount: adjustment.Amount, Rule: "B-15",
			Explain: pricing.Explanation{Text: adjustment.Reason, Inputs: adjustment.Inputs},
		}
		posting := sc.posting(line, tariff.Book, sc.day, sc.at)
		posting.Key, posting.Ref, posting.House = fmt.Sprintf("adjustment/%s/%s", id, inKey(adjustment.ID)), adjustment.ID, "adjustment"
		if adjustment.Amount > 0 {
			posting.Into = ledger.Credit
		}
		if adjustment.WriteOff {
			if err := sc.checkDebt(ctx, adjustment.Amount); err != nil {
				return ledger.Entry{}, err
			}
			posting.House = "write_off"
		}
		entry, _, err := sc.batch.Post(ctx, posting)
		return entry, err
	})
}

// checkDebt refuses to give up more than is owed: what went beyond would be a gift booked as a loss.
func (sc *scene) checkDebt(ctx context.Context, amount money.Micro) error {
	account, err := sc.batch.Account(ctx, sc.project.ID)
	if err != nil {
		return err
	}
	if debt := max(0, -account.Balance()); amount > debt {
		return errs.New(errs.Conflict, "billing.no_debt", "the project owes %s, and no more than that is written off", account.Currency.Show(debt)).At("amount").
			Try("write off at most the debt; give credit for goodwill").With("debt", debt).With("currency", account.Currency)
	}
	return nil
}

// CheckAdjustment refuses an adjustment that could not be booked on any project: errs.Invalid `billing.bad_adjustment`.
func CheckAdjustment(adjustment Adjustment) error {
	switch {
	case !fits(adjustment.ID, longestID):
		return errs.New(errs.Invalid, "billing.bad_adjustment", "an adjustment has an id of 1 to %d characters", longestID).At("id")
	case adjustment.Amount == 0:
		return errs.New(errs.Invalid, "billing.bad_adjustment", "an adjustment of zero adjusts nothing").At("amount")
	case adjustment.WriteOff && adjustment.Amount < 0:
		return errs.New(errs.Invalid, "billing.bad_adjustment", "a write-off gives credit").At("amount").Try("write a positive amount")
	case !fits(adjustment.Reason, longestReason):
		return errs.New(errs.Invalid, "billing.bad_adjustment", "an adjustment has a reason of 1 to %d characters", longestReason).At("reason")
	}
	return nil
}

// correct makes a correction once under its id, whatever the day on which it is repeated, and answers with its entry.
func (s *Service) correct(
	ctx context.Context, tx *store.Tx, id ident.ProjectID, correction string, request any, at time.Time,
	make func(*scene, pricing.Tariff) (ledger.Entry, error),
) (ledger.Entry, error) {
	sc, err := s.enter(ctx, tx, id, at, forMoney)
	if err != nil {
		return ledger.Entry{}, err
	}
	text, err := json.Marshal(request)
	if err != nil {
		return ledger.Entry{}, err
	}
	var made ident.EntryID
	err = sc.once(ctx, correction, text, &made, func() error {
		tariff, err := sc.tariff()
		if err != nil {
			return err
		}
		entry, err := make(sc, tariff)
		if err != nil {
			return err
		}
		made = entry.ID
		return sc.commit(ctx, tariff)
	})
	if err != nil {
		return ledger.Entry{}, err
	}
	return ledger.GetEntry(ctx, tx, id, made)
}
