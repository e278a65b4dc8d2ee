package calls

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/help"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Agent is an employee on the board.
type Agent struct {
	call.Person
	State AgentState
	Since time.Time
}

// AgentState is what an employee does.
type AgentState string

// The states of employees.
const (
	AgentTalking AgentState = "talking"
	AgentRinging AgentState = "ringing"
	AgentFree    AgentState = "free"
	AgentAway    AgentState = "away" // nothing of theirs is registered, or they are off
)

var agentKeys = map[AgentState]lang.Key{
	AgentTalking: "calls.phase_talking", AgentRinging: "calls.phase_ringing", AgentFree: "calls.agent_free", AgentAway: "calls.agent_away",
}

var agentTones = map[AgentState]ui.Tone{AgentTalking: ui.Good, AgentRinging: ui.Notice, AgentFree: ui.Neutral, AgentAway: ui.Neutral}

// board is what goes on now.
type board struct {
	*cabinet.Visit
	lanes   []lane
	agents  []Agent
	waiting int
	longest time.Time // of those who wait in a queue; zero for nobody
	talking int
	ringing int
	listen  access.Reach
	mayHear bool
	edit    access.Reach
	mayEdit bool

	queues []queue
	today  call.Totals // incoming calls since midnight

	wall     bool   // for a screen that everybody sees: no clients, and nothing to press
	exchange bool   // calls can be given orders
	connect  string // where a client is called back; empty for who may not
}

// queue is who waits in one queue.
type queue struct {
	name    string
	waiting int
	longest time.Time
}

// lane is the calls in one phase.
type lane struct {
	phase call.Phase
	calls []call.Live
}

// live is GET /p/{project}/live.
func (s *section) live(v *cabinet.Visit) error {
	b, err := s.board(v)
	if err != nil {
		return err
	}
	p := ui.Page{Title: v.T("calls.live"), Section: liveKey, Help: help.About(liveRoot), Lead: v.T("calls.live_lead"), Actions: b.actions()}
	if b.wall {
		p.Lead = ""
	}
	return v.Render(p, b.draw())
}

// liveNow is GET /p/{project}/live/now: the board alone, for an open page.
func (s *section) liveNow(v *cabinet.Visit) error {
	b, err := s.board(v)
	if err != nil {
		return err
	}
	return v.RenderPart(b.draw())
}

func (s *section) board(v *cabinet.Visit) (*board, error) {
	b := &board{Visit: v, wall: v.URL.Query().Get(wallField) != ""}
	var calls []call.Live
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		if calls, err = w.Live(ctx, q); err != nil {
			return err
		}
		b.today, err = w.Totals(ctx, q, call.Filter{From: civil.Midnight(v.Today(), v.Zone()), Directions: []call.Direction{call.Inbound}})
		return err
	}); err != nil {
		return nil, err
	}
	for _, phase := range call.Phases {
		var in []call.Live
		for _, l := range calls {
			if l.Phase == phase {
				in = append(in, l)
			}
		}
		if len(in) > 0 {
			b.lanes = append(b.lanes, lane{phase, in})
		}
		b.count(phase, in)
	}
	b.agents = busyAgents(calls)
	reach, err := v.Permit.May(access.Listen, access.Calls)
	b.listen, b.mayHear = reach, err == nil
	reach, err = v.Permit.May(access.Edit, access.Calls)
	b.edit, b.mayEdit, b.exchange = reach, err == nil, s.Exchange != nil
	if s.Exchange != nil && call.MayCallBack(v.Permit) == nil {
		b.connect = v.Path(liveRoot + "/connect")
	}
	if s.Exchange != nil {
		known, err := s.Exchange.Agents(v.Context(), v.Project.ID)
		if err != nil {
			return nil, err
		}
		b.agents = known
	}
	return b, nil
}

func (b *board) count(phase call.Phase, in []call.Live) {
	switch phase {
	case call.InQueue:
		b.waiting = len(in)
		if len(in) > 0 {
			b.longest = in[0].At
		}
		b.queues = queuesOf(in)
	case call.Ringing:
		b.ringing = len(in)
	}
	if phase.Spoken() {
		b.talking += len(in)
	}
}

