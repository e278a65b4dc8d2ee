package billing_test

import (
	"context"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Where funds have ended nothing more is switched on, while what is on can be switched off. Rules B-30, B-60.
func TestDryProjectSwitchesNothingOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.pay("p1", "1", "2021-03-01T09:01:00-05:00")
		o.turn("callback", true, "2021-03-01T10:00:00-05:00")
		o.closeAt("2021-03-02T00:00:00-05:00") // 1.30 of 1.00
		turn := func(switches ...billing.Switch) error {
			return o.try(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.SwitchProducts(ctx, tx, o.id, switches, instant(t, "2021-03-02T10:00:00-05:00"))
			})
		}
		if err := turn(billing.Switch{Product: "virtual_pbx", On: true}); errs.CodeOf(err) != "billing.funds_ended" || errs.KindOf(err) != errs.Unpaid {
			t.Errorf("a product more: %v", err)
		}
		if err := turn(billing.Switch{Product: "callback", On: true}); err != nil {
			t.Errorf("what is on: %v", err)
		}
		if err := turn(billing.Switch{Product: "callback", Tonight: true}); err != nil {
			t.Errorf("off: %v", err)
		}
	})
}

// A preview of another use shows the slot it opens: $2 for 30 days above 5, 0.07 a day. Rules B-32, N-07.
func TestPreviewOfAnotherUse(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	for _, digit := range []string{"0", "1", "2", "3", "4"} {
		o.rent(pricing.Number{Number: "+1212555100" + digit, Owner: "customer", Kind: "local", Use: "tracking"}, "2021-03-01T10:30:00-05:00")
	}
	o.rent(pricing.Number{Number: "+12125551009", Owner: "customer", Kind: "local", Use: "pbx"}, "2021-03-01T10:30:00-05:00")
	preview := func(number, use string) (billing.Effect, error) {
		return o.night.Billing.Preview(context.Background(), o.db, o.id, billing.Change{Uses: map[string]string{number: use}}, instant(t, "2021-03-01T11:00:00-05:00"))
	}
	if effect, err := preview("+12125551009", "tracking"); err != nil || effect.Per30Days != -2*money.Unit {
		t.Errorf("%v, %v", effect.Per30Days, err)
	}
	if _, err := preview("+12125551008", "tracking"); errs.CodeOf(err) != "billing.unknown_number" || errs.KindOf(err) != errs.Invalid {
		t.Errorf("a number that is not held: %v", err)
	}
}
