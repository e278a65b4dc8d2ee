package ops

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) projectRoutes() {
	p.Handle("GET /op/projects", cabinet.Operator(access.View, access.Projects), p.projects)
	p.Handle("GET /op/projects/open", cabinet.Operator(access.Edit, access.Projects), p.openForm)
	p.Handle("POST /op/projects/open", cabinet.Operator(access.Edit, access.Projects), p.open)
	p.Handle("GET /op/projects/{project}", cabinet.Operator(access.View, access.Projects), p.project)
	p.Handle("GET /op/projects/{project}/agency", cabinet.Operator(access.Edit, access.Projects), p.agencyForm)
	p.Handle("POST /op/projects/{project}/agency", cabinet.Operator(access.Edit, access.Projects), p.moveToAgency)
	p.Handle("GET /op/projects/{project}/book", cabinet.Operator(access.Edit, access.Projects), p.bookForm)
	p.Handle("POST /op/projects/{project}/book", cabinet.Operator(access.Edit, access.Projects), p.moveBook)
	p.Handle("GET /op/projects/{project}/state", cabinet.Operator(access.Edit, access.Projects), p.stateForm)
	p.Handle("POST /op/projects/{project}/state", cabinet.Operator(access.Edit, access.Projects), p.setState)
	p.Handle("GET /op/projects/{project}/overdraft", cabinet.Operator(access.Edit, access.Projects), p.overdraftForm)
	p.Handle("POST /op/projects/{project}/overdraft", cabinet.Operator(access.Edit, access.Projects), p.setOverdraft)
	p.Handle("GET /op/projects/{project}/view", cabinet.Operator(access.Edit, access.ViewAs), p.viewForm)
	p.Handle("POST /op/projects/{project}/view", cabinet.Operator(access.Edit, access.ViewAs), p.viewAs)
}

// errNoProject is the answer for a project that does not exist.
func errNoProject(id string) error { return project.NotFound(ident.ProjectID(id)) }

// projects is the table of all projects.
func (p *pages) projects(v *cabinet.Visit) error {
	all, err := p.shops(v.Context(), "", v.At)
	if err != nil {
		return err
	}
	l := p.shopList(v, all)
	l.Spec.Filters = append(l.Spec.Filters,
		ui.Filter{Key: "agency", Title: v.T("ops.agency"), Choices: choicesOf(all, func(s shop) string { return s.Agency })},
		ui.Filter{Key: "parked", Title: v.T("ops.parked"), Choices: []ui.Choice{{Value: "yes", Text: v.T("ops.only_parked")}}})
	l.Right = access.Projects
	page := ui.Page{Title: v.T("ops.projects"), Section: sectionProjects, Help: "/help/op-projects"}
	if v.May(access.Edit, access.Projects) {
		page.Actions = ui.Button{Text: v.T("ops.open_project"), Icon: ui.IconPlus, Kind: ui.Primary, Href: "/op/projects/open"}.Draw()
	}
	return v.RenderList(page, l)
}

