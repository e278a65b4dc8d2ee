package billing_test

import (
	"context"
	"fmt"
	"testing"

	"bellwether/internal/civil"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Days that are not closed show their fees as they stand, sessions too; a suspended project shows none.
// Rules B-13, B-60.
func TestProvisionalLines(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.pay("p1", "3", "2021-03-01T09:00:00-05:00")
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	o.turn("analytics", true, "2021-03-01T10:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.CountSessions(ctx, tx, o.id, 600, instant(t, "2021-03-02T10:00:00-05:00"))
	})
	look := func(at string) (got []string) {
		now := instant(t, at)
		statement, err := o.night.Billing.Statement(context.Background(), o.db, o.id, civil.MustParseDate("2021-03-01"), civil.MustParseDate("2021-04-01"), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range statement.Provisional {
			got = append(got, fmt.Sprintf("%d %s %s %s", line.Day.Day(), line.Kind, line.Item, line.Amount))
		}
		return got
	}
	want := []string{
		"1 product_fee analytics -1.3", "1 product_fee call_tracking -1.966667", "1 discount bundle 0.163333",
		"2 product_fee analytics -1.3", "2 product_fee call_tracking -1.966667", "2 sessions analytics -0.2", "2 discount bundle 0.163333",
	}
	if diff := cmp.Diff(want, look("2021-03-02T12:00:00-05:00")); diff != "" {
		t.Error(diff)
	}
	o.closeAt("2021-03-10T00:00:00-05:00")
	if got := look("2021-03-10T12:00:00-05:00"); len(got) != 0 {
		t.Errorf("a project in state %s shows %v", o.standing().State, got)
	}
}
