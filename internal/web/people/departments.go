package people

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (s *section) handleDepartments(p place) {
	view, edit := p.need(access.View, access.People), p.need(access.Edit, access.People)
	s.Handle("GET "+p.base+"/departments", view, s.departments)
	s.Handle("GET "+p.base+"/departments/new", edit, s.askDepartment)
	s.Handle("POST "+p.base+"/departments/new", edit, s.makeDepartment)
	s.Handle("GET "+p.base+"/departments/{department}", edit, s.department)
	s.Handle("POST "+p.base+"/departments/{department}", edit, s.editDepartment)
	s.Handle("GET "+p.base+"/departments/{department}/delete", edit, s.askDeleteDepartment)
	s.Handle("POST "+p.base+"/departments/{department}/delete", edit, s.deleteDepartment)
}

// departments is GET /people/departments.
func (s *section) departments(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	p := page(v, "/departments", "people")
	if v.May(access.Edit, access.People) {
		p.Actions = ui.Button{Text: v.T("people.department_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/departments/new"), Dialog: true}.Draw()
	}
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("people.department"), Sortable: true, Fixed: true},
			{Key: "count", Title: v.T("people.people_count"), Numeric: true, Sortable: true},
			{Key: "people", Title: v.T("people.department_people")},
		}},
		Caption: v.T("people.departments"), Right: access.People, Count: v.N("people.departments_count", len(st.departments)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPeople, Title: v.T("people.no_departments"), Text: v.T("people.no_departments_text")},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, d := range st.departments {
				row := cabinet.Row{ID: string(d.ID), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(d.Name), "count": cabinet.Int(len(d.People)), "people": cabinet.Text(st.names(d.People)),
				}}
				if v.May(access.Edit, access.People) {
					row.Href = departmentPath(v, d.ID)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

func departmentPath(v *cabinet.Visit, id access.DepartmentID) string {
	return v.Path(root + "/departments/" + string(id))
}

// names are what people are called, in one line and in the order of names.
func (st *staff) names(ids []account.UserID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = st.nameOf(id)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// departmentForm is a department as it is filled in.
type departmentForm struct {
	path   string
	name   ui.Field
	people []ui.Check
	save   string
	remove ui.Button
}

func nameField(v *cabinet.Visit, label, value, wrong string) ui.Field {
	return ui.Field{ID: "name", Name: "name", Label: label, Value: value, Error: wrong, Required: true, Longest: 100, Autocomplete: "off"}
}

func (st *staff) newDepartment(v *cabinet.Visit, name, wrong string) departmentForm {
	return departmentForm{
		path: v.Path(root + "/departments/new"), name: nameField(v, v.T("people.department_name"), name, wrong), save: v.T("people.department_make"),
		people: st.checks(func(id account.UserID) bool { return chosen(v, id) }),
	}
}

// checks are boxes to tick people with.
func (st *staff) checks(on func(account.UserID) bool) (list []ui.Check) {
	for _, e := range st.people {
		list = append(list, ui.Check{ID: "p-" + string(e.User), Name: "people", Value: string(e.User), Label: st.toldApart(e), On: on(e.User)})
	}
	return list
}

// picked are the people a form has ticked.
func picked(v *cabinet.Visit) (ids []account.UserID) {
	_ = v.R.PostFormValue("name") // reads the form
	for _, id := range v.R.PostForm["people"] {
		ids = append(ids, account.UserID(id))
	}
	return ids
}

func chosen(v *cabinet.Visit, id account.UserID) bool {
	for _, one := range picked(v) {
		if one == id {
			return true
		}
	}
	return false
}

// askDepartment is GET /people/departments/new.
func (s *section) askDepartment(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	return v.Render(below(v, "/departments", v.T("people.department_new"), "people"), departmentPage(st.newDepartment(v, "", "")))
}

// makeDepartment is POST /people/departments/new, with name and people.
func (s *section) makeDepartment(v *cabinet.Visit) error {
	name := strings.TrimSpace(v.R.PostFormValue("name"))
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		made, err := access.MakeDepartment(ctx, tx, v.Permit, s.Random, name, v.At)
		if err != nil || len(picked(v)) == 0 {
			return err
		}
		return access.SetPeople(ctx, tx, v.Permit, made.ID, picked(v), v.At)
	})
	if isNameWrong(err) {
		st, failed := s.staff(v)
		if failed != nil {
			return failed
		}
		message, _ := v.Error(err)
		return v.RenderWrong(below(v, "/departments", v.T("people.department_new"), "people"), departmentPage(st.newDepartment(v, name, message)))
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/departments"), ui.Toast{Text: v.T("people.department_made", map[string]any{"Name": name})})
}

// isNameWrong tells whether it is the name that a department is refused for.
func isNameWrong(err error) bool {
	return slices.Contains([]string{"access.bad_name", "access.department_exists"}, errs.CodeOf(err))
}

// chosenDepartment is the one that the path names.
func (s *section) chosenDepartment(v *cabinet.Visit) (*staff, access.Department, error) {
	st, err := s.staff(v)
	if err != nil {
		return nil, access.Department{}, err
	}
	for _, d := range st.departments {
		if string(d.ID) == v.R.PathValue("department") {
			return st, d, nil
		}
	}
	return nil, access.Department{}, errs.New(errs.NotFound, "access.no_department", "there is no department %.40q", v.R.PathValue("department")).At("department")
}

func (st *staff) editing(v *cabinet.Visit, d access.Department, name, wrong string) departmentForm {
	members := map[account.UserID]bool{}
	for _, id := range d.People {
		members[id] = true
	}
	return departmentForm{
		path: departmentPath(v, d.ID), name: nameField(v, v.T("people.department_name"), name, wrong), save: v.T("people.save"),
		people: st.checks(func(id account.UserID) bool { return members[id] }),
		remove: ui.Button{Text: v.T("people.department_delete"), Kind: ui.Danger, Href: departmentPath(v, d.ID) + "/delete", Dialog: true},
	}
}

// department is GET /people/departments/{department}: its name and its people.
func (s *section) department(v *cabinet.Visit) error {
	st, d, err := s.chosenDepartment(v)
	if err != nil {
		return err
	}
	return v.Render(below(v, "/departments", d.Name, "people"), departmentPage(st.editing(v, d, d.Name, "")))
}

// editDepartment is POST /people/departments/{department}, with name and people.
func (s *section) editDepartment(v *cabinet.Visit) error {
	st, d, err := s.chosenDepartment(v)
	if err != nil {
		return err
	}
	name, people := strings.TrimSpace(v.R.PostFormValue("name")), picked(v)
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if name != d.Name {
			if err := access.RenameDepartment(ctx, tx, v.Permit, d.ID, name, v.At); err != nil {
				return err
			}
		}
		return access.SetPeople(ctx, tx, v.Permit, d.ID, people, v.At)
	})
	if isNameWrong(err) {
		message, _ := v.Error(err)
		d.People = people
		return v.RenderWrong(below(v, "/departments", d.Name, "people"), departmentPage(st.editing(v, d, name, message)))
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/departments"), ui.Toast{Text: v.T("people.department_saved", map[string]any{"Name": name})})
}

// askDeleteDepartment is GET /people/departments/{department}/delete.
func (s *section) askDeleteDepartment(v *cabinet.Visit) error {
	_, d, err := s.chosenDepartment(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("people.department_delete_title", map[string]any{"Name": d.Name}), Text: v.N("people.department_delete_text", len(d.People)),
		Action: departmentPath(v, d.ID) + "/delete", Yes: v.T("people.department_delete"), No: departmentPath(v, d.ID), Danger: true,
	}
	return v.Render(below(v, "/departments", ask.Title, "people"), ask.Draw())
}

// deleteDepartment is POST /people/departments/{department}/delete; its people stay.
func (s *section) deleteDepartment(v *cabinet.Visit) error {
	_, d, err := s.chosenDepartment(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return access.DeleteDepartment(ctx, tx, v.Permit, d.ID, v.At)
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/departments"), ui.Toast{Text: v.T("people.department_deleted", map[string]any{"Name": d.Name})})
}
