package cabinettest

import (
	"context"
	"crypto/rand"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

// cookieName is that of a session at an address that browsers trust.
const cookieName = "__Host-session"

// Person is somebody with a browser of their own; the zero User is a stranger.
type Person struct {
	account.User
	Session account.Session
	Token   string // of the session
	house   *House
	client  *http.Client
}

// Answer is what a page answered.
type Answer struct {
	Status int
	Body   string
	Header http.Header
	Path   string // of the page answered, after redirects
	Led    bool   // there was one
}

// SignIn opens a session for a user.
func (h *House) SignIn(u account.User) *Person {
	h.Helper()
	p := h.Stranger()
	p.User = u
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		p.Token, p.Session, err = account.OpenSession(ctx, tx, audit.Program("test"), rand.Reader,
			account.NewSession{User: u.ID, Method: account.ByPassword, Lifetime: account.Signed}, h.Now())
		return err
	})
	p.client.Jar.SetCookies(nil, []*http.Cookie{{Name: cookieName, Value: p.Token}})
	return p
}

// Keep puts a cookie into the person's browser.
func (p *Person) Keep(name, value string) {
	p.client.Jar.SetCookies(nil, []*http.Cookie{{Name: name, Value: value}})
}

// Stranger is a browser that is not signed in.
func (h *House) Stranger() *Person {
	return &Person{house: h, client: &http.Client{Jar: &jar{}}}
}

// Get asks for a page, following redirects.
func (p *Person) Get(path string) Answer {
	p.house.Helper()
	return p.Do(http.MethodGet, path, nil)
}

// Post sends a form, following the redirect.
func (p *Person) Post(path string, form url.Values) Answer {
	p.house.Helper()
	return p.Do(http.MethodPost, path, form)
}

// PostAs sends a body of some type as a browser does, following the redirect.
func (p *Person) PostAs(path, contentType string, body io.Reader) Answer {
	p.house.Helper()
	r, err := http.NewRequest(http.MethodPost, p.house.URL+path, body)
	if err != nil {
		p.house.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.Send(r)
}

// Do sends a request as a browser does.
func (p *Person) Do(method, path string, form url.Values) Answer {
	p.house.Helper()
	r, err := http.NewRequest(method, p.house.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.house.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return p.Send(r)
}

// Send sends any request with the person's cookies.
func (p *Person) Send(r *http.Request) Answer {
	p.house.Helper()
	response, err := p.client.Do(r)
	if err != nil {
		p.house.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.house.Fatal(err)
	}
	return Answer{response.StatusCode, string(body), response.Header, response.Request.URL.Path, response.Request.Response != nil}
}

// SendOnce sends a request and answers what comes at once, be it a redirect.
func (p *Person) SendOnce(r *http.Request) Answer {
	p.house.Helper()
	once := *p
	once.client = &http.Client{Jar: p.client.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return once.Send(r)
}

// Browse opens a tab of a real browser in which the person is signed in.
func (p *Person) Browse(t testing.TB, b *webtest.Browser, width int64) *webtest.Page {
	t.Helper()
	page := b.Open(t, width)
	if p.Token != "" {
		page.SetCookie(t, p.house.URL, cookieName, p.Token)
	}
	return page
}

// Must fails the test unless a page answered with a status and has every text.
func (a Answer) Must(t testing.TB, status int, texts ...string) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%s answers %d, want %d:\n%.2000s", a.Path, a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Fatalf("%s does not say %q:\n%.6000s", a.Path, text, a.Body)
		}
	}
	return a
}

// jar keeps cookies as a browser does for 127.0.0.1, which it trusts as it does HTTPS.
type jar struct {
	mu      sync.Mutex
	cookies map[string]*http.Cookie
}

// SetCookies implements http.CookieJar.
func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cookies == nil {
		j.cookies = map[string]*http.Cookie{}
	}
	for _, c := range cookies {
		if j.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(j.cookies, c.Name)
		}
	}
}

// Cookies implements http.CookieJar.
func (j *jar) Cookies(*url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Collect(maps.Values(j.cookies))
}
