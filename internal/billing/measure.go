package billing

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// dayView is what is known of a usage day when it is charged, or looked at while it runs.
type dayView struct {
	q          store.Querier
	enforce    bool
	project    *project.Project
	tariff     pricing.Tariff
	date       civil.Date
	start, end int64    // microseconds; end is now while the day runs
	held       holdings // those that touch the day
	used       Usage
	states     stateHistory
}

// measure says what the day is charged for: what was held, by the book's measure, and the sessions it counted; counted
// tells whether they count for their period. What a dry project no longer pays is left out (Rule B-60).
func (v dayView) measure(ctx context.Context) (day pricing.Day, counted bool, err error) {
	measure := v.tariff.Book.Measure
	day = pricing.Day{
		Date: v.date, Seats: v.held.measured(holdSeats, measure, v.start, v.end), Slots: v.held.measured(holdSlots, measure, v.start, v.end),
		Numbers: v.held.numbers(measure, v.start, v.end), Sessions: map[string]int64{}, SessionsBefore: map[string]int64{},
	}
	for product := range v.held.measured(holdProduct, measure, v.start, v.end) {
		day.Products = append(day.Products, product)
	}
	slices.Sort(day.Products)
	if v.enforce && v.states.throughout(v.start, v.end, Suspended) {
		day.Products = nil
	}
	if v.enforce && v.states.throughout(v.start, v.end, Quarantine) {
		day.Numbers = nil
	}
	for _, name := range day.Products {
		product, ok := v.tariff.Book.Product(name)
		if !ok || product.Sessions == nil {
			continue
		}
		counted = true
		day.Sessions[name] = v.used.Sessions
		if product.Sessions.Period == pricebook.SessionsPer30Days {
			if day.SessionsBefore[name], err = v.sessionsBefore(ctx, name); err != nil {
				return pricing.Day{}, false, err
			}
		}
	}
	return day, counted, nil
}

// sessionsBefore sums the counted sessions of the running period of 30 days, which are numbered from the day the product
// was first switched on (Rule B-33).
func (v dayView) sessionsBefore(ctx context.Context, product string) (int64, error) {
	var first int64
	err := v.q.QueryRow(ctx, `SELECT MIN(from_at) FROM billing_holding WHERE project_id = $1 AND kind = $2 AND item = $3`,
		string(v.project.ID), holdProduct, product).Scan(&first)
	if err != nil {
		return 0, err
	}
	const period = 30
	anchor := v.project.Calendar.DayAt(time.UnixMicro(first))
	from := v.date - (v.date-anchor)%period
	var sum int64
	err = v.q.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(sessions), 0) AS BIGINT) FROM billing_usage
		WHERE project_id = $1 AND day >= $2 AND day < $3 AND counted = 1`, string(v.project.ID), int64(from), int64(v.date)).Scan(&sum)
	return sum, err
}

// stateHistory is a project's changes of state, oldest first: what it may be charged for a day follows from its state on
// that day, not from the one it is in when the day is closed.
type stateHistory []Transition

// at is the state at an instant.
func (h stateHistory) at(instant int64) State {
	for _, transition := range slices.Backward(h) {
		if transition.At.UnixMicro() <= instant {
			return transition.To
		}
	}
	return Active
}

// throughout reports whether the state was a given one or worse at every moment from start to end.
func (h stateHistory) throughout(start, end int64, state State) bool {
	if !h.at(start).atLeast(state) {
		return false
	}
	for _, transition := range h {
		if at := transition.At.UnixMicro(); at > start && at < end && !transition.To.atLeast(state) {
			return false
		}
	}
	return true
}

// atLeast reports whether a project in the state is as dry as in another.
func (s State) atLeast(other State) bool {
	return slices.Index(States, s) >= slices.Index(States, other)
}

// historiesOf reads the changes of state of many projects.
func historiesOf(ctx context.Context, q store.Querier, ids []ident.ProjectID) (map[ident.ProjectID]stateHistory, error) {
	histories := map[ident.ProjectID]stateHistory{}
	return histories, store.EachKey(ctx, q, `SELECT project_id, at, from_state, to_state FROM billing_transition WHERE project_id IN (keys) ORDER BY project_id, id`, ids, func(rows *sql.Rows) error {
		var id, from, to string
		var at int64
		err := rows.Scan(&id, &at, &from, &to)
		histories[ident.ProjectID(id)] = append(histories[ident.ProjectID(id)], Transition{At: time.UnixMicro(at).UTC(), From: State(from), To: State(to)})
		return err
	})
}
