package widget

import (
	_ "embed" // of hold
	"html"
	"slices"
	"strconv"
	"strings"
)

// Snippet is what a client pastes into a site, and where.
type Snippet struct {
	Name string // "page", "plain", "steady", "gtm", "wordpress": a text of the cabinet says where it goes
	Lang string // "html" or "php"
	Text string
}

// Snippets are the ways to put the tag of a site on its pages, the usual one first (Rule C-48). A consent that the script itself brings
// (data-consent) is left to the client: without it the tag keeps nothing until it is told.
//
// The usual one holds the site's own numbers back on later pages until the tag has run, so that no frame shows them; the script in the page that does
// so asks nobody and gives up after 200 ms, so nothing waits for a host that hangs. The plain one is the tag alone, for policies that forbid
// scripts in the page. The steady one makes a browser paint nothing before the tag has run, as before a style sheet has come: for those under
// such a policy whose host is their own (see Proxy), for it does wait.
func (s Site) Snippets() []Snippet {
	address := s.Host + Prefix + s.Key + ".js"
	plain := `<script async src="` + html.EscapeString(address) + `"></script>`
	page := plain
	var list []Snippet
	if own := s.nationals(); len(own) > 0 {
		page = strings.Replace(hold, "OWN", `"`+strings.Join(own, `", "`)+`"`, 1) + "\n" + plain
		list = append(list, Snippet{"page", "html", page})
	}
	return append(list,
		Snippet{"plain", "html", plain},
		Snippet{"steady", "html", strings.Replace(plain, "async", `async blocking="render"`, 1)},
		Snippet{"gtm", "html", strings.ReplaceAll(gtm, "ADDRESS", strconv.Quote(address))},
		Snippet{"wordpress", "php", strings.ReplaceAll(wordpress, "SCRIPT", phpString(page))},
	)
}

// nationals are the site's own numbers without country and trunk prefix, which is how much of them every way to write them has.
func (s Site) nationals() (own []string) {
	for _, target := range s.Targets {
		for _, n := range target.Numbers {
			if _, _, national := n.Parts(); !slices.Contains(own, national) {
				own = append(own, national)
			}
		}
	}
	return own
}

// hold stands in pages for years, so it knows little: that the tag keeps its record under "bellwether", with the numbers of the visit (n) and
// their time (t, in ms). Where it is out of date it holds nothing back. Like the tag it finds a number over several elements, and it hides the smallest
// element that has all of it.
//
//go:embed src/hold.html
var hold string

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
