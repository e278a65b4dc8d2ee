package pricing

import (
	"fmt"
	"slices"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// Card is the payment method whose payments for a period earn the long-term discount.
const Card = "card"

// LoyaltyStanding is where a project stands in the loyalty programme.
type LoyaltyStanding struct {
	Enrolled bool
	Percent  pricebook.Percent // earned so far
}

// PaymentTerms describes a payment before it is taken.
type PaymentTerms struct {
	Amount     money.Micro // list price where a period is given, else what is paid
	Method     string      // card, bank, wallet, terminal
	Auto       bool        // an automatic renewal
	PeriodDays int64       // 0 for a payment without a period
	Months     int64       // months a payment without a period counts as: floor(amount / forecast of 30 days)
	Eligible   bool        // the project may be enrolled: it has a product on
}

// PaymentSplit says what is taken from the payer, what is given as bonus, and where the project stands after.
type PaymentSplit struct {
	Charged money.Micro
	Bonus   money.Micro
	Off     pricebook.Percent
	After   LoyaltyStanding
	Counts  bool              // it enrolled the project or was a renewal of the programme
	Earned  pricebook.Percent // by its own months where it counts, whatever the cap left of them
	Explain Explanation
}

// Pay applies loyalty and long-term discounts to a payment (Rules B-40, B-41). The charge is rounded half up to the
// minor unit, the bonus is the exact rest, so nothing is lost.
func (t Tariff) Pay(standing LoyaltyStanding, p PaymentTerms) (PaymentSplit, error) {
	months, err := t.loyaltyMonths(p)
	if err != nil {
		return PaymentSplit{}, err
	}
	earned, counts := t.earn(standing, p, months)
	after := standing
	if counts {
		after = LoyaltyStanding{Enrolled: true, Percent: min(standing.Percent+earned, t.Book.Loyalty.Cap)}
	}
	loyalty, longTerm := t.loyaltyOff(standing, after, p), t.longTermOff(p)
	off := max(loyalty, longTerm)
	if t.Book.Loyalty != nil && t.Book.Loyalty.Combine == pricebook.CombineSum {
		off = min(loyalty+longTerm, wholePercent)
	}
	reduced, ok := money.MulDiv(int64(p.Amount), int64(wholePercent-off), wholePercent)
	if !ok {
		return PaymentSplit{}, tooLarge(Payment)
	}
	charged := p.Amount
	if off > 0 {
		charged = money.Micro(reduced).Round(t.Currency.MinorUnit())
	}
	split := PaymentSplit{Charged: charged, Bonus: p.Amount - charged, Off: off, After: after, Counts: counts, Earned: earned, Explain: Explanation{Text: "paid by " + p.Method}}
	if p.PeriodDays != 0 || after != standing {
		split.Explain = Explanation{
			Text:       fmt.Sprintf("paid by %s, %s off: loyalty %s, long-term %s; earned after this payment %s", p.Method, off, loyalty, longTerm, after.Percent),
			Arithmetic: fmt.Sprintf("%s x (100 %% - %s) = %s; bonus %s - %s = %s", p.Amount, off, charged, p.Amount, charged, p.Amount-charged),
			Inputs:     map[string]any{"loyalty": loyalty, "long_term": longTerm, "months": months},
		}
	}
	return split, nil
}

// loyaltyMonths is how many months the payment counts as, by its period or its amount.
func (t Tariff) loyaltyMonths(p PaymentTerms) (int64, error) {
	if p.PeriodDays == 0 {
		return p.Months, nil
	}
	if t.Book.Loyalty == nil {
		return 0, nil
	}
	var known []int64
	for _, months := range t.Book.Loyalty.Months {
		if months.Days == p.PeriodDays {
			return months.Months, nil
		}
		known = append(known, months.Days)
	}
	return 0, errs.New(errs.Invalid, "pricing.unknown_period", "book %s sells no period of %d days", t.Book.Ref(), p.PeriodDays).
		At("period_days").Try(fmt.Sprintf("it sells %v", known)).With("known", known)
}

// earn is what a payment adds: the first that qualifies enrols with its months, each automatic one after it counts too.
func (t Tariff) earn(standing LoyaltyStanding, p PaymentTerms, months int64) (earned pricebook.Percent, counts bool) {
	loyalty := t.Book.Loyalty
	if loyalty == nil || !slices.Contains(loyalty.Methods, p.Method) {
		return 0, false
	}
	enrols := !standing.Enrolled && (p.Eligible || !loyalty.RequiresProduct)
	if !enrols && (!standing.Enrolled || !p.Auto) {
		return 0, false
	}
	return pricebook.Percent(min(months, wholePercent) * 100), true
}

// loyaltyOff is the loyalty percentage this payment is reduced by: only automatic renewals by a method of the programme are.
func (t Tariff) loyaltyOff(before, after LoyaltyStanding, p PaymentTerms) pricebook.Percent {
	loyalty := t.Book.Loyalty
	switch {
	case loyalty == nil || !slices.Contains(loyalty.Methods, p.Method):
		return 0
	case loyalty.Applies == pricebook.LoyaltySame:
		return after.Percent
	case p.Auto && before.Enrolled:
		return before.Percent
	}
	return 0
}

func (t Tariff) longTermOff(p PaymentTerms) pricebook.Percent {
	var off pricebook.Percent
	if p.Method != Card {
		return 0
	}
	for _, step := range t.Book.LongTerm {
		if p.PeriodDays >= step.Days {
			off = step.Off
		}
	}
	return off
}
