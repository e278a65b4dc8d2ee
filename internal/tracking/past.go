package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// VisitFilter chooses visits; what is left out lets everything through.
type VisitFilter struct {
	From, Until                                    time.Time // when they began
	Site                                           SiteID
	Visitor                                        string
	Source, Medium, Campaign, Term, Channel, Click string // Click is a click id, whosever
	Device, Region, Landing                        string
	Programs                                       *bool // programs alone, or people alone
}

// PastVisit is a visit of a list.
type PastVisit struct {
	Visit
	Begun time.Time
	Last  time.Time // of its latest hit
	Left  time.Time // when its last page was closed; zero while one is open
	Pages int64
	Taps  int64        // on telephone links
	Phone phone.Number // that the visitor left; empty where they left none
	Shown []Showing    // what it was shown at last
}

// Showing is what a target showed to a visit.
type Showing struct {
	Target string
	Number phone.Number // empty where none was free
	How    string       // leased, returned, taken, overflowed, refused, lost, fixed, sign, spare, withheld
	Pool   PoolID
	Rule   string
}

// Visits lists visits of a project, the latest first: up to limit of them, from before after on (0: from the latest).
func Visits(ctx context.Context, events store.Querier, project ident.ProjectID, f VisitFilter, after VisitID, limit int) (visits []PastVisit, err error) {
	w := where{}
	w.add("v.project_id = ?", string(project))
	if after != 0 {
		w.add("v.visit_id < ?", int64(after))
	}
	w.during("v.visit_id", f.From, f.Until)
	for column, value := range map[string]string{
		"v.site_id": string(f.Site), "v.visitor_id": f.Visitor, "v.source": f.Source, "v.medium": f.Medium, "v.campaign": f.Campaign, "v.term": f.Term, "v.channel": f.Channel,
		"v.device": f.Device, "v.region": f.Region, "v.landing": f.Landing,
	} {
		w.equal(column, value)
	}
	if f.Click != "" {
		w.add("v.clicks LIKE ?", "%="+f.Click+"\n%")
	}
	if f.Programs != nil {
		w.add(map[bool]string{true: "v.bot <> ''", false: "v.bot = ''"}[*f.Programs])
	}
	return visits, store.EachRow(ctx, events, pastQuery+w.String()+" ORDER BY v.visit_id DESC LIMIT "+w.arg(limit), w.args, func(rows *sql.Rows) error {
		v, err := scanPast(rows.Scan)
		visits = append(visits, v)
		return err
	})
}

const pastQuery = `SELECT v.visit_id, v.site_id, v.visitor_id, v.ordinal, v.source, v.medium, v.campaign, v.term, v.content, v.channel, v.kind, v.clicks,
	v.landing, v.referrer, a.page, v.device, v.language, v.country, v.region, v.city, v.address, v.consent, v.bot, v.custom, a.last_at, a.left_at, a.pages, a.taps, a.phone, a.numbers
	FROM tracking_visit AS v JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id WHERE `

func scanPast(scan func(...any) error) (v PastVisit, err error) {
	var clicks, custom, left, numbers string
	var last, leftAt int64
	err = scan(&v.ID, &v.Site, &v.Visitor, &v.Ordinal, &v.From.Name, &v.From.Medium, &v.From.Campaign, &v.From.Term, &v.From.Content, &v.From.Channel, &v.From.Kind, &clicks,
		&v.Landing, &v.Referrer, &v.Page, &v.Device, &v.Language, &v.Place.Country, &v.Place.Region, &v.Place.City, &v.Network, &v.Consent, &v.Bot, &custom, &last, &leftAt, &v.Pages, &v.Taps, &left, &numbers)
	v.Begun, v.Last, v.Left, v.From.Clicks = v.ID.begun(), instant(last), instant(leftAt), parseClicks(clicks)
	v.Custom = parseCustom(custom)
	if number, bad := phone.Parse(left, ""); bad == nil {
		v.Phone = number
	}
	for _, s := range parseShown(numbers) {
		v.Shown = append(v.Shown, Showing{s.target, s.number, s.how, s.pool, s.rule})
	}
	return v, err
}

