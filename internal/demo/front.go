package demo

import (
	"context"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"bellwether/internal/app"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/tracking"
)

//go:embed front
var frontFiles embed.FS

// AdvertPath is the page to which an advert of the shop's leads.
const AdvertPath = "/bouquets?utm_source=google&utm_medium=cpc&utm_campaign=roses-kyiv&utm_term=roses+delivery+kyiv&gclid=demo"

var frontPage = template.Must(template.ParseFS(frontFiles, "front/page.html"))

// Front is the shop's own site, with the tag on its pages: a few of them, links that come as adverts do, and a button with which the
// visitor calls the number that they see.
type Front struct {
	Collector string                    // the origin the tag is loaded from: "http://localhost:8080"
	Key       string                    // of the site
	Call      func(number phone.Number) // lets the visitor call; nil where nobody can

	mux *http.ServeMux
}

// OpenFront makes the site of the shop that a node has. errs.NotFound `tracking.no_site` where it has none, as one whose story is of an
// older version.
func OpenFront(ctx context.Context, a *app.App, call func(number phone.Number)) (*Front, error) {
	sites, err := tracking.Sites(ctx, a.DB, Project)
	if err != nil {
		return nil, err
	}
	if len(sites) == 0 {
		return nil, errs.New(errs.NotFound, "tracking.no_site", "the shop has no site").Try("begin the demo in another folder")
	}
	f := &Front{Collector: a.Config.PublicURL, Key: sites[0].Key, Call: call, mux: http.NewServeMux()}
	for _, page := range frontPages {
		pattern := "GET " + page.Path
		if page.Path == "/" {
			pattern += "{$}"
		}
		f.mux.HandleFunc(pattern, f.show(page))
	}
	for _, name := range []string{"front.js", "front.css"} {
		f.mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, frontFiles, "front/"+name) })
	}
	f.mux.HandleFunc("POST /call", f.call)
	return f, nil
}

// ServeHTTP answers with a page, below a policy as strict as a careful site has.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "+
		"script-src 'self' "+f.Collector+"; connect-src "+f.Collector)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	f.mux.ServeHTTP(w, r)
}

// front is a page of the site.
type front struct {
	Path, Title, Text string

	Collector, Key, Called string
	Ways                   []entry
}

// entry is a link by which a visitor comes as from somewhere else.
type entry struct{ Name, Href string }

var frontPages = []front{
	{Path: "/", Title: "Flowers for Kyiv", Text: "Roses, peonies and whatever is in season, tied an hour before they leave."},
	{Path: "/bouquets", Title: "Bouquets", Text: "Twenty-five roses from 1,450. Tell us the day, the address and the name on the card."},
	{Path: "/weddings", Title: "Weddings", Text: "A bride's bouquet, boutonnieres, an arch. We send an estimate the same day."},
	{Path: "/contacts", Title: "Contacts", Text: "12 Khreshchatyk, Kyiv. The courier waits for a quarter of an hour."},
}

// entries are links of adverts, each with a click id of its own: a new click is a new visit.
func entries() []entry {
	advert := func(page, source, medium, campaign, term, click string) string {
		q := url.Values{"utm_source": {source}, "utm_medium": {medium}, "utm_campaign": {campaign}}
		if term != "" {
			q.Set("utm_term", term)
		}
		q.Set(click, "demo-"+rand.Text()[:8])
		return page + "?" + q.Encode()
	}
	return []entry{
		{"From a Google advert", advert("/bouquets", "google", "cpc", "roses-kyiv", "roses delivery kyiv", "gclid")},
		{"From a Facebook advert", advert("/weddings", "facebook", "paid_social", "peony-week", "", "fbclid")},
		{"From the newsletter", "/bouquets?utm_source=newsletter&utm_medium=email&utm_campaign=autumn"},
		{"By themselves", "/"},
	}
}

func (f *Front) show(page front) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := page
		p.Collector, p.Key, p.Ways = f.Collector, f.Key, entries()
		if n, err := phone.Parse(r.URL.Query().Get("called"), ""); err == nil {
			p.Called = string(n)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = frontPage.Execute(w, p) // the visitor has gone
	}
}

// call lets the visitor call one of the shop's numbers.
func (f *Front) call(w http.ResponseWriter, r *http.Request) {
	n, err := phone.Parse(r.PostFormValue("number"), Country)
	if err != nil || !slices.Contains(Lines(), string(n)) {
		http.Error(w, "this is no number of the shop's", http.StatusBadRequest)
		return
	}
	if f.Call == nil {
		http.Error(w, "nobody can call here: there is no simulated network", http.StatusServiceUnavailable)
		return
	}
	f.Call(n)
	http.Redirect(w, r, "/contacts?called="+url.QueryEscape(string(n)), http.StatusSeeOther)
}
