package app

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// WatchTrunks tells of trunks that stay down, and of those that are back (Rule T-59). Serve does so by itself.
func (a *App) WatchTrunks(ctx context.Context) {
	alerts, err := a.Trunks.Watch(ctx, a.clock(), a.mailTrunk)
	if ctx.Err() != nil {
		return
	}
	a.complain("watching trunks", err)
	dead, err := trunk.CountDead(ctx, a.DB)
	if ctx.Err() != nil {
		return
	}
	a.complain("counting dead trunks", err)
	a.pulse.mu.Lock()
	a.pulse.deadTrunks = dead
	a.pulse.mu.Unlock()
	if alerts > 0 {
		a.dispatcher.Wake()
	}
}

// mailTrunk writes to whoever can see to a trunk: the owner and the administrators of its project; the operators where it is theirs, or
// where the project has nobody.
func (a *App) mailTrunk(ctx context.Context, tx *store.Tx, alert trunk.Alert) error {
	m := mail.Message{Kind: mail.TrunkDead, Who: alert.Trunk.Name, Reason: alert.Reason, At: alert.Since, Zone: time.UTC, Path: "/op/trunks/" + string(alert.Trunk.ID)}
	if alert.Back {
		m.Kind = mail.TrunkBack
	}
	var people []account.UserID
	if id := alert.Trunk.Project; id != "" {
		p, err := a.Projects.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		m.Place, m.Zone, m.Path = p.Name, p.Calendar.Zone(p.Calendar.DayAt(a.clock())), "/p/"+string(id)+"/telephony/trunks/"+string(alert.Trunk.ID)
		if people, err = access.InRole(ctx, tx, ident.ProjectOrg(id), access.Owner, access.Administrator); err != nil {
			return err
		}
	}
	if len(people) == 0 {
		var err error
		if people, err = access.InRole(ctx, tx, ident.Operator, access.OperatorRole); err != nil {
			return err
		}
	}
	users, err := account.Users(ctx, tx, people)
	if err != nil {
		return err
	}
	for _, id := range people {
		u, ok := users[id]
		if !ok || !u.BlockedAt.IsZero() {
			continue
		}
		m.To, m.Lang = u.Email, lang.Lang(u.Language)
		if err := a.Post.Send(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}
