package pricebook_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/pricebook"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(pricebook.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const name = "pricebook.schema.json"
	if err := compiler.AddResource(name, document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestSchemaAcceptsWhatParseAccepts(t *testing.T) {
	t.Parallel()
	compiled := compileSchema(t)
	for name := range goodBooks(t) {
		value, found := pricebook.Tree([]byte(read(t, name)))
		if len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of the broken books the schema refuses just those that are marked: the others need what a schema cannot say.
func TestSchemaRefusesWhatItCan(t *testing.T) {
	t.Parallel()
	compiled := compileSchema(t)
	for _, name := range files(t, "testdata/bad/*.yaml") {
		text := read(t, name)
		value, found := pricebook.Tree([]byte(text))
		if len(found) > 0 {
			continue // no YAML, so nothing to hold against a schema
		}
		err := compiled.Validate(value)
		if refuses := strings.Contains(text, "# schema refuses it too\n"); refuses != (err != nil) {
			t.Errorf("%s: marked as refused by the schema: %v; the schema says: %v", filepath.Base(name), refuses, err)
		}
	}
}
