package billing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Change is a change of configuration to be previewed, made all together at one moment. Empty fields change nothing.
type Change struct {
	Products    []Switch
	Seats       map[string]int64 // product -> seats in use
	Rent        []pricing.Number
	Release     []string          // numbers, E.164
	Uses        map[string]string // number held -> the use it is to serve
	Packages    map[string]int64  // package -> minutes a month; 0 for the included ones
	AddUsers    []string
	RemoveUsers []string
	KeepTerm    bool   // added users do not shorten a paid term: the difference is paid at once (Rule B-51)
	Version     string // of the project's book, from tomorrow on
	Plan        string // of books sold by term, from tomorrow on
}

// applyWithoutFunds makes the change as in life and reports whether funds cover it. Where they do not, it is made all the
// same.
func (s *Service) applyWithoutFunds(ctx context.Context, tx *store.Tx, id ident.ProjectID, change Change, at time.Time) (covered bool, err error) {
	err = tx.Try(ctx, func(ctx context.Context, tx *store.Tx) error { return s.apply(ctx, tx, id, change, at) })
	if errs.CodeOf(err) != "ledger.insufficient_funds" {
		return true, err
	}
	lenient := *s
	lenient.lenient = true
	return false, lenient.apply(ctx, tx, id, change, at)
}

// apply makes the change, one part after another, as their callers would. An error tells the part in its place.
func (s *Service) apply(ctx context.Context, tx *store.Tx, id ident.ProjectID, change Change, at time.Time) error {
	for i, number := range change.Release {
		if err := s.ReleaseNumber(ctx, tx, id, number, at); err != nil {
			return inPart("release", i, err)
		}
	}
	for i, number := range change.Rent {
		if err := s.RentNumber(ctx, tx, id, number, at); err != nil {
			return inPart("rent", i, err)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(change.Uses)) {
		if err := s.SetNumberUse(ctx, tx, id, number, change.Uses[number], at); err != nil {
			return inPart("uses", number, err)
		}
	}
	if len(change.Products) > 0 {
		if err := s.SwitchProducts(ctx, tx, id, change.Products, at); err != nil {
			return inPart("products", nil, err)
		}
	}
	for _, product := range slices.Sorted(maps.Keys(change.Seats)) {
		if err := s.SetSeats(ctx, tx, id, product, change.Seats[product], at); err != nil {
			return inPart("seats", product, err)
		}
	}
	for _, pack := range slices.Sorted(maps.Keys(change.Packages)) {
		if err := s.SetPackage(ctx, tx, id, pack, change.Packages[pack], at); err != nil {
			return inPart("packages", pack, err)
		}
	}
	return s.applyUsers(ctx, tx, id, change, at)
}

func (s *Service) applyUsers(ctx context.Context, tx *store.Tx, id ident.ProjectID, change Change, at time.Time) error {
	for i, user := range change.RemoveUsers {
		if _, err := s.RemoveUser(ctx, tx, id, user, at); err != nil {
			return inPart("remove_users", i, err)
		}
	}
	add := s.AddUser
	if change.KeepTerm {
		add = s.AddUserForDifference
	}
	for i, user := range change.AddUsers {
		if _, err := add(ctx, tx, id, user, at); err != nil {
			return inPart("add_users", i, err)
		}
	}
	return nil
}

// inPart puts the part of a change before the place of an error. What a part names and is not there makes the change
// invalid; it is not the preview that was not found.
func inPart(part string, index any, err error) error {
	var known *errs.Error
	if !errors.As(err, &known) {
		return err
	}
	located := *known
	if located.Where = part; index != nil {
		located.Where = fmt.Sprintf("%s[%v]", part, index)
	}
	if known.Where != "" {
		located.Where += "." + known.Where
	}
	if located.Kind == errs.NotFound {
		located.Kind = errs.Invalid
	}
	return &located
}

// withNeeds adds to the switches those of the products that the ones switched on do not work without, and names them.
func (s *Service) withNeeds(ctx context.Context, q store.Querier, p *project.Project, switches []Switch, now time.Time) (all []Switch, needs []string, err error) {
	needs = []string{}
	held, err := openHoldings(ctx, q, p.ID)
	if err != nil {
		return nil, nil, err
	}
	tariff, err := p.Tariff(s.Books, p.Calendar.DayAt(now))
	if err != nil {
		return nil, nil, err
	}
	on, err := held.switched(tariff.Book, switches)
	if err != nil {
		return nil, nil, inPart("products", nil, err)
	}
	all = slices.Clone(switches)
	for i := 0; i < len(all); i++ { // what is needed may need more: it is looked at when its turn comes
		product, _ := tariff.Book.Product(all[i].Product)
		for _, need := range product.Needs {
			if all[i].On && !on[need] {
				on[need] = true
				all, needs = append(all, Switch{Product: need, On: true}), append(needs, need)
			}
		}
	}
	return all, needs, nil
}

// moved is the project as a move of its book leaves it, from a day on. The row in the database stays: a revision that is
// undone must not be met again.
func (s *Service) moved(p *project.Project, change Change, from civil.Date) (*project.Project, error) {
	if change.Version == "" && change.Plan == "" {
		return p, nil
	}
	period := p.BookAt(from)
	period.From = from
	if change.Version != "" {
		period.Version = change.Version
	}
	if change.Plan != "" {
		period.Plan = change.Plan
	}
	book, err := s.Books.Get(period.Book, period.Version)
	if err != nil {
		return nil, inPart("book_version", nil, err)
	}
	if _, err := pricing.For(book, p.Country, p.Currency); err != nil {
		return nil, err
	}
	if err := checkPlan(book, period.Plan); err != nil {
		return nil, err
	}
	moved := *p
	moved.Books = slices.DeleteFunc(slices.Clone(p.Books), func(b project.BookPeriod) bool { return b.From >= from })
	moved.Books = append(moved.Books, period)
	return &moved, nil
}

// without is a day on which some products are not on.
func without(day pricing.Day, products []string, book *pricebook.Book) pricing.Day {
	off := func(name string) bool { return slices.Contains(products, name) }
	day.Products = slices.DeleteFunc(slices.Clone(day.Products), off)
	day.Slots = maps.Clone(day.Slots)
	for _, product := range book.Products {
		if off(product.Name) {
			delete(day.Slots, product.Name)
		}
	}
	return day
}
