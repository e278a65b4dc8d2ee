package widget

import (
	"html"
	"strconv"
	"strings"
)

// Snippet is what a client pastes into a site, and where.
type Snippet struct {
	Name string // "plain", "steady", "gtm", "wordpress": a text of the cabinet says where it goes
	Lang string // "html" or "php"
	Text string
}

// Snippets are the ways to put the tag of a site on its pages (Rule C-48). A consent that the script itself brings (data-consent)
// is left to the client: without it the tag keeps nothing until it is told.
//
// The steady one makes a browser paint nothing before the tag has run, as before a style sheet has come: on later pages, where
// the tag comes from the browser's cache, no frame shows the old number. Its price is that a site waits for a host that hangs; so
// it is for those whose host is their own (see Proxy), and the plain one waits for nothing.
func (s Site) Snippets() []Snippet {
	address := s.Host + Prefix + s.Key + ".js"
	plain := `<script async src="` + html.EscapeString(address) + `"></script>`
	return []Snippet{
		{"plain", "html", plain},
		{"steady", "html", strings.Replace(plain, "async", `async blocking="render"`, 1)},
		{"gtm", "html", strings.ReplaceAll(gtm, "ADDRESS", strconv.Quote(address))},
		{"wordpress", "php", strings.ReplaceAll(wordpress, "SCRIPT", phpString(plain))},
	}
}

// gtm adds the script by itself, for Tag Manager drops the attributes of scripts in its HTML tags.
const gtm = `<script>
  (function (tag) {
    tag.async = true;
    tag.src = ADDRESS;
    document.head.appendChild(tag);
  })(document.createElement("script"));
</script>`

// wordpress prints the script first in the head, before whatever the theme loads.
const wordpress = `add_action('wp_head', function () {
    echo SCRIPT, "\n";
}, 0);`

func phpString(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// Proxy is a piece of a server's configuration that makes /t/ and /hit of the client's own host those of the collector: the
// way to a first-party host that browsers treat best (Rule C-58). collector is its address: "https://collect.example".
func Proxy(collector string) string {
	return strings.ReplaceAll(nginx, "COLLECTOR", collector)
}

const nginx = `location ~ ^/(t/|hit$) {
    proxy_pass COLLECTOR;
    proxy_ssl_server_name on;
    proxy_connect_timeout 1s;
    proxy_read_timeout 3s;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
}`
