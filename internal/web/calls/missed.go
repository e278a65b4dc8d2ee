package calls

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// owedFor is how long a missed call stays on the list of those to call back.
const owedFor = 30 * 24 * time.Hour

// missed is GET /p/{project}/calls/missed: the clients nobody has talked to since they called (Rule T-106).
func (s *section) missed(v *cabinet.Visit) error {
	owed := true
	back := s.Exchange != nil && v.May(access.Edit, access.Calls)
	list := cabinet.List{
		Spec: ui.TableSpec{Sort: "-at", Columns: []ui.Column{
			{Key: "at", Title: v.T("calls.col_at"), Fixed: true, Sortable: true},
			{Key: "client", Title: v.T("calls.col_client")},
			{Key: "result", Title: v.T("calls.col_result")},
			{Key: "number", Title: v.T("calls.col_number")},
			{Key: "wait", Title: v.T("calls.col_wait"), Numeric: true},
			{Key: "counter", Title: v.T("calls.col_counter"), Hint: v.T("calls.col_counter_hint"), Numeric: true},
			{Key: "recording", Title: v.T("calls.col_recording")},
		}},
		Caption: v.T("calls.missed"), Right: access.Calls,
		Empty: ui.Empty{Icon: ui.IconDone, Title: v.T("calls.none_missed"), Text: v.T("calls.none_missed_text")},
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			order := call.NewestFirst
			if !state.Descending {
				order = call.OldestFirst
			}
			rows, next, err := load(v, state, call.Filter{Owed: &owed, From: v.At.Add(-owedFor)}, order, after, limit)
			if back {
				for _, r := range rows {
					r.Cells["do"] = cabinet.Shown(callBackForm(v.Path(root+"/"+r.ID+"/call-back")), "")
				}
			}
			return rows, next, err
		},
	}
	if back {
		list.Spec.Columns = append(list.Spec.Columns, ui.Column{Key: "do", Title: v.T("calls.col_do"), Tool: true})
	}
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	p := page(v, "/missed")
	p.Lead = v.T("calls.missed_lead", lang.Values{"Days": int(owedFor / (24 * time.Hour))})
	return v.Render(p, table.Draw())
}

// callBack is POST /p/{project}/calls/{call}/call-back: the reader's telephone rings, then the client's.
func (s *section) callBack(v *cabinet.Visit) error {
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	if err := s.Exchange.CallBack(v.Context(), v.Permit, c.ID); err != nil {
		return err
	}
	return v.Done(v.Path(root+"/missed"), ui.Toast{Text: v.T("calls.calling_back", lang.Values{"Number": number(v.View, c.Client)})})
}
