package webhooks

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/webhook"
)

// list is GET /p/{project}/settings/webhooks.
func (s *section) list(v *cabinet.Visit) error {
	var all []webhook.Endpoint
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		all, err = webhook.List(ctx, q, v.Permit)
		return err
	}); err != nil {
		return err
	}
	p := page(v, root)
	add := ui.Button{Text: v.T("webhooks.new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/new")}
	p.Actions = add.Draw()
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("webhooks.name"), Sortable: true, Fixed: true},
			{Key: "state", Title: v.T("webhooks.state"), Sortable: true},
			{Key: "url", Title: v.T("webhooks.url"), Sortable: true},
			{Key: "kinds", Title: v.T("webhooks.kinds"), Numeric: true, Sortable: true},
			{Key: "since", Title: v.T("webhooks.failing_since"), Sortable: true},
			{Key: "made", Title: v.T("webhooks.made"), Sortable: true, Extra: true},
		}},
		Caption: v.T("webhooks.title"), Right: access.Settings, Count: v.N("webhooks.count", len(all)), Short: true,
		Empty: ui.Empty{Icon: ui.IconSend, Title: v.T("webhooks.none"), Text: v.T("webhooks.none_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, e := range all {
				rows = append(rows, cabinet.Row{ID: string(e.ID), Href: path(v, e.ID), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(e.Name), "state": healthOf(v.View, e), "url": cabinet.Code(e.URL), "kinds": cabinet.Int(len(e.Kinds)),
					"since": cabinet.Moment(e.FailingAt), "made": cabinet.Moment(e.MadeAt),
				}})
			}
			return rows, nil
		}),
	})
}
