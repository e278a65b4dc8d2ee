package source_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/ident"
	"bellwether/internal/source"
)

// TestGiantInput is Rule C-39: whatever is sent, what comes out is bounded.
func TestGiantInput(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a long value":       "https://a.example/?utm_source=" + strings.Repeat("я", 1<<20),
		"a long click":       "https://a.example/?gclid=" + strings.Repeat("x", 1<<20),
		"many parameters":    "https://a.example/?" + strings.Repeat("a=b&", 1<<18) + "utm_source=late",
		"a long host":        "https://" + strings.Repeat("a.", 1<<19) + "/",
		"escapes of escapes": "https://a.example/?utm_source=" + strings.Repeat("%25", 1<<18),
	} {
		checkBounded(t, name, source.Classify(text, text, shop))
	}
}

func checkBounded(t *testing.T, name string, s source.Source) {
	t.Helper()
	texts := []string{s.Name, s.Medium, s.Campaign, s.Term, s.Content, s.Host}
	for _, c := range s.Clicks {
		texts = append(texts, c.ID)
	}
	for _, text := range texts {
		if utf8.RuneCountInString(text) > 256 || !utf8.ValidString(text) {
			t.Errorf("%s: %d characters: %.80q", name, utf8.RuneCountInString(text), text)
		}
		if c, found := ident.Hidden(text); found {
			t.Errorf("%s: %q has %U", name, text, c)
		}
	}
	if s.Name == "" || s.Medium == "" || s.Channel == "" || !slices.Contains(source.Kinds, s.Kind) {
		t.Errorf("%s: incomplete: %+v", name, s)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("https://shop.example/?utm_source=google&utm_medium=cpc&gclid=a", "https://www.google.com/")
	f.Add("https://shop.example/#/a?utm_campaign=%F0%EE", "android-app://com.google.android.gm/")
	f.Add("https://[::1]:80/?utm_referrer=https://xn--j1ail.xn--p1ai", "https://квіти.укр./")
	f.Fuzz(func(t *testing.T, address, referrer string) {
		s := source.Classify(address, referrer, shop)
		checkBounded(t, address+" "+referrer, s)
		if diff := cmp.Diff(s, source.Classify(address, referrer, shop)); diff != "" {
			t.Errorf("Rule C-30: the same page has another source:\n%s", diff)
		}
		if s.Begins(s) {
			t.Errorf("the page opened again would begin another visit: %+v", s)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	for b.Loop() {
		source.Classify("https://shop.example/roses?utm_source=google&utm_medium=cpc&utm_campaign=%D1%80%D0%BE%D0%B7%D1%8B&gclid=Cj0KCQiA", "https://www.google.com/", shop)
	}
}
