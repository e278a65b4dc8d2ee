package support

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// answer takes an answer: by the form of the desk, or by the script of the conversation.
func (p *pages) answer(v *cabinet.Visit) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	id, err := conversationOf(v)
	if err != nil {
		return err
	}
	draft := draftOf(v)
	var c talk.Conversation
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		c, _, err = d.Answer(ctx, tx, id, draft, v.At)
		return err
	})
	switch {
	case errs.KindOf(err) == errs.Invalid && isPart(v):
		text, _ := v.Error(err)
		return v.RenderWrongPart(ui.TalkWrong("talk", text))
	case errs.KindOf(err) == errs.Invalid:
		return p.showDesk(v, err)
	case err != nil:
		return err
	}
	p.publish(c)
	if isPart(v) {
		return p.renderAfter(v, teller{v, talk.Operator}, c, formSeq(v, "after"))
	}
	return v.Go(here(v, id))
}

// here is the conversation's page at the desk, in the queue one came from.
func here(v *cabinet.Visit, id talk.ConversationID) string {
	return deskBase + "/" + strconv.FormatInt(int64(id), 10) + "?" + url.Values{"queue": {string(queueOf(v))}}.Encode()
}

// step is something the desk does with a conversation.
type step struct {
	do   func(d talk.Desk, ctx context.Context, tx *store.Tx, id talk.ConversationID, at time.Time) (talk.Conversation, error)
	says lang.Key
	undo string // the step that undoes it
	list bool   // it goes back to the queue: nothing more is to be done here
}

var steps = map[string]step{
	"claim":   {do: talk.Desk.Claim, says: "support.done_claim", undo: "unclaim"},
	"unclaim": {do: talk.Desk.Unclaim, says: "support.done_unclaim", undo: "claim"},
	"solve":   {do: talk.Desk.Solve, says: "support.done_solve", undo: "reopen", list: true},
	"reopen":  {do: talk.Desk.Reopen, says: "support.done_reopen", undo: "solve"},
}

// take makes the action of a step.
func (p *pages) take(s step) cabinet.Action {
	return func(v *cabinet.Visit) error {
		d, err := deskOf(v)
		if err != nil {
			return err
		}
		id, err := conversationOf(v)
		if err != nil {
			return err
		}
		var c talk.Conversation
		err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = s.do(d, ctx, tx, id, v.At)
			return err
		})
		if err != nil {
			return err
		}
		p.publish(c)
		to := here(v, id)
		undo := deskBase + "/" + strconv.FormatInt(int64(id), 10) + "/" + s.undo + "?" + url.Values{"queue": {string(queueOf(v))}}.Encode()
		if s.list {
			to = deskBase + "?" + url.Values{"queue": {string(queueOf(v))}}.Encode()
		}
		return v.Done(to, ui.Toast{Text: v.T(s.says), Undo: undo})
	}
}

// deskLines answers with what was said after ?after=.
func (p *pages) deskLines(v *cabinet.Visit) error {
	c, _, err := p.conversation(v)
	if err != nil {
		return err
	}
	return p.renderAfter(v, teller{v, talk.Operator}, c, formSeq(v, "after"))
}

// conversation is the one in the path, and who sits at the desk.
func (p *pages) conversation(v *cabinet.Visit) (talk.Conversation, talk.Desk, error) {
	d, err := deskOf(v)
	if err != nil {
		return talk.Conversation{}, d, err
	}
	id, err := conversationOf(v)
	if err != nil {
		return talk.Conversation{}, d, err
	}
	c, err := d.Find(v.Context(), p.DB, id)
	return c, d, err
}

// deskSeen notes how far this one of the operator's side has read.
func (p *pages) deskSeen(v *cabinet.Visit) error {
	c, d, err := p.conversation(v)
	if err != nil {
		return err
	}
	p.noteDeskSeen(v, d, c, formSeq(v, "seq"))
	v.W.WriteHeader(http.StatusNoContent)
	return nil
}
