package support

import (
	"context"
	"crypto/rand"
	"strconv"

	"github.com/a-h/templ"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// writerOf is the visitor as the writer of a conversation.
func writerOf(v *cabinet.Visit) (talk.Writer, error) {
	if v.Org == (ident.Org{}) {
		return talk.SomebodyOf(v.Principal.Session, v.Principal.From), nil
	}
	return talk.WriterOf(v.Permit)
}

// baseOf is where the visitor's conversation is.
func baseOf(v *cabinet.Visit) string {
	if v.Org == (ident.Org{}) {
		return "/me" + path
	}
	return v.Path(path)
}

// deskAt is the visitor as one of the operator's side, if they are.
func (p *pages) deskAt(v *cabinet.Visit) (talk.Desk, bool) {
	permit, err := p.Gate.Enter(v.Context(), v.Principal, ident.Operator, v.At)
	if err != nil {
		return talk.Desk{}, false
	}
	d, err := talk.DeskOf(permit)
	return d, err == nil
}

// corner is what stands in the corner of every page: the way to the desk for the operator's side, the conversation for all
// others who may read theirs.
func (p *pages) corner(v *cabinet.Visit) templ.Component {
	if d, ok := p.deskAt(v); ok {
		return p.deskCorner(v, d)
	}
	w, err := writerOf(v)
	if err != nil {
		return nil
	}
	base := baseOf(v)
	return ui.ChatView{Text: v.T("support.title"), Href: base, Panel: base + "/panel", Count: p.countOf(v, w)}.Draw()
}

func (p *pages) countOf(v *cabinet.Visit, w talk.Writer) ui.ChatCount {
	n, err := w.Unread(v.Context(), p.DB)
	if err != nil {
		p.Log.Error("counting unread answers", "error", err)
	}
	return ui.ChatCount{N: n, Text: v.T("support.unread"), Topic: topicOf(v), Refresh: baseOf(v) + "/count"}
}

// topicOf is what tells the visitor's pages of their conversation; somebody without an organisation has none.
func topicOf(v *cabinet.Visit) string {
	if v.Org == (ident.Org{}) {
		return ""
	}
	return cabinet.Topic(v.Org, cabinet.TopicChat)
}

// count answers with the number in the corner.
func (p *pages) count(v *cabinet.Visit) error {
	w, err := writerOf(v)
	if err != nil {
		return err
	}
	return v.RenderPart(p.countOf(v, w).Draw())
}

// head answers with who is there.
func (p *pages) head(v *cabinet.Visit) error {
	s, err := p.stateAt(v)
	if err != nil {
		return err
	}
	return v.RenderPart(s.headOf(v, baseOf(v)+"/head").Draw())
}

// talkOf is the visitor's conversation, as its last lines before one.
func (p *pages) talkOf(v *cabinet.Visit, w talk.Writer, id string, before int64) (ui.Talk, error) {
	base := baseOf(v)
	t := ui.Talk{ID: id, Label: v.T("support.log"), Empty: v.T("support.nothing_yet")}
	err := v.Read(func(ctx context.Context, q store.Querier) error {
		c, ok, err := w.Find(ctx, q)
		if err != nil || !ok {
			return err
		}
		lines, older, err := teller{v, talk.Customer}.latest(ctx, q, c, before)
		t.Lines = lines
		if older > 0 {
			t.Older = base + "?before=" + strconv.FormatInt(older, 10)
		}
		return err
	})
	if before > 0 {
		return t, err // what was said before is read, and nothing else
	}
	t.Topic, t.Fresh, t.Seen = topicOf(v), base+"/lines", base+"/seen"
	if why := w.MayPost(); why != nil {
		t.Off, _ = v.Error(why)
		return t, err
	}
	t.Action = base
	t.Draft = ui.TalkDraft{ClientID: rand.Text(), Label: v.T("support.message"), Longest: talk.LongestBody}
	return t, err
}

// panel answers with what the chat in the corner holds.
func (p *pages) panel(v *cabinet.Visit) error {
	w, err := writerOf(v)
	if err != nil {
		return err
	}
	s, err := p.stateAt(v)
	if err != nil {
		return err
	}
	t, err := p.talkOf(v, w, "chat-talk", 0)
	if err != nil {
		return err
	}
	return v.RenderPart(chatBody(s.headOf(v, baseOf(v)+"/head"), t))
}

// page is the conversation on a page of its own. The operator's side has its desk instead, and somebody with an
// organisation that organisation's page.
func (p *pages) page(v *cabinet.Visit) error {
	if _, ok := p.deskAt(v); ok {
		return v.Go("/op" + path)
	}
	if v.Org == (ident.Org{}) {
		belongings, err := p.Gate.Belongings(v.Context(), v.Principal, v.At)
		if err != nil {
			return err
		}
		if len(belongings) > 0 {
			return v.Go(cabinet.Base(belongings[0].Org) + path)
		}
	}
	w, err := writerOf(v)
	if err != nil {
		return err
	}
	return p.show(v, w, nil)
}

// show draws the page; wrong is what was wrong with the message that was sent from it.
func (p *pages) show(v *cabinet.Visit, w talk.Writer, wrong error) error {
	before, _ := strconv.ParseInt(v.URL.Query().Get("before"), 10, 64) // anything else is the last page
	t, err := p.talkOf(v, w, "talk", before)
	if err != nil {
		return err
	}
	s, err := p.stateAt(v)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.T("support.title"), Lead: v.T("support.lead"), Help: article, Narrow: true}
	head := s.headOf(v, baseOf(v)+"/head")
	if wrong == nil {
		if before == 0 && len(t.Lines) > 0 {
			p.noteSeen(v, w, t.Lines[len(t.Lines)-1].Seq, "")
		}
		return v.Render(page, customerPage(head, t, baseOf(v), before > 0))
	}
	t.Draft.Text, t.Draft.ClientID = v.R.PostFormValue("text"), orNew(v.R.PostFormValue("client_id"))
	t.Draft.Wrong, _ = v.Error(wrong)
	return v.RenderWrong(page, customerPage(head, t, baseOf(v), false))
}

