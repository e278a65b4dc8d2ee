package cabinet_test

import (
	"net/http"
	"testing"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/web/cabinet/cabinettest"
)

// Behind a trusted proxy whoever guesses keys is slowed down, and a neighbour behind the same proxy is not.
func TestLimitsSeeTheClient(t *testing.T) {
	t.Parallel()
	h := cabinettest.OpenWith(t, config.Flags{Proxies: "127.0.0.1"}, app.Options{})
	guess := func(client string) int {
		r, err := http.NewRequest(http.MethodGet, h.URL+"/v1/projects", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer bw_guess")
		r.Header.Set("X-Forwarded-For", client)
		return h.Stranger().Send(r).Status
	}
	for range 20 {
		guess("203.0.113.7")
	}
	if got := guess("203.0.113.7"); got != http.StatusTooManyRequests {
		t.Errorf("the guesser gets %d after 20 guesses", got)
	}
	if got := guess("198.51.100.9"); got != http.StatusUnauthorized {
		t.Errorf("the neighbour gets %d", got)
	}
}