// OneVisit reads a visit of a project; errs.NotFound `tracking.no_visit`.
func OneVisit(ctx context.Context, events store.Querier, project ident.ProjectID, id VisitID) (PastVisit, error) {
	v, err := scanPast(events.QueryRow(ctx, pastQuery+"v.project_id = $1 AND v.visit_id = $2", string(project), int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = noVisit()
	}
	return v, err
}

// Step is a page that a visit saw, or a lead that it left.
type Step struct {
	At   time.Time
	Kind Kind
	URL  string
}

// mostSteps bounds the steps of a visit that are read.
const mostSteps = 1000

// Steps lists what a visit did, in the order of time: its first 1,000 pages and leads.
func Steps(ctx context.Context, events store.Querier, project ident.ProjectID, id VisitID) (steps []Step, err error) {
	const query = `SELECT hit_id, kind, url FROM tracking_hit WHERE project_id = $1 AND visit_id = $2 AND hit_id >= $3 AND hit_id < $4 ORDER BY hit_id LIMIT $5`
	return steps, store.EachRow(ctx, events, query, []any{string(project), int64(id), earliest(id.begun()), earliest(id.begun().Add(longestVisit)), mostSteps}, func(rows *sql.Rows) error {
		var hit VisitID
		var s Step
		err := rows.Scan(&hit, &s.Kind, &s.URL)
		s.At = hit.begun()
		steps = append(steps, s)
		return err
	})
}

// Leased is a lease as its log has it: it lasted until the visit had been idle for the pool's hold, or until the number's next lease.
type Leased struct {
	ID     int64
	At     time.Time
	Number phone.Number
	Visit  VisitID
	Pool   PoolID
	Target string
	Rule   string
	How    string // leased, returned, taken
}

// LeasesOf lists leases of a number, the latest first: up to limit of them, from before after on (0: from the latest).
func LeasesOf(ctx context.Context, events store.Querier, project ident.ProjectID, n phone.Number, from, until time.Time, after int64, limit int) (leases []Leased, err error) {
	w := where{}
	w.add("project_id = ?", string(project))
	w.add("number = ?", string(n))
	if after != 0 {
		w.add("lease_id < ?", after)
	}
	w.during("lease_id", from, until)
	return leases, store.EachRow(ctx, events, `SELECT lease_id, number, visit_id, pool_id, target, rule_id, how FROM tracking_lease WHERE `+w.String()+` ORDER BY lease_id DESC LIMIT `+w.arg(limit), w.args,
		func(rows *sql.Rows) error {
			var l Leased
			err := rows.Scan(&l.ID, &l.Number, &l.Visit, &l.Pool, &l.Target, &l.Rule, &l.How)
			l.At = VisitID(l.ID).begun()
			leases = append(leases, l)
			return err
		})
}

// VisitsOf lists a visitor's visits, the latest first: back from the latest, so that no index is needed.
func VisitsOf(ctx context.Context, events store.Querier, project ident.ProjectID, visitor string, most int) (visits []PastVisit, err error) {
	var id VisitID
	err = events.QueryRow(ctx, `SELECT last_visit FROM tracking_visitor WHERE project_id = $1 AND visitor_id = $2`, string(project), visitor).Scan(&id)
	for err == nil && id != 0 && len(visits) < most {
		var v PastVisit
		if v, err = OneVisit(ctx, events, project, id); err == nil {
			visits = append(visits, v)
			err = events.QueryRow(ctx, `SELECT previous FROM tracking_visit WHERE project_id = $1 AND visit_id = $2`, string(project), int64(id)).Scan(&id)
		}
	}
	if errors.Is(err, sql.ErrNoRows) || errs.CodeOf(err) == "tracking.no_visit" { // erased
		err = nil
	}
	return visits, err
}
