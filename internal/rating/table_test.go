package rating_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/rating"

	"pgregory.net/rapid"
)

// sample is the shipped sample card in one currency.
func sample(t testing.TB, currency money.Currency) *rating.Table {
	t.Helper()
	file, err := os.Open("../pricebook/books/rates_sample.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := rating.ReadCard(file, "rates_sample.csv")
	if err != nil {
		t.Fatal(err)
	}
	var rows []rating.Row
	for _, row := range all {
		if row.Currency == currency {
			rows = append(rows, row)
		}
	}
	return compile(t, rows...)
}

// Rule B-20: the longest prefix decides; Rule B-23: what none covers is refused.
func TestMatch(t *testing.T) {
	t.Parallel()
	table := sample(t, "USD")
	if table.Currency() != "USD" || table.Len() != 42 {
		t.Errorf("the card has %d prefixes in %s", table.Len(), table.Currency())
	}
	for number, want := range map[string]string{
		"+380671234567": "38067", "380441234567": "380", "+380": "380", "+18085551234": "1808", "+12125551234": "1",
		"74951234567": "7495", "74981234567": "7", "48881234567": "4888", "48871234567": "48", "+447700900123": "447",
	} {
		rate := match(t, table, number, noon)
		if rate.Prefix != want {
			t.Errorf("%s is priced by prefix %s, want %s", number, rate.Prefix, want)
		}
	}
	for number, code := range map[string]string{
		"+999123456789": "rating.unknown_destination", "38": "rating.unknown_destination", "0501234567": "rating.unknown_destination",
		"": "rating.bad_number", "+": "rating.bad_number", "++380": "rating.bad_number", "380 67": "rating.bad_number",
		"sip:anna@example.com": "rating.bad_number", "1234567890123456": "rating.bad_number", "٣٨٠": "rating.bad_number",
	} {
		rate, err := table.Match(number, noon)
		if errs.CodeOf(err) != code {
			t.Errorf("%q gives prefix %q, %v; want %s", number, rate.Prefix, err, code)
		}
	}
	_, err := table.Match("+999123456789", noon)
	if errs.KindOf(err) != errs.Denied || strings.Contains(err.Error(), "999123456789") {
		t.Errorf("an unknown destination is denied, and the number is nobody's business: %v", err)
	}
}

// Rule B-20: the trie finds what a scan of all prefixes finds.
func TestMatchAgreesWithAScan(t *testing.T) {
	t.Parallel()
	digits := func(least int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.ByteRange('1', '3'), least, 8), func(b []byte) string { return string(b) })
	}
	rapid.Check(t, func(t *rapid.T) {
		prefixes := rapid.SliceOfNDistinct(digits(1), 1, 60, rapid.ID[string]).Draw(t, "prefixes")
		rows := make([]rating.Row, len(prefixes))
		for i, prefix := range prefixes {
			rows[i] = rating.Row{Prefix: prefix, Currency: "USD", First: 1, Next: 1}
		}
		table, err := rating.Compile(rows, nil, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		number := digits(3).Draw(t, "number")
		longest := ""
		for _, prefix := range prefixes {
			if strings.HasPrefix(number, prefix) && len(prefix) > len(longest) {
				longest = prefix
			}
		}
		rate, err := table.Match(number, noon)
		if rate.Prefix != longest || (err == nil) != (longest != "") {
			t.Fatalf("%s is priced by %q, %v; want %q", number, rate.Prefix, err, longest)
		}
	})
}

