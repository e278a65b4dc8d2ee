package ops

import (
	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// deadTrunks says which of the operator's trunks stay down, and leads to each (Rule T-59).
func (p *pages) deadTrunks(v *cabinet.Visit) (all []templ.Component, err error) {
	if !v.May(access.View, access.Telephony) {
		return nil, nil
	}
	dead, err := trunk.DeadLines(v.Context(), p.DB, "")
	for _, d := range dead {
		parts := []templ.Component{paragraph(v.T("telephony.trunk_dead_why"))}
		if d.Health.Reason != "" {
			parts = append(parts, paragraph(v.T("telephony.trunk_said", map[string]any{"Reason": d.Health.Reason})))
		}
		parts = append(parts, ui.Button{Text: v.T("telephony.to_trunk"), Href: "/op/trunks/" + string(d.Trunk.ID), Small: true}.Draw())
		all = append(all, warning(v.T("telephony.trunk_dead", map[string]any{"Name": d.Trunk.Name, "Since": v.DateTime(d.Health.TroubleAt)}), parts))
	}
	return all, err
}
