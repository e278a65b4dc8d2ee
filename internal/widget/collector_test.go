package widget_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/source"
	"bellwether/internal/widget"
)

// hit is the body of POST /hit.
type hit struct {
	K, E    string
	C       int
	V, S    string
	U, R    string
	LU, LR  string
	L, Z    string
	W       int
	X       map[string]any
	D       []string
	P, I    string
	Lead    *lead
	cookies string // not in the body
}

type lead struct{ Kind, Form, Phone, Email, Name string }

// answer is what the collector says.
type answer struct {
	V     string               `json:"v"`
	S     string               `json:"s"`
	N     map[string][3]string `json:"n"`
	B     float64              `json:"b"`
	Q     int                  `json:"q"`
	Promo string               `json:"promo,omitempty"`
}

// visit is one visit, as the collector knows it.
type visit struct {
	source source.Source
	number phone.Number
}

// collector keeps the protocol of doc.go to the letter, in memory: each visit gets a number of its own for the target t1, and
// what settings it was given it serves. Tests see it through hits, visit and how it answers.
type collector struct {
	*httptest.Server
	t    testing.TB
	site widget.Site

	mu     sync.Mutex
	hits   []hit
	seen   map[string]bool
	visits map[string]*visit
	people int
	status int     // of every answer, where it is not 200
	beat   float64 // seconds
	answer func(hit, *answer)
	held   chan struct{} // where it is not nil, the first page waits for it
	stuck  chan struct{} // where it is not nil, the tag waits for it
}

// collect starts a collector whose site the test may have changed.
func collect(t testing.TB, change func(*widget.Site)) *collector {
	t.Helper()
	c := &collector{t: t, seen: map[string]bool{}, visits: map[string]*visit{}, answer: func(hit, *answer) {}}
	mux := http.NewServeMux()
	tag := widget.Handler(sites{c})
	mux.HandleFunc(widget.Prefix, func(w http.ResponseWriter, r *http.Request) {
		if c.stuck != nil {
			<-c.stuck
		}
		tag.ServeHTTP(w, r)
	})
	mux.HandleFunc("/hit", c.take)
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	c.site = widget.Site{
		Key: "k1", Host: c.URL, Consent: widget.AlwaysFull, Version: 7,
		Targets: []widget.Target{{Name: "t1", Numbers: []phone.Number{own}}},
	}
	if change != nil {
		change(&c.site)
	}
	return c
}

// own is the number in the site's HTML; a visit sees another that begins alike.
const own = phone.Number("+380443337700")

func (c *collector) tell(of func(*collector)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of(c)
}

// all are the hits of an event so far.
func (c *collector) all(event string) []hit {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []hit
	for _, h := range c.hits {
		if h.E == event {
			found = append(found, h)
		}
	}
	return found
}

// await waits for the nth hit of an event, from 1 on, and gives it.
func (c *collector) await(t testing.TB, p page, event string, nth int) hit {
	t.Helper()
	var found hit
	p.await(t, fmt.Sprintf("%s %d", event, nth), func() bool {
		if all := c.all(event); len(all) >= nth {
			found = all[nth-1]
			return true
		}
		return false
	})
	return found
}

func (c *collector) take(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	if c.site.OwnHost {
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, 8193))
	h := hit{cookies: r.Header.Get("Cookie")}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	switch {
	case r.Method != http.MethodPost:
		c.t.Errorf("%s /hit: a preflight?", r.Method)
	case err != nil || len(text) > 8192:
		c.t.Errorf("a body of %d bytes: %v", len(text), err)
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain"):
		c.t.Errorf("the body is %s", r.Header.Get("Content-Type"))
	case decoder.Decode(&h) != nil:
		c.t.Errorf("the collector cannot read %s", text)
	default:
		c.check(h)
		if c.held != nil && h.E == "page" && strings.HasSuffix(h.U, "/") {
			<-c.held
		}
		c.reply(w, h)
	}
}

// check holds a hit against the protocol.
func (c *collector) check(h hit) {
	events := []string{"page", "beat", "leave", "lead", "consent"}
	id := func(s string) bool { return len(s) > 5 && len(s) <= 64 }
	for what, right := range map[string]bool{
		"key": h.K == c.site.Key, "event": slices.Contains(events, h.E), "consent": h.C >= 0 && h.C <= 2,
		"visitor": h.V == "" || h.C == 2 || h.E == "consent", "page": id(h.P), "hit": id(h.I),
		"url": strings.HasPrefix(h.U, "http") && len(h.U) <= 1000, "landing": h.LU != "" && len(h.LU) <= 1000,
		"place": h.L != "" && h.Z != "" && h.W > 0, "lead": (h.Lead != nil) == (h.E == "lead") && (h.Lead == nil || h.C > 0),
		"contacts": h.Lead == nil || h.C == 2 || h.Lead.Phone+h.Lead.Email+h.Lead.Name == "",
	} {
		if !right {
			c.t.Errorf("Rule C-59: %s is wrong in %+v", what, h)
		}
	}
}

func (c *collector) reply(w http.ResponseWriter, h hit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hits = append(c.hits, h)
	if c.status != 0 {
		w.WriteHeader(c.status)
		_, _ = io.WriteString(w, `{"n":{"t1":["380","0","999999999"]}}`) // what nobody must believe
		return
	}
	a := c.decide(h)
	c.answer(h, &a)
	_ = json.NewEncoder(w).Encode(a)
}

// decide finds the visit of a hit, or begins one, and says its number.
func (c *collector) decide(h hit) answer {
	a := answer{V: h.V, S: h.S, N: map[string][3]string{}, B: c.beat, Q: 7}
	if h.C == 2 && a.V == "" {
		c.people++
		a.V = fmt.Sprint("visitor", c.people)
	}
	if h.C < 2 {
		a.V = ""
	}
	from := source.Classify(h.U, h.R, nil)
	open := c.visits[h.S]
	if open == nil && (from.Internal || from.By == source.Nothing) {
		from = source.Classify(h.LU, h.LR, nil)
	}
	if h.E == "leave" && open == nil {
		return a
	}
	if open == nil || (h.E == "page" && !c.seen[h.I] && from.Begins(open.source)) {
		a.S = fmt.Sprint("visit", len(c.visits)+1)
		open = &visit{from, own[:len(own)-2] + phone.Number(fmt.Sprint(91+len(c.visits)))}
		c.visits[a.S] = open
	}
	c.seen[h.I] = true
	a.N["t1"] = widget.Parts(open.number)
	return a
}

// sites serves one site.
type sites struct{ c *collector }

func (s sites) Site(_ ctx, key string) (widget.Site, error) {
	if key != s.c.site.Key {
		return widget.Site{}, errs.New(errs.NotFound, "tracking.no_site", "there is no such site")
	}
	return s.c.site, nil
}
