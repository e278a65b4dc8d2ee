package calls

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// sources is GET /p/{project}/calls/sources: the calls of a period summed up by where they came from; each row opens to its calls.
func (s *section) sources(v *cabinet.Visit) error {
	period := ui.ReadPeriod(v.URL, v.Today(), "30d")
	by := dimensions(v)
	empty, err := s.emptyLog(v)
	if err != nil {
		return err
	}
	list := sourcesList(v, period, by, empty)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	pick := make([]ui.Select, mostBy)
	for i := range pick {
		value := ""
		if i < len(by) {
			value = string(by[i])
		}
		none, label := v.T("tracking.by_none"), v.T("tracking.by_next")
		if i == 0 {
			none, label = "", v.T("tracking.by_first")
		}
		pick[i] = ui.Select{ID: "by-" + string(rune('1'+i)), Name: "by", Label: label, Value: value, Any: none, Choices: sourcesOf(v)}
	}
	var totals call.Totals
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		state := ui.ReadTable(v.URL, list.Spec)
		if err == nil {
			totals, err = w.Totals(ctx, q, incoming(period, v.Zone(), state))
		}
		return err
	}); err != nil {
		return err
	}
	p := page(v, "/sources")
	p.Lead = v.T("tracking.sources_lead")
	return v.Render(p, sourcesPage(period, v.URL.Path, tiles(v, totals), pick, keptFilters(ui.ReadTable(v.URL, list.Spec)), table))
}

// incoming are the calls of clients in a period, narrowed by where they came from: the shop's own calls come from nowhere.
func incoming(period ui.Period, zone *time.Location, state ui.TableState) call.Filter {
	f := call.Filter{Directions: []call.Direction{call.Inbound}, From: civil.Midnight(period.From, zone), Until: civil.Midnight(period.To+1, zone)}
	narrow(&f, state)
	return f
}

// keptFilters are the filters of the page, for the form that asks for other dimensions.
func keptFilters(state ui.TableState) (kept []ui.Choice) {
	for _, key := range slices.Sorted(maps.Keys(state.Filters)) {
		if text := state.Filters[key]; text != "" {
			kept = append(kept, ui.Choice{Value: "f." + key, Text: text})
		}
	}
	return kept
}

// mostBy is by how many dimensions the page sums up at once.
const mostBy = 4

// dimensions are those that the address names: source and medium where it names none it knows.
func dimensions(v *cabinet.Visit) (by []call.Dimension) {
	for _, text := range v.URL.Query()["by"] {
		known := false
		for _, c := range originColumns {
			known = known || string(c.dimension) == text && !c.single
		}
		for _, d := range by {
			known = known && string(d) != text
		}
		if known && len(by) < mostBy {
			by = append(by, call.Dimension(text))
		}
	}
	if len(by) == 0 {
		by = []call.Dimension{call.BySource, call.ByMedium}
	}
	return by
}

func sourcesList(v *cabinet.Visit, period ui.Period, by []call.Dimension, empty ui.Empty) cabinet.List {
	var columns []ui.Column
	for _, d := range by {
		for _, c := range originColumns {
			if c.dimension == d {
				columns = append(columns, ui.Column{Key: string(d), Title: v.T(c.text), Sortable: true, Fixed: true})
			}
		}
	}
	columns = append(columns,
		ui.Column{Key: "calls", Title: v.T("calls.tile_calls"), Numeric: true, Sortable: true},
		ui.Column{Key: "answered", Title: v.T("calls.tile_answered"), Numeric: true, Sortable: true},
		ui.Column{Key: "missed", Title: v.T("calls.tile_missed"), Numeric: true, Sortable: true},
		ui.Column{Key: "proper", Title: v.T("tracking.proper_calls"), Hint: v.T("tracking.proper_calls_hint"), Numeric: true, Sortable: true},
		ui.Column{Key: "repeated", Title: v.T("tracking.repeated_calls"), Numeric: true, Sortable: true, Extra: true},
		ui.Column{Key: "clients", Title: v.T("tracking.clients"), Hint: v.T("tracking.clients_hint"), Numeric: true, Sortable: true},
		ui.Column{Key: "talk", Title: v.T("calls.col_talk"), Numeric: true},
	)
	if seesCost(v) {
		columns = append(columns, ui.Column{Key: "cost", Title: v.T("calls.col_cost"), Numeric: true, Sortable: true})
	}
	return cabinet.List{
		Spec: ui.TableSpec{Sort: "-calls", Columns: columns, Filters: originFilters(v)}, Caption: v.T("tracking.sources"), Right: access.Calls,
		Empty: empty,
		Load: cabinet.Rows(func(ctx context.Context, state ui.TableState) (rows []cabinet.Row, err error) {
			action := access.View
			if state.Format != "" {
				action = access.Export
			}
			var found []call.Row
			err = v.Read(func(ctx context.Context, q store.Querier) error {
				w, err := call.Look(v.Permit, action)
				if err == nil {
					found, err = w.By(ctx, q, incoming(period, v.Zone(), state), append(slices.Clone(by), call.ByTracked)...)
				}
				return err
			})
			for _, r := range found {
				rows = append(rows, sourceRow(v, cutOf{period, by, state}, r))
			}
			return rows, err
		}),
	}
}

