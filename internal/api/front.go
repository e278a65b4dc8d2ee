package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// note is what the log says of a request. It is filled on the way.
type note struct {
	id      string
	key     account.KeyID
	project ident.ProjectID
	code    string // of the problem answered with
}

type noteContext struct{}

// noteOf gives the request's note, or one that nobody reads.
func noteOf(ctx context.Context) *note {
	if n, ok := ctx.Value(noteContext{}).(*note); ok {
		return n
	}
	return &note{}
}

const requestHeader = "X-Request-Id"

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID takes the caller's name for a request where it is harmless, so that both logs can be compared.
func requestID(r *http.Request) string {
	if id := r.Header.Get(requestHeader); goodRequestID.MatchString(id) {
		return id
	}
	var chance [8]byte
	_, _ = rand.Read(chance[:]) // never fails
	return hex.EncodeToString(chance[:])
}

// ServeHTTP answers a request: names it, guards the answer with headers, and logs and counts what came of it. The log has
// the route and not the path, for a path may hold a telephone number.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	noted := &note{id: requestID(r)}
	r = r.WithContext(context.WithValue(r.Context(), noteContext{}, noted))
	out := &recorder{ResponseWriter: w}
	secure(out.Header(), noted.id)
	defer func() {
		reason := recover()
		if reason != nil && reason != http.ErrAbortHandler {
			a.parts.Log.Error("request panicked", "request", noted.id, "reason", fmt.Sprint(reason), "stack", string(debug.Stack()))
			if out.status == 0 {
				writeProblem(out, problemOf(errs.New(errs.Internal, "internal", "panic"), noted.id))
			}
		}
		a.log(r, out, noted, time.Since(begun))
		if reason != nil && out.bytes > 0 {
			panic(http.ErrAbortHandler) // the answer is cut: the caller must see that it is not whole
		}
	}()
	if err := checkURL(r.URL); err != nil {
		a.refuse(out, r, err)
		return
	}
	r, err := k50Spoken(r)
	if err != nil {
		a.refuse(out, r, err)
		return
	}
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.noRoute(out, r)
		return
	}
	a.mux.ServeHTTP(out, r)
}

// secure sets the headers of every answer. Answers are for programs; the page of documentation loosens its policy itself.
func secure(h http.Header, id string) {
	h.Set(requestHeader, id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}

func (a *API) log(r *http.Request, out *recorder, noted *note, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	_, path, found := strings.Cut(route, " ")
	if !found {
		path = route
	}
	a.parts.Metrics.Request(path, knownMethod(r.Method), out.sent(), took)
	a.parts.Log.Info("request", "request", noted.id, "method", knownMethod(r.Method), "route", path, "status", out.sent(), "bytes", out.bytes,
		"took", took, "key", string(noted.key), "project", string(noted.project), "code", noted.code)
}

// knownMethod keeps strangers from making labels up.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "OTHER"
}

// checkURL refuses text that no name of ours has and no database should be given.
func checkURL(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || !isText(u.Path) {
		return errMalformed("api.bad_url", "the address is not well-formed UTF-8 without control characters")
	}
	for name, values := range query {
		if !isText(name) || !isText(strings.Join(values, "")) {
			return errMalformed("api.bad_url", "the address is not well-formed UTF-8 without control characters").At("query")
		}
	}
	return nil
}

func isText(s string) bool {
	_, hidden := ident.Hidden(s)
	return utf8.ValidString(s) && !hidden
}

// noRoute answers for a path or method that is not there, in the words of the mux but in our form.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	said := &recorder{ResponseWriter: silent{http.Header{}}}
	a.mux.ServeHTTP(said, r)
	if said.sent() == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.Header().Get("Allow"))
		p := requestProblem(http.StatusMethodNotAllowed, "this path does not take the method "+knownMethod(r.Method), nil, noteOf(r.Context()).id)
		p.Code, p.Hint = "api.method_not_allowed", "it takes "+said.Header().Get("Allow")
		noteOf(r.Context()).code = p.Code
		writeProblem(w, p)
		return
	}
	a.refuse(w, r, errs.New(errs.NotFound, "api.no_route", "there is nothing at this path").Try("see /docs"))
}

// silent is a writer that keeps only the header.
type silent struct{ header http.Header }

func (s silent) Header() http.Header       { return s.header }
func (silent) Write(p []byte) (int, error) { return len(p), nil }
func (silent) WriteHeader(int)             {}

// recorder remembers the status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) sent() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// WriteHeader passes the status on, once.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		r.ResponseWriter.WriteHeader(status)
	}
}

// Write passes the body on and counts it.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
