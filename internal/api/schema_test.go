package api

import "testing"

// A field that stands twice is refused, for which value counts would be anybody's guess, and so is text that nobody can see.
func TestTextOfRequests(t *testing.T) {
	t.Parallel()
	var into map[string]any
	if err := jsonFormat.Unmarshal([]byte(`{"id":"a","amount":"1","amount":"900"}`), &into); err == nil {
		t.Error("the last amount counts")
	}
	err := jsonFormat.Unmarshal([]byte(`{"id":"a","reason":"goodwill\u202e"}`), &into)
	if err == nil || err.Error() != `field "reason" has the character U+202E in it, which nobody can see` {
		t.Errorf("a hidden character: %v", err)
	}
	if err := jsonFormat.Unmarshal([]byte(`{"id":"a","amount":"1"}`), &into); err != nil {
		t.Error(err)
	}
}
