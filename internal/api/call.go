package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// callRoutes are the operations on the call log.
func callRoutes(a *API) {
	const tag, path = chapterCalls, "/v1/projects/{project}/calls"
	read(a, route{
		method: http.MethodGet, path: path, id: "list-calls", tag: tag, need: needCalls,
		summary: "List calls", text: "The newest first, narrowed by any of the fields. Filters that are left out let everything through.",
	}, a.listCalls)
	exported(a, route{method: http.MethodGet, path: path + ".csv", id: "export-calls", tag: tag, need: needCalls, summary: "Export calls as CSV"}, callCells, a.exportCalls)
	read(a, route{
		method: http.MethodGet, path: path + "/{call}", id: "get-call", tag: tag, need: needCalls,
		summary: "See a call", text: "With its legs, its timeline as data, its notes and what was recorded.",
	}, a.getCall)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/live-calls", id: "list-live-calls", tag: tag, need: needCalls, summary: "List the calls that go on",
	}, a.listLiveCalls)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/clients/{client}", id: "get-client-card", tag: tag, need: needCalls,
		summary: "See the card of a client's number", text: "What its calls come to, who talked with the client, what was written.",
	}, a.getCard)
	write(a, route{
		method: http.MethodPost, path: path + "/{call}/notes", id: "add-call-note", tag: tag, need: needCallsWrite, status: http.StatusCreated, ownRecord: true, summary: "Write a note to a call",
	}, a.addNote)
	write(a, route{
		method: http.MethodPut, path: path + "/{call}/labels", id: "set-call-labels", tag: tag, need: needCallsWrite, ownRecord: true, summary: "Set the tags and the category of a call",
	}, a.setLabels)
	apart(a, route{
		method: http.MethodPut, path: path + "/{call}/promo", id: "give-call-promo", tag: tag, need: needCallsWrite, ownRecord: true, summary: "Join a call with the visit whose code the caller gave",
		text: "With certainty, whatever was thought before (Rule C-94). Spaces and dashes in the code do not matter.",
	}, a.givePromo)
	write(a, route{
		method: http.MethodDelete, path: path + "/{call}/notes/{note}", id: "remove-call-note", tag: tag, need: needCallsWrite, ownRecord: true, summary: "Remove a note", text: "One's own, or anybody's for whoever may edit all calls (Rule T-108).",
	}, a.removeNote)
	apart(a, route{
		method: http.MethodPost, path: path + "/{call}/rescore", id: "rescore-call", tag: tag, need: needCallsWrite, ownRecord: true, summary: "Score anew where a call came from",
		text: "By what the project's scorer has learnt since, and what became known of visits: a phone that was left, a promo code (Rule C-102). Answers all receipts, the latest first; where nothing is to be changed there is no further one.",
	}, a.rescoreCall)
	read(a, route{
		method: http.MethodGet, path: path + "/{call}/recordings/{recording}/link", id: "get-recording-link", tag: tag, need: needRecordings,
		summary: "Get a link to a recording", text: "It opens without a key, for one recording and a short time, and takes range requests (Rule T-112).",
	}, a.recordingLink)
}

// permit is what the caller may in the project of the path. It is asked once more than the guard asks, for whose rows.
func (a *API) permit(ctx context.Context, id ident.ProjectID) (access.Permit, error) {
	by := callerOf(ctx)
	return a.parts.Gate.Enter(ctx, access.ByKey(by.key, by.actor()), ident.ProjectOrg(id), a.now())
}

