package me_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// shots is a folder for pictures of the pages, where somebody wants to see them.
var shots = os.Getenv("BELLWETHER_SHOTS")

// One's own pages in a browser, with the keyboard's focus where it belongs: axe, no sideways scrolling, a quiet console.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	browser := webtest.Start(t)
	for _, look := range []struct {
		lang, theme string
		width       int64
	}{{"uk", "dark", 360}, {"ru", "light", 1280}} {
		anna := h.User("anna@" + look.lang + ".example")
		h.Join(anna, shop, access.Owner)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.EditUser(ctx, tx, audit.Program("test"), anna.ID, strings.Repeat("Анна Довге-Ім’я ", 5), look.lang, h.Now())
			return err
		})
		h.SignIn(anna)
		page := h.SignIn(anna).Browse(t, browser, look.width)
		page.SetCookie(t, h.URL, "__Host-theme", look.theme)
		check := func(name string) {
			page.Check(t)
			if shots != "" {
				page.Shoot(t, filepath.Join(shots, "me-"+name+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
			}
		}
		for name, path := range map[string]string{"profile": "", "password": "/password", "email": "/email", "sessions": "/sessions", "totp-off": "/totp/off"} {
			page.Go(t, h.URL+"/me"+path)
			check(name)
		}
		page.Go(t, h.URL+"/me/security")
		check("security")
		page.Click(t, "form[action='/me/totp/begin'] button")
		page.Await(t, `document.querySelector(".qr")`)
		check("totp")
		page.Fill(t, map[string]string{"code": "000000"})
		page.Click(t, "form[action='/me/totp'] button[type=submit]")
		page.Await(t, `document.querySelector(".field-error")`)
		check("totp-wrong")
		page.CheckConsole(t)
	}
}
