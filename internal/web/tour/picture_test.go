package tour_test

import (
	"cmp"
	"errors"
	"flag"
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
	"bellwether/internal/lang"
	"bellwether/internal/routing"
	"bellwether/internal/tracking"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "take the pictures of docs/guide, into this folder")

// shots is where pictures of what is looked at are kept.
var shots = flag.String("shots", "", "keep pictures of the pages that show hostile text, in this folder")

const guide = "../../../docs/guide"

// picture is one of the guide's, of a page as it opens.
type picture struct {
	name string
	path string
	look look
}

// album is what the guide shows.
func album() []picture {
	english := look{lang.English, ui.ThemeLight, 1280}
	russian, ukrainian := look{lang.Russian, ui.ThemeLight, 1280}, look{lang.Ukrainian, ui.ThemeDark, 1280}
	phone := look{lang.Ukrainian, ui.ThemeLight, 360}
	return []picture{
		{"home", "/p/kvitka", english},
		{"home-phone", "/p/kvitka", phone},
		{"funds-overview", "/p/kvitka/funds", english},
		{"funds-overview-ru", "/p/kvitka/funds", russian},
		{"funds-overview-uk", "/p/kvitka/funds", ukrainian},
		{"funds-movement", "/p/kvitka/funds/movement", english},
		{"funds-forecast", "/p/kvitka/funds/forecast", english},
		{"products", "/p/kvitka/funds/products", english},
		{"products-phone", "/p/kvitka/funds/products", phone},
		{"price-book", "/p/kvitka/funds/book", english},
		{"numbers", "/p/kvitka/numbers", english},
		{"employees", "/p/kvitka/telephony/employees", english},
		{"scheme", "/p/kvitka/telephony/schemes/{scheme}", english},
		{"working-hours", "/p/kvitka/telephony/hours", ukrainian},
		{"calls", "/p/kvitka/calls", english},
		{"call", "/p/kvitka/calls/{call}", english},
		{"visitors", "/p/kvitka/visitors", english},
		{"pools", "/p/kvitka/tracking/pools", english},
		{"pool", "/p/kvitka/tracking/pools/{pool}", ukrainian},
		{"rules", "/p/kvitka/tracking/sites/{site}/rules", english},
		{"tag", "/p/kvitka/tracking/sites/{site}", english},
		{"sources", "/p/kvitka/calls/sources", english},
		{"call-origin", "/p/kvitka/calls/{tracked}", english},
		{"people", "/p/kvitka/people", english},
		{"roles", "/p/kvitka/people/roles/manager", english},
		{"seats", "/p/kvitka/people/seats", english},
		{"audit", "/p/kvitka/people/audit", english},
		{"help", "/help", russian},
		{"projects", "/op/projects", english},
		{"operator-books", "/op/books", english},
		{"operator-money", "/op/money", ukrainian},
		{"operator-support", "/op/support", english},
		{"portfolio", "/a/lime/projects", english},
		{"sessions", "/me/sessions", english},
	}
}

// takePictures takes the guide's pictures anew, where they are asked for:
// go test ./internal/web/tour -args -pictures ../../../docs/guide/images
func (h *house) takePictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no pictures wanted")
	}
	for _, p := range album() {
		t.Run(p.name, func(t *testing.T) {
			h.operators[p.look.lang].Get(h.places(t).Replace(p.path)).Must(t, http.StatusOK)
			tab := h.operators[p.look.lang].Browse(t, webtest.Start(t), p.look.width)
			tab.SetCookie(t, h.URL, "__Host-theme", string(p.look.theme))
			tab.Go(t, h.URL+h.places(t).Replace(p.path))
			tab.ShootWindow(t, filepath.Join(*pictures, p.name+".png"))
		})
	}
}

// albumIsThere opens every page of the album: a picture of an error is none of the guide's.
func (h *house) albumIsThere(t *testing.T) {
	places := h.places(t)
	for _, p := range album() {
		path := places.Replace(p.path)
		if got := h.operators[p.look.lang].Get(path); got.Status != http.StatusOK || got.Path != path {
			t.Errorf("the picture %s is of %s, which answers %d from %s", p.name, path, got.Status, got.Path)
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
	return strings.NewReplacer("{scheme}", string(all[main].ID), "{call}", longest.ID.String(), "{tracked}", tracked[0].ID.String(), "{site}", string(site), "{pool}", string(pool))
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

var pictureLink = regexp.MustCompile(`\(images/([a-z-]+)\.png\)`)

// The guide shows every picture of the album, and none that is not there.
func TestGuideHasItsPictures(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range album() {
		known[p.name] = false
		if _, err := os.Stat(filepath.Join(guide, "images", p.name+".png")); err != nil {
			t.Errorf("take the pictures: %v", err)
		}
	}
	files, err := filepath.Glob(filepath.Join(guide, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range pictureLink.FindAllStringSubmatch(string(text), -1) {
			if _, ok := known[link[1]]; !ok {
				t.Errorf("%s shows %s, which nobody takes", filepath.Base(file), link[1])
			}
			known[link[1]] = true
		}
	}
	for name, shown := range known {
		if !shown {
			t.Errorf("no page of the guide shows %s", strings.ToLower(name))
		}
	}
}
