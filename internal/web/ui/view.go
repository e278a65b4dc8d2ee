package ui

import (
	"context"
	"net/url"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
)

// Theme is how a page is coloured.
type Theme string

// The themes a reader chooses from; ThemeSystem follows the reader's device.
const (
	ThemeSystem Theme = "system"
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// ParseTheme reads what a cookie or a form says; anything unknown follows the device.
func ParseTheme(s string) Theme {
	switch t := Theme(s); t {
	case ThemeLight, ThemeDark:
		return t
	default:
		return ThemeSystem
	}
}

// View is what every component knows of the request it is drawn for: the reader's language and zone, the theme, the
// address and the time.
type View struct {
	*lang.Printer
	Theme Theme
	URL   *url.URL  // of the page; its query is the page's state
	Now   time.Time // the instant the page shows
	Swap  bool      // only the main region is wanted: the shell stands already
	Shell string    // the mark of the frame that stands in the browser; empty where it does not say
}

// Today is the date on the reader's clock.
func (v *View) Today() civil.Date { return civil.DateIn(v.Now, v.Zone()) }

// here is the address of the page within the site.
func (v *View) here() string {
	if v.URL.RawQuery == "" {
		return v.URL.Path
	}
	return v.URL.Path + "?" + v.URL.RawQuery
}

type viewContext struct{}

// With gives a context in which components are drawn for v.
func With(ctx context.Context, v *View) context.Context {
	return context.WithValue(ctx, viewContext{}, v)
}

// Of is the View of a context; outside a request it is English, in UTC, at the root.
func Of(ctx context.Context) *View {
	if v, ok := ctx.Value(viewContext{}).(*View); ok {
		return v
	}
	return &View{Printer: lang.For(lang.English, nil), URL: &url.URL{Path: "/"}}
}
