package people

import (
	"context"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// users is GET /people: everybody in the organisation, and what their number costs.
func (s *section) users(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	list := usersList(v, st)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	content := usersContent{table: table}
	if isProject(v) {
		if err := s.addUsage(v, st, &content); err != nil {
			return err
		}
	}
	p := page(v, "", "people")
	if v.May(access.Edit, access.People) {
		p.Actions = ui.Button{Text: v.T("people.invite"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/invite"), Dialog: true}.Draw()
	}
	return v.Render(p, usersPage(content))
}

// usersContent is what stands on the page of users.
type usersContent struct {
	tiles []ui.Tile
	ways  string // the address of the ways to save; empty for those who may not see funds
	table ui.Table
}

func (s *section) addUsage(v *cabinet.Visit, st *staff, content *usersContent) error {
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	for _, l := range p.limits(v.View) {
		content.tiles = append(content.tiles, l.tile(v.View, p.Currency))
	}
	if !v.May(access.View, access.Funds) {
		return nil
	}
	content.ways = v.Path(root + "/ways")
	next, ok, err := s.nextInvoice(v, p)
	if ok {
		content.tiles = append(content.tiles, next.tile(v))
	}
	return err
}

// waysPart is GET /people/ways: a part of the list of users that takes previews, which wait for the one writer.
func (s *section) waysPart(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	ways, err := s.ways(v, p, st)
	if err != nil {
		return err
	}
	if v.R.Header.Get(ui.LaterHeader) != "" {
		return v.RenderPart(waysCard(ways))
	}
	return v.Render(below(v, "", v.T("people.ways"), "people"), waysCard(ways))
}

// usersList is the list of users.
func usersList(v *cabinet.Visit, st *staff) cabinet.List {
	columns := []ui.Column{
		{Key: "name", Title: v.T("people.name"), Sortable: true, Fixed: true},
		{Key: "email", Title: v.T("people.email"), Sortable: true},
		{Key: "role", Title: v.T("people.role"), Sortable: true},
		{Key: "departments", Title: v.T("people.departments"), Sortable: true},
		{Key: "seats", Title: v.T("people.seats"), Numeric: true, Sortable: true, Hint: v.T("people.seats_hint")},
		{Key: "seen", Title: v.T("people.seen"), Sortable: true},
		{Key: "state", Title: v.T("people.state"), Sortable: true},
		{Key: "totp", Title: v.T("people.totp"), Sortable: true},
		{Key: "joined", Title: v.T("people.joined"), Sortable: true, Extra: true},
	}
	filters := []ui.Filter{
		{Key: "words", Title: v.T("people.name_or_email")},
		{Key: "role", Title: v.T("people.role"), Choices: st.roleChoices(v.View)},
		{Key: "state", Title: v.T("people.state"), Choices: []ui.Choice{{Value: "active", Text: v.T("people.active")}, {Value: "blocked", Text: v.T("people.blocked")}}},
		{Key: "totp", Title: v.T("people.totp"), Choices: []ui.Choice{{Value: "on", Text: v.T("people.on")}, {Value: "off", Text: v.T("people.off")}}},
	}
	if len(st.departments) > 0 {
		filters = append(filters, ui.Filter{Key: "department", Title: v.T("people.department"), Choices: st.departmentChoices()})
	}
	if !isProject(v) {
		columns = append(columns[:3], columns[5:]...) // departments and seats are of projects
	}
	empty := ui.Empty{Icon: ui.IconPeople, Title: v.T("people.nobody"), Text: v.T("people.nobody_text")}
	if v.May(access.Edit, access.People) {
		empty.Action = ui.Button{Text: v.T("people.invite"), Href: v.Path(root + "/invite"), Dialog: true}
	}
	return cabinet.List{
		Spec: ui.TableSpec{Columns: columns, Filters: filters, Sort: "name"}, Caption: v.T("people.users"), Right: access.People,
		Count: v.N("people.count", len(st.people)), Short: true, Empty: empty,
		Load: cabinet.Rows(func(_ context.Context, state ui.TableState) (rows []cabinet.Row, err error) {
			for _, e := range st.people {
				if e.passes(state.Filters) {
					rows = append(rows, st.row(v, e))
				}
			}
			return rows, nil
		}),
	}
}

func (st *staff) departmentChoices() (list []ui.Choice) {
	for _, d := range st.departments {
		list = append(list, ui.Choice{Value: string(d.ID), Text: d.Name})
	}
	return list
}

// passes tells whether somebody fits the filters.
func (e employee) passes(filters map[string]string) bool {
	is := func(key, value string) bool { return filters[key] == "" || filters[key] == value }
	onOff := map[bool]string{true: "on", false: "off"}
	state := map[bool]string{true: "active", false: "blocked"}[e.active()]
	return e.fits(filters["words"]) && is("role", string(e.Role)) && is("state", state) && is("totp", onOff[e.Person.TOTP]) && e.isIn(filters["department"])
}

func (e employee) isIn(department string) bool {
	for _, d := range e.Departments {
		if string(d.ID) == department {
			return true
		}
	}
	return department == ""
}

func (st *staff) row(v *cabinet.Visit, e employee) cabinet.Row {
	var departments []string
	for _, d := range e.Departments {
		departments = append(departments, d.Name)
	}
	totp := cabinet.Status(ui.Neutral, v.T("people.off"))
	if e.Person.TOTP {
		totp = cabinet.Status(ui.Good, v.T("people.on"))
	}
	cells := map[string]cabinet.Cell{
		"name": cabinet.Text(e.name()), "email": cabinet.Text(e.Person.Email), "role": cabinet.Text(st.roleName(v.View, e.Role)),
		"seats": cabinet.Int(len(e.Seats)), "seen": cabinet.Moment(e.SeenAt), "state": e.state(v.View), "totp": totp, "joined": cabinet.Moment(e.JoinedAt),
	}
	if len(departments) > 0 {
		cells["departments"] = cabinet.Text(strings.Join(departments, ", "))
	}
	return cabinet.Row{ID: string(e.User), Href: userPath(v, e.User), Cells: cells}
}
