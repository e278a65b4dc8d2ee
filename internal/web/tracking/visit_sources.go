package tracking

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// dimensionTexts are what visits can be summed up by, in the order in which it is offered.
var dimensionTexts = []struct {
	dimension tracking.Dimension
	text      lang.Key
	called    bool // calls are known by it too, in the same words
}{
	{tracking.OfSource, "tracking.source", true},
	{tracking.OfMedium, "tracking.medium", true},
	{tracking.OfCampaign, "tracking.campaign", true},
	{tracking.OfChannel, "tracking.field_channel", true},
	{tracking.OfTerm, "tracking.field_term", true},
	{tracking.OfContent, "tracking.field_content", true},
	{tracking.OfSite, "tracking.site", false},
	{tracking.OfLanding, "tracking.field_entry", false},
	{tracking.OfReferrer, "tracking.field_referrer", false},
	{tracking.OfDevice, "tracking.field_device", false},
	{tracking.OfRegion, "tracking.field_region", false},
	{tracking.OfLanguage, "tracking.field_language", false},
}

// mostBy is by how many of them the page sums up at once.
const mostBy = 4

// sourcesReport is a report of visits as a reader asks for it.
type sourcesReport struct {
	*pages
	v      *cabinet.Visit
	period ui.Period
	by     []tracking.Dimension
	calls  bool // with the calls that came of the visits: the reader may see them, and they are known by the same
}

// visitSources is GET /visitors/sources: the visits of a period summed up by where they came from; each row opens to its visits.
func (p *pages) visitSources(v *cabinet.Visit) error {
	r := &sourcesReport{pages: p, v: v, period: ui.ReadPeriod(v.URL, v.Today(), "30d"), calls: v.May(access.View, access.Calls)}
	r.read()
	list := r.list()
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	people, programs, err := r.totals()
	if err != nil {
		return err
	}
	return v.Render(visitorsPage(v, "/sources"), visitSourcesPage(r.period, v.URL.Path, r.picks(), people, programs, table))
}

// read reads what to sum up by: source and medium where the address names nothing known.
func (r *sourcesReport) read() {
	for _, text := range r.v.URL.Query()["by"] {
		d := tracking.Dimension(text)
		if slices.Contains(tracking.Dimensions, d) && !slices.Contains(r.by, d) && len(r.by) < mostBy {
			r.by = append(r.by, d)
		}
	}
	if len(r.by) == 0 {
		r.by = []tracking.Dimension{tracking.OfSource, tracking.OfMedium}
	}
	for _, known := range dimensionTexts {
		if !known.called && slices.Contains(r.by, known.dimension) {
			r.calls = false
		}
	}
}

func (r *sourcesReport) picks() (picks []ui.Select) {
	var choices []ui.Choice
	for _, known := range dimensionTexts {
		choices = append(choices, ui.Choice{Value: string(known.dimension), Text: r.v.T(known.text)})
	}
	for i := range mostBy {
		value, none, label := "", r.v.T("tracking.by_none"), r.v.T("tracking.by_next")
		if i < len(r.by) {
			value = string(r.by[i])
		}
		if i == 0 {
			none, label = "", r.v.T("tracking.by_first")
		}
		picks = append(picks, ui.Select{ID: "by-" + string(rune('1'+i)), Name: "by", Label: label, Value: value, Any: none, Choices: choices})
	}
	return picks
}

func (r *sourcesReport) query() tracking.SumQuery {
	zone := r.v.Zone()
	return tracking.SumQuery{From: civil.Midnight(r.period.From, zone), Until: civil.Midnight(r.period.To+1, zone), By: r.by}
}

// totals are the visits of people and of programs.
func (r *sourcesReport) totals() (people, programs int, err error) {
	query := r.query()
	query.By, query.Programs = []tracking.Dimension{tracking.OfSite}, true
	sums, err := tracking.Sums(r.v.Context(), r.Events, r.v.Project.ID, query)
	for _, s := range sums {
		people, programs = people+int(s.Visits-s.Programs), programs+int(s.Programs)
	}
	return people, programs, err
}

func (r *sourcesReport) list() cabinet.List {
	v := r.v
	var columns []ui.Column
	for _, d := range r.by {
		for _, known := range dimensionTexts {
			if known.dimension == d {
				columns = append(columns, ui.Column{Key: string(d), Title: v.T(known.text), Sortable: true, Fixed: true})
			}
		}
	}
	columns = append(columns, ui.Column{Key: "visits", Title: v.T("tracking.visits"), Numeric: true, Sortable: true})
	if r.calls {
		columns = append(columns,
			ui.Column{Key: "calls", Title: v.T("calls.tile_calls"), Numeric: true, Sortable: true},
			ui.Column{Key: "share", Title: v.T("tracking.called_share"), Hint: v.T("tracking.called_share_hint"), Numeric: true})
	}
	columns = append(columns,
		ui.Column{Key: "pages", Title: v.T("tracking.pages_each"), Numeric: true},
		ui.Column{Key: "lasted", Title: v.T("tracking.lasted_each"), Numeric: true},
		ui.Column{Key: "taps", Title: v.T("tracking.taps_count"), Numeric: true, Sortable: true},
		ui.Column{Key: "programs", Title: v.T("tracking.programs"), Hint: v.T("tracking.programs_hint"), Numeric: true, Sortable: true})
	return cabinet.List{
		Spec: ui.TableSpec{Sort: "-visits", Columns: columns, Filters: []ui.Filter{
			{Key: "programs", Title: v.T("tracking.programs"), Choices: []ui.Choice{{Value: "any", Text: v.T("tracking.programs_too")}}},
		}},
		Caption: v.T("tracking.visit_sources"), Right: access.Visits,
		Empty: ui.Empty{Icon: ui.IconGlobe, Title: v.T("tracking.no_visits"), Text: v.T("tracking.nobody_text")},
		Load:  cabinet.Rows(r.rows),
	}
}

