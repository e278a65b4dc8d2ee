package phone

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, country string
		want           Typed
		ok             bool
	}{
		{"38067", "UA", Typed{Digits: "38067"}, true},
		{"+38067", "UA", Typed{Digits: "38067"}, true},
		{"+380 (67)", "UA", Typed{Digits: "38067"}, true},
		{"0038067", "UA", Typed{Digits: "38067"}, true},
		{"067", "UA", Typed{Digits: "38067", National: true}, true},
		{"0", "UA", Typed{Digits: "380", National: true}, true},
		{"0671234567", "UA", Typed{Digits: "380671234567", Whole: true, National: true}, true},
		{"067 123-45-67", "UA", Typed{Digits: "380671234567", Whole: true, National: true}, true},
		{"671234567", "UA", Typed{Digits: "380671234567", Whole: true, National: true}, true},
		{"380671234567", "UA", Typed{Digits: "380671234567", Whole: true}, true},
		{"+380671234567", "US", Typed{Digits: "380671234567", Whole: true}, true},
		{"00380671234567", "US", Typed{Digits: "380671234567", Whole: true}, true},
		{"380671234567", "US", Typed{Digits: "380671234567", Whole: true}, true},
		{"48", "UA", Typed{Digits: "48"}, true},
		{"84951234567", "RU", Typed{Digits: "74951234567", Whole: true, National: true}, true},
		{"7495", "RU", Typed{Digits: "7495"}, true},
		{"06", "IT", Typed{Digits: "3906", National: true}, true},
		{"067", "", Typed{Digits: "067"}, true},
		{"999", "UA", Typed{Digits: "999"}, true},
		{"poland", "UA", Typed{}, false},
		{"", "UA", Typed{}, false},
		{"+", "UA", Typed{}, false},
		{"00", "UA", Typed{}, false},
		{"+38+067", "UA", Typed{}, false},
		{"1234567890123456", "UA", Typed{}, false},
	} {
		got, ok := ReadTyped(c.typed, c.country)
		if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
			t.Errorf("%q in %q: ok %v\n%s", c.typed, c.country, ok, diff)
		}
	}
}
