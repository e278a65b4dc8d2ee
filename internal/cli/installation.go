package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bellwether/internal/billing"
	"bellwether/internal/bookshelf"
	"bellwether/internal/config"
	"bellwether/internal/errs"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
)

// settings are the flags of commands that work on an installation.
type settings struct {
	config.Flags `embed:"" group:"settings"`
}

func (s settings) load(p *Program) (config.Config, error) { return config.Load(s.Sources(p.Environ)) }

// installation is an opened database with its price books.
type installation struct {
	config  config.Config
	db      *store.DB
	books   *pricebook.Library
	billing *billing.Service
}

// access says what a command does to the database.
type access bool

const (
	reads  access = true  // beside a running node
	writes access = false // a SQLite file has one writer: the node must be stopped
)

// with opens the installation of the settings for a command and closes it behind it.
func (p *Program) with(ctx context.Context, s settings, how access, run func(context.Context, *installation) error) (err error) {
	c, err := s.load(p)
	if err != nil {
		return err
	}
	if err := mustExist(c); err != nil {
		return err
	}
	library, err := books(c.PriceBooks)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{DSN: c.Database, ReadOnly: bool(how), Now: p.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := upToDate(ctx, db); err != nil {
		return err
	}
	if err := ledger.Resume(ctx, db); err != nil {
		return err
	}
	if _, err := bookshelf.New(library).Sync(ctx, db); err != nil {
		return err
	}
	return run(ctx, &installation{config: c, db: db, books: library, billing: billing.New(library)})
}

// mustExist refuses a SQLite file that is not there: opening it would make an empty one.
func mustExist(c config.Config) error {
	path, lite := strings.CutPrefix(c.Database, "sqlite:")
	if !lite || exists(path) {
		return nil
	}
	return errs.New(errs.NotFound, "cli.no_database", "there is no database").At(path).
		Try("name the folder with --data-dir, or make a database with: bellwether key create --scope operator")
}

// makeDatabase makes the database where there is none: no file, or a server's database without a schema. It tells so.
func (p *Program) makeDatabase(ctx context.Context, s settings) (err error) {
	c, err := s.load(p)
	if err != nil {
		return err
	}
	path, lite := strings.CutPrefix(c.Database, "sqlite:")
	if lite && exists(path) {
		return nil
	}
	if err := makeFolder(c); err != nil {
		return err
	}
	options := store.Options{DSN: c.Database, Now: p.Now}
	if made, err := isMade(ctx, options); err != nil || made {
		return err
	}
	if _, err := migrate(ctx, options); err != nil {
		return err
	}
	if !lite {
		path = "on the server" // its address may hold a password
	}
	_, err = fmt.Fprintf(p.Err, "The database %s was made.\n", path)
	return err
}

// isMade reports whether a database has a schema.
func isMade(ctx context.Context, options store.Options) (made bool, err error) {
	db, err := store.Open(ctx, options)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	applied, err := db.Applied(ctx)
	return applied > 0, err
}

// upToDate refuses a schema older than the program.
func upToDate(ctx context.Context, db *store.DB) error {
	pending, err := db.Pending(ctx)
	if err == nil && pending > 0 {
		err = errs.New(errs.Conflict, "cli.schema_old", "the database lacks %d steps of its schema", pending).
			Try("make a backup, then run: bellwether migrate")
	}
	return err
}

// makeFolder makes the folder of a SQLite file.
func makeFolder(c config.Config) error {
	path, lite := strings.CutPrefix(c.Database, "sqlite:")
	if !lite {
		return nil
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return errs.New(errs.Invalid, "cli.no_folder", "the folder cannot be made (%v)", reasonOf(err)).At(folder).
			Try("name another folder, or check the rights of those above it")
	}
	return nil
}
