package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/cli"
)

// run runs the program in this process.
func run(t *testing.T, args ...string) (out, complaints string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &cli.Program{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Now: time.Now}
	status = p.Run(context.Background(), args)
	return stdout.String(), stderr.String(), status
}

// simulated is what the JSON of a run is checked for here; that every figure is right is proved in package simulate.
type simulated struct {
	Balance   string `json:"balance"`
	Credit    string `json:"credit"`
	PaidUntil string `json:"paid_until"`
	Entries   []struct {
		Kind         string `json:"kind"`
		Amount       string `json:"amount"`
		BalanceAfter string `json:"balance_after"`
	} `json:"entries"`
	Statement []struct{ Amount string } `json:"statement"`
}

type expected struct {
	Totals    map[string]json.Number `json:"totals"`
	Balance   json.Number            `json:"balance"`
	PaidUntil string                 `json:"paid_until"`
}

// Every worked scenario comes out as expected, and twice as the same bytes.
func TestSimulateScenarios_Rule_B_13(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../simulate/testdata/scenarios/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			args := []string{"simulate", "--events", file, "--format", "json"}
			out, complaints, status := run(t, args...)
			if status != 0 || complaints != "" {
				t.Fatalf("status %d: %s", status, complaints)
			}
			if again, _, _ := run(t, args...); again != out {
				t.Error("a second run prints other bytes")
			}
			var got simulated
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(strings.TrimSuffix(file, "jsonl") + "expected.json")
			if err != nil {
				t.Fatal(err)
			}
			var want expected
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			checkScenario(t, got, want)
		})
	}
}

func checkScenario(t *testing.T, got simulated, want expected) {
	t.Helper()
	sum := new(big.Rat)
	totals := map[string]*big.Rat{}
	for _, entry := range got.Entries {
		if totals[entry.Kind] == nil {
			totals[entry.Kind] = new(big.Rat)
		}
		totals[entry.Kind].Add(totals[entry.Kind], rational(t, entry.Amount))
		if sum.Add(sum, rational(t, entry.Amount)); sum.Cmp(rational(t, entry.BalanceAfter)) != 0 {
			t.Fatalf("balance_after %s is not the sum of the entries", entry.BalanceAfter)
		}
	}
	within := big.NewRat(int64(len(got.Entries)+1), 1_000_000)
	for kind, amount := range want.Totals {
		if totals[kind] == nil {
			totals[kind] = new(big.Rat)
		}
		if far(totals[kind], rational(t, amount.String()), within) {
			t.Errorf("%s comes to %s, want %s", kind, totals[kind].FloatString(6), amount)
		}
	}
	if far(sum, rational(t, want.Balance.String()), within) || sum.Cmp(rational(t, got.Balance)) != 0 {
		t.Errorf("balance %s, entries %s, want %s", got.Balance, sum.FloatString(6), want.Balance)
	}
	if want.PaidUntil != got.PaidUntil {
		t.Errorf("paid until %s, want %s", got.PaidUntil, want.PaidUntil)
	}
	shown := new(big.Rat)
	for _, row := range got.Statement {
		shown.Add(shown, rational(t, row.Amount))
	}
	if far(shown, sum, big.NewRat(1, 200)) {
		t.Errorf("the statement's rows sum to %s, the balance is %s", shown.FloatString(6), got.Balance)
	}
}

func rational(t *testing.T, amount string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		t.Fatalf("%q is not a number", amount)
	}
	return r
}

func far(a, b, within *big.Rat) bool {
	difference := new(big.Rat).Sub(a, b)
	return difference.Abs(difference).Cmp(within) > 0
}

// Table and CSV print for every vendor too, and twice the same.
func TestSimulateFormats(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"ringostat_us_everything", "k50_3450_minutes", "insales_add_user"} {
		for _, format := range []string{"table", "csv"} {
			t.Run(scenario+" "+format, func(t *testing.T) {
				t.Parallel()
				file := "../simulate/testdata/scenarios/" + scenario + ".jsonl"
				out, complaints, status := run(t, "simulate", "--events", file, "--format", format)
				again, _, _ := run(t, "simulate", "--events", file, "--format", format)
				if status != 0 || complaints != "" || out == "" || out != again {
					t.Errorf("status %d, %d and %d bytes: %s", status, len(out), len(again), complaints)
				}
			})
		}
	}
}
