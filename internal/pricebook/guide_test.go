package pricebook_test

import (
	"strings"
	"testing"

	"bellwether/internal/pricebook"
)

// What the guide shows is a book: its YAML blocks, one after another, parse.
func TestTheGuideIsTrue(t *testing.T) {
	t.Parallel()
	var book strings.Builder
	for i, part := range strings.Split(read(t, "../../docs/guide/price-books.md"), "```yaml\n") {
		if block, _, ok := strings.Cut(part, "```"); ok && i > 0 {
			book.WriteString(block)
		}
	}
	if _, err := pricebook.ParseBytes("guide.yaml", []byte(book.String()), nil); err != nil {
		t.Error(err)
	}
}
