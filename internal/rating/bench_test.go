package rating_test

import (
	"testing"
	"time"

	"bellwether/internal/rating"
)

func BenchmarkCompile100k(b *testing.B) {
	rows := thousands(100_000)
	for b.Loop() {
		if _, err := rating.Compile(rows, nil, time.UTC); err != nil {
			b.Fatal(err)
		}
	}
}

// each calls run with the numbers of 100,000 destinations in turn, in no order a cache would like.
func each(b *testing.B, run func(table *rating.Table, number string) error) {
	rows := thousands(100_000)
	table := compile(b, rows...)
	numbers := make([]string, 1<<16)
	for i := range numbers {
		numbers[i] = rows[i].Prefix + "1234567"
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := run(table, numbers[i%len(numbers)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatch100k(b *testing.B) {
	each(b, func(table *rating.Table, number string) error {
		_, err := table.Match(number, noon)
		return err
	})
}

func BenchmarkRate60s(b *testing.B)  { benchmarkRate(b, 60) }
func BenchmarkRate130s(b *testing.B) { benchmarkRate(b, 130) }
func BenchmarkRate1h(b *testing.B)   { benchmarkRate(b, 3600) }

func benchmarkRate(b *testing.B, seconds int64) {
	each(b, func(table *rating.Table, number string) error {
		rate, err := table.Match(number, noon)
		if err != nil {
			return err
		}
		_, err = rate.Price(noon, seconds)
		return err
	})
}

func BenchmarkMaxSeconds(b *testing.B) {
	rate := match(b, compile(b, row("1.2", 0, 60, 1)), "380", noon)
	b.ReportAllocs()
	for b.Loop() {
		rate.MaxSeconds(noon, 100_000_000)
	}
}

func BenchmarkRateBands1h(b *testing.B) {
	table := banded(b)
	at := time.Date(2026, 10, 5, 16, 30, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		rate, err := table.Match("380671234567", at)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := rate.Price(at, 3600); err != nil {
			b.Fatal(err)
		}
	}
}
