package app

import (
	"context"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/config"
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
)

// addPages adds every section of the cabinet.
func (a *App) addPages() {
	c := a.Cabinet
	gallery.Register(c.Site)
	home.Register(c)
	funds.Register(c)
	products.Register(c)
	door.Register(c, a.doorOptions())
	me.Register(c)
	people.Register(c)
	settings.Register(c)
	telephony.Register(c, telephony.Parts{Staff: a.Staff, Routing: a.Routing, Trunks: a.Trunks})
	help.Register(c)
	a.Talks = support.Register(c)
	ops.Register(c, ops.Parts{Approvals: a.Approvals, Shelf: a.Shelf, Node: a.node, Version: a.options.Version})
}

func (a *App) doorOptions() door.Options {
	o := door.Options{SignUp: a.Config.SignUp == config.SignUpOpen, Background: a.background}
	if demo := a.options.Demo; demo.Project != "" {
		o.Demo = door.Demo{Project: demo.Project, Load: a.loadDemo, Remove: a.removeDemo}
	}
	return o
}

// background runs what outlives a request; Close ends it.
func (a *App) background(run func(context.Context)) {
	a.jobs.Go(func() { run(a.living) })
}

// loadDemo lives through the demo beside the running node. Days are not closed meanwhile: the story closes its own, each in
// its turn, and the clock of the node is 90 days ahead of it.
func (a *App) loadDemo(ctx context.Context, progress func(done, total int64)) error {
	a.closing.Lock()
	defer a.closing.Unlock()
	return a.options.Demo.Load(ctx, a, progress)
}

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
	return ops.Node{Ready: h.Ready, Reason: h.Reason, ClosedAt: a.pulse.closedAt, SealedAt: a.pulse.sealedAt, Outbox: a.pulse.lags, Mail: a.pulse.mails}
}