// Rule B-26: the newest row in force on the local date in the book's zone; before the first, the next shorter prefix.
func TestMatchByDate(t *testing.T) {
	t.Parallel()
	dated := func(prefix, perMinute, from string) rating.Row {
		r := row(perMinute, 0, 60, 1)
		if r.Prefix = prefix; from != "" {
			r.From = civil.MustParseDate(from)
		}
		return r
	}
	rows := []rating.Row{
		dated("38067", "3", "2026-07-01"), dated("380", "1", ""), dated("38067", "2", "2026-03-01"),
		dated("3806", "9", "2026-12-01"), dated("7", "5", "2026-05-01"),
	}
	table, err := rating.Compile(rows, nil, zone(t, "Europe/Kyiv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ number, at, want, why string }{
		{"38067", "2026-02-28T21:59:59Z", "1", "the longest prefix is not in force until midnight in Kyiv, nor is 3806"},
		{"38067", "2026-02-28T22:00:00Z", "2", "it is from midnight on, which is 22:00 in UTC"},
		{"38067", "2026-06-30T20:59:59Z", "2", "the last second of June in Kyiv"},
		{"38067", "2026-06-30T21:00:00Z", "3", "the newest row in force"},
		{"38061", "2026-11-30T22:00:00Z", "9", "3806 from December"},
		{"38067", "2027-01-01T00:00:00Z", "3", "a shorter prefix never wins by its date"},
		{"38050", "1960-01-01T00:00:00Z", "1", "a row without a date is always in force"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if rate := match(t, table, c.number, at); rate.PerMinute != money.MustParse(c.want) {
			t.Errorf("%s at %s costs %v a minute, want %s: %s", c.number, c.at, rate.PerMinute, c.want, c.why)
		}
	}
	if rate, err := table.Match("7495", noon.AddDate(0, -6, 0)); errs.CodeOf(err) != "rating.unknown_destination" {
		t.Errorf("a destination not sold yet is priced by %q, %v (Rule B-23)", rate.Prefix, err)
	}
}

func TestCompileReportsEveryMistake(t *testing.T) {
	t.Parallel()
	band := rating.Band{Name: "night", From: 1200, To: 480}
	at := func(line int, change func(*rating.Row)) rating.Row {
		r := row("1", 0, 60, 1)
		r.Line = line
		change(&r)
		return r
	}
	rows := []rating.Row{
		at(2, func(*rating.Row) {}),
		at(3, func(r *rating.Row) { r.Prefix = "+380" }),
		at(4, func(r *rating.Row) { r.Prefix = "" }),
		at(5, func(r *rating.Row) { r.Prefix = "0380" }),
		at(6, func(r *rating.Row) { r.Prefix = "1234567890123456" }),
		at(7, func(*rating.Row) {}),
		at(8, func(r *rating.Row) { r.Prefix, r.First = "41", 0 }),
		at(9, func(r *rating.Row) { r.Prefix, r.Next, r.Free = "42", 86_401, -1 }),
		at(10, func(r *rating.Row) { r.Prefix, r.Connect = "43", -1 }),
		at(11, func(r *rating.Row) { r.Prefix, r.PerMinute = "44", rating.MaxAmount+1 }),
		at(12, func(r *rating.Row) { r.Prefix, r.Currency = "45", "USD" }),
		at(13, func(r *rating.Row) { r.Prefix, r.Currency = "46", "euro" }),
		at(14, func(r *rating.Row) { r.Band = "day" }),
		at(15, func(r *rating.Row) { r.Prefix, r.Band = "47", "night" }),
		at(16, func(r *rating.Row) { r.Prefix, r.From = "48", -1 }),
		at(17, func(r *rating.Row) { r.Prefix, r.From = "49", 9 }),
		at(18, func(r *rating.Row) { r.Prefix, r.From, r.Band = "49", 8, "night" }),
		at(0, func(r *rating.Row) { r.Prefix, r.Minimum = "50", -1 }),
	}
	want := []string{
		`prefix "50": rating.bad_amount`,
		"line 3: rating.bad_prefix", "line 4: rating.bad_prefix", "line 5: rating.bad_prefix", "line 6: rating.bad_prefix",
		"line 7: rating.duplicate_row",
		"line 8: rating.bad_seconds", "line 9: rating.bad_seconds", "line 9: rating.bad_seconds",
		"line 10: rating.bad_amount", "line 11: rating.bad_amount",
		"line 12: rating.mixed_currencies", "line 13: rating.bad_currency", "line 13: rating.mixed_currencies",
		"line 14: rating.unknown_band", "line 15: rating.band_without_base", "line 16: rating.bad_date", "line 18: rating.band_without_base",
	}
	table, err := rating.Compile(rows, []rating.Band{band}, time.UTC)
	if table != nil {
		t.Error("half a card was compiled")
	}
	checkMistakes(t, err, want)
}

func TestCompileBoundsTheRowsOfAPrefix(t *testing.T) {
	t.Parallel()
	rows := make([]rating.Row, 1<<16)
	for i := range rows {
		rows[i] = row("1", 0, 60, 1)
		rows[i].From = civil.Date(i)
	}
	if _, err := rating.Compile(rows[1:], nil, time.UTC); err != nil {
		t.Error(err)
	}
	if _, err := rating.Compile(rows, nil, time.UTC); errs.CodeOf(err) != "rating.too_many_rows" {
		t.Errorf("one row too many: %v", err)
	}
}

func TestCompileNeedsRowsAndAZone(t *testing.T) {
	t.Parallel()
	if _, err := rating.Compile(nil, nil, time.UTC); errs.CodeOf(err) != "rating.empty_card" {
		t.Error(err)
	}
	if _, err := rating.Compile([]rating.Row{row("1", 0, 1, 1)}, nil, nil); errs.CodeOf(err) != "rating.no_zone" {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number  string
		seconds int64
		want    string
	}{
		{"380441234567", 61, "61 s: first 60 s + 1 x 1 s = 61 billable s; 0 + 0.021 x 61/60 = 0.02135"},
		{"380441234567", 27, "27 s: first 60 s = 60 billable s; 0 + 0.021 x 60/60 = 0.021"},
		{"74951234567", 3, "3 s: up to 3 s are free"},
		{"74951234567", 61, "61 s: first 30 s + 2 x 30 s = 90 billable s; 0 + 0.011 x 90/60 = 0.0165"},
		{"491712345678", 7, "7 s: first 1 s + 6 x 1 s = 7 billable s; 0.002 + 0.035 x 7/60 = 0.006083 (rounded half up)"},
		{"380441234567", 0, "0 s: nothing to charge"},
	} {
		rate := match(t, sample(t, "USD"), c.number, noon)
		charge := price(t, rate, noon, c.seconds)
		got := rate.Explain(charge, c.seconds)
		if got.Arithmetic != c.want {
			t.Errorf("got  %q\nwant %q", got.Arithmetic, c.want)
		}
		if got.Prefix != rate.Prefix || got.Zone != rate.Zone || got.Currency != "USD" || got.PerMinute != rate.PerMinute || got.Amount != charge.Amount {
			t.Errorf("the explanation does not show the rate: %+v", got)
		}
	}
	least := row("0.021", 0, 60, 1)
	least.Minimum = money.MustParse("0.05")
	rate := match(t, compile(t, least), "380", noon)
	if got, want := rate.Explain(price(t, rate, noon, 61), 61).Arithmetic, "61 s: first 60 s + 1 x 1 s = 61 billable s; 0 + 0.021 x 61/60 = 0.02135, raised to the minimum 0.05"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
