package dialplan_test

import (
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/dialplan"
)

const week = `{
  "week": [
    {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "13:00"},
    {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "14:00", "to": "18:00"},
    {"days": ["sat"], "from": "22:00", "to": "24:00"},
    {"days": ["sun"], "from": "00:00", "to": "04:00"}
  ],
  "holidays": [
    {"date": "2026-08-24", "name": "Independence Day"},
    {"date": "2020-12-25", "yearly": true, "name": "Christmas"},
    {"date": "2026-12-31", "open": [{"from": "10:00", "to": "12:00"}]}
  ]
}`

// Rule T-02: working hours go by the clock on the wall of the project's zone.
func TestBusinessHours(t *testing.T) {
	t.Parallel()
	hours, err := dialplan.ReadHours([]byte(week))
	if err != nil {
		t.Fatal(err)
	}
	kyiv, err := civil.LoadZone("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   string // UTC
		open bool
		code string
		why  string
	}{
		{"2026-11-20T06:59:59Z", false, "hours.closed", "Friday 08:59:59"},
		{"2026-11-20T07:00:00Z", true, "hours.open", "Friday 09:00"},
		{"2026-11-20T10:59:59Z", true, "hours.open", "Friday 12:59:59"},
		{"2026-11-20T11:00:00Z", false, "hours.closed", "lunch"},
		{"2026-11-20T15:59:59Z", true, "hours.open", "Friday 17:59:59"},
		{"2026-11-20T16:00:00Z", false, "hours.closed", "Friday 18:00"},
		{"2026-11-22T08:05:00Z", false, "hours.closed", "Sunday 10:05"},
		{"2026-07-17T06:00:00Z", true, "hours.open", "a Friday in summer, 09:00"},
		{"2026-08-24T08:00:00Z", false, "hours.holiday", "a holiday on a Monday"},
		{"2027-08-24T08:00:00Z", true, "hours.open", "only in 2026"},
		{"2026-12-25T08:00:00Z", false, "hours.holiday", "every year"},
		{"2026-12-31T08:30:00Z", true, "hours.holiday", "a short day, 10:30"},
		{"2026-12-31T10:00:00Z", false, "hours.holiday", "a short day, 12:00"},
		{"2026-11-21T21:30:00Z", true, "hours.open", "Saturday 23:30"},
		{"2026-11-21T22:30:00Z", true, "hours.open", "over midnight, Sunday 00:30"},
		{"2026-10-25T00:30:00Z", true, "hours.open", "Sunday 03:30, before the clock goes back"},
		{"2026-10-25T01:30:00Z", true, "hours.open", "Sunday 03:30, again"},
		{"2026-10-25T02:00:00Z", false, "hours.closed", "Sunday 04:00"},
		{"2026-03-29T00:59:59Z", true, "hours.open", "Sunday 02:59:59, before the clock is put forward"},
		{"2026-03-29T01:00:00Z", false, "hours.closed", "Sunday 04:00: there was no 03:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := hours.At(at, kyiv); got.Open != c.open || got.Reason.Code != c.code {
			t.Errorf("%s (%s): %+v, want open %t, %s", c.at, c.why, got, c.open, c.code)
		}
	}
	if got := (dialplan.BusinessHours{}).At(time.Unix(0, 0), kyiv); !got.Open {
		t.Errorf("a project without hours is closed: %+v", got)
	}
}

// Rule T-02: what cannot be meant is refused.
func TestWrongHoursAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"week": [{"days": ["mon"], "from": "22:00", "to": "06:00"}]}`:             "bad_time week[0].to",
		`{"week": [{"days": ["mon"], "from": "09:00", "to": "25:00"}]}`:             "bad_time week[0].to",
		`{"week": [{"days": ["mon"], "from": "9:00", "to": "18:00"}]}`:              "bad_time week[0].from",
		`{"week": [{"days": ["monday"], "from": "09:00", "to": "18:00"}]}`:          "unknown_word week[0].days[0]",
		`{"week": [{"days": [], "from": "09:00", "to": "18:00"}]}`:                  "missing week[0].days",
		`{"week": [{"from": "09:00", "to": "18:00"}]}`:                              "missing week[0].days",
		`{"week": [{"days": ["mon"], "from": "09:00", "to": "18:00", "till": ""}]}`: "unknown_field week[0].till",
		`{"holidays": [{"date": "25.12.2026"}]}`:                                    "bad_date holidays[0].date",
		`{"holidays": [{"date": "2026-02-30"}]}`:                                    "bad_date holidays[0].date",
		`{"holidays": [{"date": "2026-12-25", "open": [{"from": "10:00"}]}]}`:       "bad_time holidays[0].open[0].to",
		`[]`: "wrong_kind ",
	} {
		_, err := dialplan.ReadHours([]byte(text))
		if got := first(err); got != want {
			t.Errorf("%s: %q, want %q (%v)", text, got, want, err)
		}
	}
}

// Rules T-04 and T-20: settings out of bounds are refused.
func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"last_agent": {"on": true, "days": 30}, "recording": {"mode": "consent", "digit": "1"}, "caller_id": "+380441234567"}`: "",
		`{}`:                                "",
		`{"last_agent": {"days": 366}}`:     "out_of_range last_agent.days",
		`{"recording": {"mode": "always"}}`: "unknown_word recording.mode",
		`{"recording": {"digit": "12"}}`:    "bad_key recording.digit",
		`{"caller_id": "0441234567"}`:       "bad_phone caller_id",
		`{"first_seconds": 1}`:              "out_of_range first_seconds",
		`{"last_agent": true}`:              "wrong_kind last_agent",
		`{"caller_id": 380441234567}`:       "wrong_kind caller_id",
	} {
		_, err := dialplan.ReadSettings([]byte(text))
		if got := first(err); got != want {
			t.Errorf("%s: %q, want %q (%v)", text, got, want, err)
		}
	}
}
