package ops

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// portfolio is the same table for an agency, with what its turnover has reached.
func (p *pages) portfolio(v *cabinet.Visit) error {
	all, err := p.shops(v.Context(), v.Org.ID, v.At)
	if err != nil {
		return err
	}
	l := p.trackedList(v, p.shopList(v, all))
	l.Right = access.Portfolio
	if done, err := v.Export(l); done || err != nil {
		return err
	}
	table, err := v.Table(l)
	if err != nil {
		return err
	}
	tiers, err := p.tierTiles(v, all)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.T("ops.portfolio"), Section: sectionClients, Help: "/help/agency", Lead: v.N("ops.count_projects", len(all))}
	needs := needing(all)
	if needs == 0 {
		return v.Render(page, stack(tiles(tiers), table.Draw()))
	}
	return v.Render(page, stack(remark(ui.Warning, v.N("ops.projects_need", needs), v.T("ops.projects_need_text")), tiles(tiers), table.Draw()))
}

// needing counts the projects that want somebody's attention.
func needing(all []shop) (n int) {
	for _, s := range all {
		if s.State != billing.Active && s.State != billing.Released {
			n++
		}
	}
	return n
}

// trackedList adds to a list of an agency's projects how sure their call tracking is, and what is wrong with it.
func (p *pages) trackedList(v *cabinet.Visit, l cabinet.List) cabinet.List {
	l.Spec.Columns = slices.DeleteFunc(l.Spec.Columns, func(c ui.Column) bool { return c.Key == "agency" })
	after := slices.IndexFunc(l.Spec.Columns, func(c ui.Column) bool { return c.Key == "days" }) + 1
	l.Spec.Columns = slices.Insert(l.Spec.Columns, after,
		ui.Column{Key: "accuracy", Title: v.T("tracking.right_sources"), Hint: v.T("ops.accuracy_hint"), Numeric: true},
		ui.Column{Key: "range", Title: v.T("tracking.certain_range"), Numeric: true},
		ui.Column{Key: "alerts", Title: v.T("ops.alerts")})
	load := l.Load
	l.Load = func(ctx context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
		rows, next, err := load(ctx, state, after, limit)
		if err != nil {
			return nil, "", err
		}
		return rows, next, p.addTracking(v, rows)
	}
	return l
}

var troubleKeys = map[tracking.NoticeKind]lang.Key{
	tracking.NoticeOverload: "tracking.trouble_overload", tracking.NoticeAccuracy: "tracking.trouble_accuracy", tracking.NoticeStuck: "tracking.trouble_stuck",
}

// addTracking adds to projects how often calls were put down to the right source, and what is wrong with their pools, where the reader may know it.
func (p *pages) addTracking(v *cabinet.Visit, rows []cabinet.Row) error {
	ids, since := make([]ident.ProjectID, len(rows)), v.At.Add(-tracking.MeasuredOver)
	for i, row := range rows {
		ids[i] = ident.ProjectID(row.ID)
	}
	called, err := tracking.Measurable(v.Context(), p.Events, ids, since)
	if err != nil {
		return err
	}
	var troubles map[ident.ProjectID][]tracking.Trouble
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		troubles, err = tracking.TroublesOf(ctx, q, ids)
		return err
	}); err != nil {
		return err
	}
	for i, id := range ids {
		if !called[id] && len(troubles[id]) == 0 {
			continue
		}
		if _, err := p.Gate.May(v.Context(), v.Principal, access.View, access.Pools, ident.ProjectOrg(id), v.At); err != nil {
			continue // a reader of the portfolio who may not see pools
		}
		measured, err := tracking.AccuracyOf(v.Context(), p.Events, id, "", since, v.At)
		if err != nil {
			return err
		}
		showTracking(v, measured, troubles[id], rows[i].Cells)
	}
	return nil
}

func showTracking(v *cabinet.Visit, measured tracking.Accuracy, troubles []tracking.Trouble, cells map[string]cabinet.Cell) {
	if measured.Checked > 0 {
		share := func(of float64) string { return v.Percent(int(of*10_000+0.5), false) }
		interval := measured.Source.Accuracy()
		cells["accuracy"], cells["range"] = cabinet.Text(share(interval.Share)), cabinet.Text(share(interval.Low)+" – "+share(interval.High))
	}
	var words []string
	for _, t := range troubles {
		if word := v.T(troubleKeys[t.Kind]); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) > 0 {
		cells["alerts"] = cabinet.Status(ui.Warning, strings.Join(words, ". "))
	}
}
