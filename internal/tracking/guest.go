package tracking

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Guest is an open visit, of a person where Bot is empty.
type Guest struct {
	Visit
	Begun   time.Time
	Last    time.Time // of its latest hit
	Online  bool      // a page is open now
	Pages   int64
	Numbers []phone.Number // that it is shown in place of the site's own
	Phone   phone.Number   // that the visitor left or called from; empty where unknown
}

// mostGuests bounds a list of guests.
const mostGuests = 200

// Guests lists the people whose visits are open, who was there last first: at most 200. Programs are left out, unless they are asked for too.
func Guests(ctx context.Context, events *store.DB, project ident.ProjectID, at time.Time, programs bool) (guests []Guest, err error) {
	return guests, events.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		guests = nil
		open, err := readActivities(ctx, q, project, at)
		if err != nil {
			return err
		}
		if err := readVisits(ctx, q, project, open); err != nil {
			return err
		}
		for _, v := range open {
			if programs || v.agent.bot == "" {
				guests = append(guests, v.guest(at))
			}
		}
		slices.SortFunc(guests, func(a, b Guest) int {
			if later := b.Last.Compare(a.Last); later != 0 {
				return later
			}
			return int(min(max(int64(a.ID)-int64(b.ID), -1), 1))
		})
		guests = guests[:min(len(guests), mostGuests)]
		return knownPhones(ctx, q, project, guests)
	})
}

func (v *visit) guest(at time.Time) Guest {
	g := Guest{
		Visit: Visit{
			ID: v.id, Site: v.site, Visitor: v.visitor, Ordinal: v.ordinal, From: v.from, Landing: v.landing, Referrer: v.referrer, Page: v.page, Device: v.agent.device,
			Language: v.language, Place: v.place, Network: v.network, Consent: v.consent, Bot: v.agent.bot,
		},
		Begun: v.id.begun(), Last: v.last, Online: v.left.IsZero() && at.Sub(v.last) <= Online, Pages: v.pages,
	}
	if strings.HasPrefix(v.phone, "+") {
		g.Phone = phone.Number(v.phone)
	}
	for _, s := range v.shown {
		if s.number != "" {
			g.Numbers = append(g.Numbers, s.number)
		}
	}
	return g
}

// knownPhones fills in the numbers that visitors left on earlier visits.
func knownPhones(ctx context.Context, q store.Querier, project ident.ProjectID, guests []Guest) error {
	var visitors []string
	for _, g := range guests {
		if g.Visitor != "" && g.Phone == "" {
			visitors = append(visitors, g.Visitor)
		}
	}
	known := map[string]phone.Number{}
	err := store.EachList(visitors, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT visitor_id, phone FROM tracking_visitor WHERE visitor_id IN (`+list+`) AND phone <> '' AND project_id = `+store.List(len(args)+1, 1),
			append(args, string(project)), func(rows *sql.Rows) error {
				var id string
				var n phone.Number
				err := rows.Scan(&id, &n)
				known[id] = n
				return err
			})
	})
	for i, g := range guests {
		if n := known[g.Visitor]; g.Phone == "" && strings.HasPrefix(string(n), "+") {
			guests[i].Phone = n
		}
	}
	return err
}

// lookedAt bounds how many visits of a project are looked at for the latest of a site.
const lookedAt = 10_000

// LatestVisit is when a site was visited last, by a person or a program; zero where none of the project's latest 10,000 visits was to it.
func LatestVisit(ctx context.Context, q store.Querier, project ident.ProjectID, site SiteID) (time.Time, error) {
	var id VisitID
	err := q.QueryRow(ctx, `SELECT COALESCE(MAX(visit_id), 0) FROM (SELECT visit_id, site_id FROM tracking_visit WHERE project_id = $1 ORDER BY visit_id DESC LIMIT $2) AS latest
		WHERE site_id = $3`, string(project), lookedAt, string(site)).Scan(&id)
	if err != nil || id == 0 {
		return time.Time{}, err
	}
	return id.begun(), nil
}

// Pulse is a word for each project that is another one after each hit of its sites: for pages that follow visits. Projects that were
// never visited have none.
func Pulse(ctx context.Context, q store.Querier, projects []ident.ProjectID) (marks map[ident.ProjectID]int64, err error) {
	marks = map[ident.ProjectID]int64{}
	return marks, store.EachList(projects, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT project_id, mark FROM tracking_turn WHERE project_id IN (`+list+`)`, args, func(rows *sql.Rows) error {
			var id string
			var mark int64
			err := rows.Scan(&id, &mark)
			marks[ident.ProjectID(id)] = mark
			return err
		})
	})
}
