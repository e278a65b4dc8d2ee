package people

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/web/ui"
)

// difference is one field of a thing before and after a change.
type difference struct {
	Field         string // "limits.per_day"
	Before, After string // empty where it was not there
}

// differences are the fields that changed, in the order of their names.
func (b *nameBook) differences(v *ui.View, before, after json.RawMessage) (list []difference) {
	was, is := flatten(before), flatten(after)
	fields := maps.Clone(was)
	maps.Copy(fields, is)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if x, y := was[field], is[field]; x != y {
			list = append(list, difference{field, b.say(v, x), b.say(v, y)})
		}
	}
	return list
}

// flatten gives the values of a JSON text by the path to them: {"a": {"b": 1}} is a.b = 1. What is no object is "".
func flatten(text json.RawMessage) map[string]string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	found := map[string]string{}
	if decoder.Decode(&value) == nil {
		walk(found, "", value)
	}
	return found
}

func walk(found map[string]string, path string, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for key, inner := range value {
			walk(found, strings.TrimPrefix(path+"."+key, "."), inner)
		}
	case []any:
		words := make([]string, len(value))
		for i, inner := range value {
			words[i] = wordOf(inner)
		}
		found[path] = strings.Join(words, ", ")
	default:
		found[path] = wordOf(value)
	}
}

func wordOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// say writes a value for a reader: instants on their clock, people by their names, roles in words.
func (b *nameBook) say(v *ui.View, value string) string {
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		return v.DateTime(at)
	}
	switch value {
	case "true":
		return v.T("people.yes")
	case "false":
		return v.T("people.no")
	}
	if key, ok := roleKeys[access.RoleID(value)]; ok {
		return v.T(key)
	}
	if account.WellFormed(value) {
		return b.nameOf(account.UserID(value))
	}
	return value
}

const mostInSummary = 2

// summaryOf is the first differences in one line.
func summaryOf(all []difference) string {
	var words []string
	for _, d := range all[:min(mostInSummary, len(all))] {
		words = append(words, d.Field+": "+d.line())
	}
	if len(all) > mostInSummary {
		words = append(words, "…")
	}
	return strings.Join(words, "; ")
}

func (d difference) line() string {
	if d.Before == "" {
		return d.After
	}
	return d.Before + " → " + d.After
}
