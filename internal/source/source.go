package source

import (
	"slices"
	"strings"
)

// Evidence is what a source was read from.
type Evidence string

const (
	// Tags are utm_source and its like in the address of the landing page.
	Tags Evidence = "tags"
	// ClickID is a parameter that an advertising network or a search engine adds to a click.
	ClickID Evidence = "click"
	// Referrer is the page with the link.
	Referrer Evidence = "referrer"
	// Nothing: the visitor typed the address, or whoever sent them does not say so.
	Nothing Evidence = "none"
)

const (
	direct = "(direct)"
	none   = "(none)"
	notSet = "(not set)"
)

// Source is where a visit came from.
type Source struct {
	Name     string // "google", "shop.example", "(direct)"; lower case
	Medium   string // "cpc", "organic", "referral", "(none)"; lower case
	Campaign string // as written, like the two below
	Term     string
	Content  string
	Clicks   []Click  // click ids of the address, by name
	Kind     Kind     // what the source is: a search engine, a social network, …
	Channel  Channel  // GA4's group
	By       Evidence // what decided
	Host     string   // of the referrer, "" where there is none or it is the site's own; in its own script

	// Internal: the referrer is the site itself, or a page that sent the visitor back (payment, sign-in). The source is then
	// that of the visit that is open, and direct where none is.
	Internal bool
	// Weak: the tags stand in a link of the site itself, or ask not to override (utm_nooverride=1). They count where no
	// visit is open.
	Weak bool
}

// Click is an identifier that came with a click.
type Click struct {
	Name string // "gclid"
	ID   string
}

// Click is the id of a kind, "" where there is none.
func (s Source) Click(name string) string {
	for _, c := range s.Clicks {
		if c.Name == name {
			return c.ID
		}
	}
	return ""
}

// Begins tells whether a page with this source begins a new visit although one is open with another (Rule C-36): it brings a
// click id or a campaign that the open one does not have. Midnight begins none, nor does a search engine or a link.
func (s Source) Begins(open Source) bool {
	if s.Weak {
		return false
	}
	for _, c := range s.Clicks {
		if !slices.Contains(open.Clicks, c) {
			return true
		}
	}
	return s.By == Tags && s.campaign() != open.campaign()
}

func (s Source) campaign() [5]string {
	return [...]string{s.Name, s.Medium, s.Campaign, s.Term, s.Content}
}

// Classify finds the source of a page that was opened at an address from a referrer, either of which may be anything.
func Classify(address, referrer string, site *Site) Source {
	landing, from := parseAddress(address), parseAddress(referrer)
	own := from.host != "" && (site.owns(from.host) || from.host == landing.host)
	found := landing.values()
	if said := parseAddress(found["utm_referrer"]); own || from.host == "" {
		// What redirects pass on in place of the referrer they hide.
		if said.host != "" && !site.owns(said.host) && said.host != landing.host {
			from, own = said, false
		}
	}
	s := Source{Clicks: clicksOf(found)}
	s.Internal = own || (from.host != "" && site.returnsFrom(from.host))
	if from.host != "" && !own {
		s.Host = shown(from.host)
	}
	switch {
	case s.byTags(found, from):
		s.By, s.Weak = Tags, own || found["utm_nooverride"] == "1"
	case s.byClick(found):
		s.By = ClickID
	case from.host != "" && !s.Internal:
		s.byReferrer(from)
	default:
		s.Name, s.Medium, s.Kind, s.By = direct, none, Direct, Nothing
	}
	s.Channel = channelOf(s)
	return s
}

// byTags reads what the address says of itself (Rule C-31). What the tags leave out the click id says, then the referrer.
func (s *Source) byTags(found map[string]string, from address) bool {
	source, medium, campaign := tag(found, "utm_source"), tag(found, "utm_medium"), tag(found, "utm_campaign")
	if source == "" && medium == "" && campaign == "" {
		return false
	}
	var click Source
	if click.byClick(found); click.Name == "" && from.host != "" && !s.Internal {
		click.Name = nameOf(from.host)
	}
	s.Name = strings.ToLower(first(source, click.Name, notSet))
	s.Medium = strings.ToLower(first(medium, click.Medium, notSet))
	s.Campaign, s.Term, s.Content = first(campaign, tag(found, "utm_id")), tag(found, "utm_term"), tag(found, "utm_content")
	s.Kind = kindOf(s.Name)
	return true
}

// byReferrer reads the host that linked here (Rule C-33).
func (s *Source) byReferrer(from address) {
	s.By = Referrer
	known, ok := lookUp(from.host)
	if !ok {
		s.Name, s.Medium, s.Kind = nameOf(from.host), "referral", Referral
		return
	}
	s.Name, s.Kind, s.Medium = known.name, known.kind, mediumOf[known.kind]
	if known.kind == Search {
		s.Term = from.searchTerm()
	}
}

// nameOf is what a host is called in reports: a service by its name, any other by its host without "www.".
func nameOf(host string) string {
	if known, ok := lookUp(host); ok {
		return known.name
	}
	return shown(host)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