// shopList is a table of projects that are in memory.
func (p *pages) shopList(v *cabinet.Visit, all []shop) cabinet.List {
	spec := ui.TableSpec{
		Sort: "project",
		Columns: []ui.Column{
			{Key: "project", Title: v.T("ops.project"), Sortable: true, Fixed: true},
			{Key: "name", Title: v.T("ops.name"), Sortable: true},
			{Key: "state", Title: v.T("ops.state"), Sortable: true},
			{Key: "balance", Title: v.T("ops.balance"), Numeric: true, Sortable: true},
			{Key: "days", Title: v.T("ops.days_left"), Hint: v.T("ops.days_left_hint"), Numeric: true},
			{Key: "book", Title: v.T("ops.book"), Sortable: true},
			{Key: "agency", Title: v.T("ops.agency"), Sortable: true},
			{Key: "country", Title: v.T("ops.country"), Extra: true},
			{Key: "overdraft", Title: v.T("ops.overdraft"), Numeric: true, Extra: true},
			{Key: "opened", Title: v.T("ops.opened"), Sortable: true, Extra: true},
		},
		Filters: []ui.Filter{
			{Key: "text", Title: v.T("ops.name_or_id")},
			{Key: "state", Title: v.T("ops.state"), Choices: stateChoices(v)},
			{Key: "book", Title: v.T("ops.book"), Choices: choicesOf(all, func(s shop) string { return s.Book })},
		},
	}
	return cabinet.List{
		Spec: spec, Caption: v.T("ops.projects"), Count: v.N("ops.count_projects", len(all)),
		Empty: ui.Empty{Icon: ui.IconRows, Title: v.T("ops.no_projects"), Text: v.T("ops.no_projects_text")},
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			page, next, err := cabinet.Cut(chosen(all, state), after, limit)
			if err != nil {
				return nil, "", err
			}
			left, err := p.daysLeft(v, page)
			if err != nil {
				return nil, "", err
			}
			rows := make([]cabinet.Row, len(page))
			for i, s := range page {
				rows[i] = p.shopRow(v, s, left)
			}
			return rows, next, nil
		},
	}
}

func (p *pages) shopRow(v *cabinet.Visit, s shop, left map[ident.ProjectID]int) cabinet.Row {
	row := cabinet.Row{ID: string(s.ID), Href: v.Path("/projects/" + string(s.ID)), Cells: map[string]cabinet.Cell{
		"project": cabinet.Code(string(s.ID)), "name": cabinet.Text(s.Name), "state": stateCell(v, s.State), "balance": cabinet.Money(s.Balance, s.Currency),
		"book": cabinet.Text(s.Book + "@" + s.Version), "country": cabinet.Text(v.Country(s.Country)), "overdraft": cabinet.Money(s.Overdraft, s.Currency),
		"opened": cabinet.Moment(s.OpenedAt),
	}}
	if s.Agency != "" {
		row.Cells["agency"] = cabinet.Text(s.Agency)
	}
	if days, ok := left[s.ID]; ok {
		row.Cells["days"] = cabinet.Int(days)
	}
	if s.Parked != "" {
		row.Tone = ui.Bad
	}
	if v.Org.Kind == ident.AgencyKind {
		row.Href = "/p/" + string(s.ID)
	}
	return row
}

// choicesOf are the different values of a list, in their order.
func choicesOf(all []shop, value func(shop) string) []ui.Choice {
	seen := map[string]bool{}
	choices := []ui.Choice{}
	for _, s := range all {
		if text := value(s); text != "" && !seen[text] {
			seen[text] = true
			choices = append(choices, ui.Choice{Value: text, Text: text})
		}
	}
	slices.SortFunc(choices, func(a, b ui.Choice) int { return compareText(a.Text, b.Text) })
	return choices
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// shopOf is the project of the address, as it is now: it does not wait for the list of all.
func (p *pages) shopOf(v *cabinet.Visit) (shop, error) {
	id, err := ident.ParseProjectID(v.R.PathValue("project"))
	if err != nil {
		return shop{}, errNoProject(v.R.PathValue("project"))
	}
	var s shop
	return s, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		s, err = readShop(ctx, q, id)
		return err
	})
}

