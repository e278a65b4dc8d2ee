package strictjson

import (
	"bytes"
	"encoding/json"
)

// level is an object or array that is being read.
type level struct {
	names map[string]bool // nil in an array
	value bool            // the next token is a value
}

// Duplicate gives the first field that an object in the text names twice, at any depth; ok is false where there is none.
// Text that is not JSON has none: decoding says what is wrong with it.
func Duplicate(text []byte) (field string, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var stack []*level
	for {
		token, err := decoder.Token()
		if err != nil {
			return "", false
		}
		var top *level
		if len(stack) > 0 {
			top = stack[len(stack)-1]
		}
		if name, isText := token.(string); isText && top != nil && top.names != nil && !top.value {
			if top.names[name] {
				return name, true
			}
			top.names[name], top.value = true, true
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
			stack[len(stack)-1].value = false
		}
	}
}
