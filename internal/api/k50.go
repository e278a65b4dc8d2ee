package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/project"
	"bellwether/internal/tracking"
)

// Programs written for K50:Tracker ask for calls and pools page by page, with the key in the header apiKey. They are answered here
// in its field names and types, at .../k50 in place of its address; its counter is our project.

// K50Call is a call as such programs know it; instants are in the project's time zone.
type K50Call struct {
	ID         string     `json:"id" doc:"Text, where K50 has a number: ours are longer than numbers of JavaScript"`
	Start      string     `json:"start_time" example:"2026-03-10 10:00:00"`
	Stop       string     `json:"stop_time"`
	Caller     *int64     `json:"caller_phone" doc:"A number, as K50 has it: 380671234567; null where withheld"`
	Called     *int64     `json:"called_phone"`
	Duration   int64      `json:"duration" doc:"Seconds of talk"`
	Wait       int64      `json:"wait_time"`
	Answered   bool       `json:"is_answered"`
	Count      int64      `json:"count_call" doc:"Which call of the client it is"`
	Matching   bool       `json:"is_matching" doc:"Whether it is joined with a visit"`
	Type       int        `json:"type" doc:"1: of a visit; 2: of a source alone, or of none"`
	Visit      string     `json:"sid"`
	Visitor    string     `json:"uuid"`
	UserAgent  string     `json:"user_agent" doc:"Empty: what a browser calls itself is not kept"`
	Source     string     `json:"utm_source"`
	Medium     string     `json:"utm_medium"`
	Term       string     `json:"utm_term"`
	Content    string     `json:"utm_content"`
	Campaign   string     `json:"utm_campaign"`
	Label      string     `json:"label" doc:"The tags of the call"`
	ClientID   string     `json:"analytics_client_id"`
	Pool       string     `json:"pool"`
	Landing    string     `json:"entry_point"`
	Referrer   string     `json:"referrer"`
	Region     string     `json:"region"`
	Device     string     `json:"device"`
	EntryPoint []K50Visit `json:"entryPoints" doc:"The visits of the caller, the latest first"`
}

// k50Fields are the indexes of a call's fields, by plain name.
var k50Fields = func() map[string]int {
	known := map[string]int{}
	for i := range reflect.TypeFor[K50Call]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[K50Call]().Field(i).Tag.Get("json"), ",")
		known[plain(name)] = i
	}
	return known
}()

// k50Name is the plain name of a field; empty where there is none of the name.
func k50Name(name string) string {
	short := plain(strings.TrimSpace(name))
	short = cmp.Or(k50Aliases[short], short)
	if _, known := k50Fields[short]; !known {
		return ""
	}
	return short
}

// fields are a call's values by plain name.
func (c K50Call) fields() map[string]any {
	values := map[string]any{}
	for name, i := range k50Fields {
		v := reflect.ValueOf(c).Field(i)
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		values[name] = v.Interface()
	}
	return values
}

// K50Row is a call, or those of its fields that were asked for, under the names by which they were.
type K50Row struct {
	K50Call
	only []string
}

// MarshalJSON gives the fields.
func (r K50Row) MarshalJSON() ([]byte, error) {
	if len(r.only) == 0 {
		return json.Marshal(r.K50Call)
	}
	chosen, values := map[string]any{}, r.fields()
	for _, name := range r.only {
		chosen[name] = values[k50Name(name)]
	}
	return json.Marshal(chosen)
}

// Schema is that of a call of which nothing need be there, and whose fields may be spelt as they were asked for.
func (K50Row) Schema(r huma.Registry) *huma.Schema {
	whole := *r.SchemaFromRef(schemaOf[K50Call](r).Ref)
	whole.Required, whole.AdditionalProperties = nil, true
	return &whole
}

// K50Visit is a visit of whoever called.
type K50Visit struct {
	Visit    string `json:"sid"`
	Start    string `json:"start_time"`
	Landing  string `json:"entry_point"`
	Referrer string `json:"referrer"`
	Label    string `json:"label"`
}

// K50Pool is a pool as such programs know it.
type K50Pool struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type" enum:"dynamic,static"`
	Numbers  []string `json:"phones" doc:"Digits"`
	Overflow string   `json:"default_phone,omitempty"`
	Source   string   `json:"utm_source,omitempty"`
	Medium   string   `json:"utm_medium,omitempty"`
	Campaign string   `json:"utm_campaign,omitempty"`
}

// K50List is a page of such a list.
type K50List[T any] struct {
	Result []T  `json:"result"`
	Page   int  `json:"page"`
	Each   int  `json:"itemsPerPage"`
	More   bool `json:"more" doc:"Whether there is another page"`
}

