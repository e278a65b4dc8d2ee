package support

import (
	"context"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Writer is a person on the customers' side of a conversation. Only WriterOf and SomebodyOf make one.
type Writer struct {
	org     ident.Org
	person  account.UserID
	by      audit.Actor
	mayPost error // why not, for whoever may only look
}

// WriterOf is the person behind a permit to a project or an agency. errs.Denied `access.denied` for whoever may not read
// there, for keys that nobody made, and for the operator's own organisation.
func WriterOf(p access.Permit) (Writer, error) {
	if _, err := p.May(access.View, access.Chat); err != nil {
		return Writer{}, err
	}
	if p.Self == "" || p.Org.Kind == ident.OperatorKind {
		return Writer{}, errs.New(errs.Denied, "access.denied", "conversations are between people and the operator's side").
			With("action", access.View.String()).With("object", access.Chat.String())
	}
	_, err := p.May(access.Edit, access.Chat)
	return Writer{org: p.Org, person: p.Self, by: p.Actor(), mayPost: err}, nil
}

// SomebodyOf is the person behind a session who writes from no organisation: signed in, and a member of none.
func SomebodyOf(s account.Session, from audit.Actor) Writer {
	w := Writer{person: s.User, by: access.BySession(s, from).Actor()}
	if s.ViewingAs != "" {
		w.person = s.ViewingAs
		w.mayPost = errs.New(errs.Denied, "access.only_viewing", "whoever views as somebody else changes nothing").Try("end the view first")
	}
	return w
}

// Find gives the writer's conversation; ok is false before its first message.
func (w Writer) Find(ctx context.Context, q store.Querier) (c Conversation, ok bool, err error) {
	return of(ctx, q, w.org, w.person)
}

// Unread counts the answers that the writer has not read.
func (w Writer) Unread(ctx context.Context, q store.Querier) (int, error) {
	c, ok, err := w.Find(ctx, q)
	if err != nil || !ok {
		return 0, err
	}
	return c.unread(ctx, q, w.person, Operator)
}

// Seen notes that the writer has read up to a message, and the page they are on (Rule S-04). Whoever only views changes
// nothing and gets no error.
func (w Writer) Seen(ctx context.Context, tx *store.Tx, seq int64, page string, at time.Time) error {
	c, ok, err := w.Find(ctx, tx)
	if err != nil || !ok || w.mayPost != nil {
		return err
	}
	if page = cleanPage(page); page != "" {
		_, err = tx.Exec(ctx, `UPDATE support_conversation SET page = $2, page_at = $3 WHERE conversation_id = $1`, int64(c.ID), page, at.UnixMicro())
		if err != nil {
			return err
		}
	}
	return c.markRead(ctx, tx, w.person, seq)
}

// Post adds the writer's message: it begins the conversation or opens a solved one again, and the wait for an answer begins
// (Rules S-02, S-05). Errors: those of whoever may not, errs.Invalid `support.empty`, `support.too_long`,
// `support.bad_client_id`, errs.Conflict `support.client_id_reused`.
func (w Writer) Post(ctx context.Context, tx *store.Tx, d Draft, at time.Time) (Conversation, Message, error) {
	if w.mayPost != nil {
		return Conversation{}, Message{}, w.mayPost
	}
	d, err := d.clean()
	if err != nil {
		return Conversation{}, Message{}, err
	}
	c, err := begin(ctx, tx, w.org, w.person, at)
	if err != nil {
		return Conversation{}, Message{}, err
	}
	if m, ok, err := c.posted(ctx, tx, w.person, d); ok || err != nil {
		return c, m, err
	}
	if c.Solved {
		c.Solved = false
		if _, err := c.add(ctx, tx, Message{At: at, Kind: Reopened, Side: Customer, Author: w.person}, ""); err != nil {
			return Conversation{}, Message{}, err
		}
	}
	m, err := c.add(ctx, tx, Message{At: at, Kind: Text, Side: Customer, Author: w.person, Body: d.Body, Page: d.Page}, d.ClientID)
	if err != nil {
		return Conversation{}, Message{}, err
	}
	if c.Waiting.IsZero() {
		c.Waiting = m.At
	}
	if d.Page != "" {
		c.Page, c.PageAt = d.Page, m.At
	}
	return c, m, w.settle(ctx, tx, c, m)
}

// settle writes the conversation, that its writer has read it, and the trail.
func (w Writer) settle(ctx context.Context, tx *store.Tx, c Conversation, m Message) error {
	if err := c.save(ctx, tx); err != nil {
		return err
	}
	if err := c.markRead(ctx, tx, w.person, c.LastSeq); err != nil {
		return err
	}
	return c.record(ctx, tx, w.by, "post", nil, line{m.Seq, utf8.RuneCountInString(m.Body)}, m.At)
}

// MayPost tells why the writer may not post; nil where they may.
func (w Writer) MayPost() error { return w.mayPost }
