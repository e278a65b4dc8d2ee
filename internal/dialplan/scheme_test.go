package dialplan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
)

// office is the scheme that most tests change one thing of.
const office = `{
  "format": 1,
  "reserve": "owner",
  "steps": [
    {"id": "greeting", "menu": {"prompt": "welcome", "choices": {"1": "sales", "2": "wait", "0": "greeting"}, "extensions": true, "timeout_seconds": 5, "repeats": 1, "wrong": "no-such"}},
    {"id": "sales", "name": "Sales", "ring": {"order": "in_turn", "seconds": 15, "targets": [{"employee": "olena"}, {"phone": "+380671234567", "seconds": 25}]}},
    {"id": "wait", "queue": {"queue": "support", "strategy": "longest_idle", "targets": [{"department": "support"}], "ring_seconds": 15, "max_wait_seconds": 300,
      "max_length": 10, "announce_every_seconds": 60, "say_position": true, "callback": {"digit": "1", "prompt": "press-1"}}},
    {"id": "message", "voicemail": {"greeting": "leave", "max_seconds": 120, "emails": ["boss@kvitka.example"]}},
    {"id": "owner", "ring": {"order": "together", "seconds": 30, "targets": [{"sip": "sip:owner@example.com"}]}, "next": "end"}
  ]
}`

// Rule T-01: a scheme is read as it was written.
func TestSchemeIsReadAndWritten(t *testing.T) {
	t.Parallel()
	scheme, err := dialplan.ReadScheme([]byte(office))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(scheme)
	if err != nil {
		t.Fatal(err)
	}
	again, err := dialplan.ReadScheme(text)
	if diff := cmp.Diff(scheme, again); err != nil || diff != "" {
		t.Errorf("read, written and read again it differs: %v\n%s", err, diff)
	}
	if kind := scheme.Steps[2].Kind(); kind != "queue" || scheme.Steps[2].Queue.MaxLength != 10 {
		t.Errorf("the third step is a %s", kind)
	}
}

// Rule T-01: each mistake is told with its place.
func TestWrongSchemesAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", `"format": 1,`, `"format": 1`, "unreadable byte 18"},
		{"an unknown field", `"repeats"`, `"repeat"`, "unknown_field steps[0].menu.repeat"},
		{"a field in other letters", `"repeats"`, `"Repeats"`, "unknown_field steps[0].menu.Repeats"},
		{"a field twice", `"order": "in_turn"`, `"order": "in_turn", "order": "together"`, "twice steps[1].ring.order"},
		{"null", `"callback": {"digit": "1", "prompt": "press-1"}`, `"callback": null`, "wrong_kind steps[2].queue.callback"},
		{"a number in quotes", `"seconds": 15`, `"seconds": "15"`, "wrong_kind steps[1].ring.seconds"},
		{"half a second", `"seconds": 15`, `"seconds": 15.5`, "wrong_kind steps[1].ring.seconds"},
		{"what cannot be seen", `"Sales"`, `"Sa\u202eles"`, "hidden steps[1].name"},
		{"another format", `"format": 1`, `"format": 2`, "unknown_format format"},
		{"two steps alike", `"id": "message"`, `"id": "sales"`, "twice steps[3].id"},
		{"a step that is not there", `"1": "sales"`, `"1": "sails"`, "unknown_step steps[0].menu.choices.1"},
		{"no key", `"1": "sales"`, `"a": "sales"`, "bad_key steps[0].menu.choices.a"},
		{"nothing: a step may lead back", `"next": "end"`, `"next": "message"`, ""},
		{"a step that nothing leads to", `"max_seconds": 120, "emails": ["boss@kvitka.example"]}},`, `"max_seconds": 120}}, {"id": "lost", "say": {"prompt": "x"}, "next": "end"},`, "unreachable steps[4]"},
		{"two things in a step", `"name": "Sales",`, `"say": {"prompt": "x"},`, "bad_step steps[1]"},
		{"nothing in a step", `"voicemail": {"greeting": "leave", "max_seconds": 120, "emails": ["boss@kvitka.example"]}`, `"name": "x"`, "bad_step steps[3]"},
		{"a second of ringing", `"seconds": 15`, `"seconds": 1`, "out_of_range steps[1].ring.seconds"},
		{"a number of no country", `+380671234567`, `0671234567`, "bad_phone steps[1].ring.targets[1].phone"},
		{"a number that dials more", `+380671234567`, `+380671234567,1#`, "bad_phone steps[1].ring.targets[1].phone"},
		{"two targets in one", `{"employee": "olena"}`, `{"employee": "olena", "phone": "+380671234567"}`, "bad_target steps[1].ring.targets[0]"},
		{"a header in an address", `sip:owner@example.com`, `sip:owner@example.com?Route=x`, "bad_sip steps[4].ring.targets[0].sip"},
		{"a phone in a queue", `{"department": "support"}`, `{"phone": "+380671234567"}`, "bad_target steps[2].queue.targets[0]"},
		{"a position that is never said", `"announce_every_seconds": 60, `, ``, "missing steps[2].queue.announce_every_seconds"},
		{"a list of addresses", `boss@kvitka.example`, `a@b.example,c@d.example`, "bad_email steps[3].voicemail.emails[0]"},
		{"no reserve", `"reserve": "owner"`, `"reserve": "nobody"`, "unknown_step reserve"},
		{"an endless text", `"Sales"`, `"` + strings.Repeat("x", 1<<18) + `"`, "too_long "},
	} {
		text := strings.Replace(office, c.old, c.new, 1)
		if text == office {
			t.Fatalf("%s: %s is not there", c.name, c.old)
		}
		_, err := dialplan.ReadScheme([]byte(text))
		if got := first(err); got != c.want {
			t.Errorf("%s: %q, want %q (%v)", c.name, got, c.want, err)
		}
	}
}

