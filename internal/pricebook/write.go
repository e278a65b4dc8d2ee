package pricebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Write gives a book as YAML that Parse reads back as the same book. The rows of its rate cards stand in it, so that it
// needs no other file; comments and the layout of the file it came from are not kept.
func Write(b *Book) []byte {
	var out bytes.Buffer
	for _, e := range outlineOf(b) {
		writeField(&out, "", e)
	}
	return out.Bytes()
}

func writeField(out *bytes.Buffer, indent string, e entry) {
	fmt.Fprintf(out, "%s:", word(e.name))
	switch value := e.value.(type) {
	case outline:
		if value.flat() {
			fmt.Fprintf(out, " %s\n", inline(value))
			return
		}
		out.WriteByte('\n')
		for _, e := range value {
			out.WriteString(indent + "  ")
			writeField(out, indent+"  ", e)
		}
	case sequence:
		if value.flat() {
			fmt.Fprintf(out, " %s\n", inline(value))
			return
		}
		out.WriteByte('\n')
		for _, item := range value {
			writeItem(out, indent+"  ", item)
		}
	default:
		fmt.Fprintf(out, " %s\n", inline(value))
	}
}

func writeItem(out *bytes.Buffer, indent string, item any) {
	o, ok := item.(outline)
	if !ok || o.flat() {
		fmt.Fprintf(out, "%s- %s\n", indent, inline(item))
		return
	}
	for i, e := range o {
		if i == 0 {
			out.WriteString(indent + "- ")
		} else {
			out.WriteString(indent + "  ")
		}
		writeField(out, indent+"  ", e)
	}
}

// flat reports whether the fields fit on one line: none has fields of its own but a price or a condition.
func (o outline) flat() bool {
	for _, e := range o {
		switch value := e.value.(type) {
		case outline:
			for _, inner := range value {
				if _, nested := inner.value.(outline); nested {
					return false
				}
			}
		case sequence:
			if !value.flat() {
				return false
			}
		}
	}
	return true
}

func (s sequence) flat() bool {
	for _, item := range s {
		if _, ok := item.(outline); ok {
			return false
		}
	}
	return true
}

// inline writes any value on one line.
func inline(value any) string {
	switch value := value.(type) {
	case plain:
		return string(value)
	case quoted:
		return word(string(value))
	case outline:
		parts := make([]string, len(value))
		for i, e := range value {
			parts[i] = word(e.name) + ": " + inline(e.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case sequence:
		parts := make([]string, len(value))
		for i, item := range value {
			parts[i] = inline(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return ""
}

// word writes text plainly where YAML reads it as text, and in quotes elsewhere.
func word(text string) string {
	if text != "" && (isName(text) || isCode(text, 3, 'A', 'Z')) && text != "true" && text != "false" && text != "null" {
		return text
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(out.String(), "\n")
}
