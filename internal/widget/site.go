package widget

import (
	"context"
	"encoding/json"

	"bellwether/internal/phone"
)

// Sites knows the sites of all projects by their keys. An unknown key is an error of kind errs.NotFound.
type Sites interface {
	Site(ctx context.Context, key string) (Site, error)
}

// Site is what the tag must know of a site.
type Site struct {
	Key      string
	Host     string // where hits go: "https://collect.example", without a slash at the end
	OwnHost  bool   // Host is the client's own: the collector may keep the visitor in a cookie of theirs
	Domain   string // of the tag's cookie: "shop.example"; empty: the host of the page
	Secure   bool   // all of the site is https: so is the cookie
	Targets  []Target
	Consent  Consent
	GPC      Level    // highest level for a browser that sends Global Privacy Control
	Cookies  []string // of the site, that rules ask for
	Features []Feature
	Version  int64 // of the settings
}

// Target is a place for a number, by the numbers that stand there in the site's HTML.
type Target struct {
	Name    string
	Numbers []phone.Number
}

// Level of consent: what may be kept of a visitor, and where.
type Level int

// The levels (Rule C-50).
const (
	None    Level = iota // nothing is kept: a number by channel, not by visit
	Session              // sessionStorage, until the tab is shut
	Full                 // localStorage and a cookie
)

// Consent is where a site's consent comes from (Rules C-50 and C-53).
type Consent string

// Where a consent comes from.
const (
	Asked         Consent = ""        // data-consent of the script, bellwether("consent", …); none before
	GoogleConsent Consent = "gcm"     // Google Consent Mode
	TCF           Consent = "tcf"     // IAB Transparency and Consent Framework
	AlwaysNone    Consent = "none"    // settled by the site
	AlwaysSession Consent = "session" // settled by the site
	AlwaysFull    Consent = "full"    // settled by the site
)

// Feature is what the core loads on demand.
type Feature string

// What a site can switch on.
const (
	Forms  Feature = "forms"  // submitted forms are leads
	Clicks Feature = "clicks" // clicks on tel: links and messengers are leads
	Promo  Feature = "promo"  // the visitor's code is shown
)

// settings are a Site in the words of the protocol.
type settings struct {
	Key         string    `json:"k"`
	Host        string    `json:"h"`
	Credentials string    `json:"o"`
	Cookie      string    `json:"a"`
	Numbers     [][2]any  `json:"n"`
	Consent     *Level    `json:"c,omitempty"`
	Module      string    `json:"m,omitempty"`
	GPC         Level     `json:"g"`
	Cookies     []string  `json:"x"`
	Features    []Feature `json:"f"`
	More        string    `json:"b"`
}

// Parts are a number as settings and answers carry it.
func Parts(n phone.Number) [3]string {
	country, trunk, national := n.Parts()
	return [3]string{country, trunk, national}
}

// encode writes the settings as a literal of JavaScript that may stand in HTML too.
func (s Site) encode() ([]byte, error) {
	out := settings{
		Key: s.Key, Host: s.Host, Credentials: "omit", Cookie: ";path=/;samesite=lax", GPC: s.GPC, More: load().version,
		Numbers: [][2]any{}, Cookies: []string{}, Features: []Feature{},
	}
	if s.OwnHost {
		out.Credentials = "include"
	}
	if s.Domain != "" {
		out.Cookie += ";domain=" + s.Domain
	}
	if s.Secure {
		out.Cookie += ";secure"
	}
	for _, t := range s.Targets {
		for _, n := range t.Numbers {
			out.Numbers = append(out.Numbers, [2]any{t.Name, Parts(n)})
		}
	}
	out.Cookies, out.Features = append(out.Cookies, s.Cookies...), append(out.Features, s.Features...)
	levels := map[Consent]Level{AlwaysNone: None, AlwaysSession: Session, AlwaysFull: Full}
	if level, settled := levels[s.Consent]; settled {
		out.Consent = &level
	} else {
		out.Module = string(s.Consent)
	}
	return json.Marshal(out) // which escapes <, >, & and the line ends that JavaScript once did not take
}
