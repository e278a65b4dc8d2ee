package gallery

import (
	"net/http"

	"github.com/a-h/templ"

	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/web"
	"bellwether/internal/web/ui"
)

// Root is the path of the gallery.
const Root = "/ui"

// page is one page of the gallery.
type page struct {
	path, title string
	content     func(sample) templ.Component
}

var pages = []page{
	{Root, "Figures", figures},
	{Root + "/tables", "Tables", tables},
	{Root + "/forms", "Forms", forms},
	{Root + "/states", "States", states},
	{Root + "/hostile", "Hostile", hostile},
}

// Register adds the gallery to a site, for those who may see it; for others there is nothing there.
func Register(site *web.Site, may func(*http.Request) bool) {
	s := guarded{site, may}
	for _, p := range pages {
		s.Handle("GET "+p.path, func(w http.ResponseWriter, r *http.Request) {
			sample := sampleOf(r)
			if sample.hostile = p.path == Root+"/hostile"; sample.hostile {
				sample.texts = hostileTexts
			}
			s.Render(w, r, http.StatusOK, ui.Page{
				Title: p.title, Section: "home", Tabs: tabs(p.path), Lead: sample.texts.lead, Help: Root + "/states",
				Crumbs:  []ui.Link{{Text: sample.texts.section, Href: Root}},
				Actions: sample.period.Draw(),
			}, p.content(sample))
		})
	}
	s.Handle("GET "+Root+"/confirm", func(w http.ResponseWriter, r *http.Request) {
		sample := sampleOf(r)
		s.Render(w, r, http.StatusOK, ui.Page{Title: sample.texts.confirm.Title, Narrow: true}, confirm(sample))
	})
	s.Handle("POST "+Root+"/confirm", func(w http.ResponseWriter, r *http.Request) {
		sample := sampleOf(r)
		s.Flash(w, r, ui.Toast{Tone: ui.Good, Text: sample.texts.done, Undo: Root + "/undo"})
		http.Redirect(w, r, Root, http.StatusSeeOther)
	})
	s.Handle("POST "+Root+"/undo", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, Root, http.StatusSeeOther)
	})
	s.Handle("POST "+Root+"/refuse", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, http.StatusUnprocessableEntity, ui.Page{Title: "Forms", Tabs: tabs(Root + "/forms")}, forms(sampleOf(r)))
	})
	s.Handle("GET "+Root+"/plain", func(w http.ResponseWriter, r *http.Request) {
		sample := sampleOf(r)
		s.RenderPlain(w, r, http.StatusOK, ui.Page{Title: sample.texts.section, Lead: sample.texts.lead}, plain(sample))
	})
	later := func(w http.ResponseWriter, r *http.Request) { s.RenderPart(w, r, ui.Text(sampleOf(r).texts.why)) }
	s.Handle("GET "+Root+"/later", later)
	s.Handle("POST "+Root+"/later", later)
	s.Handle("GET "+Root+"/pill", func(w http.ResponseWriter, r *http.Request) {
		s.RenderPart(w, r, ui.BalancePill(sampleOf(r).balance()))
	})
	s.Handle("GET "+Root+"/search", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, http.StatusOK, ui.Page{Title: r.URL.Query().Get("q")}, ui.Skeleton(4))
	})
	s.Handle("GET "+Root+"/suggest", func(w http.ResponseWriter, r *http.Request) {
		found := []ui.Link{{Text: r.URL.Query().Get("q"), Href: Root + "/search", Icon: ui.IconCalls}}
		s.RenderPart(w, r, ui.PaletteItems(found, sampleOf(r).texts.section))
	})
}

// guarded is a site whose pages are not for everybody.
type guarded struct {
	*web.Site
	may func(*http.Request) bool
}

func (g guarded) Handle(pattern string, action http.HandlerFunc) {
	g.Site.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
		if !g.may(r) {
			g.NotFound(w, r)
			return
		}
		action(w, r)
	})
}

func tabs(here string) []ui.Link {
	var links []ui.Link
	for _, p := range pages {
		links = append(links, ui.Link{Text: p.title, Href: p.path, Here: p.path == here})
	}
	return append(links, ui.Link{Text: "Plain", Href: Root + "/plain"})
}

// Frame is the frame of the gallery: every part of it, filled with samples.
func Frame(r *http.Request) ui.Frame {
	s := sampleOf(r)
	if r.URL.Path == Root+"/hostile" {
		s.texts = hostileTexts
	}
	balance := s.balance()
	return ui.Frame{
		Sections: s.sections(), Project: s.texts.project, Currency: "UAH", Balance: &balance,
		Projects: []ui.ProjectLink{
			{Name: s.texts.project, Href: Root, Here: true, Note: s.texts.agency},
			{Name: "Lime Studio", Href: Root + "/tables", Note: s.texts.agency},
		},
		User:   ui.User{Name: s.texts.person, Email: "olena@example.com", Links: []ui.Link{{Text: s.texts.section, Href: Root, Icon: ui.IconUser}}, SignOut: Root + "/undo"},
		Search: Root + "/search", Suggest: Root + "/suggest", Help: Root + "/states",
		Dock: ui.Badge(ui.Good, s.texts.answered), Chat: ui.Badge(ui.Notice, s.texts.waiting),
		Commands: []ui.Link{{Text: s.texts.confirm.Yes, Href: Root + "/confirm", Icon: ui.IconPlus}},
	}
}

func (s sample) balance() ui.Balance {
	return ui.Balance{Amount: money.MustParse("1234.5"), Currency: "UAH", Days: 21, Href: Root, Topic: "balance", Refresh: Root + "/pill"}
}

// sampleOf chooses the samples in the reader's language.
func sampleOf(r *http.Request) sample {
	v := ui.Of(r.Context())
	texts := englishTexts
	switch v.Lang {
	case lang.Russian:
		texts = russianTexts
	case lang.Ukrainian:
		texts = ukrainianTexts
	}
	return sample{v: v, texts: texts, period: ui.ReadPeriod(v.URL, v.Today(), "30d"), address: r.URL}
}
