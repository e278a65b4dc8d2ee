package support

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// ConversationID numbers conversations in the order in which they began.
type ConversationID int64

// Conversation is what one person and the operator's side say to each other.
type Conversation struct {
	ID       ConversationID
	Org      ident.Org // the project or agency the person wrote from; none for somebody who belongs to none
	Person   account.UserID
	Solved   bool
	Claimed  account.UserID // who of the operator's side has it; empty for nobody
	OpenedAt time.Time
	LastAt   time.Time // of its last message
	LastSeq  int64
	LastSide Side
	Waiting  time.Time // since when the person waits for an answer; zero where they do not
	Page     string    // where the person was last, as far as known
	PageAt   time.Time
}

const conversationColumns = `conversation_id, org, user_id, state, claimed_by, opened_at, last_at, last_seq, last_side, waiting_since, page, page_at`

const (
	stateOpen   = "open"
	stateSolved = "solved"
)

func scanConversation(row interface{ Scan(...any) error }) (Conversation, error) {
	var c Conversation
	var org, state string
	var opened, last, waiting, pageAt int64
	err := row.Scan(&c.ID, &org, &c.Person, &state, &c.Claimed, &opened, &last, &c.LastSeq, &c.LastSide, &waiting, &c.Page, &pageAt)
	kind, id, _ := strings.Cut(org, ":")
	c.Org, c.Solved = ident.Org{Kind: ident.OrgKind(kind), ID: id}, state == stateSolved
	c.OpenedAt, c.LastAt, c.Waiting, c.PageAt = instant(opened), instant(last), instant(waiting), instant(pageAt)
	return c, err
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// find reads a conversation by its number; errs.NotFound `support.no_conversation`.
func find(ctx context.Context, q store.Querier, id ConversationID, lock string) (Conversation, error) {
	c, err := scanConversation(q.QueryRow(ctx, `SELECT `+conversationColumns+` FROM support_conversation WHERE conversation_id = $1`+lock, int64(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return Conversation{}, errs.New(errs.NotFound, "support.no_conversation", "there is no such conversation").At("conversation")
	}
	return c, err
}

const locked = " FOR UPDATE"

// of reads the conversation of a person in an organisation; ok is false before its first message.
func of(ctx context.Context, q store.Querier, org ident.Org, person account.UserID) (c Conversation, ok bool, err error) {
	c, err = scanConversation(q.QueryRow(ctx, `SELECT `+conversationColumns+` FROM support_conversation WHERE org = $1 AND user_id = $2`,
		org.String(), string(person)))
	if errors.Is(err, sql.ErrNoRows) {
		return Conversation{}, false, nil
	}
	return c, err == nil, err
}

// Messages gives up to limit messages before one (from the last where before is 0), in their order. Whoever calls it has
// asked for the conversation, and so for the right to read it.
func (c Conversation) Messages(ctx context.Context, q store.Querier, before int64, limit int) ([]Message, error) {
	if before == 0 {
		before = c.LastSeq + 1
	}
	list, err := c.messages(ctx, q, `seq < $2 ORDER BY seq DESC LIMIT $3`, before, limit)
	slices.Reverse(list)
	return list, err
}

// MessagesFrom gives up to limit messages from one on.
func (c Conversation) MessagesFrom(ctx context.Context, q store.Querier, seq int64, limit int) ([]Message, error) {
	return c.messages(ctx, q, `seq >= $2 ORDER BY seq LIMIT $3`, seq, limit)
}

func (c Conversation) messages(ctx context.Context, q store.Querier, which string, seq int64, limit int) (list []Message, err error) {
	return list, store.EachRow(ctx, q, `SELECT seq, at, kind, side, author, body, page FROM support_message WHERE conversation_id = $1 AND `+which,
		[]any{int64(c.ID), seq, limit}, func(rows *sql.Rows) error {
			var m Message
			var at int64
			err := rows.Scan(&m.Seq, &at, &m.Kind, &m.Side, &m.Author, &m.Body, &m.Page)
			m.At = instant(at)
			list = append(list, m)
			return err
		})
}

// readUpTo is how far somebody has read.
func (c Conversation) readUpTo(ctx context.Context, q store.Querier, reader account.UserID) (seq int64, err error) {
	err = q.QueryRow(ctx, `SELECT seq FROM support_read WHERE conversation_id = $1 AND user_id = $2`, int64(c.ID), string(reader)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// unread counts the other side's messages beyond what a reader has read.
func (c Conversation) unread(ctx context.Context, q store.Querier, reader account.UserID, of Side) (n int, err error) {
	read, err := c.readUpTo(ctx, q, reader)
	if err != nil || read >= c.LastSeq {
		return 0, err
	}
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM support_message WHERE conversation_id = $1 AND seq > $2 AND side = $3 AND kind = 'text'`,
		int64(c.ID), read, string(of)).Scan(&n)
	return n, err
}

// markRead notes how far somebody has read; it never goes back (Rule S-04).
func (c Conversation) markRead(ctx context.Context, tx *store.Tx, reader account.UserID, seq int64) error {
	seq = min(seq, c.LastSeq)
	if seq <= 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO support_read (conversation_id, user_id, seq) VALUES ($1, $2, $3)
		ON CONFLICT (conversation_id, user_id) DO UPDATE SET seq = excluded.seq WHERE support_read.seq < excluded.seq`,
		int64(c.ID), string(reader), seq)
	return err
}
