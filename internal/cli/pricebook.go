package cli

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
)

type pricebookCommand struct {
	Check  pricebookCheckCommand  `cmd:"" help:"Find the mistakes of price books, with file, line and a hint."`
	List   pricebookListCommand   `cmd:"" help:"List the price books and their versions."`
	Show   pricebookShowCommand   `cmd:"" help:"Print a price book in full, with defaults filled in."`
	Diff   pricebookDiffCommand   `cmd:"" help:"List what changes from one price book to another."`
	Schema pricebookSchemaCommand `cmd:"" help:"Print the JSON Schema of the format, for editors."`
}

// bookSource is where named price books are looked for.
type bookSource struct {
	PriceBooks string `placeholder:"DIR" env:"BELLWETHER_PRICE_BOOKS" help:"Folder with your own price books."`
}

func (s bookSource) open(name string) (*pricebook.Book, error) {
	library, err := books(s.PriceBooks)
	if err != nil {
		return nil, err
	}
	return library.Open(disk{}, name)
}

type pricebookCheckCommand struct {
	bookSource
	Files []string `arg:"" name:"file" help:"Price books, or folders of them; NAME or NAME@VERSION of a known one."`
}

// Help is what --help adds.
func (pricebookCheckCommand) Help() string {
	return `Prints one line a mistake, "file:line:column: what is wrong; what to do", and exits with 2 if there is any.

  bellwether pricebook check my-book.yaml`
}

// Run checks every file and the books together.
func (c *pricebookCheckCommand) Run(p *Program) error {
	named, sound, err := c.known()
	if err != nil {
		return err
	}
	var files []string
	if len(named) > 0 {
		if files, err = bookFiles(named); err != nil {
			return err
		}
	}
	found := 0
	library := &pricebook.Library{}
	for _, file := range files {
		problems := pricebook.Check(disk{}, file)
		for _, problem := range problems {
			fmt.Fprintln(p.Err, problem)
		}
		if found += len(problems); len(problems) > 0 {
			continue
		}
		book, err := pricebook.Parse(disk{}, file)
		if err == nil {
			err = library.Add(book)
		}
		if err != nil {
			fmt.Fprintf(p.Err, "%s: %v\n", file, err)
			found++
			continue
		}
		sound = append(sound, fmt.Sprintf("%s: %s is sound", file, book.Ref()))
	}
	for _, line := range sound {
		fmt.Fprintln(p.Out, line)
	}
	if found > 0 {
		return errRefused
	}
	return nil
}

// known takes the known books out of what a person named, and says that they are sound: reading them has checked them.
func (c *pricebookCheckCommand) known() (files, sound []string, err error) {
	library, err := books(c.PriceBooks)
	if err != nil {
		return nil, nil, err
	}
	for _, named := range c.Files {
		name, _, chosen := strings.Cut(named, "@")
		if exists(named) || !slices.Contains(library.Names(), name) {
			files = append(files, named)
			continue
		}
		book, err := library.Open(nil, named)
		if err != nil {
			return nil, nil, err
		}
		if !chosen {
			named = book.Ref()
		}
		sound = append(sound, named+" is sound: it is one of the known books, which are checked whenever they are read")
	}
	return files, sound, nil
}

// bookFiles lists the files, and the price books in the folders, that a person named.
func bookFiles(named []string) ([]string, error) {
	var files []string
	for _, name := range named {
		err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (path == name || isBookFile(path)) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, unreadable(name, err)
		}
	}
	if len(files) == 0 {
		return nil, errs.New(errs.Invalid, "cli.no_books", "there is no price book here").At(strings.Join(named, " ")).Try("name a .yaml file or a folder with some")
	}
	return files, nil
}

type pricebookListCommand struct {
	bookSource
	Format string `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (pricebookListCommand) Help() string { return "  bellwether pricebook list" }

// Run lists names, versions, dates and currencies.
func (c *pricebookListCommand) Run(p *Program) error {
	library, err := books(c.PriceBooks)
	if err != nil {
		return err
	}
	header := []string{"book", "version", "from", "currencies", "title", "source"}
	var rows [][]string
	for _, name := range library.Names() {
		for _, book := range library.Versions(name) {
			rows = append(rows, []string{book.Name, book.Version, book.Effective.String(), currencyNames(book), book.Title.In("en"), book.Source})
		}
	}
	if c.Format == formatTable {
		header = header[:5] // the source is a sentence
	}
	return printRows(p.Out, c.Format, header, rows)
}

type pricebookShowCommand struct {
	bookSource
	Book string `arg:"" name:"book" help:"NAME, NAME@VERSION or a file."`
}

// Help is what --help adds.
func (pricebookShowCommand) Help() string {
	return "  bellwether pricebook show ringostat@2021-01-01 > my-book.yaml"
}

// Run prints the book as YAML.
func (c *pricebookShowCommand) Run(p *Program) error {
	book, err := c.open(c.Book)
	if err != nil {
		return err
	}
	_, err = p.Out.Write(pricebook.Write(book))
	return err
}

type pricebookDiffCommand struct {
	bookSource
	A      string `arg:"" help:"NAME, NAME@VERSION or a file."`
	B      string `arg:"" help:"What to compare it with."`
	Format string `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (pricebookDiffCommand) Help() string {
	return "  bellwether pricebook diff ringostat@2021-01-01 ringostat@2022-07-01"
}

// Run lists the changes.
func (c *pricebookDiffCommand) Run(p *Program) error {
	a, err := c.open(c.A)
	if err != nil {
		return err
	}
	b, err := c.open(c.B)
	if err != nil {
		return err
	}
	header := []string{"path", "before", "after"}
	rows := [][]string{}
	for _, change := range pricebook.Diff(a, b) {
		rows = append(rows, []string{change.Path, change.Before, change.After})
	}
	if c.Format != formatTable {
		return printRows(p.Out, c.Format, header, rows)
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintf(p.Out, "%s and %s charge the same.\n", a.Ref(), b.Ref())
		return err
	}
	for _, row := range rows {
		if _, err := fmt.Fprintf(p.Out, "%s\n  - %s\n  + %s\n", row[0], absent(row[1]), absent(row[2])); err != nil {
			return err
		}
	}
	return nil
}

func absent(text string) string {
	if text == "" {
		return "(not there)"
	}
	return text
}

type pricebookSchemaCommand struct{}

// Help is what --help adds.
func (pricebookSchemaCommand) Help() string {
	return "  bellwether pricebook schema > pricebook.schema.json"
}

// Run prints the schema.
func (pricebookSchemaCommand) Run(p *Program) error {
	_, err := p.Out.Write(pricebook.Schema())
	return err
}