// queuesOf are the queues that somebody waits in, those whose first caller has waited longest first.
func queuesOf(waiting []call.Live) (queues []queue) {
	for _, l := range waiting {
		i := slices.IndexFunc(queues, func(q queue) bool { return q.name == l.Queue })
		if i < 0 {
			i, queues = len(queues), append(queues, queue{l.Queue, 0, l.At})
		}
		queues[i].waiting++
	}
	return queues
}

// wallField in the address makes the board one for a screen that everybody sees.
const wallField = "wall"

// shown are the lanes of calls; none on a screen that everybody sees, for clients stand in them.
func (b *board) shown() []lane {
	if b.wall {
		return nil
	}
	return b.lanes
}

// now is where the board alone is.
func (b *board) now() string {
	if b.wall {
		return b.Path(liveRoot+"/now") + "?" + wallField + "=yes"
	}
	return b.Path(liveRoot + "/now")
}

// prompt is which share of today's calls was answered within 20 s. Rule T-128.
func (b *board) prompt() ui.Tile {
	t := ui.Tile{Label: b.T("calls.tile_prompt"), Value: ui.Text("–")}
	if share, ok := b.today.PromptShare(); ok {
		t.Value = ui.Text(b.Percent(share, false))
		t.Than = b.T("calls.prompt_of", lang.Values{"Prompt": b.Int(int(b.today.Prompt)), "Calls": b.Int(int(b.today.Answered + b.today.Missed))})
	}
	return t
}

// busyAgents are the employees on the calls that go on: all that is known without a PBX.
func busyAgents(calls []call.Live) (agents []Agent) {
	for _, l := range calls {
		state := AgentRinging
		if l.Phase.Spoken() {
			state = AgentTalking
		}
		for _, p := range l.People {
			if p.Name != "" {
				agents = append(agents, Agent{p, state, l.At})
			}
		}
	}
	slices.SortFunc(agents, func(a, b Agent) int { return strings.Compare(a.Name, b.Name) })
	return agents
}

// hears reports whether the reader is offered to listen to a call.
func (b *board) hears(l call.Live) bool {
	return b.mayHear && b.listen.Covers(l.Person.User)
}

// who is who is rung, or talks.
func (b *board) who(l call.Live) string {
	var names []string
	for _, p := range l.People {
		if p.Name != "" && !slices.Contains(names, p.Name) { // several telephones of one ring
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

// counts reports whether the time since an instant tells anything: that somebody is away for weeks does not.
func (b *board) counts(since time.Time) bool {
	return !since.IsZero() && b.At.Sub(since) < longestCount
}

// cameFrom is the advert behind a call: source, campaign and keyword, the landing page, device and region.
func (b *board) cameFrom(l call.Live) string {
	o := l.Origin
	from := join(" / ", o.Source, o.Medium, o.Campaign)
	page := strings.TrimPrefix(strings.TrimPrefix(o.Landing, "https://"), "http://")
	page, _, _ = strings.Cut(page, "?")
	device := o.Device
	if key, ok := deviceKeys[device]; ok {
		device = b.T(key)
	}
	return join(" · ", from, o.Term, page, device, o.Region)
}

// join puts what is known together.
func join(between string, words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), between)
}

// place is where a call waits: "Sales, 2nd".
func (b *board) place(l call.Live) string {
	if l.Queue == "" {
		return ""
	}
	return b.T("calls.place", lang.Values{"Queue": l.Queue, "Position": l.Position})
}

// Watcher tells open pages of calls that begin, change and end, whichever node runs them.
type Watcher = cabinet.Follower[string]

const (
	// watchEvery is how often calls are looked at while a page follows them: from the first ring to the screen it takes 300 ms at most.
	watchEvery   = 50 * time.Millisecond
	longestCount = 24 * time.Hour
)

func (s *section) watcher() *Watcher {
	return &Watcher{Cabinet: s.Cabinet, What: cabinet.TopicCalls, Every: watchEvery, Pulses: func(ctx context.Context, projects []ident.ProjectID) (map[ident.ProjectID]string, error) {
		return call.Pulse(ctx, s.DB, projects)
	}}
}