// CallFilter chooses calls.
type CallFilter struct {
	From       time.Time `query:"from" doc:"Calls that began then or later"`
	Until      time.Time `query:"until" doc:"Calls that began before"`
	Direction  string    `query:"direction" enum:"inbound,outbound,internal,callback,click_to_call"`
	Result     string    `query:"result" enum:"calling,in_progress,answered,proper,repeated,no_answer,busy,failed,voicemail,wrong_extension,client_no_answer,forbidden,blocked" doc:"answered takes in proper and repeated ones (Rule T-105)"`
	Employee   string    `query:"employee" maxLength:"64" doc:"The employee's id"`
	Department string    `query:"department" maxLength:"64" doc:"The department's id"`
	Number     string    `query:"number" maxLength:"20" doc:"The project's number"`
	Client     string    `query:"client" maxLength:"20" doc:"The client's whole number, E.164"`
	Digits     string    `query:"client_digits" maxLength:"20" doc:"Digits within the client's number"`
	MinTalk    int64     `query:"min_talk" minimum:"0" doc:"Seconds"`
	MaxTalk    int64     `query:"max_talk" minimum:"0" doc:"Seconds"`
	MinWait    int64     `query:"min_wait" minimum:"0" doc:"Seconds"`
	MaxWait    int64     `query:"max_wait" minimum:"0" doc:"Seconds"`
	MinCounter int64     `query:"min_counter" minimum:"0" doc:"Which call of the client it is; calls to clients have no place"`
	MaxCounter int64     `query:"max_counter" minimum:"0" doc:"1 for first calls"`
	EndedBy    string    `query:"ended_by" enum:"client,staff,system" doc:"Who hung up"`
	Note       string    `query:"note" maxLength:"100" doc:"Stands in a note, in letters of either case"`
	Tag        string    `query:"tag" maxLength:"40"`
	Category   string    `query:"category" maxLength:"40"`
	Scheme     string    `query:"scheme" maxLength:"64"`
	MinCost    string    `query:"min_cost" maxLength:"30" doc:"Decimal"`
	MaxCost    string    `query:"max_cost" maxLength:"30" doc:"Decimal"`
	Recorded   string    `query:"recorded" enum:"true,false"`
	Proper     string    `query:"proper" enum:"true,false"`
	Repeated   string    `query:"repeated" enum:"true,false"`
	Missed     string    `query:"missed" enum:"true,false"`
	Owed       string    `query:"owed" enum:"true,false" doc:"Missed, and nobody has talked to the client since (Rule T-106)"`
	OriginFilter
}

func (f CallFilter) domain() (out call.Filter, err error) {
	out = call.Filter{
		From: f.From, Until: f.Until, Employee: f.Employee, Department: f.Department, Number: f.Number, Client: f.Client, ClientPart: f.Digits,
		MinTalk: f.MinTalk, MaxTalk: f.MaxTalk, MinWait: f.MinWait, MaxWait: f.MaxWait,
		MinCounter: f.MinCounter, MaxCounter: f.MaxCounter, EndedBy: call.Party(f.EndedBy), Note: f.Note, Tag: f.Tag, Category: f.Category, Scheme: f.Scheme,
		Recorded: whether(f.Recorded), Proper: whether(f.Proper), Repeated: whether(f.Repeated), Missed: whether(f.Missed), Owed: whether(f.Owed),
	}
	if f.Direction != "" {
		out.Directions = []call.Direction{call.Direction(f.Direction)}
	}
	if f.Result != "" {
		out.Results = []call.Result{call.Result(f.Result)}
	}
	if err := f.into(&out); err != nil {
		return out, err
	}
	for _, bound := range []struct {
		name, text string
		into       *money.Micro
	}{{"min_cost", f.MinCost, &out.MinCost}, {"max_cost", f.MaxCost, &out.MaxCost}} {
		if bound.text == "" {
			continue
		}
		if *bound.into, err = money.Parse(bound.text); err != nil {
			return out, errMalformed("api.bad_amount", "%.30q is not an amount", bound.text).At("query." + bound.name).Try("write digits with a point")
		}
	}
	return out, nil
}

// whether reads a filter of two values.
func whether(text string) *bool {
	if text == "" {
		return nil
	}
	return pointer(text == "true")
}

// CallPerson is who was on a call.
type CallPerson struct {
	ID             string `json:"id"`
	Name           string `json:"name" doc:"As it was then"`
	Department     string `json:"department,omitempty"`
	DepartmentName string `json:"department_name,omitempty"`
}

