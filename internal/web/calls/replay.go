package calls

import (
	"context"
	"fmt"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/pbx"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// replay is GET /p/{project}/calls/{call}/replay: the call lived through again by the code that decided, for whoever sets telephony up
// (Rule T-116).
func (s *section) replay(v *cabinet.Visit) error {
	id, err := call.ParseID(v.R.PathValue("call"))
	if err != nil {
		return err
	}
	var again pbx.Again
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err == nil {
			again, err = pbx.LiveAgain(ctx, q, w, id)
		}
		return err
	}); err != nil {
		return err
	}
	p := below(v, v.T("calls.replay"))
	p.Crumbs = append(p.Crumbs, ui.Link{Text: title(v.View, again.Call.Call), Href: v.Path(callPath(id))})
	p.Lead = v.T("calls.replay_agrees")
	if !again.Agrees {
		p.Lead = v.T("calls.replay_differs")
	}
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "after", Title: v.T("calls.replay_after"), Fixed: true, Numeric: true},
			{Key: "event", Title: v.T("calls.replay_event")},
			{Key: "says", Title: v.T("calls.replay_says")},
			{Key: "effects", Title: v.T("calls.replay_effects")},
		}},
		Caption: v.T("calls.replay"), Right: access.Calls, Count: v.N("calls.replay_count", len(again.Steps)),
		Empty: ui.Empty{Icon: ui.IconCalls, Title: v.T("calls.no_timeline")},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for i, step := range again.Steps {
				rows = append(rows, cabinet.Row{ID: fmt.Sprint(i), Cells: map[string]cabinet.Cell{
					"after": cabinet.Text(fmt.Sprintf("%.3f", step.At.Sub(again.Steps[0].At).Seconds())), "event": cabinet.Code(step.Kind()),
					"says": cabinet.Text(pbx.Facts(pbx.Told(step.Event))), "effects": cabinet.Text(effectsOf(step)),
				}})
			}
			return rows, nil
		}),
	})
}

// effectsOf are what an event led to, one after the other.
func effectsOf(step dialplan.Lived) string {
	said := make([]string, len(step.Effects))
	for i, e := range step.Effects {
		said[i] = strings.TrimSpace(dialplan.EffectKind(e) + " " + pbx.Facts(e))
	}
	return strings.Join(said, "; ")
}
