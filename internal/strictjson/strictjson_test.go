package strictjson_test

import (
	"testing"

	"bellwether/internal/strictjson"
)

func TestDuplicate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": 1, "b": "a", "c": ["a", "a"]}`: "", `{"a": {"b": 1}, "c": {"b": 1}}`: "", `[{"a": 1}, {"a": 2}]`: "", `{}`: "", `"a"`: "", `{"a": `: "",
		`{"a": 1, "a": 2}`: "a", `{"x": {"b": 1, "c": [], "b": 2}}`: "b", `[{"a": {}, "a": 2}]`: "a", `{"x": [1, {"y": 2}], "x": 3}`: "x",
		`{"a": "a", "b": 1, "a": 0}`: "a", "{\"\\u0061\": 1, \"a\": 2}": "a",
	} {
		if got, found := strictjson.Duplicate([]byte(text)); got != want || found != (want != "") {
			t.Errorf("%s: %q, %v; want %q", text, got, found, want)
		}
	}
}
