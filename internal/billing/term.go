package billing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// AddUser adds an active user, or unblocks one. Beyond the plan's free users a running paid term is shortened and the
// remainder kept as credit (Rule B-51). It returns the money value of the remainder.
func (s *Service) AddUser(ctx context.Context, tx *store.Tx, id ident.ProjectID, user string, at time.Time) (money.Micro, error) {
	return s.changeUser(ctx, tx, id, user, true, at, (*scene).recalculateTerm)
}

// AddUserForDifference adds an active user and keeps the paid term as long as it is: the rise of its monthly price over
// the days left is charged now instead (Rule B-51). It returns what was charged.
func (s *Service) AddUserForDifference(ctx context.Context, tx *store.Tx, id ident.ProjectID, user string, at time.Time) (money.Micro, error) {
	return s.changeUser(ctx, tx, id, user, true, at, (*scene).chargeDifference)
}

// RemoveUser removes or blocks an active user; a running paid term is lengthened symmetrically.
func (s *Service) RemoveUser(ctx context.Context, tx *store.Tx, id ident.ProjectID, user string, at time.Time) (money.Micro, error) {
	return s.changeUser(ctx, tx, id, user, false, at, (*scene).recalculateTerm)
}

// longestUser bounds the names of users, in characters.
const longestUser = 100

// settlement makes a running term fit a change of users and returns its money value.
type settlement func(sc *scene, ctx context.Context, user string, before, after int64) (money.Micro, error)

func (s *Service) changeUser(ctx context.Context, tx *store.Tx, id ident.ProjectID, user string, add bool, at time.Time, settle settlement) (money.Micro, error) {
	if !fits(user, longestUser) {
		return 0, errs.New(errs.Invalid, "billing.bad_user", "a user's name has 1 to %d characters", longestUser).At("user")
	}
	sc, err := s.enter(ctx, tx, id, at, forPeople)
	if err != nil {
		return 0, err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return 0, err
	}
	if add && tariff.Book.Terms == nil {
		return 0, errs.New(errs.Invalid, "billing.no_users", "book %s sells no users", tariff.Book.Ref()).At("user").
			Try("users are of books sold by prepaid term")
	}
	_, active := sc.held.find(holdUser, user)
	switch {
	case add && active:
		return 0, errs.New(errs.Conflict, "billing.user_exists", "user %s is active", user).At("user")
	case !add && !active:
		return 0, errs.New(errs.NotFound, "billing.unknown_user", "there is no active user %s", user).At("user")
	}
	before := sc.held.count(holdUser)
	if err := sc.set(ctx, holding{kind: holdUser, item: user, quantity: flag(add)}); err != nil {
		return 0, err
	}
	if len(sc.standing.Term) == 0 {
		return 0, nil
	}
	return settle(sc, ctx, user, before, sc.held.count(holdUser))
}

func (sc *scene) recalculateTerm(ctx context.Context, user string, before, after int64) (money.Micro, error) {
	tariff, err := sc.tariff()
	if err != nil {
		return 0, err
	}
	change, err := tariff.ChangeUsers(sc.project.BookAt(sc.day).Plan, sc.standing.Term, sc.day, before, after)
	if err != nil {
		return 0, err
	}
	sc.standing.Term = change.Segments
	if change.Credit > 0 {
		line := pricing.Line{Kind: pricing.Credit, Item: "term", Quantity: 1, Amount: change.Credit, Rule: "B-51", Explain: change.Explain}
		posting := sc.posting(line, tariff.Book, sc.day, sc.at)
		posting.Key = "term_credit/" + sc.stamp()
		posting.Into, posting.Ref = ledger.Credit, user
		if _, _, err := sc.batch.Post(ctx, posting); err != nil {
			return 0, err
		}
	}
	return change.Credit, sc.commit(ctx, tariff)
}

func (sc *scene) chargeDifference(ctx context.Context, user string, before, after int64) (money.Micro, error) {
	tariff, err := sc.tariff()
	if err != nil {
		return 0, err
	}
	plan := sc.project.BookAt(sc.day).Plan
	segments, line, err := tariff.Difference(plan, sc.standing.Term, sc.day, before, after)
	if err != nil {
		return 0, err
	}
	sc.standing.Term = segments
	if line.Amount != 0 {
		posting := sc.posting(line, tariff.Book, sc.day, sc.at)
		posting.Key, posting.Ref, posting.MustCover = differenceKey+sc.stamp(), user, sc.mustCover()
		if _, _, err := sc.batch.Post(ctx, posting); err != nil {
			return 0, err
		}
	}
	return -line.Amount, sc.commit(ctx, tariff)
}

// differenceKey begins the ledger keys of differences.
const differenceKey = "term_difference/"

// stamp is unique and starts with the time: for keys of effects whose repetition is excluded otherwise.
func (sc *scene) stamp() string { return timeKey(sc.ids.Next(sc.at)) }

// TermPaid answers a paid term.
type TermPaid struct {
	Charged   money.Micro `json:"charged"`
	PaidUntil civil.Date  `json:"paid_until"`
}

// PayTerm pays the platform for a term of months from the balance (Rule B-50). The same id with the same body is one
// effect. A running term is followed by the new one at the price of today's users.
func (s *Service) PayTerm(ctx context.Context, tx *store.Tx, id ident.ProjectID, termID string, months int64, at time.Time) (TermPaid, error) {
	if !fits(termID, longestID) {
		return TermPaid{}, errs.New(errs.Invalid, "billing.bad_term", "a term has an id of 1 to %d characters", longestID).At("id")
	}
	sc, err := s.enter(ctx, tx, id, at, forProducts)
	if err != nil {
		return TermPaid{}, err
	}
	request, err := json.Marshal(map[string]any{"term": termID, "months": months})
	if err != nil {
		return TermPaid{}, err
	}
	var paid TermPaid
	err = sc.once(ctx, "term/"+termID, request, &paid, func() error {
		paid, err = sc.payTerm(ctx, termID, months)
		return err
	})
	return paid, err
}

func (sc *scene) payTerm(ctx context.Context, termID string, months int64) (TermPaid, error) {
	tariff, err := sc.tariff()
	if err != nil {
		return TermPaid{}, err
	}
	quote, err := tariff.TermPrice(sc.project.BookAt(sc.day).Plan, sc.held.count(holdUser), months)
	if err != nil {
		return TermPaid{}, err
	}
	posting := sc.posting(quote.Line, tariff.Book, sc.day, sc.at)
	posting.Key, posting.Ref, posting.MustCover = fmt.Sprintf("term/%s/%s", sc.project.ID, inKey(termID)), termID, sc.mustCover()
	entry, _, err := sc.batch.Post(ctx, posting)
	if err != nil {
		return TermPaid{}, err
	}
	from := sc.day
	if until, ok := pricing.PaidUntil(sc.standing.Term); ok {
		from = max(from, until)
	}
	until := from + civil.Date(quote.Days)
	sc.standing.Term = append(sc.standing.Term, pricing.TermSegment{From: from, Until: until, Monthly: quote.Monthly, Off: quote.Off})
	return TermPaid{Charged: -entry.Amount, PaidUntil: until}, sc.commit(ctx, tariff)
}
