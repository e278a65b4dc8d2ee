package rating_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/rating"

	"github.com/google/go-cmp/cmp"
)

// checkMistakes compares a joined error with its mistakes, each written "WHERE: code".
func checkMistakes(t testing.TB, err error, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, mistakesIn(t, err)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
	}
}

// mistakesIn takes a joined error apart, and fails the test where a mistake says neither where nor what to do.
func mistakesIn(t testing.TB, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("not a joined error: %v", err)
	}
	var found []string
	for _, one := range joined.Unwrap() {
		var mistake *errs.Error
		if !errors.As(one, &mistake) || mistake.Where == "" || mistake.Hint == "" && mistake.Kind == errs.Invalid {
			t.Fatalf("a mistake without a place or a remedy: %v", one)
		}
		found = append(found, fmt.Sprintf("%s: %s", mistake.Where, mistake.Code))
	}
	return found
}

func TestReadCard(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/bands.csv")
	if err != nil {
		t.Fatal(err)
	}
	marked := append([]byte("\uFEFF"), bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))...)
	for name, text := range map[string][]byte{"as Unix writes it": data, "as a spreadsheet writes it": marked} {
		rows, err := rating.ReadCard(bytes.NewReader(text), "bands.csv")
		if err != nil || len(rows) != 5 {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		want := []rating.Row{
			{Prefix: "38067", Zone: "Ukraine mobile", Currency: "UAH", Connect: 100_000, PerMinute: 600_000, Minimum: 250_000, First: 1, Next: 1, Band: "night", Line: 3},
			{Prefix: "38067", Zone: "Ukraine mobile", Currency: "UAH", PerMinute: 1_500_000, First: 60, Next: 1, From: civil.MustParseDate("2026-07-01"), Line: 5},
			{Prefix: "380", Zone: "Ukraine, fixed", Currency: "UAH", PerMinute: 860_000, First: 60, Next: 1, Minimum: 500_000, Line: 6},
		}
		if diff := cmp.Diff(want, []rating.Row{rows[1], rows[3], rows[4]}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

const cardHeader = "prefix,zone,connect,per_minute,currency,free_seconds,first_seconds,next_seconds"

func TestReadCardRefuses(t *testing.T) {
	t.Parallel()
	good := "\n380,Ukraine,0,0.021,USD,0,60,1"
	for _, c := range []struct {
		text string
		want []string
		why  string
	}{
		{"", []string{"c.csv:1: rating.no_header"}, "an empty file"},
		{cardHeader + ",price" + good + ",1", []string{"c.csv:1: rating.bad_column"}, "an unknown column"},
		{cardHeader + ",zone" + good + ",x", []string{"c.csv:1: rating.bad_column"}, "a column twice"},
		{"prefix,zone" + good, []string{
			"c.csv:1: rating.no_column", "c.csv:1: rating.no_column", "c.csv:1: rating.no_column",
			"c.csv:1: rating.no_column", "c.csv:1: rating.no_column", "c.csv:1: rating.no_column",
		}, "missing columns"},
		{cardHeader + good + ",9" + good, []string{"c.csv:2: rating.bad_line"}, "a cell too many"},
		{cardHeader + good + "\n\n7,Russia,0,0.018", []string{"c.csv:4: rating.bad_line"}, "cells missing, after an empty line"},
		{cardHeader + good + "\n+7,Russia,0,1 000,usd,-1,0,1.5" + good, []string{
			"c.csv:3, column prefix: rating.bad_prefix", "c.csv:3, column per_minute: rating.bad_amount", "c.csv:3, column currency: rating.bad_currency",
			"c.csv:3, column free_seconds: rating.bad_seconds", "c.csv:3, column first_seconds: rating.bad_seconds", "c.csv:3, column next_seconds: rating.bad_seconds",
		}, "every bad cell of a line"},
		{cardHeader + "\n7,,,0.0000001,USD,604801,86401,60", []string{
			"c.csv:2, column zone: rating.empty_cell", "c.csv:2, column connect: rating.empty_cell", "c.csv:2, column per_minute: rating.bad_amount",
			"c.csv:2, column free_seconds: rating.bad_seconds", "c.csv:2, column first_seconds: rating.bad_seconds",
		}, "empty cells, a price too fine, a free week"},
		{cardHeader + ",from,minimum" + good + ",1.10.2026,-1", []string{
			"c.csv:2, column from: rating.bad_date", "c.csv:2, column minimum: rating.bad_amount",
		}, "bad optional cells"},
		{cardHeader + ",from" + good + ",1969-12-31", []string{"c.csv:2, column from: rating.bad_date"}, "before time began"},
		{cardHeader + "\n7,\"Rus\nsia\",0,0,USD,0,1,y\n7,Rus\xffsia,0,0,USD,0,1,x", []string{
			"c.csv:2, column zone: rating.bad_text", "c.csv:3, column next_seconds: rating.bad_seconds", "c.csv:4, column zone: rating.bad_text", "c.csv:4, column next_seconds: rating.bad_seconds",
		}, "a line break, bytes that are no text, and lines still counted right"},
		{cardHeader + "\n7,,0,0,USD,0,1,1\n7,\"Russia\"x,0,0,USD,0,1,1" + good, []string{
			"c.csv:2, column zone: rating.empty_cell", "c.csv:3: rating.bad_csv",
		}, "a stray quote, behind which nothing is certain"},
	} {
		rows, err := rating.ReadCard(strings.NewReader(c.text), "c.csv")
		if rows != nil || err == nil {
			t.Errorf("%s: half read: %v, %v", c.why, rows, err)
			continue
		}
		checkMistakes(t, err, c.want)
	}
}

func TestReadCardPassesOnReadErrors(t *testing.T) {
	t.Parallel()
	torn := io.MultiReader(strings.NewReader(cardHeader+"\n380,Ukraine,0,0.021,USD,0,60,1\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	rows, err := rating.ReadCard(torn, "c.csv")
	if rows != nil || errs.KindOf(err) != errs.Unavailable || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a torn file reads as %v, %v", rows, err)
	}
}

func TestReadVectors(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := rating.ReadVectors(file, "vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	want := []rating.Vector{
		{ID: "v1", To: "+380671234567", AnsweredAt: at, Seconds: 61, Leg: "outbound", Currency: "UAH", Line: 2},
		{ID: "v2", To: "sip:anna@example.com", AnsweredAt: at, Seconds: 30, Line: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadVectorsRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"id,to,answered_at", []string{"v.csv:1: rating.no_column"}},
		{"id,to,answered_at,seconds,price\n", []string{"v.csv:1: rating.bad_column"}},
		{"id,to,answered_at,seconds,currency\n,,2026-10-05 12:00,-3,rubles\n1,2,2026-10-05T12:00:00Z,604801,", []string{
			"v.csv:2, column id: rating.empty_cell", "v.csv:2, column to: rating.empty_cell", "v.csv:2, column answered_at: rating.bad_time",
			"v.csv:2, column seconds: rating.bad_seconds", "v.csv:2, column currency: rating.bad_currency", "v.csv:3, column seconds: rating.bad_seconds",
		}},
	} {
		vectors, err := rating.ReadVectors(strings.NewReader(c.text), "v.csv")
		if vectors != nil || err == nil {
			t.Errorf("half read: %v, %v", vectors, err)
			continue
		}
		checkMistakes(t, err, c.want)
	}
}

// FuzzReadCard: whatever stands in a file, it is read whole or refused with places and remedies, and what was read
// compiles and prices, or is refused likewise.
func FuzzReadCard(f *testing.F) {
	data, err := os.ReadFile("testdata/bands.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(cardHeader + "\n7,\"Rus\nsia\",0,0,USD,0,1,1\n"))
	f.Add([]byte("\uFEFF" + cardHeader + ",from,band\r\n881,Satellite,0.5,6.5,USD,3,30,30,2026-01-01,\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := rating.ReadCard(bytes.NewReader(data), "f.csv")
		if err != nil {
			if mistakesIn(t, err); rows != nil {
				t.Fatal("half read")
			}
			return
		}
		if len(rows) == 0 {
			return
		}
		table, err := rating.Compile(rows, exampleBands, time.UTC)
		if err != nil {
			mistakesIn(t, err)
			return
		}
		for _, row := range rows {
			at := row.From.UTC()
			rate := match(t, table, row.Prefix, at)
			charge := price(t, rate, at, rating.MaxLegSeconds)
			if charge.Amount < 0 || rate.Explain(charge, rating.MaxLegSeconds).Arithmetic == "" {
				t.Fatalf("%+v prices %+v", row, charge)
			}
		}
	})
}

// FuzzReadVectors: whatever stands in a file, it is read whole or refused with places and remedies; what was read is
// priced or refused.
func FuzzReadVectors(f *testing.F) {
	data, err := os.ReadFile("testdata/vectors.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("id,to,answered_at,seconds\na,+380671234567,2026-03-29T03:30:00.5+02:00,86400\n"))
	table := banded(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		vectors, err := rating.ReadVectors(bytes.NewReader(data), "f.csv")
		if err != nil {
			if mistakesIn(t, err); vectors != nil {
				t.Fatal("half read")
			}
			return
		}
		for _, v := range vectors {
			if v.ID == "" || v.To == "" || slices.Contains([]byte(v.Leg), '\n') {
				t.Fatalf("%+v was read", v)
			}
			rate, err := table.Match(v.To, v.AnsweredAt)
			if err != nil {
				continue
			}
			if charge := price(t, rate, v.AnsweredAt, v.Seconds); charge.Amount > 0 && rate.MaxSeconds(v.AnsweredAt, charge.Amount) < v.Seconds {
				t.Fatalf("%+v costs %+v, which does not pay for it", v, charge)
			}
		}
	})
}
