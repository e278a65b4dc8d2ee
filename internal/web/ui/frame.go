package ui

import (
	"cmp"
	"encoding/json"

	"github.com/a-h/templ"

	"bellwether/internal/money"
	"bellwether/internal/web/asset"
)

// Frame is what stands around every page of one reader. A surface makes it for a request; a page does not touch it.
type Frame struct {
	Sections    []Section // of the rail, in its order; only those the reader may see
	Project     string    // the name of the project shown, empty where none is
	Projects    []ProjectLink
	Currency    money.Currency // of the project shown
	Balance     *Balance       // nil where the reader may not see it
	User        User
	Search      string          // the path of the search page, which takes ?q=
	SearchHint  string          // what may be looked for, in the empty field; empty for what a project has
	Suggest     string          // the path of a fragment with what the palette finds for ?q=; empty for none
	Preferences string          // the path that takes language and theme
	Live        string          // the path of the stream of live updates; empty for none
	Help        string          // the path of the knowledge base; empty for none
	Commands    []Link          // what the palette offers besides the sections
	Notices     []FrameNotice   // above every page: viewing as somebody else, an insecure address
	Toasts      []Toast         // what has just been done
	Dock        templ.Component // the softphone: bottom left on every page, outside what is swapped, so it outlives navigation; nil for none
	Chat        templ.Component // the same, bottom right: talking to support; nil for none
}

// Section is an entry of the rail.
type Section struct {
	Key   string // a page names its section by it
	Text  string
	Href  string
	Icon  Icon
	Count int  // what waits there; 0 shows nothing
	Break bool // a gap above: another group begins
}

// ProjectLink is an entry of the project switcher.
type ProjectLink struct {
	Name string
	Href string
	Note string // what tells it from others of its name: an agency, a state
	Here bool
}

// Balance is what the pill shows.
type Balance struct {
	Amount   money.Micro
	Currency money.Currency
	Days     int  // for how many days the funds last
	Lasting  bool // nothing is spent, so Days says nothing
	Tone     Tone
	Href     string
	Refresh  string // the path of the pill alone, for live updates; empty for none
	Topic    string // the topic that says the balance has changed
}

// User is the reader. The zero value is nobody: the menu offers the language and theme only.
type User struct {
	Name    string
	Email   string
	Links   []Link
	SignOut string // the path that ends the session by POST
}

// FrameNotice is a line above every page.
type FrameNotice struct {
	Tone Tone
	Text string
	Link Link
}

// Page is what a page says of itself; its content is the component drawn in it.
type Page struct {
	Title   string
	Section string // the key of the section it belongs to
	Crumbs  []Link // from the section down to the page above this one
	Lead    string // one sentence below the title; may be empty
	Tabs    []Link
	Actions templ.Component // to the right of the title; nil for none
	Help    string          // the path of the article about this page; empty for none
	Narrow  bool            // a page to read or to fill in, not a table
}

const boost = `{"target":"#main","select":"#main","swap":"outerHTML show:top showTarget:#top"}`

const htmxConfig = `{"includeIndicatorCSS":false,"defaultTimeout":30000,"extensions":"none"}`

// scripted is what the scripts are told of the page: where their parts are and the few words they say.
func (v *View) scripted() string {
	text, err := json.Marshal(map[string]any{
		"chart": asset.URL("chart.js"), "chartStyle": asset.URL("chart.css"), "live": asset.URL("live.js"),
		"words": map[string]string{
			"close": v.T("dialog.close"), "failed": v.T("error.network"), "retry": v.T("error.retry"),
		},
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}

// barSections are those that fit the bar of a phone beside "More".
func (f Frame) barSections() []Section {
	const fit = 4
	return f.Sections[:min(fit, len(f.Sections))]
}

// initial is the letter in place of a picture.
func (u User) initial() string {
	for _, letter := range u.Name + u.Email {
		return string(letter)
	}
	return "?"
}

// searchHint is what the field of the search says while it is empty.
func (f Frame) searchHint(v *View) string { return cmp.Or(f.SearchHint, v.T("search.placeholder")) }
