package ops

import (
	"context"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// request is one booking, with what the reader may do about it.
func (p *pages) request(v *cabinet.Visit) error { return p.showRequest(v, nil) }

func (p *pages) showRequest(v *cabinet.Visit, wrong mistakes) error {
	id, err := approval.ParseID(v.R.PathValue("request"))
	if err != nil {
		return err
	}
	r, err := approval.Get(v.Context(), p.DB, id, v.At)
	if err != nil {
		return err
	}
	names, err := p.namesOf(v.Context(), []approval.Request{r})
	if err != nil {
		return err
	}
	word := requestStates[r.State]
	known := []fact{
		{v.T("ops.state"), ui.Status(word.tone, v.T(word.text))},
		{v.T("ops.amount"), amountOf(v, r).Show},
		{v.T("ops.reason"), ui.Text(r.Reason)},
		{v.T("ops.asked_by"), ui.Text(asker(v, r, names))},
		{v.T("ops.when"), ui.Moment(r.AskedAt)},
		{v.T("ops.id"), ui.Code(r.Ref)},
	}
	if r.Project != "" {
		known = append(known, fact{v.T("ops.project"), linkTo(ui.Link{Text: string(r.Project), Href: "/op/projects/" + string(r.Project)})})
	}
	if r.Kind == approval.Overdraft {
		from, to, err := r.OverdraftOf()
		if err != nil {
			return err
		}
		known = append(known, fact{v.T("ops.overdraft"), ui.Text(v.Money(from, r.Currency) + " → " + v.Money(to, r.Currency))})
	}
	if r.State == approval.Waiting {
		known = append(known, fact{v.T("ops.expires"), ui.Moment(r.ExpiresAt)})
	}
	if r.DecidedBy != "" {
		known = append(known, fact{v.T("ops.decided_by"), ui.Text(names[r.DecidedBy].Name)}, fact{v.T("ops.decided_at"), ui.Moment(r.DecidedAt)})
	}
	if r.Decision != "" {
		known = append(known, fact{v.T("ops.why_refused"), ui.Text(r.Decision)})
	}
	page := ui.Page{Title: v.T(requestKinds[r.Kind]), Section: sectionMoney, Crumbs: []ui.Link{{Text: v.T("ops.money"), Href: "/op/money"}}, Narrow: true, Help: "/help/op-payments"}
	body := stack(card("", facts(known)), p.decision(v, r, wrong))
	if wrong != nil {
		return v.RenderWrong(page, body)
	}
	return v.Render(page, body)
}

// decision is what the reader may do about a request that waits.
func (p *pages) decision(v *cabinet.Visit, r approval.Request, wrong mistakes) templ.Component {
	below := "/op/money/" + r.ID.String()
	switch {
	case r.State != approval.Waiting:
		return nothing()
	case r.AskedBy == v.User.ID:
		return card(v.T("ops.own_request"), paragraph(v.T("ops.own_request_text")), postButton(below+"/withdraw", ui.Button{Text: v.T("ops.withdraw")}))
	case !v.May(access.Edit, access.Approvals):
		return nothing()
	}
	return card(v.T("ops.your_decision"), decide(below, wrong[""], ui.Field{
		ID: "reason", Name: "reason", Label: v.T("ops.why_refuse"), Value: value(v, "reason"), Longest: 500, Lines: 2, Error: wrong["reason"],
	}))
}

func (p *pages) approve(v *cabinet.Visit) error {
	return p.decide(v, "ops.approved_toast", func(ctx context.Context, tx *store.Tx, id approval.ID) (approval.Request, error) {
		return p.Approvals.Approve(ctx, tx, v.Permit, id, v.At)
	})
}

func (p *pages) refuse(v *cabinet.Visit) error {
	return p.decide(v, "ops.refused_toast", func(ctx context.Context, tx *store.Tx, id approval.ID) (approval.Request, error) {
		return p.Approvals.Refuse(ctx, tx, v.Permit, id, value(v, "reason"), v.At)
	})
}

func (p *pages) withdraw(v *cabinet.Visit) error {
	return p.decide(v, "ops.withdrawn_toast", func(ctx context.Context, tx *store.Tx, id approval.ID) (approval.Request, error) {
		return p.Approvals.Withdraw(ctx, tx, v.Permit, id, v.At)
	})
}

func (p *pages) decide(v *cabinet.Visit, done lang.Key, decide func(ctx context.Context, tx *store.Tx, id approval.ID) (approval.Request, error)) error {
	id, err := approval.ParseID(v.R.PathValue("request"))
	if err != nil {
		return err
	}
	var r approval.Request
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = decide(ctx, tx, id)
		return err
	})
	if err != nil {
		wrong, err := wrongly(v, err, "reason")
		if err != nil {
			return err
		}
		return p.showRequest(v, wrong)
	}
	p.roll.forget()
	if r.Project != "" {
		p.Hub.Publish(cabinet.Topic(ident.ProjectOrg(r.Project), cabinet.TopicBalance), "")
	}
	return v.Done("/op/money/"+id.String(), ui.Toast{Text: v.T(done)})
}
