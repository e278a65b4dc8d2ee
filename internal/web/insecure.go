package web

import (
	"net/http"

	"bellwether/internal/web/ui"
)

const insecurePath = "/insecure"

// insecureNotice warns where the page's address is neither this machine's own nor HTTPS: browsers then refuse what the
// page about it lists.
func insecureNotice(r *http.Request) (ui.FrameNotice, bool) {
	if ClientOf(r.Context()).Trustworthy() || r.URL.Path == insecurePath {
		return ui.FrameNotice{}, false
	}
	v := ui.Of(r.Context())
	return ui.FrameNotice{
		Tone: ui.Warning, Text: v.T("insecure.notice"), Link: ui.Link{Text: v.T("insecure.more"), Href: insecurePath},
	}, true
}

// insecure says what will not work at an address that is not secure, and how to make it so.
func (s *Site) insecure(w http.ResponseWriter, r *http.Request) {
	v := ui.Of(r.Context())
	s.RenderPlain(w, r, http.StatusOK, ui.Page{Title: v.T("insecure.title"), Lead: v.T("insecure.lead")}, insecurePage())
}
