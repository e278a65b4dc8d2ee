package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/pricebook"
	"bellwether/internal/telemetry"
)

type serveCommand struct{ settings }

// Help is what --help adds.
func (serveCommand) Help() string {
	return `Opens the database (made, or brought up to date after a backup, if need be), answers the API, closes days at local
midnight, seals the ledger and recovers calls that a crash left open. Ctrl-C lets running requests finish. The log goes to
standard error.

  bellwether serve --data-dir /var/lib/bellwether --listen 127.0.0.1:8080`
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
	return p.node(ctx, settings, library, log, listener, func(context.Context, *app.App) error {
		address := listener.Addr()
		_, err := fmt.Fprintf(p.Out, "The API is on http://%s, its documentation on http://%s%s. Ctrl-C ends it.\n", address, address, docsPath)
		return err
	})
}

// docsPath is where the API shows its documentation.
const docsPath = "/docs"

// node opens a node, prepares it, and serves on the listener until the context ends.
func (p *Program) node(
	ctx context.Context, c config.Config, library *pricebook.Library, log *slog.Logger, listener net.Listener, prepare func(context.Context, *app.App) error,
) (err error) {
	defer func() { _ = listener.Close() }() // an error only says that Serve closed it
	a, err := app.Open(ctx, c, library, app.Options{Log: log, Version: buildVersion(), Now: p.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := prepare(ctx, a); err != nil {
		return err
	}
	return a.Serve(ctx, listener)
}

func cannotListen(address string, err error) error {
	return badFlag("listen", "choose another port, or stop what uses this one", "cannot listen on %s (%v)", address, err)
}
