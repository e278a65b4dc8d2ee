package support

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const (
	deskBase   = "/op" + path
	listedRows = 40
)

var queueNames = map[talk.Queue]lang.Key{
	talk.WaitingQueue: "support.queue_waiting", talk.MineQueue: "support.queue_mine",
	talk.OpenQueue: "support.queue_open", talk.SolvedQueue: "support.queue_solved",
}

var queueEmpty = map[talk.Queue]lang.Key{
	talk.WaitingQueue: "support.none_waiting", talk.MineQueue: "support.none_mine",
	talk.OpenQueue: "support.none_open", talk.SolvedQueue: "support.none_solved",
}

// desk is what the desk's page shows.
type desk struct {
	queue   talk.Queue
	open    talk.ConversationID // 0 for none
	rows    []row
	next    string // the address of the next page of the queue
	refresh string
	measure string
	head    conversationHead
	talk    ui.Talk
	facts   facts
}

// row is a conversation in the queue.
type row struct {
	href, name, org, last, when string
	waits, here                 bool
	unread                      int
}

// conversationHead is what stands above the conversation at the desk.
type conversationHead struct {
	title, base, query, claimed string
	back                        string
	mine, solved, mayEdit       bool
}

func deskOf(v *cabinet.Visit) (talk.Desk, error) { return talk.DeskOf(v.Permit) }

// queueOf is the queue that the address names: at first those who wait.
func queueOf(v *cabinet.Visit) talk.Queue {
	queue := talk.Queue(v.URL.Query().Get("queue"))
	if _, ok := queueNames[queue]; !ok {
		return talk.WaitingQueue
	}
	return queue
}

// conversationOf is the number in the path; 0 where it names none.
func conversationOf(v *cabinet.Visit) (talk.ConversationID, error) {
	text := v.R.PathValue("conversation")
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errs.New(errs.NotFound, "support.no_conversation", "there is no such conversation").At("conversation")
	}
	return talk.ConversationID(id), nil
}

// deskPage is the queue, and with a conversation in the path that conversation and who it is with.
func (p *pages) deskPage(v *cabinet.Visit) error { return p.showDesk(v, nil) }

func (p *pages) showDesk(v *cabinet.Visit, wrong error) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	id, err := conversationOf(v)
	if err != nil {
		return err
	}
	p.noteHere(v, d)
	page := desk{queue: queueOf(v), open: id}
	var shown talk.Conversation
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if id != 0 {
			if shown, err = d.Find(ctx, q, id); err != nil {
				return err
			}
			if err = p.open(ctx, q, v, d, shown, &page); err != nil {
				return err
			}
		}
		return p.fillQueue(ctx, q, v, d, &page)
	})
	if err != nil {
		return err
	}
	if page.measure, err = p.measureOf(v); err != nil {
		return err
	}
	return p.renderDesk(v, d, shown, page, wrong)
}

func (p *pages) renderDesk(v *cabinet.Visit, d talk.Desk, c talk.Conversation, page desk, wrong error) error {
	about := ui.Page{Title: v.T("support.desk"), Section: section, Help: article, Actions: deskActions()}
	if wrong != nil {
		page.talk.Draft.Text, page.talk.Draft.ClientID = v.R.PostFormValue("text"), orNew(v.R.PostFormValue("client_id"))
		page.talk.Draft.Wrong, _ = v.Error(wrong)
		return v.RenderWrong(about, deskContent(page))
	}
	if saved := v.URL.Query().Get("saved"); saved != "" && page.open != 0 {
		if s, err := d.GetSaved(v.Context(), p.DB, saved); err == nil {
			page.talk.Draft.Text = s.Body
		}
	}
	if page.open != 0 {
		p.noteDeskSeen(v, d, c, c.LastSeq)
	}
	return v.Render(about, deskContent(page))
}

