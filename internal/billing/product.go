package billing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// SwitchProduct turns a product on or off from this moment. Where Enforce is set, turning on a product whose needs are
// not met is refused with errs.Conflict `billing.product_needs`, naming them in Params["needs"], and so is turning off one
// that another needs.
func (s *Service) SwitchProduct(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string, on bool, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at)
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
	if s.Enforce {
		if err := sc.checkNeeds(tariff.Book, product, on); err != nil {
			return err
		}
	}
	if err := sc.set(ctx, holding{kind: holdProduct, item: name, quantity: flag(on)}); err != nil {
		return err
	}
	return sc.openSlots(ctx, tariff.Book)
}

func (sc *scene) isOn(product string) bool {
	_, ok := sc.held.find(holdProduct, product)
	return ok
}

func (sc *scene) checkNeeds(book *pricebook.Book, product pricebook.Product, on bool) error {
	var missing []string
	if on {
		missing = slices.DeleteFunc(slices.Clone(product.Needs), sc.isOn)
	} else {
		for _, other := range book.Products {
			if sc.isOn(other.Name) && slices.Contains(other.Needs, product.Name) {
				return errs.New(errs.Conflict, "billing.product_needed", "%s needs %s", other.Name, product.Name).
					At("product").Try("switch off "+other.Name+" first").With("needed_by", other.Name)
			}
		}
	}
	if len(missing) > 0 {
		return errs.New(errs.Conflict, "billing.product_needs", "%s does not work without %v", product.Name, missing).
			At("product").Try("switch on both").With("needs", missing)
	}
	return nil
}

// openSlots keeps the number slots of products that have them (Rule B-32): a slot opens with the number that needs it
// and stays until the product is switched off.
func (sc *scene) openSlots(ctx context.Context, book *pricebook.Book) error {
	for _, product := range book.Products {
		if product.Slots == nil {
			continue
		}
		var slots int64
		if sc.isOn(product.Name) {
			for _, held := range sc.held {
				if held.kind == holdNumber && held.until == never && held.number.Use == product.Slots.Use {
					slots++
				}
			}
			if open, ok := sc.held.find(holdSlots, product.Name); ok {
				slots = max(slots, open.quantity)
			}
		}
		if err := sc.set(ctx, holding{kind: holdSlots, item: product.Name, quantity: slots}); err != nil {
			return err
		}
	}
	return nil
}

// SetSeats makes the number of seats in use of a product what it is from now on. Seats are kept while the product is off.
func (s *Service) SetSeats(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string, count int64, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at)
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
		return errs.New(errs.Invalid, "billing.bad_seats", "%d seats are not a number of seats from 0 to %d", count, maxSeats).At("count")
	}
	return sc.set(ctx, holding{kind: holdSeats, item: name, quantity: count})
}

// maxSeats bounds what a mistyped number can cost.
const maxSeats = 1_000_000

// SetPackage buys a larger minute package instead of a book's included one, or returns to it with minutes 0 (Rule B-38).
// The calendar month is charged at once, once.
func (s *Service) SetPackage(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string, minutes int64, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at)
	if err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	pack, ok := tariff.Book.Package(name)
	if !ok {
		return errs.New(errs.Invalid, "billing.unknown_package", "book %s has no package %q", tariff.Book.Ref(), name).At("package")
	}
	if minutes != 0 {
		larger, ok := largerPackage(pack, minutes)
		if !ok {
			return errs.New(errs.Invalid, "billing.unknown_package_size", "package %s is not sold with %d minutes", name, minutes).At("minutes")
		}
		line, err := tariff.LargerPackage(pack, larger)
		if err != nil {
			return err
		}
		if err := sc.postAdvance(ctx, tariff, sc.day, []pricing.Line{line}); err != nil {
			return err
		}
	}
	if err := sc.set(ctx, holding{kind: holdPackage, item: name, quantity: minutes}); err != nil {
		return err
	}
	return sc.commit(ctx, tariff.Book)
}

func largerPackage(pack pricebook.Package, minutes int64) (pricebook.LargerPackage, bool) {
	for _, larger := range pack.Larger {
		if larger.Minutes == minutes {
			return larger, true
		}
	}
	return pricebook.LargerPackage{}, false
}
