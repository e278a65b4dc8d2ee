package gallery_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// around are the components that the site draws around every page: the gallery shows them without naming them.
var around = map[string]bool{"Shell": true, "Plain": true, "Icon": true, "Breadcrumbs": true, "Tabs": true}

// TestEveryComponentIsShown compares the components of web/ui with those the gallery names.
func TestEveryComponentIsShown(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	for _, pattern := range []string{"*.templ", "gallery.go", "sample.go", "talk.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(text)
		}
	}
	components := exported(t)
	if len(components) < 30 {
		t.Fatalf("only %d components found", len(components))
	}
	for _, name := range components {
		if !around[name] && !regexp.MustCompile(`\bui\.`+name+`\b`).MatchString(sources.String()) {
			t.Errorf("ui.%s is not shown", name)
		}
	}
}

// exported are the exported functions of web/ui that draw something, and the types that draw themselves.
func exported(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "ui", "*_templ.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			if f.Recv == nil {
				names = append(names, f.Name.Name)
			} else if receiver, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
				names = append(names, receiver.Name)
			}
		}
	}
	return names
}
