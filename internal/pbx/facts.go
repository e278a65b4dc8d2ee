package pbx

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bellwether/internal/dialplan"
)

// Told leaves out what an arrival has of staff and schemes: they are long, and stand in the cabinet.
func Told(e dialplan.Event) dialplan.Event {
	if arrived, ok := e.(dialplan.Arrived); ok {
		rest, _ := arrived.Split()
		rest.LastAgent, rest.Opening = dialplan.Found{}, dialplan.Opening{}
		return rest
	}
	return e
}

// Facts are the fields of an event or an effect that say something, as "leg=2 cause=normal".
func Facts(value any) string {
	text, err := json.Marshal(value)
	fields := map[string]any{}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return ""
	}
	return wordsOf(fields)
}

func wordsOf(fields map[string]any) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		said := ""
		switch v := fields[name].(type) {
		case nil:
		case map[string]any:
			if within := wordsOf(v); within != "" {
				said = "(" + within + ")"
			}
		case []any:
			said = listed(v)
		default:
			said = fmt.Sprint(v)
		}
		if said != "" && said != "0" && said != "false" && !strings.HasPrefix(said, "0001-01-01") {
			words = append(words, strings.ToLower(name)+"="+said)
		}
	}
	return strings.Join(words, " ")
}

func listed(list []any) string {
	var words []string
	for _, v := range list {
		if within, ok := v.(map[string]any); ok {
			words = append(words, wordsOf(within))
			continue
		}
		words = append(words, fmt.Sprint(v))
	}
	if len(words) == 0 {
		return ""
	}
	return "(" + strings.Join(words, "; ") + ")"
}
