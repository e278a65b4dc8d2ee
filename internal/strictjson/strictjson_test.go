package strictjson_test

import (
	"testing"

	"bellwether/internal/strictjson"
)

func check(text string) string {
	if err := strictjson.Check([]byte(text)); err != nil {
		return err.Error()
	}
	return ""
}

func TestFieldsThatStandTwice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": 1, "b": "a", "c": ["a", "a"]}`: "", `{"a": {"b": 1}, "c": {"b": 1}}`: "", `[{"a": 1}, {"a": 2}]`: "", `{}`: "", `"a"`: "", `{"a": `: "",
		`{"a": 1, "a": 2}`: "a", `{"x": {"b": 1, "c": [], "b": 2}}`: "b", `[{"a": {}, "a": 2}]`: "a", `{"x": [1, {"y": 2}], "x": 3}`: "x",
		`{"a": "a", "b": 1, "a": 0}`: "a", "{\"\\u0061\": 1, \"a\": 2}": "a",
	} {
		if want != "" {
			want = `field "` + want + `" stands twice`
		}
		if got := check(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Half of a surrogate pair and bytes that are no UTF-8 are read as U+FFFD, so that two different texts would become one.
func TestTextThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const unreadable = ` has a character that cannot be read: U+FFFD, half of a surrogate pair, or bytes that are no UTF-8`
	for text, want := range map[string]string{
		`{"id": "z\ud83d\ude00"}`:        "",
		`{"id": "z\ud800"}`:              `field "id"` + unreadable,
		`{"id": "z\udc00\ud800"}`:        `field "id"` + unreadable,
		`{"a": [{"id": "z\ufffd"}]}`:     `field "a[0].id"` + unreadable,
		"{\"id\": \"z\xff\"}":            `field "id"` + unreadable,
		`{"z\ud800": 1}`:                 "field \"z\ufffd\"" + unreadable,
		`{"z\ud800": 1, "z\udfff": "x"}`: "field \"z\ufffd\"" + unreadable,
	} {
		if got := check(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// What nobody can see is refused in every value and name, and the field is named.
func TestHiddenCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"name": "Оксана 👩\u200d💻 نمی\u200cشود"}`: "",
		`{"name": "a\u202eb"}`:                         `field "name" has the character U+202E in it, which nobody can see`,
		"{\"a\": 1, \"note\": \"a\u2066b\"}":           `field "note" has the character U+2066 in it, which nobody can see`,
		`{"a": [1, {"b": ["x", "y\n"]}]}`:              `field "a[1].b[1]" has the character U+000A in it, which nobody can see`,
		`{"records": [{"id": "x"}, {"id": "\u0000"}]}`: `field "records[1].id" has the character U+0000 in it, which nobody can see`,
		`{"a\u200b": 1}`:                               `field "a\u200b" has the character U+200B in it, which nobody can see`,
		`"\u007f"`:                                     "the text has the character U+007F in it, which nobody can see",
		`["\u2028"]`:                                   `field "[0]" has the character U+2028 in it, which nobody can see`,
		`{"name": "a\u202e`:                            "", // not JSON
	} {
		if got := check(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
