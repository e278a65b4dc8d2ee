package billing

import (
	"context"
	"database/sql"
	"errors"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// The kinds of things a project holds over time.
const (
	holdProduct = "product" // item: the product; quantity 1
	holdSeats   = "seats"   // item: the product; quantity: seats in use
	holdSlots   = "slots"   // item: the product; quantity: number slots opened
	holdNumber  = "number"  // item: the E.164 number
	holdUser    = "user"    // item: the user; only active ones are held
	holdPackage = "package" // item: the minute package; quantity: minutes bought instead of the included
)

// holding is a quantity of something held from one instant until another.
type holding struct {
	id          int64
	kind, item  string
	quantity    int64
	from, until int64 // microseconds; until is never for what is still held
	number      pricing.Number
}

type holdings []holding

// find gives the open holding of an item.
func (h holdings) find(kind, item string) (holding, bool) {
	for _, held := range h {
		if held.kind == kind && held.item == item && held.until == never {
			return held, true
		}
	}
	return holding{}, false
}

func (h holdings) count(kind string) (n int64) {
	for _, held := range h {
		if held.kind == kind && held.until == never {
			n++
		}
	}
	return n
}

// measured gives, for each item of a kind, the quantity of a day by the book's rule (Rule B-08): its peak, where anything
// held at any moment between start and end counts, or what is held when the day ends.
func (h holdings) measured(kind string, measure pricebook.Measure, start, end int64) map[string]int64 {
	quantities := map[string]int64{}
	for _, held := range h.during(kind, measure, start, end) {
		quantities[held.item] = max(quantities[held.item], held.quantity)
	}
	return quantities
}

func (h holdings) during(kind string, measure pricebook.Measure, start, end int64) holdings {
	var during holdings
	for _, held := range h {
		counts := held.from < end && held.until > start && held.until > held.from
		if start == end { // a day that a change of zone left empty: what is held at its one instant
			counts = held.from <= start && held.until > start
		} else if measure == pricebook.MeasureEndOfDay {
			counts = held.from < end && held.until >= end
		}
		if held.kind == kind && counts {
			during = append(during, held)
		}
	}
	return during
}

func (h holdings) numbers(measure pricebook.Measure, start, end int64) []pricing.Number {
	var numbers []pricing.Number
	seen := map[string]bool{}
	for _, held := range h.during(holdNumber, measure, start, end) {
		// A number released and rented again on one day is one number that day; the later terms count.
		if seen[held.item] {
			for i := range numbers {
				if numbers[i].Number == held.item {
					numbers[i] = held.number
				}
			}
			continue
		}
		seen[held.item] = true
		numbers = append(numbers, held.number)
	}
	return numbers
}

const holdingColumns = `id, kind, item, quantity, from_at, until_at, owner, number_kind, number_use`

// openHoldings are those that have not ended.
func openHoldings(ctx context.Context, q store.Querier, id ident.ProjectID) (holdings, error) {
	return queryHoldings(ctx, q, `SELECT `+holdingColumns+` FROM billing_holding WHERE project_id = $1 AND until_at = $2 ORDER BY id`, string(id), never)
}

// holdingsSince are those that touch the time from an instant on.
func holdingsSince(ctx context.Context, q store.Querier, id ident.ProjectID, start int64) (holdings, error) {
	return queryHoldings(ctx, q, `SELECT `+holdingColumns+` FROM billing_holding WHERE project_id = $1 AND until_at >= $2 ORDER BY id`, string(id), start)
}

// holdingsOf are those of many projects that touch the time from an instant on.
func holdingsOf(ctx context.Context, q store.Querier, ids []ident.ProjectID, since int64) (map[ident.ProjectID]holdings, error) {
	found := make(map[ident.ProjectID]holdings, len(ids))
	return found, store.EachList(ids, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT project_id, `+holdingColumns+` FROM billing_holding
			WHERE project_id IN (`+list+`) AND until_at >= `+store.List(len(args)+1, 1)+` ORDER BY project_id, id`, append(args, since), func(rows *sql.Rows) error {
			var id string
			h, err := scanHolding(rows, &id)
			found[ident.ProjectID(id)] = append(found[ident.ProjectID(id)], h)
			return err
		})
	})
}

// since leaves those that touch the time from an instant on.
func (h holdings) since(at int64) holdings {
	var since holdings
	for _, held := range h {
		if held.until >= at {
			since = append(since, held)
		}
	}
	return since
}

// open leaves those that have not ended.
func (h holdings) open() holdings { return h.since(never) }

func queryHoldings(ctx context.Context, q store.Querier, query string, args ...any) (holdings, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return scanHoldings(rows)
}

func scanHoldings(rows *sql.Rows) (holdings, error) {
	var found holdings
	for rows.Next() {
		h, err := scanHolding(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, h)
	}
	return found, rows.Err()
}

// scanHolding reads a row of holdingColumns, after columns of the caller's.
func scanHolding(rows *sql.Rows, first ...any) (h holding, err error) {
	err = rows.Scan(append(first, &h.id, &h.kind, &h.item, &h.quantity, &h.from, &h.until, &h.number.Owner, &h.number.Kind, &h.number.Use)...)
	h.number.Number = h.item
	return h, err
}

// set makes the quantity of an item what it is from now on; zero ends the holding. Setting what is already so changes nothing.
func (sc *scene) set(ctx context.Context, h holding) error {
	held, ok := sc.held.find(h.kind, h.item)
	if ok && held.quantity == h.quantity || !ok && h.quantity == 0 {
		return nil
	}
	at := sc.at.UnixMicro()
	if ok {
		if err := sc.end(ctx, held, max(at, held.from)); err != nil {
			return err
		}
	}
	if h.quantity == 0 {
		return nil
	}
	h.until = never
	return sc.begin(ctx, h)
}

// begin holds something from now until the end it names.
func (sc *scene) begin(ctx context.Context, h holding) error {
	if err := sc.checkHolder(ctx, h); err != nil {
		return err
	}
	h.id, h.from = sc.ids.Next(sc.at), sc.at.UnixMicro()
	_, err := sc.tx.Exec(ctx, `INSERT INTO billing_holding (project_id, `+holdingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		string(sc.project.ID), h.id, h.kind, h.item, h.quantity, h.from, h.until, h.number.Owner, h.number.Kind, h.number.Use)
	if err != nil {
		return err
	}
	sc.held = append(sc.held, h)
	return nil
}

// checkHolder refuses a number that a project holds. Where another node gives it away before the row is inserted, the index
// refuses that row and the store comes here again.
func (sc *scene) checkHolder(ctx context.Context, h holding) error {
	if h.kind != holdNumber {
		return nil
	}
	var holder string
	err := sc.tx.QueryRow(ctx, `SELECT project_id FROM billing_holding WHERE item = $1 AND kind = 'number' AND until_at = 9223372036854775807`, h.item).Scan(&holder)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, "billing.number_taken", "number %s is held", h.item).At("number").Try("choose another number").With("number", h.item)
}

func (sc *scene) end(ctx context.Context, held holding, until int64) error {
	_, err := sc.tx.Exec(ctx, `UPDATE billing_holding SET until_at = $3 WHERE project_id = $1 AND id = $2`, string(sc.project.ID), held.id, until)
	for i := range sc.held {
		if sc.held[i].id == held.id {
			sc.held[i].until = until
		}
	}
	return err
}
