package source

import (
	_ "embed" // the list of hosts
	"strings"
)

// Kind is what a source is, whoever pays: the traffic type of substitution rules.
type Kind string

// Kinds of sources.
const (
	Search    Kind = "search"
	Assistant Kind = "assistant"
	Social    Kind = "social"
	Mail      Kind = "mail"
	Video     Kind = "video"
	Shopping  Kind = "shopping"
	Referral  Kind = "referral" // any other host
	Other     Kind = "other"    // a tagged source that is no host and no service we know
	Direct    Kind = "direct"

	goBack Kind = "return" // payments and sign-in: no source
)

// Kinds are all of them, for a choice.
var Kinds = []Kind{Search, Assistant, Social, Mail, Video, Shopping, Referral, Other, Direct}

// mediumOf is the medium of a link from a known service that is not tagged.
var mediumOf = map[Kind]string{
	Search: "organic", Assistant: "referral", Social: "social", Mail: "email", Video: "video", Shopping: "referral",
	Referral: "referral",
}

// service is what runs a host.
type service struct {
	name string
	kind Kind
}

//go:embed hosts.txt
var hostList string

// byHost has the services by host, "google.*" for a name below any country; byName the same by what tags call them.
var byHost, byName = readHosts(hostList)

// readHosts reads lines "kind name host host … =alias": a mistake is the author's, so it panics.
func readHosts(list string) (hosts, names map[string]service) {
	hosts, names = map[string]service{}, map[string]service{}
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) < 3 {
			panic("source: hosts.txt: " + line)
		}
		s := service{words[1], Kind(words[0])}
		names[s.name] = s
		for _, word := range words[2:] {
			if alias, ok := strings.CutPrefix(word, "="); ok {
				names[alias] = s
			} else {
				hosts[word] = s
			}
		}
	}
	return hosts, names
}

// lookUp finds the service of a host by the longest domain that is listed, so that mail.google.com is no search engine.
func lookUp(host string) (service, bool) {
	for domain := host; domain != ""; {
		if s, ok := byHost[domain]; ok {
			return s, true
		}
		label, rest, _ := strings.Cut(domain, ".")
		if isCountry(rest) {
			if s, ok := byHost[label+".*"]; ok {
				return s, true
			}
		}
		domain = rest
	}
	return service{}, false
}

// isCountry tells what may stand for the star of google.*: "de", "com", "com.ua", "co.uk".
func isCountry(suffix string) bool {
	first, second, two := strings.Cut(suffix, ".")
	if !two {
		return len(first) >= 2
	}
	return len(first) <= 3 && len(second) == 2
}

// kindOf is the kind of a source by its name in a tag: "google", "m.facebook.com", "vk".
func kindOf(name string) Kind {
	if s, ok := byName[name]; ok && s.kind != goBack {
		return s.kind
	}
	if host := hostOf(name); strings.Contains(host, ".") {
		if s, ok := lookUp(host); ok && s.kind != goBack {
			return s.kind
		}
		return Referral
	}
	return Other
}
