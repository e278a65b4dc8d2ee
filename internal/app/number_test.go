package app_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"
)

// A node follows its projects with their numbers: one that stays dry has its number kept from others, and one that was
// released is free when its quarantine is over. Rules N-06, N-08.
func TestNumbersFollowTheNode(t *testing.T) {
	t.Parallel()
	const kept, released = "+380441112233", "+380441112234"
	folder, morning := t.TempDir(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	n := start(t, folder, morning)
	key := n.key()
	for _, r := range []struct{ method, path, body string }{
		{http.MethodPost, "/v1/projects", `{"project":"shop","name":"Shop","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat","book_version":"2021-01-01"}`},
		{http.MethodPost, "/v1/projects/shop/payments", `{"id":"p","amount":"6","method":"bank"}`}, // two numbers a day, then one
		{http.MethodPost, "/v1/numbers", `{"numbers":[{"number":"` + kept + `"},{"number":"` + released + `"}]}`},
		{http.MethodPost, "/v1/projects/shop/numbers", `{"number":"` + kept + `","owner":"operator","use":"pbx"}`},
		{http.MethodPost, "/v1/projects/shop/numbers", `{"number":"` + released + `","owner":"operator","use":"pbx"}`},
		{http.MethodDelete, "/v1/projects/shop/numbers/" + released, ""},
	} {
		if status, text := n.ask(r.method, r.path, key, r.body); status/100 != 2 {
			t.Fatalf("%s: %d %s", r.path, status, text)
		}
	}
	n.at(morning.Add(33 * 24 * time.Hour)) // funds ended on the second midnight
	n.until("the number is not kept", "/v1/numbers?text="+kept[1:], key, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"state":"quarantine"`))
	})
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, folder, n.clock())
	again.until("the number is not free", "/v1/numbers?text="+released[1:], key, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"state":"free"`))
	})
}
