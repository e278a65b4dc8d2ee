package webhook

import (
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/tracking"
)

// Version is that of the form of messages: it grows where a receiver would have to be changed.
const Version = 1

// Body is a message as it is sent (Rule W-04).
type Body[D any] struct {
	ID         string          `json:"id" doc:"Of the message: the same for each endpoint and each try, so that a receiver takes it once"`
	Kind       Kind            `json:"kind"`
	Version    int             `json:"version" doc:"Of this form: 1"`
	OccurredAt time.Time       `json:"occurred_at" format:"date-time"`
	Project    ident.ProjectID `json:"project"`
	Data       D               `json:"data"`
}

// CallData is what is told of a call: as it stands when the message is written, which is at once.
type CallData struct {
	ID         string         `json:"id" doc:"Of the call: get-call knows more"`
	Direction  call.Direction `json:"direction" enum:"inbound,outbound,callback,click_to_call"`
	Client     string         `json:"client,omitempty" doc:"Who is outside, E.164; left out where the caller withheld it"`
	Number     string         `json:"number,omitempty" doc:"The project's number"`
	Status     call.Status    `json:"status" enum:"calling,in_progress,answered,no_answer,busy,failed,voicemail,wrong_extension,client_no_answer,forbidden,blocked"`
	Result     call.Result    `json:"result" doc:"As the call log tells it (Rule T-105)"`
	StartedAt  time.Time      `json:"started_at" format:"date-time"`
	AnsweredAt *time.Time     `json:"answered_at,omitempty" format:"date-time"`
	EndedAt    *time.Time     `json:"ended_at,omitempty" format:"date-time"`
	EndedBy    call.Party     `json:"ended_by,omitempty" enum:"client,staff,system"`
	Wait       int64          `json:"wait_seconds"`
	Talk       int64          `json:"talk_seconds"`
	Employee   *Employee      `json:"employee,omitempty"`
	Scheme     string         `json:"scheme,omitempty" doc:"The routing scheme's name"`
	Counter    int64          `json:"counter,omitempty" doc:"Which call of the client it is"`
	Repeated   bool           `json:"repeated"`
	Proper     bool           `json:"proper"`
	Missed     bool           `json:"missed"`
	Category   string         `json:"category,omitempty"`
	Tags       []string       `json:"tags,omitempty"`
	Cost       *money.Micro   `json:"cost,omitempty" doc:"Once it has ended, in the project's currency"`
	Currency   money.Currency `json:"currency,omitempty"`
	Recordings int64          `json:"recordings" doc:"How many there are, voicemails too"`
	Link       string         `json:"link" doc:"The page of the call in the cabinet, with its recordings"`
	Origin     *Origin        `json:"origin,omitempty" doc:"Where it came from; left out where nobody knows"`
	Recording  *Recording     `json:"recording,omitempty" doc:"Of recording.ready and voicemail.received"`
}

// Employee is who was on a call.
type Employee struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Department string `json:"department,omitempty"`
}

// Origin is where a call came from (Rule T-114).
type Origin struct {
	Visit     string  `json:"visit,omitempty"`
	Visitor   string  `json:"visitor,omitempty"`
	Certainty float64 `json:"certainty" doc:"That the visit is the one, 0 to 1"`
	Channel   string  `json:"channel,omitempty"`
	Source    string  `json:"source,omitempty"`
	Medium    string  `json:"medium,omitempty"`
	Campaign  string  `json:"campaign,omitempty"`
	Keyword   string  `json:"keyword,omitempty"`
	Content   string  `json:"content,omitempty"`
	Click     string  `json:"click,omitempty" doc:"The advert's click id with its name: gclid=..."`
	Landing   string  `json:"landing,omitempty"`
	Referrer  string  `json:"referrer,omitempty"`
	Page      string  `json:"page,omitempty" doc:"The last one before the call"`
	Device    string  `json:"device,omitempty"`
	Language  string  `json:"language,omitempty"`
	Region    string  `json:"region,omitempty"`
	Pool      string  `json:"pool,omitempty"`
	ClientID  string  `json:"client_id,omitempty" doc:"Of the site's own analytics"`
	Promo     string  `json:"promo,omitempty" doc:"The code that the caller gave"`
}

// Recording is a file of sound of a call.
type Recording struct {
	N         int64     `json:"n"`
	Kind      call.Kind `json:"kind" enum:"talk,voicemail"`
	StartedAt time.Time `json:"started_at" format:"date-time"`
	Seconds   int64     `json:"seconds"`
}

