package tracking

import "strings"

// Values of a condition stand in one field, parted by commas, semicolons or lines. One that has such a sign in it stands in quotes, in
// which a quote is written twice: "tea, green", coffee.

const parting = ",;\n\r"

// readValues reads such a field. A quote that is never closed is a letter like any other.
func readValues(text string) (list []string) {
	for text != "" {
		text = strings.TrimLeft(text, parting+" \t")
		value, rest, quoted := quotedValue(text)
		if !quoted {
			end := strings.IndexAny(text, parting)
			if end < 0 {
				end = len(text)
			}
			value, rest = strings.TrimSpace(text[:end]), text[end:]
		}
		if text = rest; value != "" {
			list = append(list, value)
		}
	}
	return list
}

// quotedValue reads a value in quotes, with nothing but a parting sign behind it.
func quotedValue(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '"':
			b.WriteByte(text[i])
		case strings.HasPrefix(text[i+1:], `"`):
			b.WriteByte('"')
			i++
		default:
			rest = strings.TrimLeft(text[i+1:], " \t")
			return b.String(), rest, rest == "" || strings.ContainsRune(parting, rune(rest[0]))
		}
	}
	return "", "", false
}

// writeValues writes what readValues reads as the same list.
func writeValues(list []string) string {
	written := make([]string, len(list))
	for i, value := range list {
		written[i] = value
		if strings.ContainsAny(value, parting) || strings.HasPrefix(value, `"`) || strings.TrimSpace(value) != value {
			written[i] = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
		}
	}
	return strings.Join(written, ", ")
}