func orNew(id string) string {
	if id == "" {
		return rand.Text()
	}
	return id
}

// post takes a message: by the form of the page, or by the script of the conversation.
func (p *pages) post(v *cabinet.Visit) error {
	w, err := writerOf(v)
	if err != nil {
		return err
	}
	d := draftOf(v)
	var c talk.Conversation
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		c, _, err = w.Post(ctx, tx, d, v.At)
		return err
	})
	switch {
	case errs.KindOf(err) == errs.Invalid && isPart(v):
		text, _ := v.Error(err)
		return v.RenderWrongPart(ui.TalkWrong("talk", text))
	case errs.KindOf(err) == errs.Invalid:
		return p.show(v, w, err)
	case err != nil:
		return err
	}
	p.publish(c)
	if !isPart(v) {
		return v.Go(baseOf(v))
	}
	return p.renderAfter(v, teller{v, talk.Customer}, c, formSeq(v, "after"))
}

func draftOf(v *cabinet.Visit) talk.Draft {
	return talk.Draft{ClientID: v.R.PostFormValue("client_id"), Body: v.R.PostFormValue("text"), Page: v.R.PostFormValue("page")}
}

// isPart tells whether a script asks, which wants the lines and not the page.
func isPart(v *cabinet.Visit) bool { return v.R.Header.Get("X-Part") == "talk" }

func formSeq(v *cabinet.Visit, name string) int64 {
	seq, _ := strconv.ParseInt(v.R.FormValue(name), 10, 64) // anything else is the beginning
	return max(0, seq)
}

func (p *pages) renderAfter(v *cabinet.Visit, t teller, c talk.Conversation, seq int64) error {
	lines, err := t.after(v.Context(), p.DB, c, seq)
	if err != nil {
		return err
	}
	return v.RenderPart(ui.TalkLines(lines))
}

// lines answers with what was said after ?after=.
func (p *pages) lines(v *cabinet.Visit) error {
	w, err := writerOf(v)
	if err != nil {
		return err
	}
	c, ok, err := w.Find(v.Context(), p.DB)
	if err != nil {
		return err
	}
	if !ok {
		return v.RenderPart(ui.TalkLines(nil))
	}
	return p.renderAfter(v, teller{v, talk.Customer}, c, formSeq(v, "after"))
}

// markSeen notes how far the visitor has read, and where they are.
func (p *pages) markSeen(v *cabinet.Visit) error {
	w, err := writerOf(v)
	if err != nil {
		return err
	}
	p.noteSeen(v, w, formSeq(v, "seq"), v.R.PostFormValue("page"))
	v.W.WriteHeader(204)
	return nil
}

// noteSeen is no reason to fail a page.
func (p *pages) noteSeen(v *cabinet.Visit, w talk.Writer, seq int64, page string) {
	before, err := w.Unread(v.Context(), p.DB)
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) error { return w.Seen(ctx, tx, seq, page, v.At) })
	}
	if err != nil {
		p.Log.Error("noting what was read", "error", err)
		return
	}
	if before > 0 && v.Org != (ident.Org{}) {
		v.Publish(cabinet.TopicChat) // the count in the corner of other pages
	}
}
