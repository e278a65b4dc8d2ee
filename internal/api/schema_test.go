package api

import "testing"

// A field that stands twice is refused: which value counts would be anybody's guess.
func TestFieldTwice(t *testing.T) {
	t.Parallel()
	var into map[string]any
	if err := jsonFormat.Unmarshal([]byte(`{"id":"a","amount":"1","amount":"900"}`), &into); err == nil {
		t.Error("the last amount counts")
	}
	if err := jsonFormat.Unmarshal([]byte(`{"id":"a","amount":"1"}`), &into); err != nil {
		t.Error(err)
	}
}
