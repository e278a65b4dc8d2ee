package pricing

import (
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// TermSegment is a stretch of a prepaid term with one price: the days From to the day before Until.
type TermSegment struct {
	From, Until civil.Date
	Monthly     money.Micro       // undiscounted price of a month it carries
	Off         pricebook.Percent // discount of the term's length
}

// TermQuote is the price of a term.
type TermQuote struct {
	Monthly money.Micro // undiscounted, extra users included
	Off     pricebook.Percent
	Days    int64
	Line    Line // the charge
}

// TermPrice quotes a term of so many months for a plan and a number of active users (Rule B-50). It returns
// errs.Invalid `pricing.no_terms`, `pricing.unknown_plan` or `pricing.unknown_term`.
func (t Tariff) TermPrice(planName string, users, months int64) (TermQuote, error) {
	plan, err := t.plan(planName)
	if err != nil {
		return TermQuote{}, err
	}
	length, err := t.termLength(months)
	if err != nil {
		return TermQuote{}, err
	}
	extra := extraUsers(plan, users)
	monthly := t.price(plan.Monthly) + money.Micro(extra)*t.price(t.Book.Terms.ExtraUser)
	full, err := t.monthly(Term, months, monthly)
	if err != nil {
		return TermQuote{}, err
	}
	amount, ok := money.MulDiv(int64(full.Num), int64(wholePercent-length.Off), full.Den*wholePercent)
	if !ok {
		return TermQuote{}, tooLarge(Term)
	}
	return TermQuote{
		Monthly: monthly, Off: length.Off, Days: months * t.Book.Terms.MonthDays,
		Line: Line{
			Kind: Term, Item: plan.Name, Quantity: months, UnitPrice: monthly, Amount: -money.Micro(amount), Rule: "B-50",
			Explain: Explanation{
				Text: fmt.Sprintf("%s for %d months, %d users above the free ones, %s off", plan.Title.In("en"), months, extra, length.Off),
				Arithmetic: fmt.Sprintf("(%s + %d x %s) x %d x (100 %% - %s)%s = %s", t.price(plan.Monthly), extra, t.price(t.Book.Terms.ExtraUser),
					months, length.Off, t.taxText(Term), money.Micro(amount)),
			},
		},
	}, nil
}

func (t Tariff) plan(name string) (pricebook.Plan, error) {
	if t.Book.Terms == nil {
		return pricebook.Plan{}, errs.New(errs.Invalid, "pricing.no_terms", "book %s is not sold by prepaid term", t.Book.Ref())
	}
	plan, ok := t.Book.Terms.Plan(name)
	if !ok {
		return pricebook.Plan{}, UnknownPlan(t.Book, name)
	}
	return plan, nil
}

// UnknownPlan is the error for a plan that a book sold by term does not have.
func UnknownPlan(book *pricebook.Book, name string) error {
	var known []string
	for _, plan := range book.Terms.Plans {
		known = append(known, plan.Name)
	}
	return errs.New(errs.Invalid, "pricing.unknown_plan", "book %s has no plan %q", book.Ref(), name).
		At("plan").Try(fmt.Sprintf("it has %v", known))
}

func (t Tariff) termLength(months int64) (pricebook.TermLength, error) {
	var known []int64
	for _, length := range t.Book.Terms.Lengths {
		if length.Months == months {
			return length, nil
		}
		known = append(known, length.Months)
	}
	return pricebook.TermLength{}, errs.New(errs.Invalid, "pricing.unknown_term", "book %s sells no term of %d months", t.Book.Ref(), months).
		At("months").Try(fmt.Sprintf("it sells %v", known)).With("known", known)
}

func extraUsers(plan pricebook.Plan, users int64) int64 {
	if plan.FreeUsers == pricebook.Unlimited {
		return 0
	}
	return above(users, plan.FreeUsers)
}

// TermChange is the outcome of a change of users within a paid term.
type TermChange struct {
	Segments []TermSegment
	Credit   money.Micro // the money value of the days' remainder, positive or zero
	Explain  Explanation
}

// ChangeUsers recalculates a running term when the number of active users goes from before to after on a date
// (Rule B-51): each segment's days left become floor(days x old / new), the remainder is kept as credit at the term's
// discount. A user beyond the free ones adds the price of an extra user to the price the term carries; one such user less
// takes it off, never below the plan's. A term that is over, or a change that alters no price, changes nothing.
func (t Tariff) ChangeUsers(planName string, segments []TermSegment, on civil.Date, before, after int64) (TermChange, error) {
	plan, err := t.plan(planName)
	if err != nil {
		return TermChange{}, err
	}
	change := TermChange{}
	delta := money.Micro(extraUsers(plan, after)-extraUsers(plan, before)) * t.price(t.Book.Terms.ExtraUser)
	from := on
	for _, segment := range segments {
		if segment.Until <= on {
			change.Segments = append(change.Segments, segment)
			continue
		}
		days := int64(segment.Until - max(segment.From, on))
		monthly := max(segment.Monthly+delta, min(segment.Monthly, t.price(plan.Monthly)))
		converted, credit, ok := convertDays(days, segment.Monthly, monthly, segment.Off, t.Book.Terms.MonthDays)
		if !ok {
			return TermChange{}, tooLarge(Term)
		}
		until := from + civil.Date(converted)
		change.Segments = append(change.Segments, TermSegment{From: from, Until: until, Monthly: monthly, Off: segment.Off})
		change.Credit += credit
		change.explain(days, converted, segment, monthly, credit)
		from = until
	}
	return change, nil
}

// convertDays turns days at one monthly price into days at another and the money value of what does not fill a day.
func convertDays(days int64, old, new money.Micro, off pricebook.Percent, monthDays int64) (converted int64, credit money.Micro, ok bool) {
	if old == new || new == 0 {
		return days, 0, true
	}
	worth, ok := money.MulDiv(days, int64(old), 1)
	if !ok {
		return 0, 0, false
	}
	converted = worth / int64(new)
	rest, ok := money.MulDiv(worth-converted*int64(new), int64(wholePercent-off), monthDays*wholePercent)
	return converted, money.Micro(rest), ok
}

func (c *TermChange) explain(days, converted int64, segment TermSegment, monthly, credit money.Micro) {
	if monthly == segment.Monthly {
		return
	}
	if c.Explain.Arithmetic != "" {
		c.Explain.Arithmetic += "; "
	}
	c.Explain.Text = "days left of the paid term at its new monthly price; the remainder is kept as credit"
	c.Explain.Arithmetic += fmt.Sprintf("floor(%d x %s / %s) = %d days; (%d x %s - %d x %s) / month's days x (100 %% - %s) = %s",
		days, segment.Monthly, monthly, converted, days, segment.Monthly, converted, monthly, segment.Off, credit)
}

// Difference is the charge for adding users without shortening a running term: the rise of its monthly price over the days
// left, at the term's discount (Rule B-51). It returns the term at its new price.
func (t Tariff) Difference(planName string, segments []TermSegment, on civil.Date, before, after int64) ([]TermSegment, Line, error) {
	plan, err := t.plan(planName)
	if err != nil {
		return nil, Line{}, err
	}
	rise := money.Micro(max(0, extraUsers(plan, after)-extraUsers(plan, before))) * t.price(t.Book.Terms.ExtraUser)
	line := Line{Kind: Term, Item: plan.Name, Quantity: 1, UnitPrice: rise, Rule: "B-51", Explain: Explanation{Text: "the rise of the monthly price over the days left of the paid term"}}
	changed := slices.Clone(segments)
	for i, segment := range changed {
		days := int64(segment.Until - max(segment.From, on))
		if days <= 0 {
			continue
		}
		worth, ok := money.MulDiv(days, int64(rise), 1)
		if !ok {
			return nil, Line{}, tooLarge(Term)
		}
		part, ok := money.MulDiv(worth, int64(wholePercent-segment.Off), t.Book.Terms.MonthDays*wholePercent)
		if !ok {
			return nil, Line{}, tooLarge(Term)
		}
		changed[i].Monthly += rise
		line.Amount -= money.Micro(part)
		line.Explain.Arithmetic += fmt.Sprintf("%d days x %s / %d x (100 %% - %s) = %s; ", days, rise, t.Book.Terms.MonthDays, segment.Off, money.Micro(part))
	}
	line.Explain.Arithmetic = strings.TrimSuffix(line.Explain.Arithmetic, "; ")
	return changed, line, nil
}

// PaidUntil is the first unpaid day after the segments; ok is false where there are none.
func PaidUntil(segments []TermSegment) (until civil.Date, ok bool) {
	if len(segments) == 0 {
		return 0, false
	}
	return segments[len(segments)-1].Until, true
}
