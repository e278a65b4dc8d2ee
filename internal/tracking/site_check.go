package tracking

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
)

// check refuses a site that cannot be one (Rule C-70). Hosts are brought to the form in which they are compared.
func (s *Site) check() error {
	if !ident.Line(s.Name, longestName) {
		return errs.New(errs.Invalid, "tracking.bad_site", "a site has a name of 1 to %d characters in one line", longestName).At("name")
	}
	if len(s.Hosts) == 0 || len(s.Hosts) > mostHosts {
		return errs.New(errs.Invalid, "tracking.bad_site", "a site has 1 to %d hosts", mostHosts).At("hosts").Try("write the host as in the address of its pages: shop.example")
	}
	for _, list := range []struct {
		field string
		hosts []string
	}{{"hosts", s.Hosts}, {"exclusions", s.Exclusions}} {
		for i, text := range list.hosts {
			host, ok := hostOf(text)
			if !ok {
				return errs.New(errs.Invalid, "tracking.bad_site", "%.80q is not a host", text).At(fmt.Sprintf("%s[%d]", list.field, i)).Try("write it like shop.example")
			}
			list.hosts[i] = host
		}
	}
	if !slices.Contains(Consents, s.Consent) {
		return errs.New(errs.Invalid, "tracking.bad_site", "%.40q is no way to learn of consent", s.Consent).At("consent").Try("choose one of: " + strings.Join(Consents, ", "))
	}
	for i, feature := range s.Features {
		if !slices.Contains(Features, feature) {
			return errs.New(errs.Invalid, "tracking.bad_site", "the tag has no feature %.40q", feature).At(fmt.Sprintf("features[%d]", i)).Try("choose of: " + strings.Join(Features, ", "))
		}
	}
	if err := s.checkTexts(); err != nil {
		return err
	}
	if err := s.checkOwnHost(); err != nil {
		return err
	}
	return s.checkTargets()
}

// checkOwnHost checks what makes the tag the site's own: Safari keeps the cookie of a host that belongs to the site.
func (s *Site) checkOwnHost() error {
	if s.GPC < NoConsent || s.GPC > FullConsent {
		return errs.New(errs.Invalid, "tracking.bad_site", "consent is 0, 1 or 2").At("gpc")
	}
	if s.Domain != "" && !slices.Contains(s.Hosts, s.Domain) {
		return errs.New(errs.Invalid, "tracking.bad_site", "%.80q is not a host of the site", s.Domain).At("domain")
	}
	if s.Collector == "" {
		return nil
	}
	host, ok := servedHost(s.Collector)
	if !ok || s.Domain == "" || host != s.Domain && !strings.HasSuffix(host, "."+s.Domain) {
		return errs.New(errs.Invalid, "tracking.bad_site", "%.80q is not a host below the domain", s.Collector).At("collector").Try("write a host such as t.shop.example, and its domain shop.example")
	}
	s.Collector = host
	return nil
}

func (s *Site) checkTexts() error {
	for field, texts := range map[string][]string{"exclusions": s.Exclusions, "cookies": s.Cookies, "contacts": s.Contacts} {
		if len(texts) > mostTexts {
			return errs.New(errs.Invalid, "tracking.bad_site", "there are at most %d", mostTexts).At(field)
		}
		for i, text := range texts {
			if !ident.Line(text, longestText) {
				return errs.New(errs.Invalid, "tracking.bad_site", "write 1 to %d characters in one line", longestText).At(fmt.Sprintf("%s[%d]", field, i))
			}
		}
	}
	return nil
}

func (s *Site) checkTargets() error {
	if len(s.Targets) == 0 || len(s.Targets) > mostTargets {
		return errs.New(errs.Invalid, "tracking.bad_site", "a site has 1 to %d numbers to swap", mostTargets).At("targets").Try("add the number that stands in its pages")
	}
	ids, numbers := map[string]bool{}, map[phone.Number]bool{}
	for i, target := range s.Targets {
		where := fmt.Sprintf("targets[%d]", i)
		if _, err := ident.ParseProjectID(target.ID); err != nil || ids[target.ID] {
			return errs.New(errs.Invalid, "tracking.bad_site", "%.40q is not an id of its own", target.ID).At(where + ".id").Try("write t1, t2, ...")
		}
		ids[target.ID] = true
		if len(target.Numbers) == 0 || len(target.Numbers) > mostTargets {
			return errs.New(errs.Invalid, "tracking.bad_site", "a target is 1 to %d numbers", mostTargets).At(where + ".numbers")
		}
		for j, n := range target.Numbers {
			parsed, err := phone.Parse(string(n), "")
			if err != nil || numbers[parsed] {
				return errs.New(errs.Invalid, "tracking.bad_site", "%.40q is not a number, or stands here twice", n).At(fmt.Sprintf("%s.numbers[%d]", where, j)).Try("write it like +380443337700")
			}
			target.Numbers[j], numbers[parsed] = parsed, true
		}
	}
	return nil
}

// hostOf reads a host, also out of an address, as hosts are compared: without "www.".
func hostOf(text string) (string, bool) {
	host, ok := servedHost(text)
	host = strings.TrimPrefix(host, "www.")
	return host, ok && host != ""
}

// servedHost reads a host as it is asked: one with "www." may be another server than the one without.
func servedHost(text string) (string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	address, err := url.Parse(text)
	if err != nil || address.User != nil {
		return "", false
	}
	host := address.Hostname()
	return host, host != "" && len(host) <= longestText && !strings.ContainsAny(host, " */_,;\"'<>")
}

// Allows reports whether pages of an origin ("https://shop.example") belong to the site.
func (s *Site) Allows(origin string) bool {
	scheme, host, found := strings.Cut(origin, "://")
	if !found || scheme != "https" && scheme != "http" {
		return false
	}
	host = strings.ToLower(host)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	for _, own := range s.Hosts {
		if host == own || strings.HasSuffix(host, own) && host[len(host)-len(own)-1] == '.' {
			return true
		}
	}
	return false
}
