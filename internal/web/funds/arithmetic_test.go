package funds

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func readerOf(l lang.Lang) naming {
	return naming{Visit: &cabinet.Visit{View: &ui.View{Printer: lang.For(l, nil)}}}
}

// What entries keep is said in each language, to the last word.
func TestStoredArithmeticIsSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stored     string
		ru, uk, en string
	}{
		{
			"61 s: first 60 s + 1 x 1 s = 61 billable s; 0 + 0.021 x 40/60 (evening) + 0.03 x 21/60 (other times) = 0.0245 + 20 % tax",
			"61 с: первые 60 с + 1 × 1 с = 61 с к оплате; 0 + 0,021 × 40 ÷ 60 (evening) + 0,03 × 21 ÷ 60 (остальное время) = 0,0245 + налог 20\u00a0%",
			"61 с: перші 60 с + 1 × 1 с = 61 с до сплати; 0 + 0,021 × 40 ÷ 60 (evening) + 0,03 × 21 ÷ 60 (решта часу) = 0,0245 + податок 20\u00a0%",
			"61 s: the first 60 s + 1 × 1 s = 61 s to pay; 0 + 0.021 × 40 ÷ 60 (evening) + 0.03 × 21 ÷ 60 (other times) = 0.0245 + tax 20%",
		},
		{
			"7 s: first 1 s + 6 x 1 s = 7 billable s; 0 + 0.021 x 7/60 = 0.00245 (rounded half up), raised to the minimum 0.1",
			"7 с: первые 1 с + 6 × 1 с = 7 с к оплате; 0 + 0,021 × 7 ÷ 60 = 0,00245 (округлено, половина вверх), повышено до минимума 0,1",
			"7 с: перші 1 с + 6 × 1 с = 7 с до сплати; 0 + 0,021 × 7 ÷ 60 = 0,00245 (округлено, половина вгору), підвищено до мінімуму 0,1",
			"7 s: the first 1 s + 6 × 1 s = 7 s to pay; 0 + 0.021 × 7 ÷ 60 = 0.00245 (rounded, a half up), raised to the minimum 0.1",
		},
		{"0 s: nothing to charge", "0 с: платить не за что", "0 с: платити немає за що", "0 s: nothing to charge"},
		{"3 s: up to 5 s are free", "3 с: до 5 с бесплатно", "3 с: до 5 с безкоштовно", "3 s: up to 5 s are free"},
		{"125 s in increments of 60/60 s = 3 started minutes", "125 с, шаг 60/60 с = 3 начатые минуты", "125 с, крок 60/60 с = 3 розпочаті хвилини", "125 s, steps of 60/60 s = 3 started minutes"},
		{
			"(1000 + 2 x 150.5) x 12 x (100 % - 12.5 %) + 20 % tax = 16398.9",
			"(1\u00a0000 + 2 × 150,5) × 12 × (100\u00a0% − 12,5\u00a0%) + налог 20\u00a0% = 16\u00a0398,9",
			"(1\u00a0000 + 2 × 150,5) × 12 × (100\u00a0% − 12,5\u00a0%) + податок 20\u00a0% = 16\u00a0398,9",
			"(1,000 + 2 × 150.5) × 12 × (100% − 12.5%) + tax 20% = 16,398.9",
		},
		{
			"floor(21 x 10 / 40) = 5 days; (21 x 10 - 5 x 40) / month's days x (100 % - 0 %) = 0.333333",
			"целая часть (21 × 10 ÷ 40) = 5 дней; (21 × 10 − 5 × 40) ÷ дней в месяце × (100\u00a0% − 0\u00a0%) = 0,333333",
			"ціла частина (21 × 10 ÷ 40) = 5 днів; (21 × 10 − 5 × 40) ÷ днів у місяці × (100\u00a0% − 0\u00a0%) = 0,333333",
			"whole part of (21 × 10 ÷ 40) = 5 days; (21 × 10 − 5 × 40) ÷ days of the month × (100% − 0%) = 0.333333",
		},
		{
			"P = 1 x 999 + 20 % tax; R(3 x P / 30) - R(2 x P / 30) = 39.96, R to 0.000001 half up",
			"P = 1 × 999 + налог 20\u00a0%; R(3 × P ÷ 30) − R(2 × P ÷ 30) = 39,96; R — округление до 0,000001, половина вверх",
			"P = 1 × 999 + податок 20\u00a0%; R(3 × P ÷ 30) − R(2 × P ÷ 30) = 39,96; R — округлення до 0,000001, половина вгору",
			"P = 1 × 999 + tax 20%; R(3 × P ÷ 30) − R(2 × P ÷ 30) = 39.96; R rounds to 0.000001, a half up",
		},
		{"(320 - 300) x 0.5 = 10; 7.5 charged before, difference 2.5", "(320 − 300) × 0,5 = 10; раньше списано 7,5, разница 2,5", "(320 − 300) × 0,5 = 10; раніше списано 7,5, різниця 2,5", "(320 − 300) × 0.5 = 10; 7.5 charged before, difference 2.5"},
		{"100 x (100 % - 5 %) = 95; bonus 100 - 95 = 5", "100 × (100\u00a0% − 5\u00a0%) = 95; бонус 100 − 95", "100 × (100\u00a0% − 5\u00a0%) = 95; бонус 100 − 95", "100 × (100% − 5%) = 95; bonus 100 − 95"},
	} {
		for l, want := range map[lang.Lang]string{lang.Russian: c.ru, lang.Ukrainian: c.uk, lang.English: c.en} {
			if got := readerOf(l).arithmetic(c.stored, pricing.Line{Amount: -5 * money.Unit}); got != want {
				t.Errorf("%s: %q\n got %q\nwant %q", l, c.stored, got, want)
			}
		}
	}
}

