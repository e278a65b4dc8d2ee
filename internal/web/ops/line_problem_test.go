package ops

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/web/ui"
)

// Whatever can be wrong with a line of a list of numbers has its text.
func TestEveryMistakeOfAListIsSaid(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	paths, err := filepath.Glob(filepath.Join("..", "..", "number", "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 3 {
				return true
			}
			name, ok := call.Fun.(*ast.SelectorExpr)
			code, is := call.Args[1].(*ast.BasicLit)
			if ok && is && name.Sel.Name == "add" {
				if text, err := strconv.Unquote(code.Value); err == nil {
					codes[text] = true
				}
			}
			return true
		})
	}
	if len(codes) < 10 {
		t.Fatalf("only %v were found: the sources are not read", codes)
	}
	for code := range codes {
		if _, ok := lineKeys[code]; !ok {
			t.Errorf("mistakes of kind %s have no text", code)
		}
	}
	for code := range lineKeys {
		if !codes[code] {
			t.Errorf("no check reports %s: remove its text", code)
		}
	}
}

func TestAMistakeOfALineIsSaid(t *testing.T) {
	t.Parallel()
	v := &ui.View{Printer: lang.For(lang.Russian, nil)}
	for _, c := range []struct {
		list string
		want []string
	}{
		{"number,kind\n0441234568,local\n", nil},
		{"", []string{"Файл пуст. В первой строке должны быть названия столбцов, например number,kind,carrier."}},
		{"number,colour\n+380441234567,red\n", []string{"Столбца «colour» нет. Возможны number, kind, carrier, country, area, area_name."}},
		{"number,kind\n+380441234567\n", []string{"Строка — не CSV: ячеек в ней больше или меньше, чем в первой строке."}},
		{"number\n\"+380\n", []string{"Строка — не CSV: кавычка не закрыта или стоит внутри ячейки."}},
		{"kind\nlocal\n", []string{"Нет столбца number. Добавьте его в первую строку."}},
	} {
		_, err := number.ReadCSV(strings.NewReader(c.list))
		var problems *number.Problems
		var said []string
		if errors.As(err, &problems) {
			for _, p := range problems.List {
				said = append(said, saidLine(v, p))
			}
		}
		if strings.Join(said, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%q: %q, want %q", c.list, said, c.want)
		}
	}
	if got := saidLine(v, number.Problem{Code: "in_stock", Args: []any{"+380441234567", number.Quarantine}}); !strings.Contains(got, "арантин") {
		t.Errorf("%q", got)
	}
	if got := saidLine(v, number.Problem{Code: "not_e164", Args: []any{strings.Repeat("7", 60)}}); strings.Count(got, "7") > 60 {
		t.Errorf("%q", got)
	}
	if got := saidLine(v, number.Problem{Code: "of tomorrow", Text: "something new"}); got != "something new" {
		t.Errorf("%q", got)
	}
}
