package billing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Switch turns a product on or off.
type Switch struct {
	Product string `json:"product"`
	On      bool   `json:"on"`
	// Tonight leaves a product that is switched off on until the project's next midnight (Rule B-61).
	Tonight bool `json:"tonight,omitempty" doc:"With on false: off from the project's next midnight on, not from now on. Until then switching it on takes that back (Rule B-61)"`
}

// SwitchProduct turns one product on or off from this moment; see SwitchProducts.
func (s *Service) SwitchProduct(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string, on bool, at time.Time) error {
	return s.SwitchProducts(ctx, tx, id, []Switch{{Product: name, On: on}}, at)
}

// SwitchProducts turns products on and off together from this moment, or off from the next midnight on. Where Enforce is set, an outcome in which a product
// that was switched on lacks one it needs is refused with errs.Conflict `billing.product_needs`, naming what is missing in
// Params["needs"]; one in which a product that stays on loses what it needs with `billing.product_needed`. Where funds have ended, nothing is switched
// on: errs.Unpaid `billing.funds_ended`.
func (s *Service) SwitchProducts(ctx context.Context, tx *store.Tx, id ident.ProjectID, switches []Switch, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forProducts)
	if err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	products, err := sc.held.switched(tariff.Book, switches)
	if err != nil {
		return err
	}
	if s.Enforce {
		if err := checkNeeds(tariff.Book, products, switches); err != nil {
			return err
		}
		if err := sc.maySwitchOn(switches); err != nil {
			return err
		}
	}
	for _, sw := range switches {
		if err := sc.turn(ctx, sw); err != nil {
			return err
		}
	}
	return sc.openSlots(ctx, tariff.Book)
}

func (sc *scene) turn(ctx context.Context, sw Switch) error {
	switch {
	case sw.On:
		if err := sc.endAt(ctx, sc.ending(sw.Product), never); err != nil {
			return err
		}
	case sw.Tonight:
		return sc.endTonight(ctx, sw.Product)
	default:
		if err := sc.endAt(ctx, sc.ending(sw.Product), sc.at.UnixMicro()); err != nil {
			return err
		}
	}
	return sc.set(ctx, holding{kind: holdProduct, item: sw.Product, quantity: flag(sw.On)})
}

// maySwitchOn refuses to switch on what is not on where funds have ended: a project runs up no new debt.
func (sc *scene) maySwitchOn(switches []Switch) error {
	for _, sw := range switches {
		if sw.On && !sc.isOn(sw.Product) && sc.standing.State.Dry() {
			return errs.New(errs.Unpaid, "billing.funds_ended", "the project is in state %s: it switches on no more products", sc.standing.State).
				At("project").Try("top up first").With("state", string(sc.standing.State))
		}
	}
	return nil
}

// switched is which products are on after some are switched.
func (h holdings) switched(book *pricebook.Book, switches []Switch) (map[string]bool, error) {
	products := map[string]bool{}
	for _, held := range h {
		if held.kind == holdProduct && held.until == never {
			products[held.item] = true
		}
	}
	for _, sw := range switches {
		if _, ok := book.Product(sw.Product); !ok {
			return nil, pricing.UnknownProduct(book, sw.Product)
		}
		products[sw.Product] = sw.On
	}
	return products, nil
}

// CheckNeeds refuses products that would be switched on together where one lacks another it needs: errs.Conflict
// `billing.product_needs`.
func CheckNeeds(book *pricebook.Book, products []string) error {
	on, switches := map[string]bool{}, make([]Switch, len(products))
	for i, name := range products {
		on[name], switches[i] = true, Switch{Product: name, On: true}
	}
	return checkNeeds(book, on, switches)
}

// checkNeeds looks at what the switched products need and at what needs them.
func checkNeeds(book *pricebook.Book, on map[string]bool, switches []Switch) error {
	for _, sw := range switches {
		if sw.On {
			product, _ := book.Product(sw.Product)
			if missing := slices.DeleteFunc(slices.Clone(product.Needs), func(need string) bool { return on[need] }); len(missing) > 0 {
				return errs.New(errs.Conflict, "billing.product_needs", "%s does not work without %v", sw.Product, missing).
					At("product").Try("switch on both").With("needs", missing)
			}
			continue
		}
		for _, other := range book.Products {
			if on[other.Name] && slices.Contains(other.Needs, sw.Product) {
				return errs.New(errs.Conflict, "billing.product_needed", "%s needs %s", other.Name, sw.Product).
					At("product").Try("switch off "+other.Name+" too").With("needed_by", other.Name)
			}
		}
	}
	return nil
}

