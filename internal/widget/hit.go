package widget

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/tracking"
)

// HitPath is where the tag sends what it sees.
const HitPath = "/hit"

// Collector answers hits (Rule C-74). Make one with NewCollector.
type Collector struct {
	// Patience is how long a body may take to come; 5 s where it is 0.
	Patience time.Duration
	// Count is told what came of each hit, "ok" or a code, and how long that took; nil for nobody.
	Count func(result string, took time.Duration)

	tracking *tracking.Collector
	clock    func() time.Time
	log      *slog.Logger

	mu    sync.RWMutex
	parts map[phone.Number][3]string // the numbering plan is asked once about each
}

// NewCollector makes the handler of HitPath.
func NewCollector(c *tracking.Collector, clock func() time.Time, log *slog.Logger) *Collector {
	return &Collector{tracking: c, clock: clock, log: log, parts: map[phone.Number][3]string{}}
}

const (
	mostBody  = 8192
	patience  = 5 * time.Second
	cookieAge = 34_128_000 // seconds: 395 days, the longest that browsers take
	idCookie  = "bellwether_id"
)

// buffers are bodies and answers, used again and again.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// ServeHTTP takes one hit.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := c.clock()
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Origin")
	if r.Method != http.MethodPost {
		h.Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	hit, err := c.read(w, r, buffer)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	from := tracking.Sender{Agent: r.UserAgent(), Origin: r.Header.Get("Origin"), Private: r.Header.Get("Sec-GPC") == "1"}
	if address, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		from.Address = address.Addr()
	}
	site, err := c.tracking.Meet(r.Context(), hit.Key, from, c.clock())
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	hit.Consent = from.Level(hit.Consent, &site)
	own := site.Collector != "" && site.Collector == hostOnly(r.Host)
	if own && hit.Consent == tracking.FullConsent && hit.Visitor == "" {
		if cookie, err := r.Cookie(idCookie); err == nil {
			hit.Visitor = cookie.Value // the collector believes no name that it did not make
		}
	}
	answer, err := c.tracking.Take(r.Context(), hit, from, c.clock())
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	h.Set("Access-Control-Allow-Origin", from.Origin)
	h.Set("Content-Type", "application/json")
	if own {
		c.keep(w, r, site, hit, answer)
	}
	body := c.encode(buffer.AvailableBuffer()[:0], answer)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
	c.count("ok", began)
}

func (c *Collector) count(result string, began time.Time) {
	if c.Count != nil {
		c.Count(result, c.clock().Sub(began))
	}
}

// keep has the visitor stay known where the collector is a host of the client's own, and be forgotten where they no longer want to be (Rule C-58).
func (c *Collector) keep(w http.ResponseWriter, r *http.Request, site tracking.Site, hit tracking.Hit, answer tracking.Answer) {
	w.Header().Set("Access-Control-Allow-Credentials", "true")
	cookie := http.Cookie{Name: idCookie, Domain: site.Domain, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if hit.Consent == tracking.FullConsent && answer.Visitor != "" {
		cookie.Value, cookie.MaxAge = answer.Visitor, cookieAge
	} else if _, err := r.Cookie(idCookie); err == nil && hit.Consent < tracking.FullConsent {
		cookie.MaxAge = -1
	} else {
		return
	}
	http.SetCookie(w, &cookie)
}

// read reads a body that comes within patience (Rule C-80): a hit is small, and what trickles in holds a connection.
func (c *Collector) read(w http.ResponseWriter, r *http.Request, buffer *bytes.Buffer) (tracking.Hit, error) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(cmp.Or(c.Patience, patience))) // of the network, not of the rules; not every writer has deadlines
	hit, err := readHit(r, buffer)
	if err == nil {
		_ = connection.SetReadDeadline(time.Time{}) // the answer may take longer, while the disk does
	}
	return hit, err
}

// readHit reads a body: one JSON object without fields that the protocol does not know, however it calls itself.
func readHit(r *http.Request, buffer *bytes.Buffer) (hit tracking.Hit, err error) {
	if _, err := buffer.ReadFrom(io.LimitReader(r.Body, mostBody+1)); err != nil {
		return hit, errs.New(errs.Invalid, "hit.body", "the body broke off").Because(err)
	}
	if buffer.Len() > mostBody {
		return hit, errs.New(errs.Invalid, "hit.size", "a hit has at most %d bytes", mostBody)
	}
	if hit, ok := plainHit(buffer.String()); ok {
		return hit, nil
	}
	return strictHit(buffer)
}

