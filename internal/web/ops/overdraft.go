package ops

import (
	"context"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"bellwether/internal/approval"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) overdraftForm(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	return ask(v, p.overdrawing(v, s, nil))
}

// overdrawing is the form of how far below zero a project may go.
func (p *pages) overdrawing(v *cabinet.Visit, s shop, wrong mistakes) form {
	id, typed := newID(), s.Overdraft.String()
	if v.R.Method == http.MethodPost {
		id, typed = value(v, "id"), value(v, "overdraft")
	}
	below := "/op/projects/" + string(s.ID)
	return form{
		page: ui.Page{
			Title: v.T("ops.set_overdraft"), Lead: v.T("ops.set_overdraft_lead"), Section: sectionProjects, Help: "/help/op-projects",
			Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}, {Text: string(s.ID), Href: below}},
		},
		action: below + "/overdraft", submit: v.T("ops.save"), back: below, wrong: wrong[""] + wrong["id"],
		fields: []templ.Component{
			hidden("id", id),
			ui.Field{
				ID: "overdraft", Name: "overdraft", Label: v.T("ops.overdraft"), Hint: v.T("ops.overdraft_hint"), Value: typed, Unit: string(s.Currency), Digits: true, Required: true,
				Error: wrong["amount"] + wrong["overdraft"],
			}.Draw(),
			ui.Field{ID: "reason", Name: "reason", Label: v.T("ops.reason"), Value: value(v, "reason"), Required: true, Longest: 500, Lines: 2, Error: wrong["reason"]}.Draw(),
		},
	}
}

// setOverdraft asks whether what would happen is meant; then it does it, or leaves a request for another operator (Rule O-05).
func (p *pages) setOverdraft(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	sure := value(v, "sure") != ""
	var r approval.Request
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		to, err := amountIn(value(v, "overdraft"))
		if err != nil {
			return err
		}
		if r, err = p.Approvals.Overdraw(ctx, tx, v.Permit, s.ID, value(v, "id"), to, value(v, "reason"), v.At); err != nil || sure {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		return p.confirmOverdraft(v, r)
	}
	if err != nil {
		wrong, err := wrongly(v, err, "id", "amount", "overdraft", "reason")
		if err != nil {
			return err
		}
		return askAgain(v, p.overdrawing(v, s, wrong))
	}
	p.roll.forget()
	p.Hub.Publish(cabinet.Topic(ident.ProjectOrg(s.ID), cabinet.TopicBalance), "")
	if r.State != approval.Booked {
		return v.Done("/op/money/"+r.ID.String(), askedToast(v, r))
	}
	return v.Done("/op/projects/"+string(s.ID), ui.Toast{Text: v.T("ops.saved")})
}

// confirmOverdraft shows what the overdraft becomes, and what the project could spend then, before it is done.
func (p *pages) confirmOverdraft(v *cabinet.Visit, r approval.Request) error {
	from, to, err := r.OverdraftOf()
	if err != nil {
		return err
	}
	held, err := ledger.GetAccount(v.Context(), p.DB, r.Project)
	if err != nil {
		return err
	}
	below := "/op/projects/" + string(r.Project)
	c := ui.Confirm{
		Title: v.T("ops.confirm_overdraft"), Text: v.T("ops.confirm_now"), Action: below + "/overdraft", Yes: v.T("ops.set_overdraft"), No: below + "/overdraft",
		Effect: []ui.Effect{
			{Text: v.T("ops.project"), After: string(r.Project)},
			{Text: v.T("ops.overdraft"), Before: v.Money(from, r.Currency), After: v.Money(to, r.Currency)},
			{Text: v.T("ops.can_spend"), Before: v.Money(held.Available(), r.Currency), After: v.Money(held.Available()+to-held.Overdraft, r.Currency)},
			{Text: v.T("ops.reason"), After: r.Reason},
		},
		Fields: []ui.Choice{{Value: "sure", Text: "yes"}},
	}
	if r.State == approval.Waiting {
		c.Text, c.Yes = v.T("ops.confirm_wait"), v.T("ops.confirm_ask")
	}
	for _, name := range []string{"id", "overdraft", "reason"} {
		c.Fields = append(c.Fields, ui.Choice{Value: name, Text: value(v, name)})
	}
	return v.Render(ui.Page{
		Title: v.T("ops.set_overdraft"), Section: sectionProjects, Narrow: true, Help: "/help/op-projects",
		Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}, {Text: string(r.Project), Href: below}},
	}, c.Draw())
}
