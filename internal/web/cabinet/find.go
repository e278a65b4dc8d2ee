package cabinet

import (
	"strings"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

// Finder looks for what a reader typed into the search: in what a section shows, with the rights the reader has there.
type Finder struct {
	Kind lang.Key // what it finds: "Number", "Payment"
	Need Need
	Find func(v *Visit, words string) ([]ui.Link, error)
}

// AddFinder adds to what the search finds.
func (c *Cabinet) AddFinder(f Finder) { c.finders = append(c.finders, f) }

// Command is something the palette offers besides sections: "Rent a number".
type Command struct {
	Text lang.Key
	Icon ui.Icon
	Path string // below the organisation
	Need Need
}

// found is what one finder has found.
type found struct {
	kind  string
	links []ui.Link
}

const longestSearch = 200

// find asks every finder whose need the reader meets. No finder needs more than two characters.
func (c *Cabinet) find(v *Visit, most int) (words string, all []found, err error) {
	words = strings.TrimSpace(v.R.URL.Query().Get("q"))
	if len(words) > longestSearch {
		words = strings.ToValidUTF8(words[:longestSearch], "")
	}
	if len([]rune(words)) < 2 {
		return words, nil, nil
	}
	for _, f := range c.finders {
		if f.Need.Kind != "" && (f.Need.Kind != v.Org.Kind || f.Need.Right && !v.May(f.Need.Action, f.Need.Object)) {
			continue
		}
		links, err := f.Find(v, words)
		if err != nil {
			return words, nil, err
		}
		if len(links) > 0 {
			all = append(all, found{v.T(f.Kind), links[:min(most, len(links))]})
		}
	}
	return words, all, nil
}

const (
	mostSuggested = 4
	mostFound     = 50
)

// suggest answers the palette with what is found for ?q=.
func (c *Cabinet) suggest(v *Visit) error {
	_, all, err := c.find(v, mostSuggested)
	if err != nil {
		return err
	}
	return v.RenderPart(suggestions(all))
}

// search is the page of what is found for ?q=.
func (c *Cabinet) search(v *Visit) error {
	words, all, err := c.find(v, mostFound)
	if err != nil {
		return err
	}
	return v.Render(ui.Page{Title: v.T("cabinet.search"), Narrow: true, Help: helpRoot + "/searching"}, results(v.URL.Path, words, all))
}
