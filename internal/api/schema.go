package api

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/strictjson"
)

const securityScheme = "key"

// newConfig describes the API and how its documents are made. Nothing in it is fetched from elsewhere.
func newConfig(version string) huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	registry.RegisterTypeAlias(reflect.TypeFor[money.Micro](), reflect.TypeFor[amountSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[civil.Date](), reflect.TypeFor[dateSchema]())
	if version == "" {
		version = "dev"
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Bellwether", Version: version, Description: introduction,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					securityScheme: {Type: "http", Scheme: "bearer", BearerFormat: "bw_...", Description: "An API key, made by `bellwether key create` or by an operator."},
				},
			},
			Tags: chapters,
		},
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// amountSchema describes money.Micro.
type amountSchema struct{}

const amountPattern = `^-?[0-9]{1,12}(\.[0-9]{1,6})?$`

// Schema is that of a decimal string.
func (amountSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: amountPattern, PatternDescription: "a decimal string of at most 12 digits and 6 decimals", Examples: []any{"12.5"},
		Description: "An exact amount as a decimal string, in the project's currency; negative for a charge.",
	}
}

// dateSchema describes civil.Date.
type dateSchema struct{}

// Schema is that of a date.
func (dateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-03-29"}}
}

// schemaOf is the schema of a type, by reference where it is a struct.
func schemaOf[T any](r huma.Registry) *huma.Schema { return r.Schema(reflect.TypeFor[T](), true, "") }

var goodName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// schemaName names a type in the document: its own name, with that of its package before it where it is not ours; for a
// request without a type of its own, the name of its operation. It panics where that is not a name.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return huma.DefaultSchemaNamer(t, hint)
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if t.Name() == "" {
		name = ""
		for word := range strings.SplitSeq(hint, "-") { // "set-seatsRequest"
			name += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	path := t.PkgPath()
	if pkg := path[strings.LastIndex(path, "/")+1:]; pkg != "" && pkg != "api" {
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	if !goodName.MatchString(name) {
		panic("an object of the document needs a type with a name, not " + name)
	}
	return name
}

// jsonFormat reads and writes JSON. It refuses text that no database should be given and no page should show.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) {
			return errors.New("the text is not UTF-8")
		}
		if err := strictjson.Check(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}
