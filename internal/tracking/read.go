package tracking

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/source"
	"bellwether/internal/store"
)

// Visit is a visit as its rows have it.
type Visit struct {
	ID       VisitID
	Site     SiteID
	Visitor  string // empty without consent
	Ordinal  int64  // which visit of the visitor it is, from 1
	From     source.Source
	Landing  string
	Referrer string
	Page     string // the last one seen
	Device   string
	Language string
	Place    Place
	Network  string // of the address: /24 or /48
	Consent  Consent
	Bot      string // why it is taken for a program; empty for a person
	Custom   Values // what the site said of the visitor: cookies that it names, and values that it set
}

func noVisit() error { return errs.New(errs.NotFound, "tracking.no_visit", "there is no such visit") }

// ParseVisitID reads an id; errs.NotFound `tracking.no_visit`.
func ParseVisitID(text string) (VisitID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, noVisit()
	}
	return VisitID(n), nil
}

// GetVisit reads a visit of a project; errs.NotFound `tracking.no_visit`.
func GetVisit(ctx context.Context, q store.Querier, project ident.ProjectID, id VisitID) (v Visit, err error) {
	var clicks, custom string
	err = q.QueryRow(ctx, `SELECT v.visit_id, v.site_id, v.visitor_id, v.ordinal, v.source, v.medium, v.campaign, v.term, v.content, v.channel, v.kind, v.clicks,
		v.landing, v.referrer, a.page, v.device, v.language, v.country, v.region, v.city, v.address, v.consent, v.bot, v.custom
		FROM tracking_visit AS v JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id WHERE v.project_id = $1 AND v.visit_id = $2`,
		string(project), int64(id)).Scan(&v.ID, &v.Site, &v.Visitor, &v.Ordinal, &v.From.Name, &v.From.Medium, &v.From.Campaign, &v.From.Term, &v.From.Content,
		&v.From.Channel, &v.From.Kind, &clicks, &v.Landing, &v.Referrer, &v.Page, &v.Device, &v.Language, &v.Place.Country, &v.Place.Region, &v.Place.City,
		&v.Network, &v.Consent, &v.Bot, &custom)
	if errors.Is(err, sql.ErrNoRows) {
		return Visit{}, noVisit()
	}
	v.From.Clicks, v.Custom = parseClicks(clicks), parseCustom(custom)
	return v, err
}
