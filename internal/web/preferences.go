package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

const (
	preferencesPath = "/preferences"
	langCookie      = "lang"
	themeCookie     = "theme"
	aYear           = 365 * 24 * time.Hour
	longestForm     = 64 << 10
)

// setPreferences keeps the language or theme chosen and goes back to the page it was chosen on.
func (s *Site) setPreferences(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	cookies := CookiesOf(ClientOf(r.Context()))
	if l, ok := lang.Parse(r.PostFormValue("lang")); ok {
		cookies.Set(w, langCookie, string(l), aYear)
		if s.options.Choose != nil {
			if err := s.options.Choose(r, l); err != nil {
				s.options.Log.Error("keeping a language", "request", RequestID(r.Context()), "error", err)
			}
		}
	}
	if theme := r.PostFormValue("theme"); theme != "" {
		cookies.Set(w, themeCookie, string(ui.ParseTheme(theme)), aYear)
	}
	http.Redirect(w, r, Back(r.PostFormValue("back"), "/"), http.StatusSeeOther)
}

// Back is where a form wants to return to, if that is a path of this site, else the path given.
func Back(wish, otherwise string) string {
	u, err := url.Parse(wish)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(wish, "/") || strings.HasPrefix(wish, "//") || strings.Contains(wish, "\\") {
		return otherwise
	}
	return wish
}