// strictHit reads a hit by all rules of JSON.
func strictHit(body io.Reader) (hit tracking.Hit, err error) {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&hit); err != nil {
		return hit, errs.New(errs.Invalid, "hit.body", "the body is no hit: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return hit, errs.New(errs.Invalid, "hit.body", "there is something behind the hit")
	}
	return hit, nil
}

// encode writes an answer. Everything in it is of letters, digits, - and _: nothing needs quoting.
func (c *Collector) encode(to []byte, a tracking.Answer) []byte {
	to = append(to, `{"v":"`...)
	to = append(to, a.Visitor...)
	to = append(to, `","s":"`...)
	to = append(to, a.Visit...)
	to = append(to, `","n":{`...)
	first := true
	for target, number := range a.Numbers {
		if !first {
			to = append(to, ',')
		}
		first = false
		parts := c.partsOf(phone.Number(number))
		to = append(to, '"')
		to = append(to, target...)
		to = append(to, `":["`...)
		to = append(to, parts[0]...)
		to = append(to, `","`...)
		to = append(to, parts[1]...)
		to = append(to, `","`...)
		to = append(to, parts[2]...)
		to = append(to, `"]`...)
	}
	to = append(to, `},"b":`...)
	to = strconv.AppendInt(to, int64(a.Beat), 10)
	to = append(to, `,"q":`...)
	to = strconv.AppendInt(to, a.Revision, 10)
	if a.Promo != "" {
		to = append(to, `,"promo":"`...)
		to = append(to, a.Promo...)
		to = append(to, '"')
	}
	return append(to, '}')
}

func (c *Collector) partsOf(n phone.Number) [3]string {
	c.mu.RLock()
	parts, ok := c.parts[n]
	c.mu.RUnlock()
	if !ok {
		parts = Parts(n)
		c.mu.Lock()
		c.parts[n] = parts // numbers of pools and rules: as many as the installation has
		c.mu.Unlock()
	}
	return parts
}

// statuses of kinds of errors.
var statuses = map[errs.Kind]int{
	errs.Invalid: http.StatusBadRequest, errs.Denied: http.StatusForbidden, errs.NotFound: http.StatusNotFound, errs.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers an error with its code. The tag stays quiet on each.
func (c *Collector) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, known := statuses[errs.KindOf(err)]
	code := errs.CodeOf(err)
	switch {
	case code == "tracking.flood":
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", "10")
	case r.Context().Err() != nil:
		w.WriteHeader(http.StatusRequestTimeout) // whoever asked has gone, or was too slow: anything but 200
		return
	case !known:
		status, code = http.StatusInternalServerError, "hit.internal"
		c.log.Error("taking a hit", "error", err)
	case status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "30")
		c.log.Warn("a hit cannot be stored", "error", err)
	}
	c.count(code, c.clock())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer := struct {
		Code    string `json:"code"`
		Message string `json:"message,omitempty"`
	}{Code: code}
	if ours := new(errs.Error); status < http.StatusInternalServerError && errors.As(err, &ours) {
		answer.Message = ours.Message
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// hostOnly is a host without its port.
func hostOnly(host string) string {
	if address, err := netip.ParseAddrPort(host); err == nil {
		return address.Addr().String()
	}
	for i := len(host) - 1; i >= 0; i-- {
		if host[i] == ':' {
			return host[:i]
		}
	}
	return host
}

// Tracked are the sites of package tracking, as the tag is served with them.
type Tracked struct {
	Collector *tracking.Collector
	Origin    string // where hits go, of sites without a host of their own
	Clock     func() time.Time
}

// Site finds a site by its key.
func (t Tracked) Site(ctx context.Context, key string) (Site, error) {
	s, revision, err := t.Collector.Site(ctx, key, t.Clock())
	if err != nil {
		return Site{}, err
	}
	site := Served(s, t.Origin)
	site.Version = revision
	return site, nil
}

// Served is a site as the tag is served with it; origin is where hits go, of sites without a host of their own.
func Served(s tracking.Site, origin string) Site {
	site := Site{Key: s.Key, Host: origin, Domain: s.Domain, GPC: Level(s.GPC), Cookies: s.Cookies}
	if s.Collector != "" {
		site.Host, site.OwnHost, site.Secure = "https://"+s.Collector, true, true
	}
	for _, target := range s.Targets {
		site.Targets = append(site.Targets, Target{Name: target.ID, Numbers: target.Numbers})
	}
	for _, feature := range s.Features {
		site.Features = append(site.Features, Feature(feature))
	}
	switch consent := Consent(s.Consent); consent {
	case GoogleConsent, TCF, AlwaysNone, AlwaysSession, AlwaysFull:
		site.Consent = consent // the attribute and the function work without being told
	}
	return site
}
