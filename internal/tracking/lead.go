package tracking

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/source"
	"bellwether/internal/store"
)

// LeadID names a lead of a project; it begins with the microsecond at which the lead came.
type LeadID int64

// String is the id as other packages keep it.
func (id LeadID) String() string { return strconv.FormatInt(int64(id), 10) }

// At is when the lead came.
func (id LeadID) At() time.Time { return VisitID(id).begun() }

// ParseLeadID reads an id; errs.NotFound `tracking.no_lead`.
func ParseLeadID(text string) (LeadID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, noLead()
	}
	return LeadID(n), nil
}

func noLead() error {
	return errs.New(errs.NotFound, "tracking.no_lead", "there is no such lead").At("lead").Try("look at the list of leads")
}

// LeadState is how far people have come with a lead (Rule C-83).
type LeadState string

// The states of leads.
const (
	NewLead     LeadState = "new"
	WorkingLead LeadState = "working"
	WonLead     LeadState = "won"
	LostLead    LeadState = "lost"
)

// LeadStates lists the states.
var LeadStates = []LeadState{NewLead, WorkingLead, WonLead, LostLead}

// OrderLead is the kind of a lead that a shop or a CRM told of; the others are caught by the tag.
const OrderLead = "order"

// LeadKinds lists the kinds of leads.
var LeadKinds = []string{"form", "tel", "messenger", OrderLead}

// LeadRecord is a lead as it is kept, with what its visit says of where it came from (Rule C-83).
type LeadRecord struct {
	ID        LeadID
	Visit     VisitID // 0 where nobody knows it
	Visitor   string
	Site      SiteID
	Kind      string // one of LeadKinds
	Form      string
	Phone     string // E.164 with its plus, or as typed where it is no number
	Email     string
	Name      string
	Page      string // on which it was left
	Consent   Consent
	Repeated  bool      // the visit had left the same before
	Promo     PromoCode // that came with an order
	Reference string    // an order's number at whoever told of it
	State     LeadState
	StateAt   time.Time
	StateBy   string // "user <id>" or "key <id>"; empty while new
	From      source.Source
	Landing   string
	Device    string
	Place     Place
}

// LeadFilter chooses leads; what is left out lets everything through.
type LeadFilter struct {
	From, Until              time.Time
	Kind                     string
	State                    LeadState
	Phone                    string // whole, as it is kept
	Visit                    VisitID
	Source, Medium, Campaign string
	Repeated                 *bool
	Programs                 *bool // left by programs (Rule C-77), or by people; nil: both
}

// Leads lists leads of a project in the database of events, the latest first: up to limit of them, from before after on (0: from
// the latest).
func Leads(ctx context.Context, events store.Querier, project ident.ProjectID, f LeadFilter, after LeadID, limit int) ([]LeadRecord, error) {
	w := where{}
	w.add("l.project_id = ?", string(project))
	if after != 0 {
		w.add("l.lead_id < ?", int64(after))
	}
	w.during("l.lead_id", f.From, f.Until)
	w.equal("l.kind", f.Kind)
	w.equal("l.state", string(f.State))
	w.equal("l.phone", f.Phone)
	w.equal("v.source", f.Source)
	w.equal("v.medium", f.Medium)
	w.equal("v.campaign", f.Campaign)
	if f.Visit != 0 {
		w.add("l.visit_id = ?", int64(f.Visit))
	}
	if f.Repeated != nil {
		w.add("l.repeated = ?", map[bool]int{true: 1}[*f.Repeated])
	}
	if f.Programs != nil {
		w.add("COALESCE(v.bot, '')" + map[bool]string{true: " <> ''", false: " = ''"}[*f.Programs])
	}
	return readLeads(ctx, events, w.String()+" ORDER BY l.lead_id DESC LIMIT "+w.arg(limit), w.args)
}

// GetLead reads a lead of a project; errs.NotFound `tracking.no_lead`.
func GetLead(ctx context.Context, events store.Querier, project ident.ProjectID, id LeadID) (LeadRecord, error) {
	found, err := readLeads(ctx, events, "l.project_id = $1 AND l.lead_id = $2", []any{string(project), int64(id)})
	if err == nil && len(found) == 0 {
		err = noLead()
	}
	if err != nil {
		return LeadRecord{}, err
	}
	return found[0], nil
}

func readLeads(ctx context.Context, q store.Querier, condition string, args []any) (leads []LeadRecord, err error) {
	return leads, store.EachRow(ctx, q, `SELECT l.lead_id, l.visit_id, l.kind, l.form, l.phone, l.email, l.name, l.page, l.consent, l.repeated, l.promo, l.reference, l.state, l.state_at, l.state_by,
		COALESCE(v.visitor_id, ''), COALESCE(v.site_id, ''), COALESCE(v.source, ''), COALESCE(v.medium, ''), COALESCE(v.campaign, ''), COALESCE(v.term, ''), COALESCE(v.content, ''),
		COALESCE(v.channel, ''), COALESCE(v.landing, ''), COALESCE(v.device, ''), COALESCE(v.country, ''), COALESCE(v.region, ''), COALESCE(v.city, '')
		FROM tracking_lead AS l LEFT JOIN tracking_visit AS v ON v.project_id = l.project_id AND v.visit_id = l.visit_id WHERE `+condition, args, func(rows *sql.Rows) error {
		var l LeadRecord
		var stateAt int64
		err := rows.Scan(&l.ID, &l.Visit, &l.Kind, &l.Form, &l.Phone, &l.Email, &l.Name, &l.Page, &l.Consent, &l.Repeated, &l.Promo, &l.Reference, &l.State, &stateAt, &l.StateBy,
			&l.Visitor, &l.Site, &l.From.Name, &l.From.Medium, &l.From.Campaign, &l.From.Term, &l.From.Content,
			&l.From.Channel, &l.Landing, &l.Device, &l.Place.Country, &l.Place.Region, &l.Place.City)
		l.StateAt = instant(stateAt)
		leads = append(leads, l)
		return err
	})
}

// numberLeft reads a number that a visitor left, of the country where they seem to be, or else of that of the site's own numbers: whose browser is set to
// English, or travels, writes "067 123 45 67" all the same.
func numberLeft(text, country string, targets []Target) (phone.Number, error) {
	countries := []string{country}
	for _, target := range targets {
		countries = append(countries, target.Numbers[0].Country())
	}
	for _, one := range countries {
		if typed, ok := phone.ReadTyped(text, one); ok && typed.Whole {
			return phone.Number("+" + typed.Digits), nil
		}
	}
	return phone.Parse(text, country)
}
