package tracking

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                        nil,
		"google, bing":            {"google", "bing"},
		"google;bing\r\nmail":     {"google", "bing", "mail"},
		`"tea, green", coffee`:    {"tea, green", "coffee"},
		`"say ""hi""" ; x`:        {`say "hi"`, "x"},
		`"never closed, coffee`:   {`"never closed`, "coffee"},
		`5" pipe, "a" b`:          {`5" pipe`, `"a" b`},
		` , ,, google buy , "", `: {"google buy"},
	} {
		if diff := cmp.Diff(want, readValues(text)); diff != "" {
			t.Errorf("%q, -want +got:\n%s", text, diff)
		}
	}
	if got := writeValues([]string{"tea, green", "coffee", `"x"`}); got != `"tea, green", coffee, """x"""` {
		t.Error(got)
	}
}

// What the editor shows of values it reads as the same values.
func TestValuesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.StringMatching(`[a",; \n]{1,6}`), 0, 5).Draw(t, "values")
		if got := readValues(writeValues(list)); !slices.Equal(got, list) {
			t.Errorf("%q became %q by %s", list, got, writeValues(list))
		}
	})
}
