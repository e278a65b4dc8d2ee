package cli_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/demo"
	"bellwether/internal/pricebook"
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

// park stops the closing of the demo's days in a folder: park FOLDER.
func park(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, args[0], func(ctx context.Context, tx *store.Tx) error {
		return billing.New(pricebook.Shipped()).Park(ctx, tx, demo.Project, "somebody should look", time.Now())
	})
}

// tamper changes a figure behind the ledger's back: tamper FOLDER.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, args[0], func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE ledger_entry SET amount = amount - 1 WHERE project_id = $1 AND seq = 7", string(demo.Project))
		return err
	})
}

func change(ts *testscript.TestScript, folder string, do func(context.Context, *store.Tx) error) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{DSN: "sqlite:" + ts.MkAbs(filepath.Join(folder, "core.db"))})
	ts.Check(err)
	ts.Check(errors.Join(db.Write(ctx, do), db.Close()))
}
