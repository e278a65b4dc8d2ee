package mail

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/store"
)

// Lag is how far the delivery is behind, for the metrics and the pages that show whether all is well.
type Lag struct {
	Waiting int64
	Oldest  time.Time // when the one that has waited for longest was put; zero where none waits
	Tries   int64     // most tries that a waiting one has behind it
	Failed  int64     // ended without having been sent, in the month that is kept
	Error   string    // of a waiting one's last try, without addresses; empty where there is none
}

// GetLag measures it.
func GetLag(ctx context.Context, q store.Querier) (Lag, error) {
	var l Lag
	var oldest int64
	err := q.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MIN(queued_at), 0), COALESCE(MAX(attempts), 0), COALESCE(MAX(error), ''),
			(SELECT COUNT(*) FROM mail_message WHERE ended_at > 0 AND state = 'failed')
		FROM mail_message WHERE state = 'waiting'`).Scan(&l.Waiting, &oldest, &l.Tries, &l.Error, &l.Failed)
	if oldest > 0 {
		l.Oldest = time.UnixMicro(oldest).UTC()
	}
	return l, err
}

// reason is an error as it is logged and kept: without the recipient, in one line, bounded.
func reason(err error, to string) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "")), " ")
	if shown, problem := inASCII(to); problem == nil {
		text = strings.ReplaceAll(text, shown, "the recipient")
	}
	text = strings.ReplaceAll(text, to, "the recipient")
	if len(text) > longestError {
		text = strings.ToValidUTF8(text[:longestError], "") + "…"
	}
	return text
}
