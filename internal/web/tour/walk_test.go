package tour_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// page is a page that the walk came to.
type page struct {
	pattern string // of its route
	path    string
	body    *html.Node
	part    bool // a part of a page, which a script puts in its place
}

// walk follows every link from the start page of each organisation, and keeps the first page it finds for each route.
type walk struct {
	testing.TB
	who    *cabinettest.Person
	routes *http.ServeMux
	seen   map[string]bool // paths that were asked for
	tries  map[string]int  // by pattern
	pages  map[string]page // by pattern
	all    []page          // every page that was opened
	forms  []form
	queue  []string
	most   int // pages of a route that are opened: one row of a table is like another
}

// walk is that of an operator, who sees most.
func (h *house) walk() *walk {
	h.Helper()
	return h.walkAs(h, h.operators[lang.English], 10, "/op", cabinet.Base(shop), "/a/lime", "/a/lime/people", "/me", "/help", "/")
}

// walkAs walks as somebody from some pages on.
func (h *house) walkAs(t testing.TB, who *cabinettest.Person, most int, from ...string) *walk {
	t.Helper()
	w := &walk{
		TB: t, who: who, routes: http.NewServeMux(), seen: map[string]bool{}, tries: map[string]int{}, pages: map[string]page{}, queue: from, most: most,
	}
	routed := map[string]bool{}
	for _, route := range h.App.Cabinet.Routes() {
		routed[route.Pattern] = true
		w.routes.Handle(route.Pattern, http.NotFoundHandler())
	}
	for _, pattern := range h.App.Cabinet.Patterns() {
		if strings.HasPrefix(pattern, "POST ") && !routed[pattern] {
			w.routes.Handle(pattern, http.NotFoundHandler())
		}
	}
	for len(w.queue) > 0 {
		path := w.queue[0]
		w.queue = w.queue[1:]
		w.visit(path)
	}
	return w
}

// found are the pages, one for each route, in the order of their patterns.
func (w *walk) found() []page {
	var pages []page
	for _, p := range w.pages {
		pages = append(pages, p)
	}
	slices.SortFunc(pages, func(a, b page) int { return strings.Compare(a.pattern, b.pattern) })
	return pages
}

// visit opens a page of the site, unless enough of its kind were opened, and queues what it links to.
func (w *walk) visit(path string) {
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		w.Errorf("a link leads to %q: %v", path, err)
		return
	}
	_, pattern := w.routes.Handler(r)
	if pattern == "" && elsewhere[beginning(path)] == "" && !w.seen[path] {
		w.seen[path] = true
		w.Errorf("a link leads to %s, which is no page", path)
	}
	if pattern == "" || w.seen[path] || w.tries[pattern] >= w.most || pattern == "GET /live" {
		return
	}
	w.seen[path] = true
	w.tries[pattern]++
	answer := w.who.Get(path)
	if answer.Status != http.StatusOK {
		w.Errorf("a link leads to %s, which answers %d", path, answer.Status)
		return
	}
	body, err := html.Parse(strings.NewReader(answer.Body))
	if err != nil {
		w.Errorf("%s: %v", path, err)
		return
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		w.keep(page{pattern, path, body, !strings.Contains(answer.Body, "<main")})
	}
	w.queue = append(w.queue, links(body)...)
}

func (w *walk) keep(p page) {
	if _, known := w.pages[p.pattern]; !known {
		w.pages[p.pattern] = p
	}
	w.all = append(w.all, p)
	for _, f := range formsOf(w.routes, w.who.User, p.path, p.body) {
		if f.pattern == "" {
			w.Errorf("a form of %s leads to %s %s, which is no route", p.path, f.method, f.action)
			continue
		}
		w.forms = append(w.forms, f)
	}
}

// elsewhere are the beginnings of addresses that the program answers without a page of the cabinet, each with what is there.
var elsewhere = map[string]string{
	"/assets": "scripts, styles and pictures",
}

// beginning is the first part of a path: "/assets" of "/assets/app.css".
func beginning(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}

// links are the addresses within the site that a page leads to, without those of exports, in their order.
func links(body *html.Node) []string {
	var found []string
	for n := range body.Descendants() {
		for _, a := range n.Attr {
			if a.Key != "href" && a.Key != "hx-get" && a.Key != "data-refresh" && a.Key != "data-part" {
				continue
			}
			u, err := url.Parse(a.Val)
			if err == nil && u.Host == "" && strings.HasPrefix(u.Path, "/") && !u.Query().Has("format") && !anyFormat.MatchString(u.RawQuery) {
				u.Fragment = ""
				found = append(found, u.String())
			}
		}
	}
	return found
}

var anyFormat = regexp.MustCompile(`(^|&|\.)format=`)

