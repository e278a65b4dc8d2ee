package billing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Minutes are those of a package that a leg counted.
type Minutes struct {
	Day     civil.Date // usage day on which the leg was answered
	Package string
	Count   int64
	Leg     string // its id
}

// MonthClosed reports whether the calendar month of a usage day was charged for its overage already.
func (st *Standing) MonthClosed(day civil.Date) bool { return st.NextDay >= day.FirstOfNextMonth() }

// CountMinutes counts minutes of a package in the calendar month of the day on which their leg was answered (Rule B-38).
// Where that month is closed already, what they add to its overage is charged at once: on the month's last day while its
// communications are not final, else as an adjustment on today (Rule B-11). A leg is counted once: that is the caller's
// to know.
func (s *Service) CountMinutes(
	ctx context.Context, tx *store.Tx, batch *ledger.Batch, p *project.Project, st *Standing, minutes Minutes, at time.Time,
) error {
	if !st.MonthClosed(minutes.Day) || minutes.Count == 0 {
		return AddMinutes(ctx, tx, p.ID, minutes.Day, minutes.Package, minutes.Count)
	}
	used, err := MinutesOf(ctx, tx, p.ID, minutes.Day)
	if err != nil {
		return err
	}
	if err := AddMinutes(ctx, tx, p.ID, minutes.Day, minutes.Package, minutes.Count); err != nil {
		return err
	}
	m, err := s.closedMonth(ctx, tx, p, minutes.Day)
	if err != nil {
		return err
	}
	before, err := m.overage(minutes.Package, used[minutes.Package])
	if err != nil {
		return err
	}
	after, err := m.overage(minutes.Package, used[minutes.Package]+minutes.Count)
	if err != nil || after.Amount == before.Amount {
		return err
	}
	posting, err := s.lateOverage(ctx, tx, p, st, m, before, after, minutes, at)
	if err != nil {
		return err
	}
	_, _, err = batch.Post(ctx, posting)
	return err
}

// closedMonth is a month as its close saw it.
type closedMonth struct {
	last   civil.Date
	tariff pricing.Tariff
	larger map[string]int64
}

func (s *Service) closedMonth(ctx context.Context, q store.Querier, p *project.Project, day civil.Date) (closedMonth, error) {
	m := closedMonth{last: day.FirstOfNextMonth() - 1}
	var err error
	if m.tariff, err = p.Tariff(s.Books, m.last); err != nil {
		return m, err
	}
	start, end := p.Calendar.Start(day.FirstOfMonth()).UnixMicro(), p.Calendar.End(m.last).UnixMicro()
	held, err := holdingsSince(ctx, q, p.ID, start)
	m.larger = held.largerPackages(m.tariff.Book, start, end)
	return m, err
}

// overage is the month's overage line of a package for so many minutes; the zero line where there is none.
func (m closedMonth) overage(pack string, minutes int64) (pricing.Line, error) {
	lines, err := m.tariff.MonthEnd(pricing.Month{Minutes: map[string]int64{pack: minutes}, Larger: m.larger})
	for _, line := range lines {
		if line.Kind == pricing.PackageOverage && line.Item == pack {
			return line, err
		}
	}
	return pricing.Line{}, err
}

// lateOverage is what a leg adds to the overage of a closed month.
func (s *Service) lateOverage(
	ctx context.Context, tx *store.Tx, p *project.Project, st *Standing, m closedMonth, before, after pricing.Line, minutes Minutes, at time.Time,
) (ledger.Posting, error) {
	posting := ledger.Posting{
		Project: p.ID, Key: minutes.Leg + "/overage", Day: m.last, BookedAt: at, Kind: pricing.PackageOverage, Item: minutes.Package,
		Quantity: after.Quantity - before.Quantity, UnitPrice: after.UnitPrice, Amount: after.Amount - before.Amount,
		House: "revenue:" + string(pricing.PackageOverage) + ":" + minutes.Package, Ref: minutes.Leg, Rule: "B-38", Book: m.tariff.Book.Ref(),
		BonusPays: BonusPays(m.tariff.Book, pricing.PackageOverage),
	}
	now := at
	if ended := p.Calendar.Start(st.NextDay); now.Before(ended) {
		now = ended // the clock was set back: what is closed has ended all the same
	}
	final, err := s.communicationsFinal(ctx, tx, p, st, m.last, now)
	if err != nil {
		return posting, err
	}
	if final {
		posting.Day, posting.Kind, posting.Rule = max(p.Calendar.DayAt(now), st.NextDay), pricing.Adjustment, "B-11"
	}
	posting.Explain, err = json.Marshal(pricing.Explanation{
		Text:       fmt.Sprintf("a leg answered on %s, recorded after the month was closed, adds %d minutes: %s", minutes.Day, minutes.Count, after.Explain.Text),
		Arithmetic: fmt.Sprintf("%s; %s charged before, difference %s", after.Explain.Arithmetic, -before.Amount, before.Amount-after.Amount),
		Inputs:     map[string]any{"day": minutes.Day, "minutes": minutes.Count, "before": before.Quantity, "after": after.Quantity},
	})
	return posting, err
}
