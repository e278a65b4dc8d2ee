package api

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/project"
	"bellwether/internal/tracking"
)

// Lead is what a visitor left, or an order that a shop told of (Rules C-83, C-95).
type Lead struct {
	ID        string             `json:"id"`
	At        time.Time          `json:"at"`
	Kind      string             `json:"kind" enum:"form,tel,messenger,order"`
	State     tracking.LeadState `json:"state" enum:"new,working,won,lost"`
	StateAt   time.Time          `json:"state_at"`
	StateBy   string             `json:"state_by,omitempty"`
	Form      string             `json:"form,omitempty"`
	Phone     string             `json:"phone,omitempty" doc:"E.164, or as typed where it is no number"`
	Email     string             `json:"email,omitempty"`
	Name      string             `json:"name,omitempty"`
	Page      string             `json:"page,omitempty" doc:"On which it was left"`
	Reference string             `json:"reference,omitempty" doc:"An order's number at whoever told of it"`
	Promo     string             `json:"promo,omitempty" doc:"The code that came with an order"`
	Repeated  bool               `json:"repeated" doc:"The visit had left the same before"`
	Consent   int                `json:"consent" doc:"Of the visit then: 0 none, 1 session, 2 full"`
	Visit     string             `json:"visit,omitempty"`
	Visitor   string             `json:"visitor,omitempty"`
	Site      tracking.SiteID    `json:"site,omitempty"`
	Source    string             `json:"source,omitempty"`
	Medium    string             `json:"medium,omitempty"`
	Campaign  string             `json:"campaign,omitempty"`
	Term      string             `json:"term,omitempty"`
	Channel   string             `json:"channel,omitempty"`
	Landing   string             `json:"landing,omitempty"`
	Device    string             `json:"device,omitempty"`
	Region    string             `json:"region,omitempty"`
}

// LeadQuery chooses leads.
type LeadQuery struct {
	From     time.Time `query:"from"`
	Until    time.Time `query:"until"`
	Kind     string    `query:"kind" enum:"form,tel,messenger,order"`
	State    string    `query:"state" enum:"new,working,won,lost"`
	Phone    string    `query:"phone" maxLength:"20" doc:"Whole, E.164"`
	Source   string    `query:"source" maxLength:"200"`
	Medium   string    `query:"medium" maxLength:"200"`
	Campaign string    `query:"campaign" maxLength:"200"`
	Repeated string    `query:"repeated" enum:"true,false"`
	Programs string    `query:"programs" enum:"true,false,any" default:"false" doc:"Left by programs alone, by people alone, or both"`
}

func (f LeadQuery) domain() tracking.LeadFilter {
	out := tracking.LeadFilter{
		From: f.From, Until: f.Until, Kind: f.Kind, State: tracking.LeadState(f.State), Phone: f.Phone, Source: f.Source, Medium: f.Medium, Campaign: f.Campaign,
		Repeated: whether(f.Repeated),
	}
	if f.Programs != "any" {
		out.Programs = pointer(f.Programs == "true")
	}
	return out
}

// NewOrder is a lead that a shop or a CRM tells of.
type NewOrder struct {
	Reference string    `json:"reference" minLength:"1" maxLength:"100" doc:"Its number there: told of twice, it is one"`
	Phone     string    `json:"phone,omitempty" maxLength:"200" doc:"E.164, or as dialled in the project's country"`
	Email     string    `json:"email,omitempty" maxLength:"200"`
	Name      string    `json:"name,omitempty" maxLength:"200"`
	Promo     string    `json:"promo,omitempty" maxLength:"40" doc:"The visitor's code, where the buyer gave it: the lead is then that visit's (Rule C-95)"`
	Form      string    `json:"form,omitempty" maxLength:"200" doc:"Which shop, which form"`
	At        time.Time `json:"at,omitzero" doc:"When the order was made; now where left out"`
}

// ByLead names a lead of a project.
type ByLead struct {
	Of
	Lead string `path:"lead" maxLength:"20"`
}

// mostLeads of one visit are shown with it.
const mostLeads = 100

func leadRoutes(a *API) {
	const tag, all = chapterTracking, "/v1/projects/{project}/leads"
	read(a, route{method: http.MethodGet, path: all, id: "list-leads", tag: tag, need: needLeads, summary: "List leads, the latest first"}, a.listLeads)
	exported(a, route{method: http.MethodGet, path: all + ".csv", id: "export-leads", tag: tag, need: needLeadsExport, summary: "Export leads as CSV"}, leadCells, a.exportLeads)
	read(a, route{method: http.MethodGet, path: all + "/{lead}", id: "get-lead", tag: tag, need: needLeads, summary: "See a lead"}, func(ctx context.Context, in *ByLead) (Lead, error) {
		id, err := tracking.ParseLeadID(in.Lead)
		if err != nil {
			return Lead{}, err
		}
		l, err := tracking.GetLead(ctx, a.parts.Events, in.id(), id)
		return viewLead(l), err
	})
	apart(a, route{method: http.MethodPost, path: all, id: "add-order", tag: tag, need: needLeadsWrite, status: http.StatusCreated, ownRecord: true, summary: "Tell of an order", text: "With the visitor's code it is joined with their visit for certain, and their telephone is known when they call (Rule C-95)."}, a.addOrder)
	apart(a, route{method: http.MethodDelete, path: all + "/{lead}", id: "erase-lead", tag: tag, need: needForget, ownRecord: true, summary: "Erase whoever left a lead", text: "With all that is kept of them on the sites (Rule C-106); their calls are erased by their number."}, a.eraseLead)
	apart(a, route{method: http.MethodPut, path: all + "/{lead}/state", id: "set-lead-state", tag: tag, need: needLeadsWrite, ownRecord: true, summary: "Say how far a lead has come"}, a.setLeadState)
}

