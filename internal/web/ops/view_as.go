package ops

import (
	"cmp"
	"context"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// viewing is the form that asks through whose eyes to look, and why (Rule A-14).
func (p *pages) viewing(v *cabinet.Visit, s shop, wrong mistakes) (form, error) {
	org := ident.ProjectOrg(s.ID)
	permit, err := p.Gate.Enter(v.Context(), v.Principal, org, v.At)
	if err != nil {
		return form{}, err
	}
	members, err := access.Members(v.Context(), p.DB, permit, "", mostChoices)
	if err != nil {
		return form{}, err
	}
	ids := make([]account.UserID, len(members))
	for i, m := range members {
		ids[i] = m.User
	}
	users, err := account.Users(v.Context(), p.DB, ids)
	if err != nil {
		return form{}, err
	}
	var choices []ui.RadioChoice
	for _, m := range members {
		u := users[m.User]
		choices = append(choices, ui.RadioChoice{Value: string(m.User), Text: u.Name, Hint: u.Email})
	}
	below := "/op/projects/" + string(s.ID)
	f := form{
		page: ui.Page{
			Title: v.T("ops.view_as"), Lead: v.T("ops.view_as_lead"), Section: sectionProjects, Help: "/help/op-view-as",
			Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}, {Text: string(s.ID), Href: below}},
		},
		action: below + "/view", submit: v.T("ops.look"), back: below, wrong: wrong[""],
	}
	if len(choices) == 0 {
		f.fields = []templ.Component{remark(ui.Notice, v.T("ops.no_members"), "")}
		return f, nil
	}
	chosen := cmp.Or(value(v, "member"), v.URL.Query().Get("member"))
	if chosen == "" {
		chosen = choices[0].Value
	}
	f.fields = []templ.Component{
		ui.Radio{ID: "member", Name: "member", Label: v.T("ops.member"), Value: chosen, Choices: choices, Error: wrong["user"]}.Draw(),
		ui.Field{ID: "reason", Name: "reason", Label: v.T("ops.reason"), Hint: v.T("ops.view_reason_hint"), Value: value(v, "reason"), Required: true, Longest: 200, Error: wrong["reason"]}.Draw(),
	}
	return f, nil
}

func (p *pages) viewForm(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	f, err := p.viewing(v, s, nil)
	if err != nil {
		return err
	}
	return ask(v, f)
}

func (p *pages) viewAs(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	var token string
	var session account.Session
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		token, session, err = access.OpenView(ctx, tx, v.Permit, p.Random, account.UserID(value(v, "member")), s.ID, value(v, "reason"), v.At)
		return err
	})
	if err != nil {
		wrong, err := wrongly(v, err, "reason", "user")
		if err != nil {
			return err
		}
		f, err := p.viewing(v, s, wrong)
		if err != nil {
			return err
		}
		return askAgain(v, f)
	}
	v.Begin(token, session)
	return v.Go("/") // the first page that the member may see
}
