package cli_test

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"bellwether/internal/cli"

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
	scenarios, err := scenarioFolder()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE") != "", // rewrites the expected output: read the difference before committing it
		Setup: func(env *testscript.Env) error {
			env.Setenv("SCENARIOS", scenarios)
			env.Setenv("TZ", "America/Los_Angeles") // nothing depends on the machine's zone
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "shop": shop, "park": park, "tamper": tamper},
	})
}
