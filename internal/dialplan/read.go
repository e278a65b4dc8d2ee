package dialplan

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// ReadScheme reads a routing scheme from JSON and checks it. All mistakes are told, each an *errs.Error of kind Invalid with
// the path of what is wrong ("steps[2].menu.choices.1") and what to do about it; they are joined, see Problems.
func ReadScheme(text []byte) (RoutingScheme, error) { return read[RoutingScheme](text) }

// ReadHours reads business hours from JSON and checks them, as ReadScheme does.
func ReadHours(text []byte) (BusinessHours, error) { return read[BusinessHours](text) }

// ReadSettings reads settings from JSON and checks them, as ReadScheme does.
func ReadSettings(text []byte) (Settings, error) { return read[Settings](text) }

// Problems lists the mistakes in an error of ReadScheme and its like.
func Problems(err error) []*errs.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*errs.Error
		for _, one := range joined.Unwrap() {
			all = append(all, Problems(one)...)
		}
		return all
	}
	var one *errs.Error
	if errors.As(err, &one) {
		return []*errs.Error{one}
	}
	return nil
}

// longestText bounds what is read: a scheme of a hundred steps has a tenth of it.
const longestText = 1 << 18

func read[T interface{ Check() error }](text []byte) (T, error) {
	var value, none T
	if len(text) > longestText {
		return none, errs.New(errs.Invalid, "dialplan.too_long", "%d bytes are too many", len(text)).Try("write " + strconv.Itoa(longestText) + " at most")
	}
	tree, err := readTree(text)
	if err != nil {
		return none, err
	}
	var found problems
	tree.fits(reflect.TypeFor[T](), "", &found)
	if len(found) > 0 {
		return none, found.err()
	}
	if err := json.Unmarshal(text, &value); err != nil {
		return none, errs.New(errs.Invalid, "dialplan.unreadable", "it cannot be read").Because(err)
	}
	if err := value.Check(); err != nil {
		return none, err
	}
	return value, nil
}

// problems are the mistakes found so far.
type problems []error

// mostProblems bounds what a hostile text can make us say.
const mostProblems = 100

func (p *problems) add(path, code, hint, format string, args ...any) {
	if len(*p) < mostProblems {
		*p = append(*p, errs.New(errs.Invalid, code, format, args...).At(path).Try(hint))
	}
}

func (p problems) err() error { return errors.Join(p...) }

// node is a JSON value: an object, an array, or a plain value. encoding/json alone would take a name that stands twice, one
// in other letters, and null for anything.
type node struct {
	names  []string // of an object's fields, in order
	values []node   // of an object's fields or an array's elements
	plain  json.Token
	kind   byte // '{', '[' or 'v'
}

func readTree(text []byte) (node, error) {
	if !utf8.Valid(text) {
		return node{}, errs.New(errs.Invalid, "dialplan.unreadable", "it has bytes that are no text").Try("write UTF-8")
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	tree, err := readNode(decoder, 0)
	if err == nil && decoder.More() {
		err = errors.New("something follows the end")
	}
	if err != nil {
		return node{}, errs.New(errs.Invalid, "dialplan.unreadable", "it is not JSON: %v", err).At("byte " + strconv.FormatInt(decoder.InputOffset(), 10))
	}
	return tree, nil
}

const deepest = 20

func readNode(decoder *json.Decoder, depth int) (node, error) {
	token, err := decoder.Token()
	if err != nil {
		return node{}, err
	}
	opening, isDelim := token.(json.Delim)
	if !isDelim {
		return node{plain: token, kind: 'v'}, nil
	}
	if depth == deepest {
		return node{}, errors.New("it is nested too deep")
	}
	n := node{kind: byte(opening)}
	for decoder.More() {
		if opening == '{' {
			name, err := decoder.Token()
			if err != nil {
				return node{}, err
			}
			word, _ := name.(string)
			n.names = append(n.names, word)
		}
		value, err := readNode(decoder, depth+1)
		if err != nil {
			return node{}, err
		}
		n.values = append(n.values, value)
	}
	_, err = decoder.Token()
	return n, err
}

// fits finds what in a value is not of a Go type: names it does not have, names that stand twice, values of another kind.
func (n node) fits(t reflect.Type, path string, found *problems) {
	switch t.Kind() {
	case reflect.Pointer:
		n.fits(t.Elem(), path, found)
	case reflect.Struct:
		n.fitsStruct(t, path, found)
	case reflect.Map:
		n.eachField(path, found, func(name, at string, value node) { value.fits(t.Elem(), at, found) })
	case reflect.Slice:
		if n.kind != '[' {
			found.add(path, "dialplan.wrong_kind", "write [ ... ]", "this is no list")
		}
		for i, value := range n.values {
			value.fits(t.Elem(), path+"["+strconv.Itoa(i)+"]", found)
		}
	default:
		n.fitsPlain(t, path, found)
	}
}

func (n node) fitsStruct(t reflect.Type, path string, found *problems) {
	known := map[string]reflect.Type{}
	fields(t, known)
	n.eachField(path, found, func(name, at string, value node) {
		field, ok := known[name]
		if !ok {
			found.add(at, "dialplan.unknown_field", suggest(name, known), "there is no field %q", name)
			return
		}
		value.fits(field, at, found)
	})
}

// fields collects the fields of a struct by their names in JSON, those of embedded structs among them.
func fields(t reflect.Type, known map[string]reflect.Type) {
	for field := range t.Fields() {
		if field.Anonymous {
			fields(field.Type, known)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = field.Type
	}
}

func (n node) eachField(path string, found *problems, do func(name, at string, value node)) {
	if n.kind != '{' {
		found.add(path, "dialplan.wrong_kind", "write { ... }", "this is no object")
		return
	}
	seen := map[string]bool{}
	for i, name := range n.names {
		at := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			found.add(at, "dialplan.twice", "leave one of them out", "this stands twice")
		}
		seen[name] = true
		do(name, at, n.values[i])
	}
}

func (n node) fitsPlain(t reflect.Type, path string, found *problems) {
	wanted, ok := "a text in quotes", false
	switch t.Kind() {
	case reflect.String:
		var text string
		if text, ok = n.plain.(string); ok {
			checkText(text, path, found)
		}
	case reflect.Bool:
		wanted = "true or false"
		_, ok = n.plain.(bool)
	case reflect.Int:
		wanted = "a whole number"
		number, isNumber := n.plain.(json.Number)
		_, err := strconv.ParseInt(string(number), 10, 32)
		ok = isNumber && err == nil
	}
	if !ok {
		found.add(path, "dialplan.wrong_kind", "write "+wanted, "this is not %s", wanted)
	}
}

const longestWord = 200

// checkText refuses text that nobody can see or read: it would be stored and shown.
func checkText(text, path string, found *problems) {
	if c, hidden := ident.Hidden(text); hidden {
		found.add(path, "dialplan.hidden", "type it anew", "the character %U in it cannot be seen", c)
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		found.add(path, "dialplan.hidden", "type it anew", "a character in it cannot be read")
	}
	if len(text) > longestWord {
		found.add(path, "dialplan.too_long", "write "+strconv.Itoa(longestWord)+" bytes at most", "this is too long")
	}
}

// suggest finds the known field a name was meant for: the same in other letters, one that begins alike, or all of them.
func suggest(name string, known map[string]reflect.Type) string {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	var all []string
	for word := range known {
		if plain(word) == plain(name) {
			return "did you mean " + word + "?"
		}
		all = append(all, word)
	}
	return "write one of " + inOrder(all)
}
