package web

import (
	"net/http"
	"time"
)

// hostPrefix makes browsers refuse a cookie that is not Secure, not of this very host, or not of the whole site.
const hostPrefix = "__Host-"

// Cookies sets and reads cookies for one client: __Host- cookies where its address is secure, and plain ones of the same
// kind elsewhere. There the session's token crosses the wire as readable as the page does: the cabinet says so on every page,
// and HTTPS is the remedy.
type Cookies struct{ client Client }

// CookiesOf gives the cookies of a client.
func CookiesOf(c Client) Cookies { return Cookies{c} }

func (c Cookies) name(name string) string {
	if c.client.Trustworthy() {
		return hostPrefix + name
	}
	return name
}

// Set keeps a value for the time given, or until the browser is closed where it is 0.
func (c Cookies) Set(w http.ResponseWriter, name, value string, keep time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: c.name(name), Value: value, Path: "/", MaxAge: int(keep / time.Second),
		HttpOnly: true, Secure: c.client.Trustworthy(), SameSite: http.SameSiteLaxMode,
	})
}

// Get is the value kept, empty for none.
func (c Cookies) Get(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.name(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Drop makes the browser forget a value.
func (c Cookies) Drop(w http.ResponseWriter, name string) { c.Set(w, name, "", -time.Second) }
