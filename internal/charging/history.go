package charging

import (
	"context"
	"database/sql"
	"iter"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// historyPage is how many legs or messages are read at a time.
const historyPage = 1000

// LegsOf streams the legs of a usage day as Legs pages them. An error ends the stream.
func LegsOf(ctx context.Context, q store.Querier, project ident.ProjectID, day civil.Date) iter.Seq2[Leg, error] {
	return func(yield func(Leg, error) bool) {
		filter := LegFilter{Project: project, Day: day, Limit: historyPage}
		for {
			page, err := Legs(ctx, q, filter)
			if err != nil {
				yield(Leg{}, err)
				return
			}
			for _, leg := range page.Legs {
				if !yield(leg, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			filter.After = page.Next
		}
	}
}

// MessagesOf lists the messages charged on a usage day, in the order of booking; those to emergency numbers cost nothing
// and are left out.
func MessagesOf(ctx context.Context, q store.Querier, project ident.ProjectID, day civil.Date) ([]Message, error) {
	var keys []key
	for entry, err := range ledger.All(ctx, q, ledger.Filter{Project: project, FromDay: day, ToDay: day, Kinds: []pricing.Kind{pricing.SMS, pricing.Adjustment}}) {
		if err != nil {
			return nil, err
		}
		if entry.House == messageRevenue && entry.Reverses == 0 {
			keys = append(keys, key{project, entry.Ref})
		}
	}
	var messages []Message
	err := store.EachKey(ctx, q, "SELECT "+messageColumns+" FROM charging_message WHERE message_key IN (keys)", storedKeys(keys), func(rows *sql.Rows) error {
		m, err := scanMessage(rows.Scan)
		messages = append(messages, *m)
		return err
	})
	return messages, err
}
