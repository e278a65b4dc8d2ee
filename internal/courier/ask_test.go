package courier_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/courier"
)

// Rule W-12: whoever the CRM names is told; one that is late, away or unreadable names nobody, and nobody waits longer than was said.
func TestAsk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer   http.HandlerFunc
		employee string
		ok       bool
	}{
		"named":      {says(200, `{"employee":" 201 ","more":1}`), "201", true},
		"nobody":     {says(200, `{}`), "", true},
		"no content": {says(204, ""), "", true},
		"refused":    {says(500, `{"employee":"201"}`), "", false},
		"no JSON":    {says(200, `<html>`), "", false},
		"too long":   {says(200, `{"employee":"`+strings.Repeat("x", 500)+`"}`), "", false},
		"late":       {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, c.answer)
			began := time.Now()
			said := courier.NewClient(loopback, nil).Ask(t.Context(), r.URL, key, courier.Question{ID: "ask_1", Kind: "owner", Project: "shop", Client: "+380671234567", Number: "+380443337701"}, 200*time.Millisecond, began)
			if said.Employee != c.employee || said.OK() != c.ok {
				t.Errorf("%+v", said)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("waited %s", took)
			}
			var asked struct{ Kind, Client, Number string }
			if err := json.Unmarshal([]byte(r.said[0]), &asked); err != nil || asked.Kind != "owner" || asked.Client != "+380671234567" || !strings.HasPrefix(r.got[0].Header.Get("Webhook-Signature"), "v1,") {
				t.Errorf("asked %s, %v", r.said[0], err)
			}
		})
	}
	if said := courier.NewClient(nil, nil).Ask(t.Context(), "https://127.0.0.1:1/", key, courier.Question{}, time.Second, time.Now()); said.OK() || !strings.Contains(said.Text, "private network") {
		t.Errorf("a private address: %+v", said)
	}
}

func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}
