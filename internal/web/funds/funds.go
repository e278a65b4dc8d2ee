package funds

import (
	"bellwether/internal/access"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Register adds the pages and their section of the rail.
func Register(c *cabinet.Cabinet) {
	need := cabinet.Project(access.View, access.Funds)
	c.AddSection(cabinet.Section{Key: Section, Text: "funds.section", Icon: ui.IconFunds, Path: "/funds", Need: need, Rank: 50})
}