// first is the code and place of the first mistake, which has a hint.
func first(err error) string {
	all := dialplan.Problems(err)
	if len(all) == 0 {
		return ""
	}
	if all[0].Kind != errs.Invalid || all[0].Hint == "" && !strings.HasSuffix(all[0].Code, "unreadable") {
		return "no hint: " + all[0].Error()
	}
	return strings.TrimPrefix(all[0].Code, "dialplan.") + " " + all[0].Where
}

// All mistakes are told at once.
func TestAllMistakesAreTold(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`"seconds": 15`, `"seconds": 1`, `"1": "sales"`, `"1": "sails"`, `"max_seconds": 120`, `"max_seconds": 1`).Replace(office)
	_, err := dialplan.ReadScheme([]byte(text))
	if got := len(dialplan.Problems(err)); got != 3 {
		t.Errorf("%d mistakes, want 3: %v", got, err)
	}
}

func FuzzReadScheme(f *testing.F) {
	f.Add(office)
	f.Add(`{"format":1,"steps":[{"id":"a","ring":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		scheme, err := dialplan.ReadScheme([]byte(text))
		if err != nil {
			if len(dialplan.Problems(err)) == 0 {
				t.Fatalf("an error without an address: %v", err)
			}
			return
		}
		written, err := json.Marshal(scheme)
		if err != nil {
			t.Fatal(err)
		}
		again, err := dialplan.ReadScheme(written)
		if err != nil || !cmp.Equal(scheme, again) {
			t.Fatalf("what was read is not taken again: %v\n%s", err, written)
		}
	})
}

var staff = dialplan.Staff{
	{ID: "olena", Name: "Olena", Departments: []string{"sales"}, Extension: "201", Contacts: []dialplan.Endpoint{{Kind: dialplan.Account, To: "olena"}, {Kind: dialplan.Phone, To: "+380501111111"}}},
	{ID: "petro", Name: "Petro", Departments: []string{"support"}, Extension: "202", Contacts: []dialplan.Endpoint{{Kind: dialplan.Account, To: "petro"}}},
	{ID: "iryna", Name: "Iryna", Departments: []string{"support"}, Extension: "2021", Contacts: []dialplan.Endpoint{{Kind: dialplan.Account, To: "iryna"}}},
}

// Rule T-03: Call tracking or Callback alone rings exactly one destination.
func TestOneDestinationWithoutThePBX(t *testing.T) {
	t.Parallel()
	for targets, want := range map[string]string{
		`{"phone": "+380671234567"}`:                                       "",
		`{"phone": "+380671234567"}, {"phone": "+380671234567"}`:           "",
		`{"employee": "petro"}`:                                            "",
		`{"employee": "petro"}, {"account": "petro"}`:                      "",
		`{"employee": "olena"}`:                                            "dialplan.needs_pbx",
		`{"phone": "+380671234567"}, {"phone": "+380671234568"}`:           "dialplan.needs_pbx",
		`{"department": "support"}`:                                        "dialplan.needs_pbx",
		`{"phone": "+380671234567"}, {"sip": "sip:name@operator.example"}`: "dialplan.needs_pbx",
	} {
		scheme, err := dialplan.ReadScheme([]byte(`{"format": 1, "steps": [{"id": "a", "ring": {"order": "together", "seconds": 20, "targets": [` + targets + `]}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := scheme.CheckSingle(staff); err != nil {
			got = errs.CodeOf(err)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", targets, got, want)
		}
	}
	scheme, err := dialplan.ReadScheme([]byte(office))
	if err != nil {
		t.Fatal(err)
	}
	if err := scheme.CheckSingle(staff); errs.CodeOf(err) != "dialplan.needs_pbx" || errs.KindOf(err) != errs.Denied {
		t.Errorf("a menu without the PBX: %v", err)
	}
}

// Rule T-03: whatever a scheme came to ring, a project without the PBX rings the first destination alone, and nobody else on the way to it.
func TestOneDestinationOfMany(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"id": "a", "ring": {"order": "together", "seconds": 20, "targets": [{"phone": "+380671234567"}]}}`:                                           "+380671234567",
		`{"id": "a", "ring": {"order": "in_turn", "seconds": 20, "targets": [{"phone": "+380671234567"}, {"phone": "+380671234568"}]}}`:                "+380671234567",
		`{"id": "a", "ring": {"order": "together", "seconds": 20, "targets": [{"employee": "olena"}]}}`:                                                "olena",
		`{"id": "a", "ring": {"order": "together", "seconds": 20, "targets": [{"department": "support"}]}}`:                                            "petro",
		`{"id": "a", "voicemail": {"max_seconds": 60}}`:                                                                                                "",
		`{"id": "a", "ring": {"order": "together", "seconds": 20, "targets": [{"employee": "petro"}]}}, {"id": "b", "voicemail": {"max_seconds": 60}}`: "petro",
	} {
		scheme, err := dialplan.ReadScheme([]byte(`{"format": 1, "steps": [` + text + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		single := scheme.Single(staff)
		var rings []string
		who := staff.Only(staff, single)
		for _, at := range single.Destinations(who) {
			rings = append(rings, at.To)
		}
		if got := strings.Join(rings, " "); got != want {
			t.Errorf("%s rings %q, want %q", text, got, want)
		}
		if left := who.Of([]dialplan.Target{{Employee: "iryna"}}); len(left) > 0 {
			t.Errorf("%s: a last agent %v would ring besides", text, left)
		}
	}
}
