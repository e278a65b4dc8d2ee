package ui

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// local lets through what leads within this site or to another by http, mail or telephone; anything else, such as
// javascript:, leads nowhere.
func local(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return "#"
	}
	switch strings.ToLower(u.Scheme) {
	case "", "http", "https", "mailto", "tel":
		return href
	default:
		return "#"
	}
}

// dialogLink makes a link fetch its page into the dialog of the shell.
func dialogLink(on bool, href string) templ.Attributes {
	if !on {
		return nil
	}
	return templ.Attributes{
		"hx-get": href, "hx-boost": "false", "data-dialog": true, "hx-target": "#dialog-body", "hx-select": "#main-body",
		"hx-swap": "innerHTML strip:true", "hx-push-url": "false",
	}
}

// current marks the link to what is shown.
func current(here bool) templ.Attributes {
	if !here {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}
