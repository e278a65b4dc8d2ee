package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed dist
var bundles embed.FS

// Prefix is the path everything here is served under.
const Prefix = "/assets/"

// file is one bundle as it is served.
type file struct {
	url   string
	media string
	plain []byte
	gz    []byte
}

var load = sync.OnceValue(func() map[string]*file {
	entries, err := bundles.ReadDir("dist")
	if err != nil {
		panic(err) // it is part of the program
	}
	files := map[string]*file{}
	for _, entry := range entries {
		content, err := bundles.ReadFile("dist/" + entry.Name())
		if err != nil {
			panic(err)
		}
		files[entry.Name()] = newFile(entry.Name(), content)
	}
	return files
})

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	extension := path.Ext(name)
	hashed := strings.TrimSuffix(name, extension) + "-" + hex.EncodeToString(sum[:6]) + extension
	return &file{url: Prefix + hashed, media: mediaOf(extension), plain: content, gz: compress(content)}
}

func mediaOf(extension string) string {
	if extension == ".js" {
		return "text/javascript; charset=utf-8"
	}
	return mime.TypeByExtension(extension)
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one
	}
	_, _ = w.Write(content) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// URL is the address of a bundle, such as "app.js", by its content. An unknown name is a programmer's mistake and panics.
func URL(name string) string {
	f, ok := load()[name]
	if !ok {
		panic("asset: there is no " + name)
	}
	return f.url
}

// Size is how many bytes of a bundle cross the wire.
func Size(name string) int { return len(load()[name].gz) }

// Handler serves the bundles under Prefix. An address of another version is not found: the page that names it is older
// than the program, and its reload names the right one.
func Handler() http.Handler {
	byURL := map[string]*file{}
	for _, f := range load() {
		byURL[f.url] = f
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gz
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}
