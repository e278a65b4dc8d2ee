package people

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// roleForm is a role as it is filled in.
type roleForm struct {
	path    string
	name    ui.Field
	version string
	rows    []matrixRow
	wrong   string
	changed []string // what somebody else changed meanwhile
	back    string
}

func (f roleForm) isStale() bool { return f.changed != nil }

// askCopy is GET /people/roles/{role}/copy.
func (s *section) askCopy(v *cabinet.Visit) error {
	r, err := s.chosenRole(v)
	if err != nil {
		return err
	}
	return v.Render(copyPage(v, r), copyForm(rolePath(v, r.ID)+"/copy", nameField(v, v.T("people.role_name"), v.T("people.role_copy_name", map[string]any{"Role": nameOfRole(v.View, r)}), "")))
}

func copyPage(v *cabinet.Visit, r access.Role) ui.Page {
	return below(v, "/roles", v.T("people.role_copy_title", map[string]any{"Role": nameOfRole(v.View, r)}), "people")
}

// copyRole is POST /people/roles/{role}/copy, with name.
func (s *section) copyRole(v *cabinet.Visit) error {
	from, err := s.chosenRole(v)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(v.R.PostFormValue("name"))
	var made access.Role
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = access.CopyRole(ctx, tx, v.Permit, s.Random, from.ID, name, v.At)
		return err
	})
	if errs.CodeOf(err) == "access.bad_name" {
		message, _ := v.Error(err)
		return v.RenderWrong(copyPage(v, from), copyForm(rolePath(v, from.ID)+"/copy", nameField(v, v.T("people.role_name"), name, message)))
	}
	if err != nil {
		return err
	}
	return v.Done(rolePath(v, made.ID)+"/edit", ui.Toast{Text: v.T("people.role_copied", map[string]any{"Role": name})})
}

// ownRole is the own role that the path names; errs.NotFound `access.no_role` for a built-in one.
func (s *section) ownRole(v *cabinet.Visit) (access.Role, error) {
	r, err := s.chosenRole(v)
	if err == nil && (r.IsBuiltin() || r.Retired) {
		err = errs.New(errs.NotFound, "access.no_role", "there is no role %.40q that can be changed", v.R.PathValue("role")).At("role")
	}
	return r, err
}

func (s *section) roleForm(v *cabinet.Visit, r access.Role) roleForm {
	// Ownership is no part of an own role: there is one role that owns.
	rows := slices.DeleteFunc(matrixRows(v, r.Matrix), func(row matrixRow) bool { return row.Cells[0].Name == fieldOf(access.View, access.Ownership) })
	return roleForm{
		path: rolePath(v, r.ID) + "/edit", name: nameField(v, v.T("people.role_name"), r.Name, ""), version: strconv.FormatInt(r.Version, 10),
		rows: rows, back: rolePath(v, r.ID),
	}
}

// askEditRole is GET /people/roles/{role}/edit.
func (s *section) askEditRole(v *cabinet.Visit) error {
	r, err := s.ownRole(v)
	if err != nil {
		return err
	}
	return v.Render(editPage(v, r), roleFormPage(s.roleForm(v, r)))
}

func editPage(v *cabinet.Visit, r access.Role) ui.Page {
	p := below(v, "/roles", v.T("people.role_edit_title", map[string]any{"Role": r.Name}), "people")
	p.Narrow, p.Crumbs = false, append(p.Crumbs, ui.Link{Text: r.Name, Href: rolePath(v, r.ID)})
	return p
}

// editRole is POST /people/roles/{role}/edit, with name, the version that was edited, and a level for each right.
func (s *section) editRole(v *cabinet.Visit) error {
	now, err := s.ownRole(v)
	if err != nil {
		return err
	}
	wish := now
	wish.Name = strings.TrimSpace(v.R.PostFormValue("name"))
	version, _ := strconv.ParseInt(v.R.PostFormValue("version"), 10, 64) // a version that is none is a stale one
	if wish.Matrix, err = readMatrix(v, now.Matrix); err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.EditRole(ctx, tx, v.Permit, now.ID, version, wish.Name, wish.Matrix, v.At)
			return err
		})
	}
	if err == nil {
		return v.Done(rolePath(v, now.ID), ui.Toast{Text: v.T("people.role_saved", map[string]any{"Role": wish.Name})})
	}
	return s.refuseEdit(v, now, wish, version, err)
}

// refuseEdit shows the form again as it was filled in. Where somebody else changed the role meanwhile it says what, and
// saving again puts this over it.
func (s *section) refuseEdit(v *cabinet.Visit, now, wish access.Role, version int64, err error) error {
	f := s.roleForm(v, wish)
	message, _ := v.Error(err)
	switch errs.CodeOf(err) {
	case "access.role_changed":
		if f.changed, err = s.changesSince(v, now, version); err != nil {
			return err
		}
		s.Render(v.W, v.R, http.StatusConflict, editPage(v, now), roleFormPage(f))
		return nil
	case "access.bad_name":
		f.name.Error = message
	case "access.bad_matrix", "access.bad_level", "access.beyond_own":
		f.wrong = message
	default:
		return err
	}
	return v.RenderWrong(editPage(v, now), roleFormPage(f))
}

// changesSince are what others changed since a version.
func (s *section) changesSince(v *cabinet.Visit, now access.Role, version int64) ([]string, error) {
	var all []access.Role
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		all, err = access.RoleVersions(ctx, q, v.Org, now.ID)
		return err
	})
	for _, r := range all {
		if r.Version == version {
			return append([]string{}, roleChanges(v, r, now)...), err
		}
	}
	return []string{}, err
}

// askRetire is GET /people/roles/{role}/retire.
func (s *section) askRetire(v *cabinet.Visit) error {
	r, err := s.ownRole(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("people.role_retire_title", map[string]any{"Role": r.Name}), Text: v.T("people.role_retire_text"), Action: rolePath(v, r.ID) + "/retire",
		Yes: v.T("people.role_retire"), No: rolePath(v, r.ID), Danger: true,
	}
	return v.Render(below(v, "/roles", ask.Title, "people"), ask.Draw())
}

// retire is POST /people/roles/{role}/retire: nobody is given the role any more.
func (s *section) retire(v *cabinet.Visit) error {
	r, err := s.ownRole(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error { return access.RetireRole(ctx, tx, v.Permit, r.ID, v.At) })
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/roles"), ui.Toast{Text: v.T("people.role_retired", map[string]any{"Role": r.Name})})
}
