package account_test

import (
	"strings"
	"testing"

	"bellwether/internal/account"
	"bellwether/internal/errs"
)

func TestEmailKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, key string }{
		{"ann@example.com", "ann@example.com"},
		{"  Ann@Example.COM ", "ann@example.com"},
		{"ann+shop@example.com", "ann+shop@example.com"},
		{"o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"},
		{"ann@пошта.укр", "ann@xn--80a1acn3a.xn--j1amh"},
		{"ann@XN--80A1ACN3A.XN--J1AMH", "ann@xn--80a1acn3a.xn--j1amh"},
		{"АНЯ@Почта.РФ", "аня@xn--80a1acny.xn--p1ai"},
		{"и\u0306@example.com", "й@example.com"}, // й as one letter or two
		{"", ""},
		{"ann", ""},
		{"@example.com", ""},
		{"ann@", ""},
		{"ann@localhost", ""},
		{"ann@@example.com", ""},
		{"a b@example.com", ""},
		{"ann@exa mple.com", ""},
		{"ann@example.com\r\nBcc: all@example.com", ""},
		{"<ann@example.com>", ""},
		{"ann@example.com,bob@example.com", ""},
		{"ann@-example.com", ""},
		{"ann@example..com", ""},
		{"a\x00@example.com", ""},
		{"\xff@example.com", ""},
		{"safe\u202e@example.com", ""},
		{strings.Repeat("a", 65) + "@example.com", ""},
		{"a@" + strings.Repeat("a.", 150) + "com", ""},
	} {
		key, err := account.EmailKey(c.text)
		if key != c.key || c.key == "" && errs.CodeOf(err) != "account.bad_email" {
			t.Errorf("%.60q: %q, %v, want %q", c.text, key, err, c.key)
		}
	}
}
