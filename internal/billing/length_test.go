package billing_test

import (
	"context"
	"strings"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Lengths are counted in characters, as the API's description counts them: "ї" is one, of two bytes. An id of 100 characters
// is taken whatever its alphabet, in the project with the longest name too, and is one effect (Rule B-04).
func TestLengthsAreCharacters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const at = "2021-01-01T12:00:00-05:00"
		opening := shop
		opening.ID = ident.ProjectID(strings.Repeat("p", 64))
		o := open(t, db, opening, "2021-01-01T00:00:00-05:00")
		o.pay("p1", "100000", at)
		bills, now := o.night.Billing, instant(t, at)
		for _, c := range []struct {
			what, code string
			longest    int
			do         func(ctx context.Context, tx *store.Tx, text string) error
		}{
			{"a payment's id", "billing.bad_payment", 100, func(ctx context.Context, tx *store.Tx, text string) error {
				_, err := bills.Pay(ctx, tx, o.id, billing.Payment{ID: text, Amount: money.Unit, Method: "bank"}, now)
				return err
			}},
			{"an adjustment's id", "billing.bad_adjustment", 100, func(ctx context.Context, tx *store.Tx, text string) error {
				_, err := bills.Adjust(ctx, tx, o.id, billing.Adjustment{ID: text, Amount: money.Unit, Reason: "a gift"}, now)
				return err
			}},
			{"an adjustment's reason", "billing.bad_adjustment", 500, func(ctx context.Context, tx *store.Tx, text string) error {
				_, err := bills.Adjust(ctx, tx, o.id, billing.Adjustment{ID: "reason " + strings.TrimLeft(text, "ї"), Amount: money.Unit, Reason: text}, now)
				return err
			}},
			{"a term's id", "billing.bad_term", 100, func(ctx context.Context, tx *store.Tx, text string) error {
				_, err := bills.PayTerm(ctx, tx, o.id, text, 1, now)
				return err
			}},
			{"a report's id", "billing.bad_sessions", 100, func(ctx context.Context, tx *store.Tx, text string) error {
				_, err := bills.ReportSessions(ctx, tx, o.id, billing.SessionReport{ID: text, Count: 1}, now)
				return err
			}},
			{"a user's name", "billing.bad_user", 100, func(ctx context.Context, tx *store.Tx, text string) error {
				_, err := bills.AddUser(ctx, tx, o.id, text, now)
				return err
			}},
		} {
			try := func(text string) error {
				return o.try(func(ctx context.Context, tx *store.Tx) error { return c.do(ctx, tx, text) })
			}
			stem := strings.Repeat("ї", c.longest-1)
			for _, text := range []string{stem + "а", stem + "б"} { // two effects, though all but their last characters are the same
				if err := try(text); err != nil {
					t.Errorf("%s of %d characters: %v", c.what, c.longest, err)
				}
			}
			for _, text := range []string{"", stem + "аб"} {
				if err := try(text); errs.CodeOf(err) != c.code || errs.KindOf(err) != errs.Invalid {
					t.Errorf("%s %q: %v, want %s", c.what, text, err, c.code)
				}
			}
		}
		before := o.balance()
		o.pay(strings.Repeat("ї", 99)+"а", "1", at) // again
		if got := o.balance(); got != before {
			t.Errorf("the same payment again moved the balance from %s to %s", before, got)
		}
	})
}
