package widget

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

//go:embed dist
var dist embed.FS

// bundles are the scripts by name: "core", and what is loaded on demand.
type bundles struct {
	core    []byte
	more    map[string][]byte
	gzipped map[string][]byte // what is loaded on demand, compressed
	version string            // of what is loaded on demand, by its content
}

var load = sync.OnceValue(func() bundles {
	entries, err := dist.ReadDir("dist")
	if err != nil {
		panic(err) // it is part of the program
	}
	b := bundles{more: map[string][]byte{}, gzipped: map[string][]byte{}}
	sum := sha256.New()
	for _, entry := range entries {
		script, err := dist.ReadFile("dist/" + entry.Name())
		if err != nil {
			panic(err)
		}
		name := strings.TrimSuffix(entry.Name(), ".js")
		if name == "core" {
			b.core = bytes.TrimSpace(script)
			continue
		}
		b.more[name], b.gzipped[name] = script, compress(script)
		_, _ = sum.Write(script)
	}
	b.version = hex.EncodeToString(sum.Sum(nil)[:4])
	return b
})

// Size is how many bytes cross the wire for the core and for all that it can load, without a site's settings (Rule C-40).
func Size() (core, all int) {
	b := load()
	core = len(compress(b.core))
	all = core
	for _, script := range b.gzipped {
		all += len(script)
	}
	return core, all
}

func compress(script []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one
	}
	_, _ = w.Write(script) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// script is the core with the settings of a site beside it.
func script(settings []byte) []byte {
	return slices.Concat([]byte("(S=>{"), load().core, []byte("})("), settings, []byte(")\n"))
}
