package courier_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/courier"
	"bellwether/internal/ident"
	"bellwether/internal/webhook"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// receiver is a customer's server.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	said []string
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		r.mu.Lock()
		r.got, r.said = append(r.got, in), append(r.said, string(body))
		r.mu.Unlock()
		answer(w, in)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func yes(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("thank you")) }

var key = []byte("0123456789abcdef0123456789abcdef")

// Rule W-03: the signature of the Standard Webhooks specification; the vector is the specification's own.
func TestSignatureIsTheSpecifications(t *testing.T) {
	t.Parallel()
	secret := webhook.Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	got := courier.Signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Rule W-03: each key signs.
func TestPost(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, yes)
	at := time.Unix(1_700_000_000, 0)
	answer := courier.NewClient(loopback, nil).Post(t.Context(), r.URL+"/in?x=1", "msg_1", [][]byte{key, []byte("old")}, []byte(`{"a":1}`), at)
	if !answer.OK() || answer.Text != "thank you" {
		t.Fatalf("%+v", answer)
	}
	in := r.got[0]
	want := "v1," + courier.Signature(key, "msg_1", "1700000000", []byte(`{"a":1}`)) + " v1," + courier.Signature([]byte("old"), "msg_1", "1700000000", []byte(`{"a":1}`))
	if in.Method != http.MethodPost || in.URL.RawQuery != "x=1" || in.Header.Get("Webhook-Id") != "msg_1" || in.Header.Get("Webhook-Signature") != want || r.said[0] != `{"a":1}` {
		t.Errorf("%s %s %v %s", in.Method, in.URL, in.Header, r.said[0])
	}
	if _, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.Fields(want)[0], "v1,")); err != nil {
		t.Error(err)
	}
}

// What a customer reads of a failure names no address of ours: neither whom we ask for names, nor whence we call. Rule W-01.
func TestFailuresNameNoAddressOfOurs(t *testing.T) {
	t.Parallel()
	rude := newReceiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	gone := httptest.NewServer(http.HandlerFunc(yes))
	gone.Close()
	for address, why := range map[string]string{rude.URL: "EOF", gone.URL: "connect: connection refused", "http://nobody.invalid": "nobody.invalid: "} {
		a := courier.NewClient(loopback, nil).Post(t.Context(), address, "m", nil, nil, time.Now())
		if a.Status != 0 || !strings.HasPrefix(a.Text, why) || strings.Contains(a.Text, "->") || strings.Contains(a.Text, ":53") {
			t.Errorf("%s: %+v", address, a)
		}
	}
}

// Rule W-01: whatever a name resolves to, no connection is made to a private address; nor is a redirect to one followed.
func TestPrivateAddressesAreNotReached(t *testing.T) {
	t.Parallel()
	inside := newReceiver(t, yes)
	secure := httptest.NewTLSServer(http.HandlerFunc(yes))
	t.Cleanup(secure.Close)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	strict := courier.NewClient(nil, roots)
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	for _, address := range []string{inside.URL, "http://localhost" + port, "https://localhost" + port, secure.URL, "http://[::ffff:127.0.0.1]" + port} {
		if a := strict.Post(t.Context(), address, "m", nil, nil, time.Now()); a.Status != 0 || !strings.Contains(a.Text, "private network") && !strings.Contains(a.Text, "connection refused") {
			t.Errorf("%s: %+v", address, a)
		}
	}
	if inside.count() != 0 {
		t.Error("somebody called")
	}
	if a := courier.NewClient(loopback, roots).Post(t.Context(), secure.URL, "m", nil, nil, time.Now()); !a.OK() {
		t.Errorf("over TLS: %+v", a)
	}
	out := newReceiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, http.StatusFound) })
	if a := courier.NewClient(loopback, nil).Post(t.Context(), out.URL, "m", nil, nil, time.Now()); a.Status != http.StatusFound || a.OK() || inside.count() != 0 {
		t.Errorf("a redirect: %+v, %d calls", a, inside.count())
	}
}

// Rule W-08: of what an endpoint says only the beginning is read, however much there is; Retry-After is heard.
func TestAnswers(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
		for range 1000 {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	a := courier.NewClient(loopback, nil).Post(t.Context(), r.URL, "m", nil, nil, time.Now())
	if a.Status != http.StatusServiceUnavailable || a.RetryAfter != 2*time.Minute || len(a.Text) > 8<<10 {
		t.Errorf("status %d, retry %s, %d bytes", a.Status, a.RetryAfter, len(a.Text))
	}
}

// queue is a queue in memory.
type queue struct {
	mu       sync.Mutex
	due      []webhook.Parcel
	noted    []string
	released int
	told     chan string
}

func (q *queue) Claim(_ context.Context, _ time.Time, most int, busy webhook.Busy, admit func(webhook.Parcel) bool) (claimed []webhook.Parcel, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.due = slices.DeleteFunc(q.due, func(p webhook.Parcel) bool {
		if len(claimed) >= most || slices.Contains(busy.Endpoints, p.Endpoint) || slices.Contains(busy.Projects, p.Project) || !admit(p) {
			return false
		}
		claimed = append(claimed, p)
		return true
	})
	return claimed, nil
}

func (q *queue) Note(_ context.Context, p webhook.Parcel, a webhook.Answer, _ time.Time) (webhook.State, error) {
	q.mu.Lock()
	q.noted = append(q.noted, fmt.Sprintf("%s %d: %d", p.Endpoint, p.Message, a.Status))
	q.mu.Unlock()
	if q.told != nil {
		q.told <- string(p.Endpoint)
	}
	if a.OK() {
		return webhook.Sent, nil
	}
	return webhook.Waiting, nil
}

func (q *queue) Release(context.Context, webhook.Parcel, time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.released++
	return nil
}

func newCourier(q *queue) *courier.Courier {
	return courier.New(q, courier.NewClient(loopback, nil), time.Now, slog.New(slog.DiscardHandler), func(webhook.Kind, string) {})
}

func parcels(endpoint webhook.EndpointID, project ident.ProjectID, address string, failing bool, n int) (all []webhook.Parcel) {
	for i := range n {
		all = append(all, webhook.Parcel{Endpoint: endpoint, Project: project, Message: int64(i + 1), URL: address, Keys: [][]byte{key}, Body: []byte("{}"), Failing: failing})
	}
	return all
}

// Rule W-07: an endpoint that does not answer holds up nobody, has few tries at a time, and one while it fails.
func TestABadEndpointHoldsUpNobody(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	var once sync.Once
	release := func() { once.Do(func() { close(hang) }) }
	defer release()
	bad := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-hang })
	good := newReceiver(t, yes)
	q := &queue{told: make(chan string, 1000)}
	q.due = slices.Concat(parcels("slow", "shop", bad.URL, false, 50), parcels("failing", "bank", bad.URL, true, 50), parcels("good", "shop", good.URL, false, 50), parcels("other", "florist", good.URL, false, 50))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { newCourier(q).Run(ctx) })
	for range 100 {
		if who := <-q.told; who != "good" && who != "other" {
			t.Errorf("%s answered", who)
		}
	}
	if good.count() != 100 || bad.count() > 5 {
		t.Errorf("%d tries of good ones, %d of bad ones", good.count(), bad.count())
	}
	stop()
	running.Wait() // the tries that hang are broken off
	release()
	if q.released != 5 {
		t.Errorf("%d tries were given back", q.released)
	}
}
