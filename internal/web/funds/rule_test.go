package funds

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/lang"
)

var ruleNumber = regexp.MustCompile(`^B-\d\d$`)

// citable are the rules that lines and entries are made with, as the sources of the packages that make them name them.
func citable(t *testing.T) (numbers []string) {
	t.Helper()
	for _, name := range []string{"pricing", "billing", "charging", "ledger"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", name, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no sources of %s: %v", name, err)
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
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if text, err := strconv.Unquote(l.Value); err == nil && ruleNumber.MatchString(text) {
						numbers = append(numbers, text)
					}
				}
				return true
			})
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// Every rule that an explanation can cite is said whole in each language, in a few sentences without marks of Markdown.
func TestEveryRuleOfAnExplanationIsSaidToReaders(t *testing.T) {
	t.Parallel()
	numbers := citable(t)
	if len(numbers) < 15 {
		t.Fatalf("only %v are citable: the sources are not read", numbers)
	}
	for rule, others := range besides {
		numbers = append(append(numbers, rule), others...)
	}
	for _, number := range numbers {
		texts, ok := ruleTexts[number]
		if !ok {
			t.Errorf("Rule %s can be cited and has no text", number)
			continue
		}
		for _, l := range lang.All {
			checkRule(t, string(l)+" "+number, passages(lang.For(l, nil).T(texts.whole)))
		}
	}
}

func checkRule(t *testing.T, name string, whole []passage) {
	t.Helper()
	text, sentences := "", 0
	for _, p := range whole {
		text += p.text + "\n"
		if !p.formula {
			sentences += strings.Count(p.text+" ", ". ") + strings.Count(p.text+" ", ": ") // a sentence may end in a formula
		}
	}
	if sentences < 2 || len(text) > 1400 {
		t.Errorf("%s: %d sentences in %d bytes:\n%s", name, sentences, len(text), text)
	}
	if strings.ContainsAny(text, "*_`#|{}") {
		t.Errorf("%s has marks that no reader should see:\n%s", name, text)
	}
}

func TestAFormulaStandsApart(t *testing.T) {
	t.Parallel()
	got := passages("A day costs:\n= month ÷ 30\nNo more.\n")
	want := []passage{{"A day costs:", false}, {"month ÷ 30", true}, {"No more.", false}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
