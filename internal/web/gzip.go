package web

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// compressors are reused: each holds a quarter of a megabyte.
var compressors = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	return w
}}

// compressed calls next with a writer that compresses a page. Streams, and what is compressed already, pass as they are.
func compressed(w http.ResponseWriter, r *http.Request, next func(http.ResponseWriter)) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		next(w)
		return
	}
	out := &gzipWriter{ResponseWriter: w}
	defer out.close()
	next(out)
}

// gzipWriter compresses where the header written says it is a page.
type gzipWriter struct {
	http.ResponseWriter
	begun bool
	zip   *gzip.Writer
}

// WriteHeader decides by the type of what comes.
func (g *gzipWriter) WriteHeader(status int) {
	h := g.Header()
	if !g.begun && strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Content-Encoding") == "" && status != http.StatusNoContent {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		h.Del("Content-Length")
		g.zip = compressors.Get().(*gzip.Writer)
		g.zip.Reset(g.ResponseWriter)
	}
	g.begun = true
	g.ResponseWriter.WriteHeader(status)
}

// Write compresses, or passes on.
func (g *gzipWriter) Write(p []byte) (int, error) {
	if !g.begun {
		g.WriteHeader(http.StatusOK)
	}
	if g.zip != nil {
		return g.zip.Write(p)
	}
	return g.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (g *gzipWriter) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *gzipWriter) close() {
	if g.zip != nil {
		_ = g.zip.Close() // the browser has gone: nobody to tell
		compressors.Put(g.zip)
	}
}
