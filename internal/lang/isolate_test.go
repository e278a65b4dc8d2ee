package lang_test

import (
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
)

// A name that is written from right to left stays where its sentence has it, and only such a name is marked.
func TestNamesDoNotTurnSentences(t *testing.T) {
	t.Parallel()
	en := lang.For(lang.English, nil)
	for name, want := range map[string]string{
		"Olena": "Olena", "Олена & Co": "Олена & Co", "\u4e2d\u6587": "\u4e2d\u6587", "a \U0001f33b": "a \U0001f33b", "": "",
		"\u05d0\u05d1": "\u2068\u05d0\u05d1\u2069", "Ann \u0639\u0643\u0633 7": "\u2068Ann \u0639\u0643\u0633 7\u2069",
	} {
		values := lang.Values{"Name": name, "Role": "boss"}
		if got := en.T("people.department_made", values); got != "Department “"+want+"” is there" {
			t.Errorf("%q is said %q", name, got)
		}
		if values["Name"] != name {
			t.Errorf("the values of the caller were changed: %q", values["Name"])
		}
	}
	message, _ := en.Error(errs.New(errs.Conflict, "staff.extension_taken", "taken").With("name", "\u05d0"))
	if want := "\u2068\u05d0\u2069"; !strings.HasPrefix(message, want+" has") {
		t.Errorf("an error says %q", message)
	}
}

// What is put into a file has no marks of a page.
func TestBare(t *testing.T) {
	t.Parallel()
	const name = "רות"
	if got := lang.Bare("by " + lang.Isolate(name) + ", " + lang.Isolate("Ann")); got != "by "+name+", Ann" {
		t.Errorf("%q", got)
	}
}
