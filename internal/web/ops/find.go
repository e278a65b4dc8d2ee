package ops

import (
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// mostFoundProjects is how many projects a search gives at most.
const mostFoundProjects = 50

// addFinders lets the search find projects: an operator's all, an agency's its own.
func (p *pages) addFinders() {
	for _, need := range []cabinet.Need{cabinet.Operator(access.View, access.Projects), cabinet.Agency(access.View, access.Portfolio)} {
		p.AddFinder(cabinet.Finder{Kind: "ops.project", Need: need, Find: p.findProjects})
	}
}

// findProjects looks for words in the names and ids of the projects that the reader's organisation sees.
func (p *pages) findProjects(v *cabinet.Visit, words string) ([]ui.Link, error) {
	agency, below := "", "/op/projects/"
	if v.Org.Kind == ident.AgencyKind {
		agency, below = v.Org.ID, "/p/"
	}
	all, err := p.shops(v.Context(), agency, v.At)
	if err != nil {
		return nil, err
	}
	var links []ui.Link
	for _, s := range chosen(all, ui.TableState{Filters: map[string]string{"text": words}}) {
		if len(links) == mostFoundProjects {
			break
		}
		links = append(links, ui.Link{Text: strings.TrimSpace(s.Name + " · " + string(s.ID)), Href: below + string(s.ID)})
	}
	return links, nil
}
