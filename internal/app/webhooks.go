package app

import (
	"context"
	"crypto/rand"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/courier"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/telemetry"
	"bellwether/internal/webhook"
)

// openWebhooks makes the parts that tell customers' servers what happens. They have a dispatcher of their own, which calls wake: the
// other subscribers need not look at once.
func (a *App) openWebhooks() {
	a.Webhooks = webhook.New(a.DB, a.Events, a.Door.Vault, rand.Reader)
	a.Webhooks.Origin, a.Webhooks.Private, a.Webhooks.Off = a.Config.PublicURL, len(a.Config.HookNetworks) > 0, a.mailWebhook
	a.hookClient = courier.NewClient(a.Config.HookNetworks, a.options.HookRoots)
	a.hooks = courier.New(a.Webhooks, a.hookClient, a.clock, a.Log, func(kind webhook.Kind, result string) { a.Metrics.Webhook(string(kind), result) })
	a.hookNews = event.NewDispatcher(a.DB, event.Options{Node: a.Config.Node, Now: a.clock}, event.Subscriber{Name: "webhooks", Topics: webhook.Topics, Handle: a.takeNews})
	a.Metrics.WatchWebhooks(a.webhooksNow)
}

// takeNews makes messages of an event and has them sent at once.
func (a *App) takeNews(ctx context.Context, e event.Event) error {
	fresh, err := a.Webhooks.Take(ctx, e, a.clock())
	if fresh {
		a.hooks.Wake()
	}
	return err
}

// callTold has what happened in a call told at once, where the project wants that.
func (a *App) callTold(id ident.ProjectID) {
	if wanted, err := a.Webhooks.Wanted(context.Background(), id, a.clock()); err == nil && wanted {
		a.hookNews.Wake()
	}
}

// takeLeads tells of new leads, which come into the other database.
func (a *App) takeLeads(ctx context.Context) {
	taken, err := a.Webhooks.TakeLeads(ctx, a.clock())
	if ctx.Err() != nil {
		return
	}
	a.complain("telling of leads", err)
	if taken > 0 {
		a.hooks.Wake()
	}
}

// TryWebhook sends a test to an endpoint now and gives what came of it, for whoever may set it up.
func (a *App) TryWebhook(ctx context.Context, p access.Permit, id webhook.EndpointID) (webhook.Delivery, error) {
	parcel, err := a.Webhooks.Try(ctx, p, id, "This is a test of your webhook.", a.clock())
	if err != nil {
		return webhook.Delivery{}, err
	}
	if _, err := a.hooks.Send(ctx, parcel); err != nil {
		return webhook.Delivery{}, err
	}
	return webhook.GetDelivery(ctx, a.DB, p, id, parcel.Message)
}

// CarryWebhooks makes messages of what happened and delivers what is due. Serve does so by itself.
func (a *App) CarryWebhooks(ctx context.Context) error {
	if err := deliverAll(ctx, a.hookNews); err != nil {
		return err
	}
	a.takeLeads(ctx)
	_, err := a.hooks.Drain(ctx)
	return err
}

// mailWebhook writes to the owner and the administrators of a project that a webhook was switched off (Rule W-09).
func (a *App) mailWebhook(ctx context.Context, tx *store.Tx, e webhook.Endpoint) error {
	p, err := a.Projects.Get(ctx, tx, e.Project)
	if err != nil {
		return err
	}
	people, err := access.InRole(ctx, tx, ident.ProjectOrg(e.Project), access.Owner, access.Administrator)
	if err != nil {
		return err
	}
	users, err := account.Users(ctx, tx, people)
	if err != nil {
		return err
	}
	m := mail.Message{
		Kind: mail.WebhookOff, Who: e.Name, Place: p.Name, At: e.FailingAt, Zone: p.Calendar.Zone(p.Calendar.DayAt(a.clock())),
		Path: "/p/" + string(e.Project) + "/settings/webhooks/" + string(e.ID),
	}
	if e.OffWhy == webhook.Gone {
		m.Kind = mail.WebhookGone
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

// webhooksNow is what the metrics show.
func (a *App) webhooksNow() telemetry.Webhooks {
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	shown := telemetry.Webhooks{Waiting: a.pulse.hooks.Waiting, Failing: a.pulse.hooks.Failing}
	if oldest := a.pulse.hooks.Oldest; !oldest.IsZero() {
		shown.Lag = max(0, a.clock().Sub(oldest))
	}
	return shown
}
