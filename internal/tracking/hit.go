package tracking

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/errs"
)

// Kind is what a hit tells of.
type Kind string

// The kinds of hits (Rule C-74).
const (
	PageHit    Kind = "page"    // a page was opened
	BeatHit    Kind = "beat"    // it is still visible
	LeaveHit   Kind = "leave"   // it is out of sight
	ConsentHit Kind = "consent" // the level of consent has changed
	LeadHit    Kind = "lead"    // a form, a telephone link, a messenger
)

// Consent is what the visitor allows.
type Consent int

// The levels of consent (Rule C-79).
const (
	NoConsent      Consent = 0 // nothing is kept in the browser; numbers by channel
	SessionConsent Consent = 1 // as long as the tab lives
	FullConsent    Consent = 2 // the visitor is known again
)

// Hit is what the tag sends; the protocol is in package widget. Names are as short as the tag needs them.
type Hit struct {
	Key             string   `json:"k"`
	Kind            Kind     `json:"e"`
	Consent         Consent  `json:"c"`
	Visitor         string   `json:"v"`
	Visit           string   `json:"s"`
	URL             string   `json:"u"`
	Referrer        string   `json:"r"`
	LandingURL      string   `json:"lu"` // where the visit began, where that is another page
	LandingReferrer string   `json:"lr"`
	Language        string   `json:"l"`
	Zone            string   `json:"z"`
	Width           int      `json:"w"`
	Custom          Values   `json:"x"`
	Targets         []string `json:"d"` // seen in the document
	Page            string   `json:"p"`
	ID              string   `json:"i"` // random; the same is the same hit, sent again
	Lead            *Lead    `json:"lead"`
}

// Lead is what a visitor left, or a link that they used.
type Lead struct {
	Kind  string `json:"kind"` // form, tel, messenger
	Form  string `json:"form"`
	Phone string `json:"phone"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Sender is who a hit came from, as the connection tells.
type Sender struct {
	Address netip.Addr
	Agent   string // what the browser says it is
	Origin  string // of the page
	Private bool   // the browser sends Global Privacy Control (Rule C-54)
}

// Level is the consent of a hit from this browser on a site: what the hit says, but no more than the site grants to browsers that send Global
// Privacy Control.
func (s Sender) Level(said Consent, site *Site) Consent {
	if s.Private {
		return min(said, site.GPC)
	}
	return said
}

// Answer is what the tag is told once the hit is on the disk.
type Answer struct {
	Visitor  string            `json:"v,omitempty"`
	Visit    string            `json:"s,omitempty"`
	Numbers  map[string]string `json:"n,omitempty"` // by target
	Beat     int               `json:"b,omitempty"` // seconds between heartbeats
	Revision int64             `json:"q,omitempty"` // of the settings
	Promo    string            `json:"promo,omitempty"`

	did deeds
}

// deeds are what a hit led to, for the figures of the node.
type deeds struct {
	begun, bot       bool
	capped, doubtful bool
	leases           []string // how numbers were leased
	overloads        int
}

// Values are what a site says of its visitor, by name: texts, numbers and booleans, all kept as texts.
type Values map[string]string

// UnmarshalJSON reads values; anything else than the three kinds is refused.
func (v *Values) UnmarshalJSON(text []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*v = make(Values, len(raw))
	for name, value := range raw {
		switch value := value.(type) {
		case string:
			(*v)[name] = value
		case float64:
			(*v)[name] = strconv.FormatFloat(value, 'f', -1, 64)
		case bool:
			(*v)[name] = strconv.FormatBool(value)
		default:
			return fmt.Errorf("the value %.40q is neither a text, a number nor a boolean", name)
		}
	}
	return nil
}

// The bounds of what a stranger may send (Rule C-80).
const (
	longestURL    = 2000
	longestField  = 200
	mostCustom    = 10
	mostSeen      = mostTargets
	widestScreen  = 100_000
	beatSeconds   = 15
	visitorLength = 16
)

// check refuses what the tag never sends and cuts what is too long.
func (h *Hit) check() error {
	switch h.Kind {
	case PageHit, BeatHit, LeaveHit, ConsentHit, LeadHit:
	default:
		return errs.New(errs.Invalid, "hit.kind", "%.20q is no kind of hit", string(h.Kind)).At("e")
	}
	switch {
	case h.Consent < NoConsent || h.Consent > FullConsent:
		return errs.New(errs.Invalid, "hit.consent", "consent is 0, 1 or 2").At("c")
	case h.ID == "" || len(h.ID) > longestField:
		return errs.New(errs.Invalid, "hit.id", "a hit has an id of 1 to %d characters", longestField).At("i")
	case h.Width < 0 || h.Width > widestScreen:
		return errs.New(errs.Invalid, "hit.width", "a screen is 0 to %d pixels wide", widestScreen).At("w")
	case (h.Kind == LeadHit) != (h.Lead != nil):
		return errs.New(errs.Invalid, "hit.lead", "a lead, and nothing else, has a lead").At("lead")
	}
	h.cut()
	return h.checkLead()
}

func (h *Hit) checkLead() error {
	if h.Lead == nil {
		return nil
	}
	switch h.Lead.Kind {
	case "form", "tel", "messenger":
	default:
		return errs.New(errs.Invalid, "hit.lead", "%.20q is no kind of lead", h.Lead.Kind).At("lead.kind")
	}
	for _, text := range []*string{&h.Lead.Form, &h.Lead.Phone, &h.Lead.Email, &h.Lead.Name} {
		*text = plain(*text, longestField)
	}
	if h.Consent < FullConsent { // who it is, is told at the full level alone
		h.Lead.Phone, h.Lead.Email, h.Lead.Name = "", "", ""
	}
	return nil
}

// cut shortens texts to what is kept, and makes them such that they can be: they are the site's own, and a page loses nothing by it.
func (h *Hit) cut() {
	h.Targets = h.Targets[:min(len(h.Targets), mostSeen)]
	for _, name := range slices.Sorted(maps.Keys(h.Custom))[min(len(h.Custom), mostCustom):] {
		delete(h.Custom, name)
	}
	for _, text := range []*string{&h.URL, &h.Referrer, &h.LandingURL, &h.LandingReferrer} {
		*text = plain(*text, longestURL)
	}
	for _, text := range []*string{&h.Language, &h.Zone, &h.Page} {
		*text = plain(*text, longestField)
	}
	for name, value := range h.Custom {
		if clean := plain(value, longestField); clean != value {
			h.Custom[name] = clean
		}
	}
}

// plain is a text without what cannot be seen, of so many bytes at most.
func plain(text string, most int) string {
	fits := len(text) <= most
	for i := 0; fits && i < len(text); i++ {
		fits = text[i] >= ' ' && text[i] < utf8.RuneSelf && text[i] != 0x7f
	}
	if fits { // as nearly every one does
		return text
	}
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError || c >= 0x200b && c <= 0x200f || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == 0xfeff {
			return -1
		}
		return c
	}, text)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// isVisitor reports whether a visitor's name is one that we gave.
func isVisitor(name string) bool {
	if len(name) != visitorLength {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// network is what is kept of an address: its /24, or /48 (Rule C-78).
func network(address netip.Addr) string {
	address = address.Unmap()
	if !address.IsValid() {
		return ""
	}
	bits := 24
	if address.Is6() {
		bits = 48
	}
	prefix, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