// Call is a row of the call log.
type Call struct {
	ID         string         `json:"id"`
	Direction  call.Direction `json:"direction" enum:"inbound,outbound,internal,callback,click_to_call"`
	Caller     string         `json:"caller,omitempty" doc:"Left out where it was withheld"`
	Dialled    string         `json:"dialled,omitempty"`
	Client     string         `json:"client,omitempty" doc:"Whichever of the two is outside"`
	Number     string         `json:"number,omitempty" doc:"The project's number"`
	Status     call.Status    `json:"status" enum:"calling,in_progress,answered,no_answer,busy,failed,voicemail,wrong_extension,client_no_answer,forbidden,blocked"`
	Result     call.Result    `json:"result" enum:"calling,in_progress,answered,proper,repeated,no_answer,busy,failed,voicemail,wrong_extension,client_no_answer,forbidden,blocked" doc:"Rule T-105"`
	StartedAt  time.Time      `json:"started_at"`
	AnsweredAt *time.Time     `json:"answered_at,omitempty"`
	EndedAt    *time.Time     `json:"ended_at,omitempty"`
	EndedBy    call.Party     `json:"ended_by,omitempty" enum:"client,staff,system"`
	Wait       int64          `json:"wait_seconds"`
	Talk       int64          `json:"talk_seconds"`
	Employee   *CallPerson    `json:"employee,omitempty" doc:"Who answered or called, the last after a transfer"`
	Scheme     string         `json:"scheme,omitempty"`
	SchemeName string         `json:"scheme_name,omitempty"`
	Version    int64          `json:"scheme_version,omitempty"`
	Counter    int64          `json:"counter,omitempty" doc:"Which call of the client it is (Rule T-104)"`
	Repeated   bool           `json:"repeated"`
	Proper     bool           `json:"proper"`
	Missed     bool           `json:"missed"`
	Owed       bool           `json:"owed" doc:"Missed, and nobody has talked to the client since"`
	Category   string         `json:"category,omitempty"`
	Tags       []string       `json:"tags"`
	Recordings int64          `json:"recordings"`
	Notes      int64          `json:"notes"`
	Visit      string         `json:"visit,omitempty"`
	Origin     *CallOrigin    `json:"origin,omitempty" doc:"Where it came from; left out where nobody knows (Rule T-114)"`
	Cost       *money.Micro   `json:"cost,omitempty" doc:"Of its legs together; left out for whoever may not see funds"`
}

// viewCall makes the view of calls for a permit.
func viewCall(p access.Permit) func(call.Call) Call {
	funds := p.Allows(access.View, access.Funds)
	return func(c call.Call) Call {
		view := Call{
			ID: c.ID.String(), Direction: c.Direction, Caller: c.Caller(), Dialled: c.Dialled(), Client: c.Client, Number: c.Number, Status: c.Status, Result: c.Result(),
			StartedAt: c.StartedAt, AnsweredAt: happened(c.AnsweredAt), EndedAt: happened(c.EndedAt), EndedBy: c.EndedBy, Wait: c.Wait, Talk: c.Talk,
			Scheme: c.Scheme.ID, SchemeName: c.Scheme.Name, Version: c.Scheme.Version, Counter: c.Counter, Repeated: c.Repeated, Proper: c.Proper, Missed: c.Missed,
			Owed: c.Owed, Category: c.Category, Tags: append([]string{}, c.Tags...), Recordings: c.Recordings, Notes: c.Notes, Visit: c.Visit, Origin: viewOrigin(c.Origin),
		}
		if c.Person.ID != "" {
			view.Employee = &CallPerson{c.Person.ID, c.Person.Name, c.Person.Department, c.Person.DepartmentName}
		}
		if funds {
			view.Cost = pointer(c.Cost)
		}
		return view
	}
}

func (a *API) listCalls(ctx context.Context, in *struct {
	Of
	CallFilter
	Paging
},
) (page Page[Call], err error) {
	const list = "calls"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	filter, err := in.domain()
	if err != nil {
		return page, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return page, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return page, err
	}
	return page, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		found, err := w.List(ctx, q, filter, call.NewestFirst, call.ID(after), in.Limit+1)
		page = newPage(list, in.Limit, found, viewCall(p), func(c call.Call) string { return c.ID.String() })
		return err
	})
}

// ByCall names a call of a project.
type ByCall struct {
	Of
	Call string `path:"call" maxLength:"20" doc:"The call's id"`
}

