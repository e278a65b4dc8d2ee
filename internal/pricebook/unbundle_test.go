package pricebook_test

import (
	"testing"
	"testing/fstest"

	"bellwether/internal/civil"
	"bellwether/internal/pricebook"
)

// A version that is begun with another is the same but for its name and date.
func TestUnbundle(t *testing.T) {
	t.Parallel()
	library := pricebook.Shipped()
	for _, name := range library.Names() {
		for _, book := range library.Versions(name) {
			text, cards := pricebook.Unbundle(book, "next", civil.MustParseDate("2030-01-01"))
			files := fstest.MapFS{"book.yaml": {Data: text}}
			for file, data := range cards {
				files[file] = &fstest.MapFile{Data: data}
			}
			again, err := pricebook.Parse(files, "book.yaml")
			if err != nil {
				t.Fatalf("%s: %v\n%s", book.Ref(), err, text)
			}
			for _, change := range pricebook.Diff(book, again) {
				if change.Path != "version" && change.Path != "effective" {
					t.Errorf("%s: %+v", book.Ref(), change)
				}
			}
			if again.Version != "next" || again.Effective.String() != "2030-01-01" {
				t.Errorf("%s became %s of %s", book.Ref(), again.Ref(), again.Effective)
			}
		}
	}
}

// A library takes and gives up versions while others read it, and a copy goes its own way.
func TestLibraryChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	library := pricebook.Shipped()
	copied := library.Clone()
	book, err := library.Open(nil, "k50")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			_, _ = library.Get("k50", book.Version)
			_ = library.Names()
		}
	}()
	for range 100 {
		library.Remove(book.Name, book.Version)
		if err := library.Add(book); err != nil {
			t.Error(err)
		}
	}
	<-done
	library.Remove(book.Name, book.Version)
	library.Remove(book.Name, book.Version)
	if _, err := library.Get(book.Name, book.Version); err == nil {
		t.Error("it is still there")
	}
	if _, err := copied.Get(book.Name, book.Version); err != nil {
		t.Error(err)
	}
}
