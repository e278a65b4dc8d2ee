package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/rating"
)

const prefixes = 100_000

// rateCalls measures rated calls a second on one core over 100,000 prefixes, for legs of three durations: the price of a
// leg must not depend on how long it lasted.
func rateCalls(_ context.Context, r *Run) error {
	random := rand.New(rand.NewPCG(1, 2))
	table, numbers, err := bigCard(random)
	if err != nil {
		return err
	}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, leg := range []struct {
		name    string
		seconds int64
	}{{"60s", 60}, {"130s", 130}, {"1h", 3600}} {
		var sum money.Micro
		began := time.Now()
		n := 0
		for ; n&1023 != 0 || time.Since(began) < time.Second; n++ {
			rate, err := table.Match(numbers[n%len(numbers)], at)
			if err != nil {
				return err
			}
			charge, err := rate.Price(at, leg.seconds)
			if err != nil {
				return err
			}
			sum += charge.Amount
		}
		if sum == 0 {
			return fmt.Errorf("nothing was charged")
		}
		r.print(Figure{Name: "rating_" + leg.name, Value: float64(n) / time.Since(began).Seconds(), Unit: "/s", Target: ">=1000000"})
	}
	return nil
}

func bigCard(random *rand.Rand) (*rating.Table, []string, error) {
	rows := make([]rating.Row, 0, prefixes)
	seen := map[string]bool{}
	for len(rows) < prefixes {
		prefix := fmt.Sprint(1 + random.IntN(9))
		for range 2 + random.IntN(6) {
			prefix += fmt.Sprint(random.IntN(10))
		}
		if !seen[prefix] {
			seen[prefix] = true
			rows = append(rows, rating.Row{Prefix: prefix, Zone: "zone", Currency: "USD", PerMinute: money.Micro(1000 + random.IntN(90_000)), First: 60, Next: 1})
		}
	}
	table, err := rating.Compile(rows, nil, time.UTC)
	numbers := make([]string, 4096)
	for i := range numbers {
		numbers[i] = "+" + rows[random.IntN(len(rows))].Prefix + "5551234"
	}
	return table, numbers, err
}
