package support

import (
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/recall"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// pages are the actions, and what they remember for seconds.
type pages struct {
	*cabinet.Cabinet
	states *recall.Memory[string, state]
	told   told
}

// where a path and its section stand.
const (
	path    = "/support"
	section = "support"
	article = "/help/support"
	rank    = 30
)

// Register adds the pages, puts the chat into the corner of every page, and gives what tells open pages of changes made
// elsewhere: run it until the program ends.
func Register(c *cabinet.Cabinet) *Watcher {
	p := &pages{Cabinet: c, states: recall.NewMemory[string, state](1)}
	p.customers()
	p.desk()
	c.Chat = p.corner
	c.Commands = append(c.Commands,
		cabinet.Command{Text: "support.write", Icon: ui.IconChat, Path: path, Need: cabinet.Project(access.Edit, access.Chat)},
		cabinet.Command{Text: "support.write", Icon: ui.IconChat, Path: path, Need: cabinet.Agency(access.Edit, access.Chat)},
	)
	return &Watcher{p}
}

// customers adds the pages of whoever writes to the operator's side: from a project, from an agency, from nowhere.
func (p *pages) customers() {
	for _, side := range []struct {
		base       string
		view, edit cabinet.Need
	}{
		{"/p/{project}", cabinet.Project(access.View, access.Chat), cabinet.Project(access.Edit, access.Chat)},
		{"/a/{agency}", cabinet.Agency(access.View, access.Chat), cabinet.Agency(access.Edit, access.Chat)},
		{"/me", cabinet.SignedIn(), cabinet.SignedIn()},
	} {
		base := side.base + path
		p.Handle("GET "+base, side.view, p.page)
		p.Handle("POST "+base, side.edit, p.post)
		p.Handle("GET "+base+"/panel", side.view, p.panel)
		p.Handle("GET "+base+"/lines", side.view, p.lines)
		p.Handle("GET "+base+"/head", side.view, p.head)
		p.Handle("GET "+base+"/count", side.view, p.count)
		p.Handle("POST "+base+"/seen", side.view.ForViewers(), p.markSeen)
	}
}

// desk adds the pages of the operator's side.
func (p *pages) desk() {
	view, edit := cabinet.Operator(access.View, access.Chat), cabinet.Operator(access.Edit, access.Chat)
	const base = "/op" + path
	p.Handle("GET "+base, view, p.deskPage)
	p.Handle("GET "+base+"/list", view, p.deskList)
	p.Handle("GET "+base+"/count", view, p.deskCount)
	p.Handle("POST "+base+"/here", edit, p.here)
	p.Handle("GET "+base+"/answers", view, p.answers)
	p.Handle("POST "+base+"/answers", edit, p.keepAnswer)
	p.Handle("GET "+base+"/answers/{answer}/remove", edit, p.askDropAnswer)
	p.Handle("POST "+base+"/answers/{answer}/remove", edit, p.dropAnswer)
	p.Handle("GET "+base+"/hours", view, p.hours)
	p.Handle("POST "+base+"/hours", edit, p.setHours)
	p.Handle("GET "+base+"/{conversation}", view, p.deskPage)
	p.Handle("GET "+base+"/{conversation}/lines", view, p.deskLines)
	p.Handle("GET "+base+"/{conversation}/facts", view, p.deskFacts)
	p.Handle("POST "+base+"/{conversation}", edit, p.answer)
	p.Handle("POST "+base+"/{conversation}/seen", edit, p.deskSeen)
	for name, step := range steps {
		p.Handle("POST "+base+"/{conversation}/"+name, edit, p.take(step))
	}
	p.AddSection(cabinet.Section{
		Key: section, Text: "support.section", Icon: ui.IconChat, Path: path, Need: view, Rank: rank, Count: p.waiting,
	})
}

// publish tells open pages that a conversation changed: those of its organisation, and the desk.
func (p *pages) publish(c talk.Conversation) {
	p.told.news(c)
	p.push(c)
}

func (p *pages) push(c talk.Conversation) {
	if c.Org != (ident.Org{}) {
		p.Hub.Publish(cabinet.Topic(c.Org, cabinet.TopicChat), "")
	}
	p.Hub.Publish(deskTopic, "")
}

var deskTopic = cabinet.Topic(ident.Operator, cabinet.TopicChat)

// state is what every page says of the operator's side.
type state struct {
	there    bool
	open     bool // within office hours
	response talk.Response
}

// stateAt reads whether somebody is there and how soon they answer, at most every 3 seconds.
func (p *pages) stateAt(v *cabinet.Visit) (state, error) {
	if known, ok := p.states.Get("", v.At); ok {
		return known, nil
	}
	var s state
	there, err := talk.Somebody(v.Context(), p.DB, v.At)
	if err != nil {
		return s, err
	}
	hours, err := talk.GetHours(v.Context(), p.DB)
	if err != nil {
		return s, err
	}
	response, err := talk.Responses(v.Context(), p.DB, v.At)
	if err != nil {
		return s, err
	}
	s = state{there, hours.Open(v.At), response}
	p.states.Put("", s, v.At)
	return s, nil
}

// headOf says who is there and how soon they usually answer (Rules S-06, S-09).
func (s state) headOf(v *cabinet.Visit, refresh string) ui.ChatHead {
	head := ui.ChatHead{There: s.there, Refresh: refresh}
	switch {
	case s.there:
		head.Text = v.T("support.there")
	case !s.open:
		head.Text = v.T("support.closed")
	default:
		head.Text = v.T("support.away")
	}
	if s.response.Known() {
		head.Note = usually(v, s.response.Median)
	}
	return head
}

// usually is a time to wait, in whole minutes.
func usually(v *cabinet.Visit, wait time.Duration) string {
	if wait < time.Minute {
		return v.T("support.usually_at_once")
	}
	return v.T("support.usually", map[string]any{"Duration": v.Duration(wait.Round(time.Minute))})
}
