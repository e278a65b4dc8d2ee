package billing

import (
	"context"
	"database/sql"
	"slices"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// past is what forecasts of the latest closed days are judged by: what they knew, and what was charged after (Rule B-80).
// It takes four queries, however many days it is about, and follows load.
func (o *outlook) past(ctx context.Context) (forecast.Past, error) {
	closed := o.standing.NextDay - 1
	fees, err := closedFees(ctx, o.q, o.project.ID, o.from)
	if err != nil {
		return forecast.Past{}, err
	}
	charged, err := advancesSince(ctx, o.q, o.project.ID, o.from.FirstOfMonth())
	if err != nil {
		return forecast.Past{}, err
	}
	days := slices.Concat(o.usage, fees)
	for _, advance := range charged {
		days = append(days, forecast.Day{Date: advance.day, Fixed: advance.amount})
	}
	past := forecast.Past{History: forecast.NewHistory(o.from, closed, days), Dry: o.isDry}
	past.Starts, err = o.starts(ctx, max(o.from, closed+1-forecast.Tested), closed, charged)
	return past, err
}

// starts are the days from first through last as they began: with what was held when the day before ended, the tariff of
// that time, and the balance its last entry left.
func (o *outlook) starts(ctx context.Context, first, last civil.Date, charged advances) ([]forecast.Start, error) {
	if last < first {
		return nil, nil
	}
	held, err := holdingsSince(ctx, o.q, o.project.ID, o.project.Calendar.Start(first).UnixMicro())
	if err != nil {
		return nil, err
	}
	balances, err := ledger.BalancesBefore(ctx, o.q, o.project.ID, first, last)
	if err != nil {
		return nil, err
	}
	var starts []forecast.Start
	known := asKnown{outlook: o, held: held}
	for day := first; day <= last; day++ {
		if !known.advance(day) {
			continue
		}
		start := forecast.Start{Date: day, Plan: known.outlay.plan(day, day, charged.of(day.FirstOfMonth(), day))}
		if known.tariff.Book.Terms == nil { // else it is the term that ends, not the funds
			start.Funds = balances[day] + o.overdraft
		}
		starts = append(starts, start)
	}
	return starts, nil
}

// asKnown walks through past days with the configuration and the tariff that each began with.
type asKnown struct {
	*outlook
	held   holdings
	since  int64 // the start of the day it stands at
	tariff pricing.Tariff
	outlay *outlay
	priced bool // whether the book could price it
}

// advance goes on to the start of a day; false where that could not be priced: then no forecast was made.
func (k *asKnown) advance(day civil.Date) bool {
	tariff, err := k.project.Tariff(k.Books, day)
	if err != nil {
		return false
	}
	at := k.project.Calendar.Start(day).UnixMicro()
	if k.outlay == nil || k.tariff.Book.Ref() != tariff.Book.Ref() || k.held.touched(k.since, at) {
		k.outlay = k.fees.outlay(newConfiguration(k.held.since(at+1), at), func(civil.Date) (pricing.Tariff, error) { return tariff, nil })
		trial := newFeeTable()
		trial.outlay(k.outlay.configuration, k.outlay.tariff).plan(day, day, 0).Fixed(day)
		k.priced = trial.err == nil
	}
	k.since, k.tariff = at, tariff
	return k.priced
}

// touched reports whether anything came from an instant until before another, or went after the one until the other: what
// ends at a midnight is not held on the day that begins then.
func (h holdings) touched(from, until int64) bool {
	return slices.ContainsFunc(h, func(held holding) bool {
		return held.from >= from && held.from < until || held.until > from && held.until <= until
	})
}

// closedFees are the fixed fees of closed days from one on.
func closedFees(ctx context.Context, q store.Querier, id ident.ProjectID, from civil.Date) ([]forecast.Day, error) {
	var fees []forecast.Day
	err := store.EachRow(ctx, q, `SELECT d.day, d.amount, COALESCE(u.session_fee, 0) FROM billing_day d
		LEFT JOIN billing_usage u ON u.project_id = d.project_id AND u.day = d.day
		WHERE d.project_id = $1 AND d.day >= $2 ORDER BY d.day`, []any{string(id), int64(from)}, func(rows *sql.Rows) error {
		var day, amount, sessions int64
		err := rows.Scan(&day, &amount, &sessions)
		fees = append(fees, forecast.Day{Date: civil.Date(day), Fixed: money.Micro(-amount - sessions)})
		return err
	})
	return fees, err
}

// advance is what was charged in advance for a month on a day of it (Rule B-39).
type advance struct {
	month, day civil.Date
	amount     money.Micro // as it was charged
	listed     money.Micro // without added tax
}

type advances []advance

// advancesSince reads the advance charges of a month and those after it.
func advancesSince(ctx context.Context, q store.Querier, id ident.ProjectID, month civil.Date) (advances, error) {
	var found advances
	err := store.EachRow(ctx, q, `SELECT month, day, amount, listed FROM billing_advance WHERE project_id = $1 AND month >= $2`, []any{string(id), int64(month)}, func(rows *sql.Rows) error {
		var first, day, amount, listed int64
		err := rows.Scan(&first, &day, &amount, &listed)
		found = append(found, advance{civil.Date(first), civil.Date(day), money.Micro(amount), money.Micro(listed)})
		return err
	})
	return found, err
}

// of is what was charged for a month until the eve of a day, at list prices.
func (a advances) of(month, until civil.Date) (sum money.Micro) {
	for _, advance := range a {
		if advance.month == month && advance.day < until {
			sum += advance.listed
		}
	}
	return sum
}
