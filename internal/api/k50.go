package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/project"
	"bellwether/internal/tracking"
)

// Programs written for K50:Tracker ask for calls and pools page by page, with the key in the header apiKey. They are answered here
// in its field names, at .../k50 in place of its address; its counter is our project.

// K50Call is a call as such programs know it; instants are in the project's time zone.
type K50Call struct {
	ID         string     `json:"id"`
	Start      string     `json:"start_time" example:"2026-03-10 10:00:00"`
	Stop       string     `json:"stop_time"`
	Caller     string     `json:"caller_phone" doc:"Digits; empty where withheld"`
	Called     string     `json:"called_phone"`
	Duration   int64      `json:"duration" doc:"Seconds of talk"`
	Wait       int64      `json:"wait_time"`
	Answered   bool       `json:"is_answered"`
	Count      int64      `json:"count_call" doc:"Which call of the client it is"`
	Matching   bool       `json:"is_matching" doc:"Whether it is joined with a visit"`
	Type       int        `json:"type" doc:"1: of a visit; 2: of a source alone, or of none"`
	Visit      string     `json:"sid"`
	Visitor    string     `json:"uuid"`
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
	const tag, text = chapterTracking, "Give such a program this address up to `/k50` in place of its own, and a key of ours in its header `apiKey`."
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/k50/call/list", id: "k50-calls", tag: tag, need: needCalls, summary: "List calls for a program written for K50", text: text + " Without dates it is the last 24 hours. The newest first."}, a.k50Calls)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/k50/pool/list", id: "k50-pools", tag: tag, need: needPools, summary: "List pools for a program written for K50", text: text + " A number that stands for a source is a static pool of its own."}, a.k50Pools)
}

func (a *API) k50Calls(ctx context.Context, in *struct {
	Of
	K50Paging
	From string `query:"dateFrom" maxLength:"19" doc:"YYYY-MM-DD, or with HH:MM:SS, in the project's time zone"`
	To   string `query:"dateTo" maxLength:"19"`
},
) (out K50List[K50Call], err error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return out, err
	}
	home, err := project.Get(ctx, a.parts.DB, in.id())
	if err != nil {
		return out, err
	}
	zone := home.Calendar.Zone(home.Calendar.DayAt(a.now()))
	filter, err := k50Period(in.From, in.To, zone, a.now())
	if err != nil {
		return out, err
	}
	const mostPassed = 20_000
	passed := (in.Page - 1) * in.Each
	if passed > mostPassed {
		return out, errs.New(errs.Invalid, "api.too_many_calls", "there are more than %d calls", mostPassed).At("query.page").Try("ask for a shorter time")
	}
	list, err := w.List(ctx, a.parts.DB, filter, call.NewestFirst, 0, passed+in.Each+1)
	if err != nil {
		return out, err
	}
	out = K50List[K50Call]{Result: []K50Call{}, Page: in.Page, Each: in.Each, More: len(list) > passed+in.Each}
	for _, c := range list[min(passed, len(list)):min(passed+in.Each, len(list))] {
		out.Result = append(out.Result, k50Call(c, zone))
	}
	if !p.Allows(access.View, access.Visits) {
		return out, nil
	}
	return out, a.addEntryPoints(ctx, in.Of, out.Result, zone)
}

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
	digits := func(n string) string { return strings.TrimPrefix(n, "+") }
	out := K50Call{
		ID: c.ID.String(), Start: c.StartedAt.In(zone).Format(ringostatTime), Caller: digits(c.Caller()), Called: digits(c.Dialled()), Duration: c.Talk, Wait: c.Wait,
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
