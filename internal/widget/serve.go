package widget

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"bellwether/internal/errs"
)

// Prefix is the path the tag is served under.
const Prefix = "/t/"

// How long browsers keep what is served (Rule C-46).
const (
	forAYear = "public, max-age=31536000, immutable"
	briefly  = "public, max-age=300, stale-while-revalidate=86400"
	hardly   = "public, max-age=60"
)

// Handler serves /t/KEY.js, the tag of a site, and /t/more-NAME.js, what it loads on demand.
func Handler(sites Sites) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, isScript := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, Prefix), ".js")
		h := w.Header()
		// Any site may load it, one that isolates itself too (Cross-Origin-Embedder-Policy).
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Timing-Allow-Origin", "*")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Vary", "Accept-Encoding")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed)
		case !isScript:
			refuse(w, http.StatusNotFound)
		case strings.HasPrefix(name, "more-"):
			serveMore(w, r, strings.TrimPrefix(name, "more-"))
		default:
			serveTag(w, r, sites, name)
		}
	})
}

// refuse answers with an empty script: a page must not stumble over it.
func refuse(w http.ResponseWriter, status int) {
	if status == http.StatusNotFound {
		w.Header().Set("Cache-Control", hardly)
	} else {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
}

func serveMore(w http.ResponseWriter, r *http.Request, name string) {
	b := load()
	script, ok := b.more[name]
	if !ok {
		refuse(w, http.StatusNotFound)
		return
	}
	// A page that was opened before an update asks for the version before: it gets the one there is, and keeps it for a while.
	caching := briefly
	if r.URL.Query().Get("v") == b.version {
		caching = forAYear
	}
	send(w, r, script, b.gzipped[name], caching)
}

func serveTag(w http.ResponseWriter, r *http.Request, sites Sites, key string) {
	site, err := sites.Site(r.Context(), key)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		refuse(w, http.StatusNotFound)
		return
	case err != nil:
		w.Header().Set("Retry-After", "30")
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	settings, err := site.encode()
	if err != nil {
		refuse(w, http.StatusInternalServerError)
		return
	}
	caching := briefly
	if r.URL.Query().Get("v") == strconv.FormatInt(site.Version, 10) {
		caching = forAYear
	}
	send(w, r, script(settings), nil, caching)
}

// send writes a script, compressed where the reader takes it; gzipped is nil where that has yet to be done.
func send(w http.ResponseWriter, r *http.Request, script, gzipped []byte, caching string) {
	h := w.Header()
	sum := sha256.Sum256(script)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h.Set("Cache-Control", caching)
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := script
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if gzipped == nil {
			gzipped = compress(script)
		}
		h.Set("Content-Encoding", "gzip")
		body = gzipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}
