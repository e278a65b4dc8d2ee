package people

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

// difference is one field of a thing before and after a change.
type difference struct {
	Field         string // in the reader's words, else as programs know it
	Before, After string // empty where it was not there
	quiet         bool   // of no use in a summary: identifiers, and when something was made
}

// differences are the fields that changed, in the order of their names.
func (b *nameBook) differences(v *ui.View, before, after json.RawMessage) (list []difference) {
	was, is := flatten(before), flatten(after)
	fields := maps.Clone(was)
	maps.Copy(fields, is)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if x, y := b.say(v, was[field]), b.say(v, is[field]); x != y {
			list = append(list, difference{fieldName(v, field), x, y, quietFields[snake(field)]})
		}
	}
	return list
}

var fieldKeys = map[string]lang.Key{
	"name": "people.field_name", "email": "people.field_email", "role": "people.field_role", "product": "people.field_product", "seats": "people.field_products",
	"blocked_at": "people.field_blocked_at", "blocked_everywhere": "people.field_everywhere", "handed_to": "people.field_handed_to",
	"people": "people.field_people", "scope": "people.field_scope", "expires_at": "people.field_expires_at", "revoked_at": "people.field_revoked_at",
	"reason": "people.field_reason", "viewing_as": "people.field_viewing_as", "copied_from": "people.field_copied_from", "joined_at": "people.field_joined_at",
	"invited_by": "people.field_invited_by", "version": "people.field_version", "retired": "people.field_retired", "time_zone": "people.field_time_zone",
	"per_minute": "people.field_per_minute", "per_day": "people.field_per_day", "concurrent_calls": "people.field_concurrent",
	"countries": "people.field_countries", "refuse_premium": "people.field_premium", "agency": "people.field_agency",
}

var quietFields = map[string]bool{
	"id": true, "user": true, "project": true, "joined_at": true, "created_at": true, "sent_at": true, "made_by": true, "invited_by": true,
	"copied_from": true, "version": true, "last_used_at": true,
}

// fieldName is a field in the reader's words; a right of a role is named as the matrix names it.
func fieldName(v *ui.View, path string) string {
	parts := strings.Split(path, ".")
	if len(parts) == 3 && parts[0] == "matrix" {
		var o access.Object
		var a access.Action
		if o.UnmarshalText([]byte(parts[1])) == nil && a.UnmarshalText([]byte(parts[2])) == nil {
			return v.T(objectKeys[o]) + ", " + v.T(actionKeys[a])
		}
	}
	if key, ok := fieldKeys[snake(path)]; ok {
		return v.T(key)
	}
	return path
}

// snake writes RevokedAt as revoked_at.
func snake(name string) string {
	var out strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 && !unicode.IsUpper(rune(name[i-1])) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(c))
	}
	return out.String()
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

// listed parts the values of a list; no text has it.
const listed = "\x1f"

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
		found[path] = strings.Join(words, listed)
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

// say writes a value for a reader: instants on their clock, people by their names, roles and levels in words.
func (b *nameBook) say(v *ui.View, value string) string {
	if strings.Contains(value, listed) {
		words := strings.Split(value, listed)
		for i, word := range words {
			words[i] = b.say(v, word)
		}
		return strings.Join(words, ", ")
	}
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		if at.IsZero() {
			return ""
		}
		return v.DateTime(at)
	}
	var level access.Level
	if level.UnmarshalText([]byte(value)) == nil {
		return v.T(levelKeys[level])
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

// summaryOf is the first differences that say something, in one line.
func summaryOf(all []difference) string {
	var words []string
	for _, d := range all {
		if d.quiet {
			continue
		}
		if len(words) == mostInSummary {
			return strings.Join(append(words, "…"), "; ")
		}
		words = append(words, d.Field+": "+d.line())
	}
	return strings.Join(words, "; ")
}

func (d difference) line() string {
	if d.Before == "" || d.After == "" {
		return cmp.Or(d.After, d.Before+" →")
	}
	return d.Before + " → " + d.After
}
