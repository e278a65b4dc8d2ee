package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

func callReportRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/call-report", id: "report-calls", tag: chapterCalls, need: needCalls,
		summary: "Sum up calls", text: "By where they came from, or by what they are (Rule T-115). The rows add up to the log, as far as there are no more than 5,000 of them; what is not known is empty.",
	}, a.reportCalls)
}

// OriginFilter chooses calls by where they came from.
type OriginFilter struct {
	Channel  string `query:"channel" maxLength:"100" doc:"The channel group"`
	Source   string `query:"source" maxLength:"500"`
	Medium   string `query:"medium" maxLength:"500"`
	Campaign string `query:"campaign" maxLength:"500"`
	Term     string `query:"term" maxLength:"500" doc:"The keyword"`
	Content  string `query:"content" maxLength:"500"`
	Landing  string `query:"landing" maxLength:"500" doc:"The page on which the visit began"`
	Referrer string `query:"referrer" maxLength:"500"`
	Page     string `query:"page" maxLength:"500" doc:"The last page before the call"`
	Device   string `query:"device" maxLength:"100"`
	Language string `query:"language" maxLength:"100"`
	Region   string `query:"region" maxLength:"100"`
	Pool     string `query:"pool" maxLength:"64"`
	Click    string `query:"click" maxLength:"500" doc:"Whole, with its name: gclid=..."`
	ClientID string `query:"client_id" maxLength:"200" doc:"Of the site's own analytics"`
	IP       string `query:"ip" maxLength:"50" doc:"Truncated, as calls have it"`
	Promo    string `query:"promo" maxLength:"40"`
	Visitor  string `query:"visitor" maxLength:"64"`
	Visit    string `query:"visit" maxLength:"64"`
	Custom   string `query:"custom" maxLength:"200" doc:"A part of what the site says of the visitor: vip=true"`
	Unknown  string `query:"unknown" maxLength:"200" doc:"Of the fields before, those that are not known of the call: source,campaign"`
	Known    string `query:"origin_known" enum:"true,false"`
	Tracked  string `query:"tracked" enum:"true,false" doc:"Whether the number is one of call tracking's, whether or not the origin is known"`
}

// into adds to a filter. Errors: errs.Invalid `call.bad_dimension`.
func (f OriginFilter) into(out *call.Filter) error {
	out.Known, out.Tracked, out.Origin = whether(f.Known), whether(f.Tracked), map[call.Dimension]string{}
	for d, given := range map[call.Dimension]string{
		call.ByChannel: f.Channel, call.BySource: f.Source, call.ByMedium: f.Medium, call.ByCampaign: f.Campaign, call.ByTerm: f.Term, call.ByContent: f.Content,
		call.ByLanding: f.Landing, call.ByReferrer: f.Referrer, call.ByPage: f.Page, call.ByDevice: f.Device, call.ByLanguage: f.Language, call.ByRegion: f.Region,
		call.ByPool: f.Pool, call.ByClick: f.Click, call.ByClientID: f.ClientID, call.ByNetwork: f.IP, call.ByPromo: f.Promo, call.ByVisitor: f.Visitor, call.ByVisit: f.Visit,
		call.ByCustom: f.Custom,
	} {
		if given != "" {
			out.Origin[d] = given
		}
	}
	if f.Unknown == "" {
		return nil
	}
	for _, name := range strings.Split(f.Unknown, ",") {
		d := call.Dimension(strings.TrimSpace(name))
		if !d.OfOrigin() {
			return errs.New(errs.Invalid, "call.bad_dimension", "%.40q is nothing that is known of an origin", name).At("query.unknown").Try("choose of the fields of an origin").
				With("Dimension", name)
		}
		out.Origin[d] = ""
	}
	return nil
}

// CallOrigin is where a call came from.
type CallOrigin struct {
	Receipt   string    `json:"receipt,omitempty" doc:"Which candidates there were and why this one"`
	Visit     string    `json:"visit,omitempty"`
	Visitor   string    `json:"visitor,omitempty"`
	Certainty float64   `json:"certainty" doc:"That the visit is the one, 0 to 1"`
	Pool      string    `json:"pool,omitempty"`
	Channel   string    `json:"channel,omitempty"`
	Source    string    `json:"source,omitempty"`
	Medium    string    `json:"medium,omitempty"`
	Campaign  string    `json:"campaign,omitempty"`
	Term      string    `json:"term,omitempty"`
	Content   string    `json:"content,omitempty"`
	Click     string    `json:"click,omitempty" doc:"The advert's click id with its name: gclid=..."`
	Landing   string    `json:"landing,omitempty"`
	Referrer  string    `json:"referrer,omitempty"`
	Page      string    `json:"page,omitempty"`
	Device    string    `json:"device,omitempty"`
	Language  string    `json:"language,omitempty"`
	Region    string    `json:"region,omitempty"`
	IP        string    `json:"ip,omitempty" doc:"Truncated"`
	ClientID  string    `json:"client_id,omitempty" doc:"Of the site's own analytics"`
	Promo     string    `json:"promo,omitempty"`
	Custom    string    `json:"custom,omitempty" doc:"What the site says of the visitor: city=Kyiv, vip=true"`
	FoundAt   time.Time `json:"found_at"`
}

