package lang_test

import (
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/money"
)

func TestReadAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"12": "12", "12,5": "12.5", "12.50": "12.5", "1 234,56": "1234.56", "1\u00a0234.56": "1234.56", "1\u202f000": "1000", "−3,1": "-3.1", "-3.1": "-3.1",
	} {
		if got, err := lang.ReadAmount(text); err != nil || got != money.MustParse(want) {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "abc", "1,234.56", "1,2,3", "12 UAH", "1e3", "--1"} {
		if got, err := lang.ReadAmount(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
