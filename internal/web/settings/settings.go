package settings

import (
	"context"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// section is the pages, on the cabinet they stand in.
type section struct {
	*cabinet.Cabinet
}

const (
	sectionKey = "settings"
	root       = "/settings"
	rank       = 70
)

// Register adds the section to the cabinet.
func Register(c *cabinet.Cabinet) {
	s := &section{c}
	view, edit := cabinet.Project(access.View, access.Settings), cabinet.Project(access.Edit, access.Settings)
	const base = "/p/{project}" + root
	c.AddSection(cabinet.Section{Key: sectionKey, Text: "settings.section", Icon: ui.IconSettings, Path: root, Need: view, Rank: rank})
	s.Handle("GET "+base, view, s.show)
	s.Handle("POST "+base+"/name", edit, s.rename)
	s.Handle("GET "+base+"/zone", edit, s.askZone)
	s.Handle("POST "+base+"/zone", edit, s.setZone)
	s.Handle("POST "+base+"/caps", edit, s.setCaps)
	const agency = "/a/{agency}" + root
	view, edit = cabinet.Agency(access.View, access.Settings), cabinet.Agency(access.Edit, access.Settings)
	c.AddSection(cabinet.Section{Key: sectionKey, Text: "settings.section", Icon: ui.IconSettings, Path: root, Need: view, Rank: rank})
	s.Handle("GET "+agency, view, s.showAgency)
	s.Handle("POST "+agency, edit, s.editAgency)
}

// content is what stands on the page.
type content struct {
	edit    bool
	name    ui.Field
	zone    ui.Select
	pending string // the zone that counts from tomorrow on, in words; empty where none is waiting
	caps    capsForm
	path    func(below string) string
}

// show is GET /p/{project}/settings.
func (s *section) show(v *cabinet.Visit) error {
	c, err := s.content(v)
	if err != nil {
		return err
	}
	return v.Render(page(v), settingsPage(c))
}

func page(v *cabinet.Visit) ui.Page {
	p := ui.Page{Title: v.T("settings.section"), Section: sectionKey, Help: "/help/settings", Narrow: true}
	if canEdit(v) {
		p.Tabs = []ui.Link{
			{Text: v.T("settings.tab_project"), Href: v.Path(root), Here: true},
			{Text: v.T("webhooks.title"), Href: v.Path(root + "/webhooks")},
			{Text: v.T("webhooks.crm_tab"), Href: v.Path(root + "/crm")},
		}
	}
	return p
}

func (s *section) content(v *cabinet.Visit) (c content, err error) {
	p := v.Project
	edit := canEdit(v)
	today := p.Calendar.DayAt(v.At)
	now, next := p.Calendar.Zone(today).String(), p.Calendar.Zone(today+1).String()
	c = content{
		edit: edit, path: func(below string) string { return v.Path(root + below) },
		name: ui.Field{ID: "name", Name: "name", Label: v.T("settings.name"), Value: p.Name, Required: true, Longest: 200, Autocomplete: "off", Off: !edit},
		zone: ui.Select{ID: "zone", Name: "zone", Label: v.T("settings.zone"), Hint: v.T("settings.zone_hint"), Value: next, Choices: cabinet.ZoneChoices(v.At, next), Off: !edit},
	}
	if now != next {
		c.pending = v.T("settings.zone_pending", map[string]any{"Zone": next, "Now": now, "Date": v.DateLong(today + 1)})
	}
	book, err := p.Tariff(s.Books, today)
	if err != nil {
		return c, err
	}
	c.caps = capsOf(v, book, ownCaps(p.Limits))
	return c, nil
}

// refuse shows the page again with what was filled in and what is wrong.
func (s *section) refuse(v *cabinet.Visit, wrong func(c *content)) error {
	c, err := s.content(v)
	if err != nil {
		return err
	}
	wrong(&c)
	return v.RenderWrong(page(v), settingsPage(c))
}

// change changes the project's settings in one transaction with its entry in the trail.
func (s *section) change(v *cabinet.Visit, action string, do func(ctx context.Context, tx *store.Tx, now *project.Project) (before, after any, err error)) error {
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		if _, err := v.Permit.May(access.Edit, access.Settings); err != nil {
			return err
		}
		now, err := project.Get(ctx, tx, v.Project.ID)
		if err != nil {
			return err
		}
		before, after, err := do(ctx, tx, now)
		if err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "project", ObjectID: string(v.Project.ID), Action: action, Before: before, After: after})
	})
}

// rename is POST /p/{project}/settings/name, with name.
func (s *section) rename(v *cabinet.Visit) error {
	name := strings.TrimSpace(v.R.PostFormValue("name"))
	err := s.change(v, "rename", func(ctx context.Context, tx *store.Tx, now *project.Project) (before, after any, err error) {
		_, err = project.Rename(ctx, tx, now.ID, name)
		return map[string]string{"name": now.Name}, map[string]string{"name": name}, err
	})
	if errs.CodeOf(err) == "project.bad_name" {
		return s.refuse(v, func(c *content) { c.name.Value, c.name.Error = name, v.T("settings.bad_name") })
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{
		Text: v.T("settings.renamed", map[string]any{"Name": name}), Undo: v.Path(root + "/name"), Fields: []ui.Choice{{Value: "name", Text: v.Project.Name}},
	})
}

func canEdit(v *cabinet.Visit) bool { return v.May(access.Edit, access.Settings) }

// unitOf is the sign of the project's currency.
func unitOf(v *cabinet.Visit) string { return lang.CurrencySign(v.Project.Currency) }
