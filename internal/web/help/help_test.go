package help_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/help"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet/cabinettest"
)

// Anybody reads the knowledge base, in their language; whoever is signed in reads it within the frame.
func TestAnybodyReads(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Project("shop", "1000")
	stranger, owner := h.Stranger(), h.Member(ident.ProjectOrg("shop"), access.Owner)
	stranger.Get("/help").Must(t, http.StatusOK, "Getting started", "What happens when funds end")
	if body := stranger.Get("/help/balance").Must(t, http.StatusOK, "A project has one balance", "See also").Body; strings.Contains(body, "/me/support") {
		t.Error("a stranger is sent to support")
	}
	owner.Get("/help/balance").Must(t, http.StatusOK, "Shop shop", "A project has one balance", "/me/support")
	if got := owner.Get("/help/funds-movement"); got.Path != "/help/balance" {
		t.Errorf("another name leads to %s", got.Path)
	}
	stranger.Get("/help/nothing").Must(t, http.StatusNotFound)
	stranger.Get("/help/..%2f..%2fetc%2fpasswd").Must(t, http.StatusNotFound)
	for l, text := range map[string]string{"ru": "У проекта один баланс", "uk": "У проєкту один баланс"} {
		stranger.Post("/preferences", url.Values{"lang": {l}, "back": {"/help/balance"}}).Must(t, http.StatusOK, text)
	}
}

// A picture of an article is kept by browsers for as long as it is the same.
func TestPictures(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	stranger := h.Stranger()
	page := stranger.Get("/help/seats").Must(t, http.StatusOK, `width="1280"`, `loading="lazy"`)
	address := regexp.MustCompile(`src="(/help/pictures/seats\.en\.png\?v=[0-9a-f]+)"`).FindStringSubmatch(page.Body)
	if address == nil {
		t.Fatal("the article shows no picture")
	}
	p, _ := help.PictureOf("seats.en.png")
	for path, kept := range map[string]string{address[1]: "public, max-age=31536000, immutable", "/help/pictures/seats.en.png?v=older": "public, max-age=3600"} {
		got := stranger.Get(path).Must(t, http.StatusOK)
		if got.Body != string(p.PNG) || got.Header.Get("Content-Type") != "image/png" || got.Header.Get("Cache-Control") != kept || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d bytes, %v", path, len(got.Body), got.Header)
		}
	}
	stranger.Get("/help/pictures/nothing.en.png").Must(t, http.StatusNotFound)
	stranger.Get("/help/pictures/..%2farticles%2fseats.en.md").Must(t, http.StatusNotFound)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Project("shop", "1000")
	stranger, owner := h.Stranger(), h.Member(ident.ProjectOrg("shop"), access.Owner)
	stranger.Get("/help?q=quarentine").Must(t, http.StatusOK, "Numbers: rent, own ones, quarantine", "<mark>quarantine</mark>")
	stranger.Get("/help?q=qzxwv").Must(t, http.StatusOK, "No article fits")
	for _, hostile := range []string{"<script>alert(1)</script>", "\x00\xff", strings.Repeat("a", 5000), `"><img src=x>`} {
		if body := stranger.Get("/help?q="+url.QueryEscape(hostile)).Must(t, http.StatusOK).Body; strings.Contains(body, "<script>alert") || strings.Contains(body, "<img") {
			t.Errorf("%.20q is on the page as markup", hostile)
		}
	}
	owner.Get("/p/shop/suggest?q=quarantine").Must(t, http.StatusOK, "/help/numbers", "Help")
	owner.Get("/p/shop/search?q=forgot+password").Must(t, http.StatusOK, "/help/sign-in")
}

// Each page's link to help leads to an article.
func TestPagesNameArticlesThatAreThere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`"/help/([a-z0-9-]+)"`)
	checked := 0
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			checked++
			if help.Get(match[1], lang.English) == nil {
				t.Errorf("%s links to /help/%s, which is not there", path, match[1])
			}
		}
		return err
	})
	if err != nil || checked == 0 {
		t.Errorf("%d links, %v", checked, err)
	}
}