// open reads a conversation for the desk.
func (p *pages) open(ctx context.Context, q store.Querier, v *cabinet.Visit, d talk.Desk, c talk.Conversation, page *desk) error {
	base := deskBase + "/" + strconv.FormatInt(int64(c.ID), 10)
	before, _ := strconv.ParseInt(v.URL.Query().Get("before"), 10, 64) // anything else is the last page
	lines, older, err := teller{v, talk.Operator}.latest(ctx, q, c, before)
	if err != nil {
		return err
	}
	query := url.Values{"queue": {string(page.queue)}}
	page.talk = ui.Talk{
		ID: "talk", Label: v.T("support.log"), Lines: lines, Topic: deskTopic, Fresh: base + "/lines", Seen: base + "/seen", Action: base + "?" + query.Encode(),
		Draft: ui.TalkDraft{ClientID: rand.Text(), Label: v.T("support.answer_label"), Longest: talk.LongestBody},
	}
	if older > 0 {
		page.talk.Older = base + "?" + url.Values{"queue": {string(page.queue)}, "before": {strconv.FormatInt(older, 10)}}.Encode()
	}
	saved, err := d.ListSaved(ctx, q)
	if err != nil {
		return err
	}
	for _, s := range saved {
		page.talk.Saved = append(page.talk.Saved, ui.TalkSaved{
			Title: s.Title, Text: s.Body, Href: base + "?" + url.Values{"queue": {string(page.queue)}, "saved": {s.ID}}.Encode(),
		})
	}
	if why := d.MayEdit(); why != nil {
		page.talk.Action = ""
		page.talk.Off, _ = v.Error(why)
	}
	if page.facts, err = p.factsOf(ctx, q, v, c); err != nil {
		return err
	}
	page.head = conversationHead{
		title: page.facts.name, base: base, query: "?" + query.Encode(), back: deskBase + "?" + query.Encode(),
		mine: d.Mine(c), solved: c.Solved, mayEdit: d.MayEdit() == nil,
	}
	if c.Claimed != "" && !page.head.mine {
		if who, err := account.GetUser(ctx, q, c.Claimed); err == nil {
			page.head.claimed = v.T("support.claimed_by", map[string]any{"Name": who.Name})
		}
	}
	return nil
}

// fillQueue reads a page of the queue.
func (p *pages) fillQueue(ctx context.Context, q store.Querier, v *cabinet.Visit, d talk.Desk, page *desk) error {
	after, err := readPlace(v.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	listed, err := d.List(ctx, q, page.queue, after, listedRows+1)
	if err != nil {
		return err
	}
	query := url.Values{"queue": {string(page.queue)}}
	page.refresh = deskBase + "/list?" + url.Values{"queue": {string(page.queue)}, "after": {v.URL.Query().Get("after")}, "open": {strconv.FormatInt(int64(page.open), 10)}}.Encode()
	if len(listed) > listedRows {
		listed = listed[:listedRows]
		last := listed[listedRows-1].Place(page.queue)
		page.next = deskBase + "?" + url.Values{"queue": {string(page.queue)}, "after": {writePlace(last)}}.Encode()
	}
	people := make([]account.UserID, len(listed))
	for i, l := range listed {
		people[i] = l.Person
	}
	names, err := account.Users(ctx, q, people)
	if err != nil {
		return err
	}
	for _, l := range listed {
		page.rows = append(page.rows, p.rowOf(ctx, q, v, l, names[l.Person].Name, "?"+query.Encode(), page.open))
	}
	return nil
}

func (p *pages) rowOf(ctx context.Context, q store.Querier, v *cabinet.Visit, l talk.Listed, name, query string, open talk.ConversationID) row {
	r := row{
		href: deskBase + "/" + strconv.FormatInt(int64(l.ID), 10) + query, name: name, org: p.orgName(ctx, q, v, l.Org), last: l.Last,
		waits: !l.Waiting.IsZero(), here: l.ID == open, unread: l.Unread,
	}
	if r.waits {
		r.when = v.T("support.waits", map[string]any{"Duration": v.Duration(max(time.Minute, v.At.Sub(l.Waiting).Truncate(time.Minute)))})
	} else {
		r.when = v.Ago(l.LastAt, v.At)
	}
	return r
}

// writePlace and readPlace keep where a page of a queue begins in the address.
func writePlace(place talk.Place) string {
	return strconv.FormatInt(place.At.UnixMicro(), 10) + "-" + strconv.FormatInt(int64(place.ID), 10)
}

func readPlace(text string) (talk.Place, error) {
	if text == "" {
		return talk.Place{}, nil
	}
	micros, id, _ := strings.Cut(text, "-")
	at, err := strconv.ParseInt(micros, 10, 64)
	number, err2 := strconv.ParseInt(id, 10, 64)
	if errors.Join(err, err2) != nil {
		return talk.Place{}, errs.New(errs.Invalid, "support.bad_place", "%.40q is no place in a queue", text).At("after")
	}
	return talk.Place{At: time.UnixMicro(at), ID: talk.ConversationID(number)}, nil
}

// measureOf says how soon people were answered, to those who answer.
func (p *pages) measureOf(v *cabinet.Visit) (string, error) {
	s, err := p.stateAt(v)
	if err != nil || s.response.Count == 0 {
		return "", err
	}
	round := func(d time.Duration) string { return v.Duration(max(time.Second, d.Round(time.Second))) }
	return v.N("support.measured", s.response.Count, map[string]any{"Median": round(s.response.Median), "P90": round(s.response.P90)}), nil
}

// deskList answers with the queue alone, for a live update.
func (p *pages) deskList(v *cabinet.Visit) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	open, _ := strconv.ParseInt(v.URL.Query().Get("open"), 10, 64) // none is open
	page := desk{queue: queueOf(v), open: talk.ConversationID(open)}
	if err := p.fillQueue(v.Context(), p.DB, v, d, &page); err != nil {
		return err
	}
	return v.RenderPart(queueList(page))
}

