package app

import (
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/gallery"
	"bellwether/internal/web/people"
)

// addPages adds every section of the cabinet.
func addPages(c *cabinet.Cabinet) {
	gallery.Register(c.Site)
	funds.Register(c)
	people.Register(c)
}
