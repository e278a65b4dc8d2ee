package ops

import (
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// mostFoundProjects is how many projects a search gives at most.
const mostFoundProjects = 50

// addFinders lets the search find projects: an operator's all, an agency's its own; and what an operator booked by hand or a program did.
func (p *pages) addFinders() {
	for _, need := range []cabinet.Need{cabinet.Operator(access.View, access.Projects), cabinet.Agency(access.View, access.Portfolio)} {
		p.AddFinder(cabinet.Finder{Kind: "ops.project", Need: need, Find: p.findProjects})
	}
	p.AddFinder(cabinet.Finder{Kind: "ops.booking", Need: cabinet.Operator(access.View, access.Adjustments), Find: p.findBookings})
}

// mostFoundBookings is how many bookings a search gives at most.
const mostFoundBookings = 50

// findBookings looks for payments and adjustments by their ids, amounts and reasons.
func (p *pages) findBookings(v *cabinet.Visit, words string) ([]ui.Link, error) {
	var amount *money.Micro
	if typed, err := lang.ReadAmount(words); err == nil && typed != 0 {
		amount = &typed
	}
	found, err := approval.Search(v.Context(), p.DB, words, amount, mostFoundBookings, v.At)
	links := make([]ui.Link, len(found))
	for i, r := range found {
		shown := v.T("ops.no_limit")
		if r.Kind != approval.Limit || r.Amount != approval.NoLimit {
			shown = v.MoneySigned(r.Amount, r.Currency)
		}
		parts := []string{v.T(requestKinds[r.Kind]), shown, string(r.Project), r.Ref, v.DateTime(r.AskedAt)}
		links[i] = ui.Link{Text: strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · "), Href: "/op/money/" + r.ID.String(), Icon: ui.IconFunds}
	}
	return links, err
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
