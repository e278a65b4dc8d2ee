package api

import (
	"context"
	"encoding/json"
	"net/http"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// Book is a version of a price book.
type Book struct {
	Book       string                    `json:"book"`
	Version    string                    `json:"book_version"`
	Effective  civil.Date                `json:"effective" doc:"First date on which a new project gets it"`
	Title      pricebook.Text            `json:"title" doc:"By language"`
	Source     string                    `json:"source" doc:"Where its prices come from"`
	Currencies []money.Currency          `json:"currencies"`
	Countries  map[string]money.Currency `json:"countries" doc:"Country to the currency of its price list; * for the rest"`
	Products   []BookProduct             `json:"products"`
}

// BookProduct is a product as a book sells it.
type BookProduct struct {
	Product  string           `json:"product"`
	Title    pricebook.Text   `json:"title"`
	Monthly  pricebook.Price  `json:"monthly" doc:"By currency"`
	Includes []pricebook.Text `json:"includes"`
	Needs    []string         `json:"needs"`
	Sample   bool             `json:"sample" doc:"The price is an example, not the vendor's"`
}

// BookText is a version with its whole text.
type BookText struct {
	Book
	YAML string `json:"yaml" doc:"The whole book, rate cards included, in the format that bellwether reads"`
}

// Books are all price books.
type Books struct {
	Books []Book `json:"books" doc:"By name, each version from the oldest"`
}

// BookChanges are what one version says differently from another.
type BookChanges struct {
	Changes []BookChange `json:"changes" doc:"In the order of the format"`
}

// BookChange is one difference in the words of the format.
type BookChange struct {
	Path   string `json:"path" example:"products[virtual_pbx].seats.included"`
	Before string `json:"before" doc:"Empty where it is only in the later version"`
	After  string `json:"after" doc:"Empty where it is only in the earlier version"`
}

func viewChanges(from, to *pricebook.Book) []BookChange {
	changes := []BookChange{}
	for _, c := range pricebook.Diff(from, to) {
		changes = append(changes, BookChange(c))
	}
	return changes
}

func viewBook(b *pricebook.Book) Book {
	out := Book{
		Book: b.Name, Version: b.Version, Effective: b.Effective, Title: b.Title, Source: b.Source, Currencies: b.Currencies,
		Countries: b.Countries, Products: make([]BookProduct, len(b.Products)),
	}
	for i, p := range b.Products {
		out.Products[i] = BookProduct{
			Product: p.Name, Title: p.Title, Monthly: p.Monthly, Includes: append([]pricebook.Text{}, p.Includes...),
			Needs: append([]string{}, p.Needs...), Sample: p.Sample,
		}
	}
	return out
}

func bookRoutes(a *API) {
	const tag = chapterPrices
	read(a, route{
		method: http.MethodGet, path: "/v1/books", id: "list-books", tag: tag, need: needAnyKey, summary: "List the price books and their versions",
	}, func(context.Context, *struct{}) (out Books, err error) {
		for _, name := range a.parts.Books.Names() {
			for _, b := range a.parts.Books.Versions(name) {
				out.Books = append(out.Books, viewBook(b))
			}
		}
		return out, nil
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/books/{book}/{version}", id: "get-book", tag: tag, need: needAnyKey, summary: "See a version of a price book",
	}, func(_ context.Context, in *struct {
		Book    string `path:"book" maxLength:"60"`
		Version string `path:"version" maxLength:"60"`
	},
	) (BookText, error) {
		b, err := a.parts.Books.Get(in.Book, in.Version)
		if err != nil {
			return BookText{}, err
		}
		return BookText{Book: viewBook(b), YAML: string(pricebook.Write(b))}, nil
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/books/{book}", id: "compare-books", tag: tag, need: needAnyKey, summary: "What changes from one version to another",
	}, a.compareBooks)
	read(a, route{
		method: http.MethodGet, path: "/v1/book-schema", id: "get-book-schema", tag: tag, need: needAnyKey, summary: "The JSON Schema of price books",
	}, func(context.Context, *struct{}) (json.RawMessage, error) { return pricebook.Schema(), nil })
}

func (a *API) compareBooks(_ context.Context, in *struct {
	Book string `path:"book" maxLength:"60"`
	From string `query:"from" required:"true" maxLength:"60" doc:"A version"`
	To   string `query:"to" required:"true" maxLength:"60" doc:"Another version"`
},
) (out BookChanges, err error) {
	from, err := a.parts.Books.Get(in.Book, in.From)
	if err != nil {
		return out, err
	}
	to, err := a.parts.Books.Get(in.Book, in.To)
	if err != nil {
		return out, err
	}
	return BookChanges{Changes: viewChanges(from, to)}, nil
}
