package api

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/tracking"
)

// VisitReport is visits summed up.
type VisitReport struct {
	By    []tracking.Dimension `json:"by"`
	From  time.Time            `json:"from"`
	Until time.Time            `json:"until"`
	Rows  []VisitReportRow     `json:"rows" doc:"The most visits first; 5,000 at most"`
}

// VisitReportRow is the visits that are alike in the dimensions of the report.
type VisitReportRow struct {
	Of       []string `json:"of" doc:"In the order of the dimensions; empty for what is not known"`
	Visits   int64    `json:"visits" doc:"Of people; with programs of all"`
	Programs int64    `json:"programs" doc:"Visits of programs"`
	Pages    int64    `json:"pages" doc:"That people saw"`
	Seconds  int64    `json:"seconds" doc:"That people stayed"`
	Taps     int64    `json:"taps" doc:"Of people, on telephone links"`
}

// reportedDays is what a report is of that names no time.
const reportedDays = 30

func (a *API) reportVisits(ctx context.Context, in *struct {
	Of
	By       string    `query:"by" default:"channel,source,medium" maxLength:"200" doc:"One to four of source, medium, campaign, channel, site, term, content, landing, referrer, device, region, language"`
	From     time.Time `query:"from" doc:"Visits that began then or later; 30 days before until, if not given"`
	Until    time.Time `query:"until" doc:"Visits that began before; now, if not given"`
	Site     string    `query:"site" maxLength:"64"`
	Channel  string    `query:"channel" maxLength:"100"`
	Source   string    `query:"source" maxLength:"200"`
	Medium   string    `query:"medium" maxLength:"200"`
	Campaign string    `query:"campaign" maxLength:"200"`
	Programs bool      `query:"programs" doc:"Count visits of programs as visits"`
},
) (report VisitReport, err error) {
	query := tracking.SumQuery{From: in.From, Until: in.Until, Programs: in.Programs, Of: map[tracking.Dimension]string{}}
	if query.Until.IsZero() {
		query.Until = a.now()
	}
	if query.From.IsZero() {
		query.From = query.Until.AddDate(0, 0, -reportedDays)
	}
	if query.Until.Before(query.From) {
		return report, errs.New(errs.Invalid, "api.bad_time", "the time ends before it begins").At("query.until").Try("give a later one")
	}
	for d, text := range map[tracking.Dimension]string{
		tracking.OfSite: in.Site, tracking.OfChannel: in.Channel, tracking.OfSource: in.Source, tracking.OfMedium: in.Medium, tracking.OfCampaign: in.Campaign,
	} {
		if text != "" {
			query.Of[d] = text
		}
	}
	for _, name := range strings.Split(in.By, ",") {
		query.By = append(query.By, tracking.Dimension(strings.TrimSpace(name)))
	}
	sums, err := tracking.Sums(ctx, a.parts.Events, in.id(), query)
	report = VisitReport{By: query.By, From: query.From, Until: query.Until, Rows: make([]VisitReportRow, len(sums))}
	for i, s := range sums {
		report.Rows[i] = VisitReportRow(s)
	}
	return report, err
}
