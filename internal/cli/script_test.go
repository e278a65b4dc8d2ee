package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"bellwether/internal/cli"
	"bellwether/internal/store/storetest"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bellwether": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(cli.Main(ctx, os.Args[1:]))
		},
	})
}

// TestScripts runs the program as a person does: commands, files, what is printed and the exit status. `status N COMMAND`
// checks the exact status.
func TestScripts(t *testing.T) {
	t.Parallel()
	scripts := scriptParams(t, "")
	scripts.Dir = "testdata/script"
	scripts.UpdateScripts = os.Getenv("UPDATE") != "" // rewrites the expected output: read the difference before committing it
	testscript.Run(t, scripts)
}

// TestScriptsOnPostgres runs the scripts of commands that work on an installation once more, each with an empty database of
// PostgreSQL at $SERVER. What a script does only there begins with [postgres].
func TestScriptsOnPostgres(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"calls", "database", "project"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scripts := scriptParams(t, storetest.EmptyPostgresDSN(t))
			scripts.Files = []string{"testdata/script/" + name + ".txtar"}
			testscript.Run(t, scripts)
		})
	}
}

// scriptParams are how scripts run; server is the address of a database on PostgreSQL, where there is one.
func scriptParams(t *testing.T, server string) testscript.Params {
	t.Helper()
	scenarios, err := scenarioFolder()
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Setup: func(env *testscript.Env) error {
			env.Setenv("SCENARIOS", scenarios)
			env.Setenv("SERVER", server)
			env.Setenv("TZ", "America/Los_Angeles") // nothing depends on the machine's zone
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "postgres" {
				return false, fmt.Errorf("%q is not a condition", name)
			}
			return server != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "shop": shop, "park": park, "tamper": tamper},
	}
}