// viewOrigin is nil where the number is none of call tracking's.
func viewOrigin(o call.Origin) *CallOrigin {
	if !o.Tracked() {
		return nil
	}
	return &CallOrigin{
		Receipt: o.Receipt, Visit: o.Visit, Visitor: o.Visitor, Certainty: float64(o.Certainty) / call.Certain, Pool: o.Pool, Channel: o.Channel, Source: o.Source,
		Medium: o.Medium, Campaign: o.Campaign, Term: o.Term, Content: o.Content, Click: o.Click, Landing: o.Landing, Referrer: o.Referrer, Page: o.Page,
		Device: o.Device, Language: o.Language, Region: o.Region, IP: o.IP, ClientID: o.ClientID, Promo: o.Promo, Custom: o.Custom, FoundAt: o.FoundAt,
	}
}

// originCells are the columns of an origin in an export.
var originCells = strings.Split("channel,source,medium,campaign,term,content,click,landing,referrer,page,device,language,region,ip,client_id,visitor,pool,promo,custom,certainty", ",")

func originLine(o *CallOrigin) []string {
	if o == nil {
		return make([]string, len(originCells))
	}
	certainty := money.Micro(o.Certainty * 1e6).String()
	return []string{
		o.Channel, o.Source, o.Medium, o.Campaign, o.Term, o.Content, o.Click, o.Landing, o.Referrer, o.Page, o.Device, o.Language, o.Region, o.IP, o.ClientID,
		o.Visitor, o.Pool, o.Promo, o.Custom, certainty,
	}
}

// CallReport is calls summed up.
type CallReport struct {
	By   []call.Dimension `json:"by"`
	Rows []CallReportRow  `json:"rows" doc:"The most calls first"`
}

// CallReportRow is the calls that are alike in the dimensions of the report.
type CallReportRow struct {
	Of       []string     `json:"of" doc:"In the order of the dimensions; empty for what is not known"`
	Calls    int64        `json:"calls"`
	Clients  int64        `json:"first_calls" doc:"Clients who called for the first time"`
	Answered int64        `json:"answered"`
	Blocked  int64        `json:"blocked" doc:"Of callers on the block list: neither answered nor missed"`
	Missed   int64        `json:"missed"`
	Owed     int64        `json:"owed"`
	Proper   int64        `json:"proper" doc:"Long enough to count (Rule T-105)"`
	Repeated int64        `json:"repeated"`
	Talk     int64        `json:"talk_seconds"`
	Wait     int64        `json:"wait_seconds" doc:"Of answered calls"`
	Cost     *money.Micro `json:"cost,omitempty" doc:"Left out for whoever may not see funds"`
}

func (a *API) reportCalls(ctx context.Context, in *struct {
	Of
	By string `query:"by" default:"channel,source,medium" maxLength:"200" doc:"One to four of channel, source, medium, campaign, term, content, landing, referrer, page, device, language, region, pool, click, client_id, ip, promo, visitor, visit, custom, number, employee, department, scheme, status, category; and tracked, which is yes for numbers of call tracking"`
	CallFilter
},
) (report CallReport, err error) {
	filter, err := in.domain()
	if err != nil {
		return report, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return report, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return report, err
	}
	for _, name := range strings.Split(in.By, ",") {
		report.By = append(report.By, call.Dimension(strings.TrimSpace(name)))
	}
	funds := p.Allows(access.View, access.Funds)
	return report, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		rows, err := w.By(ctx, q, filter, report.By...)
		report.Rows = make([]CallReportRow, len(rows))
		for i, r := range rows {
			report.Rows[i] = CallReportRow{
				Of: r.Of, Calls: r.Calls, Clients: r.Clients, Answered: r.Answered, Blocked: r.Blocked, Missed: r.Missed, Owed: r.Owed, Proper: r.Proper, Repeated: r.Repeated,
				Talk: r.Talk, Wait: r.Wait,
			}
			if funds {
				report.Rows[i].Cost = pointer(r.Cost)
			}
		}
		return err
	})
}
