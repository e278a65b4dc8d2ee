package cli

import (
	"context"
	"fmt"

	"bellwether/internal/app"
)

type setupLinkCommand struct{ settings }

// Help is what --help adds.
func (setupLinkCommand) Help() string {
	return `Prints a link that makes whoever opens it the first operator: once, within a week, and only while there is no operator. The
one printed before opens nothing any more. serve prints one by itself. On SQLite stop the node first.

  bellwether setup-link --data-dir /var/lib/bellwether --public-url https://cabinet.example.com`
}

// Run makes the link and prints it, alone on standard output.
func (c *setupLinkCommand) Run(ctx context.Context, p *Program) error {
	if err := p.makeDatabase(ctx, c.settings); err != nil {
		return err
	}
	return p.with(ctx, c.settings, writes, func(ctx context.Context, in *installation) error {
		link, err := app.SetupLink(ctx, in.db, in.config.PublicURL, p.Now())
		if err != nil {
			return err
		}
		fmt.Fprintln(p.Err, "Whoever opens this link within a week runs the installation. Keep it to yourself.")
		_, err = fmt.Fprintln(p.Out, link)
		return err
	})
}
