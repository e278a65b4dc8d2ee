package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// sealings are the numbers of entries after which the sealer comes by: readers must not notice.
var sealings = map[string][]int{"unsealed": nil, "half_sealed": {6}, "sealed_twice": {5, 12}, "sealed": {12}}

// fillDays posts entries whose days do not follow the order of booking: key k is of day k%5.
func fillDays(t testing.TB, db *store.DB, n int, sealings ...int) {
	t.Helper()
	open(t, db, demo, 0)
	open(t, db, "other", 0)
	for i := range n {
		p := call(fmt.Sprintf("%02d", i), "1")
		p.Day = day + civil.Date(i%5)
		if i%3 == 0 {
			p.Kind, p.Item, p.House = pricing.SMS, "SMS", "revenue:sms"
		}
		mustPost(t, db, p)
		p.Project = "other"
		mustPost(t, db, p)
		if slices.Contains(sealings, i+1) {
			seal(t, db)
		}
	}
}

// eachSealing runs fn on stores filled with twelve entries, sealed differently.
func eachSealing(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	for name, after := range sealings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				fillDays(t, db, 12, after...)
				fn(t, db)
			})
		})
	}
}

func keysOf(entries []ledger.Entry) (keys []string) {
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

// entryByKey finds the entry booked under a key.
func entryByKey(t testing.TB, db *store.DB, project ident.ProjectID, key string) ledger.Entry {
	t.Helper()
	for entry, err := range ledger.All(context.Background(), db, ledger.Filter{Project: project}) {
		if err != nil {
			t.Fatal(err)
		}
		if entry.Key == key {
			return entry
		}
	}
	t.Fatalf("nothing is booked under %s", key)
	return ledger.Entry{}
}

func TestEntriesPageByPage(t *testing.T) {
	t.Parallel()
	eachSealing(t, func(t *testing.T, db *store.DB) {
		byDay := []string{"00", "05", "10", "01", "06", "11", "02", "07", "03", "08", "04", "09"}
		newest := slices.Clone(byDay)
		slices.Reverse(newest)
		for name, c := range map[string]struct {
			filter ledger.Filter
			want   []string
		}{
			"all":         {ledger.Filter{}, byDay},
			"newest":      {ledger.Filter{Newest: true}, newest},
			"days":        {ledger.Filter{FromDay: day + 1, ToDay: day + 2}, []string{"01", "06", "11", "02", "07"}},
			"calls":       {ledger.Filter{Kinds: []pricing.Kind{pricing.Call}, ToDay: day + 2}, []string{"05", "10", "01", "11", "02", "07"}},
			"kind":        {ledger.Filter{Kinds: []pricing.Kind{pricing.SMS}}, []string{"00", "06", "03", "09"}},
			"kinds":       {ledger.Filter{Kinds: []pricing.Kind{pricing.SMS, pricing.Call}, FromDay: day + 4, Newest: true}, []string{"09", "04"}},
			"nothing yet": {ledger.Filter{FromDay: day + 10}, nil},
		} {
			for _, limit := range []int{1, 3, 12, 100} {
				filter := c.filter
				filter.Project, filter.Limit = demo, limit
				var got, streamed []string
				for {
					page, err := ledger.Entries(t.Context(), db, filter)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, keysOf(page)...)
					if len(page) < limit {
						break
					}
					filter.After = page[len(page)-1].ID
				}
				filter.After = 0
				for entry, err := range ledger.All(t.Context(), db, filter) {
					if err != nil || entry.Project != demo {
						t.Fatal(entry, err)
					}
					streamed = append(streamed, entry.Key)
				}
				if diff := cmp.Diff(c.want, got) + cmp.Diff(c.want, streamed); diff != "" {
					t.Errorf("%s by %d: %s", name, limit, diff)
				}
			}
		}
		foreign := entryByKey(t, db, "other", "03")
		for _, err := range ledger.All(t.Context(), db, ledger.Filter{Project: demo, After: foreign.ID}) {
			wantCode(t, err, errs.NotFound, "ledger.no_entry")
		}
		_, err := ledger.GetEntry(t.Context(), db, demo, foreign.ID)
		wantCode(t, err, errs.NotFound, "ledger.no_entry")
	})
}

