package billing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Days are due from their local midnight on: New York's first of March ends at 05:00 UTC, Kyiv's at 22:00 UTC the day before.
// Rules B-10, B-12.
func TestNightLag(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const opened = "2021-03-01T12:00:00Z"
		newYork := open(t, db, american, opened)
		kyiv := open(t, db, project.Opening{ID: "kyiv", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat"}, opened)
		lag := func(at string) billing.NightLag {
			found, err := billing.GetNightLag(context.Background(), db, instant(t, at))
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		check := func(at string, want billing.NightLag, behind time.Duration) {
			t.Helper()
			got := lag(at)
			if diff := cmp.Diff(want, got); diff != "" || got.Behind(instant(t, at)) != behind {
				t.Errorf("at %s: behind %v, want %v: %s", at, got.Behind(instant(t, at)), behind, diff)
			}
		}
		since := instant(t, "2021-03-01T22:00:00Z")
		check("2021-03-01T21:59:59Z", billing.NightLag{}, 0)
		check("2021-03-01T22:00:00Z", billing.NightLag{Projects: 1, Days: 1, Since: since}, 0)
		check("2021-03-02T05:00:00Z", billing.NightLag{Projects: 2, Days: 2, Since: since}, 7*time.Hour)
		check("2021-03-04T04:00:00Z", billing.NightLag{Projects: 2, Days: 5, Since: since}, 54*time.Hour)
		kyiv.must(func(ctx context.Context, tx *store.Tx) error {
			return kyiv.night.Billing.Park(ctx, tx, kyiv.id, errors.New("a test"), instant(t, opened))
		})
		check("2021-03-04T04:00:00Z", billing.NightLag{Projects: 1, Days: 2, Since: instant(t, "2021-03-02T05:00:00Z"), Parked: 1}, 47*time.Hour)
		newYork.closeAt("2021-03-04T04:00:00Z")
		check("2021-03-04T04:00:00Z", billing.NightLag{Parked: 1}, 0)
	})
}
