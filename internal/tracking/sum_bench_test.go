package tracking_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
)

const benchVisits = 1_000_000

// BenchmarkReport asks for the sources of 90 days with a million visits, from visits and from their sums (Rule C-110).
func BenchmarkReport(b *testing.B) {
	events := storetest.Open(b, store.Options{DSN: storetest.SQLiteDSN(b)}.Of(store.Events))
	began := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	ended := began.Add(90 * 24 * time.Hour)
	fillVisits(b, events, began, ended)
	q := tracking.SumQuery{From: began, Until: ended, By: []tracking.Dimension{tracking.OfSource, tracking.OfMedium, tracking.OfCampaign}}
	ask := func(b *testing.B) {
		for b.Loop() {
			if sums, err := tracking.Sums(b.Context(), events, "shop", q); err != nil || len(sums) == 0 {
				b.Fatal(len(sums), err)
			}
		}
	}
	b.Run("visits", ask)
	for {
		hours, err := tracking.Roll(b.Context(), events, "shop", ended.Add(48*time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		if hours == 0 {
			break
		}
	}
	b.Run("sums", ask)
}

func fillVisits(b *testing.B, events *store.DB, began, ended time.Time) {
	b.Helper()
	visit := []string{
		"project_id", "visit_id", "site_id", "visitor_id", "ordinal", "previous", "landing", "referrer", "source", "medium", "campaign", "term", "content", "channel", "kind", "evidence",
		"clicks", "device", "system", "browser", "language", "country", "region", "city", "address", "screen", "consent", "bot", "custom",
	}
	activity := []string{"project_id", "visit_id", "last_at", "left_at", "hits", "pages", "page", "contacts", "phone", "taps", "tapped_at", "numbers"}
	var ids ident.Sequence
	step := ended.Sub(began) / benchVisits
	const together = 10_000
	for n := 0; n < benchVisits; n += together {
		if err := events.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
			visits, activities := make([][]any, together), make([][]any, together)
			for i := range visits {
				at := began.Add(time.Duration(n+i) * step)
				id := ids.Next(at)
				source, campaign := fmt.Sprint("source", i%6), fmt.Sprint("campaign", i%30) // as many as a shop has
				visits[i] = []any{
					"shop", id, "site", "", 1, 0, "https://shop.example/tea?utm_source=google&utm_medium=cpc", "https://www.google.com/", source, "cpc", campaign, "tea", "", "Paid Search", "search", "tags",
					"gclid=abc\n", "mobile", "Android", "Chrome", "uk-UA", "UA", "30", "Kyiv", "203.0.113.0/24", 412, 2, "", "",
				}
				activities[i] = []any{"shop", id, at.Add(time.Minute).UnixMicro(), 0, 5, 3, "https://shop.example/tea", false, "", i % 50 / 49, 0, "t1 +380443337701 leased pool rule\n"}
			}
			if err := tx.Insert(ctx, "tracking_visit", visit, visits); err != nil {
				return err
			}
			return tx.Insert(ctx, "tracking_activity", activity, activities)
		}); err != nil {
			b.Fatal(err)
		}
	}
}
