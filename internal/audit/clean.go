package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// secretWords mark a field whose value must not be kept. A field that only counts or names secrets ("secret_count") is
// blanked too: better that than the other way round.
var secretWords = []string{"password", "secret", "token", "hash", "seed", "recovery", "private", "challenge"}

const (
	blank = "***"
	// mostBytes bounds a state: the trail is for reading, not for storing files.
	mostBytes = 32 << 10
)

// clean is the JSON of a state without what looks like a secret.
func clean(state any) (string, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return "", fmt.Errorf("a state that cannot be audited: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	if text, err = json.Marshal(withoutSecrets(value)); err != nil {
		return "", err
	}
	if len(text) > mostBytes {
		return fmt.Sprintf(`{"omitted_bytes":%d}`, len(text)), nil
	}
	return string(text), nil
}

func withoutSecrets(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, field := range v {
			if soundsSecret(name) {
				v[name] = blank
			} else {
				v[name] = withoutSecrets(field)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutSecrets(v[i])
		}
	}
	return value
}

func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
