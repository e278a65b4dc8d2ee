package calls

import (
	"context"
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
		if err == nil {
			totals, err = w.Totals(ctx, q, incoming(period, v.Zone()))
		}
		return err
	}); err != nil {
		return err
	}
	return v.Render(page(v, "/sources"), sourcesPage(period, v.URL.Path, tiles(v, totals), pick, table))
}

// incoming are the calls of clients in a period: the shop's own calls come from nowhere.
func incoming(period ui.Period, zone *time.Location) call.Filter {
	return call.Filter{Directions: []call.Direction{call.Inbound}, From: civil.Midnight(period.From, zone), Until: civil.Midnight(period.To+1, zone)}
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
		Spec: ui.TableSpec{Sort: "-calls", Columns: columns}, Caption: v.T("tracking.sources"), Right: access.Calls,
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
					found, err = w.By(ctx, q, incoming(period, v.Zone()), by...)
				}
				return err
			})
			for _, r := range found {
				rows = append(rows, sourceRow(v, period, by, r))
			}
			return rows, err
		}),
	}
}

func sourceRow(v *cabinet.Visit, period ui.Period, by []call.Dimension, r call.Row) cabinet.Row {
	row := cabinet.Row{ID: strings.Join(r.Of, "\x1f"), Href: drill(v, period, by, r.Of), Cells: map[string]cabinet.Cell{
		"calls": cabinet.Int(int(r.Calls)), "answered": cabinet.Int(int(r.Answered)), "missed": cabinet.Int(int(r.Missed)), "proper": cabinet.Int(int(r.Proper)), "repeated": cabinet.Int(int(r.Repeated)), "clients": cabinet.Int(int(r.Clients)), "talk": lasting(r.Talk),
	}}
	for i, d := range by {
		text := v.T("tracking.unknown")
		for _, c := range originColumns {
			if c.dimension == d && r.Of[i] != "" {
				text = c.shown(v.View, r.Of[i])
			}
		}
		row.Cells[string(d)] = cabinet.Text(text)
	}
	if seesCost(v) {
		row.Cells["cost"] = cabinet.Money(r.Cost, v.Project.Currency)
	}
	return row
}
