package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/ident"
)

// level is an object or array that is being read.
type level struct {
	names map[string]bool // nil in an array
	name  string          // of the field that is being read
	value bool            // the next token is a value
	index int             // of the element that is being read
}

// Check finds the first thing wrong in a text: an object that names a field twice, at any depth, or a name or value with a
// character that nobody sees (ident.Hidden) or that cannot be read. The error names the field: "records[2].id". Text that is not JSON passes: decoding
// says what is wrong with it.
func Check(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var stack []*level
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil // the end, or no JSON
		}
		isName, err := take(stack, token)
		if err != nil {
			return err
		}
		if isName {
			continue
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, &level{names: map[string]bool{}})
			continue
		case json.Delim('['):
			stack = append(stack, &level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 0 { // a value has ended
			top := stack[len(stack)-1]
			top.value = false
			top.index++
		}
	}
}

// take looks at a token, and keeps it where it is the name of a field.
func take(stack []*level, token json.Token) (isName bool, err error) {
	word, isText := token.(string)
	if !isText {
		return false, nil
	}
	if len(stack) > 0 {
		top := stack[len(stack)-1]
		if isName = top.names != nil && !top.value; isName {
			if top.names[word] && !unreadable(word) {
				return true, fmt.Errorf("field %q stands twice", word)
			}
			top.names[word], top.name, top.value = true, word, true
		}
	}
	if unreadable(word) {
		return isName, fmt.Errorf("%s has a character that cannot be read: U+FFFD, half of a surrogate pair, or bytes that are no UTF-8", where(stack))
	}
	if c, found := ident.Hidden(word); found {
		return isName, fmt.Errorf("%s has the character %U in it, which nobody can see", where(stack), c)
	}
	return isName, nil
}

// unreadable reports whether a text has what decoding puts for text that is none: two such texts would become one.
func unreadable(word string) bool { return strings.ContainsRune(word, utf8.RuneError) }

// where is the path to what is being read.
func where(stack []*level) string {
	var path []byte
	for _, l := range stack {
		if l.names == nil {
			path = append(append(append(path, '['), strconv.Itoa(l.index)...), ']')
			continue
		}
		if len(path) > 0 {
			path = append(path, '.')
		}
		path = append(path, l.name...)
	}
	if len(path) == 0 {
		return "the text"
	}
	return fmt.Sprintf("field %q", path)
}
