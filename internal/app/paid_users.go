package app

import (
	"cmp"
	"context"
	"encoding/json"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// paidUsers is the subscriber that makes the paid users of a term follow who is let into a project and who is shut out, by
// whatever way: an invitation, the operator who blocks somebody everywhere (Rule B-51). It looks at what is, not at what was
// told, so it may run twice, or after a page did the same.
func (a *App) paidUsers() event.Subscriber {
	topics := []string{"access.member_joined", "access.member_left", "access.user_blocked", "access.user_unblocked"}
	return event.Subscriber{Name: "paid-users", Topics: topics, Handle: func(ctx context.Context, e event.Event) error {
		var told struct {
			User account.UserID `json:"user"`
		}
		if err := json.Unmarshal(e.Body, &told); err != nil || e.Project == "" {
			return err
		}
		err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return a.countUser(ctx, tx, e, told.User) })
		if kind := errs.KindOf(err); kind == errs.Internal || kind == errs.Unavailable {
			return err
		}
		if err != nil {
			a.Log.Warn("paid users do not follow", "project", string(e.Project), "user", string(told.User), "error", err)
		}
		return nil // what billing refuses it would refuse again, and those behind would wait
	}}
}

// countUser makes a member who may come in a paid user, and anybody else none, where the project's book is sold by term.
func (a *App) countUser(ctx context.Context, tx *store.Tx, e event.Event, id account.UserID) error {
	p, err := a.Projects.Get(ctx, tx, e.Project)
	if err != nil {
		return err
	}
	tariff, err := p.Tariff(a.Books, p.Calendar.DayAt(e.At))
	if err != nil || tariff.Book.Terms == nil {
		return err
	}
	member, err := access.GetMember(ctx, tx, ident.ProjectOrg(e.Project), id)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	wanted := err == nil && member.BlockedAt.IsZero()
	name, err := a.paidAs(ctx, tx, e.Project, id)
	switch {
	case err != nil:
		return err
	case wanted && name == "":
		_, err = a.Billing.AddUser(ctx, tx, e.Project, string(id), a.clock())
	case !wanted && name != "":
		_, err = a.Billing.RemoveUser(ctx, tx, e.Project, name, a.clock())
	}
	return err
}

// paidAs is by which name somebody counts as a paid user, their id or their address; empty where they do not.
func (a *App) paidAs(ctx context.Context, q store.Querier, project ident.ProjectID, id account.UserID) (string, error) {
	held, err := billing.GetConfiguration(ctx, q, project)
	if err != nil {
		return "", err
	}
	u, err := account.GetUser(ctx, q, id)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return "", err
	}
	var byID, byEmail string
	for _, name := range held.Users {
		switch name {
		case string(id):
			byID = name
		case u.Email:
			byEmail = name
		}
	}
	return cmp.Or(byID, byEmail), nil
}

// CarryNews delivers the events that wait, once. Serve does so by itself.
func (a *App) CarryNews(ctx context.Context) error {
	_, err := a.dispatcher.Step(ctx)
	return err
}
