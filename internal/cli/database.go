package cli

import (
	"context"
	"errors"
	"fmt"

	"bellwether/internal/store"
)

type migrateCommand struct{ settings }

// Help is what --help adds.
func (migrateCommand) Help() string {
	return `Makes the database where there is none. Make a backup before the step to a new version; a database of a newer
version is refused.

  bellwether migrate --data-dir /var/lib/bellwether`
}

// Run brings the schema up to this program's.
func (c *migrateCommand) Run(ctx context.Context, p *Program) (err error) {
	config, err := c.load(p)
	if err != nil {
		return err
	}
	if err := makeFolder(config); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{DSN: config.Database, Now: p.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	pending, err := db.Pending(ctx)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "The schema is up to date: %d steps taken.\n", pending)
	return err
}

type backupCommand struct {
	settings
	File string `arg:"" help:"New file to write."`
}

// Help is what --help adds.
func (backupCommand) Help() string {
	return `Writes everything, as it is at one moment, to a SQLite file; a running node goes on. The file can be restored on
either engine, so it also moves an installation between SQLite and PostgreSQL. An existing file is not overwritten.

  bellwether backup /backup/bellwether-2026-11-22.db`
}

// Run writes the copy.
func (c *backupCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		if err := in.db.Backup(ctx, c.File); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Out, "Written to %s, complete and checked.\n", c.File)
		return err
	})
}

type restoreCommand struct {
	settings
	File string `arg:"" help:"File that backup wrote."`
}

// Help is what --help adds.
func (restoreCommand) Help() string {
	return `Puts a backup into an empty database, of either engine; one that holds anything is refused. Every row of the backup
is checked against the digests in it first: a file that was damaged since is refused, and nothing is restored.

  bellwether restore bellwether.db --data-dir /var/lib/bellwether
  bellwether restore bellwether.db --database postgres://bell@db/bellwether`
}

// Run restores and brings the schema up to date.
func (c *restoreCommand) Run(ctx context.Context, p *Program) (err error) {
	config, err := c.load(p)
	if err != nil {
		return err
	}
	if err := p.mustBeFile(c.File); err != nil {
		return err
	}
	if err := makeFolder(config); err != nil {
		return err
	}
	options := store.Options{DSN: config.Database, Now: p.Now}
	if err := store.Restore(ctx, c.File, options); err != nil {
		return err
	}
	db, err := store.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Out, "Restored. Check it with: bellwether verify")
	return err
}
