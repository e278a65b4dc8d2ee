package tour_test

import (
	"strings"
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// The whole cabinet, on one walk.
func TestTour(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	walked := h.walk()
	pages := walked.found()
	t.Run("every page is reached", func(t *testing.T) { h.everyPageIsReached(t, pages) })
	t.Run("first load", func(t *testing.T) { h.firstLoadIsLight(t, pages) })
	t.Run("exports are the rows", func(t *testing.T) { h.exportsAreTheRows(t, pages) })
	t.Run("help", func(t *testing.T) { everyPageHasHelp(t, walked.all) })
	t.Run("album", h.albumIsThere)
	t.Run("pictures", h.takePictures)
	t.Run("looks", func(t *testing.T) { h.looks(t, pages) })
	t.Run("keyboard", h.keyboard)
	t.Run("hostile", func(t *testing.T) { h.hostile(t, h.walk()) })
}

// look is how a page is shown.
type look struct {
	lang  lang.Lang
	theme ui.Theme
	width int64
}

// desk is the width of the smallest window on a desk, in which a table shows all columns that it has by itself.
const desk = 1280

// allLooks are three languages in two themes at two widths.
func allLooks() []look {
	var all []look
	for _, theme := range []ui.Theme{ui.ThemeLight, ui.ThemeDark} {
		for _, l := range []lang.Lang{lang.Russian, lang.Ukrainian, lang.English} {
			for _, width := range []int64{360, desk} {
				all = append(all, look{l, theme, width})
			}
		}
	}
	return all
}

// looks opens the pages in a browser: each in some look of its own, so that every look is seen many times; in all of them
// where the tests have the time (tag soak). All are seen on a desk, for the sake of their tables.
func (h *house) looks(t *testing.T, pages []page) {
	looks := allLooks()
	browsers := map[look]*webtest.Browser{}
	for i, p := range pages {
		if p.part {
			continue
		}
		for j, l := range looks {
			if !everyLook && (i+i/len(looks))%len(looks) != j {
				continue
			}
			if browsers[l] == nil {
				browsers[l] = webtest.Start(t)
			}
			browser := browsers[l]
			t.Run(strings.Join([]string{p.pattern, string(l.lang), string(l.theme)}, " "), func(t *testing.T) {
				t.Parallel()
				tab := h.operators[l.lang].Browse(t, browser, l.width)
				tab.SetCookie(t, h.URL, "__Host-theme", string(l.theme))
				tab.Go(t, h.URL+p.path)
				tab.Check(t)
				tab.Resize(t, desk)
				tab.CheckTables(t)
			})
		}
	}
}
