package rating_test

import (
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/rating"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var workdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

// exampleBands are those of testdata/bands.csv.
var exampleBands = []rating.Band{
	{Name: "night", Days: workdays, From: 20 * 60, To: 8 * 60},
	{Name: "weekend", Days: []time.Weekday{time.Saturday}, From: 8 * 60, To: 24 * 60},
	{Name: "weekend 2", Days: []time.Weekday{time.Sunday}, From: 0, To: 24 * 60},
}

func zone(t rapid.TB, name string) *time.Location {
	t.Helper()
	loc, err := civil.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func banded(t testing.TB) *rating.Table {
	t.Helper()
	file, err := os.Open("testdata/bands.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := rating.ReadCard(file, "bands.csv")
	if err != nil {
		t.Fatal(err)
	}
	table, err := rating.Compile(rows, exampleBands, zone(t, "Europe/Kyiv"))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Rule B-24: worked by hand. The example's card has 1.2 a minute (60/1), 0.6 at night (1/1, connect 0.1, minimum 0.25),
// 0.9 on Saturdays from 08:00; Monday to Friday the night lasts from 20:00 to 08:00 in Kyiv.
func TestBands(t *testing.T) {
	t.Parallel()
	table := banded(t)
	for _, c := range []struct {
		answered, band string
		seconds        int64
		amount         string
		parts          []int64
		why            string
	}{
		{"2026-03-02T12:00:00+02:00", "", 61, "1.22", []int64{61}, "all by day"},
		{"2026-03-02T19:59:30+02:00", "", 120, "1.5", []int64{30, 90}, "30 s by day are 0.6, 90 s by night 0.9; no connect fee"},
		{"2026-03-02T19:59:50+02:00", "", 5, "0.7", []int64{10, 50}, "5 s are 60 billable, of which 50 lie behind the hang-up and in the night"},
		{"2026-03-03T07:59:30+02:00", "night", 60, "1", []int64{30, 30}, "0.1 + 0.3 + 0.6: the connect fee of the night, the day's minutes"},
		{"2026-03-02T21:00:00+02:00", "night", 6, "0.25", []int64{6}, "0.16 is less than the night's minimum"},
		{"2026-03-07T07:59:59+02:00", "night", 61, "1.01", []int64{1, 60}, "Friday's night ends on Saturday at 08:00, when the weekend begins"},
		{"2026-03-08T12:00:00+02:00", "", 60, "1.2", []int64{60}, "Sunday has a band, this prefix no price for it"},
		{"2026-03-09T00:00:00+02:00", "", 60, "1.2", []int64{60}, "the night that begins on Sunday is none of ours"},
		{"2026-07-06T19:59:30+03:00", "", 120, "1.65", []int64{30, 90}, "from July a day's minute is 1.5, the night's is as before (Rule B-26)"},
	} {
		at, err := time.Parse(time.RFC3339, c.answered)
		if err != nil {
			t.Fatal(err)
		}
		rate := match(t, table, "+380671234567", at)
		got := price(t, rate, at, c.seconds)
		var seconds []int64
		for _, part := range got.Parts {
			seconds = append(seconds, part.Seconds)
		}
		if got.Amount != money.MustParse(c.amount) || got.Band != c.band || rate.Band != c.band || !slices.Equal(seconds, c.parts) {
			t.Errorf("%d s from %s: %+v; want %s in band %q, parts %v: %s", c.seconds, c.answered, got, c.amount, c.band, c.parts, c.why)
		}
	}
}

// Rule B-24: boundaries are wall-clock times on the day of 23 hours (2026-03-29) and the day of 25 (2026-10-25).
func TestBandsOnDaysOf23And25Hours(t *testing.T) {
	t.Parallel()
	small := rating.Band{Name: "small hours", From: 60, To: 210} // 01:00 to 03:30
	inside := row("60", 0, 1, 1)                                 // a second is 1
	inside.Band = small.Name
	table, err := rating.Compile([]rating.Row{row("0", 0, 1, 1), inside}, []rating.Band{small}, zone(t, "Europe/Kyiv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		midnight string
		minutes  int64
		why      string
	}{
		{"2026-03-28T00:00:00+02:00", 150, "an ordinary night"},
		{"2026-03-29T00:00:00+02:00", 120, "03:00 to 04:00 never was, so of 01:00 to 03:30 two hours were"},
		{"2026-10-25T00:00:00+03:00", 180, "03:00 to 04:00 was twice, so the band came back for 03:00 to 03:30"},
	} {
		at, err := time.Parse(time.RFC3339, c.midnight)
		if err != nil {
			t.Fatal(err)
		}
		got := price(t, match(t, table, "380", at), at, 10*3600)
		if got.Amount != money.Micro(c.minutes*60)*money.Unit {
			t.Errorf("the night of %s has %v s in the band, want %d min: %s", c.midnight, got.Amount, c.minutes, c.why)
		}
	}
}

// drawnBands lie apart, some over midnight; priced says which the drawn prefix has rows for.
var drawnBands = []rating.Band{
	{Name: "early", From: 2*60 + 10, To: 3*60 + 30},
	{Name: "late", Days: workdays, From: 22 * 60, To: 90},
	{Name: "noon", Days: []time.Weekday{time.Sunday, time.Saturday}, From: 12 * 60, To: 12*60 + 1},
	{Name: "sunday", Days: []time.Weekday{time.Sunday}, From: 12*60 + 1, To: 24 * 60},
}

// Offsets change at these instants, by an hour, half an hour and a whole day.
var changes = map[string]string{
	"Europe/Kyiv":         "2026-03-29T01:00:00Z",
	"Europe/Warsaw":       "2026-10-25T01:00:00Z",
	"Australia/Lord_Howe": "2026-04-04T15:00:00Z",
	"Pacific/Apia":        "2011-12-30T10:00:00Z",
	"America/St_Johns":    "2010-11-07T02:31:00Z",
	"UTC":                 "1970-01-01T00:00:00Z",
}

// drawCase makes rows of one prefix with any of the drawn bands, a zone, and an instant near a change of its offset.
func drawCase(t *rapid.T) (rows []rating.Row, loc *time.Location, at time.Time) {
	rows = []rating.Row{drawRow(t, "380", "")}
	for _, band := range drawnBands {
		if rapid.Bool().Draw(t, "has "+band.Name) {
			rows = append(rows, drawRow(t, "380", band.Name))
		}
	}
	name := rapid.SampledFrom([]string{"Europe/Kyiv", "Europe/Warsaw", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "UTC"}).Draw(t, "zone")
	change, err := time.Parse(time.RFC3339, changes[name])
	if err != nil {
		t.Fatal(err)
	}
	off := time.Duration(rapid.Int64Range(-40_000, 90_000).Draw(t, "seconds after the change")) * time.Second
	fraction := time.Duration(rapid.SampledFrom([]int64{0, 0, 1, 500_000_000, 999_999_999}).Draw(t, "fraction"))
	return rows, zone(t, name), change.Add(off + fraction)
}

func drawRate(t *rapid.T) (rating.Rate, time.Time) {
	rows, loc, at := drawCase(t)
	table, err := rating.Compile(rows, drawnBands, loc)
	if err != nil {
		t.Fatal(err)
	}
	rate, err := table.Match("+380", at)
	if err != nil {
		t.Fatal(err)
	}
	return rate, at
}

// Rule B-24: a price is what a clerk gets who looks at a wall clock every second, adds up, and rounds at the end.
func TestBandsAgreeWithCountingEverySecond(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, loc, at := drawCase(t)
		table, err := rating.Compile(rows, drawnBands, loc)
		if err != nil {
			t.Fatal(err)
		}
		rate, err := table.Match("380", at)
		if err != nil {
			t.Fatal(err)
		}
		seconds := rapid.Int64Range(0, 20_000).Draw(t, "seconds")
		got := price(t, rate, at, seconds)
		billable, amount := clerk(rows, loc, at, seconds)
		if got.Billable != billable || got.Amount != amount {
			t.Fatalf("%d s from %v cost %+v; counting gives %d billable s, %v", seconds, at.In(loc), got, billable, amount)
		}
		checkParts(t, got, rows)
	})
}

// checkParts: parts cover the billable seconds without a gap, each longer than nothing and unlike the one before.
func checkParts(t *rapid.T, charge rating.Charge, rows []rating.Row) {
	var covered int64
	for i, part := range charge.Parts {
		if part.Seconds <= 0 || i > 0 && part.Band == charge.Parts[i-1].Band {
			t.Fatalf("part %d of %+v is none", i, charge.Parts)
		}
		if want := charge.Parts[0].From.Add(time.Duration(covered) * time.Second); !part.From.Equal(want) {
			t.Fatalf("part %d of %+v begins at %v", i, charge.Parts, part.From)
		}
		covered += part.Seconds
	}
	if len(rows) > 1 && covered != charge.Billable || len(rows) == 1 && charge.Parts != nil {
		t.Fatalf("parts %+v do not cover %d s", charge.Parts, charge.Billable)
	}
}

// clerk is the naive reference: increments one by one, wall clock second by second, exact sums, one rounding.
func clerk(rows []rating.Row, loc *time.Location, at time.Time, seconds int64) (billable int64, amount money.Micro) {
	first := clerkRow(rows, at.In(loc))
	if seconds == 0 || seconds <= first.Free {
		return 0, 0
	}
	for billable = first.First; billable < seconds; billable += first.Next {
	}
	sum := big.NewInt(0)
	for i := range billable {
		sum.Add(sum, big.NewInt(int64(clerkRow(rows, at.Add(time.Duration(i)*time.Second).In(loc)).PerMinute)))
	}
	sum.Add(sum, big.NewInt(30)).Div(sum, big.NewInt(60))
	return billable, max(first.Connect+money.Micro(sum.Int64()), first.Minimum)
}

// clerkRow looks up the row for a reading of the wall clock.
func clerkRow(rows []rating.Row, clock time.Time) rating.Row {
	minute, yesterday := clock.Hour()*60+clock.Minute(), (clock.Weekday()+6)%7
	begins := func(band rating.Band, day time.Weekday) bool {
		return len(band.Days) == 0 || slices.Contains(band.Days, day)
	}
	for _, row := range rows[1:] {
		band := drawnBands[slices.IndexFunc(drawnBands, func(b rating.Band) bool { return b.Name == row.Band })]
		overnight := band.From > band.To
		today := minute >= band.From && (overnight || minute < band.To) && begins(band, clock.Weekday())
		if today || overnight && minute < band.To && begins(band, yesterday) {
			return row
		}
	}
	return rows[0]
}

// Rule B-24: a leg of the greatest length at the greatest price, over a whole week and a change of the clock.
func TestBandsOverAWeek(t *testing.T) {
	t.Parallel()
	kyiv := zone(t, "Europe/Kyiv")
	rows := []rating.Row{row(rating.MaxAmount.String(), 0, 60, 60)}
	for i, band := range drawnBands {
		rows = append(rows, row([]string{"2.1", "3.01", "4.001", "5"}[i], 0, 60, 60))
		rows[i+1].Band = band.Name
	}
	table, err := rating.Compile(rows, drawnBands, kyiv)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 25, 17, 3, 9, 0, time.UTC)
	got := price(t, match(t, table, "380", at), at, rating.MaxLegSeconds)
	if _, want := clerk(rows, kyiv, at, rating.MaxLegSeconds); got.Amount != want {
		t.Errorf("seven days cost %v, counting gives %v", got.Amount, want)
	}
}

func TestCompileRefusesBands(t *testing.T) {
	t.Parallel()
	sunday := []time.Weekday{time.Sunday}
	for _, c := range []struct {
		bands []rating.Band
		want  []string
		why   string
	}{
		{[]rating.Band{{Name: "a", From: 0, To: 600}, {Name: "b", Days: sunday, From: 599, To: 700}}, []string{"band b", "overlaps band a"}, "both are named"},
		{[]rating.Band{{Name: "a", Days: []time.Weekday{time.Saturday}, From: 1200, To: 60}, {Name: "b", Days: sunday, From: 59, To: 61}}, []string{"band b", "overlaps band a"}, "over midnight and the week's end"},
		{[]rating.Band{{Name: "a", From: 600, To: 600}}, []string{"band a", "600 to 600"}, "no time at all"},
		{[]rating.Band{{Name: "a", From: 0, To: 1441}}, []string{"band a"}, "beyond the day"},
		{[]rating.Band{{Name: "a", From: -1, To: 5}}, []string{"band a"}, "before the day"},
		{[]rating.Band{{Name: "a", From: 0, To: 60}, {Name: "a", From: 60, To: 120}}, []string{"band a", "taken"}, "the same name twice"},
		{[]rating.Band{{Name: "", From: 0, To: 60}}, []string{"empty"}, "no name"},
		{[]rating.Band{{Name: "a", Days: []time.Weekday{7}, From: 0, To: 60}}, []string{"band a", "day"}, "no such day"},
		{slices.Repeat([]rating.Band{{Name: "a"}}, 300), []string{"300 bands"}, "too many"},
	} {
		table, err := rating.Compile([]rating.Row{row("1", 0, 1, 1)}, c.bands, time.UTC)
		if table != nil || errs.KindOf(err) != errs.Invalid {
			t.Fatalf("%+v compile: %v (%s)", c.bands, err, c.why)
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v (%s)", want, err, c.why)
			}
		}
	}
	touching := []rating.Band{{Name: "a", From: 1200, To: 480}, {Name: "b", From: 480, To: 1200}, {Name: "c", Days: nil, From: 0, To: 1}}[:2]
	if _, err := rating.Compile([]rating.Row{row("1", 0, 1, 1)}, touching, time.UTC); err != nil {
		t.Errorf("bands that only touch are refused: %v", err)
	}
}

// The explanation of a split leg can be redone by hand.
func TestExplainBands(t *testing.T) {
	t.Parallel()
	kyiv := zone(t, "Europe/Kyiv")
	at := time.Date(2026, 3, 2, 19, 59, 30, 0, kyiv)
	rate := match(t, banded(t), "380671234567", at)
	got := rate.Explain(price(t, rate, at, 120), 120)
	want := []rating.Part{
		{From: at, Seconds: 30, PerMinute: 1_200_000},
		{Band: "night", From: at.Add(30 * time.Second), Seconds: 90, PerMinute: 600_000},
	}
	if diff := cmp.Diff(want, got.Parts); diff != "" {
		t.Error(diff)
	}
	if want := "120 s: first 60 s + 60 x 1 s = 120 billable s; 0 + 1.2 x 30/60 (other times) + 0.6 x 90/60 (night) = 1.5"; got.Arithmetic != want {
		t.Errorf("got  %q\nwant %q", got.Arithmetic, want)
	}
	// Matched by day, answered by night: the night's row explains the price.
	later := at.Add(10 * time.Minute)
	if got := rate.Explain(price(t, rate, later, 6), 6); got.Band != "night" || got.Minimum != 250_000 || got.Next != 1 || got.Connect != 100_000 {
		t.Errorf("the night is explained by %+v", got)
	}
}
