package ops

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/bookshelf"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/money"
	"bellwether/internal/rehearsal"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// rehearse asks what the draft would have cost (Rule O-13).
func (p *pages) rehearse(v *cabinet.Visit) error {
	return p.changeVersion(v, "ops.rehearsal_begun", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) error {
		days, _ := strconv.ParseInt(value(v, "days"), 10, 64)
		q := rehearsal.Question{Version: version.ID, Revision: revisionIn(v), Days: days}
		for _, id := range strings.FieldsFunc(value(v, "projects"), func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' }) {
			q.Projects = append(q.Projects, ident.ProjectID(id))
		}
		_, err := rehearsal.Ask(ctx, tx, v.Permit, q, v.At)
		return err
	})
}

// rehearsal is what came of one, project by project.
func (p *pages) rehearsal(v *cabinet.Visit) error {
	version, err := p.versionOf(v)
	if err != nil {
		return err
	}
	id, err := job.ParseID(v.R.PathValue("job"))
	if err != nil {
		return err
	}
	j, err := job.Get(v.Context(), p.DB, id)
	if err != nil {
		return err
	}
	if j.Kind != rehearsal.Kind || j.Subject != version.ID.String() {
		_, err := job.ParseID("")
		return err
	}
	l := p.rehearsalList(v, id)
	if done, err := v.Export(l); done || err != nil {
		return err
	}
	table, err := v.Table(l)
	if err != nil {
		return err
	}
	sums, err := p.sumTiles(v, id)
	if err != nil {
		return err
	}
	parts := []templ.Component{sums, table.Draw()}
	if j.Failure != "" {
		parts = append([]templ.Component{remark(ui.Bad, v.T(jobWords[j.State]), v.Kept(j.Failure))}, parts...)
	}
	content := ended(jobID(j), parts...)
	if !j.Over() {
		content = p.progress(v, j, v.T("ops.rehearsing"))
	}
	return v.Render(ui.Page{
		Title: v.T("ops.rehearsal"), Lead: v.T("ops.rehearsal_lead"), Section: sectionBooks, Help: "/help/op-price-books",
		Crumbs: []ui.Link{{Text: v.T("ops.books"), Href: "/op/books"}, {Text: refOf(v, version), Href: "/op/books/" + version.ID.String()}},
	}, content)
}

func refOf(v *cabinet.Visit, version bookshelf.Version) string {
	return cmp.Or(version.Ref(), version.Says, v.T("ops.with_mistakes"))
}

// sumTiles say what all projects of a currency would have paid more or less.
func (p *pages) sumTiles(v *cabinet.Visit, id job.ID) (templ.Component, error) {
	result, err := rehearsal.Sums(v.Context(), p.DB, id)
	if err != nil {
		return nil, err
	}
	var list []ui.Tile
	for _, s := range result.Sums {
		c := money.Currency(s.Currency)
		list = append(list, ui.Tile{
			Label: v.T("ops.would_more"), Value: ui.MoneyMove(s.Was-s.Would, c),
			Why: ui.Why{Parts: []ui.Part{
				{Text: v.T("ops.was_charged"), Value: ui.Money(-s.Was, c)}, {Text: v.T("ops.would_charge"), Value: ui.Money(-s.Would, c)}, {Text: v.T("ops.would_more"), Value: ui.MoneyMove(s.Was-s.Would, c), Total: true},
			}},
			Change: v.N("ops.dearer_for", int(s.Dearer)), Than: "· " + v.N("ops.cheaper_for", int(s.Cheaper)),
		})
	}
	if result.Failed > 0 {
		list = append(list, ui.Tile{Label: v.T("ops.not_rehearsed"), Value: ui.Number(int(result.Failed))})
	}
	return tiles(list), nil
}

const mostRehearsed = 10_000

func (p *pages) rehearsalList(v *cabinet.Visit, id job.ID) cabinet.List {
	return cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "project", Title: v.T("ops.project"), Fixed: true},
			{Key: "was", Title: v.T("ops.was_charged"), Numeric: true},
			{Key: "would", Title: v.T("ops.would_charge"), Numeric: true},
			{Key: "more", Title: v.T("ops.would_more"), Numeric: true},
			{Key: "problem", Title: v.T("ops.problem")},
		}},
		Caption: v.T("ops.rehearsal"), Right: access.Projects, Short: true, Empty: ui.Empty{Icon: ui.IconBook, Title: v.T("ops.no_projects")},
		Load: func(ctx context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			all, err := rehearsal.Rows(ctx, p.DB, id, mostRehearsed)
			if err != nil {
				return nil, "", err
			}
			page, next, err := cabinet.Cut(all, after, limit)
			if err != nil {
				return nil, "", err
			}
			rows := make([]cabinet.Row, len(page))
			for i, r := range page {
				row := cabinet.Row{ID: string(r.Project), Href: "/op/projects/" + string(r.Project), Cells: map[string]cabinet.Cell{"project": cabinet.Code(string(r.Project))}}
				c := money.Currency(r.Currency)
				switch r.State {
				case rehearsal.Done:
					row.Cells["was"], row.Cells["would"], row.Cells["more"] = cabinet.Money(-r.Was, c), cabinet.Money(-r.Would, c), cabinet.MoneyMove(-r.More(), c)
				case rehearsal.Failed:
					row.Tone = ui.Warning
					row.Cells["problem"] = cabinet.Text(v.Kept(r.Problem))
				case rehearsal.Pending:
					row.Draft = true
				}
				rows[i] = row
			}
			return rows, next, nil
		},
	}
}
