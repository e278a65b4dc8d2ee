package app

import (
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/gallery"
	"bellwether/internal/web/people"
	"bellwether/internal/web/settings"
)

// addPages adds every section of the cabinet.
func addPages(c *cabinet.Cabinet) {
	gallery.Register(c.Site)
	funds.Register(c)
	people.Register(c)
	settings.Register(c)
}
