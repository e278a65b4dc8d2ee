package simulate

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// place is where a sum stands.
type place struct {
	day      civil.Date
	kind     pricing.Kind
	item     string
	corrects bool // an adjustment that moves no revenue
}

// sums reads what the days of a period came to. Adjustments are told apart by what they move: a late call or a fee that was
// undone is revenue, an operator's adjustment or a payment that was undone is none.
func (a *WhatIf) sums(ctx context.Context, db *store.DB) (map[place]money.Micro, error) {
	sums := map[place]money.Micro{}
	days, err := ledger.SumByDay(ctx, db, a.Project, a.From, a.To)
	if err != nil {
		return nil, err
	}
	for _, sum := range days {
		if sum.Kind != pricing.Adjustment {
			sums[place{day: sum.Day, kind: sum.Kind, item: sum.Item}] += sum.Amount
		}
	}
	filter := ledger.Filter{Project: a.Project, FromDay: a.From, ToDay: a.To, Kinds: []pricing.Kind{pricing.Adjustment}}
	for entry, err := range ledger.All(ctx, db, filter) {
		if err != nil {
			return nil, err
		}
		sums[place{entry.Day, entry.Kind, entry.Item, !strings.HasPrefix(entry.House, "revenue:")}] += entry.Amount
	}
	return sums, nil
}

func (a *WhatIf) compare(ctx context.Context, live, own, other *store.DB) error {
	was, err := a.sums(ctx, live)
	if err != nil {
		return err
	}
	again, err := a.sums(ctx, own)
	if err != nil {
		return err
	}
	would, err := a.sums(ctx, other)
	if err != nil {
		return err
	}
	a.Drift = drift(was, again)
	kinds, items, days := map[place]*Sides{}, map[place]*Sides{}, map[place]*Sides{}
	for day := a.From; day <= a.To; day++ {
		days[place{day: day}] = &Sides{}
	}
	for _, side := range []struct {
		sums map[place]money.Micro
		add  func(*Sides, money.Micro)
	}{{again, func(s *Sides, m money.Micro) { s.A += m }}, {would, func(s *Sides, m money.Micro) { s.B += m }}} {
		for at, amount := range side.sums {
			side.add(sidesAt(kinds, place{kind: at.kind}), amount)
			side.add(sidesAt(items, place{kind: at.kind, item: at.item}), amount)
			switch {
			case at.corrects:
				side.add(&a.Corrections, amount)
			case at.kind.IsCharge() || at.kind == pricing.Adjustment:
				side.add(sidesAt(days, place{day: at.day}), amount)
				side.add(&a.Charges, amount)
			}
		}
	}
	a.Charges.More, a.Corrections.More = a.Charges.B-a.Charges.A, a.Corrections.B-a.Corrections.A
	a.Kinds, a.Items, a.Days = []KindDifference{}, []ItemDifference{}, []DayDifference{}
	for at, sides := range inPlace(kinds) {
		a.Kinds = append(a.Kinds, KindDifference{at.kind, sides})
	}
	for at, sides := range inPlace(items) {
		a.Items = append(a.Items, ItemDifference{at.kind, at.item, sides})
	}
	for at, sides := range inPlace(days) {
		a.Days = append(a.Days, DayDifference{at.day, sides})
	}
	return nil
}

func sidesAt(all map[place]*Sides, at place) *Sides {
	if all[at] == nil {
		all[at] = &Sides{}
	}
	return all[at]
}

// inPlace goes through sums in the order of days, kinds and items, with their differences.
func inPlace(all map[place]*Sides) iter.Seq2[place, Sides] {
	return func(yield func(place, Sides) bool) {
		for _, at := range inOrderOf(all) {
			sides := *all[at]
			sides.More = sides.B - sides.A
			if !yield(at, sides) {
				return
			}
		}
	}
}

func inOrderOf[V any](all map[place]V) []place {
	places := make([]place, 0, len(all))
	for at := range all {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.kind.Order(), b.kind.Order()), cmp.Compare(a.item, b.item), cmp.Compare(corrects(a), corrects(b)))
	})
	return places
}

func corrects(p place) int {
	if p.corrects {
		return 1
	}
	return 0
}

// drift lists the sums that a replay does not reproduce.
func drift(was, again map[place]money.Micro) []Drift {
	both := map[place]bool{}
	for at := range was {
		both[at] = true
	}
	for at := range again {
		both[at] = true
	}
	drifts := []Drift{}
	for _, at := range inOrderOf(both) {
		if was[at] != again[at] {
			drifts = append(drifts, Drift{Day: at.day, Kind: at.kind, Item: at.item, Ledger: was[at], Replay: again[at]})
		}
	}
	return drifts
}
