package people

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/ui"
)

// writers are the functions that write the trail and take what was done as a text.
var writers = []string{
	"recorded", "own", "keyChange", "sessionChange", "memberChange", "invitationChange", "departmentChange", "seatChanged", "recordOf", "recordSaved", "decided",
	"decide", "record", "note", "noteAccount",
}

// writtenInTrail are the things and deeds that the sources write into the trail.
func writtenInTrail(t *testing.T) (things, deeds []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if name, ok := n.Type.(*ast.SelectorExpr); ok && name.Sel.Name == "Change" {
					things, deeds = append(things, valueOf(n, "Object")...), append(deeds, valueOf(n, "Action")...)
				}
			case *ast.ValueSpec:
				if name := n.Names[0].Name; strings.HasPrefix(name, "object") && len(n.Values) == 1 { // what a package calls its things
					if text, ok := textOf(n.Values[0]); ok {
						things = append(things, text)
					}
				}
			case *ast.FuncDecl:
				deeds = append(deeds, deedsIn(n)...)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return things, deeds
}

// deedsIn are the texts that a function hands to writers: as they stand, and by a variable that it gives one or another.
func deedsIn(f *ast.FuncDecl) (deeds []string) {
	named := map[string]bool{}
	add := func(e ast.Expr) {
		if text, ok := textOf(e); ok && text != "" && !strings.Contains(text, ".") { // keys of texts have a dot
			deeds = append(deeds, text)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && slices.Contains(writers, nameOfCall(call)) && len(call.Args) > 0 && (nameOfCall(call) != "note" || isNamed(call.Args[0], "ctx")) {
			for _, arg := range call.Args {
				if variable, ok := arg.(*ast.Ident); ok {
					named[variable.Name] = true
				}
				add(arg)
			}
		}
		return true
	})
	ast.Inspect(f, func(n ast.Node) bool {
		given, ok := n.(*ast.AssignStmt)
		if !ok || len(given.Lhs) != len(given.Rhs) {
			return true
		}
		for i, to := range given.Lhs {
			if variable, ok := to.(*ast.Ident); ok && named[variable.Name] {
				add(given.Rhs[i])
			}
		}
		return true
	})
	return deeds
}

func nameOfCall(call *ast.CallExpr) string {
	switch name := call.Fun.(type) {
	case *ast.Ident:
		return name.Name
	case *ast.SelectorExpr:
		return name.Sel.Name
	}
	return ""
}

func valueOf(literal *ast.CompositeLit, field string) []string {
	for _, e := range literal.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if name, ok := pair.Key.(*ast.Ident); ok && name.Name == field {
				if text, ok := textOf(pair.Value); ok {
					return []string{text}
				}
			}
		}
	}
	return nil
}

// textOf is the text of an expression: a literal, the name of a right as access.Chat.String() gives it, or two of them together.
func textOf(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		x, known := textOf(e.X)
		y, ok := textOf(e.Y)
		return x + y, known && ok && e.Op == token.ADD
	case *ast.CallExpr:
		if of, ok := e.Fun.(*ast.SelectorExpr); ok && of.Sel.Name == "String" {
			if right, ok := of.X.(*ast.SelectorExpr); ok && isNamed(right.X, "access") {
				return snake(right.Sel.Name), true
			}
		}
	}
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

