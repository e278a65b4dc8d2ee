package billing

import (
	"context"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Statement is the movement of a project's funds over usage days, rounded for people (Rule B-13).
type Statement struct {
	Project  ident.ProjectID        `json:"project"`
	Currency money.Currency         `json:"currency"`
	From     civil.Date             `json:"from"`
	To       civil.Date             `json:"to"`
	Opening  money.Micro            `json:"opening"` // exact running total before From
	Closing  money.Micro            `json:"closing"` // exact running total through To
	Rows     []pricing.StatementRow `json:"rows"`
	// Provisional are the fees of days that are not closed yet, as they would be charged if they ended now; they are in
	// neither Rows nor Closing.
	Provisional []DayLine `json:"provisional"`
}

// DayLine is a charge line of a usage day.
type DayLine struct {
	Day civil.Date `json:"day"`
	pricing.Line
}

// Statement shows the movement of funds of usage days from through to, as known at now. A row is final once nothing can
// change it: fees when the day is closed, calls and messages when no leg answered on the day is open any more (Rule B-16).
func (s *Service) Statement(ctx context.Context, q store.Querier, id ident.ProjectID, from, to civil.Date, now time.Time) (Statement, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return Statement{}, err
	}
	st, err := GetStanding(ctx, q, id)
	if err != nil {
		return Statement{}, err
	}
	opening, err := ledger.BalanceBefore(ctx, q, id, from)
	if err != nil {
		return Statement{}, err
	}
	sums, err := ledger.SumByDay(ctx, q, id, from, to)
	if err != nil {
		return Statement{}, err
	}
	statement := Statement{Project: id, Currency: p.Currency, From: from, To: to, Opening: opening, Closing: opening}
	movements := make([]pricing.Movement, len(sums))
	for i, sum := range sums {
		movements[i] = pricing.Movement{
			Day: sum.Day, Kind: sum.Kind, Item: sum.Item, Amount: sum.Amount, Quantity: sum.Quantity, Entries: sum.Count, Reversal: sum.Reversal,
		}
		statement.Closing += sum.Amount
	}
	statement.Rows = pricing.Statement(opening, movements, p.Currency)
	if err := s.markFinal(ctx, q, p, st, statement.Rows, now); err != nil {
		return Statement{}, err
	}
	statement.Provisional, err = s.provisional(ctx, q, p, st, to, now)
	return statement, err
}

func (s *Service) markFinal(ctx context.Context, q store.Querier, p *project.Project, st *Standing, rows []pricing.StatementRow, now time.Time) error {
	final := map[civil.Date]bool{}
	for i := range rows {
		row := &rows[i]
		if row.Day >= st.NextDay {
			continue
		}
		if !row.Kind.FollowsCalls() {
			row.Final = true
			continue
		}
		known, ok := final[row.Day]
		if !ok {
			var err error
			if known, err = s.communicationsFinal(ctx, q, p, st, row.Day, now); err != nil {
				return err
			}
			final[row.Day] = known
		}
		row.Final = known
	}
	return nil
}

// communicationsFinal: the day is closed, late records had their time, and no leg answered on it is open, at most a day
// long (Rule B-16).
func (s *Service) communicationsFinal(ctx context.Context, q store.Querier, p *project.Project, st *Standing, day civil.Date, now time.Time) (bool, error) {
	if day >= st.NextDay {
		return false, nil
	}
	tariff, err := p.Tariff(s.Books, day)
	if err != nil {
		return false, err
	}
	ended, life := p.Calendar.End(day), tariff.Book.Lifecycle
	switch {
	case !now.Before(ended.Add(life.OpenLegWait)):
		return true, nil
	case now.Before(ended.Add(life.RecordWait)):
		return false, nil
	}
	open, err := ledger.OpenHolds(ctx, q, p.ID, day)
	return len(open) == 0, err
}

// ChargeDay says on which usage day communications of a leg answered (or a message sent) at an instant are charged when
// its record comes at now: its own day while that is not final, else today, as an adjustment (Rules B-11, B-16). Charging
// refuses what was answered before the first day; legs that were recorded so before it did are closed on it.
func (s *Service) ChargeDay(ctx context.Context, q store.Querier, p *project.Project, st *Standing, answered, now time.Time) (day civil.Date, late bool, err error) {
	day = p.Calendar.DayAt(answered)
	if day < p.Calendar.First() {
		day = p.Calendar.First()
	}
	if day >= st.NextDay {
		return day, false, nil
	}
	final, err := s.communicationsFinal(ctx, q, p, st, day, now)
	if err != nil || !final {
		return day, false, err
	}
	return max(p.Calendar.DayAt(now), st.NextDay), true, nil
}

// provisional computes the fees of the open days through to as if they ended now.
func (s *Service) provisional(ctx context.Context, q store.Querier, p *project.Project, st *Standing, to civil.Date, now time.Time) ([]DayLine, error) {
	today := p.Calendar.DayAt(now)
	if to < today || st.NextDay > today {
		return nil, nil
	}
	held, err := holdingsSince(ctx, q, p.ID, p.Calendar.Start(st.NextDay).UnixMicro())
	if err != nil {
		return nil, err
	}
	states, err := Transitions(ctx, q, p.ID)
	if err != nil {
		return nil, err
	}
	var lines []DayLine
	for date := st.NextDay; date <= today; date++ {
		if !p.Calendar.Exists(date) {
			continue
		}
		view := dayView{
			q: q, enforce: s.asInLife(), project: p, date: date, start: p.Calendar.Start(date).UnixMicro(),
			end: min(p.Calendar.End(date).UnixMicro(), now.UnixMicro()+1), held: held, states: states,
		}
		day, err := s.lookAt(ctx, view)
		if err != nil {
			return nil, err
		}
		for _, line := range day {
			lines = append(lines, DayLine{date, line})
		}
	}
	return lines, nil
}

// lookAt computes the fee lines of a day that is not closed.
func (s *Service) lookAt(ctx context.Context, view dayView) ([]pricing.Line, error) {
	var err error
	if view.tariff, err = view.project.Tariff(s.Books, view.date); err != nil {
		return nil, err
	}
	key := UsageKey{view.project.ID, view.date}
	used, err := UsageOf(ctx, view.q, []UsageKey{key})
	if err != nil {
		return nil, err
	}
	view.used = used[key]
	day, _, err := view.measure(ctx)
	if err != nil {
		return nil, err
	}
	return view.tariff.Day(day)
}
