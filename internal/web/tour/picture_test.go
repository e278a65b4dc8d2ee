package tour_test

import (
	"cmp"
	"errors"
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/demo"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/routing"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

var pictures = flag.Bool("pictures", false, "take the pictures of the help and of docs/guide anew")

// shots is where pictures of what is looked at are kept.
var shots = flag.String("shots", "", "keep pictures of the pages that show hostile text, in this folder")

// Where pictures are: those of articles in three languages, which the guide shows too, and those of the guide alone.
const (
	guide    = "../../../docs/guide"
	articles = "../../help/articles"
	shelf    = "../../help/pictures"
)

// picture is one of a page as it opens, in a file of its own.
type picture struct {
	file string
	path string
	look look
}

// shown are the pages in the articles of the help, each in its reader's language, by the name of the picture.
var shown = map[string]string{
	"home": "/p/kvitka", "search": "/p/kvitka/search?q=7701", "support": "/p/kvitka/support", "settings": "/p/kvitka/settings",
	"calls": "/p/kvitka/calls", "call": "/p/kvitka/calls/{call}", "live": "/p/kvitka/live", "leads": "/p/kvitka/leads", "webhooks": "/p/kvitka/settings/webhooks", "visitors": "/p/kvitka/visitors",
	"telephony": "/p/kvitka/telephony", "scheme": "/p/kvitka/telephony/schemes/{scheme}", "employees": "/p/kvitka/telephony/employees",
	"working-hours": "/p/kvitka/telephony/hours", "call-settings": "/p/kvitka/telephony/settings", "trunks": "/p/kvitka/telephony/trunks",
	"funds-overview": "/p/kvitka/funds", "funds-movement": "/p/kvitka/funds/movement", "funds-compare": "/p/kvitka/funds/compare",
	"products": "/p/kvitka/funds/products", "price-book": "/p/kvitka/funds/book", "funds-forecast": "/p/kvitka/funds/forecast",
	"loyalty": "/p/kvitka/funds/loyalty", "numbers": "/p/kvitka/numbers",
	"people": "/p/kvitka/people", "roles": "/p/kvitka/people/roles/manager", "block": "/p/kvitka/people/users/{user}/block", "seats": "/p/kvitka/people/seats",
	"security": "/me/security", "sessions": "/me/sessions", "keys": "/p/kvitka/people/keys", "portfolio": "/a/lime/projects",
	"projects": "/op/projects", "operator-money": "/op/money", "operator-books": "/op/books", "stock": "/op/numbers", "node": "/op",
}

// album is all that is kept.
func album() []picture {
	var all []picture
	for _, l := range lang.All {
		for _, name := range slices.Sorted(maps.Keys(shown)) {
			all = append(all, picture{filepath.Join(shelf, name+"."+string(l)+".png"), shown[name], look{l, ui.ThemeLight, desk}})
		}
	}
	english := look{lang.English, ui.ThemeLight, desk}
	ukrainian, russian := look{lang.Ukrainian, ui.ThemeDark, desk}, look{lang.Russian, ui.ThemeLight, desk}
	phone := look{lang.Ukrainian, ui.ThemeLight, 360}
	for _, p := range []picture{
		{"home-phone", "/p/kvitka", phone},
		{"funds-overview-dark", "/p/kvitka/funds", ukrainian},
		{"products-phone", "/p/kvitka/funds/products", phone},
		{"pools", "/p/kvitka/tracking/pools", english},
		{"pool", "/p/kvitka/tracking/pools/{pool}", ukrainian},
		{"rules", "/p/kvitka/tracking/sites/{site}/rules", english},
		{"tag", "/p/kvitka/tracking/sites/{site}", english},
		{"sources", "/p/kvitka/calls/sources", english},
		{"call-origin", "/p/kvitka/calls/{tracked}", english},
		{"audit", "/p/kvitka/people/audit", english},
		{"help", "/help", russian},
		{"operator-support", "/op/support", english},
	} {
		p.file = filepath.Join(guide, "images", p.file+".png")
		all = append(all, p)
	}
	return all
}

// takePictures takes all pictures anew, where they are asked for:
// go test ./internal/web/tour -run TestTour/pictures -args -pictures
func (h *house) takePictures(t *testing.T) {
	if !*pictures {
		t.Skip("no pictures wanted")
	}
	browsers := map[look]*webtest.Browser{}
	for _, p := range album() {
		if browsers[p.look] == nil {
			browsers[p.look] = webtest.Start(t)
		}
		t.Run(filepath.Base(p.file), func(t *testing.T) {
			tab := h.reader(p).Browse(t, browsers[p.look], p.look.width)
			tab.SetCookie(t, h.URL, "__Host-theme", string(p.look.theme))
			tab.Go(t, h.URL+h.places(t).Replace(p.path))
			tab.ShootWindow(t, p.file)
		})
	}
}

// reader is who sees a page in its language: an operator, who sees most, and the shop's owner for what only customers see.
func (h *house) reader(p picture) *cabinettest.Person {
	if p.path != shown["support"] {
		return h.operators[p.look.lang]
	}
	h.speak(h.owner.User, p.look.lang)
	return h.SignIn(h.owner.User) // a session remembers for a while who it is of
}

// albumIsThere opens every page of the album: a picture of an error is none of the guide's.
func (h *house) albumIsThere(t *testing.T) {
	places := h.places(t)
	for _, p := range album() {
		path := places.Replace(p.path)
		plain, _, _ := strings.Cut(path, "?")
		if got := h.reader(p).Get(path); got.Status != http.StatusOK || got.Path != plain {
			t.Errorf("the picture %s is of %s, which answers %d from %s", p.file, path, got.Status, got.Path)
		}
	}
}

// places are what stands in the paths of the album for the ids of this load: the shop's main scheme, a call with a recording, one that came
// from an advert, its site and the pool for adverts.
func (h *house) places(t *testing.T) *strings.Replacer {
	t.Helper()
	all, err := routing.Schemes(t.Context(), h.App.DB, demo.Project)
	if err != nil {
		t.Fatal(err)
	}
	w, err := call.Look(h.Permit(shop), access.View)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	recorded, err := w.List(t.Context(), h.App.DB, call.Filter{Recorded: &yes, Results: []call.Result{call.ProperCall, call.RepeatedCall}}, call.NewestFirst, 0, 20)
	if err != nil || len(recorded) == 0 {
		t.Fatal(recorded, err)
	}
	main := slices.IndexFunc(all, func(s routing.Scheme) bool { return s.Name == "Main line" })
	longest := slices.MaxFunc(recorded, func(a, b call.Call) int { return cmp.Compare(a.Wait, b.Wait) }) // in whose timeline most happens
	tracked, err := w.List(t.Context(), h.App.DB, call.Filter{Origin: map[call.Dimension]string{"campaign": "weddings"}}, call.NewestFirst, 0, 1)
	if err != nil || len(tracked) == 0 {
		t.Fatal(tracked, err)
	}
	site, pool := h.tracked(t)
	return strings.NewReplacer("{scheme}", string(all[main].ID), "{call}", longest.ID.String(), "{tracked}", tracked[0].ID.String(), "{site}", string(site), "{pool}", string(pool),
		"{user}", string(h.manager))
}

// tracked is the shop's site, and its pool for adverts.
func (h *house) tracked(t *testing.T) (tracking.SiteID, tracking.PoolID) {
	t.Helper()
	sites, err := tracking.Sites(t.Context(), h.App.DB, demo.Project)
	pools, err2 := tracking.Pools(t.Context(), h.App.DB, demo.Project)
	if err := errors.Join(err, err2); err != nil || len(sites) == 0 || len(pools) == 0 {
		t.Fatal(sites, pools, err)
	}
	return sites[0].ID, pools[0].ID
}

// fenced is text that shows how something is written.
var fenced = regexp.MustCompile("(?s)```.*?```")

var pictureLink = regexp.MustCompile(`!\[[^\]]+\]\(([^)]+\.png)\)`)

// Articles and the guide show every picture of the album, and none that is not there; an article those of its language alone.
func TestEveryPictureIsThereAndShown(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range album() {
		seen[p.file] = false
		if _, err := os.Stat(p.file); err != nil {
			t.Errorf("take the pictures: %v", err)
		}
	}
	for file, text := range textsOf(t, guide, articles) {
		text = fenced.ReplaceAllString(text, "")
		for _, link := range pictureLink.FindAllStringSubmatch(text, -1) {
			at := fromHere(t, filepath.Join(filepath.Dir(file), link[1]))
			if _, ok := seen[at]; !ok {
				t.Errorf("%s shows %s, which nobody takes", file, link[1])
			}
			seen[at] = true
			if filepath.Dir(file) == articles && strings.Split(filepath.Base(file), ".")[1] != strings.Split(filepath.Base(at), ".")[1] {
				t.Errorf("%s shows a picture in another language: %s", file, link[1])
			}
		}
	}
	for file, isShown := range seen {
		if !isShown && !strings.HasPrefix(file, shelf) { // those of articles are looked after with the articles
			t.Errorf("nothing shows %s", file)
		}
	}
	for _, folder := range []string{shelf, filepath.Join(guide, "images")} {
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(files) == 0 {
			t.Error(files, err)
		}
		for _, file := range files {
			if _, taken := seen[file]; !taken {
				t.Errorf("%s is there, and nobody takes it", file)
			}
		}
	}
}

// fromHere is a path as it is written here: from the folder of this test, with no detour.
func fromHere(t *testing.T, path string) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	short, err := filepath.Rel(here, filepath.Join(here, path))
	if err != nil {
		t.Fatal(err)
	}
	return short
}

