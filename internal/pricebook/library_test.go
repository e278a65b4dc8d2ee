package pricebook_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
)

func TestTheVersionInForce(t *testing.T) {
	t.Parallel()
	library := pricebook.Shipped()
	for _, c := range []struct{ name, date, want string }{
		{"ringostat", "2020-12-31", "pricebook.not_in_force"},
		{"ringostat", "2021-01-01", "2021-01-01"},
		{"ringostat", "2022-06-30", "2021-01-01"},
		{"ringostat", "2022-07-01", "2022-07-01"},
		{"insales", "2019-07-31", "2010-01-01"},
		{"insales", "2030-01-01", "2019-08-01"},
		{"k50", "2016-03-08", "pricebook.not_in_force"},
		{"k51", "2026-01-01", "pricebook.unknown_book"},
	} {
		book, err := library.At(c.name, civil.MustParseDate(c.date))
		got := errs.CodeOf(err)
		if err == nil {
			got = book.Version
		} else if errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s on %s: %v is not NotFound", c.name, c.date, err)
		}
		if got != c.want {
			t.Errorf("%s on %s: got %s, want %s", c.name, c.date, got, c.want)
		}
	}
	same(t, "names", library.Names(), []string{"insales", "k50", "ringostat"})
	same(t, "versions", len(library.Versions("ringostat")), 2)
	same(t, "versions of none", len(library.Versions("nobody")), 0)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	library := pricebook.Shipped()
	for _, c := range []struct{ what, want string }{
		{"ringostat", "ringostat@2022-07-01"},
		{"ringostat@2021-01-01", "ringostat@2021-01-01"},
		{"ringostat@2021", "pricebook.unknown_version"},
		{"ringo", "pricebook.unknown_book"},
		{"books/k50/2016-03-09.yaml", "k50@2016-03-09"},
		{"books/k50/2016.yaml", "pricebook.no_file"},
		{"testdata/bad/percent.yaml", "pricebook.invalid"},
		{"", "pricebook.unknown_book"},
	} {
		book, err := library.Open(os.DirFS("."), c.what)
		got := errs.CodeOf(err)
		if err == nil {
			got = book.Ref()
		}
		if got != c.want {
			t.Errorf("Open(%q): got %s (%v), want %s", c.what, got, err, c.want)
		}
	}
	if _, err := library.Open(nil, "book.yaml"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("without a folder a path is no name: %v", err)
	}
	_, err := library.Get("ringostat", "2021")
	if want := "it has 2021-01-01, 2022-07-01"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %q", err, want)
	}
}

func TestLoadDir(t *testing.T) {
	t.Parallel()
	library, err := pricebook.LoadDir(os.DirFS("books"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "names", library.Names(), []string{"insales", "k50", "ringostat"})

	smallest := read(t, "testdata/good/smallest.yaml")
	folder := fstest.MapFS{
		"a.yaml":     {Data: []byte(smallest)},
		"b/b.yml":    {Data: []byte(strings.Replace(smallest, "version: \"1\"", "version: \"2\"", 1))},
		"notes.txt":  {Data: []byte("not a book")},
		"c/c.yaml":   {Data: []byte("book: 1")},
		"c/d/d.yaml": {Data: []byte("- 1")},
	}
	if _, err := pricebook.LoadDir(folder); err == nil || !strings.Contains(err.Error(), "c/c.yaml:1:7: ") || !strings.Contains(err.Error(), "c/d/d.yaml:1:1: ") {
		t.Errorf("not all mistakes of all files: %v", err)
	}
	delete(folder, "c/c.yaml")
	delete(folder, "c/d/d.yaml")
	if _, err := pricebook.LoadDir(folder); errs.CodeOf(err) != "pricebook.duplicate" {
		t.Errorf("two versions are in force from one date: %v", err)
	}
}

// A library made by Shipped is the caller's own: what it adds, no other sees.
func TestShippedIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	mine := pricebook.Shipped()
	book, err := mine.Open(os.DirFS("testdata/good"), "smallest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := mine.Add(book); err != nil {
		t.Fatal(err)
	}
	if err := mine.Add(book); errs.KindOf(err) != errs.Conflict {
		t.Errorf("the same version twice: %v", err)
	}
	if _, err := pricebook.Shipped().Get("smallest", "1"); err == nil {
		t.Error("another library has the book too")
	}
}
