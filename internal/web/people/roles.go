package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (s *section) handleRoles(p place) {
	view, edit, remove := p.need(access.View, access.Roles), p.need(access.Edit, access.Roles), p.need(access.Delete, access.Roles)
	s.Handle("GET "+p.base+"/roles", view, s.roles)
	s.Handle("GET "+p.base+"/roles/{role}", view, s.role)
	s.Handle("GET "+p.base+"/roles/{role}/copy", edit, s.askCopy)
	s.Handle("POST "+p.base+"/roles/{role}/copy", edit, s.copyRole)
	s.Handle("GET "+p.base+"/roles/{role}/edit", edit, s.askEditRole)
	s.Handle("POST "+p.base+"/roles/{role}/edit", edit, s.editRole)
	s.Handle("GET "+p.base+"/roles/{role}/retire", remove, s.askRetire)
	s.Handle("POST "+p.base+"/roles/{role}/retire", remove, s.retire)
}

// roles is GET /people/roles: the built-in ones and the organisation's own.
func (s *section) roles(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	return v.RenderList(page(v, "/roles", "people"), cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "name", Title: v.T("people.role"), Sortable: true, Fixed: true},
			{Key: "kind", Title: v.T("people.role_kind"), Sortable: true},
			{Key: "people", Title: v.T("people.people_count"), Numeric: true, Sortable: true},
			{Key: "means", Title: v.T("people.role_means")},
		}},
		Caption: v.T("people.roles"), Right: access.People, Short: true,
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for i, r := range st.roles {
				rows = append(rows, st.roleRow(v, i, r))
			}
			return rows, nil
		}),
	})
}

func (st *staff) roleRow(v *cabinet.Visit, i int, r access.Role) cabinet.Row {
	kind := cabinet.Badge(ui.Neutral, v.T("people.role_builtin"))
	if !r.IsBuiltin() {
		kind = cabinet.Badge(ui.Notice, v.T("people.role_own"))
	}
	row := cabinet.Row{ID: string(rune('a' + i)), Href: rolePath(v, r.ID), Cells: map[string]cabinet.Cell{
		"name": cabinet.Text(nameOfRole(v.View, r)), "kind": kind, "people": cabinet.Int(st.holders(r.ID)),
	}}
	if hint := hintOf(v, r.ID); hint != "" {
		row.Cells["means"] = cabinet.Text(hint)
	} else if !r.IsBuiltin() {
		row.Cells["means"] = cabinet.Text(v.T("people.copied_from", map[string]any{"Role": st.roleName(v.View, r.CopiedFrom)}))
	}
	return row
}

// holders counts who has a role.
func (st *staff) holders(id access.RoleID) (n int) {
	for _, e := range st.people {
		if e.Role == id {
			n++
		}
	}
	return n
}

func rolePath(v *cabinet.Visit, id access.RoleID) string {
	return v.Path(root + "/roles/" + string(id))
}

// chosenRole is the one that the path names.
func (s *section) chosenRole(v *cabinet.Visit) (r access.Role, err error) {
	return r, v.Read(func(ctx context.Context, q store.Querier) error {
		r, err = access.FindRole(ctx, q, v.Org, access.RoleID(v.R.PathValue("role")))
		return err
	})
}

// roleContent is what stands on the page of one role.
type roleContent struct {
	facts    []fact
	rows     []matrixRow
	versions []versionOf
	deeds    []ui.Button
}

// versionOf is a version of an own role, and what it changed.
type versionOf struct {
	Title   string
	Changes []string
}

// role is GET /people/roles/{role}: the matrix, in words.
func (s *section) role(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	r, err := s.chosenRole(v)
	if err != nil {
		return err
	}
	c := roleContent{rows: matrixRows(v, r.Matrix), facts: []fact{{v.T("people.people_count"), ui.Number(st.holders(r.ID))}}}
	if r.IsBuiltin() {
		c.facts = append(c.facts, fact{v.T("people.role_kind"), ui.Text(v.T("people.role_builtin_text"))}, fact{v.T("people.role_means"), ui.Text(hintOf(v, r.ID))})
	} else {
		c.facts = append(c.facts, fact{v.T("people.role_kind"), ui.Text(v.T("people.copied_from", map[string]any{"Role": st.roleName(v.View, r.CopiedFrom)}))})
		if c.versions, err = s.versions(v, st, r.ID); err != nil {
			return err
		}
	}
	c.deeds = roleDeeds(v, r)
	p := below(v, "/roles", nameOfRole(v.View, r), "people")
	p.Narrow = false
	return v.Render(p, rolePage(c))
}

func roleDeeds(v *cabinet.Visit, r access.Role) (list []ui.Button) {
	if r.Retired {
		return nil
	}
	at := rolePath(v, r.ID)
	if v.May(access.Edit, access.Roles) {
		if !r.IsBuiltin() {
			list = append(list, ui.Button{Text: v.T("people.role_edit"), Kind: ui.Primary, Href: at + "/edit"})
		}
		list = append(list, ui.Button{Text: v.T("people.role_copy"), Icon: ui.IconCopy, Href: at + "/copy", Dialog: true})
	}
	if v.May(access.Delete, access.Roles) && !r.IsBuiltin() {
		list = append(list, ui.Button{Text: v.T("people.role_retire"), Kind: ui.Danger, Href: at + "/retire", Dialog: true})
	}
	return list
}

// versions are what became of an own role, newest first.
func (s *section) versions(v *cabinet.Visit, st *staff, id access.RoleID) (list []versionOf, err error) {
	var all []access.Role
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		all, err = access.RoleVersions(ctx, q, v.Org, id)
		return err
	})
	for i, r := range all {
		one := versionOf{Title: v.T("people.role_version", map[string]any{"Version": v.Int(int(r.Version)), "At": v.DateTime(r.MadeAt), "Name": st.nameOf(r.MadeBy)})}
		if i+1 < len(all) {
			one.Changes = roleChanges(v, all[i+1], r)
		}
		list = append(list, one)
	}
	return list, err
}

// roleChanges say what a version changed.
func roleChanges(v *cabinet.Visit, before, after access.Role) (list []string) {
	if before.Name != after.Name {
		list = append(list, v.T("people.role_renamed", map[string]any{"Before": before.Name, "After": after.Name}))
	}
	for _, o := range access.RoleObjects(v.Org.Kind) {
		for _, a := range access.Actions() {
			if was, is := before.Matrix.Level(a, o), after.Matrix.Level(a, o); was != is {
				list = append(list, v.T("people.role_change", map[string]any{
					"Object": v.T(objectKeys[o]), "Action": v.T(actionKeys[a]), "Before": v.T(levelKeys[was]), "After": v.T(levelKeys[is]),
				}))
			}
		}
	}
	return list
}
