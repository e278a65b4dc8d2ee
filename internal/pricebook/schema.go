package pricebook

import (
	_ "embed" // the schema
	"slices"
)

//go:embed pricebook.schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of the format, for editors and other programs. What it refuses, Parse refuses;
// Parse also checks what a schema cannot say, such as that every price has every currency.
func Schema() []byte { return slices.Clone(schema) }