func seesLeads(p access.Permit) bool { return p.Allows(access.View, access.Clients) }

func viewLead(l tracking.LeadRecord) Lead {
	view := Lead{
		ID: l.ID.String(), At: l.ID.At(), Kind: l.Kind, State: l.State, StateAt: l.StateAt, StateBy: l.StateBy, Form: l.Form, Phone: l.Phone, Email: l.Email, Name: l.Name,
		Page: l.Page, Reference: l.Reference, Promo: string(l.Promo), Repeated: l.Repeated, Consent: int(l.Consent), Visitor: l.Visitor, Site: l.Site, Source: l.From.Name,
		Medium: l.From.Medium, Campaign: l.From.Campaign, Term: l.From.Term, Channel: string(l.From.Channel), Landing: l.Landing, Device: l.Device, Region: l.Place.Region,
	}
	if l.Visit != 0 {
		view.Visit = l.Visit.String()
	}
	return view
}

func (a *API) listLeads(ctx context.Context, in *struct {
	Of
	LeadQuery
	Paging
},
) (page Page[Lead], err error) {
	const list = "leads"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	found, err := tracking.Leads(ctx, a.parts.Events, in.id(), in.domain(), tracking.LeadID(after), in.Limit+1)
	return newPage(list, in.Limit, found, viewLead, func(l tracking.LeadRecord) string { return l.ID.String() }), err
}

// leadCells are the columns of an export.
var leadCells = []string{
	"id", "at", "kind", "state", "form", "name", "phone", "email", "page", "reference", "promo", "repeated", "consent", "visit", "visitor", "source", "medium", "campaign", "term", "channel", "landing", "device", "region",
}

func leadLine(l Lead) []string {
	return []string{
		l.ID, instantCell(l.At), l.Kind, string(l.State), l.Form, l.Name, l.Phone, l.Email, l.Page, l.Reference, l.Promo, strconv.FormatBool(l.Repeated), strconv.Itoa(l.Consent), l.Visit, l.Visitor,
		l.Source, l.Medium, l.Campaign, l.Term, l.Channel, l.Landing, l.Device, l.Region,
	}
}

func (a *API) exportLeads(ctx context.Context, in *struct {
	Of
	LeadQuery
},
) iter.Seq2[[]string, error] {
	const atOnce = 500
	return func(yield func([]string, error) bool) {
		for after := tracking.LeadID(0); ; {
			found, err := tracking.Leads(ctx, a.parts.Events, in.id(), in.domain(), after, atOnce)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range found {
				if !yield(leadLine(viewLead(l)), nil) {
					return
				}
				after = l.ID
			}
			if len(found) < atOnce {
				return
			}
		}
	}
}

func (a *API) addOrder(ctx context.Context, in *struct {
	Of
	Body NewOrder
},
) (Lead, error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return Lead{}, err
	}
	home, err := project.Get(ctx, a.parts.DB, in.id())
	if err != nil {
		return Lead{}, err
	}
	l, err := a.parts.Tracking.AddOrder(ctx, a.parts.DB, a.parts.Events, p, tracking.Order(in.Body), home.Country, a.now())
	return viewLead(l), err
}

func (a *API) setLeadState(ctx context.Context, in *struct {
	ByLead
	Body struct {
		State tracking.LeadState `json:"state" enum:"new,working,won,lost"`
	}
},
) (Lead, error) {
	id, err := tracking.ParseLeadID(in.Lead)
	if err != nil {
		return Lead{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return Lead{}, err
	}
	_, l, err := a.parts.Tracking.SetLeadState(ctx, a.parts.DB, a.parts.Events, p, id, in.Body.State, a.now())
	return viewLead(l), err
}

func (a *API) eraseLead(ctx context.Context, in *ByLead) (out ErasedClient, err error) {
	id, err := tracking.ParseLeadID(in.Lead)
	if err != nil {
		return out, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	erased, err := tracking.EraseLeadOf(ctx, a.parts.DB, a.parts.Events, p, id, a.now())
	return ErasedClient{Visits: erased.Visits, Leads: erased.Leads}, err
}
