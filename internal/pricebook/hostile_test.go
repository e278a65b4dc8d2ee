package pricebook_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/rating"
)

func example(t testing.TB, text string) *pricebook.Book {
	t.Helper()
	book, err := pricebook.ParseBytes("everything.yaml", []byte(text), os.DirFS("testdata/good"))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// A book from a stranger may be anything; the answer is short, names a line and comes soon.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	const large = 250 << 10
	bomb := "a: &a [x, x]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c]\n", c, c, c-1, c-1, c-1)
	}
	for name, text := range map[string]string{
		"alias bomb":       bomb,
		"lists in a row":   "products: " + strings.Repeat("[", large),
		"maps in a row":    "products: " + strings.Repeat("{a: ", large/4),
		"dashes in a row":  "products:\n" + strings.Repeat("- ", large/2),
		"steps":            steps(900),
		"dash steps":       dashSteps(900),
		"questions":        strings.Repeat("? ", large/2),
		"tags":             "book: " + strings.Repeat("!a ", large/3),
		"anchors":          "book: " + strings.Repeat("&a ", large/3),
		"quotes":           "book: " + strings.Repeat(`"`, large),
		"colons":           strings.Repeat(":", large),
		"colons and space": strings.Repeat(": ", large/2),
		"bars":             strings.Repeat("|", large),
		"one long line":    "book: " + strings.Repeat("x", large),
		"many fields":      "book: x\n" + manyFields(22_000),
		"many items":       "currencies: [" + strings.Repeat("UAH, ", 50_000) + "]",
		"many lines":       strings.Repeat("\n", large),
		"hashes":           strings.Repeat("#", large),
		"too large":        strings.Repeat("x", 2*large),
		"no text":          strings.Repeat("\x00", 1000),
		"not UTF-8":        "book: shop\ntitle: \xff\xfe\n",
		"byte order mark":  "\ufeffbook: shop",
		"commas":           "book: [" + strings.Repeat(",", 10_000) + "]",
		"merge":            "<<: {book: shop}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, err := pricebook.ParseBytes("hostile.yaml", []byte(text), nil)
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if err == nil || errs.KindOf(err) != errs.Invalid || !strings.HasPrefix(err.Error(), "hostile.yaml:") {
				t.Errorf("got %.200v", err)
			}
			if said := err.Error(); len(said) > 200_000 {
				t.Errorf("the answer has %d bytes", len(said))
			}
		})
	}
}

func steps(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return out.String()
}

func dashSteps(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.Repeat(" ", i) + "- a:\n")
	}
	return out.String()
}

func manyFields(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "f%d: 1\n", i)
	}
	return out.String()
}

// A rate card is as little to be trusted as a book.
func TestHostileRateCards(t *testing.T) {
	t.Parallel()
	book := []byte(strings.Replace(read(t, "testdata/good/everything.yaml"), "file: toll_free.csv", "file: card.csv", 1))
	for name, card := range map[string]string{
		"empty":      "",
		"no columns": "a,b,c\n1,2,3\n",
		"one quote":  `"`,
		"too large":  strings.Repeat("x", 33<<20),
	} {
		folder := fstest.MapFS{"book.yaml": {Data: book}, "card.csv": {Data: []byte(card)}}
		found := pricebook.Check(folder, "book.yaml")
		if len(found) == 0 || found[0].Line == 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	if _, err := pricebook.ParseBytes("book.yaml", book, nil); err == nil || !strings.Contains(err.Error(), "a book read by itself cannot have rate cards in files") {
		t.Errorf("without a folder: %v", err)
	}
}

// The dearest price there may be, a hundred thousand times, still fits an amount; and so does the longest leg at it.
func TestSumsOfPricesFit(t *testing.T) {
	t.Parallel()
	dearest := example(t, read(t, "testdata/good/everything.yaml")).Products[1].Monthly["EUR"]
	if dearest != rating.MaxAmount {
		t.Fatalf("the example's dearest price is %v, not the limit", dearest)
	}
	if _, ok := money.MulDiv(int64(dearest), 92_000, 1); !ok {
		t.Error("92,000 seats at the dearest price overflow")
	}
}
