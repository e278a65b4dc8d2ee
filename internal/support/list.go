package support

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Queue is which conversations the operator's side looks at.
type Queue string

// The queues.
const (
	WaitingQueue Queue = "waiting" // somebody waits for an answer, the longest wait first
	MineQueue    Queue = "mine"    // claimed by whoever looks, and open
	OpenQueue    Queue = "open"
	SolvedQueue  Queue = "solved"
)

// Queues are all queues, in the order in which they are shown.
var Queues = []Queue{WaitingQueue, MineQueue, OpenQueue, SolvedQueue}

// Listed is a conversation in a queue.
type Listed struct {
	Conversation
	Unread int    // of the person's messages, by whoever looks
	Last   string // the beginning of the last thing said
}

// Place is where a page of a queue begins: after a conversation. The zero Place is the beginning.
type Place struct {
	At time.Time // the instant by which the queue is ordered
	ID ConversationID
}

// Place is the conversation's own in a queue.
func (l Listed) Place(queue Queue) Place {
	if queue == WaitingQueue {
		return Place{l.Waiting, l.ID}
	}
	return Place{l.LastAt, l.ID}
}

// queueText is the condition and the order of each queue; $1 is who looks, $2 and $3 are the place after which to begin.
var queueText = map[Queue]string{
	WaitingQueue: `waiting_since > 0 AND $1 <> '' AND (waiting_since, conversation_id) > ($2, $3) ORDER BY waiting_since, conversation_id`,
	MineQueue:    `claimed_by = $1 AND state = 'open' AND (last_at, conversation_id) < ($2, $3) ORDER BY last_at DESC, conversation_id DESC`,
	OpenQueue:    `state = 'open' AND $1 <> '' AND (last_at, conversation_id) < ($2, $3) ORDER BY last_at DESC, conversation_id DESC`,
	SolvedQueue:  `state = 'solved' AND $1 <> '' AND (last_at, conversation_id) < ($2, $3) ORDER BY last_at DESC, conversation_id DESC`,
}

const endOfTime = int64(1) << 62

// List gives up to limit conversations of a queue after a place. errs.Invalid `support.bad_queue`.
func (d Desk) List(ctx context.Context, q store.Querier, queue Queue, after Place, limit int) ([]Listed, error) {
	text, ok := queueText[queue]
	if !ok {
		return nil, errs.New(errs.Invalid, "support.bad_queue", "%.40q is not a queue", queue).At("queue")
	}
	from := []any{string(d.person), micros(after.At), int64(after.ID)}
	if after.At.IsZero() && queue != WaitingQueue {
		from = []any{string(d.person), endOfTime, int64(0)}
	}
	var list []Listed
	err := store.EachRow(ctx, q, `SELECT `+conversationColumns+` FROM support_conversation WHERE `+text+` LIMIT $4`, append(from, limit),
		func(rows *sql.Rows) error {
			c, err := scanConversation(rows)
			list = append(list, Listed{Conversation: c})
			return err
		})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, d.complete(ctx, q, list)
}

// complete reads what is unread and said last in the conversations of a page.
func (d Desk) complete(ctx context.Context, q store.Querier, list []Listed) error {
	places := map[int64]int{}
	ids := make([]any, len(list))
	for i, l := range list {
		ids[i], places[int64(l.ID)] = int64(l.ID), i
	}
	return store.EachList(ids, func(in string, args []any) error {
		reader := store.List(len(args)+1, 1)
		return store.EachRow(ctx, q, `SELECT m.conversation_id,
				COALESCE(SUM(CASE WHEN m.side = 'customer' AND m.seq > COALESCE(r.seq, 0) THEN 1 ELSE 0 END), 0),
				COALESCE(MAX(CASE WHEN m.seq = c.last_text THEN m.body ELSE '' END), '')
			FROM support_message AS m
			JOIN (SELECT conversation_id, MAX(seq) AS last_text FROM support_message WHERE kind = 'text' AND conversation_id IN (`+in+`) GROUP BY conversation_id) AS c
				ON c.conversation_id = m.conversation_id
			LEFT JOIN support_read AS r ON r.conversation_id = m.conversation_id AND r.user_id = `+reader+`
			WHERE m.kind = 'text' AND m.conversation_id IN (`+in+`) AND (m.seq > COALESCE(r.seq, 0) OR m.seq = c.last_text)
			GROUP BY m.conversation_id`, append(args, string(d.person)), func(rows *sql.Rows) error {
			var id int64
			var unread int
			var last string
			err := rows.Scan(&id, &unread, &last)
			if i, ok := places[id]; ok {
				list[i].Unread, list[i].Last = unread, beginning(last)
			}
			return err
		})
	})
}

// beginning is the first words of a text on one line.
func beginning(text string) string {
	const enough = 120
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) > enough {
		return string(letters[:enough]) + "…"
	}
	return string(letters)
}

// Recent gives the conversations whose last message is not older than an instant: for telling pages that are open on another
// node.
func Recent(ctx context.Context, q store.Querier, since time.Time) (list []Conversation, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+conversationColumns+` FROM support_conversation WHERE last_at >= $1`, []any{since.UnixMicro()},
		func(rows *sql.Rows) error {
			c, err := scanConversation(rows)
			list = append(list, c)
			return err
		})
}

// Waiting counts the conversations in which somebody waits for an answer.
func (d Desk) Waiting(ctx context.Context, q store.Querier) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM support_conversation WHERE waiting_since > 0`).Scan(&n)
	return n, err
}

// Unread counts the person's messages that this colleague has not read.
func (d Desk) Unread(ctx context.Context, q store.Querier, c Conversation) (int, error) {
	return c.unread(ctx, q, d.person, Customer)
}

// Mine tells whether this colleague has a conversation.
func (d Desk) Mine(c Conversation) bool { return c.Claimed == d.person }

// Person is who sits at the desk.
func (d Desk) Person() account.UserID { return d.person }
