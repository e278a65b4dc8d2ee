package pricebook

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

//go:embed books
var shippedFiles embed.FS

// shippedBooks reads the embedded books once. They are tested: a mistake in them is a programmer's.
var shippedBooks = sync.OnceValue(func() []*Book {
	books, err := loadDir(shippedFiles)
	if err != nil {
		panic(err)
	}
	return books
})

// Library is a set of books by name and version. It may be added to while others read it.
type Library struct {
	books  atomic.Pointer[map[string][]*Book] // by rising Effective; a map that is never changed, but replaced
	adding sync.Mutex
}

func (l *Library) all() map[string][]*Book {
	if books := l.books.Load(); books != nil {
		return *books
	}
	return nil
}

// Shipped is a new library of the embedded books: ringostat, k50 and insales.
func Shipped() *Library {
	l := &Library{}
	for _, book := range shippedBooks() {
		if err := l.Add(book); err != nil {
			panic(err)
		}
	}
	return l
}

// LoadDir makes a library of every .yaml and .yml file in fsys and its folders. All mistakes of all files are reported
// at once, as by Parse.
func LoadDir(fsys fs.FS) (*Library, error) {
	books, err := loadDir(fsys)
	if err != nil {
		return nil, err
	}
	l := &Library{}
	var mistakes []error
	for _, book := range books {
		mistakes = append(mistakes, l.Add(book))
	}
	return l, errors.Join(mistakes...)
}

func loadDir(fsys fs.FS) ([]*Book, error) {
	var (
		books    []*Book
		mistakes []error
	)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isBookFile(name) {
			return err
		}
		book, err := Parse(fsys, name)
		if err != nil {
			mistakes = append(mistakes, err)
			return nil
		}
		books = append(books, book)
		return nil
	})
	if err != nil {
		mistakes = append(mistakes, noFile(".", err))
	}
	return books, errors.Join(mistakes...)
}

func isBookFile(name string) bool {
	return path.Ext(name) == ".yaml" || path.Ext(name) == ".yml"
}

// Add puts a version into the library. A version that is there already, and another version in force from the same date,
// are Conflict, code pricebook.duplicate: which of them holds would be left to chance.
func (l *Library) Add(book *Book) error {
	l.adding.Lock()
	defer l.adding.Unlock()
	if err := l.Clash(book); err != nil {
		return err
	}
	versions := append(l.Versions(book.Name), book)
	slices.SortFunc(versions, func(a, b *Book) int { return cmp.Compare(a.Effective, b.Effective) })
	l.replace(book.Name, versions)
	return nil
}

// Clash says why Add would refuse a book, nil where it would not.
func (l *Library) Clash(book *Book) error {
	for _, other := range l.all()[book.Name] {
		if other.Version == book.Version || other.Effective == book.Effective {
			return errs.New(errs.Conflict, "pricebook.duplicate", "%s, in force from %v, is there already as %s, in force from %v",
				book.Ref(), book.Effective, other.Ref(), other.Effective).Try("give every version its own name and date")
		}
	}
	return nil
}

// Remove takes a version out; one that is not there is no error. Whoever has its *Book keeps it.
func (l *Library) Remove(name, version string) {
	l.adding.Lock()
	defer l.adding.Unlock()
	l.replace(name, slices.DeleteFunc(l.Versions(name), func(b *Book) bool { return b.Version == version }))
}

func (l *Library) replace(name string, versions []*Book) {
	books := maps.Clone(l.all())
	if books == nil {
		books = map[string][]*Book{}
	}
	if books[name] = versions; len(versions) == 0 {
		delete(books, name)
	}
	l.books.Store(&books)
}

// Clone is a library of the same books, to be added to by itself.
func (l *Library) Clone() *Library {
	c := &Library{}
	c.books.Store(l.books.Load())
	return c
}

// Names lists the books in alphabetical order.
func (l *Library) Names() []string { return slices.Sorted(maps.Keys(l.all())) }

// Currencies lists the currencies of all books and versions in alphabetical order: those that projects can be charged in.
func (l *Library) Currencies() []money.Currency {
	known := map[money.Currency]bool{}
	for _, versions := range l.all() {
		for _, book := range versions {
			for _, currency := range book.Currencies {
				known[currency] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(known))
}

// Versions lists a book's versions from the oldest; none for an unknown name.
func (l *Library) Versions(name string) []*Book { return slices.Clone(l.all()[name]) }

// Get finds a version: NotFound, code pricebook.unknown_book or pricebook.unknown_version.
func (l *Library) Get(name, version string) (*Book, error) {
	versions, err := l.named(name)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, book := range versions {
		if book.Version == version {
			return book, nil
		}
		known = append(known, book.Version)
	}
	return nil, errs.New(errs.NotFound, "pricebook.unknown_version", "price book %s has no version %.40q", name, version).
		Try("it has "+strings.Join(known, ", ")).With("version", version).With("known", strings.Join(known, ", "))
}

// At finds the version in force on a date: the newest whose Effective is not later. Before the first there is none:
// NotFound, code pricebook.not_in_force.
func (l *Library) At(name string, date civil.Date) (*Book, error) {
	versions, err := l.named(name)
	if err != nil {
		return nil, err
	}
	for _, book := range slices.Backward(versions) {
		if book.Effective <= date {
			return book, nil
		}
	}
	return nil, errs.New(errs.NotFound, "pricebook.not_in_force", "no version of price book %s is in force on %v", name, date).
		Try("the first, "+versions[0].Version+", is from "+versions[0].Effective.String()).With("book", name).With("date", date)
}

func (l *Library) named(name string) ([]*Book, error) {
	versions := l.all()[name]
	if len(versions) == 0 {
		return nil, errs.New(errs.NotFound, "pricebook.unknown_book", "there is no price book %.60q", name).Try(suggest(name, l.Names()))
	}
	return versions, nil
}

// Open finds the book a person named: "ringostat@2021-01-01" is that version, "ringostat" the newest, and what ends in
// .yaml or .yml is a file in fsys, which is parsed but not added. Where fsys is nil, only the library is looked in.
func (l *Library) Open(fsys fs.FS, nameOrPath string) (*Book, error) {
	if isBookFile(nameOrPath) && fsys != nil {
		return Parse(fsys, nameOrPath)
	}
	name, version, chosen := strings.Cut(nameOrPath, "@")
	if chosen {
		return l.Get(name, version)
	}
	versions, err := l.named(name)
	if err != nil {
		return nil, err
	}
	return versions[len(versions)-1], nil
}