// LeadData is what is told of a lead.
type LeadData struct {
	ID        string             `json:"id"`
	Kind      string             `json:"kind" enum:"form,tel,messenger,order"`
	State     tracking.LeadState `json:"state" enum:"new,working,won,lost"`
	At        time.Time          `json:"at" format:"date-time"`
	StateAt   time.Time          `json:"state_at" format:"date-time"`
	Form      string             `json:"form,omitempty"`
	Phone     string             `json:"phone,omitempty"`
	Email     string             `json:"email,omitempty"`
	Name      string             `json:"name,omitempty"`
	Page      string             `json:"page,omitempty"`
	Reference string             `json:"reference,omitempty" doc:"An order's number at whoever told of it"`
	Promo     string             `json:"promo,omitempty"`
	Repeated  bool               `json:"repeated"`
	Visit     string             `json:"visit,omitempty"`
	Visitor   string             `json:"visitor,omitempty"`
	Site      tracking.SiteID    `json:"site,omitempty"`
	Channel   string             `json:"channel,omitempty"`
	Source    string             `json:"source,omitempty"`
	Medium    string             `json:"medium,omitempty"`
	Campaign  string             `json:"campaign,omitempty"`
	Keyword   string             `json:"keyword,omitempty"`
	Landing   string             `json:"landing,omitempty"`
	Device    string             `json:"device,omitempty"`
	Region    string             `json:"region,omitempty"`
	Link      string             `json:"link" doc:"The page of the lead in the cabinet"`
}

// StateData is what is told of a project that runs out of funds, or has some again (Rule B-60).
type StateData struct {
	From     billing.State  `json:"from" enum:"active,low,grace,suspended,unpaid,quarantine,released"`
	To       billing.State  `json:"to" enum:"active,low,grace,suspended,unpaid,quarantine,released"`
	Balance  money.Micro    `json:"balance"`
	Currency money.Currency `json:"currency"`
	Link     string         `json:"link"`
}

// PaymentData is what is told of money that came in.
type PaymentData struct {
	ID       string         `json:"id"`
	Amount   money.Micro    `json:"amount"`
	Method   string         `json:"method"`
	Auto     bool           `json:"auto" doc:"An automatic renewal"`
	Balance  money.Micro    `json:"balance" doc:"After it"`
	Currency money.Currency `json:"currency"`
	Link     string         `json:"link"`
}

// TestData is what a test tells.
type TestData struct {
	Webhook string `json:"webhook" doc:"The endpoint's name"`
	Text    string `json:"text"`
}

func (s *Service) page(id ident.ProjectID, below string) string {
	return s.Origin + "/p/" + string(id) + below
}

func (s *Service) callData(c call.Call, p *project.Project) CallData {
	d := CallData{
		ID: c.ID.String(), Direction: c.Direction, Client: c.Client, Number: c.Number, Status: c.Status, Result: c.Result(), StartedAt: c.StartedAt, AnsweredAt: happened(c.AnsweredAt),
		EndedAt: happened(c.EndedAt), EndedBy: c.EndedBy, Wait: c.Wait, Talk: c.Talk, Scheme: c.Scheme.Name, Counter: c.Counter, Repeated: c.Repeated, Proper: c.Proper, Missed: c.Missed,
		Category: c.Category, Tags: c.Tags, Recordings: c.Recordings, Link: s.page(c.Project, "/calls/"+c.ID.String()), Origin: OriginOf(c.Origin),
	}
	if c.Person.ID != "" {
		d.Employee = &Employee{c.Person.ID, c.Person.Name, c.Person.DepartmentName}
	}
	if !c.Open() {
		d.Cost, d.Currency = &c.Cost, p.Currency
	}
	return d
}

// OriginOf is an origin as messages tell it; nil where nobody knows one.
func OriginOf(o call.Origin) *Origin {
	if !o.Known() {
		return nil
	}
	return &Origin{
		Visit: o.Visit, Visitor: o.Visitor, Certainty: float64(o.Certainty) / call.Certain, Channel: o.Channel, Source: o.Source, Medium: o.Medium, Campaign: o.Campaign,
		Keyword: o.Term, Content: o.Content, Click: o.Click, Landing: o.Landing, Referrer: o.Referrer, Page: o.Page, Device: o.Device, Language: o.Language, Region: o.Region,
		Pool: o.Pool, ClientID: o.ClientID, Promo: o.Promo,
	}
}

func (s *Service) leadData(id ident.ProjectID, l tracking.LeadRecord) LeadData {
	d := LeadData{
		ID: l.ID.String(), Kind: l.Kind, State: l.State, At: l.ID.At(), StateAt: l.StateAt, Form: l.Form, Phone: l.Phone, Email: l.Email, Name: l.Name, Page: l.Page,
		Reference: l.Reference, Promo: string(l.Promo), Repeated: l.Repeated, Visitor: l.Visitor, Site: l.Site, Channel: string(l.From.Channel), Source: l.From.Name,
		Medium: l.From.Medium, Campaign: l.From.Campaign, Keyword: l.From.Term, Landing: l.Landing, Device: l.Device, Region: l.Place.Region,
		Link: s.page(id, "/leads/"+l.ID.String()),
	}
	if l.Visit != 0 {
		d.Visit = l.Visit.String()
	}
	return d
}

func happened(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
