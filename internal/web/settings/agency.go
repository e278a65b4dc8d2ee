package settings

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// agencyContent is what stands on the page of an agency's settings.
type agencyContent struct {
	edit     bool
	name     ui.Field
	language ui.Select
	action   string
	people   []ui.Link // those who work there; nil for whoever may not see them
	count    string
	more     []ui.Button
}

// mostShown is how many people the page names; the others are on the page of people.
const mostShown = 20

// showAgency is GET /a/{agency}/settings.
func (s *section) showAgency(v *cabinet.Visit) error {
	c, err := s.agencyContent(v)
	if err != nil {
		return err
	}
	return v.Render(agencyPage(v), agencySettings(c))
}

func agencyPage(v *cabinet.Visit) ui.Page {
	return ui.Page{Title: v.T("settings.section"), Section: sectionKey, Help: "/help/agency", Narrow: true}
}

func (s *section) agencyContent(v *cabinet.Visit) (c agencyContent, err error) {
	a, err := access.GetAgency(v.Context(), s.DB, v.Org.ID)
	if err != nil {
		return c, err
	}
	edit := canEdit(v)
	c = agencyContent{
		edit: edit, action: v.Path(root),
		name: ui.Field{ID: "name", Name: "name", Label: v.T("settings.agency_name"), Value: a.Name, Required: true, Longest: 100, Autocomplete: "off", Off: !edit},
		language: ui.Select{
			ID: "language", Name: "language", Label: v.T("settings.agency_language"), Hint: v.T("settings.agency_language_hint"), Any: v.T("settings.agency_language_any"),
			Value: a.Language, Off: !edit,
		},
	}
	for _, l := range lang.All {
		c.language.Choices = append(c.language.Choices, ui.Choice{Value: string(l), Text: l.Name()})
	}
	if v.May(access.View, access.People) {
		err = s.addPeople(v, &c)
	}
	return c, err
}

// addPeople names the people of the agency who may come in, by name.
func (s *section) addPeople(v *cabinet.Visit, c *agencyContent) error {
	var members []access.Member
	var known map[account.UserID]account.User
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if members, err = access.Members(ctx, q, v.Permit, "", mostMembers); err != nil {
			return err
		}
		ids := make([]account.UserID, len(members))
		for i, m := range members {
			ids[i] = m.User
		}
		known, err = account.Users(ctx, q, ids)
		return err
	})
	if err != nil {
		return err
	}
	members = slices.DeleteFunc(members, func(m access.Member) bool { return !m.BlockedAt.IsZero() })
	c.count = v.N("settings.agency_people_count", len(members))
	for _, m := range members {
		u := known[m.User]
		text := u.Email
		if u.Name != u.Email {
			text = strings.Trim(u.Name+" · "+u.Email, " ·")
		}
		c.people = append(c.people, ui.Link{Text: cmp.Or(text, string(m.User)), Href: v.Path("/people/users/" + string(m.User)), Icon: ui.IconUser})
	}
	slices.SortFunc(c.people, func(a, b ui.Link) int { return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	c.people = c.people[:min(len(c.people), mostShown)]
	c.more = []ui.Button{{Text: v.T("settings.agency_people_all"), Href: v.Path("/people")}}
	if v.May(access.Edit, access.People) {
		c.more = append(c.more, ui.Button{Text: v.T("people.invite"), Icon: ui.IconPlus, Href: v.Path("/people/invite"), Dialog: true})
	}
	return nil
}

// mostMembers is how many people are counted.
const mostMembers = 1000

// editAgency is POST /a/{agency}/settings, with name and language.
func (s *section) editAgency(v *cabinet.Visit) error {
	name, language := strings.TrimSpace(v.R.PostFormValue("name")), v.R.PostFormValue("language")
	var before access.Agency
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		before, err = access.EditAgency(ctx, tx, v.Permit, name, language, v.At)
		return err
	})
	var wrong *errs.Error
	if errors.As(err, &wrong) && wrong.Kind == errs.Invalid {
		return s.refuseAgency(v, name, language, wrong)
	}
	if err != nil {
		return err
	}
	return v.Anew(v.Path(root), ui.Toast{
		Text: v.T("settings.agency_saved"), Undo: v.Path(root), Fields: []ui.Choice{{Value: "name", Text: before.Name}, {Value: "language", Text: before.Language}},
	})
}

// refuseAgency shows the form as it was filled in, with what is wrong at its field.
func (s *section) refuseAgency(v *cabinet.Visit, name, language string, wrong *errs.Error) error {
	c, err := s.agencyContent(v)
	if err != nil {
		return err
	}
	message, _ := v.Error(wrong)
	c.name.Value, c.language.Value = name, language
	if wrong.Where == "language" {
		c.language.Error = message
	} else {
		c.name.Error = message
	}
	return v.RenderWrong(agencyPage(v), agencySettings(c))
}