func isNamed(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

// Whatever is written into the trail is said in people's words.
func TestTheTrailSaysThingsAndDeeds(t *testing.T) {
	t.Parallel()
	things, deeds := writtenInTrail(t)
	if len(things) < 20 || len(deeds) < 40 {
		t.Fatalf("%d things and %d deeds: the sources are not read", len(things), len(deeds))
	}
	for _, deed := range []string{"answer", "claim", "solve", "reopen", "post"} { // of support
		if !slices.Contains(deeds, deed) {
			t.Errorf("%q is not found in the sources", deed)
		}
	}
	if !slices.Contains(things, "chat_answer") {
		t.Error("saved answers are not found in the sources")
	}
	for _, thing := range things {
		if _, ok := thingKeys[thing]; !ok {
			t.Errorf("the trail has %s, which has no words", thing)
		}
	}
	for _, deed := range deeds {
		if _, ok := deedKeys[strings.ReplaceAll(deed, "_", " ")]; !ok {
			t.Errorf("the trail has %q, which has no words", deed)
		}
	}
	for request, does := range requests {
		if thingKeys[does[0]] == "" || deedKeys[does[1]] == "" {
			t.Errorf("%s is said as %v, which has no words", request, does)
		}
	}
}

func TestAnEntryInWords(t *testing.T) {
	t.Parallel()
	w := WordingOf(&ui.View{Printer: lang.For(lang.Russian, nil)}, pricebook.Shipped(), func(id account.UserID) string { return "Анна" })
	w.Currency = "UAH"
	for _, c := range []struct {
		entry         audit.Entry
		deed, subject string
		summary       string
	}{
		{audit.Entry{Object: "approval", ObjectID: "7", Action: "book"}, "Деньги вручную: проведение суммы", "", ""},
		{
			audit.Entry{Object: "products", ObjectID: "virtual_pbx", Action: "switch", Before: raw(`{"on":[]}`), After: raw(`{"on":["virtual_pbx"]}`)},
			"Продукты: переключение", w.title("virtual_pbx"), "Включены: " + w.title("virtual_pbx"),
		},
		{
			audit.Entry{Object: "project", ObjectID: "shop", Action: "state", Before: raw(`{"state":"active"}`), After: raw(`{"state":"grace"}`)},
			"Проект: смена состояния", "shop", "Состояние: Активен → Средства закончились",
		},
		{
			audit.Entry{Object: "member", ObjectID: "u", Action: "set role", Before: raw(`{"user":"u","role":"manager"}`), After: raw(`{"user":"u","role":"marketer"}`)},
			"Участник: смена роли", "Анна", "Роль: Менеджер → Маркетолог",
		},
		{
			audit.Entry{Object: "request", Action: "rent-number", After: raw(`{"project":"shop","Body":{"number":"+380441234567","use":"tracking","odd_field":7}}`)},
			"Номер: аренда (через API)", "", "Номер: +380\u00a044\u00a0123\u00a04567; Для чего: коллтрекинг",
		},
		{
			audit.Entry{Object: "number_scheme", ObjectID: "+380441234567", Action: "give scheme"},
			"Схема номера: другая схема", "+380\u00a044\u00a0123\u00a04567", "",
		},
		{audit.Entry{Object: "call", ObjectID: "1838447244288000306", Action: "note", After: raw(`{"note":459613190661654016}`)}, "Звонок: добавлена заметка", "", ""},
		{
			audit.Entry{Object: "department", Action: "rename", Before: raw(`{"name":"\u05d0"}`), After: raw(`{"name":"b"}`)},
			"Отдел: новое название", "b", "Название: \u2068\u05d0\u2069 → b",
		},
		{
			audit.Entry{Object: "approval", Action: "ask", After: raw(`{"kind":"payment","amount":"1250.5","state":"waiting","currency":"UAH"}`)},
			"Запрос на вторую подпись: внесён", "", "Сумма: 1\u00a0250,50\u00a0₴; Валюта: UAH; …",
		},
	} {
		if got := w.Deed(c.entry); got != c.deed {
			t.Errorf("%q, want %q", got, c.deed)
		}
		if got := w.Subject(c.entry); got != c.subject {
			t.Errorf("%s: about %q, want %q", c.deed, got, c.subject)
		}
		if diff := cmp.Diff(c.summary, summaryOf(w.Differences(c.entry))); diff != "" {
			t.Errorf("%s:\n%s", c.deed, diff)
		}
	}
	if w.title("virtual_pbx") == "virtual_pbx" || w.Role(access.Owner) != "Владелец" {
		t.Error("products and roles are called by their keys")
	}
}

// An entry of the operator's log says amounts in the currency of the project that it is about.
func TestAmountsAreOfTheProjectOfTheirEntry(t *testing.T) {
	t.Parallel()
	w := WordingOf(&ui.View{Printer: lang.For(lang.Russian, nil)}, pricebook.Shipped(), nil)
	w.CurrencyOf = func(id ident.ProjectID) money.Currency {
		return map[ident.ProjectID]money.Currency{"shop": "UAH", "pied": "USD"}[id]
	}
	for _, c := range []struct {
		entry audit.Entry
		want  string
	}{
		{audit.Entry{Org: ident.ProjectOrg("shop"), Object: "project", Before: raw(`{"overdraft":"0"}`), After: raw(`{"overdraft":"1250.5"}`)}, "Овердрафт: 0,00\u00a0₴ → 1\u00a0250,50\u00a0₴"},
		{audit.Entry{Org: ident.Operator, Object: "request", After: raw(`{"project":"pied","Body":{"overdraft":"7"}}`)}, "Овердрафт: 7,00\u00a0$"},
		{audit.Entry{Org: ident.ProjectOrg("gone"), Object: "project", After: raw(`{"overdraft":"7"}`)}, "Овердрафт: 7"},
	} {
		if diff := cmp.Diff(c.want, summaryOf(w.Differences(c.entry))); diff != "" {
			t.Error(diff)
		}
	}
}

// What was never filled in says nothing of a thing that was made or removed; where there is nothing else, and where it was changed, it does.
func TestWhatWasNeverFilledInIsNoNews(t *testing.T) {
	t.Parallel()
	w := WordingOf(&ui.View{Printer: lang.For(lang.English, nil)}, pricebook.Shipped(), nil)
	for name, c := range map[string]struct {
		before, after, want string
	}{
		"made":                {"", `{"name":"Weddings","minutes":0,"on":false}`, "Name: Weddings"},
		"removed":             {`{"name":"Weddings","minutes":0}`, "", "Name: Weddings →"},
		"switched off":        {"", `{"on":false}`, "On: No"},
		"no minutes are left": {`{"minutes":300}`, `{"minutes":0}`, "Minutes: 300 → 0"},
	} {
		if got := summaryOf(w.Differences(audit.Entry{Org: ident.ProjectOrg("shop"), Object: "seat", Before: raw(c.before), After: raw(c.after)})); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func raw(text string) json.RawMessage { return json.RawMessage(text) }
