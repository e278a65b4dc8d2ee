package source

import "strings"

// Site is what the client calls their own.
type Site struct {
	own     map[string]bool
	exclude map[string]bool
}

// NewSite makes a Site of hosts ("shop.example", also with scheme, port, www. or in any script; each with all below it) and of
// hosts that are no source, besides the payment and sign-in services known here (Rule C-35). What is no host is left out.
func NewSite(hosts, exclusions []string) *Site {
	return &Site{own: hostSet(hosts), exclude: hostSet(exclusions)}
}

func hostSet(hosts []string) map[string]bool {
	set := map[string]bool{}
	for _, h := range hosts {
		if !strings.Contains(h, "://") {
			h = "https://" + h
		}
		if host := strings.TrimPrefix(parseAddress(h).host, "www."); host != "" {
			set[host] = true
		}
	}
	return set
}

func (s *Site) owns(host string) bool { return s != nil && within(host, s.own) }

// returnsFrom tells whether a host sends visitors back to where they were.
func (s *Site) returnsFrom(host string) bool {
	if s != nil && within(host, s.exclude) {
		return true
	}
	known, ok := lookUp(host)
	return ok && known.kind == goBack
}

// within tells whether a host or a domain above it is in the set.
func within(host string, set map[string]bool) bool {
	for host != "" {
		if set[host] {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}
