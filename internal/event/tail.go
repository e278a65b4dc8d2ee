package event

import (
	"context"

	"bellwether/internal/store"
)

// Tail shows one process the events of some topics from where the outbox stands at its first look. Each node has one of its own and
// sees every event, where those of a Subscriber go to one node. Nothing of it is kept: what happens while the process is down it never
// shows. It is for open pages, which read everything when they open.
type Tail struct {
	db     *store.DB
	topics []string
	at     int64 // the position up to which everything was shown
	began  bool
}

// NewTail makes one of certain topics, named whole.
func NewTail(db *store.DB, topics ...string) *Tail { return &Tail{db: db, topics: topics} }

// Next gives the events since the last look in the order of their positions. It is called by one goroutine.
func (t *Tail) Next(ctx context.Context) ([]Event, error) {
	if !t.began {
		at, err := lastPosition(ctx, t.db)
		t.at, t.began = at, err == nil
		return nil, err
	}
	if _, err := order(ctx, t.db); err != nil {
		return nil, err
	}
	upTo, err := lastPosition(ctx, t.db)
	if err != nil || upTo == t.at {
		return nil, err
	}
	where, args := `position > $1 AND position <= $2 AND topic IN (`+store.List(3, len(t.topics))+`) ORDER BY position`, []any{t.at, upTo}
	for _, topic := range t.topics {
		args = append(args, topic)
	}
	events, err := read(ctx, t.db, where, args...)
	if err == nil {
		t.at = upTo
	}
	return events, err
}

// lastPosition is the last one given.
func lastPosition(ctx context.Context, q store.Querier) (at int64, err error) {
	return at, q.QueryRow(ctx, `SELECT COALESCE((SELECT position FROM event_cursor WHERE subscriber = $1), 0)`, orderer).Scan(&at)
}
