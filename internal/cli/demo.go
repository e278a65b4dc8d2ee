package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/demo"
	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

type demoCommand struct {
	DataDir string `placeholder:"DIR" help:"Folder to keep the demo in; a temporary one, removed at the end, if not given."`
	Listen  string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the API; another free port where it is taken."`
	Seed    uint64 `default:"1" help:"Another number is another story; the same number is the same story all day."`
	Once    bool   `help:"End after printing instead of serving."`
}

// Help is what --help adds.
func (demoCommand) Help() string {
	return `A flower shop in Kyiv lives through 90 days of calls, messages and payments, in the code that charges live ones, up to
now. Prints its statement, why a call and a fee cost what they did, a forecast, and serves the API until Ctrl-C. Needs
nothing else: no other service, no network.

  bellwether demo
  bellwether demo --data-dir shop   (kept: look at it with the other commands)`
}

// Run loads the story, prints what is worth a look and serves.
func (c *demoCommand) Run(ctx context.Context, p *Program) (err error) {
	folder, kept := c.DataDir, c.DataDir != ""
	if !kept {
		if folder, err = os.MkdirTemp("", "bellwether-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	} else if err := os.MkdirAll(folder, 0o700); err != nil {
		return unreadable(folder, err)
	}
	stage := &stage{program: p, folder: folder, books: pricebook.Shipped(), now: p.Now()}
	if err := stage.prepare(ctx, c.Seed); err != nil {
		return err
	}
	return nil
}

// stage is where the demo happens.
type stage struct {
	program *Program
	folder  string
	books   *pricebook.Library
	billing *billing.Service
	now     time.Time
	secret  string // of an operator's key
}

func (s *stage) dsn() string { return "sqlite:" + filepath.Join(s.folder, "core.db") }

// prepare loads the story, prints it and makes a key, then closes the database for the node to open.
func (s *stage) prepare(ctx context.Context, seed uint64) (err error) {
	db, err := store.Open(ctx, store.Options{DSN: s.dsn(), Now: s.program.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	s.billing = billing.New(s.books)
	loaded, err := s.load(ctx, db, seed)
	if err != nil {
		return err
	}
	if err := s.print(ctx, db, loaded); err != nil {
		return err
	}
	s.secret, _, err = makeKey(ctx, db, account.Key{Name: "demo", Scope: account.Operator}, s.now, 0)
	return err
}

// load lives through the story, or goes on with the one that is there.
func (s *stage) load(ctx context.Context, db *store.DB, seed uint64) (demo.Loaded, error) {
	parts := demo.Parts{DB: db, Billing: s.billing, Charging: charging.New(db, s.books, s.billing, project.NewCache())}
	progress := s.program.progress(fmt.Sprintf("living through %d days", demo.Days), spoken)
	began := time.Now()
	loaded, err := demo.Load(ctx, parts, demo.Options{Seed: seed, Now: s.now, Progress: progress.at})
	progress.end()
	switch {
	case errs.CodeOf(err) == "project.exists":
		fmt.Fprintf(s.program.Out, "The shop in %s goes on.\n", s.folder)
		return demo.Resume(ctx, parts, s.now)
	case err == nil:
		fmt.Fprintf(s.program.Out, "%s: %d days, %d call legs and %d messages charged, %d days closed, in %.1f s.\n",
			demo.Name, demo.Days, loaded.Calls, loaded.SMS, demo.Days, time.Since(began).Seconds())
	}
	return loaded, err
}
