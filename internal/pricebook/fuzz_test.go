package pricebook_test

import (
	"os"
	"strings"
	"testing"

	"bellwether/internal/pricebook"
)

// FuzzParse: no bytes make reading panic; a mistake names its line; a book that is read can be written and read again,
// and the schema accepts it.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml", "books/*/*.yaml"} {
		for _, name := range files(f, pattern) {
			f.Add(read(f, name))
		}
	}
	compiled := compileSchema(f)
	cards := os.DirFS("testdata/good")
	f.Fuzz(func(t *testing.T, text string) {
		book, err := pricebook.ParseBytes("book.yaml", []byte(text), cards)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if where, _, _ := strings.Cut(line, ": "); !strings.Contains(where, ":") {
					t.Fatalf("no line in %q", line)
				}
			}
			return
		}
		value, _ := pricebook.Tree([]byte(text))
		if err := compiled.Validate(value); err != nil {
			t.Fatalf("Parse accepts what the schema refuses: %v", err)
		}
		again, err := pricebook.ParseBytes("again.yaml", pricebook.Write(book), nil)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if changes := pricebook.Diff(book, again); len(changes) > 0 {
			t.Fatalf("it changed on the way: %v", changes)
		}
	})
}
