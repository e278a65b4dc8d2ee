package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/demo"
	"bellwether/internal/pricebook"
	"bellwether/internal/telemetry"
)

type serveCommand struct{ settings }

// Help is what --help adds.
func (serveCommand) Help() string {
	return `Opens the database (made, or brought up to date after a backup, if need be), answers browsers and the API, closes days at
local midnight, seals the ledger, delivers mails and recovers calls that a crash left open. Where nobody runs the installation
yet, it prints the link by which the first operator sets it up. Ctrl-C lets running requests finish. The log goes to standard error.

  bellwether serve --data-dir /var/lib/bellwether --listen 127.0.0.1:8080
  bellwether serve --data-dir /var/lib/bellwether --listen :443 --acme-hosts cabinet.example.com`
}

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, p *Program) error {
	settings, err := c.load(p)
	if err != nil {
		return err
	}
	library, err := books(settings.PriceBooks)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return cannotListen(settings.Listen, err)
	}
	log := telemetry.NewLogger(p.Err, settings.LogFormat, settings.LogLevel, settings.Node)
	return p.node(ctx, settings, library, log, listener, func(ctx context.Context, a *app.App) error {
		base := a.Config.PublicURL
		fmt.Fprintf(p.Out, "The cabinet is on %s, the documentation of the API on %s%s. Ctrl-C ends it.\n", base, base, docsPath)
		return p.offerSetup(ctx, a)
	})
}

// offerSetup prints the link of the first run where nobody runs the installation yet.
func (p *Program) offerSetup(ctx context.Context, a *app.App) error {
	link, err := a.OfferSetup(ctx)
	if err != nil || link == "" {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "\nNobody runs this installation yet. Open this link to set it up; it works once, for a week:\n\n  %s\n\n", link)
	return err
}

// docsPath is where the API shows its documentation.
const docsPath = "/docs"

// node opens a node, prepares it, and serves on the listener until the context ends.
func (p *Program) node(
	ctx context.Context, c config.Config, library *pricebook.Library, log *slog.Logger, listener net.Listener, prepare func(context.Context, *app.App) error,
) (err error) {
	defer func() { _ = listener.Close() }() // an error only says that Serve closed it
	a, err := app.Open(ctx, c.Listening(listener.Addr().String()), library, app.Options{Log: log, Version: buildVersion(), Now: p.Now, Demo: p.demo()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := prepare(ctx, a); err != nil {
		return err
	}
	return a.Serve(ctx, listener)
}

// demo is the story that people may load into a running node.
func (p *Program) demo() app.Demo {
	return app.Demo{
		Project: demo.Project,
		Load: func(ctx context.Context, a *app.App, progress func(done, total int64)) error {
			parts := demo.PartsOf(a)
			_, err := demo.Load(ctx, parts, demo.Options{Seed: 1, Now: p.Now(), Progress: progress})
			return err
		},
		Remove: func(ctx context.Context, a *app.App, by audit.Actor, at time.Time) error {
			return demo.Remove(ctx, demo.PartsOf(a), by, at)
		},
	}
}

func cannotListen(address string, err error) error {
	return badFlag("listen", "choose another port, or stop what uses this one", "cannot listen on %s (%v)", address, err)
}
