package tracking

import (
	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// monthDays is over how many days, today among them, a site's traffic is shown.
const monthDays = 30

// traffic is how many visits each site had in so many days, today among them.
func (p *pages) traffic(v *cabinet.Visit, days int) (sums map[tracking.SiteID]tracking.Sum, err error) {
	today := v.Today()
	found, err := tracking.Sums(v.Context(), p.Events, v.Project.ID, tracking.SumQuery{
		From: civil.Midnight(today+1-civil.Date(days), v.Zone()), Until: civil.Midnight(today+1, v.Zone()), By: []tracking.Dimension{tracking.OfSite},
	})
	sums = map[tracking.SiteID]tracking.Sum{}
	for _, s := range found {
		sums[tracking.SiteID(s.Of[0])] = s
	}
	return sums, err
}

// siteTraffic is how many visits a site had of late; each figure opens to them, for those who may see visits.
func (p *pages) siteTraffic(v *cabinet.Visit, site tracking.Site) (tiles []ui.Tile, err error) {
	today := v.Today()
	for _, span := range []struct {
		days  int
		label string
	}{{1, v.T("tracking.visits_today")}, {monthDays, v.T("tracking.visits_month")}} {
		sums, err := p.traffic(v, span.days)
		if err != nil {
			return nil, err
		}
		one := sums[site.ID]
		tile := ui.Tile{Label: span.label, Value: ui.Number(int(one.Visits))}
		if one.Programs > 0 {
			tile.Than = v.N("tracking.and_programs", int(one.Programs))
		}
		if v.May(access.View, access.Visits) {
			tile.Href = v.Path(visitorsRoot+"/all") + "?f.site=" + string(site.ID) + "&from=" + (today + 1 - civil.Date(span.days)).String() + "&to=" + today.String()
		}
		tiles = append(tiles, tile)
	}
	return tiles, nil
}
