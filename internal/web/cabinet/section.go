package cabinet

import (
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

// Section is an entry of the rail, and the group of pages it leads to.
type Section struct {
	Key  string   // pages name their section by it
	Text lang.Key // its name
	Icon ui.Icon
	Path string // below the organisation: "/funds"
	Need Need   // of whom it is for
	Rank int    // where in the rail it stands: 10, 20, ...; a gap stands before each full hundred
	// Count is what waits there; nil for nothing. It is asked on every page, so it must cost next to nothing.
	Count func(v *Visit) int
}

// AddSection puts a section into the rail of those who may see it.
func (c *Cabinet) AddSection(s Section) {
	at := len(c.sections)
	for at > 0 && c.sections[at-1].Rank > s.Rank {
		at--
	}
	c.sections = append(c.sections[:at], append([]Section{s}, c.sections[at:]...)...)
}

const ranksAGroup = 100

// sectionsOf are the sections of an organisation that a permit opens.
func (c *Cabinet) sectionsOf(v *Visit) []ui.Section {
	var rail []ui.Section
	group := -1
	for _, s := range c.sections {
		if s.Need.Kind != v.Org.Kind || s.Need.Right && !v.May(s.Need.Action, s.Need.Object) {
			continue
		}
		entry := ui.Section{Key: s.Key, Text: v.T(s.Text), Href: v.Path(s.Path), Icon: s.Icon}
		entry.Break = group >= 0 && s.Rank/ranksAGroup != group
		if s.Count != nil {
			entry.Count = s.Count(v)
		}
		group = s.Rank / ranksAGroup
		rail = append(rail, entry)
	}
	return rail
}

// Front adds the page at which an organisation opens. Whoever stands in it without the right to that page is led to the first
// section that they may see: links lead to an organisation whatever its reader may there.
func (c *Cabinet) Front(pattern string, need Need, action Action) {
	inside := need
	inside.Right = false
	c.Handle(pattern, inside, func(v *Visit) error {
		if v.May(need.Action, need.Object) {
			return action(v)
		}
		return v.Go(c.first(v, v.Org, v.Permit))
	})
}

// first is the page an organisation opens with for this reader.
func (c *Cabinet) first(v *Visit, org ident.Org, permit access.Permit) string {
	for _, s := range c.sections {
		if s.Need.Kind == org.Kind && (!s.Need.Right || permit.Allows(s.Need.Action, s.Need.Object)) {
			return strings.TrimSuffix(Base(org)+s.Path, "/")
		}
	}
	return "/me"
}