// K50Paging chooses a page as such programs do.
type K50Paging struct {
	Counter string `query:"counter" maxLength:"64" doc:"Whatever the program has there; the project is that of the path"`
	Page    int    `query:"page" minimum:"1" maximum:"1000" default:"1"`
	Each    int    `query:"itemsPerPage" minimum:"1" maximum:"1000" default:"1000"`
}

func k50Routes(a *API) {
	const tag, text = chapterTracking, "Give such a program this address up to `/k50` in place of its own up to `/v2`, and a key of ours in its header `apiKey`. The question may also come as JSON in a POST."
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/k50/call/list", id: "k50-calls", tag: tag, need: needCalls, summary: "List calls for a program written for K50", text: text + " Without dates it is the last 24 hours. The newest first."}, a.k50Calls)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/k50/call/ext", id: "k50-calls-older", tag: tag, need: needCalls, summary: "List calls for a program written for K50’s first API", text: "Give such a program this address up to `/k50` in place of its own up to `/api`: it asks for `call/ext/COUNTER/FROM/TO`. At most 1,000 calls."}, a.k50Older)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/k50/pool/list", id: "k50-pools", tag: tag, need: needPools, summary: "List pools for a program written for K50", text: text + " A number that stands for a source is a static pool of its own."}, a.k50Pools)
}

// K50Question is which calls are asked for.
type K50Question struct {
	From       string `query:"dateFrom" maxLength:"19" doc:"YYYY-MM-DD, or with HH:MM:SS, in the project's time zone"`
	To         string `query:"dateTo" maxLength:"19"`
	Filter     string `query:"filter" maxLength:"1000" doc:"Conditions with semicolons between: dateTime>=2026-03-10 00:00:00;utm_source=google. Only the time has > and <"`
	Dimensions string `query:"dimensions" maxLength:"2000" doc:"The fields that are wanted, with commas or as dimensions[0], in either spelling: start_time, startTime; all where none is named"`
}

