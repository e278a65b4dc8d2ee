package door_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/webtest"
)

// looks are the ways a page is looked at here: each theme, and each width, once.
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
		u := w.User("newcomer@" + look.lang + ".example")
		reset, change := w.links(u)
		for name, path := range map[string]string{
			"reset": cabinet.Link("/reset", reset), "email": cabinet.Link("/email", change), "sign-in": "/sign-in", "sign-up": "/sign-up", "forgot": "/forgot", "confirm": "/confirm?code=x", "bad-reset": "/reset?code=x",
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

		page = w.SignIn(u).Browse(t, browser, look.width)
		page.SetCookie(t, w.URL, "__Host-theme", look.theme)
		page.Go(t, w.URL+"/new-project")
		page.Check(t)
		page.CheckConsole(t)
		page.DropCookies(t) // tabs of a browser share them
	}
}

// links are the secrets of mails to somebody: to set a new password, and to agree to another address.
func (w *town) links(u account.User) (reset, change string) {
	w.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		r, err := account.RequestReset(ctx, tx, audit.Program("test"), w.App.Door.Random, u.Email, w.Now())
		if err != nil {
			return err
		}
		c, err := account.RequestEmailChange(ctx, tx, audit.Actor{User: string(u.ID)}, w.App.Door.Random, u.ID, "another-"+u.Email, w.Now())
		reset, change = r.Token, c.NewToken
		return err
	})
	return reset, change
}

// A new password by a link of a mail, from the question to being in with it: in a browser, in both themes.
func TestResetInABrowser(t *testing.T) {
	t.Parallel()
	w := open(t)
	browser := webtest.Start(t)
	for theme, width := range map[string]int64{"dark": 360, "light": 1280} {
		u := w.User("forgetful-" + theme + "@example.com")
		w.Join(u, shop, access.Owner)
		page := browser.Open(t, width)
		page.SetCookie(t, w.URL, "__Host-theme", theme)
		look := func(name string) {
			t.Helper()
			page.Check(t)
			shoot(t, page, "reset-"+name+"-"+theme)
		}
		send := func(values map[string]string) {
			t.Helper()
			page.Fill(t, values)
			page.Click(t, "main button[type=submit]")
		}
		page.Go(t, w.URL+"/sign-in")
		page.Click(t, "a[href='/forgot']")
		page.Await(t, `location.pathname === "/forgot"`)
		look("forgot")
		send(map[string]string{"email": u.Email})
		page.Await(t, `document.querySelector("main a[href='/sign-in']") && !document.querySelector("main [name=email]")`)
		look("mailed")
		page.Go(t, w.URL+w.mailed(t, u.Email))
		look("new")
		send(map[string]string{"password": "short"})
		page.Await(t, `document.querySelector(".field-error")`)
		look("wrong")
		const password = "nine geese over the pond"
		send(map[string]string{"password": password})
		page.Await(t, `!document.querySelector("[name=code]")`)
		look("done")
		page.Go(t, w.URL+"/sign-in")
		send(map[string]string{"email": u.Email, "password": password})
		page.Await(t, `location.pathname === "/p/shop" && document.querySelector(".avatar")`)
		page.CheckConsole(t)
		page.DropCookies(t)
	}
}