// textsOf are the pages of folders by their files.
func textsOf(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.md"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(text)
		}
	}
	return texts
}

// wordy are the articles without a picture, each with its reason.
var wordy = map[string]string{
	"free-users":      "the book of the walk has no free users",
	"funds-end":       "it tells what happens on other pages",
	"minute-packages": "the book of the walk sells no minute packages",
	"op-bans":         "nobody is shut out in the walk",
	"op-view-as":      "what is seen is the customer's page",
	"softphone":       "it shows programs of other makers",
}

// Every section of the rail has its article with a picture: an article without one is excused, and none needlessly.
func TestArticlesHavePictures(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, l := range lang.All {
		for _, a := range help.All(l) {
			if (len(a.Pictures) == 0) != (wordy[a.Name] != "") {
				t.Errorf("%s.%s has %d pictures; %q", a.Name, l, len(a.Pictures), wordy[a.Name])
			}
			for _, file := range a.Pictures {
				used[file] = true
				if p, ok := help.PictureOf(file); ok && (len(p.PNG) > heaviest || !strings.Contains(a.HTML, file+"?v="+p.Version)) {
					t.Errorf("%s.%s shows %s of %d bytes", a.Name, l, file, len(p.PNG))
				}
			}
		}
		for name := range shown {
			if file := name + "." + string(l) + ".png"; !used[file] {
				t.Errorf("no article shows %s", file)
			}
		}
	}
}

// heaviest is the most that a picture may weigh: all of them are part of the program.
const heaviest = 90_000
