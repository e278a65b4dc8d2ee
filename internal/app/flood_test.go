package app_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Rule C-81: who sends more than any browsing makes, or tries keys, is told to wait, and to come back; nobody else notices.
func TestFloods(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	n := start(t, t.TempDir(), begun)
	site := n.trackedSite()
	const home = "https://shop.example"
	body := func(key string, nth int) string {
		return fmt.Sprintf(`{"k":%q,"e":"page","c":0,"u":"https://shop.example/","i":"h%d"}`, key, nth)
	}
	refused := func(key string, nth int) bool {
		t.Helper()
		response, text := n.hit(home, body(key, nth))
		switch response.StatusCode {
		case http.StatusTooManyRequests:
			if response.Header.Get("Retry-After") != "10" || !strings.Contains(text, "tracking.flood") {
				t.Errorf("refused with %s and Retry-After %q", text, response.Header.Get("Retry-After"))
			}
			return true
		case http.StatusOK, http.StatusNotFound:
			return false
		}
		t.Fatalf("%d %s", response.StatusCode, text)
		return false
	}
	for i := range 61 {
		if got := refused(fmt.Sprint("guess", i), i); got != (i >= 60) {
			t.Fatalf("key %d is refused: %v", i, got)
		}
	}
	if !refused(site.Key, 0) {
		t.Error("whoever tries keys is listened to")
	}
	n.at(begun.Add(11 * time.Second))
	for i := range 301 {
		if got := refused(site.Key, i); got != (i >= 300) {
			t.Fatalf("hit %d is refused: %v", i, got)
		}
	}
	n.at(begun.Add(22 * time.Second))
	if refused(site.Key, 500) {
		t.Error("the flood is over, and still refused")
	}
}

// Rule C-80: browsers that send their hits a byte at a time are cut off and keep nobody else waiting.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	site := n.trackedSite()
	slow := make([]net.Conn, 200)
	for i := range slow {
		slow[i] = n.dial("POST /hit HTTP/1.1\r\nHost: collect.example\r\nOrigin: https://shop.example\r\nContent-Length: 8000\r\n\r\n{")
	}
	body := `{"k":"` + site.Key + `","e":"page","c":2,"v":"","s":"","u":"https://shop.example/","r":"","lu":"","lr":"","l":"uk","z":"Europe/Kyiv","w":412,"x":{},"d":[],"p":"p1","i":"h1"}`
	if response, text := n.hit("https://shop.example", body); response.StatusCode != http.StatusOK {
		t.Errorf("beside them %d %s", response.StatusCode, text)
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	ended := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(slow[0])
		ended <- string(text)
	}()
	for {
		select {
		case <-tick.C:
			_, _ = slow[0].Write([]byte(" ")) // it is cut off in the end
		case text := <-ended:
			if !strings.HasPrefix(text, "HTTP/1.1 408") {
				t.Errorf("the slow one hears %q", text)
			}
			return
		}
	}
}

// Rules C-80 and C-85: bodies that end too late, are too long, or call themselves something else.
func TestOddBodies(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	site := n.trackedSite()
	good := fmt.Sprintf(`{"k":%q,"e":"page","c":0,"u":"https://shop.example/","i":"h1"}`, site.Key)
	for name, c := range map[string]struct {
		kind, body, origin string
		status             int
	}{
		"as JSON":            {"application/json", good, "https://shop.example", http.StatusOK},
		"as a form":          {"application/x-www-form-urlencoded", good, "https://shop.example", http.StatusOK},
		"as nothing":         {"", good, "https://shop.example", http.StatusOK},
		"below the host":     {"text/plain", good, "https://m.shop.example:8443", http.StatusOK},
		"a host that begins": {"text/plain", good, "https://shop.example.evil.example", http.StatusForbidden},
		"a host that ends":   {"text/plain", good, "https://notshop.example", http.StatusForbidden},
		"no origin's word":   {"text/plain", good, "null", http.StatusForbidden},
		"a file's":           {"text/plain", good, "file://", http.StatusForbidden},
		"a megabyte":         {"text/plain", good + strings.Repeat(" ", 1<<20), "https://shop.example", http.StatusBadRequest},
		"nothing":            {"text/plain", "", "https://shop.example", http.StatusBadRequest},
	} {
		r, err := http.NewRequest(http.MethodPost, n.url+"/hit", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.kind)
		r.Header.Set("Origin", c.origin)
		r.Header.Set("User-Agent", pixel)
		response, err := n.client.Do(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = response.Body.Close()
		allowed := response.Header.Get("Access-Control-Allow-Origin")
		if response.StatusCode != c.status || (allowed == c.origin) != (c.status == http.StatusOK) || allowed != "" && c.status != http.StatusOK {
			t.Errorf("%s: %d, allowed %q", name, response.StatusCode, allowed)
		}
	}
	conn := n.dial("POST /hit HTTP/1.1\r\nHost: collect.example\r\nOrigin: https://shop.example\r\nContent-Length: 100\r\n\r\n{")
	if err := conn.Close(); err != nil { // the visitor goes in the middle of it
		t.Error(err)
	}
	if response, text := n.hit("https://shop.example", good); response.StatusCode != http.StatusOK {
		t.Errorf("after them %d %s", response.StatusCode, text)
	}
}
