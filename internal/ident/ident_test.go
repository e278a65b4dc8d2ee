package ident_test

import (
	"strings"
	"testing"
	"time"

	"bellwether/internal/ident"
)

func TestParseProjectID(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"demo", "a", "7-eleven", "shop_1", strings.Repeat("a", 64)} {
		if _, err := ident.ParseProjectID(good); err != nil {
			t.Errorf("%q was refused: %v", good, err)
		}
	}
	for _, bad := range []string{"", "-a", "_a", "Shop", "a b", "a/b", "../x", "é", strings.Repeat("a", 65)} {
		if _, err := ident.ParseProjectID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSequenceNeverGoesBack(t *testing.T) {
	t.Parallel()
	var sequence ident.Sequence
	now := time.UnixMicro(1_700_000_000_000_000)
	last := sequence.Next(now)
	for i := range 1000 {
		next := sequence.Next(now.Add(-time.Duration(i) * time.Hour))
		if next <= last {
			t.Fatalf("%d follows %d", next, last)
		}
		last = next
	}
	if later := sequence.Next(now.Add(time.Second)); later>>8 != now.Add(time.Second).UnixMicro() {
		t.Errorf("the sequence does not follow the clock: %d", later)
	}
}

// Rule A-16: what nobody can see is in no text that is stored, and is taken out of what people type.
func TestText(t *testing.T) {
	t.Parallel()
	for text, visible := range map[string]string{
		"Отдел продаж": "Отдел продаж", "עברית عربي": "עברית عربي", "👩\u200d💻 نمی\u200cشود": "👩\u200d💻 نمی\u200cشود",
		"a\u202eb\u2066c\u200bd\ufeff": "abcd", "soft\u00adhyphen": "softhyphen", "bell\a\x00": "bell", "half\xff": "half",
	} {
		if got := ident.Visible(text); got != visible {
			t.Errorf("%q became %q, want %q", text, got, visible)
		}
		if got, want := ident.Line(text, 100), text == visible; got != want {
			t.Errorf("%q may be stored: %t, want %t", text, got, want)
		}
	}
	if got := ident.Visible("two\r\nlines,\ta tab"); got != "two\r\nlines,\ta tab" {
		t.Errorf("lines became %q", got)
	}
	for _, bad := range []string{"", "  ", "two\nlines", "a\ttab", "four"} {
		if ident.Line(bad, 3) {
			t.Errorf("%q may be stored", bad)
		}
	}
}