func (r *sourcesReport) rows(ctx context.Context, state ui.TableState) (rows []cabinet.Row, err error) {
	query := r.query()
	query.Programs = state.Filters["programs"] == "any"
	sums, err := tracking.Sums(ctx, r.Events, r.v.Project.ID, query)
	if err != nil {
		return nil, err
	}
	calls, err := r.called(state.Format != "")
	if err != nil {
		return nil, err
	}
	sites := map[string]string{}
	if slices.Contains(r.by, tracking.OfSite) {
		if sites, err = r.sites(); err != nil {
			return nil, err
		}
	}
	for _, s := range sums {
		rows = append(rows, r.row(s, calls[strings.Join(s.Of, "\x1f")], sites, query.Programs))
	}
	return rows, nil
}

func (r *sourcesReport) sites() (names map[string]string, err error) {
	names = map[string]string{}
	return names, r.v.Read(func(ctx context.Context, q store.Querier) error {
		sites, err := tracking.Sites(ctx, q, r.v.Project.ID)
		for _, s := range sites {
			names[string(s.ID)] = s.Name
		}
		return err
	})
}

// called counts the calls of clients by the same dimensions.
func (r *sourcesReport) called(export bool) (calls map[string]int64, err error) {
	calls = map[string]int64{}
	if !r.calls {
		return calls, nil
	}
	action := access.View
	if export {
		action = access.Export
	}
	query := r.query()
	filter := call.Filter{Directions: []call.Direction{call.Inbound}, From: query.From, Until: query.Until}
	by := make([]call.Dimension, len(r.by))
	for i, d := range r.by {
		by[i] = call.Dimension(d)
	}
	return calls, r.v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(r.v.Permit, action)
		if err != nil {
			return err
		}
		rows, err := w.By(ctx, q, filter, by...)
		for _, row := range rows {
			calls[strings.Join(row.Of, "\x1f")] = row.Calls
		}
		return err
	})
}

func (r *sourcesReport) row(s tracking.Sum, calls int64, sites map[string]string, programs bool) cabinet.Row {
	v := r.v
	row := cabinet.Row{ID: strings.Join(s.Of, "\x1f"), Href: r.drill(s, programs), Cells: map[string]cabinet.Cell{
		"visits": cabinet.Int(int(s.Visits)), "programs": cabinet.Int(int(s.Programs)), "taps": cabinet.Int(int(s.Taps)),
	}}
	people := s.Visits
	if programs {
		people -= s.Programs
	}
	if people > 0 {
		each := time.Duration(s.Seconds/people) * time.Second
		row.Cells["pages"], row.Cells["lasted"] = cabinet.Text(v.Decimal(fmt.Sprintf("%.1f", float64(s.Pages)/float64(people)))), cabinet.Shown(ui.Text(v.Clock(each)), int(each/time.Second))
	}
	if r.calls {
		row.Cells["calls"] = cabinet.Int(int(calls))
		if people > 0 {
			row.Cells["share"] = cabinet.Text(v.Percent(int(calls*10_000/people), false))
		}
	}
	for i, d := range r.by {
		text := s.Of[i]
		switch {
		case d == tracking.OfSite && sites[text] != "":
			text = sites[text]
		case d == tracking.OfDevice && text == "bot":
			text = v.T("tracking.program")
		case d == tracking.OfDevice:
			text = deviceText(v, text)
		case d == tracking.OfLanguage:
			text = v.Language(text)
		case d == tracking.OfLanding || d == tracking.OfReferrer:
			text = pageText(text)
		}
		if text == "" {
			text = v.T("tracking.unknown")
		}
		row.Cells[string(d)] = cabinet.Text(text)
	}
	return row
}

// drill is where a row's visits are listed; nowhere where the list cannot be asked for them.
func (r *sourcesReport) drill(s tracking.Sum, programs bool) string {
	query := url.Values{"from": {r.period.From.String()}, "to": {r.period.To.String()}}
	for i, d := range r.by {
		switch d {
		case tracking.OfSource, tracking.OfMedium, tracking.OfCampaign, tracking.OfTerm, tracking.OfChannel:
		default:
			return ""
		}
		if s.Of[i] != "" { // the list has no way to ask for what is not known
			query.Set("f."+string(d), s.Of[i])
		}
	}
	if programs {
		query.Set("f.programs", "any")
	}
	return r.v.Path(visitorsRoot+"/all") + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}
