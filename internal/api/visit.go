package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/tracking"
)

// Visit is somebody's visit to a site.
type Visit struct {
	ID       string          `json:"id"`
	Site     tracking.SiteID `json:"site"`
	Visitor  string          `json:"visitor,omitempty" doc:"Left out without full consent"`
	Ordinal  int64           `json:"ordinal,omitempty" doc:"Which visit of the visitor it is"`
	Begun    time.Time       `json:"begun_at"`
	Last     time.Time       `json:"last_at"`
	Left     *time.Time      `json:"left_at,omitempty"`
	Pages    int64           `json:"pages"`
	Taps     int64           `json:"taps,omitempty" doc:"On telephone links"`
	Source   string          `json:"source"`
	Medium   string          `json:"medium"`
	Campaign string          `json:"campaign,omitempty"`
	Term     string          `json:"term,omitempty"`
	Content  string          `json:"content,omitempty"`
	Channel  string          `json:"channel"`
	Clicks   []string        `json:"clicks,omitempty" doc:"Click ids with their names: gclid=..."`
	Landing  string          `json:"landing"`
	Referrer string          `json:"referrer,omitempty"`
	Page     string          `json:"page,omitempty" doc:"The last one seen"`
	Device   string          `json:"device,omitempty"`
	Language string          `json:"language,omitempty"`
	Country  string          `json:"country,omitempty"`
	Region   string          `json:"region,omitempty"`
	City     string          `json:"city,omitempty"`
	IP       string          `json:"ip,omitempty" doc:"Truncated (Rule C-78)"`
	Consent  int             `json:"consent" doc:"0 none, 1 session, 2 full"`
	Program  string          `json:"program,omitempty" doc:"Why it is taken for a program; left out for a person"`
	Phone    phone.Number    `json:"phone,omitempty" doc:"That the visitor left"`
	Shown    []ShownNumber   `json:"shown" doc:"What it was shown at last"`
}

// ShownNumber is what a target showed to a visit.
type ShownNumber struct {
	Target string          `json:"target"`
	Number phone.Number    `json:"number,omitempty" doc:"Left out where none was free"`
	How    string          `json:"how" enum:"leased,returned,taken,overflowed,refused,lost,fixed,sign,spare,withheld"`
	Pool   tracking.PoolID `json:"pool,omitempty"`
	Rule   string          `json:"rule,omitempty"`
}

// VisitDetail is a visit with what it did.
type VisitDetail struct {
	Visit
	Promo string      `json:"promo,omitempty" doc:"The code it is shown"`
	Steps []VisitStep `json:"steps"`
	Leads []Lead      `json:"leads" doc:"Of those who may see clients"`
}

// VisitStep is a page that a visit saw, or a lead that it left.
type VisitStep struct {
	At   time.Time     `json:"at"`
	Kind tracking.Kind `json:"kind" enum:"page,lead"`
	URL  string        `json:"url"`
}

// LiveVisitor is a visit that is open.
type LiveVisitor struct {
	Visit
	Online bool `json:"online" doc:"A page is open now"`
}

// VisitQuery chooses visits.
type VisitQuery struct {
	From     time.Time `query:"from" doc:"Visits that began then or later"`
	Until    time.Time `query:"until" doc:"Visits that began before"`
	Site     string    `query:"site" maxLength:"64"`
	Visitor  string    `query:"visitor" maxLength:"64"`
	Source   string    `query:"source" maxLength:"200"`
	Medium   string    `query:"medium" maxLength:"200"`
	Campaign string    `query:"campaign" maxLength:"200"`
	Term     string    `query:"term" maxLength:"200"`
	Channel  string    `query:"channel" maxLength:"100"`
	Click    string    `query:"click" maxLength:"256" doc:"An advert's click id"`
	Device   string    `query:"device" maxLength:"20"`
	Region   string    `query:"region" maxLength:"10"`
	Landing  string    `query:"landing" maxLength:"2000"`
	Programs string    `query:"programs" enum:"true,false,any" default:"false" doc:"Programs alone, people alone, or both"`
}

func (f VisitQuery) domain() tracking.VisitFilter {
	out := tracking.VisitFilter{
		From: f.From, Until: f.Until, Site: tracking.SiteID(f.Site), Visitor: f.Visitor, Source: f.Source, Medium: f.Medium, Campaign: f.Campaign, Term: f.Term,
		Channel: f.Channel, Click: f.Click, Device: f.Device, Region: f.Region, Landing: f.Landing,
	}
	if f.Programs != "any" {
		out.Programs = pointer(f.Programs == "true")
	}
	return out
}

