package simulate

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A number that was put to another use and back, on a day and over a month's turn, replays to its ledger: an export tells of
// no number held twice, and nothing is paid in advance once more. Rules B-08, B-32, B-39.
func TestANumberOfAnotherUseReplays(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 3, 20, 8, 0, 0, 0, time.UTC)
	for name, book := range map[string]Event{
		"ringostat": {Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", BookVersion: "2021-01-01", Number: "+380443337701"},
		"k50":       {Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50", BookVersion: "2016-03-09", Number: "+74951234567"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				open, number := book, book.Number
				open.At, open.Type, open.Project, open.Number = opened, "project.open", "user", ""
				events := []Event{open, {At: opened, Type: "payment", ID: "p", amount: money.MustParse("50000"), Method: "bank"}}
				if name == "ringostat" {
					events = append(events, Event{At: opened, Type: "product.on", Product: "virtual_pbx"}, Event{At: opened, Type: "product.on", Product: "call_tracking"})
				}
				events = append(events, Event{At: opened, Type: "number.rent", Number: number, Owner: "operator", Kind: "local", Use: "pbx"},
					Event{At: opened.Add(time.Minute), Type: "end"})
				id, _ := live(t, db, events, pricebook.Shipped())
				bills := billing.New(pricebook.Shipped())
				night := &billing.Night{Billing: bills, DB: db}
				uses := []struct {
					after time.Duration
					use   string
				}{{time.Hour, "tracking"}, {2 * time.Hour, "pbx"}, {30 * time.Hour, "tracking"}, {15 * 24 * time.Hour, "pbx"}}
				for _, change := range uses {
					at := opened.Add(change.after)
					if _, err := night.Run(context.Background(), at); err != nil {
						t.Fatal(err)
					}
					err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
						return bills.SetNumberUse(ctx, tx, id, number, change.use, at)
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				now := opened.Add(45 * 24 * time.Hour)
				if _, err := night.Run(context.Background(), now); err != nil {
					t.Fatal(err)
				}
				replays(t, db, id, now, name, true)
			})
		})
	}
}