// CallLeg is one connection of a call.
type CallLeg struct {
	N          int64      `json:"n"`
	SIPCallID  string     `json:"sip_call_id,omitempty"`
	Address    string     `json:"address,omitempty" doc:"The number or SIP address of its far end"`
	Employee   string     `json:"employee,omitempty"`
	Name       string     `json:"employee_name,omitempty"`
	Trunk      string     `json:"trunk,omitempty"`
	Incoming   bool       `json:"incoming"`
	StartedAt  time.Time  `json:"started_at"`
	RingingAt  *time.Time `json:"ringing_at,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	SIPCode    int64      `json:"sip_code,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Q850       int64      `json:"q850,omitempty"`
	MOS        float64    `json:"mos,omitempty" doc:"1 to 4.5"`
	Loss       float64    `json:"loss_percent,omitempty"`
	JitterMS   float64    `json:"jitter_ms,omitempty"`
	Leg        string     `json:"leg,omitempty" doc:"The leg that was charged: get-leg and explain-leg know it"`
	Charged    *Leg       `json:"charged,omitempty" doc:"What it cost; left out for whoever may not see funds"`
}

// CallNote is what somebody wrote to a call.
type CallNote struct {
	ID     string    `json:"id"`
	Call   string    `json:"call"`
	At     time.Time `json:"at"`
	Author string    `json:"author" doc:"A user, or a key"`
	Text   string    `json:"text"`
}

func viewNote(n call.Note) CallNote {
	return CallNote{ID: strconv.FormatInt(n.ID, 10), Call: n.Call.String(), At: n.At, Author: n.Author, Text: n.Text}
}

// CallRecording is one file of sound of a call.
type CallRecording struct {
	N         int64               `json:"n"`
	Kind      call.Kind           `json:"kind" enum:"talk,voicemail"`
	State     call.RecordingState `json:"state" enum:"ready,archived,restoring"`
	StartedAt time.Time           `json:"started_at"`
	Seconds   int64               `json:"seconds"`
	Bytes     int64               `json:"bytes"`
	Consent   call.Consent        `json:"consent" enum:"off,announced,given"`
	ExpiresAt *time.Time          `json:"expires_at,omitempty"`
}

