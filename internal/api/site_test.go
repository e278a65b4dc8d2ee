package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/api"
	"bellwether/internal/approval"
	"bellwether/internal/audit"
	"bellwether/internal/ban"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/telemetry"
	"bellwether/internal/tracking"
	"bellwether/internal/trunk"
	"bellwether/internal/vault"
	"bellwether/internal/webhook"
)

// site is the API behind a real server on a real database, with a clock that a test moves.
type site struct {
	testing.TB
	db     *store.DB
	url    string
	api    *api.API
	bills  *billing.Service
	visits *store.DB // the database of events

	collector *tracking.Collector
	keys      map[string]string // scope, or scope and project, to secret
	log       *buffer
	events    atomic.Int64 // idempotency keys made up so far

	mu  sync.Mutex
	now time.Time
}

const midday = "2026-03-10T12:00:00+02:00"

// openSite serves the API on a database; the project "demo" of Ukraine is open and has keys of every scope.
func openSite(t testing.TB, db *store.DB) *site {
	t.Helper()
	s := &site{TB: t, db: db, keys: map[string]string{}, log: &buffer{}, now: instant(t, midday)}
	books := pricebook.Shipped()
	s.bills = billing.New(books)
	projects := project.NewCache()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	s.visits = storetest.Open(t, (store.Options{DSN: storetest.SQLiteDSN(t)}).Of(store.Events))
	s.collector = tracking.NewCollector(db, s.visits)
	hooks := webhook.New(db, s.visits, keys, rand.Reader)
	s.api = api.New(api.Parts{
		Webhooks: hooks, TryWebhook: tries{hooks, db, s.clock}.send, TryCRM: answersOlena,
		Tracking: tracking.New(s.bills, rand.Reader), Events: s.visits, Origin: "https://collect.example.com", Promo: s.promo, Rescore: s.rescore,
		Switchboard: board{},
		Staff:       staff.New(db, keys, rand.Reader), Routing: routing.New(db, s.bills, t.TempDir(), rand.Reader), Trunks: trunk.New(db, keys, rand.Reader),
		DB: db, Books: books, Billing: s.bills, Charging: charging.New(db, books, s.bills, projects), Numbers: number.New(db, s.bills), Projects: projects, Approvals: approval.New(s.bills),
		Keys: account.NewKeyring(db), Gate: access.NewGate(db), Links: call.Links{Vault: keyFile(t), Origin: "https://cabinet.example.com"}, Clock: s.clock, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Metrics: telemetry.NewMetrics(), Version: "test",
	})
	server := httptest.NewServer(s.api)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.keys["operator"] = s.key(account.Operator, "")
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return ban.Say(ctx, tx, "n1", []ban.Held{{Source: netip.MustParseAddr("203.0.113.9"), Why: "scanner", Since: s.now, Until: s.now.Add(24 * time.Hour), Times: 2}}, s.now)
	})
	s.open("demo", `"country":"UA","time_zone":"Europe/Kyiv","book":"ringostat","book_version":"2021-01-01"`)
	return s
}

// open opens a project and makes it keys.
func (s *site) open(id, more string) {
	s.Helper()
	s.must(s.as("operator"), http.MethodPost, "/v1/projects", fmt.Sprintf(`{"project":%q,"name":"Project",%s}`, id, more), http.StatusCreated)
	for _, scope := range []account.Scope{account.ProjectRead, account.ProjectWrite, account.ProjectCharge} {
		s.keys[string(scope)+" "+id] = s.key(scope, ident.ProjectID(id))
	}
}

func (s *site) key(scope account.Scope, id ident.ProjectID) (secret string) {
	s.Helper()
	s.write(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, _, err = account.Create(ctx, tx, audit.Program("test"), rand.Reader, account.Key{Name: "test", Scope: scope, Project: id}, s.clock())
		return err
	})
	return secret
}

func (s *site) write(fn func(ctx context.Context, tx *store.Tx) error) {
	s.Helper()
	if err := s.db.Write(context.Background(), fn); err != nil {
		s.Fatal(err)
	}
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// at moves the clock.
func (s *site) at(when string) {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = instant(s, when)
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// headers of a request.
type headers map[string]string

// as gives the headers of a caller: "operator", or a scope of demo such as "project:read".
func (s *site) as(who string) headers {
	secret := s.keys[who]
	if secret == "" {
		secret = s.keys[who+" demo"]
	}
	return headers{"Authorization": "Bearer " + secret}
}

func (h headers) with(name, value string) headers {
	out := headers{name: value}
	for k, v := range h {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("not an object: %v: %s", err, a.body)
	}
	return out
}

func (a answer) into(t testing.TB, out any) {
	t.Helper()
	if err := json.Unmarshal(a.body, out); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// code is that of the problem answered.
func (a answer) code(t testing.TB) string {
	t.Helper()
	code, _ := a.json(t)["code"].(string)
	return code
}

// do sends a request. A write without an idempotency key gets a fresh one; "-" sends none.
func (s *site) do(h headers, method, path, body string) answer {
	s.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if method != http.MethodGet && h["Idempotency-Key"] == "" {
		h = h.with("Idempotency-Key", fmt.Sprintf("key-%d", s.events.Add(1)))
	}
	for name, value := range h {
		if value != "-" {
			request.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	got := answer{response.StatusCode, response.Header, text}
	s.described().check(s, method, path, got)
	return got
}

// must sends a request that is answered with a status.
func (s *site) must(h headers, method, path, body string, status int) answer {
	s.Helper()
	got := s.do(h, method, path, body)
	if got.status != status {
		s.Fatalf("%s %s: %d, want %d: %s", method, path, got.status, status, got.body)
	}
	return got
}

// refused sends a request that is answered with a problem.
func (s *site) refused(h headers, method, path, body string, status int, code string) answer {
	s.Helper()
	got := s.do(h, method, path, body)
	if got.status != status || got.code(s) != code || got.header.Get("Content-Type") != "application/problem+json" {
		s.Errorf("%s %s: %d %s, want %d %s", method, path, got.status, got.body, status, code)
	}
	return got
}

func (s *site) pay(id, amount string) {
	s.Helper()
	s.must(s.as("operator"), http.MethodPost, "/v1/projects/demo/payments", fmt.Sprintf(`{"id":%q,"amount":%q,"method":"bank"}`, id, amount), http.StatusCreated)
}

// funds are those of demo.
func (s *site) funds() map[string]any {
	s.Helper()
	funds, _ := s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo", "", http.StatusOK).json(s)["funds"].(map[string]any)
	return funds
}

// closeDays does what is due at the clock's time.
func (s *site) closeDays() {
	s.Helper()
	night := &billing.Night{Billing: s.bills, DB: s.db}
	if _, err := night.Run(context.Background(), s.clock()); err != nil {
		s.Fatal(err)
	}
}

// buffer is a log that many write to.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// park makes a project whose day cannot be closed.
func (s *site) park(id string) {
	s.Helper()
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return s.bills.Park(ctx, tx, ident.ProjectID(id), errors.New("a test"), s.clock())
	})
}

// spareKey makes an operator's key that may be revoked.
func (s *site) spareKey() string {
	s.Helper()
	var id account.KeyID
	s.write(func(ctx context.Context, tx *store.Tx) error {
		_, made, err := account.Create(ctx, tx, audit.Program("test"), rand.Reader, account.Key{Name: "spare", Scope: account.Operator}, s.clock())
		id = made.ID
		return err
	})
	return string(id)
}

// keyFile is a vault with a key of its own.
func keyFile(t testing.TB) *vault.Vault {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
