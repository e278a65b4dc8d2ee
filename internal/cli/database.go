package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"bellwether/internal/errs"
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
	taken, err := migrate(ctx, store.Options{DSN: config.Database, Now: p.Now})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "The schema is up to date: %d steps taken.\n", taken)
	return err
}

// migrate brings both databases of an installation up to date and counts the steps taken.
func migrate(ctx context.Context, options store.Options) (taken int, err error) {
	for _, schema := range store.Schemas {
		pending, err := migrateOne(ctx, options.Of(schema))
		if err != nil {
			return taken, err
		}
		taken += pending
	}
	return taken, nil
}

func migrateOne(ctx context.Context, options store.Options) (pending int, err error) {
	db, err := store.Open(ctx, options)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if pending, err = db.Pending(ctx); err != nil {
		return 0, err
	}
	return pending, db.Migrate(ctx)
}

type backupCommand struct {
	settings
	File string `arg:"" help:"New file to write."`
}

// Help is what --help adds.
func (backupCommand) Help() string {
	return `Writes everything, as it is at one moment, to a SQLite file, and the visits to one beside it whose name ends in
-events; a running node goes on. The files can be restored on either engine, so they also move an installation between
SQLite and PostgreSQL. An existing file is not overwritten.

  bellwether backup /backup/bellwether-2026-11-22.db`
}

// Run writes the copy.
func (c *backupCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) error {
		visits := store.Events.File(c.File)
		if err := in.db.Backup(ctx, c.File); err != nil { // first: the visits then have all that calls refer to
			return err
		}
		if err := in.backupEvents(ctx, visits); err != nil {
			return errors.Join(err, os.Remove(c.File)) // one alone is no backup
		}
		_, err := fmt.Fprintf(p.Out, "Written to %s and %s, complete and checked.\n", c.File, visits)
		return err
	})
}

func (in *installation) backupEvents(ctx context.Context, path string) (err error) {
	db, err := store.Open(ctx, store.Options{DSN: in.config.Database, ReadOnly: true}.Of(store.Events))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := upToDate(ctx, db); err != nil {
		return err
	}
	return db.Backup(ctx, path)
}

type restoreCommand struct {
	settings
	File          string `arg:"" help:"File that backup wrote."`
	WithoutVisits bool   `help:"Restore without the file of visits beside it."`
}

// Help is what --help adds.
func (restoreCommand) Help() string {
	return `Puts a backup into an empty database, of either engine; one that holds anything is refused. Every row of the backup
is checked against the digests in it first: a file that was damaged since is refused, and nothing of it is restored. The file of
visits, whose name ends in -events, is taken from beside the one named.

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
	if err := c.restore(ctx, p, options); err != nil {
		return err
	}
	if _, err := migrate(ctx, options); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Out, "Restored. Check it with: bellwether verify")
	return err
}

// restore puts the files back, the visits last: a core that is refused brings nothing back.
func (c *restoreCommand) restore(ctx context.Context, p *Program, options store.Options) error {
	visits := store.Events.File(c.File)
	if err := store.Check(ctx, c.File, store.Core); err != nil {
		return err
	}
	if !c.WithoutVisits {
		if err := p.mustBeFile(visits); err != nil {
			return errs.New(errs.NotFound, "cli.no_visits", "the file of visits that belongs to the backup is missing").At(visits).
				Try("put it beside the other, or restore with --without-visits")
		}
		if err := store.Check(ctx, visits, store.Events); err != nil { // before anything is restored
			return err
		}
	}
	if err := store.Restore(ctx, c.File, options); err != nil || c.WithoutVisits {
		return err
	}
	return store.Restore(ctx, visits, options.Of(store.Events))
}
