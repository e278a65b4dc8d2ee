package ops

import (
	"bellwether/internal/bookshelf"
	"bellwether/internal/errs"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// askRemove asks before a draft goes for good, or a published version is offered no more.
func (p *pages) askRemove(v *cabinet.Visit) error {
	version, err := p.versionOf(v)
	if err != nil {
		return err
	}
	below, ref := "/op/books/"+version.ID.String(), refOf(v, version)
	words := map[string]any{"Version": ref}
	c := ui.Confirm{No: below, Danger: true, Fields: []ui.Choice{{Value: "revision", Text: revisionText(version)}}}
	switch version.State {
	case bookshelf.Draft:
		c.Title, c.Text, c.Yes, c.Action = v.T("ops.discard_title", words), v.T("ops.discard_text"), v.T("ops.discard"), below+"/discard"
	case bookshelf.Published:
		c.Title, c.Text, c.Yes, c.Action = v.T("ops.withdraw_title", words), v.T("ops.withdraw_text"), v.T("ops.withdraw_version"), below+"/withdraw"
	default:
		return errs.New(errs.Conflict, "bookshelf.not_published", "%s is neither a draft nor published", ref).At("version").Try("look at it again")
	}
	return v.Render(ui.Page{
		Title: c.Title, Section: sectionBooks, Narrow: true, Help: "/help/op-price-books",
		Crumbs: []ui.Link{{Text: v.T("ops.books"), Href: "/op/books"}, {Text: ref, Href: below}},
	}, c.Draw())
}