// names are the fields that are wanted; none for all. Errors: errs.Invalid `api.no_field`.
func (q K50Question) names() (names []string, err error) {
	for name := range strings.SplitSeq(q.Dimensions, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
		case k50Name(name) == "":
			return nil, noField("dimensions", name)
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

func (a *API) k50Calls(ctx context.Context, in *struct {
	Of
	K50Paging
	K50Question
},
) (out K50List[K50Row], err error) {
	names, err := in.names()
	if err != nil {
		return out, err
	}
	calls, more, err := a.k50Find(ctx, in.Of, in.K50Question, in.Page, in.Each)
	out = K50List[K50Row]{Result: []K50Row{}, Page: in.Page, Each: in.Each, More: more}
	for _, c := range calls {
		out.Result = append(out.Result, K50Row{c, names})
	}
	return out, err
}

func (a *API) k50Older(ctx context.Context, in *struct {
	Of
	Counter string `query:"counter" maxLength:"64" doc:"Whatever the program has there; the project is that of the path"`
	From    string `query:"dateFrom" maxLength:"19" doc:"YYYY-MM-DD, or with HH:MM:SS, in the project's time zone"`
	To      string `query:"dateTo" maxLength:"19"`
},
) ([]K50Call, error) {
	const most = 1000
	calls, more, err := a.k50Find(ctx, in.Of, K50Question{From: in.From, To: in.To}, 1, most)
	if err == nil && more {
		err = errs.New(errs.Invalid, "api.too_many_calls", "there are more than %d calls", most).At("query.dateFrom").Try("ask for a shorter time")
	}
	return calls, err
}

// k50Find reads a page of calls, each with the visits of its caller, and whether there is another.
func (a *API) k50Find(ctx context.Context, of Of, q K50Question, page, each int) (calls []K50Call, more bool, err error) {
	calls = []K50Call{}
	p, err := a.permit(ctx, of.id())
	if err != nil {
		return calls, false, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return calls, false, err
	}
	home, err := project.Get(ctx, a.parts.DB, of.id())
	if err != nil {
		return calls, false, err
	}
	zone := home.Calendar.Zone(home.Calendar.DayAt(a.now()))
	filter, err := k50Period(q.From, q.To, zone, a.now())
	if err != nil {
		return calls, false, err
	}
	conditions, err := k50Filter(q.Filter, zone, &filter)
	if err != nil {
		return calls, false, err
	}
	passed := (page - 1) * each
	list, err := w.List(ctx, a.parts.DB, filter, call.NewestFirst, 0, mostK50+1)
	if err != nil {
		return calls, false, err
	}
	if len(list) > mostK50 {
		return calls, false, errs.New(errs.Invalid, "api.too_many_calls", "there are more than %d calls", mostK50).At("query.filter").Try("ask for a shorter time")
	}
	for _, c := range list {
		if one := k50Call(c, zone); one.meets(conditions) {
			calls = append(calls, one)
		}
	}
	more = len(calls) > passed+each
	calls = calls[min(passed, len(calls)):min(passed+each, len(calls))]
	if p.Allows(access.View, access.Visits) {
		err = a.addEntryPoints(ctx, of, calls, zone)
	}
	return calls, more, err
}

// mostK50 is how many calls a question may be about, on all its pages.
const mostK50 = 20_000

func k50Period(from, to string, zone *time.Location, now time.Time) (f call.Filter, err error) {
	f.Until = now
	if to != "" {
		if f.Until, err = ringostatInstant("dateTo", to, zone); err != nil {
			return f, err
		}
		f.Until = f.Until.Add(time.Second) // the last second belongs to it
	}
	f.From = f.Until.Add(-24 * time.Hour)
	if from != "" {
		f.From, err = ringostatInstant("dateFrom", from, zone)
	}
	return f, err
}

func k50Call(c call.Call, zone *time.Location) K50Call {
	out := K50Call{
		ID: c.ID.String(), Start: c.StartedAt.In(zone).Format(ringostatTime), Caller: wholeNumber(c.Caller()), Called: wholeNumber(c.Dialled()), Duration: c.Talk, Wait: c.Wait,
		Answered: !c.AnsweredAt.IsZero(), Count: c.Counter, Matching: c.Origin.Visit != "", Type: 2, Visit: c.Origin.Visit, Visitor: c.Origin.Visitor, Source: c.Origin.Source,
		Medium: c.Origin.Medium, Term: c.Origin.Term, Content: c.Origin.Content, Campaign: c.Origin.Campaign, Label: strings.Join(c.Tags, ", "), ClientID: c.Origin.ClientID,
		Pool: c.Origin.Pool, Landing: c.Origin.Landing, Referrer: c.Origin.Referrer, Region: c.Origin.Region, Device: c.Origin.Device, EntryPoint: []K50Visit{},
	}
	if out.Matching {
		out.Type = 1
	}
	if !c.EndedAt.IsZero() {
		out.Stop = c.EndedAt.In(zone).Format(ringostatTime)
	}
	return out
}

// wholeNumber is a telephone number as K50 writes it; nil for a number that is withheld, or an extension that is none.
func wholeNumber(e164 string) *int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(e164, "+"), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// mostEntryPoints are shown of a caller.
const mostEntryPoints = 20

// addEntryPoints adds the visits of the visitors behind calls.
func (a *API) addEntryPoints(ctx context.Context, of Of, calls []K50Call, zone *time.Location) error {
	known := map[string][]K50Visit{}
	for i, c := range calls {
		if c.Visitor == "" {
			continue
		}
		visits, read := known[c.Visitor]
		if !read {
			found, err := tracking.VisitsOf(ctx, a.parts.Events, of.id(), c.Visitor, mostEntryPoints)
			if err != nil {
				return err
			}
			visits = []K50Visit{}
			for _, v := range found {
				visits = append(visits, K50Visit{v.ID.String(), v.Begun.In(zone).Format(ringostatTime), v.Landing, v.Referrer, cmp.Or(v.From.Campaign, v.From.Name)})
			}
			known[c.Visitor] = visits
		}
		calls[i].EntryPoint = visits
	}
	return nil
}

func (a *API) k50Pools(ctx context.Context, in *struct {
	Of
	K50Paging
},
) (out K50List[K50Pool], err error) {
	pools, err := tracking.Pools(ctx, a.parts.DB, in.id())
	if err != nil {
		return out, err
	}
	uses, err := tracking.Uses(ctx, a.parts.DB, in.id())
	if err != nil {
		return out, err
	}
	var all []K50Pool
	for _, p := range pools {
		one := K50Pool{ID: string(p.ID), Name: p.Name, Type: "dynamic", Numbers: []string{}, Overflow: strings.TrimPrefix(string(p.Overflow), "+")}
		for _, u := range uses {
			if u.Pool == p.ID {
				one.Numbers = append(one.Numbers, strings.TrimPrefix(string(u.Number), "+"))
			}
		}
		all = append(all, one)
	}
	for _, u := range uses {
		if u.Sign != nil {
			digits := strings.TrimPrefix(string(u.Number), "+")
			all = append(all, K50Pool{ID: digits, Name: u.Sign.Name, Type: "static", Numbers: []string{digits}, Source: u.Sign.Source, Medium: u.Sign.Medium, Campaign: u.Sign.Campaign})
		}
	}
	passed := min((in.Page-1)*in.Each, len(all))
	end := min(passed+in.Each, len(all))
	return K50List[K50Pool]{Result: append([]K50Pool{}, all[passed:end]...), Page: in.Page, Each: in.Each, More: end < len(all)}, nil
}