// sourceRow is the calls that are alike: it opens to the same by the next dimension, the number of calls to these calls.
func sourceRow(v *cabinet.Visit, c cutOf, r call.Row) cabinet.Row {
	calls := c.toCalls(v, r.Of)
	row := cabinet.Row{ID: strings.Join(r.Of, "\x1f"), Href: cmp.Or(c.down(v, r.Of), calls), Cells: map[string]cabinet.Cell{
		"calls":    cabinet.Shown(numberLink(int(r.Calls), v.N("calls.count", int(r.Calls)), calls), int(r.Calls)),
		"answered": cabinet.Int(int(r.Answered)), "missed": cabinet.Int(int(r.Missed)), "proper": cabinet.Int(int(r.Proper)), "repeated": cabinet.Int(int(r.Repeated)), "clients": cabinet.Int(int(r.Clients)), "talk": lasting(r.Talk),
	}}
	unknown := v.T("tracking.unknown")
	if c.untracked(r.Of) {
		unknown = v.T("tracking.untracked")
	}
	for i, d := range c.by {
		text := unknown
		for _, column := range originColumns {
			if column.dimension == d && r.Of[i] != "" {
				text = column.shown(v.View, r.Of[i])
			}
		}
		row.Cells[string(d)] = cabinet.Text(text)
	}
	if seesCost(v) {
		row.Cells["cost"] = cabinet.Money(r.Cost, v.Project.Currency)
	}
	return row
}

// cutOf is what a report shows: the calls of a period, narrowed by filters, by some dimensions. A row has a value for each of them, and last
// whether its numbers are of call tracking.
type cutOf struct {
	period ui.Period
	by     []call.Dimension
	state  ui.TableState
}

// untracked reports whether a row is the calls to numbers that are none of call tracking's.
func (c cutOf) untracked(of []string) bool { return of[len(of)-1] == "" }

// narrowed is what chooses a row's calls, and no others.
func (c cutOf) narrowed(of []string) url.Values {
	query := url.Values{"from": {c.period.From.String()}, "to": {c.period.To.String()}}
	for key, text := range c.state.Filters {
		if text != "" {
			query.Set("f."+key, text)
		}
	}
	known := false
	for i, d := range c.by {
		query.Set("f."+string(d), cmp.Or(of[i], nothing))
		known = known || of[i] != ""
	}
	if !known { // else the value says so
		query.Set("f."+tracked, map[bool]string{true: no, false: yes}[c.untracked(of)])
	}
	return query
}

// toCalls is the address of the log with the calls of a row.
func (c cutOf) toCalls(v *cabinet.Visit, of []string) string {
	query := c.narrowed(of)
	query.Set("f.direction", string(call.Inbound))
	return v.Path(root) + "?" + spaced(query)
}

// wayDown is what a report goes on with below each dimension: from who sent a client to the very advert.
var wayDown = []call.Dimension{call.ByChannel, call.BySource, call.ByMedium, call.ByCampaign, call.ByTerm, call.ByContent, call.ByLanding}

// down is the address of the same calls by the next dimension; empty where nothing is known of the row, or no other is left.
func (c cutOf) down(v *cabinet.Visit, of []string) string {
	deepest := -1
	for i, d := range c.by {
		if of[i] == "" {
			return ""
		}
		deepest = max(deepest, slices.Index(wayDown, d))
	}
	for _, next := range wayDown[deepest+1:] {
		if c.state.Filters[string(next)] == "" {
			query := c.narrowed(of)
			query.Set("by", string(next))
			return v.Path(root+"/sources") + "?" + spaced(query)
		}
	}
	return ""
}

// spaced writes spaces of a query as addresses in the cabinet do.
func spaced(query url.Values) string { return strings.ReplaceAll(query.Encode(), "+", "%20") }
