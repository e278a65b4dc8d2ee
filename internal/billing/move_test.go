package billing_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// After a change of zone every date is charged once; a date the zone never had is not charged.
// Rule B-09.
func TestZones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, first, second, from, want string }{
		{"west", "Europe/Kyiv", "America/Los_Angeles", "2021-06-01T12:00:00Z", "2021-06-01 2021-06-02 2021-06-03 2021-06-04"},
		{"east", "America/Los_Angeles", "Europe/Kyiv", "2021-06-01T12:00:00Z", "2021-06-01 2021-06-02 2021-06-03 2021-06-04"},
		{"25 hours east", "Pacific/Pago_Pago", "Pacific/Kiritimati", "2021-06-01T23:00:00Z", "2021-06-01 2021-06-02 2021-06-03 2021-06-04"},
		{"a date that never was", "Pacific/Apia", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-28 2011-12-29 2011-12-31 2012-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opening := american
			opening.TimeZone, opening.Version = c.first, "2021-01-01"
			o := open(t, storetest.SQLite(t), opening, c.from)
			o.turn("callback", true, c.from)
			o.must(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.ChangeZone(ctx, tx, o.id, c.second, instant(t, c.from).Add(time.Minute))
			})
			if err := o.night.CatchUp(context.Background(), o.id, instant(t, c.from).AddDate(0, 0, 9)); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, line := range o.lines()[:4] {
				got += line[:10] + " "
			}
			if got != c.want+" " {
				t.Errorf("charged %s, want %s", got, c.want)
			}
		})
	}
}

// A project is not moved to a version that is not in force or does not sell what it holds.
func TestMoveIsChecked(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	move := func(version string, at time.Time) error {
		return o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.MoveBook(ctx, tx, o.id, version, "", at)
		})
	}
	at := instant(t, "2021-03-01T10:00:00-05:00")
	if err := move("2022-07-01", at); errs.CodeOf(err) != "billing.version_not_in_force" {
		t.Errorf("a version of next year: %v", err)
	}
	if err := move("2022-07-01", instant(t, "2022-06-30T10:00:00-04:00")); err != nil {
		t.Errorf("on the eve of its day: %v", err)
	}
}