// deskCorner is the way to the desk from every page, with how many wait. A page that shows it says that its reader is there.
func (p *pages) deskCorner(v *cabinet.Visit, d talk.Desk) templ.Component {
	return ui.ChatView{Text: v.T("support.desk"), Href: deskBase, Count: p.waitingCount(v, d), Here: deskBase + "/here"}.Draw()
}

func (p *pages) waitingCount(v *cabinet.Visit, d talk.Desk) ui.ChatCount {
	n, err := d.Waiting(v.Context(), p.DB)
	if err != nil {
		p.Log.Error("counting who waits", "error", err)
	}
	return ui.ChatCount{N: n, Text: v.T("support.wait_for_answer"), Topic: deskTopic, Refresh: deskBase + "/count"}
}

func (p *pages) deskCount(v *cabinet.Visit) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	return v.RenderPart(p.waitingCount(v, d).Draw())
}

// waiting is the number in the rail.
func (p *pages) waiting(v *cabinet.Visit) int {
	d, err := deskOf(v)
	if err != nil {
		return 0
	}
	return p.waitingCount(v, d).N
}

// here notes that one of the operator's side is there (Rule S-09).
func (p *pages) here(v *cabinet.Visit) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	p.noteHere(v, d)
	v.W.WriteHeader(http.StatusNoContent)
	return nil
}

// noteHere is no reason to fail a page.
func (p *pages) noteHere(v *cabinet.Visit, d talk.Desk) {
	if d.MayEdit() != nil {
		return
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error { return d.Here(ctx, tx, v.At) }); err != nil {
		p.Log.Error("noting who is at the desk", "error", err)
	}
}

func (p *pages) noteDeskSeen(v *cabinet.Visit, d talk.Desk, c talk.Conversation, seq int64) {
	if d.MayEdit() != nil {
		return
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error { return d.Seen(ctx, tx, c.ID, seq) }); err != nil {
		p.Log.Error("noting what was read", "error", err)
	}
}

// orgName is what people call an organisation.
func (p *pages) orgName(ctx context.Context, q store.Querier, v *cabinet.Visit, org ident.Org) string {
	switch org.Kind {
	case ident.ProjectKind:
		if found, err := p.Projects.Get(ctx, q, org.Project()); err == nil {
			return found.Name
		}
	case ident.AgencyKind:
		if found, err := access.GetAgency(ctx, q, org.ID); err == nil {
			return found.Name
		}
	}
	if org.ID == "" {
		return v.T("support.no_org")
	}
	return org.ID
}