func TestSums(t *testing.T) {
	t.Parallel()
	eachSealing(t, func(t *testing.T, db *store.DB) {
		sums, err := ledger.SumByDay(t.Context(), db, demo, day, day+1)
		want := []ledger.DaySum{
			{Day: day, Kind: pricing.Call, Item: "Ukraine mobile", Amount: -2 * money.Unit, Quantity: 122, Count: 2},
			{Day: day, Kind: pricing.SMS, Item: "SMS", Amount: -money.Unit, Quantity: 61, Count: 1},
			{Day: day + 1, Kind: pricing.Call, Item: "Ukraine mobile", Amount: -2 * money.Unit, Quantity: 122, Count: 2},
			{Day: day + 1, Kind: pricing.SMS, Item: "SMS", Amount: -money.Unit, Quantity: 61, Count: 1},
		}
		if diff := cmp.Diff(want, sums); diff != "" || err != nil {
			t.Error(diff, err)
		}
		for before, want := range map[civil.Date]money.Micro{day: 0, day + 1: -3 * money.Unit, day + 4: -10 * money.Unit, day + 99: -12 * money.Unit} {
			if got, err := ledger.BalanceBefore(t.Context(), db, demo, before); got != want || err != nil {
				t.Errorf("before %s the balance was %s, want %s: %v", before, got, want, err)
			}
		}
		_, err = ledger.BalanceBefore(t.Context(), db, "nobody", day)
		wantCode(t, err, errs.NotFound, "ledger.no_account")
		counts, err := ledger.CountByItem(t.Context(), db, []ident.ProjectID{demo, "nobody"}, day, []pricing.Kind{pricing.SMS, pricing.ProductFee})
		if diff := cmp.Diff(map[ident.ProjectID]map[ledger.Counted]int{demo: {{Kind: pricing.SMS, Item: "SMS"}: 1}}, counts); diff != "" || err != nil {
			t.Error(diff, err)
		}
		charged, err := ledger.Charges(t.Context(), db, []ident.ProjectID{demo, "nobody"}, day, day+1)
		if charged != 6*money.Unit || err != nil {
			t.Errorf("two days were charged %s, %v", charged, err)
		}
		wantHouses := []ledger.HouseBalance{
			{Currency: "UAH", House: "revenue:call", Amount: 16 * money.Unit, Count: 16},
			{Currency: "UAH", House: "revenue:sms", Amount: 8 * money.Unit, Count: 8},
		}
		if diff := cmp.Diff(wantHouses, mustVerify(t, db).Houses); diff != "" {
			t.Error(diff)
		}
	})
}

// What the house gained is told by month, currency and account, over the days asked for.
// Rule B-03.
func TestHouseMonths(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		for i := range 70 { // more projects than are read at a time
			project := ident.ProjectID(fmt.Sprintf("p%02d", i))
			open(t, db, project, 0)
			p := call("k", "1")
			p.Project, p.Day = project, civil.MustParseDate("2026-03-31")
			mustPost(t, db, p)
		}
		for i, at := range []string{"2026-02-28", "2026-03-01", "2026-04-01", "2026-05-01"} {
			p := call(fmt.Sprint(i), "2")
			p.Day = civil.MustParseDate(at)
			mustPost(t, db, p)
			if i == 1 {
				seal(t, db) // calls are filed then; those that follow are not yet
			}
		}
		got, err := ledger.HouseMonths(t.Context(), db, civil.MustParseDate("2026-03-01"), civil.MustParseDate("2026-04-30"))
		month := func(first string, amount money.Micro, count int64) ledger.HouseMonth {
			return ledger.HouseMonth{Month: civil.MustParseDate(first), HouseBalance: ledger.HouseBalance{Currency: "UAH", House: "revenue:call", Amount: amount * money.Unit, Count: count}}
		}
		if diff := cmp.Diff([]ledger.HouseMonth{month("2026-03-01", 72, 71), month("2026-04-01", 2, 1)}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

// An entry is read as it was booked, to the last field.
func TestEntryIsReadAsBooked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		p := fee("k", "3.25")
		entry := mustPost(t, db, p)
		want := ledger.Entry{
			ID: entry.ID, Project: ident.ProjectID("demo"), Seq: 1, Key: "k", Day: day, BookedAt: noon.Truncate(time.Microsecond), Kind: p.Kind,
			Item: p.Item, Quantity: 1, UnitPrice: p.UnitPrice, Amount: p.Amount, Cash: p.Amount, BalanceAfter: p.Amount, House: p.House, Ref: p.Ref,
			Rule: p.Rule, Book: p.Book, Explain: p.Explain,
		}
		read, err := ledger.GetEntry(t.Context(), db, demo, entry.ID)
		if err != nil {
			t.Fatal(err)
		}
		ignore := cmp.FilterPath(func(path cmp.Path) bool { return path.Last().String() == ".requestHash" }, cmp.Ignore())
		if diff := cmp.Diff(want, entry, ignore) + cmp.Diff(want, read, ignore); diff != "" {
			t.Error(diff)
		}
	})
}

// Each day begins with what all entries of the days before it sum to: twelve entries of 1.00 fall on five days in turn.
func TestBalancesBefore(t *testing.T) {
	t.Parallel()
	eachSealing(t, func(t *testing.T, db *store.DB) {
		got, err := ledger.BalancesBefore(t.Context(), db, demo, day-1, day+5)
		want := map[civil.Date]money.Micro{
			day - 1: 0, day: 0, day + 1: -3 * money.Unit, day + 2: -6 * money.Unit, day + 3: -8 * money.Unit, day + 4: -10 * money.Unit, day + 5: -12 * money.Unit,
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}
