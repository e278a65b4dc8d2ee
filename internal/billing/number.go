package billing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// The owners of a number: the operator rents it out, the customer brings their own.
const (
	OwnedByOperator = "operator"
	OwnedByCustomer = "customer"
)

// The owners, kinds and uses of a number.
var (
	NumberOwners = []string{OwnedByOperator, OwnedByCustomer}
	NumberKinds  = []string{"local", "mobile", "toll_free"}
	NumberUses   = []string{"pbx", "tracking"}
)

// RentNumber gives a number to the project from this moment. A number belongs to one project at a time: a second one
// gets errs.Conflict `billing.number_taken`. Where the book charges months in advance, this month is charged now;
// where funds do not cover it, errs.Unpaid `ledger.insufficient_funds` and nothing is rented (Rule B-39).
func (s *Service) RentNumber(ctx context.Context, tx *store.Tx, id ident.ProjectID, number pricing.Number, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forNumbers)
	if err != nil {
		return err
	}
	if err := CheckNumber(number, sc.project.Country); err != nil {
		return err
	}
	if _, ok := sc.held.find(holdNumber, number.Number); ok {
		return errs.New(errs.Conflict, "billing.number_taken", "the project holds number %s", number.Number).At("number").With("number", number.Number)
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	advance, err := tariff.Advance(number)
	if err != nil {
		return err
	}
	if err := sc.set(ctx, holding{kind: holdNumber, item: number.Number, quantity: 1, number: number}); err != nil {
		return err
	}
	if err := sc.openSlots(ctx, tariff.Book); err != nil {
		return err
	}
	if err := sc.buyAdvance(ctx, tariff, advance); err != nil {
		return err
	}
	return sc.commit(ctx, tariff)
}

// CheckNumber refuses what no project could hold with errs.Invalid `billing.bad_number`: a number that is not in E.164
// form, an owner, kind or use that is not known. country is the project's.
func CheckNumber(number pricing.Number, country string) error {
	parsed, err := phone.Parse(number.Number, country)
	if err != nil || string(parsed) != number.Number {
		return errs.New(errs.Invalid, "billing.bad_number", "%.40q is not an E.164 number", number.Number).At("number").Try("write it as +380441234567")
	}
	for _, check := range []struct {
		field, value string
		known        []string
	}{{"owner", number.Owner, NumberOwners}, {"kind", number.Kind, NumberKinds}, {"use", number.Use, NumberUses}} {
		if !slices.Contains(check.known, check.value) {
			return errs.New(errs.Invalid, "billing.bad_number", "%.40q is not one of %v", check.value, check.known).At(check.field)
		}
	}
	return nil
}

// ReleaseNumber takes a number from the project from this moment.
func (s *Service) ReleaseNumber(ctx context.Context, tx *store.Tx, id ident.ProjectID, number string, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forRelease)
	if err != nil {
		return err
	}
	if _, ok := sc.held.find(holdNumber, number); !ok {
		return unknownNumber(number)
	}
	return sc.set(ctx, holding{kind: holdNumber, item: number})
}

// Numbers lists the numbers the project holds, in the order of renting.
func (s *Service) Numbers(ctx context.Context, q store.Querier, id ident.ProjectID) ([]pricing.Number, error) {
	held, err := openHoldings(ctx, q, id)
	if err != nil {
		return nil, err
	}
	var numbers []pricing.Number
	for _, h := range held {
		if h.kind == holdNumber {
			numbers = append(numbers, h.number)
		}
	}
	return numbers, nil
}