var (
	verb  = regexp.MustCompile(`%[dsvq]`)
	latin = regexp.MustCompile(`[A-Za-z']{2,}`)
)

// Every word that the sources put into arithmetic is one of a phrase: a new one needs its own.
func TestNoWordOfArithmeticIsLeft(t *testing.T) {
	t.Parallel()
	texts := arithmeticOfSources(t)
	if len(texts) < 20 {
		t.Fatalf("only %q were found: the sources are not read", texts)
	}
	known := map[string]bool{"max": true, "other": true, "times": true} // inBand says the last two
	for _, p := range phrases {
		for _, word := range latin.FindAllString(p.stored.String(), -1) {
			known[word] = true
		}
	}
	for _, text := range texts {
		for _, word := range latin.FindAllString(verb.ReplaceAllString(text, "7"), -1) {
			if !known[word] && !known[word+"s"] {
				t.Errorf("%q: %q has no phrase", text, word)
			}
		}
	}
}

// arithmeticOfSources are the texts that stand where an Explanation's arithmetic is made.
func arithmeticOfSources(t *testing.T) (texts []string) {
	t.Helper()
	whole := map[string]bool{"arithmetic": true, "appendArithmetic": true, "increments": true, "sum": true}
	for _, name := range []string{"rating", "pricing", "billing"} {
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
				switch n := n.(type) {
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Arithmetic" {
						texts = append(texts, literals(n.Value)...)
					}
				case *ast.AssignStmt:
					if to, ok := n.Lhs[0].(*ast.SelectorExpr); ok && to.Sel.Name == "Arithmetic" {
						texts = append(texts, literals(n.Rhs[0])...)
					}
				case *ast.FuncDecl:
					if whole[n.Name.Name] && (name == "rating" || n.Name.Name == "appendArithmetic") {
						texts = append(texts, literals(n.Body)...)
					}
				}
				return true
			})
		}
	}
	return texts
}

func literals(n ast.Node) (texts []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}
