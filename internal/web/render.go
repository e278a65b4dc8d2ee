package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/a-h/templ"

	"bellwether/internal/errs"
	"bellwether/internal/web/ui"
)

// Render answers with a page within the reader's frame. Where the frame that stands in the browser is another one, of another
// organisation or of before somebody viewed as somebody else, the browser is told to load the page whole.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, page ui.Page, content templ.Component) {
	frame := s.around(r)
	if v := ui.Of(r.Context()); v.Swap && r.Method == http.MethodGet && v.Shell != "" && v.Shell != frame.Mark(v) {
		w.Header().Set("HX-Redirect", r.URL.RequestURI())
		w.WriteHeader(http.StatusOK)
		return
	}
	frame.Toasts = append(frame.Toasts, s.takeFlash(w, r)...)
	s.write(w, r, status, ui.Shell(frame, page), content)
}

// RenderPlain answers with a page without a frame: signing in, the first run.
func (s *Site) RenderPlain(w http.ResponseWriter, r *http.Request, status int, page ui.Page, content templ.Component) {
	if ui.Of(r.Context()).Swap {
		// It cannot stand in a shell: the browser loads it whole, or the page anew where a form led here.
		if r.Method == http.MethodGet {
			w.Header().Set("HX-Redirect", r.URL.RequestURI())
		} else {
			w.Header().Set("HX-Refresh", "true")
		}
		w.WriteHeader(http.StatusOK)
		return
	}
	frame := s.around(r)
	frame.Toasts = append(frame.Toasts, s.takeFlash(w, r)...)
	s.write(w, r, status, ui.Plain(frame, page), content)
}

// RenderPart answers with one component alone, which a live update puts in the place of the old one.
func (s *Site) RenderPart(w http.ResponseWriter, r *http.Request, part templ.Component) {
	s.write(w, r, http.StatusOK, part, nil)
}

// RenderWrongPart answers with one component that says what is wrong with what was sent.
func (s *Site) RenderWrongPart(w http.ResponseWriter, r *http.Request, part templ.Component) {
	s.write(w, r, http.StatusUnprocessableEntity, part, nil)
}

// write renders into memory first, so that a failure in the middle is an answer of its own and never half a page.
func (s *Site) write(w http.ResponseWriter, r *http.Request, status int, whole, content templ.Component) {
	ctx := r.Context()
	if content != nil {
		ctx = templ.WithChildren(ctx, content)
	}
	var page bytes.Buffer
	if err := whole.Render(ctx, &page); err != nil {
		s.failed(r, err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "Cookie, Accept-Language, HX-Request, "+ui.ShellHeader)
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the browser has gone: nobody to tell
}

// around is the reader's frame with what the site adds to it, without the toast that waits for the next page.
func (s *Site) around(r *http.Request) ui.Frame {
	var frame ui.Frame
	if s.options.Frame != nil {
		frame = s.options.Frame(r)
	}
	frame.Preferences = preferencesPath
	if notice, ok := insecureNotice(r); ok {
		frame.Notices = append(frame.Notices, notice)
	}
	return frame
}

var statusOf = map[errs.Kind]int{
	errs.Internal: http.StatusInternalServerError, errs.Invalid: http.StatusUnprocessableEntity, errs.NotFound: http.StatusNotFound,
	errs.Conflict: http.StatusConflict, errs.Unauthenticated: http.StatusUnauthorized, errs.Denied: http.StatusForbidden,
	errs.Unpaid: http.StatusPaymentRequired, errs.Unavailable: http.StatusServiceUnavailable,
}

// TooLarge is the answer to a request whose body is longer than its page takes, in bytes: 413.
func TooLarge(most int64) error {
	return errs.New(errs.Invalid, tooLargeCode, "what was sent is larger than %d KiB", most>>10).Try("send less").With("Most", sizeInWords(most))
}

const tooLargeCode = "web.too_large"

func sizeInWords(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d KB", bytes>>10)
}

func statusFor(err error) int {
	if errs.CodeOf(err) == tooLargeCode {
		return http.StatusRequestEntityTooLarge
	}
	return statusOf[errs.KindOf(err)]
}

// failed logs that a page could not be made. Whoever has moved on meanwhile cancelled the request: that is no fault of ours.
func (s *Site) failed(r *http.Request, err error) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		level = slog.LevelDebug
	}
	s.options.Log.Log(context.WithoutCancel(r.Context()), level, "page failed", "request", RequestID(r.Context()), "error", err)
}

// Fail answers with a page that says what is wrong and what to do, with the status of the error's kind. An internal
// error is logged here and shows no more than the request's id.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	kind := errs.KindOf(err)
	if kind == errs.Internal {
		s.failed(r, err)
	}
	v := ui.Of(r.Context())
	message, hint := v.Error(err)
	if kind == errs.Denied {
		s.Render(w, r, statusOf[kind], ui.Page{Title: v.T("error.forbidden")}, ui.Forbidden(message))
		return
	}
	failure := ui.Failure{Title: message, Text: hint, Request: RequestID(r.Context())}
	if kind == errs.Internal || kind == errs.Unavailable {
		failure.Retry = v.URL.RequestURI()
	}
	s.Render(w, r, statusFor(err), ui.Page{Title: v.T("error.title")}, failure.Draw())
}

// NotFound answers that there is nothing at the address, or nothing this reader may see: the two look alike.
func (s *Site) NotFound(w http.ResponseWriter, r *http.Request) {
	v := ui.Of(r.Context())
	empty := ui.Empty{
		Icon: ui.IconSearch, Title: v.T("error.nothing_here"), Text: v.T("error.nothing_here_text"),
		Action: ui.Button{Text: v.T("error.home"), Href: "/"},
	}
	s.Render(w, r, http.StatusNotFound, ui.Page{Title: v.T("error.title")}, empty.Draw())
}

// denyOrigin answers a form that another site sent.
func (s *Site) denyOrigin(w http.ResponseWriter, r *http.Request) {
	s.Fail(w, r, errs.New(errs.Denied, "web.other_site", "this request came from another site"))
}
