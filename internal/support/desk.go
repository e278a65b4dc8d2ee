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

// Desk is somebody of the operator's side. Only DeskOf makes one.
type Desk struct {
	person  account.UserID
	by      audit.Actor
	mayEdit error
}

// DeskOf is the person behind a permit to the operator's organisation. errs.Denied `access.denied` for everybody else.
func DeskOf(p access.Permit) (Desk, error) {
	if _, err := p.May(access.View, access.Chat); err != nil {
		return Desk{}, err
	}
	if p.Self == "" || p.Org != ident.Operator {
		return Desk{}, errs.New(errs.Denied, "access.denied", "this is for the operator").
			With("action", access.View.String()).With("object", access.Chat.String())
	}
	_, err := p.May(access.Edit, access.Chat)
	return Desk{person: p.Self, by: p.Actor(), mayEdit: err}, nil
}

// Find gives a conversation; errs.NotFound `support.no_conversation`.
func (d Desk) Find(ctx context.Context, q store.Querier, id ConversationID) (Conversation, error) {
	return find(ctx, q, id, "")
}

// change runs fn on a locked conversation and writes what it changed.
func (d Desk) change(ctx context.Context, tx *store.Tx, id ConversationID, fn func(c *Conversation) error) (Conversation, error) {
	if d.mayEdit != nil {
		return Conversation{}, d.mayEdit
	}
	c, err := find(ctx, tx, id, locked)
	if err != nil {
		return Conversation{}, err
	}
	if err := fn(&c); err != nil {
		return Conversation{}, err
	}
	return c, c.save(ctx, tx)
}

// Answer adds an answer: it ends the wait and measures it, and whoever answers what nobody has claimed has it from then on
// (Rules S-05, S-07). An answer to a solved conversation leaves it solved. Errors: as Writer.Post, and errs.NotFound
// `support.no_conversation`.
func (d Desk) Answer(ctx context.Context, tx *store.Tx, id ConversationID, draft Draft, at time.Time) (Conversation, Message, error) {
	draft, err := draft.clean()
	if err != nil {
		return Conversation{}, Message{}, err
	}
	var m Message
	c, err := d.change(ctx, tx, id, func(c *Conversation) error {
		before, ok, err := c.posted(ctx, tx, d.person, draft)
		if ok || err != nil {
			m = before
			return err
		}
		m, err = c.add(ctx, tx, Message{At: at, Kind: Text, Side: Operator, Author: d.person, Body: draft.Body}, draft.ClientID)
		if err != nil {
			return err
		}
		if c.Claimed == "" {
			c.Claimed = d.person
		}
		if err := c.answered(ctx, tx, m); err != nil {
			return err
		}
		if err := c.markRead(ctx, tx, d.person, c.LastSeq); err != nil {
			return err
		}
		return c.record(ctx, tx, d.by, "answer", nil, line{m.Seq, utf8.RuneCountInString(m.Body)}, m.At)
	})
	return c, m, err
}

// answered ends the wait with the answer m.
func (c *Conversation) answered(ctx context.Context, tx *store.Tx, m Message) error {
	if c.Waiting.IsZero() {
		return nil
	}
	hours, err := GetHours(ctx, tx)
	if err != nil {
		return err
	}
	asked := c.Waiting
	c.Waiting = time.Time{}
	return tx.Insert(ctx, "support_response", []string{"conversation_id", "seq", "asked_at", "answered_at", "office_seconds"}, [][]any{{
		int64(c.ID), m.Seq, asked.UnixMicro(), m.At.UnixMicro(), int64(hours.Within(asked, m.At) / time.Second),
	}})
}

// claim is what the trail keeps of who has a conversation.
type claim struct {
	Claimed account.UserID `json:"claimed_by"`
}

// Claim takes a conversation, from a colleague too; a second time changes nothing (Rule S-07).
func (d Desk) Claim(ctx context.Context, tx *store.Tx, id ConversationID, at time.Time) (Conversation, error) {
	return d.assign(ctx, tx, id, d.person, at)
}

// Unclaim gives a conversation back to all.
func (d Desk) Unclaim(ctx context.Context, tx *store.Tx, id ConversationID, at time.Time) (Conversation, error) {
	return d.assign(ctx, tx, id, "", at)
}

func (d Desk) assign(ctx context.Context, tx *store.Tx, id ConversationID, to account.UserID, at time.Time) (Conversation, error) {
	return d.change(ctx, tx, id, func(c *Conversation) error {
		if c.Claimed == to {
			return nil
		}
		before := claim{c.Claimed}
		c.Claimed = to
		return c.record(ctx, tx, d.by, "claim", before, claim{to}, at)
	})
}

// Solve closes a conversation; whoever waited waits no more, and no response is measured (Rule S-08).
func (d Desk) Solve(ctx context.Context, tx *store.Tx, id ConversationID, at time.Time) (Conversation, error) {
	return d.turn(ctx, tx, id, true, at)
}

// Reopen opens a solved conversation again.
func (d Desk) Reopen(ctx context.Context, tx *store.Tx, id ConversationID, at time.Time) (Conversation, error) {
	return d.turn(ctx, tx, id, false, at)
}

func (d Desk) turn(ctx context.Context, tx *store.Tx, id ConversationID, solved bool, at time.Time) (Conversation, error) {
	return d.change(ctx, tx, id, func(c *Conversation) error {
		if c.Solved == solved {
			return nil
		}
		kind, action := Reopened, "reopen"
		if solved {
			kind, action, c.Waiting = Solved, "solve", time.Time{}
		}
		before := map[string]bool{"solved": c.Solved}
		c.Solved = solved
		if _, err := c.add(ctx, tx, Message{At: at, Kind: kind, Side: Operator, Author: d.person}, ""); err != nil {
			return err
		}
		return c.record(ctx, tx, d.by, action, before, map[string]bool{"solved": solved}, at)
	})
}

// Seen notes that this person of the operator's side has read up to a message.
func (d Desk) Seen(ctx context.Context, tx *store.Tx, id ConversationID, seq int64) error {
	if d.mayEdit != nil {
		return d.mayEdit
	}
	c, err := find(ctx, tx, id, "")
	if err != nil {
		return err
	}
	return c.markRead(ctx, tx, d.person, seq)
}

// MayEdit tells why this person may only look; nil where they may answer.
func (d Desk) MayEdit() error { return d.mayEdit }
