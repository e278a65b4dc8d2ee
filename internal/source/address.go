package source

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/encoding/charmap"

	"bellwether/internal/ident"
)

// Bounds of what a stranger sends (Rule C-39): bytes of an address, parameters of it, characters of a value, bytes of a
// click id.
const (
	mostAddress = 8192
	mostParams  = 200
	mostValue   = 200
	mostClick   = 256
)

// address is the part of a URL that tells sources apart.
type address struct {
	host  string // lower case, ASCII; of an app its name reversed: "com.google.android.gm"
	query string // what stands behind "?", and behind "#" where it looks like parameters
}

// parseAddress reads what browsers send and people type; it is more patient than net/url, which refuses a page for one wrong
// escape. What has no http, https or android-app scheme has no host.
func parseAddress(text string) address {
	if len(text) > mostAddress {
		text = text[:mostAddress]
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	scheme = strings.ToLower(scheme)
	if !ok || (scheme != "http" && scheme != "https" && scheme != "android-app") {
		return address{}
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, _, _ := strings.Cut(rest, "/")
	if strings.Contains(fragment, "=") {
		_, inRoute, isRoute := strings.Cut(fragment, "?")
		if isRoute {
			fragment = inRoute
		}
		query += "&" + fragment
	}
	return address{host: hostOf(authority), query: query}
}

// hostOf takes user, port and a closing dot off, and writes the host in ASCII.
func hostOf(authority string) string {
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	if strings.HasPrefix(authority, "[") {
		inner, _, _ := strings.Cut(authority[1:], "]")
		if ip, err := netip.ParseAddr(inner); err == nil {
			return ip.String()
		}
		return ""
	}
	host, _, _ := strings.Cut(authority, ":")
	host = strings.TrimSuffix(host, ".")
	const mostHost = 253 // RFC 1035
	if host == "" || len(host) > 4*mostHost {
		return ""
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		ascii = strings.ToLower(host) // an underscore, as hosts have that nobody registered
	}
	if len(ascii) > mostHost || strings.ContainsFunc(ascii, notInHost) {
		return ""
	}
	return ascii
}

func notInHost(c rune) bool {
	return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')
}

// shown is a host as reports show it: without "www.", in its own script.
func shown(host string) string {
	host = strings.TrimPrefix(host, "www.")
	if unicode, err := idna.Display.ToUnicode(host); err == nil {
		return unicode
	}
	return host
}

// values are the parameters of an address that anything here asks for, decoded, by their names in lower case. The first of a
// name that is not empty counts.
func (a address) values() map[string]string {
	found := map[string]string{}
	query := a.query
	for range mostParams {
		if query == "" {
			break
		}
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		name = strings.ToLower(name)
		if wanted[name] && found[name] == "" {
			found[name] = decode(value, name)
		}
	}
	return found
}

var wanted = func() map[string]bool {
	names := map[string]bool{"utm_referrer": true, "utm_nooverride": true, "utm_id": true}
	for _, tag := range []string{"source", "medium", "campaign", "term", "content"} {
		names["utm_"+tag] = true
	}
	for _, n := range networks {
		names[n.param] = true
	}
	for _, param := range searchParams {
		names[param] = true
	}
	return names
}()

// searchParams hold what was searched for, with the engines that still tell.
var searchParams = []string{"q", "query", "text", "p", "wd"}

func (a address) searchTerm() string {
	found := a.values()
	for _, param := range searchParams {
		if found[param] != "" {
			return found[param]
		}
	}
	return ""
}

// decode reads a value: percent signs, UTF-8 or, as older Russian sites write it, Windows-1251 (Rule C-34).
func decode(value, name string) string {
	text := unescape(value)
	if twice := unescape(text); strings.Count(text, "%") > 1 && utf8.ValidString(twice) && !isASCII(twice) {
		text = twice // encoded once more by a redirect
	}
	if !utf8.ValidString(text) {
		if russian, err := charmap.Windows1251.NewDecoder().String(text); err == nil {
			text = russian
		}
	}
	text = strings.TrimSpace(ident.Clean(text))
	switch {
	case name == "utm_referrer":
		return text
	case clickParams[name]:
		return cut(text, mostClick)
	}
	return cut(text, mostValue)
}

var clickParams = func() map[string]bool {
	names := map[string]bool{}
	for _, n := range networks {
		names[n.param] = true
	}
	return names
}()

// cut leaves so many characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	runes := 0
	for i := range text {
		if runes == most {
			return text[:i]
		}
		runes++
	}
	return text
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c >= utf8.RuneSelf })
}

// unescape takes percent signs and plus signs out; an escape that is none stays as it is.
func unescape(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '+':
			out = append(out, ' ')
		case text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, hex(text[i+1])<<4|hex(text[i+2]))
			i += 2
		default:
			out = append(out, text[i])
		}
	}
	return string(out)
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func hex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// tag is a value that somebody wrote: a placeholder that nobody filled in, such as {keyword}, is none (Rule C-31).
func tag(found map[string]string, name string) string {
	value := found[name]
	for _, marks := range []string{"{}", "[]", "%%"} {
		if len(value) > 1 && value[0] == marks[0] && value[len(value)-1] == marks[1] {
			return ""
		}
	}
	return value
}