func (sc *scene) isOn(product string) bool {
	_, ok := sc.held.find(holdProduct, product)
	return ok
}

// openSlots keeps the number slots of products that have them (Rule B-32): a slot opens with the number that needs it
// and stays until the product is switched off.
func (sc *scene) openSlots(ctx context.Context, book *pricebook.Book) error {
	for _, product := range book.Products {
		if product.Slots == nil {
			continue
		}
		slots := sc.held.numbersOf(product.Slots.Use)
		var err error
		switch ending := sc.ending(product.Name); {
		case sc.isOn(product.Name):
			if open, ok := sc.held.find(holdSlots, product.Name); ok {
				slots = max(slots, open.quantity)
			}
			err = sc.set(ctx, holding{kind: holdSlots, item: product.Name, quantity: slots})
		case len(ending) > 0:
			err = sc.openSlotsTonight(ctx, ending, slots)
		default:
			err = sc.set(ctx, holding{kind: holdSlots, item: product.Name})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// numbersOf counts the numbers of a use that are held.
func (h holdings) numbersOf(use string) (n int64) {
	for _, held := range h {
		if held.kind == holdNumber && held.until == never && held.number.Use == use {
			n++
		}
	}
	return n
}

// SetSeats makes the number of seats in use of a product what it is from now on. Seats are kept while the product is off.
func (s *Service) SetSeats(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string, count int64, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forPeople)
	if err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	product, ok := tariff.Book.Product(name)
	if !ok {
		return pricing.UnknownProduct(tariff.Book, name)
	}
	if product.Seats == nil {
		return errs.New(errs.Invalid, "billing.no_seats", "%s has no seats", name).At("product")
	}
	if count < 0 || count > maxSeats {
		return errs.New(errs.Invalid, "billing.bad_seats", "%d seats are not a number of seats from 0 to %d", count, maxSeats).At("count").With("most", int64(maxSeats))
	}
	return sc.set(ctx, holding{kind: holdSeats, item: name, quantity: count})
}

// maxSeats bounds what a mistyped number can cost.
const maxSeats = 1_000_000

// SetPackage buys a larger minute package instead of a book's included one, or returns to it with minutes 0 (Rule B-38).
// The calendar month is charged at once, once; where funds do not cover it, errs.Unpaid `ledger.insufficient_funds` and
// nothing changes (Rule B-39).
func (s *Service) SetPackage(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string, minutes int64, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forProducts)
	if err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	pack, ok := tariff.Book.Package(name)
	if !ok {
		return unknownPackage(tariff.Book, name)
	}
	if minutes != 0 {
		larger, ok := largerPackage(pack, minutes)
		if !ok {
			return unknownSize(pack, minutes)
		}
		line, err := tariff.LargerPackage(pack, larger)
		if err != nil {
			return err
		}
		if err := sc.buyAdvance(ctx, tariff, []pricing.Line{line}); err != nil {
			return err
		}
	}
	if err := sc.set(ctx, holding{kind: holdPackage, item: name, quantity: minutes}); err != nil {
		return err
	}
	return sc.commit(ctx, tariff)
}

func unknownPackage(book *pricebook.Book, name string) error {
	hint := "it has none"
	if len(book.Packages) > 0 {
		known := make([]string, len(book.Packages))
		for i, pack := range book.Packages {
			known[i] = pack.Name
		}
		hint = fmt.Sprintf("it has %v", known)
	}
	return errs.New(errs.Invalid, "billing.unknown_package", "book %s has no package %q", book.Ref(), name).At("package").Try(hint)
}

func unknownSize(pack pricebook.Package, minutes int64) error {
	hint := "it comes with its included minutes only: write 0"
	if len(pack.Larger) > 0 {
		sizes := make([]int64, len(pack.Larger))
		for i, larger := range pack.Larger {
			sizes[i] = larger.Minutes
		}
		hint = fmt.Sprintf("it is sold with %v, and 0 is the included ones", sizes)
	}
	return errs.New(errs.Invalid, "billing.unknown_package_size", "package %s is not sold with %d minutes", pack.Name, minutes).At("minutes").Try(hint).With("minutes", minutes)
}

func largerPackage(pack pricebook.Package, minutes int64) (pricebook.LargerPackage, bool) {
	for _, larger := range pack.Larger {
		if larger.Minutes == minutes {
			return larger, true
		}
	}
	return pricebook.LargerPackage{}, false
}
