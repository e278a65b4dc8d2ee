package lang_test

import (
	"testing"

	"bellwether/internal/lang"
)

// The languages of visitors are named in the reader's own.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in        lang.Lang
		tag, want string
	}{
		{lang.English, "uk", "Ukrainian"},
		{lang.English, "uk-UA", "Ukrainian (Ukraine)"},
		{lang.Russian, "uk-UA", "украинский (Украина)"},
		{lang.Ukrainian, "pl", "польська"},
		{lang.English, "<b>", "<b>"},
		{lang.English, "", ""},
	} {
		if got := lang.For(c.in, nil).Language(c.tag); got != c.want {
			t.Errorf("%s in %s is %q, want %q", c.tag, c.in, got, c.want)
		}
	}
}
