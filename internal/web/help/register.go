package help

import (
	"strings"

	"github.com/a-h/templ"

	base "bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const root = "/help"

// Register adds the pages, and articles to what the cabinet's search finds.
func Register(c *cabinet.Cabinet) {
	c.Handle("GET "+root, cabinet.Anybody(), contents)
	c.Handle("GET "+root+"/{article}", cabinet.Anybody(), func(v *cabinet.Visit) error { return article(c, v) })
	c.Handle("GET "+base.PicturePrefix+"{picture}", cabinet.Anybody(), func(v *cabinet.Visit) error { return picture(c, v) })
	c.AddFinder(cabinet.Finder{Kind: "help.kind", Find: find})
}

var sectionNames = map[base.Section]lang.Key{
	"start": "help.section_start", "funds": "help.section_funds", "calls": "help.section_calls", "telephony": "help.section_telephony", "numbers": "help.section_numbers", "people": "help.section_people",
	"account": "help.section_account", "agency": "help.section_agency", "operator": "help.section_operator",
}

// find gives the articles that fit what was typed into the search of the cabinet.
func find(v *cabinet.Visit, words string) ([]ui.Link, error) {
	const most = 20
	var links []ui.Link
	for _, f := range base.Search(words, v.Lang, most) {
		links = append(links, ui.Link{Text: f.Title, Href: root + "/" + f.Name, Icon: ui.IconBook})
	}
	return links, nil
}

// render answers within the frame of a reader, and without one for a stranger.
func render(v *cabinet.Visit, page ui.Page, content templ.Component) error {
	if v.Principal.Session.ID == "" {
		const ok = 200
		return v.RenderPlain(ok, page, content)
	}
	return v.Render(page, content)
}

// group is a section with its articles.
type group struct {
	name     string
	articles []*base.Article
}

// contents lists the articles by section, or what was found for ?q=.
func contents(v *cabinet.Visit) error {
	words := strings.TrimSpace(v.URL.Query().Get("q"))
	page := ui.Page{Title: v.T("help.title"), Lead: v.T("help.lead")}
	if words != "" {
		const most = 20
		return render(v, page, foundPage(words, base.Search(words, v.Lang, most)))
	}
	var groups []group
	for _, section := range base.Sections {
		g := group{name: v.T(sectionNames[section])}
		for _, a := range base.All(v.Lang) {
			if a.Section == section {
				g.articles = append(g.articles, a)
			}
		}
		groups = append(groups, g)
	}
	return render(v, page, contentsPage(groups))
}

// article shows one article.
func article(c *cabinet.Cabinet, v *cabinet.Visit) error {
	a := base.Get(v.R.PathValue("article"), v.Lang)
	if a == nil {
		c.NotFound(v.W, v.R)
		return nil
	}
	if a.Name != v.R.PathValue("article") {
		return v.Go(root + "/" + a.Name)
	}
	var related []*base.Article
	for _, name := range a.Related {
		if other := base.Get(name, v.Lang); other != nil {
			related = append(related, other)
		}
	}
	page := ui.Page{
		Title: a.Title, Narrow: true,
		Crumbs: []ui.Link{{Text: v.T("help.title"), Href: root}, {Text: v.T(sectionNames[a.Section]), Href: root}},
	}
	return render(v, page, articlePage(a, related, v.Principal.Session.ID != ""))
}

// marks are the fragments of a snippet as they are drawn.
func marks(fragments []base.Fragment) []ui.Mark {
	list := make([]ui.Mark, len(fragments))
	for i, f := range fragments {
		list[i] = ui.Mark(f)
	}
	return list
}