// unreached are the routes that no link leads to, each with its reason.
var unreached = map[string]string{
	"GET /live":                                                  "a stream, opened by the script of every page",
	"GET /help/pictures/{picture}":                               "a picture, no page",
	"GET /p/{project}/calls/{call}/replay":                       "no call of the walk came over the telephone; internal/web/calls opens it",
	"GET /calculator":                                            "linked from outside",
	"GET /p/{project}/suggest":                                   "asked by the palette as one types",
	"GET /a/{agency}/suggest":                                    "asked by the palette as one types",
	"GET /op/suggest":                                            "asked by the palette as one types",
	"GET /p/{project}/support/count":                             "a part of the chat, read anew by its script",
	"GET /p/{project}/support/head":                              "a part of the chat, read anew by its script",
	"GET /p/{project}/support/lines":                             "a part of the chat, read anew by its script",
	"GET /p/{project}/support/panel":                             "a part of the chat, read anew by its script",
	"GET /a/{agency}/support/count":                              "a part of the chat, read anew by its script",
	"GET /a/{agency}/support/head":                               "a part of the chat, read anew by its script",
	"GET /a/{agency}/support/lines":                              "a part of the chat, read anew by its script",
	"GET /a/{agency}/support/panel":                              "a part of the chat, read anew by its script",
	"GET /me/support/count":                                      "a part of the chat, read anew by its script",
	"GET /me/support/head":                                       "a part of the chat, read anew by its script",
	"GET /me/support/lines":                                      "a part of the chat, read anew by its script",
	"GET /me/support/panel":                                      "a part of the chat, read anew by its script",
	"GET /op/support/{conversation}/lines":                       "a part of the desk, read anew by its script",
	"GET /op/support/answers/{answer}/remove":                    "the installation of the walk has no saved answers",
	"GET /op/books/{version}/rehearsals/{job}":                   "no rehearsal has run",
	"GET /p/{project}/funds/products/packages/{package}":         "the book of the walk sells no minute packages",
	"GET /p/{project}/funds/products/plan":                       "the book of the walk has no plans",
	"GET /p/{project}/funds/products/term":                       "the book of the walk is not sold by term",
	"GET /p/{project}/numbers/own/new":                           "the form of an own number leads there",
	"GET /p/{project}/settings/zone":                             "the form of the settings leads there",
	"GET /p/{project}/funds/book/versions/{version}/what-if":     "loads into the page of a version",
	"GET /p/{project}/people/ways":                               "loads into the list of users",
	"GET /confirm":                                               "a mail leads there",
	"GET /email":                                                 "a mail leads there",
	"GET /reset":                                                 "a mail leads there",
	"GET /invitation":                                            "a mail leads there",
	"GET /setup":                                                 "the link of a new installation leads there",
	"GET /sign-in/code":                                          "comes after signing in",
	"GET /new-project":                                           "for people without a project",
	"GET /sign-up":                                               "for strangers",
	"GET /me/view/end":                                           "a view as somebody else leads there",
	"GET /op/welcome":                                            "the last step of the first run",
	"GET /me/passkeys/{passkey}":                                 "the operator of the walk has no passkey",
	"GET /me/passkeys/{passkey}/delete":                          "the operator of the walk has no passkey",
	"GET /a/{agency}/people/users/{user}/unblock":                "nobody of the agency is blocked",
	"GET /op/people/users/{user}/unblock":                        "nobody of the operator is blocked",
	"GET /p/{project}/people/seats/recount":                      "offered where seats and their count disagree",
	"GET /p/{project}/calls/{call}/recordings/{recording}/sound": "the player of a call loads it",
	"GET /p/{project}/telephony/prompts/{prompt}/sound":          "the player of a prompt loads it",
	"GET /recordings/{secret}":                                   "a link that was passed on leads there",
	"GET /me/prove":                                              "asked of whoever signed in more than ten minutes ago",
	"GET /me/recovery":                                           "the operator of the walk has no two-step codes",
	"GET /me/totp/off":                                           "the operator of the walk has no two-step codes",
}

// everyPageIsReached fails for a page that nobody can come to, and for a reason that is none any more.
func (h *house) everyPageIsReached(t *testing.T, pages []page) {
	reached, routed := map[string]bool{}, map[string]bool{}
	for _, p := range pages {
		reached[p.pattern] = true
	}
	for _, route := range h.App.Cabinet.Routes() {
		routed[route.Pattern] = true
	}
	for pattern, reason := range unreached {
		if !routed[pattern] || reached[pattern] {
			t.Errorf("%s is excused (%s) without need: it is reached, or is no route", pattern, reason)
		}
	}
	for _, route := range h.App.Cabinet.Routes() {
		if strings.HasPrefix(route.Pattern, "GET ") && route.Pattern != "GET "+passing && !reached[route.Pattern] && unreached[route.Pattern] == "" {
			t.Errorf("no link leads to %s", route.Pattern)
		}
	}
}
