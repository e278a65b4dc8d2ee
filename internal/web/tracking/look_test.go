package tracking_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

// shots is a folder for pictures of the pages, where somebody wants to see them.
var shots = os.Getenv("BELLWETHER_SHOTS")

// The pages in a browser: axe, no sideways scrolling, a quiet console, light and dark, wide and narrow.
func TestLook(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	s, all := site(t, owner), pool(t, owner)
	owner.Post(s+"/rules", rules("save", "0", idOf(all))).Must(t, http.StatusOK)
	owner.Post(at+"/numbers/+380443337704", form("name", "Щит на кільцевій", "kind", "offline", "source", "billboard")).Must(t, http.StatusOK)
	lead, visit := leave(t, h)
	paths := map[string]string{
		"sites": at, "site": s, "settings": s + "/settings", "site-new": at + "/sites/new", "rules": s + "/rules", "versions": s + "/versions", "version": s + "/versions/1", "pools": at + "/pools",
		"pool": all, "pool-new": at + "/pools/new", "numbers": at + "/numbers", "number": at + "/numbers/+380443337704", "calculator": at + "/calculator", "visitors": "/p/shop/visitors",
		"sources": "/p/shop/calls/sources", "visits": "/p/shop/visitors/all", "visit-sources": "/p/shop/visitors/sources?by=source&by=medium&by=site", "leads": "/p/shop/leads", "lead": lead, "visit": visit,
	}
	window := webtest.Start(t)
	for i, look := range []struct {
		lang, theme string
		width       int64
	}{{"uk", "dark", 360}, {"ru", "light", 1280}, {"en", "light", 1280}} {
		if look.lang == "en" && shots == "" {
			continue // two say enough
		}
		anna := h.User("anna@" + look.lang + ".example")
		h.Join(anna, shop, access.Owner)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.EditUser(ctx, tx, audit.Program("test"), anna.ID, "Анна", look.lang, h.Now())
			return err
		})
		page := h.SignIn(anna).Browse(t, window, look.width)
		page.SetCookie(t, h.URL, "__Host-theme", look.theme)
		for j, name := range slices.Sorted(maps.Keys(paths)) {
			if shots == "" && i != j%2 && name != "rules" {
				continue // each page in one of the looks, the editor in both
			}
			page.Go(t, h.URL+paths[name])
			page.Check(t)
			if shots != "" {
				page.Shoot(t, filepath.Join(shots, name+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
			}
		}
		page.CheckConsole(t)
	}
}

// The tester answers as one types, beside the rules and without a reload.
func TestTesterFollows(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	s, all := site(t, owner), idOf(pool(t, owner))
	owner.Post(s+"/rules", rules("save", "0", all)).Must(t, http.StatusOK)
	page := owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+s+"/rules")
	page.Await(t, `document.querySelector(".path")?.textContent.includes("because of rule 1")`)
	page.Fill(t, map[string]string{"try.url": "https://shop.example/?utm_source=mail&utm_medium=email"})
	page.Await(t, `document.querySelector(".path")?.textContent.includes("no rule speaks of it")`)
	page.Text(t, `(() => { const s = document.querySelector('[name="r.0.w.c.2.field"]'); s.value = "traffic"; s.dispatchEvent(new Event("change", {bubbles: true})) })()`)
	if offered := page.Text(t, `document.querySelector('[name="r.0.w.c.2.values"]').list.options[1].value`); offered != "AI assistants" {
		t.Errorf("offered: %q", offered)
	}
	page.CheckConsole(t)
}