// CallEvent is one thing that happened in a call, as data.
type CallEvent struct {
	At     time.Time         `json:"at"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// CallDetail is everything about a call.
type CallDetail struct {
	Call
	Phase         call.Phase      `json:"phase,omitempty" doc:"While it goes on"`
	Legs          []CallLeg       `json:"legs"`
	Timeline      []CallEvent     `json:"timeline"`
	NoteList      []CallNote      `json:"note_list"`
	RecordingList []CallRecording `json:"recording_list" doc:"Those whose existence the caller may see"`
}

func (a *API) getCall(ctx context.Context, in *ByCall) (out CallDetail, err error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return out, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return out, err
	}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		d, err := w.Detail(ctx, q, id)
		if err != nil {
			return err
		}
		out = viewDetail(p, d)
		return a.withCharges(ctx, q, p, in.id(), out.Legs)
	})
}

func viewDetail(p access.Permit, d call.Detail) CallDetail {
	out := CallDetail{Call: viewCall(p)(d.Call), Legs: []CallLeg{}, Timeline: []CallEvent{}, NoteList: []CallNote{}, RecordingList: []CallRecording{}}
	if d.Live != nil {
		out.Phase = d.Live.Phase
	}
	for _, l := range d.Legs {
		out.Legs = append(out.Legs, CallLeg{
			N: l.N, SIPCallID: l.SIPCallID, Address: l.Address, Employee: l.Employee, Name: l.EmployeeName, Trunk: l.Trunk, Incoming: l.Incoming, StartedAt: l.StartedAt,
			RingingAt: happened(l.RingingAt), AnsweredAt: happened(l.AnsweredAt), EndedAt: happened(l.EndedAt), SIPCode: l.SIPCode, Reason: l.Reason, Q850: l.Q850,
			MOS: float64(l.Quality.MOS) / 100, Loss: float64(l.Quality.Loss) / 100, JitterMS: float64(l.Quality.Jitter.Microseconds()) / 1000, Leg: l.Charging,
		})
	}
	for _, e := range d.Timeline {
		out.Timeline = append(out.Timeline, CallEvent(e))
	}
	for _, n := range d.Notes {
		out.NoteList = append(out.NoteList, viewNote(n))
	}
	for _, r := range d.Recordings {
		out.RecordingList = append(out.RecordingList, viewRecording(r))
	}
	return out
}

func viewRecording(r call.Recording) CallRecording {
	return CallRecording{r.N, r.Kind, r.State, r.StartedAt, r.Seconds, r.Bytes, r.Consent, happened(r.ExpiresAt)}
}

// withCharges adds what legs cost, for whoever may see funds.
func (a *API) withCharges(ctx context.Context, q store.Querier, p access.Permit, id ident.ProjectID, legs []CallLeg) error {
	if !p.Allows(access.View, access.Funds) {
		return nil
	}
	for i, l := range legs {
		if l.Leg == "" {
			continue
		}
		charged, err := charging.GetLeg(ctx, q, id, l.Leg)
		if err == nil {
			legs[i].Charged = pointer(viewLeg(charged))
		} else if !isMissing(err) {
			return err
		}
	}
	return nil
}

// LiveCall is a call that goes on.
type LiveCall struct {
	Call
	Phase    call.Phase   `json:"phase" enum:"queue,ringing,talking,held,menu,voicemail"`
	Since    time.Time    `json:"since" doc:"Of the phase"`
	Queue    string       `json:"queue,omitempty"`
	Position int64        `json:"position,omitempty" doc:"In the queue, from 1"`
	People   []CallPerson `json:"people" doc:"Who is rung, or talks"`
}

// LiveCalls are the calls that go on.
type LiveCalls struct {
	Calls []LiveCall `json:"calls" doc:"Those that are as they are for the longest first"`
}

func (a *API) listLiveCalls(ctx context.Context, in *struct{ Of }) (out LiveCalls, err error) {
	out.Calls = []LiveCall{}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return out, err
	}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		live, err := w.Live(ctx, q)
		for _, l := range live {
			view := LiveCall{Call: viewCall(p)(l.Call), Phase: l.Phase, Since: l.At, Queue: l.Queue, Position: l.Position, People: []CallPerson{}}
			for _, who := range l.People {
				view.People = append(view.People, CallPerson{who.ID, who.Name, who.Department, who.DepartmentName})
			}
			out.Calls = append(out.Calls, view)
		}
		return err
	})
}

// ClientCard is everything about one client's number.
type ClientCard struct {
	Client   string       `json:"client"`
	Calls    int64        `json:"calls"`
	Answered int64        `json:"answered"`
	Blocked  int64        `json:"blocked" doc:"Refused by the block list: neither answered nor missed"`
	Missed   int64        `json:"missed"`
	Owed     int64        `json:"owed"`
	Proper   int64        `json:"proper"`
	Talk     int64        `json:"talk_seconds"`
	Cost     *money.Micro `json:"cost,omitempty" doc:"Left out for whoever may not see funds"`
	First    time.Time    `json:"first"`
	Last     time.Time    `json:"last"`
	Spoke    []Spoke      `json:"spoke" doc:"Who talked with the client, the longest first"`
	Notes    []CallNote   `json:"notes" doc:"The last 50"`
	Tags     []string     `json:"tags"`
}

// Spoke is an employee who talked with a client.
type Spoke struct {
	CallPerson
	Calls int64     `json:"calls"`
	Talk  int64     `json:"talk_seconds"`
	Last  time.Time `json:"last"`
}

func (a *API) getCard(ctx context.Context, in *struct {
	Of
	Client string `path:"client" maxLength:"40" doc:"The client's number, E.164"`
},
) (out ClientCard, err error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return out, err
	}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		c, err := w.Card(ctx, q, in.Client)
		if err != nil {
			return err
		}
		out = ClientCard{
			Client: c.Client, Calls: c.Calls, Answered: c.Answered, Blocked: c.Blocked, Missed: c.Missed, Owed: c.Owed, Proper: c.Proper, Talk: c.Talk, First: c.First, Last: c.Last,
			Spoke: []Spoke{}, Notes: []CallNote{}, Tags: append([]string{}, c.Tags...),
		}
		if p.Allows(access.View, access.Funds) {
			out.Cost = pointer(c.Cost)
		}
		for _, s := range c.Spoke {
			out.Spoke = append(out.Spoke, Spoke{CallPerson{ID: s.ID, Name: s.Name}, s.Calls, s.Talk, s.Last})
		}
		for _, n := range c.Notes {
			out.Notes = append(out.Notes, viewNote(n))
		}
		return nil
	})
}

var callCells = append(strings.Split("id,direction,caller,dialled,status,result,started_at,answered_at,ended_at,ended_by,wait_seconds,talk_seconds,employee,employee_name,department,department_name,scheme,scheme_name,scheme_version,counter,repeated,proper,missed,owed,category,tags,recordings,notes,visit,cost", ","), originCells...)
