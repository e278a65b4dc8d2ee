package ops

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/ui"
)

// Every field of the format has its word.
func TestEveryFieldOfABookHasItsWord(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{"sample": true}
	paths, err := filepath.Glob(filepath.Join("..", "..", "pricebook", "outline*.go"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("no sources: %v", err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			name, ok := call.Fun.(*ast.SelectorExpr)
			text, is := call.Args[0].(*ast.BasicLit)
			if ok && is && (name.Sel.Name == "with" || name.Sel.Name == "flag") {
				if field, err := strconv.Unquote(text.Value); err == nil && field != "en" {
					fields[field] = true
				}
			}
			return true
		})
	}
	if len(fields) < 80 {
		t.Fatalf("only %d fields were found: the sources are not read", len(fields))
	}
	for field := range fields {
		if _, ok := bookFieldKeys[field]; !ok {
			t.Errorf("the field %s has no word", field)
		}
	}
}

func TestDifferencesOfBooksAreSaid(t *testing.T) {
	t.Parallel()
	book, err := pricebook.Shipped().Get("ringostat", "2022-07-01")
	if err != nil {
		t.Fatal(err)
	}
	w := bookWording{&ui.View{Printer: lang.For(lang.Russian, nil)}, []*pricebook.Book{book}}
	for _, c := range []struct {
		change pricebook.Change
		want   bookChange
	}{
		{
			pricebook.Change{Path: "products[virtual_pbx].monthly.USD", Before: "39", After: "40.5"},
			bookChange{"Продукт «" + w.title("virtual_pbx") + "», цена за месяц, USD", "39,00\u00a0$", "40,50\u00a0$", "products[virtual_pbx].monthly.USD"},
		},
		{
			pricebook.Change{Path: "products[smart_phone].needs", Before: "[virtual_pbx]"},
			bookChange{"Продукт «" + w.title("smart_phone") + "», нужен продукт", w.title("virtual_pbx"), "", "products[smart_phone].needs"},
		},
		{pricebook.Change{Path: "limits.refuse_premium", Before: "true", After: "false"}, bookChange{"Лимиты, платные номера запрещены", "Да", "Нет", "limits.refuse_premium"}},
		{pricebook.Change{Path: "legs order", Before: "sip, phone", After: "phone, sip"}, bookChange{"Части звонков: порядок", "sip, phone", "phone, sip", "legs order"}},
		{
			pricebook.Change{Path: "rates.default.rows[1 USD].per_minute", Before: "0.0166", After: "0.0167"},
			bookChange{"Цены звонков, default, направление +1 USD, цена минуты", "0,0166", "0,0167", "rates.default.rows[1 USD].per_minute"},
		},
		{pricebook.Change{Path: "long_term[360]", Before: "{days: 360, off: 25}"}, bookChange{"Скидка за долгий срок «360»", "дни: 360, скидка: 25", "", "long_term[360]"}},
		{
			pricebook.Change{Path: "taxes[UA *]", After: `{country: "UA", kind: "*", rate: 20, included: true}`},
			bookChange{"Налог «UA *»", "", "страна: UA, вид: *, ставка: 20, включено: true", "taxes[UA *]"},
		},
		{pricebook.Change{Path: "taxes[UA *].included", After: "true"}, bookChange{"Налог «UA *», включён в цены", "", "Да", "taxes[UA *].included"}},
		{pricebook.Change{Path: "effective", Before: "2022-07-01", After: "2027-01-01"}, bookChange{"Первый день", "01.07.2022", "01.01.2027", "effective"}},
		{pricebook.Change{Path: "countries.UA", Before: "USD", After: "UAH"}, bookChange{"Страны, Украина", "USD", "UAH", "countries.UA"}},
		{pricebook.Change{Path: "title.en", Before: "A", After: "B"}, bookChange{"Название, " + lang.English.Name(), "A", "B", "title.en"}},
	} {
		if diff := cmp.Diff(c.want, w.change(c.change), cmp.AllowUnexported(bookChange{})); diff != "" {
			t.Error(diff)
		}
	}
}
