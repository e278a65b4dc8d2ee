package door_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"bellwether/internal/web/webtest"
)

// looks are the ways a page is looked at here; the rest of them are `make soak`'s.
var looks = []struct {
	lang, theme string
	width       int64
}{{"uk", "dark", 360}, {"ru", "light", 1280}}

// Every page of the door in a browser: axe, no sideways scrolling, a quiet console.
func TestPagesOfTheDoor(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.User("bob@example.com")
	known, fresh := w.invite(t, "bob@example.com"), w.invite(t, "new@example.com")
	browser := webtest.Start(t)
	for _, look := range looks {
		page := browser.Open(t, look.width)
		page.SetCookie(t, w.URL, "__Host-lang", look.lang)
		page.SetCookie(t, w.URL, "__Host-theme", look.theme)
		for name, path := range map[string]string{
			"sign-in": "/sign-in", "sign-up": "/sign-up", "forgot": "/forgot", "confirm": "/confirm?code=x", "bad-reset": "/reset?code=x",
			"invitation-known": known, "invitation-new": fresh, "bad-setup": "/setup?code=x",
		} {
			page.Go(t, w.URL+path)
			page.Check(t)
			if shots != "" {
				page.Shoot(t, filepath.Join(shots, name+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
			}
		}
		page.Go(t, w.URL+"/sign-in")
		page.Fill(t, map[string]string{"email": "nobody@example.com", "password": "wrong"})
		page.Click(t, "main button[type=submit]")
		page.Await(t, `document.querySelector("main [role=alert]")`)
		page.Check(t)
		page.CheckConsole(t)
	}
}
