package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/cli"
)

// running is a program that serves, in this process.
type running struct {
	*testing.T
	said   map[string]string // "API" -> "http://..."
	ended  chan int
	stop   context.CancelFunc
	stderr bytes.Buffer
}

// start runs the program and waits until it has said a line that begins with ready.
func start(t *testing.T, ready string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{T: t, said: map[string]string{}, ended: make(chan int, 1), stop: stop}
	out, in := io.Pipe()
	p := &cli.Program{In: strings.NewReader(""), Out: in, Err: &r.stderr, Now: time.Now}
	go func() {
		status := p.Run(ctx, args)
		_ = in.Close()
		r.ended <- status
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "  "); ok {
			r.said[name] = strings.TrimSpace(value)
		}
		if strings.HasPrefix(lines.Text(), ready) {
			r.said["ready"] = lines.Text()
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	t.Cleanup(stop)
	if r.said["ready"] == "" {
		t.Fatalf("%v ended with %d before it was ready: %s", args, <-r.ended, &r.stderr)
	}
	return r
}

// end stops the program as Ctrl-C does.
func (r *running) end() {
	r.Helper()
	r.stop()
	if status := <-r.ended; status != 0 {
		r.Errorf("it ended with status %d: %s", status, &r.stderr)
	}
}

func (r *running) get(url, key string) (status int, body string) {
	r.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err != nil {
		r.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// The demo serves what it has printed: its URLs answer, its key opens them, and nothing else does.
func TestDemoServes(t *testing.T) {
	t.Parallel()
	folder, taken := t.TempDir(), takenPort(t)
	r := start(t, "Serving.", "demo", "--data-dir", folder, "--listen", taken)
	base, key := r.said["API"], r.said["operator key"]
	if strings.HasSuffix(base, taken) {
		t.Errorf("the demo says it listens on %s, which somebody else does", taken)
	}
	for _, c := range []struct {
		path, key string
		status    int
		body      string
	}{
		{"/healthz", "", http.StatusNoContent, ""},
		{"/docs", "", http.StatusOK, "<"},
		{"/v1/projects/kvitka/statement", "", http.StatusUnauthorized, ""},
		{"/v1/projects/kvitka/statement?from=2020-01-01&to=2020-01-02", key, http.StatusOK, `"opening"`},
		{"/v1/projects/kvitka/forecast", key, http.StatusOK, `"past_errors":{"next_charge":{"trials":83,"mean_charged":"`},
		{"/v1/projects/kvitka", key, http.StatusOK, "Europe/Kyiv"},
		{"/v1/projects/nobody", key, http.StatusNotFound, "project.not_found"},
	} {
		if status, body := r.get(base+c.path, c.key); status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s answers %d: %.300s", c.path, status, body)
		}
	}
	if out, complaints, status := run(t, "verify", "--data-dir", folder); status != 0 || !strings.Contains(out, "fits") {
		t.Errorf("verify beside the node: status %d, %s%s", status, out, complaints)
	}
	if _, complaints, status := run(t, "key", "create", "--scope", "operator", "--data-dir", folder); status != 2 || !strings.Contains(complaints, "stop the other bellwether, or use its API") {
		t.Errorf("a second writer: status %d, %s", status, complaints)
	}
	r.end()
}

// A node serves an empty installation, whose database it makes, and ends well.
func TestServe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := start(t, "  http", "serve", "--data-dir", folder, "--listen", "127.0.0.1:0", "--log-level", "error")
	link := strings.TrimSpace(r.said["ready"])
	base, _, ok := strings.Cut(link, "/setup?code=bwt_")
	if !ok || !strings.HasPrefix(base, "http://localhost:") {
		t.Errorf("the link of the first run is %s", link)
	}
	if status, _ := r.get(base+"/healthz", ""); status != http.StatusNoContent {
		t.Errorf("/healthz answers %d", status)
	}
	r.end()
	if info, err := os.Stat(filepath.Join(folder, "key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
	if out, _, status := run(t, "setup-link", "--data-dir", folder, "--public-url", "https://bell.example"); status != 0 || !strings.HasPrefix(out, "https://bell.example/setup?code=bwt_") {
		t.Errorf("another link: status %d, %s", status, out)
	}
	if _, complaints, status := run(t, "key", "create", "--scope", "operator", "--data-dir", folder); status != 0 {
		t.Errorf("a key after the node has ended: status %d, %s", status, complaints)
	}
}

// A port in use is bad input for serve; the demo, above, takes another.
func TestServeOnATakenPort(t *testing.T) {
	t.Parallel()
	_, complaints, status := run(t, "serve", "--data-dir", t.TempDir(), "--listen", takenPort(t))
	if status != 2 || !strings.Contains(complaints, "choose another port") {
		t.Errorf("status %d: %s", status, complaints)
	}
}

// takenPort is an address that is in use until the test ends.
func takenPort(t *testing.T) string {
	t.Helper()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	return taken.Addr().String()
}
