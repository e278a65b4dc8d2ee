package ops

import (
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// unlimited warns whoever may see bookings that one signature books any amount of some currencies, and leads to where that is changed.
// There is nothing to say where every currency of a project has a limit (Rule O-01).
func (p *pages) unlimited(v *cabinet.Visit) ([]templ.Component, error) {
	if !v.May(access.View, access.Adjustments) {
		return nil, nil
	}
	list, err := approval.Unlimited(v.Context(), p.DB)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	parts := []templ.Component{paragraph(v.T("ops.unlimited_text"))}
	if v.May(access.Edit, access.Approvals) {
		parts = append(parts, ui.Button{Text: v.T("ops.set_first_limit"), Href: "/op/money/limits/new?currency=" + names[0], Small: true}.Draw())
	}
	return []templ.Component{warning(v.T("ops.unlimited", map[string]any{"Currencies": strings.Join(names, ", ")}), parts)}, nil
}
