package bookshelf

import (
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/pricebook"
)

// bookName is what the text of a version is called in the places of its mistakes.
const bookName = "book.yaml"

// folder holds the rate cards of a version. A book names a card by a path, of which the last part counts: on the shelf all lie in
// one place.
type folder map[string]string

// Open finds a card.
func (f folder) Open(name string) (fs.File, error) {
	text, ok := f[path.Base(name)]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{Reader: strings.NewReader(text), name: path.Base(name), size: int64(len(text))}, nil
}

// file is a card while it is read.
type file struct {
	io.Reader
	name string
	size int64
}

func (f *file) Stat() (fs.FileInfo, error) { return f, nil }
func (f *file) Close() error               { return nil }
func (f *file) Name() string               { return f.name }
func (f *file) Size() int64                { return f.size }
func (f *file) Mode() fs.FileMode          { return 0o444 }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { return false }
func (f *file) Sys() any                   { return nil }

// files is everything of a version as pricebook reads it.
func (v Version) files() folder {
	all := folder{bookName: v.Text}
	for name, text := range v.Files {
		if name != bookName {
			all[name] = text
		}
	}
	return all
}

// Parse reads the version; its error joins all mistakes.
func (v Version) Parse() (*pricebook.Book, error) { return pricebook.Parse(v.files(), bookName) }

// Check lists the mistakes of the version in the order of files and lines, none where it is sound.
func (v Version) Check() []pricebook.Problem { return pricebook.Check(v.files(), bookName) }

// Diff compares the version with the one that is in force on the eve of its first day, nil where there is none.
func (v Version) Diff(library *pricebook.Library) (against *pricebook.Book, changes []pricebook.Change, err error) {
	book, err := v.Parse()
	if err != nil {
		return nil, nil, err
	}
	for _, other := range library.Versions(book.Name) {
		if other.Effective < book.Effective && other.Version != book.Version {
			against = other
		}
	}
	if against == nil {
		return nil, nil, nil
	}
	return against, pricebook.Diff(against, book), nil
}

var (
	bookLine    = regexp.MustCompile(`(?m)^book:[ \t]*["']?([a-z0-9_-]{1,60})`)
	versionLine = regexp.MustCompile(`(?m)^version:[ \t]*["']?([a-z0-9._-]{1,40})`)
)

// saysOf is what a text calls itself, as far as that can be read.
func saysOf(text string) string {
	book, version := bookLine.FindStringSubmatch(text), versionLine.FindStringSubmatch(text)
	switch {
	case book == nil:
		return ""
	case version == nil:
		return book[1]
	}
	return book[1] + "@" + version[1]
}

var effectiveLine = regexp.MustCompile(`(?m)^effective:.*$`)

// dated is the text of a book with another first day; everything else in it, comments too, stays as it is.
func dated(text string, day civil.Date) string {
	line := "effective: " + day.String()
	if at := effectiveLine.FindStringIndex(text); at != nil {
		return text[:at[0]] + line + text[at[1]:]
	}
	return line + "\n" + text
}
