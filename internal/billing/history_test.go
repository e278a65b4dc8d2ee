package billing_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// listener hears what a database is asked.
type listener struct {
	store.Querier
	asked []string
}

func (l *listener) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	l.asked = append(l.asked, text)
	return l.Querier.Query(ctx, text, args...)
}

// A history is read in a snapshot, which must be short: years of fee entries with their explanations are not read for the
// few that were bought.
func TestHistoryLeavesTheFeesAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, tracker, "2016-04-01T00:00:00+03:00")
		o.pay("p1", "100000", "2016-04-01T00:00:00+03:00")
		o.rent(moscow, "2016-04-01T10:00:00+03:00")
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SetPackage(ctx, tx, o.id, "forwarding", 5000, instant(t, "2016-04-10T11:00:00+03:00"))
		})
		o.closeAt("2016-06-02T00:00:00+03:00")
		l := &listener{Querier: db}
		held, err := billing.History(context.Background(), l, o.id)
		if err != nil || len(held) != 2 {
			t.Errorf("%v, %v, want a number and a package", held, err)
		}
		got, err := billing.Purchases(context.Background(), l, o.id)
		if err != nil {
			t.Fatal(err)
		}
		want := []billing.Purchase{
			{Package: "forwarding", Minutes: 5000, Day: civil.MustParseDate("2016-04-10"), At: instant(t, "2016-04-10T11:00:00+03:00")},
			{Package: "forwarding", Minutes: 5000, Day: civil.MustParseDate("2016-05-01"), At: instant(t, "2016-05-01T00:00:00+03:00")},
			{Package: "forwarding", Minutes: 5000, Day: civil.MustParseDate("2016-06-01"), At: instant(t, "2016-06-01T00:00:00+03:00")},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("purchases (-want +got):\n%s", diff)
		}
		for _, text := range l.asked {
			if strings.Contains(text, "ledger_entry") {
				t.Errorf("pages of entries are read: %s", text)
			}
		}
	})
}
