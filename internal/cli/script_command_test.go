package cli_test

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/demo"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"

	"github.com/rogpeppe/go-internal/testscript"
)

func scenarioFolder() (string, error) {
	return filepath.Abs(filepath.Join("..", "simulate", "testdata", "scenarios"))
}

// status runs a command that must end with the given exit status; its output can be matched as after exec.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v: %v", args[1:], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v ended with status %d, not %d", args[1:], got, want)
	}
}

// shop makes an installation with a shop that opened five days ago, or on a day: shop FOLDER [DAY].
func shop(ts *testscript.TestScript, _ bool, args []string) {
	now := time.Now()
	opened, closed := now.AddDate(0, 0, -5), now
	if len(args) > 1 {
		var err error
		opened, err = time.Parse(time.DateOnly, args[1])
		ts.Check(err)
		closed = opened.AddDate(0, 0, 10) // a few days are final; the rest would take its time
	}
	bills := billing.New(pricebook.Shipped())
	change(ts, args[0], func(ctx context.Context, tx *store.Tx) error {
		_, err := bills.Open(ctx, tx, project.Opening{
			ID: "shop", Name: "Shop", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01",
		}, 0, opened)
		return err
	}, func(ctx context.Context, db *store.DB) error {
		return (&billing.Night{Billing: bills, DB: db}).CatchUp(ctx, "shop", closed)
	})
}

// park stops the closing of the demo's days in a folder: park FOLDER.
func park(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, args[0], func(ctx context.Context, tx *store.Tx) error {
		return billing.New(pricebook.Shipped()).Park(ctx, tx, demo.Project, errors.New("somebody should look"), time.Now())
	})
}

// tamper changes a figure behind the ledger's back: tamper FOLDER.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, args[0], func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE ledger_entry SET amount = amount - 1 WHERE project_id = $1 AND seq = 7", string(demo.Project))
		return err
	})
}

// change opens the database in a folder, or the one that the script's environment names, and changes it, then does what else
// is wanted.
func change(ts *testscript.TestScript, folder string, do func(context.Context, *store.Tx) error, then ...func(context.Context, *store.DB) error) {
	ctx := context.Background()
	ts.Check(os.MkdirAll(ts.MkAbs(folder), 0o700))
	address := cmp.Or(ts.Getenv("BELLWETHER_DATABASE"), "sqlite:"+ts.MkAbs(filepath.Join(folder, "core.db")))
	visits, err := store.Open(ctx, store.Options{DSN: address}.Of(store.Events))
	ts.Check(err)
	ts.Check(errors.Join(visits.Migrate(ctx), visits.Close()))
	db, err := store.Open(ctx, store.Options{DSN: address})
	ts.Check(err)
	err = db.Migrate(ctx)
	if err == nil {
		err = db.Write(ctx, do)
	}
	for _, next := range then {
		if err == nil {
			err = next(ctx, db)
		}
	}
	ts.Check(errors.Join(err, db.Close()))
}
