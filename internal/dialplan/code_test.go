package dialplan_test

import (
	"strings"
	"testing"

	"bellwether/internal/dialplan"
)

// asked is a caller who hears the question for the code; behind it an employee is rung.
func asked(t *testing.T, tries string) *desk {
	t.Helper()
	scheme, err := dialplan.ReadScheme([]byte(`{"format": 1, "steps": [{"id": "c", "code": {"timeout_seconds": 5, "tries": ` + tries + `, "thanks": "thanks"}},
		{"id": "r", "ring": {"order": "in_turn", "seconds": 20, "targets": [{"account": "iryna"}]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	call := callback(false)
	call.Kind, call.Settings, call.Scheme = dialplan.Inbound, dialplan.Settings{}, scheme
	d := newDesk(call)
	if got, want := d.said(), "authorise 1 inbound; answer 1; play 1 prompt @code"; !strings.HasSuffix(got, "play 1 prompt @code") {
		t.Fatalf("%s\nwant\n%s", got, want)
	}
	return d
}

// keys presses keys.
func keyed(keys string) (events []dialplan.Event) {
	for _, key := range keys {
		events = append(events, dialplan.Pressed{Leg: 1, Key: string(key)})
	}
	return events
}

// Rule T-124: the code is looked up after # or a pause; a wrong one may be tried again; the call goes on with it or without.
func TestAskForACode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, tries, keys, more, want string }{
		{"nobody keys anything", "3", "", "pause", "ring"},
		{"# alone passes it over", "3", "#", "", "ring"},
		{"a known code", "3", "57240#", "known", "find 57240; play 1 prompt thanks; ring"},
		{"a pause ends it too", "3", "57240", "pause known", "find 57240; play 1 prompt thanks; ring"},
		{"* begins it anew", "3", "5*57240#", "known", "find 57240; play 1 prompt thanks; ring"},
		{"ten digits are all a code has", "3", "1234567890", "known", "find 1234567890; play 1 prompt thanks; ring"},
		{"an unknown one is asked for again", "2", "1#", "unknown", "find 1; play 1 prompt @code_wrong"},
		{"so often, and no more", "1", "1#", "unknown", "find 1; ring"},
		{"it cannot be looked up", "3", "1#", "unasked", "find 1; ring"},
		{"it takes too long", "3", "1#", "pause", "find 1; ring"},
		{"what else is keyed meanwhile counts for nothing", "3", "1#22", "unasked", "find 1; ring"},
	} {
		d := asked(t, c.tries)
		d.take(keyed(c.keys)...)
		for word := range strings.FieldsSeq(c.more) {
			if word == "pause" {
				if c.keys == "" {
					d.take(dialplan.Played{Leg: 1, Serial: d.state.Legs[0].Playing})
				}
				d.take(d.timer("code"))
				continue
			}
			d.take(dialplan.CodeFound{Serial: d.state.Asking.Search, Found: dialplan.CodeOutcome(word)})
			if d.state.Asking != nil && d.state.Asking.Found {
				d.take(dialplan.Played{Leg: 1, Serial: d.state.Legs[0].Playing})
			}
		}
		got := d.said()
		before, _, rings := strings.Cut(got, "play 1 ringing; authorise 2 sip")
		if rings {
			got = before + "ring"
		}
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Rule T-124: an answer to an earlier search changes nothing.
func TestCodeFoundLate(t *testing.T) {
	t.Parallel()
	d := asked(t, "3")
	d.take(keyed("1#")...)
	late := d.state.Asking.Search
	d.take(dialplan.CodeFound{Serial: late, Found: dialplan.CodeUnknown})
	d.take(keyed("2#")...)
	d.said()
	d.take(dialplan.CodeFound{Serial: late, Found: dialplan.CodeKnown})
	if got := d.said(); got != "" || d.state.Asking == nil || d.state.Asking.Keys != "2" {
		t.Errorf("%s: %+v", got, d.state.Asking)
	}
}

// Rules T-33 and T-124: a dry run takes any code for one that is known, and says so.
func TestTraceOfACode(t *testing.T) {
	t.Parallel()
	call := asked(t, "3").state.Call
	for keys, want := range map[string]string{"": "code.none", "57240": "code.assumed"} {
		path := dialplan.Trace(dialplan.Trial{Call: call, Keys: map[string]string{"c": keys}})
		found := false
		for _, l := range path.Lines {
			found = found || l.Code == want
		}
		if !found || path.Result.Status != dialplan.StatusNoAnswer {
			t.Errorf("with %q: %+v", keys, path)
		}
	}
}
