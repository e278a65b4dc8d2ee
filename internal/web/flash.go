package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"bellwether/internal/web/ui"
)

const (
	flashCookie  = "flash"
	flashLasts   = time.Minute
	longestFlash = 3000 // a browser keeps 4096 bytes a cookie
)

// Flash shows a toast on the page that comes after a redirect. Its text is cut where a cookie cannot hold it.
func (s *Site) Flash(w http.ResponseWriter, r *http.Request, toast ui.Toast) {
	const shortened = 300
	text, err := json.Marshal(toast)
	if err != nil || len(text)*4/3 > longestFlash {
		letters := []rune(toast.Text)
		toast = ui.Toast{Tone: toast.Tone, Text: string(letters[:min(shortened, len(letters))]) + "…"}
		text, _ = json.Marshal(toast) // strings always marshal
	}
	CookiesOf(ClientOf(r.Context())).Set(w, flashCookie, base64.RawURLEncoding.EncodeToString(text), flashLasts)
}

// takeFlash gives the toast kept for this page, once.
func (s *Site) takeFlash(w http.ResponseWriter, r *http.Request) []ui.Toast {
	cookies := CookiesOf(ClientOf(r.Context()))
	kept := cookies.Get(r, flashCookie)
	if kept == "" {
		return nil
	}
	cookies.Drop(w, flashCookie)
	var toast ui.Toast
	text, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil || json.Unmarshal(text, &toast) != nil {
		return nil
	}
	return []ui.Toast{toast}
}
