package civil_test

import (
	"testing"
	"time"

	"bellwether/internal/civil"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := civil.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestMidnight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, date, want, why string }{
		{"Europe/Kyiv", "2026-03-29", "2026-03-28T22:00:00Z", "the day of 23 hours begins in winter time"},
		{"Europe/Kyiv", "2026-03-30", "2026-03-29T21:00:00Z", "and ends in summer time"},
		{"Europe/Kyiv", "2026-10-26", "2026-10-25T22:00:00Z", "the day of 25 hours ends in winter time"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "midnight was skipped: the day begins at 01:00"},
		{"America/Havana", "2021-11-07", "2021-11-07T04:00:00Z", "01:00 is repeated, midnight is not"},
		{"America/St_Johns", "2010-11-07", "2010-11-07T03:30:00Z", "00:01 went back to 23:01: the second midnight counts"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "the zone never had this date"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "so the next one begins at the same instant"},
		{"UTC", "1969-12-31", "1969-12-31T00:00:00Z", "before the origin"},
	} {
		got := civil.Midnight(civil.MustParseDate(c.date), zone(t, c.zone)).Format(time.RFC3339)
		if got != c.want {
			t.Errorf("%s in %s begins at %s, want %s: %s", c.date, c.zone, got, c.want, c.why)
		}
	}
	if apia := zone(t, "Pacific/Apia"); civil.Exists(civil.MustParseDate("2011-12-30"), apia) || !civil.Exists(civil.MustParseDate("2011-12-31"), apia) {
		t.Error("Pacific/Apia never had 2011-12-30, and had 2011-12-31")
	}
}

// Midnights never go back, and from midnight on the local date never falls before the date it begins.
func TestMidnightIsMonotone(t *testing.T) {
	t.Parallel()
	names := []string{"Europe/Kyiv", "America/New_York", "America/St_Johns", "Pacific/Apia", "Asia/Beirut", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Godthab"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := civil.LoadZone(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		d := civil.Date(rapid.Int32Range(3650, 24000).Draw(t, "date"))
		begin, next := civil.Midnight(d, loc), civil.Midnight(d+1, loc)
		if next.Before(begin) {
			t.Fatalf("%v ends before it begins", d)
		}
		for at := begin; at.Before(begin.Add(3 * time.Hour)); at = at.Add(10 * time.Minute) {
			if civil.DateIn(at, loc) < d {
				t.Fatalf("%v began at %v, but at %v it is %v", d, begin, at, civil.DateIn(at, loc))
			}
		}
		if before := civil.DateIn(begin.Add(-time.Second), loc); before >= d {
			t.Fatalf("%v began at %v, but a second earlier it is %v", d, begin, before)
		}
	})
}

func TestDates(t *testing.T) {
	t.Parallel()
	d := civil.MustParseDate("2024-02-29")
	if d.DaysInMonth() != 29 || d.Day() != 29 || d.FirstOfNextMonth().String() != "2024-03-01" || (d+1).FirstOfMonth().String() != "2024-03-01" {
		t.Errorf("February 2024 is off: %v", d)
	}
	if civil.DateOf(2021, time.December, 31).FirstOfNextMonth().String() != "2022-01-01" {
		t.Error("December is followed by January")
	}
	for _, bad := range []string{"", "2021-2-3", "2021-02-30", "21-02-03", "2021-02-03T00:00"} {
		if got, err := civil.ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", bad, got)
		}
	}
	for _, bad := range []string{"", "Local", "local", "Europe/Nowhere", "../etc/passwd"} {
		if _, err := civil.LoadZone(bad); err == nil {
			t.Errorf("LoadZone(%q) succeeded", bad)
		}
	}
}
