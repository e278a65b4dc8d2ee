package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"bellwether/internal/pricebook"
)

// standard is the name under which files say standard input.
const standard = "-"

// open opens a file a person named; "-" is standard input.
func (p *Program) open(path string) (io.ReadCloser, error) {
	if path == standard {
		return io.NopCloser(p.In), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(unreadable(path, syscall.EISDIR), file.Close())
	}
	return file, nil
}

// mustBeFile refuses what cannot be opened as a file.
func (p *Program) mustBeFile(path string) error {
	file, err := p.open(path)
	if err != nil {
		return err
	}
	return file.Close()
}

// disk is the file system as a person names its files: relative to the working directory or from the root. Books of the
// command line are the person's own, so their rate cards may lie anywhere.
type disk struct{}

func (disk) Open(name string) (fs.File, error) { return os.Open(name) }

// books is the shipped price books and those of a folder.
func books(folder string) (*pricebook.Library, error) {
	library := pricebook.Shipped()
	if folder == "" {
		return library, nil
	}
	own, err := pricebook.LoadDir(os.DirFS(folder))
	if err != nil {
		return nil, err
	}
	for _, name := range own.Names() {
		for _, book := range own.Versions(name) {
			if err := library.Add(book); err != nil {
				return nil, err
			}
		}
	}
	return library, nil
}

// bookBeside opens a book that a file names by its path: as it stands, or else from the folder of that file.
func bookBeside(file string) func(path string) (*pricebook.Book, error) {
	return func(path string) (*pricebook.Book, error) {
		if _, err := os.Stat(path); err != nil && file != standard && !filepath.IsAbs(path) {
			if beside := filepath.Join(filepath.Dir(file), path); exists(beside) {
				path = beside
			}
		}
		return pricebook.Parse(disk{}, path)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isBookFile(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}
