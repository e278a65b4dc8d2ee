package ops

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/ui"
)

// codesOfProblems are the kinds of mistakes that the checker of price books knows, as its sources name them.
func codesOfProblems(t *testing.T) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "pricebook", "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	codes := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if code, ok := codeOf(call); ok {
					codes[code] = true
				}
			}
			return true
		})
	}
	return codes
}

// codeOf reads say("code", ...) and c.at(path, "code", ...).
func codeOf(call *ast.CallExpr) (string, bool) {
	at := -1
	switch name := call.Fun.(type) {
	case *ast.Ident:
		if name.Name == "say" {
			at = 0
		}
	case *ast.SelectorExpr:
		if of, ok := name.X.(*ast.Ident); ok && of.Name == "c" && name.Sel.Name == "at" {
			at = 1
		}
	}
	if at < 0 || len(call.Args) <= at {
		return "", false
	}
	code, ok := call.Args[at].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	text, err := strconv.Unquote(code.Value)
	return text, err == nil
}

// Every mistake that a check of a price book can report is said in the reader's language.
func TestEveryMistakeOfABookIsSaid(t *testing.T) {
	t.Parallel()
	codes := codesOfProblems(t)
	if len(codes) < 50 {
		t.Fatalf("only %d kinds of mistakes were found: the sources are not read", len(codes))
	}
	for code := range codes {
		if _, ok := problemKeys[code]; !ok {
			t.Errorf("mistakes of kind %s have no text", code)
		}
	}
	for code := range problemKeys {
		if !codes[code] {
			t.Errorf("no check reports %s: remove its text", code)
		}
	}
}

func TestAMistakeIsSaidWithItsFieldsAndValues(t *testing.T) {
	t.Parallel()
	v := &ui.View{Printer: lang.For(lang.Russian, nil)}
	for _, c := range []struct {
		problem pricebook.Problem
		want    string
		said    bool
	}{
		{pricebook.Problem{Code: "bad_value", Args: pricebook.Args{"included of seats of product pbx", "-1"}, Message: "m"}, "included (seats, product pbx): значение «-1» не подходит.", true},
		{pricebook.Problem{Code: "rating.empty_cell", Message: "zone: the cell is empty"}, "Ячейка пуста.", true},
		{pricebook.Problem{Code: "of tomorrow", Message: "something new"}, "something new", false},
	} {
		if got, said := saidProblem(v, c.problem); got != c.want || said != c.said {
			t.Errorf("%s: %q, %v", c.problem.Code, got, said)
		}
	}
}
