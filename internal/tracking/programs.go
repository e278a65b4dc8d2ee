package tracking

import (
	"bufio"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"

	"bellwether/internal/errs"
)

// Programs know by the name of a browser that it is none (Rule C-77). Safe for concurrent use.
type Programs struct {
	words, exceptions []string

	mu    sync.RWMutex
	known map[string]string // what was found of names: few make most hits
}

//go:embed programs.txt
var programsText string

// shipped is the list that comes with Bellwether.
var shipped = sync.OnceValue(func() *Programs {
	p := &Programs{known: map[string]string{}}
	if err := p.read(strings.NewReader(programsText)); err != nil {
		panic(err)
	}
	return p
})

// ReadPrograms reads an operator's list, which adds to the one that is shipped: a line is a text that stands in names, with "!" in front one that
// makes an exception; what is behind "|" is a remark, and so are lines that begin with "#". Errors: errs.Invalid `tracking.bad_programs`.
func ReadPrograms(r io.Reader) (*Programs, error) {
	p := &Programs{words: slices.Clone(shipped().words), exceptions: slices.Clone(shipped().exceptions), known: map[string]string{}}
	return p, p.read(r)
}

// The bounds of a list.
const (
	shortestWord = 3
	mostWords    = 5000
)

func (p *Programs) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for line := 1; lines.Scan(); line++ {
		word, _, _ := strings.Cut(lines.Text(), "|")
		word = strings.ToLower(strings.TrimSpace(word))
		if word == "" || word[0] == '#' {
			continue
		}
		into := &p.words
		if rest, isException := strings.CutPrefix(word, "!"); isException {
			into, word = &p.exceptions, strings.TrimSpace(rest)
		}
		if len(word) < shortestWord || len(p.words) >= mostWords || strings.Contains("mozilla/5.0 (khtml, like gecko)", word) {
			return errs.New(errs.Invalid, "tracking.bad_programs", "line %d is no name of a program: %.40q", line, word).
				Try("write three characters or more, that no browser of people has in its name; 5,000 lines at most")
		}
		*into = append(*into, word)
	}
	if err := lines.Err(); err != nil {
		return errs.New(errs.Invalid, "tracking.bad_programs", "the list cannot be read: %v", err)
	}
	return nil
}

const mostKnown = 10_000

// find says why a name, in small letters, is taken for that of a program; empty for a browser's.
func (p *Programs) find(name string) string {
	p.mu.RLock()
	why, known := p.known[name]
	p.mu.RUnlock()
	if known {
		return why
	}
	why = p.look(name)
	p.mu.Lock()
	if len(p.known) >= mostKnown {
		clear(p.known)
	}
	p.known[strings.Clone(name)] = why
	p.mu.Unlock()
	return why
}

func (p *Programs) look(name string) string {
	if name == "" {
		return "no name"
	}
	if !has(name, p.exceptions...) {
		for _, word := range p.words {
			if strings.Contains(name, word) {
				return strings.TrimSuffix(word, "/")
			}
		}
	}
	return shape(name)
}

// shape finds what no list has: browsers begin with the name that Netscape had, and neither give an address to complain at nor call
// themselves compatible with nothing.
func shape(name string) string {
	switch {
	case !strings.HasPrefix(name, "mozilla/") && !strings.HasPrefix(name, "opera/"):
		return "no browser's name"
	case has(name, "http://", "https://", "+http"):
		return "an address in the name"
	case strings.Contains(name, "(compatible;") && !has(name, "msie", "trident", "konqueror"):
		return "compatible"
	}
	return ""
}
