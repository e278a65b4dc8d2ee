package web

import "net/http"

// policy lets a page load from this site alone, and run no code that stands in markup or text.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
	"media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; report-uri " + reportPath

// guard sets the headers of every answer. Assets loosen Cache-Control themselves.
func guard(h http.Header, c Client) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)")
	h.Set("Cache-Control", "no-store")
	if c.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
