package billing

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// SetNumberUse makes a number the project holds serve another use from this moment. The day is charged as for the later
// use (Rule B-08), a slot opens where the use has slots (Rule B-32), and what the new use costs for the calendar month in
// advance, and was not charged yet, is charged now; where funds do not cover it, nothing changes (Rule B-39).
func (s *Service) SetNumberUse(ctx context.Context, tx *store.Tx, id ident.ProjectID, number, use string, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forNumbers)
	if err != nil {
		return err
	}
	held, ok := sc.held.find(holdNumber, number)
	if !ok {
		return unknownNumber(number)
	}
	changed := held.number
	if changed.Use = use; changed == held.number {
		return nil
	}
	if err := CheckNumber(changed, sc.project.Country); err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	advance, err := tariff.Advance(changed)
	if err != nil {
		return err
	}
	if err := sc.exchange(ctx, held, changed); err != nil {
		return err
	}
	if err := sc.openSlots(ctx, tariff.Book); err != nil {
		return err
	}
	if err := sc.buyAdvance(ctx, tariff, advance); err != nil {
		return err
	}
	return sc.commit(ctx, tariff)
}

// exchange ends a holding of a number and begins another of the same number. One that began at this very instant never was:
// it is put right, so that no life tells of a number that was held twice at once.
func (sc *scene) exchange(ctx context.Context, held holding, changed pricing.Number) error {
	at := sc.at.UnixMicro()
	if held.from < at {
		if err := sc.end(ctx, held, at); err != nil {
			return err
		}
		return sc.set(ctx, holding{kind: holdNumber, item: held.item, quantity: 1, number: changed})
	}
	for i := range sc.held {
		if sc.held[i].id == held.id {
			sc.held[i].number = changed
		}
	}
	_, err := sc.tx.Exec(ctx, `UPDATE billing_holding SET number_use = $3 WHERE project_id = $1 AND id = $2`, string(sc.project.ID), held.id, changed.Use)
	return err
}

func unknownNumber(number string) error {
	return errs.New(errs.NotFound, "billing.unknown_number", "the project does not hold number %.40q", number).At("number")
}

// NumberHolders tells of each of the numbers that some project holds which one it is.
func NumberHolders(ctx context.Context, q store.Querier, numbers []string) (map[string]ident.ProjectID, error) {
	holders := map[string]ident.ProjectID{}
	return holders, store.EachList(numbers, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT item, project_id FROM billing_holding WHERE kind = 'number' AND until_at = 9223372036854775807
			AND item IN (`+list+`)`, args, func(rows *sql.Rows) error {
			var number string
			var id ident.ProjectID
			err := rows.Scan(&number, &id)
			holders[number] = id
			return err
		})
	})
}
