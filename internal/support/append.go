package support

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

var conversations ident.Sequence

// begin finds or makes the conversation of a person in an organisation, and locks it.
func begin(ctx context.Context, tx *store.Tx, org ident.Org, person account.UserID, at time.Time) (Conversation, error) {
	_, err := tx.Exec(ctx, `INSERT INTO support_conversation (`+conversationColumns+`)
		VALUES ($1, $2, $3, 'open', '', $4, $4, 0, 'customer', 0, '', 0) ON CONFLICT DO NOTHING`,
		conversations.Next(tx.Now()), org.String(), string(person), at.UnixMicro())
	if err != nil {
		return Conversation{}, err
	}
	return scanConversation(tx.QueryRow(ctx, `SELECT `+conversationColumns+` FROM support_conversation WHERE org = $1 AND user_id = $2`+locked,
		org.String(), string(person)))
}

// posted finds a message that its author posted before under the same client id; another text under it is errs.Conflict
// `support.client_id_reused` (Rule S-02).
func (c Conversation) posted(ctx context.Context, tx *store.Tx, author account.UserID, d Draft) (m Message, ok bool, err error) {
	var at int64
	err = tx.QueryRow(ctx, `SELECT seq, at, kind, side, body, page FROM support_message WHERE conversation_id = $1 AND author = $2 AND client_id = $3`,
		int64(c.ID), string(author), d.ClientID).Scan(&m.Seq, &at, &m.Kind, &m.Side, &m.Body, &m.Page)
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, false, nil
	}
	if err == nil && m.Body != d.Body {
		err = errs.New(errs.Conflict, "support.client_id_reused", "another message was sent under this client id").At("client_id").Try("send it under a new one")
	}
	m.At, m.Author = instant(at), author
	return m, err == nil, err
}

// add appends a line to a locked conversation and keeps c true.
func (c *Conversation) add(ctx context.Context, tx *store.Tx, m Message, clientID string) (Message, error) {
	c.LastSeq++
	m.Seq = c.LastSeq
	if m.At.Before(c.LastAt) {
		m.At = c.LastAt // a clock that went back does not turn the order round
	}
	c.LastAt, c.LastSide = m.At, m.Side
	if clientID == "" {
		clientID = "." + strconv.FormatInt(m.Seq, 10) // no draft has a dot
	}
	return m, tx.Insert(ctx, "support_message", []string{"conversation_id", "seq", "at", "kind", "side", "author", "client_id", "body", "page"}, [][]any{{
		int64(c.ID), m.Seq, m.At.UnixMicro(), string(m.Kind), string(m.Side), string(m.Author), clientID, m.Body, m.Page,
	}})
}

// save writes what changed of a locked conversation.
func (c Conversation) save(ctx context.Context, tx *store.Tx) error {
	state := stateOpen
	if c.Solved {
		state = stateSolved
	}
	_, err := tx.Exec(ctx, `UPDATE support_conversation SET state = $2, claimed_by = $3, last_at = $4, last_seq = $5, last_side = $6,
		waiting_since = $7, page = $8, page_at = $9 WHERE conversation_id = $1`, int64(c.ID), state, string(c.Claimed), c.LastAt.UnixMicro(), c.LastSeq,
		string(c.LastSide), micros(c.Waiting), c.Page, micros(c.PageAt))
	return err
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// record writes the trail of a conversation. What was said stays in the conversation.
func (c Conversation) record(ctx context.Context, tx *store.Tx, by audit.Actor, action string, before, after any, at time.Time) error {
	return audit.Write(ctx, tx, by, at, audit.Change{
		Org: c.Org, Object: "conversation", ObjectID: strconv.FormatInt(int64(c.ID), 10), Action: action, Before: before, After: after,
	})
}

// line is what the trail keeps of a message.
type line struct {
	Seq        int64 `json:"seq"`
	Characters int   `json:"characters"`
}
