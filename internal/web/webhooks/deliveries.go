package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"bellwether/internal/access"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/webhook"
)

func deliveryPath(v *cabinet.Visit, d webhook.Delivery) string {
	return path(v, d.Endpoint) + "/deliveries/" + webhook.WireID(d.Message)
}

// deliveries is GET .../webhooks/{webhook}/deliveries: what was told within 30 days.
func (s *section) deliveries(v *cabinet.Visit) error {
	e, err := s.chosen(v)
	if err != nil {
		return err
	}
	var states []ui.Choice
	for _, state := range webhook.States {
		states = append(states, ui.Choice{Value: string(state), Text: v.T(stateKeys[state].text)})
	}
	p := below(v, v.T("webhooks.deliveries"), ui.Link{Text: e.Name, Href: path(v, e.ID)})
	p.Narrow = false
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "at", Title: v.T("webhooks.at"), Fixed: true},
				{Key: "state", Title: v.T("webhooks.state")},
				{Key: "kind", Title: v.T("webhooks.kind")},
				{Key: "status", Title: v.T("webhooks.status"), Numeric: true},
				{Key: "attempts", Title: v.T("webhooks.attempts"), Numeric: true},
				{Key: "took", Title: v.T("webhooks.took"), Numeric: true},
				{Key: "next", Title: v.T("webhooks.next")},
				{Key: "id", Title: v.T("webhooks.message"), Extra: true},
			},
			Filters: []ui.Filter{{Key: "state", Title: v.T("webhooks.state"), Choices: states}},
		},
		Caption: v.T("webhooks.deliveries"), Right: access.Settings, Empty: ui.Empty{Icon: ui.IconSend, Title: v.T("webhooks.no_deliveries"), Text: v.T("webhooks.no_deliveries_text")},
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			before := int64(0)
			if after != "" {
				if before, err = strconv.ParseInt(after, 10, 64); err != nil || before <= 0 {
					return nil, "", cabinet.BadPlace()
				}
			}
			found, err := webhook.Deliveries(ctx, s.DB, v.Permit, e.ID, webhook.State(state.Filters["state"]), before, limit+1)
			for i, d := range found {
				if i == limit {
					next = strconv.FormatInt(found[i-1].Message, 10)
					break
				}
				rows = append(rows, row(v, d))
			}
			return rows, next, err
		},
	})
}

func row(v *cabinet.Visit, d webhook.Delivery) cabinet.Row {
	r := cabinet.Row{ID: webhook.WireID(d.Message), Href: deliveryPath(v, d), Cells: map[string]cabinet.Cell{
		"at": cabinet.Moment(d.At), "kind": cabinet.Text(kindText(v.View, d.Kind)), "state": stateOf(v.View, d), "attempts": cabinet.Int(d.Attempts), "id": cabinet.Code(webhook.WireID(d.Message)),
	}}
	if d.Status != 0 {
		r.Cells["status"] = cabinet.Int(d.Status)
	}
	if !d.TriedAt.IsZero() {
		r.Cells["took"] = cabinet.Text(took(v, d))
	}
	if d.State == webhook.Waiting {
		r.Cells["next"] = cabinet.Moment(d.DueAt)
	}
	return r
}

func took(v *cabinet.Visit, d webhook.Delivery) string {
	return v.T("webhooks.ms", map[string]any{"Count": v.Int(int(d.Took.Milliseconds()))})
}

// deliveryView is what stands on the page of a delivery.
type deliveryView struct {
	id, body, answer, took, status, attempts string
	state, at, tried, next                   cabinet.Cell
	kind                                     string
	again                                    string // where its form leads; empty where it cannot be sent again
	erased                                   bool
}

// delivery is GET .../deliveries/{delivery}.
func (s *section) delivery(v *cabinet.Visit) error {
	e, d, err := s.chosenDelivery(v)
	if err != nil {
		return err
	}
	c := deliveryView{
		id: webhook.WireID(d.Message), kind: kindText(v.View, d.Kind), state: stateOf(v.View, d), at: cabinet.Moment(d.At), tried: cabinet.Moment(d.TriedAt), attempts: v.Int(d.Attempts),
		answer: d.Answer, body: indented(d.Body), erased: d.Body == "",
	}
	if !d.TriedAt.IsZero() {
		c.took = took(v, d)
	}
	if d.Status != 0 {
		c.status = strconv.Itoa(d.Status)
	}
	if d.State == webhook.Waiting {
		c.next = cabinet.Moment(d.DueAt)
	}
	if e.Enabled && !c.erased {
		c.again = deliveryPath(v, d) + "/again"
	}
	more := []ui.Link{{Text: e.Name, Href: path(v, e.ID)}, {Text: v.T("webhooks.deliveries"), Href: path(v, e.ID) + "/deliveries"}}
	return v.Render(below(v, c.kind, more...), deliveryPage(c))
}

// indented is a body as people read it.
func indented(body string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(body), "", "  "); err != nil {
		return body
	}
	return out.String()
}

func (s *section) chosenDelivery(v *cabinet.Visit) (e webhook.Endpoint, d webhook.Delivery, err error) {
	message, err := webhook.ParseMessage(v.R.PathValue("delivery"))
	if err != nil {
		return e, d, err
	}
	return e, d, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if e, err = webhook.Get(ctx, q, v.Permit, webhook.EndpointID(v.R.PathValue("webhook"))); err != nil {
			return err
		}
		d, err = webhook.GetDelivery(ctx, q, v.Permit, e.ID, message)
		return err
	})
}

// again is POST .../deliveries/{delivery}/again.
func (s *section) again(v *cabinet.Visit) error {
	e, d, err := s.chosenDelivery(v)
	if err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return s.Webhooks.Again(ctx, tx, v.Permit, e.ID, d.Message, v.At)
	}); err != nil {
		return err
	}
	s.Wake()
	return v.Done(deliveryPath(v, d), ui.Toast{Text: v.T("webhooks.sent_again")})
}
