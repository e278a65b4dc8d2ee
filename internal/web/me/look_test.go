package me_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
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

// The pages behind a second step, and the one that ends a view as somebody else, in both themes.
func TestPagesBehindAStep(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	anna := h.Member(shop, access.Owner)
	shown := anna.Post("/me/totp/begin", url.Values{}).Must(t, http.StatusOK).Body
	code, err := totp.GenerateCode(seedOf.FindStringSubmatch(shown)[1], h.Now())
	if err != nil {
		t.Fatal(err)
	}
	address := strings.ReplaceAll(hiddenURL.FindStringSubmatch(shown)[1], "&amp;", "&")
	anna.Post("/me/totp", url.Values{"code": {code}, "url": {address}}).Must(t, http.StatusOK)
	operator, browser := h.Operator(), webtest.Start(t)
	view := viewOf(h, operator, anna)
	for theme, width := range map[string]int64{"dark": 360, "light": 1280} {
		page := h.SignIn(anna.User).Browse(t, browser, width)
		page.SetCookie(t, h.URL, "__Host-theme", theme)
		for _, path := range []string{"/me/recovery", "/me/totp/off"} {
			page.Go(t, h.URL+path)
			page.Check(t)
		}
		page.DropCookies(t)
		page.SetCookie(t, h.URL, "__Host-theme", theme)
		page.Go(t, h.URL+"/sign-in")
		page.Fill(t, map[string]string{"email": anna.Email, "password": cabinettest.Password})
		page.Click(t, "main button[type=submit]")
		page.Await(t, `document.querySelector("main [name=code]")`)
		page.Check(t)
		page.CheckConsole(t)

		page = operator.Browse(t, browser, width)
		page.SetCookie(t, h.URL, "__Host-theme", theme)
		page.SetCookie(t, h.URL, "__Host-view", view)
		page.Go(t, h.URL+"/me/view/end")
		page.Check(t)
		page.CheckConsole(t)
	}
}

// Whoever signed in a while ago proves who they are by the password, then turns an authenticator app on, and proves it by a code from
// then on: in a browser, in both themes.
func TestProveInABrowser(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	browser := webtest.Start(t)
	for theme, width := range map[string]int64{"dark": 360, "light": 1280} {
		anna := h.User("prove-" + theme + "@example.com")
		h.Join(anna, shop, access.Owner)
		page := h.SignIn(anna).Browse(t, browser, width)
		page.SetCookie(t, h.URL, "__Host-theme", theme)
		look := func(name string) {
			t.Helper()
			page.Check(t)
			if shots != "" {
				page.Shoot(t, filepath.Join(shots, "me-"+name+"-"+theme+".png"))
			}
		}
		send := func(field, value string) {
			t.Helper()
			page.Fill(t, map[string]string{field: value})
			page.Click(t, "main form button[type=submit]")
		}
		code := func(seed string) string {
			t.Helper()
			text, err := totp.GenerateCode(seed, h.Now())
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		h.Pass(10 * time.Minute)
		page.Go(t, h.URL+"/me/security")
		page.Click(t, "a[href^='/me/prove']")
		page.Await(t, `location.pathname === "/me/prove" && document.querySelector("[name=old]")`)
		look("prove")
		send("old", "not my password")
		page.Await(t, `document.querySelector(".field-error")`)
		look("prove-wrong")
		send("old", cabinettest.Password)
		page.Await(t, `location.pathname === "/me/security" && document.querySelector("form[action='/me/totp/begin'] button")`)
		page.Click(t, "form[action='/me/totp/begin'] button")
		page.Await(t, `document.querySelector(".qr")`)
		seed := seedOf.FindStringSubmatch(page.Text(t, `document.querySelector("[name=url]").value`))[1]
		send("code", code(seed))
		page.Await(t, `document.querySelector("main a.button[href='/me/security']")`)
		look("recovery-codes")
		h.Pass(10 * time.Minute)
		page.Go(t, h.URL+"/me/prove?next=/me/recovery")
		look("prove-code")
		send("code", "000000")
		page.Await(t, `document.querySelector(".field-error")`)
		send("code", code(seed))
		page.Await(t, `location.pathname === "/me/recovery"`)
		page.Go(t, h.URL+"/me/security")
		look("security-totp")
		page.CheckConsole(t)
		page.DropCookies(t)
	}
}
