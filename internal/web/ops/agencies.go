package ops

import (
	"context"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) agencyRoutes() {
	p.Handle("GET /op/agencies", cabinet.Operator(access.View, access.Agencies), p.agencies)
	p.Handle("GET /op/agencies/open", cabinet.Operator(access.Edit, access.Agencies), p.openAgencyForm)
	p.Handle("POST /op/agencies/open", cabinet.Operator(access.Edit, access.Agencies), p.openAgency)
	p.Handle("GET /op/agencies/{agency}", cabinet.Operator(access.View, access.Agencies), p.agency)
}

// agencies is the table of all of them, with how many people and projects each has.
func (p *pages) agencies(v *cabinet.Visit) error {
	all, err := p.shops(v.Context(), "", v.At)
	if err != nil {
		return err
	}
	members, err := access.MemberCounts(v.Context(), p.DB, v.Permit)
	if err != nil {
		return err
	}
	projects, need := map[string]int{}, map[string]int{}
	for _, s := range all {
		projects[s.Agency]++
		need[s.Agency] += needing([]shop{s})
	}
	page := ui.Page{Title: v.T("ops.agencies"), Section: sectionAgencies, Help: "/help/agency"}
	if v.May(access.Edit, access.Agencies) {
		page.Actions = ui.Button{Text: v.T("ops.open_agency"), Icon: ui.IconPlus, Kind: ui.Primary, Href: "/op/agencies/open"}.Draw()
	}
	return v.RenderList(page, cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "name", Title: v.T("ops.name"), Fixed: true},
			{Key: "id", Title: v.T("ops.id")},
			{Key: "projects", Title: v.T("ops.projects"), Numeric: true},
			{Key: "need", Title: v.T("ops.need_attention"), Numeric: true},
			{Key: "members", Title: v.T("ops.people"), Numeric: true},
			{Key: "opened", Title: v.T("ops.opened")},
		}},
		Caption: v.T("ops.agencies"), Right: access.Agencies, Empty: ui.Empty{Icon: ui.IconPeople, Title: v.T("ops.no_agencies"), Text: v.T("ops.no_agencies_text")},
		Load: func(ctx context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			list, err := access.ListAgencies(ctx, p.DB, after, limit+1)
			next := ""
			if len(list) > limit {
				list, next = list[:limit], list[limit-1].ID
			}
			rows := make([]cabinet.Row, len(list))
			for i, a := range list {
				rows[i] = cabinet.Row{ID: a.ID, Href: "/op/agencies/" + a.ID, Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(a.Name), "id": cabinet.Code(a.ID), "projects": cabinet.Int(projects[a.ID]), "need": cabinet.Int(need[a.ID]),
					"members": cabinet.Int(members[a.ID]), "opened": cabinet.Moment(a.OpenedAt),
				}}
			}
			return rows, next, err
		},
	})
}

// agency is one of them with its projects.
func (p *pages) agency(v *cabinet.Visit) error {
	a, err := access.GetAgency(v.Context(), p.DB, v.R.PathValue("agency"))
	if err != nil {
		return err
	}
	all, err := p.shops(v.Context(), a.ID, v.At)
	if err != nil {
		return err
	}
	l := p.shopList(v, all)
	l.Right = access.Projects
	if len(all) == 0 {
		l.Empty.Text, l.Empty.Action = v.T("ops.agency_empty_text"), ui.Button{Text: v.T("ops.projects"), Href: "/op/projects"}
	}
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
	page := ui.Page{
		Title: a.Name, Lead: a.ID, Section: sectionAgencies, Crumbs: []ui.Link{{Text: v.T("ops.agencies"), Href: "/op/agencies"}}, Help: "/help/agency",
		Actions: ui.Button{Text: v.T("ops.to_cabinet"), Href: "/a/" + a.ID + "/projects", Icon: ui.IconOut}.Draw(),
	}
	members, err := access.MemberCounts(v.Context(), p.DB, v.Permit)
	if err != nil {
		return err
	}
	parts := []templ.Component{tiles(tiers), table.Draw()}
	if members[a.ID] == 0 {
		parts = append([]templ.Component{warning(v.T("ops.agency_alone"), []templ.Component{
			paragraph(v.T("ops.agency_alone_text")),
			ui.Button{Text: v.T("ops.invite_agent"), Href: "/a/" + a.ID + "/people/invite?role=" + string(access.AgencyRole), Small: true}.Draw(),
		})}, parts...)
	}
	return v.Render(page, stack(parts...))
}

func (p *pages) openingAgency(v *cabinet.Visit, wrong mistakes) form {
	return form{
		page: ui.Page{
			Title: v.T("ops.open_agency"), Lead: v.T("ops.open_agency_lead"), Section: sectionAgencies, Crumbs: []ui.Link{{Text: v.T("ops.agencies"), Href: "/op/agencies"}}, Help: "/help/agency",
		},
		action: "/op/agencies/open", submit: v.T("ops.open_agency"), back: "/op/agencies", wrong: wrong[""],
		fields: []templ.Component{
			ui.Field{ID: "agency", Name: "agency", Label: v.T("ops.id"), Hint: v.T("ops.id_hint"), Value: value(v, "agency"), Required: true, Longest: 64, Error: wrong["agency"]}.Draw(),
			ui.Field{ID: "name", Name: "name", Label: v.T("ops.name"), Value: value(v, "name"), Required: true, Error: wrong["name"]}.Draw(),
		},
	}
}

func (p *pages) openAgencyForm(v *cabinet.Visit) error { return ask(v, p.openingAgency(v, nil)) }

func (p *pages) openAgency(v *cabinet.Visit) error {
	var made access.Agency
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = access.OpenAgency(ctx, tx, v.Permit, value(v, "agency"), value(v, "name"), v.At)
		return err
	})
	if err != nil {
		wrong, err := wrongly(v, err, "agency", "name")
		if err != nil {
			return err
		}
		return askAgain(v, p.openingAgency(v, wrong))
	}
	return v.Done("/op/agencies/"+made.ID, ui.Toast{Text: v.T("ops.agency_opened")})
}
