package simulate_test

import (
	"context"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/pricebook"
	"bellwether/internal/simulate"

	"github.com/google/go-cmp/cmp"
)

// expected is what a scenario must come to: sums of exact amounts, by kind and by usage day.
type expected struct {
	Totals    map[string]json.Number            `json:"totals"`
	Balance   json.Number                       `json:"balance"`
	ByDay     map[string]map[string]json.Number `json:"by_day"`
	PaidUntil string                            `json:"paid_until"`
	Credit    json.Number                       `json:"credit"`
}

func run(t testing.TB, file string, options simulate.Options) *simulate.Result {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events, err := simulate.ReadEvents(f, file)
	if err != nil {
		t.Fatal(err)
	}
	options.File = file
	options.OpenBook = func(path string) (*pricebook.Book, error) {
		return pricebook.Parse(os.DirFS("."), filepath.ToSlash(filepath.Join(filepath.Dir(file), path)))
	}
	result, err := simulate.Run(context.Background(), events, options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// near reports whether an exact amount is within a number of micro-units of a decimal.
func near(t *testing.T, got string, want json.Number, micros int64) bool {
	t.Helper()
	a, ok := new(big.Rat).SetString(got)
	b, ok2 := new(big.Rat).SetString(want.String())
	if !ok || !ok2 {
		t.Fatalf("%q or %q is not a number", got, want)
	}
	difference := a.Sub(a, b)
	return difference.Abs(difference).Cmp(big.NewRat(micros, 1_000_000)) <= 0
}

// Rule B-10.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scenarios/*.jsonl")
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d scenarios: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(strings.TrimSuffix(file, ".jsonl") + ".expected.json")
			if err != nil {
				t.Fatal(err)
			}
			var want expected
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			check(t, run(t, file, simulate.Options{}), want)
		})
	}
}

func check(t *testing.T, got *simulate.Result, want expected) {
	t.Helper()
	lines := map[string]int64{}
	byDay := map[string]map[string]string{}
	for _, entry := range got.Entries {
		day := entry.Day.String()
		if byDay[day] == nil {
			byDay[day] = map[string]string{}
		}
		lines[string(entry.Kind)]++
		byDay[day][string(entry.Kind)] = add(t, byDay[day][string(entry.Kind)], entry.Amount.String())
	}
	totals := map[string]string{}
	for _, total := range got.Totals() {
		totals[string(total.Kind)] = total.Amount.String()
	}
	for kind, amount := range want.Totals {
		if !near(t, zero(totals[kind]), amount, lines[kind]+1) {
			t.Errorf("%s comes to %s, want %s", kind, zero(totals[kind]), amount)
		}
	}
	if diff := cmp.Diff(kinds(want.Totals), kinds(totals)); diff != "" {
		t.Errorf("kinds: %s", diff)
	}
	for day, amounts := range want.ByDay {
		for kind, amount := range amounts {
			if !near(t, zero(byDay[day][kind]), amount, 20) {
				t.Errorf("%s %s comes to %s, want %s", day, kind, zero(byDay[day][kind]), amount)
			}
		}
		if diff := cmp.Diff(kinds(amounts), kinds(byDay[day])); diff != "" {
			t.Errorf("kinds of %s: %s", day, diff)
		}
	}
	if !near(t, got.Balance.String(), want.Balance, int64(len(got.Entries))) {
		t.Errorf("balance is %s, want %s", got.Balance, want.Balance)
	}
	if want.PaidUntil != "" && (got.PaidUntil == nil || got.PaidUntil.String() != want.PaidUntil) {
		t.Errorf("paid until %v, want %s", got.PaidUntil, want.PaidUntil)
	}
	if want.Credit != "" && !near(t, got.Credit.String(), want.Credit, 1) {
		t.Errorf("credit is %s, want %s", got.Credit, want.Credit)
	}
}

func kinds[V any](amounts map[string]V) map[string]bool {
	set := map[string]bool{}
	for kind := range amounts {
		set[kind] = true
	}
	return set
}

func zero(amount string) string {
	if amount == "" {
		return "0"
	}
	return amount
}

func add(t *testing.T, a, b string) string {
	t.Helper()
	x, _ := new(big.Rat).SetString(zero(a))
	y, ok := new(big.Rat).SetString(b)
	if !ok {
		t.Fatalf("%q is not a number", b)
	}
	return x.Add(x, y).FloatString(6)
}
