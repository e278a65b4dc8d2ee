package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

// A node keeps one cache of projects for all its parts.
func TestOneCacheOfProjects(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	if n.app.Projects == nil || n.app.Billing.Projects != n.app.Projects {
		t.Error("billing has a cache of its own")
	}
}

// browsing runs the tests with a browser, which has ended before leaks are looked for.
type browsing struct{ *testing.M }

func (b browsing) Run() int { return webtest.Main(b.M) }

func TestMain(m *testing.M) {
	// The authority of the ACME test waits for work for ever, and the PostgreSQL server that the tests share is spoken to until the end.
	goleak.VerifyTestMain(browsing{m}, goleak.IgnoreTopFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"), goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// node is the real program, on a free port, with a clock that the test moves.
type node struct {
	testing.TB
	app    *app.App
	url    string
	client *http.Client
	stop   func() error

	mu  sync.Mutex
	now time.Time
}

const patience = 20 * time.Second

// start opens a node on a database of a folder and serves it.
func start(t testing.TB, folder string, now time.Time) *node {
	t.Helper()
	return startAt(t, "127.0.0.1:0", folder, now)
}

func startAt(t testing.TB, address, folder string, now time.Time) *node {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, listener, folder, now, func(*config.Config, *app.Options) {})
}

// startOn serves on a listener with settings of the test's own.
func startOn(t testing.TB, listener net.Listener, folder string, now time.Time, adapt func(*config.Config, *app.Options), before ...func(*app.App)) *node {
	t.Helper()
	n := &node{TB: t, now: now, client: &http.Client{Transport: &http.Transport{}, Timeout: patience}}
	c := config.Config{
		DataDir: folder, Database: "sqlite:" + filepath.Join(folder, "bellwether.db"), Node: "test", CloseInterval: 5 * time.Millisecond,
		NumberRest: 30 * 24 * time.Hour, KeyFile: filepath.Join(folder, "key"), PublicURL: "http://localhost",
	}
	options := app.Options{Log: slog.New(slog.DiscardHandler), Version: "test", Now: n.clock}
	adapt(&c, &options)
	opened, err := app.Open(context.Background(), c, pricebook.Shipped(), options)
	if err != nil {
		t.Fatal(err)
	}
	n.app = opened
	for _, do := range before {
		do(opened)
	}
	n.url = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- opened.Serve(ctx, listener) }()
	n.stop = sync.OnceValue(func() error {
		cancel()
		err := <-served
		n.client.CloseIdleConnections()
		if closed := opened.Close(); err == nil {
			err = closed
		}
		return err
	})
	t.Cleanup(func() {
		if err := n.stop(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func (n *node) clock() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

func (n *node) at(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = now
}

func (n *node) key() (secret string) {
	n.Helper()
	err := n.app.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		secret, _, err = account.Create(ctx, tx, audit.Program("test"), rand.Reader, account.Key{Name: "test", Scope: account.Operator}, n.clock())
		return err
	})
	if err != nil {
		n.Fatal(err)
	}
	return secret
}

// ask sends a request, with a key where there is one.
func (n *node) ask(method, path, key, body string) (status int, text []byte) {
	n.Helper()
	request, err := http.NewRequest(method, n.url+path, strings.NewReader(body))
	if err != nil {
		n.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Idempotency-Key", rand.Text())
	}
	response, err := n.client.Do(request)
	if err != nil {
		n.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, err = io.ReadAll(response.Body); err != nil {
		n.Fatal(err)
	}
	return response.StatusCode, text
}

// until asks again and again until the answer is as wanted.
func (n *node) until(what, path, key string, wanted func(status int, text []byte) bool) {
	n.Helper()
	for end := time.Now().Add(patience); ; {
		status, text := n.ask(http.MethodGet, path, key, "")
		if wanted(status, text) {
			return
		}
		if time.Now().After(end) {
			n.Fatalf("%s: still %d %s", what, status, text)
		}
	}
}

func ready(status int, text []byte) bool {
	var h app.Health
	return status == http.StatusOK && json.Unmarshal(text, &h) == nil && h.Ready
}

// A node starts, gets ready, closes the day when midnight has passed, and stops leaving nothing behind.
// Rules B-09, B-10.
func TestNodeClosesADay(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	n := start(t, t.TempDir(), noon)
	if status, _ := n.ask(http.MethodGet, "/healthz", "", ""); status != http.StatusNoContent {
		t.Errorf("/healthz answers %d", status)
	}
	n.until("a node that starts", "/readyz", "", ready)
	key := n.key()
	for _, r := range []struct{ path, body string }{
		{"/v1/projects", `{"project":"demo","name":"Demo","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat","book_version":"2021-01-01"}`},
		{"/v1/projects/demo/payments", `{"id":"p","amount":"1000","method":"bank"}`},
		{"/v1/projects/demo/products", `{"products":[{"product":"virtual_pbx","on":true}]}`},
	} {
		if status, text := n.ask(http.MethodPost, r.path, key, r.body); status/100 != 2 {
			t.Fatalf("%s: %d %s", r.path, status, text)
		}
	}
	n.at(noon.Add(24 * time.Hour))
	n.until("the day is not closed", "/v1/projects/demo", key, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"next_day":"2026-03-11"`))
	})
	if _, text := n.ask(http.MethodGet, "/v1/projects/demo/entries?kind=product_fee", key, ""); !bytes.Contains(text, []byte(`"amount":"-33.3"`)) {
		t.Errorf("a thirtieth of 999 is not charged: %s", text)
	}
	status, text := n.ask(http.MethodGet, "/metrics", "", "")
	if status != http.StatusOK || !bytes.Contains(text, []byte("bellwether_")) || bytes.Contains(text, []byte("demo")) {
		t.Errorf("/metrics answers %d %s", status, text)
	}
	if err := n.stop(); err != nil {
		t.Errorf("it stopped with %v", err)
	}
	if _, err := n.client.Get(n.url + "/healthz"); err == nil {
		t.Error("it answers after it stopped")
	}
}

// A node that was down over midnights catches up when it starts, each day by itself.
// Rule B-10.
func TestNodeCatchesUp(t *testing.T) {
	t.Parallel()
	folder, noon := t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	first := start(t, folder, noon)
	key := first.key()
	status, text := first.ask(http.MethodPost, "/v1/projects", key, `{"project":"demo","name":"Demo","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"}`)
	if status != http.StatusCreated {
		t.Fatalf("%d %s", status, text)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, folder, noon.AddDate(0, 0, 5))
	second.until("it does not catch up", "/v1/projects/demo", key, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"next_day":"2026-03-15"`))
	})
	second.until("a node that has caught up", "/readyz", "", ready)
}

