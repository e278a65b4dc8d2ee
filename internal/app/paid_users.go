package app

import (
	"context"
	"encoding/json"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// paidUsersCursor names the subscriber that makes paid users follow.
const paidUsersCursor = "paid-users"

// paidUsers is the subscriber that makes the paid users of a term follow who is let into a project and who is shut out, by
// whatever way: an invitation, the operator who blocks somebody everywhere (Rule B-51). It looks at what is, not at what was
// told, so it may run twice, late, or after a page did the same.
func (a *App) paidUsers() event.Subscriber {
	topics := []string{"access.member_joined", "access.member_left", "access.user_blocked", "access.user_unblocked"}
	return event.Subscriber{Name: paidUsersCursor, Topics: topics, Handle: func(ctx context.Context, e event.Event) error {
		var told struct {
			User account.UserID `json:"user"`
		}
		if err := json.Unmarshal(e.Body, &told); err != nil || e.Project == "" {
			return err
		}
		return a.countUser(ctx, e.Project, told.User)
	}}
}

// countUser makes a member who may come in one paid user, and anybody else none, where the project's book is sold by term. What billing
// refuses it would refuse again, and those behind would wait: the log tells of it.
func (a *App) countUser(ctx context.Context, id ident.ProjectID, user account.UserID) error {
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return a.recount(ctx, tx, id, user) })
	if kind := errs.KindOf(err); kind == errs.Internal || kind == errs.Unavailable {
		return err
	}
	if err != nil {
		a.Log.Warn("paid users do not follow", "project", string(id), "user", string(user), "error", err)
	}
	return nil
}

func (a *App) recount(ctx context.Context, tx *store.Tx, id ident.ProjectID, user account.UserID) error {
	p, err := a.Projects.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	now := a.clock()
	tariff, err := p.Tariff(a.Books, p.Calendar.DayAt(now))
	if err != nil || tariff.Book.Terms == nil {
		return err
	}
	member, err := access.GetMember(ctx, tx, ident.ProjectOrg(id), user)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	wanted := err == nil && member.BlockedAt.IsZero()
	counted, err := a.countedAs(ctx, tx, id, user)
	if err != nil {
		return err
	}
	if wanted && len(counted) == 0 {
		_, err := a.Billing.AddUser(ctx, tx, id, string(user), now)
		return err
	}
	if wanted {
		counted = counted[1:] // one person is paid for once, whatever names a program gave them
	}
	for _, name := range counted {
		if _, err := a.Billing.RemoveUser(ctx, tx, id, name, now); err != nil {
			return err
		}
	}
	return nil
}

// countedAs are the names by which somebody counts as a paid user: their id, their address, as a program may have named them.
func (a *App) countedAs(ctx context.Context, q store.Querier, id ident.ProjectID, user account.UserID) ([]string, error) {
	held, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return nil, err
	}
	u, err := account.GetUser(ctx, q, user)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, err
	}
	return held.UsersNamed(string(user), u.Email), nil
}

// countMembers counts everybody who was let into a project before there was a subscriber to be told of it, once for a database: news
// older than a month are gone. It may be interrupted and begin anew.
func (a *App) countMembers(ctx context.Context) error {
	if known, err := event.HasCursor(ctx, a.DB, paidUsersCursor); err != nil || known {
		return err
	}
	for _, name := range a.Books.Names() {
		if versions := a.Books.Versions(name); versions[len(versions)-1].Terms == nil {
			continue // most books are not sold by term, and most projects are on those
		}
		ids, err := project.OnBook(ctx, a.DB, name)
		if err != nil {
			return err
		}
		for _, id := range ids {
			members, err := access.MemberIDs(ctx, a.DB, ident.ProjectOrg(id))
			if err != nil {
				return err
			}
			for _, user := range members {
				if err := a.countUser(ctx, id, user); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// CarryNews delivers all events that wait, however many. Serve does so by itself.
func (a *App) CarryNews(ctx context.Context) error {
	if err := a.countMembers(ctx); err != nil {
		return err
	}
	if err := deliverAll(ctx, a.dispatcher); err != nil {
		return err
	}
	return deliverAll(ctx, a.hookNews)
}

func deliverAll(ctx context.Context, d *event.Dispatcher) error {
	for {
		if n, err := d.Step(ctx); err != nil || n == 0 {
			return err
		}
	}
}
