package lang_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"bellwether/internal/lang"
)

// message is a text as its file has it: one form, or several plural forms.
type message map[string]string

// plurals are the forms each language has for whole and broken numbers (CLDR).
var plurals = map[lang.Lang][]string{
	lang.English: {"one", "other"}, lang.Russian: {"few", "many", "one", "other"}, lang.Ukrainian: {"few", "many", "one", "other"},
}

// readTexts reads every file of texts: by language, then by key.
func readTexts(t *testing.T) map[lang.Lang]map[string]message {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("texts", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no texts: %v", err)
	}
	all := map[lang.Lang]map[string]message{lang.English: {}, lang.Russian: {}, lang.Ukrainian: {}}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := yaml.Unmarshal(data, &texts); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		code := strings.Split(filepath.Base(path), ".")[1]
		for key, text := range texts {
			if _, twice := all[lang.Lang(code)][key]; twice {
				t.Errorf("%s: %s is there twice", path, key)
			}
			all[lang.Lang(code)][key] = messageOf(text)
		}
	}
	return all
}

func messageOf(text any) message {
	if forms, ok := text.(map[string]any); ok {
		m := message{}
		for form, words := range forms {
			m[form], _ = words.(string)
		}
		return m
	}
	words, _ := text.(string)
	return message{"": words}
}

var place = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

// placesOf are the values a text asks for; every form of it asks for the same, but may leave out a count of one.
func placesOf(m message) []string {
	found := map[string]bool{}
	for _, text := range m {
		for _, match := range place.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}
	}
	var places []string
	for name := range found {
		places = append(places, name)
	}
	slices.Sort(places)
	return places
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	texts := readTexts(t)
	for _, l := range lang.All {
		for key, english := range texts[lang.English] {
			m, ok := texts[l][key]
			if !ok {
				t.Errorf("%s has no %s", l, key)
				continue
			}
			if (m[""] == "") != (english[""] == "") {
				t.Errorf("%s: %s has plural forms in one language only", l, key)
			}
			if diff := cmp.Diff(placesOf(english), placesOf(m)); diff != "" {
				t.Errorf("%s: %s asks for other values:\n%s", l, key, diff)
			}
		}
		for key, m := range texts[l] {
			if _, ok := texts[lang.English][key]; !ok {
				t.Errorf("%s has %s, English has not", l, key)
			}
			if m[""] == "" {
				for _, form := range plurals[l] {
					if m[form] == "" {
						t.Errorf("%s: %s has no form %q", l, key, form)
					}
				}
			}
		}
	}
}

// TestKeysAreUsedAndThere reads the sources of the module: every key that is asked for exists, and every key is asked for.
func TestKeysAreUsedAndThere(t *testing.T) {
	t.Parallel()
	keys := readTexts(t)[lang.English]
	asked, literals := askedFor(t)
	for key, where := range asked {
		if _, ok := keys[key]; !ok {
			t.Errorf("%s asks for %s, which no file of texts has", where, key)
		}
	}
	for key := range keys {
		// The texts of errors are asked for by the errors' codes.
		code, isError := strings.CutPrefix(key, "error.")
		if !literals[key] && (!isError || !literals[code]) {
			t.Errorf("nothing asks for %s: remove it from the texts", key)
		}
	}
}

// askedFor gives the keys passed to T and N or written where a lang.Key is meant, with their places, and every string
// literal that is no test's.
func askedFor(t *testing.T) (asked map[string]string, literals map[string]bool) {
	t.Helper()
	asked, literals = map[string]string{}, map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := literal(n); ok {
				literals[text] = true
			}
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				name, isMethod := call.Fun.(*ast.SelectorExpr)
				if text, ok := literal(call.Args[0]); ok && isMethod && (name.Sel.Name == "T" || name.Sel.Name == "N") {
					asked[text] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return asked, literals
}

func literal(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