// A clock that runs on while the check stands still turns the node unready: its last answer is not believed for ever.
func TestStaleCheckIsNotBelieved(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	n.until("a node that starts", "/readyz", "", ready)
	n.until("an old check", "/readyz", "", func(status int, text []byte) bool {
		n.at(n.clock().Add(time.Hour)) // the check may come just in between: then once more
		return status == http.StatusServiceUnavailable && bytes.Contains(text, []byte("has not answered a write since"))
	})
}

// A node whose visits cannot be stored is not ready, whatever its core does.
func TestNodeThatCannotWriteEventsIsNotReady(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	n.until("a node that starts", "/readyz", "", ready)
	if err := n.app.Events.Close(); err != nil {
		t.Fatal(err)
	}
	n.until("a node without its events", "/readyz", "", func(status int, text []byte) bool {
		return status == http.StatusServiceUnavailable && bytes.Contains(text, []byte("the store of events cannot write"))
	})
}

// What a node tells of its business is for its own machine; whether it lives is for all.
func TestMetricsAreLocal(t *testing.T) {
	t.Parallel()
	host := outside(t)
	n := startAt(t, host+":0", t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	if status, text := n.ask(http.MethodGet, "/metrics", "", ""); status != http.StatusNotFound || bytes.Contains(text, []byte("bellwether_")) {
		t.Errorf("/metrics answers %d to another machine", status)
	}
	if status, _ := n.ask(http.MethodGet, "/healthz", "", ""); status != http.StatusNoContent {
		t.Errorf("/healthz answers %d", status)
	}
}

// outside is an address of this machine under which it looks like another one.
func outside(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil && !network.IP.IsLoopback() {
			return network.IP.String()
		}
	}
	t.Skip("this machine has no address but its own")
	return ""
}