func visitRoutes(a *API) {
	const tag = chapterTracking
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/visitors", id: "list-visitors", tag: tag, need: needVisits, summary: "List who is on the sites now", text: "At most 200 open visits of people, who was there last first."}, a.listVisitors)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/visits", id: "list-visits", tag: tag, need: needVisits, summary: "List visits, the latest first"}, a.listVisits)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/visit-report", id: "report-visits", tag: tag, need: needVisits, summary: "Sum up visits", text: "By where they came from (Rule C-110). Programs are left out and counted, unless they are asked for."}, a.reportVisits)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/visits/{visit}", id: "get-visit", tag: tag, need: needVisits, summary: "See a visit", text: "With its pages, its leads and the code it is shown."}, a.getVisit)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/promo-codes/{promo}", id: "get-promo-code", tag: tag, need: needVisits, summary: "Find the visit of a code", text: "The one that the code stands for now (Rule C-93)."}, a.visitOfPromo)
	read(a, route{method: http.MethodGet, path: "/v1/projects/{project}/calls/{call}/receipts", id: "list-receipts", tag: tag, need: needVisits, summary: "See why a call is put down to a visit", text: "Every scoring of the call, the one that counts first: candidates, probabilities, reasons (Rules C-21, C-91)."}, a.listReceipts)
}

func viewVisit(v tracking.PastVisit) Visit {
	view := Visit{
		ID: v.ID.String(), Site: v.Site, Visitor: v.Visitor, Begun: v.Begun, Last: v.Last, Left: happened(v.Left), Pages: v.Pages, Taps: v.Taps,
		Source: v.From.Name, Medium: v.From.Medium, Campaign: v.From.Campaign, Term: v.From.Term, Content: v.From.Content, Channel: string(v.From.Channel),
		Landing: v.Landing, Referrer: v.Referrer, Page: v.Page, Device: v.Device, Language: v.Language, Country: v.Place.Country, Region: v.Place.Region, City: v.Place.City,
		IP: v.Network, Consent: int(v.Consent), Program: v.Bot, Phone: v.Phone, Shown: []ShownNumber{},
	}
	if v.Visitor != "" {
		view.Ordinal = v.Ordinal
	}
	for _, c := range v.From.Clicks {
		view.Clicks = append(view.Clicks, c.Name+"="+c.ID)
	}
	for _, s := range v.Shown {
		view.Shown = append(view.Shown, ShownNumber(s))
	}
	return view
}

// LiveVisitors are those of a project.
type LiveVisitors struct {
	Visitors []LiveVisitor `json:"visitors"`
}

func (a *API) listVisitors(ctx context.Context, in *struct{ Of }) (LiveVisitors, error) {
	guests, err := tracking.Guests(ctx, a.parts.Events, in.id(), a.now(), false)
	out := LiveVisitors{Visitors: make([]LiveVisitor, len(guests))}
	for i, g := range guests {
		past := tracking.PastVisit{Visit: g.Visit, Begun: g.Begun, Last: g.Last, Pages: g.Pages, Phone: g.Phone}
		out.Visitors[i] = LiveVisitor{viewVisit(past), g.Online}
		for _, n := range g.Numbers {
			out.Visitors[i].Shown = append(out.Visitors[i].Shown, ShownNumber{Number: n})
		}
	}
	return out, err
}

func (a *API) listVisits(ctx context.Context, in *struct {
	Of
	VisitQuery
	Paging
},
) (page Page[Visit], err error) {
	const list = "visits"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	found, err := tracking.Visits(ctx, a.parts.Events, in.id(), in.domain(), tracking.VisitID(after), in.Limit+1)
	return newPage(list, in.Limit, found, viewVisit, func(v tracking.PastVisit) string { return v.ID.String() }), err
}

func (a *API) getVisit(ctx context.Context, in *struct {
	Of
	Visit string `path:"visit" maxLength:"20"`
},
) (VisitDetail, error) {
	id, err := tracking.ParseVisitID(in.Visit)
	if err != nil {
		return VisitDetail{}, err
	}
	return a.visitDetail(ctx, in.Of, id)
}

func (a *API) visitDetail(ctx context.Context, of Of, id tracking.VisitID) (out VisitDetail, err error) {
	v, err := tracking.OneVisit(ctx, a.parts.Events, of.id(), id)
	if err != nil {
		return out, err
	}
	out = VisitDetail{Visit: viewVisit(v), Steps: []VisitStep{}, Leads: []Lead{}}
	steps, err := tracking.Steps(ctx, a.parts.Events, of.id(), id)
	if err != nil {
		return out, err
	}
	for _, s := range steps {
		out.Steps = append(out.Steps, VisitStep(s))
	}
	code, err := tracking.PromoOf(ctx, a.parts.Events, of.id(), id)
	if err != nil {
		return out, err
	}
	out.Promo = string(code)
	p, err := a.permit(ctx, of.id())
	if err != nil || !seesLeads(p) {
		return out, err
	}
	leads, err := tracking.Leads(ctx, a.parts.Events, of.id(), tracking.LeadFilter{Visit: id}, 0, mostLeads)
	for _, l := range leads {
		out.Leads = append(out.Leads, viewLead(l))
	}
	return out, err
}

func (a *API) visitOfPromo(ctx context.Context, in *struct {
	Of
	Promo string `path:"promo" maxLength:"40"`
},
) (out VisitDetail, err error) {
	code, err := tracking.ParsePromo(in.Promo)
	if err != nil {
		return out, err
	}
	id, err := tracking.VisitOfPromo(ctx, a.parts.Events, in.id(), code, a.now())
	if err != nil {
		return out, err
	}
	return a.visitDetail(ctx, in.Of, id)
}
