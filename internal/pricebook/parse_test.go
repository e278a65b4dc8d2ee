package pricebook_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/pricebook"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "rewrite the expected mistakes of testdata/bad; read the change before you keep it")

func files(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return names
}

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Each broken book begins with the mistakes it is to be told of, all of them and no other.
func TestBrokenBooks(t *testing.T) {
	t.Parallel()
	for _, name := range files(t, "testdata/bad/*.yaml") {
		base := filepath.Base(name)
		t.Run(strings.TrimSuffix(base, ".yaml"), func(t *testing.T) {
			t.Parallel()
			found := pricebook.Check(os.DirFS("testdata/bad"), base)
			var got, want []string
			for _, problem := range found {
				got = append(got, problem.String())
			}
			for line := range strings.SplitSeq(read(t, name), "\n") {
				if text, ok := strings.CutPrefix(line, "# want "); ok {
					want = append(want, text)
				}
			}
			if *update {
				rewrite(t, name, got)
			} else if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("mistakes differ (-want +got):\n%s", diff)
			}
		})
	}
}

func rewrite(t *testing.T, name string, want []string) {
	t.Helper()
	var out strings.Builder
	for _, text := range want {
		out.WriteString("# want " + text + "\n")
	}
	for line := range strings.Lines(read(t, name)) {
		if !strings.HasPrefix(line, "# want ") {
			out.WriteString(line)
		}
	}
	if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Parse reports what Check finds, and each mistake can be had by itself.
func TestParseReportsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := pricebook.Parse(os.DirFS("testdata/bad"), "percent.yaml")
	const want = `percent.yaml:16:25: discounts of bundle cannot be 101 %; write a percentage from 0 to 100 with at most two decimals
percent.yaml:16:30: discounts of bundle cannot be 5.125 %; write a percentage from 0 to 100 with at most two decimals`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	var first *errs.Error
	if !errors.As(err, &first) || first.Kind != errs.Invalid || first.Code != "pricebook.invalid" || first.Where != "percent.yaml:16:25" {
		t.Errorf("the first mistake is %+v", first)
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"nowhere.yaml", "../parse_test.go", "/etc/passwd", "bad"} {
		if _, err := pricebook.Parse(os.DirFS("testdata"), path); errs.CodeOf(err) != "pricebook.no_file" || errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v", path, err)
		}
		if found := pricebook.Check(os.DirFS("testdata"), path); len(found) != 1 || found[0].Line != 0 || found[0].Where() != path {
			t.Errorf("%s: %v", path, found)
		}
	}
}

// What Write writes, Parse reads as the same book: Diff knows every field of the format, since Write forgets none.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, book := range goodBooks(t) {
		written := pricebook.Write(book)
		again, err := pricebook.ParseBytes("again.yaml", written, nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, written)
			continue
		}
		if changes := pricebook.Diff(book, again); len(changes) > 0 {
			t.Errorf("%s changed on the way: %v", name, changes)
		}
		for i := range again.RateCards {
			again.RateCards[i].File = book.RateCards[i].File // rows that stood in a file stand in the book now
		}
		if diff := cmp.Diff(pricebook.Export(book), pricebook.Export(again), cmpopts.IgnoreUnexported(pricebook.Book{}, pricebook.RateCard{})); diff != "" {
			t.Errorf("%s changed on the way (-before +after):\n%s", name, diff)
		}
		if string(pricebook.Write(again)) != string(written) {
			t.Errorf("%s is not written alike twice", name)
		}
	}
}

// goodBooks is every book that is right: the shipped ones and those of testdata/good.
func goodBooks(t testing.TB) map[string]*pricebook.Book {
	t.Helper()
	books := map[string]*pricebook.Book{}
	for _, file := range append(files(t, "books/*/*.yaml"), files(t, "testdata/good/*.yaml")...) {
		book, err := pricebook.Parse(os.DirFS("."), filepath.ToSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		books[file] = book
	}
	return books
}
