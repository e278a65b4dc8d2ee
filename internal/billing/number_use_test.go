package billing_test

import (
	"context"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A number for the PBX that becomes a tracking one opens a slot and is charged once that day; changed in the instant it
// was rented, it always was a tracking one. Rules B-08, B-32, N-07.
func TestANumberOfAnotherUse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "2026-03-01T09:00:00Z")
		o.pay("p", "1000", "2026-03-01T09:00:01Z")
		o.turn("call_tracking", true, "2026-03-01T09:00:02Z")
		const noon = "2026-03-01T12:00:00Z"
		o.rent(kyivPBX, noon)
		use := func(use, at string) error {
			return o.try(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.SetNumberUse(ctx, tx, o.id, kyivPBX.Number, use, instant(t, at))
			})
		}
		if err := use("tracking", noon); err != nil {
			t.Fatal(err)
		}
		if life := o.lifeOfNumbers(); life != "tracking from 12:00" {
			t.Errorf("in the instant of renting: %s", life)
		}
		if err := use("pbx", "2026-03-01T13:00:00Z"); err != nil {
			t.Fatal(err)
		}
		if err := use("tracking", "2026-03-01T14:00:00Z"); err != nil {
			t.Fatal(err)
		}
		if life := o.lifeOfNumbers(); life != "tracking from 12:00 to 13:00, pbx from 13:00 to 14:00, tracking from 14:00" {
			t.Errorf("in the course of the day: %s", life)
		}
		if err := use("fax", "2026-03-01T15:00:00Z"); errs.CodeOf(err) != "billing.bad_number" {
			t.Errorf("no such use: %v", err)
		}
		o.closeAt("2026-03-02T00:00:00Z")
		if got := o.balance(); got != "947.366666" { // 1000 - 50.633334, the day's share of 1519, - 2, that of 60
			t.Errorf("the balance is %s", got)
		}
	})
}

func (o *office) lifeOfNumbers() (told string) {
	o.t.Helper()
	held, err := billing.History(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, h := range held {
		if h.Kind != "number" {
			continue
		}
		if told != "" {
			told += ", "
		}
		told += h.Number.Use + " from " + h.From.Format("15:04")
		if !h.Until.IsZero() {
			told += " to " + h.Until.Format("15:04")
		}
	}
	return told
}