// project is what the operator knows of one.
func (p *pages) project(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	left, err := p.daysLeft(v, []shop{s})
	if err != nil {
		return err
	}
	days := v.T("ops.nothing_spent")
	if n, ok := left[s.ID]; ok {
		days = v.N("ops.days", n)
	}
	known := []fact{
		{v.T("ops.state"), stateCell(v, s.State).Show},
		{v.T("ops.balance"), ui.Money(s.Balance, s.Currency)},
		{v.T("ops.days_left"), ui.Text(days)},
		{v.T("ops.held"), ui.Money(s.Held, s.Currency)},
		{v.T("ops.overdraft"), ui.Money(s.Overdraft, s.Currency)},
		{v.T("ops.book"), ui.Text(s.Book + "@" + s.Version)},
		{v.T("ops.country"), ui.Text(v.Country(s.Country))},
		{v.T("ops.opened"), ui.Moment(s.OpenedAt)},
		{v.T("ops.open_day"), ui.Day(s.NextDay)},
	}
	if s.Agency != "" {
		known = append(known, fact{v.T("ops.agency"), linkTo(ui.Link{Text: s.Agency, Href: "/op/agencies/" + s.Agency})})
	}
	owners, err := p.ownersOf(v, s.ID)
	if err != nil {
		return err
	}
	if owners != "" {
		known = append(known, fact{v.T("ops.owners"), ui.Text(owners)})
	}
	credit, err := p.promised(v, s.ID)
	if err != nil {
		return err
	}
	known = append(known, fact{v.T("ops.promise"), ui.Text(credit.text)})
	page := ui.Page{
		Title: s.Name, Section: sectionProjects, Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}}, Lead: string(s.ID),
		Actions: buttons(p.projectButtons(v, s)), Help: "/help/op-projects",
	}
	if page.Title == "" {
		page.Title = string(s.ID)
	}
	body := card("", facts(known), row(buttons(p.changeButtons(v, s, credit.kept))))
	if owners == "" {
		body = stack(warning(v.T("ops.nobody_owns"), []templ.Component{
			paragraph(v.T("ops.nobody_owns_text")),
			ui.Button{Text: v.T("ops.invite_owner"), Href: cabinet.Base(ident.ProjectOrg(s.ID)) + "/people/invite?role=" + string(access.Owner), Small: true}.Draw(),
		}), body)
	}
	if s.Parked != "" {
		body = stack(remark(ui.Bad, v.T("ops.parked"), v.Kept(s.Parked)), body)
	}
	return v.Render(page, body)
}

// ownersOf are the names of who owns a project; empty where nobody does, as after the operator opened it.
func (p *pages) ownersOf(v *cabinet.Visit, id ident.ProjectID) (string, error) {
	ids, err := access.InRole(v.Context(), p.DB, ident.ProjectOrg(id), access.Owner)
	if err != nil {
		return "", err
	}
	name := p.namer(v.Context(), map[account.UserID]account.User{})
	var names []string
	for _, owner := range ids {
		names = append(names, name(owner))
	}
	return strings.Join(names, ", "), nil
}

func (p *pages) projectButtons(v *cabinet.Visit, s shop) []ui.Button {
	below := "/op/projects/" + string(s.ID)
	list := []ui.Button{{Text: v.T("ops.to_cabinet"), Href: "/p/" + string(s.ID), Icon: ui.IconOut}}
	if v.May(access.Edit, access.Adjustments) {
		list = append(list, ui.Button{Text: v.T("ops.book_money"), Href: "/op/money/new?project=" + string(s.ID), Icon: ui.IconFunds, Kind: ui.Primary})
	}
	if v.May(access.Edit, access.ViewAs) {
		list = append(list, ui.Button{Text: v.T("ops.view_as"), Href: below + "/view", Icon: ui.IconUser})
	}
	return list
}

// changeButtons are what the reader may change of a project; promised says whether it gets credit for missed promises.
func (p *pages) changeButtons(v *cabinet.Visit, s shop, promised bool) (list []ui.Button) {
	below := "/op/projects/" + string(s.ID)
	if v.May(access.Edit, access.Adjustments) {
		list = []ui.Button{{Text: v.T("ops.promise_give"), Href: below + "/promise", Small: true, Dialog: true}}
		if promised {
			list[0].Text = v.T("ops.promise_end")
		}
	}
	if !v.May(access.Edit, access.Projects) {
		return list
	}
	return append([]ui.Button{
		{Text: v.T("ops.move_book"), Href: below + "/book", Small: true},
		{Text: v.T("ops.move_agency"), Href: below + "/agency", Small: true},
		{Text: v.T("ops.set_overdraft"), Href: below + "/overdraft", Small: true},
		{Text: v.T("ops.set_state"), Href: below + "/state", Small: true},
	}, list...)
}
