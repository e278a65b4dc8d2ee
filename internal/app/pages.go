package app

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/store"
	"bellwether/internal/web/calls"
	"bellwether/internal/web/door"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/gallery"
	"bellwether/internal/web/help"
	"bellwether/internal/web/home"
	"bellwether/internal/web/me"
	"bellwether/internal/web/ops"
	"bellwether/internal/web/people"
	"bellwether/internal/web/products"
	"bellwether/internal/web/settings"
	"bellwether/internal/web/support"
	"bellwether/internal/web/telephony"
	trackpages "bellwether/internal/web/tracking"
	"bellwether/internal/web/webhooks"
)

// addPages adds every section of the cabinet.
func (a *App) addPages() {
	c := a.Cabinet
	gallery.Register(c.Site, c.SignedIn)
	home.Register(c)
	funds.Register(c)
	a.replays = products.Register(c)
	door.Register(c, a.doorOptions())
	me.Register(c)
	people.Register(c)
	settings.Register(c)
	webhooks.Register(c, webhooks.Parts{Webhooks: a.Webhooks, Wake: a.hooks.Wake, Try: a.TryWebhook, TryCRM: a.TryCRM})
	telephony.Register(c, telephony.Parts{Staff: a.Staff, Routing: a.Routing, Trunks: a.Trunks, Lines: a.sipLines})
	a.Visitors = trackpages.Register(c, trackpages.Parts{Tracking: a.Tracking, Events: a.Events, Origin: a.Config.PublicURL})
	help.Register(c)
	a.Talks = support.Register(c)
	a.Calls = calls.Register(c, calls.Parts{Files: a.Files, Links: a.Links, Exchange: a.options.Exchange, Events: a.Events, Promo: a.OriginByCode, Rescore: a.RescoreFor})
	ops.Register(c, ops.Parts{Approvals: a.Approvals, Shelf: a.Shelf, Tracking: a.Tracking, Events: a.Events, Node: a.node, Version: a.options.Version})
}

func (a *App) doorOptions() door.Options {
	o := door.Options{SignUp: a.Config.SignUp == config.SignUpOpen}
	if demo := a.options.Demo; demo.Project != "" {
		o.Demo = door.Demo{Project: demo.Project, Remove: a.removeDemo}
	}
	return o
}

// demoJob lives through the demo beside the running nodes; whoever asked for it owns its project. Begun again after a node that fell
// silent, it begins with the story's first day.
func (a *App) demoJob(ctx context.Context, j job.Job, progress func(done, total int64)) (any, error) {
	if err := a.options.Demo.Load(ctx, a, progress); err != nil && errs.CodeOf(err) != "project.exists" {
		return nil, err
	}
	return struct{}{}, a.ownDemo(ctx, account.UserID(j.AskedBy))
}

// ownDemo makes somebody the owner of the demo, unless it has one: somebody loaded it before. The story's own people do not own it.
func (a *App) ownDemo(ctx context.Context, user account.UserID) error {
	now := a.clock()
	permit, err := a.Gate.ByInstallation(ctx, ident.ProjectOrg(a.options.Demo.Project), now)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		const most = 100
		members, err := access.Members(ctx, tx, permit, "", most)
		if err != nil || slices.ContainsFunc(members, func(m access.Member) bool { return m.Role == access.Owner }) {
			return err
		}
		_, err = access.AddMember(ctx, tx, permit, user, access.Owner, now)
		return err
	})
}

// removeDemo removes the demo. Days are not closed meanwhile on this node.
func (a *App) removeDemo(ctx context.Context, by audit.Actor, at time.Time) error {
	a.closing.Lock()
	defer a.closing.Unlock()
	return a.options.Demo.Remove(ctx, a, by, at)
}

// node is what this node says of itself to the operator.
func (a *App) node() ops.Node {
	h := a.Health()
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	return ops.Node{Ready: h.Ready, Cause: h.cause, Reason: h.Reason, ClosedAt: a.pulse.closedAt, SealedAt: a.pulse.sealedAt, Outbox: a.pulse.lags, Mail: a.pulse.mails}
}
