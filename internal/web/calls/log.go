package calls

import (
	"context"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// log is GET /p/{project}/calls: the calls of a period, narrowed by any field.
func (s *section) log(v *cabinet.Visit) error {
	period := ui.ReadPeriod(v.URL, v.Today(), "30d")
	var choices call.Choices
	var settings call.Settings
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		if settings, err = call.GetSettings(ctx, q, v.Project.ID); err != nil {
			return err
		}
		choices, err = w.Choices(ctx, q)
		return err
	}); err != nil {
		return err
	}
	empty, err := s.emptyLog(v)
	if err != nil {
		return err
	}
	list := logList(v, period, choices, settings, empty)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	var totals call.Totals
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err == nil {
			totals, err = w.Totals(ctx, q, filterOf(v, ui.ReadTable(v.URL, list.Spec), period))
		}
		return err
	}); err != nil {
		return err
	}
	list.Count = v.N("calls.count", int(totals.Calls))
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	p := page(v, "")
	if reach, err := v.Permit.May(access.View, access.Calls); err == nil && reach.Level != access.All {
		p.Lead = v.T(reachKeys[reach.Level])
	}
	return v.Render(p, logPage(period, tiles(v, totals), table))
}

// reachKeys say whose calls somebody sees who does not see all.
var reachKeys = map[access.Level]lang.Key{
	access.Own: "calls.sees_own", access.OwnAndUnassigned: "calls.sees_unassigned", access.InDepartment: "calls.sees_department",
}

// tiles are the sums above the log.
func tiles(v *cabinet.Visit, t call.Totals) []ui.Tile {
	share := func(n, of int64) string {
		if of == 0 {
			return "–"
		}
		return v.Percent(int(n*10_000/of), false)
	}
	some := func(key lang.Key, n int64) string {
		if n == 0 {
			return ""
		}
		return v.N(key, int(n))
	}
	talk := ui.Tile{Label: v.T("calls.tile_talk"), Value: ui.Text(v.Duration(seconds(t.Talk)))}
	if seesCost(v) {
		talk = ui.Tile{Label: v.T("calls.tile_cost"), Value: ui.Money(t.Cost, v.Project.Currency), Change: v.T("calls.talk_of", lang.Values{"Duration": v.Duration(seconds(t.Talk))})}
	}
	answered := ui.Tile{Label: v.T("calls.tile_answered"), Value: ui.Text(share(t.Answered, t.Calls-t.Blocked)), Change: some("calls.proper_count", t.Proper)}
	if t.Answered > 0 {
		answered.Than = v.T("calls.mean_wait", lang.Values{"Duration": v.Clock(seconds(t.Wait / t.Answered))})
	}
	return []ui.Tile{
		{Label: v.T("calls.tile_calls"), Value: ui.Number(int(t.Calls)), Change: some("calls.repeated_count", t.Repeated), Than: some("calls.blocked_count", t.Blocked)},
		answered,
		{Label: v.T("calls.tile_missed"), Value: ui.Number(int(t.Missed)), Change: some("calls.owed_count", t.Owed), Href: v.Path(root + "/missed")},
		talk,
	}
}

// seesCost reports whether the reader may know what calls cost.
func seesCost(v *cabinet.Visit) bool { return v.May(access.View, access.Funds) }

// emptyLog says why there is no call to show: where there never was one, what comes next.
func (s *section) emptyLog(v *cabinet.Visit) (empty ui.Empty, err error) {
	empty = ui.Empty{Icon: ui.IconCalls, Title: v.T("calls.none"), Text: v.T("calls.none_text")}
	return empty, v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		if calls, err := w.List(ctx, q, call.Filter{}, call.NewestFirst, 0, 1); err != nil || len(calls) > 0 {
			return err
		}
		empty.Title, empty.Text = v.T("calls.never"), v.T("calls.never_text")
		held, err := s.Billing.Numbers(ctx, q, v.Project.ID)
		switch {
		case err != nil:
		case len(held) == 0 && v.May(access.Edit, access.Numbers):
			empty.Action = ui.Button{Text: v.T("calls.never_number"), Kind: ui.Primary, Icon: ui.IconPlus, Href: v.Path("/numbers/rent")}
		case len(held) > 0 && v.May(access.Edit, access.Schemes):
			empty.Action = ui.Button{Text: v.T("calls.never_scheme"), Kind: ui.Primary, Href: v.Path("/telephony")}
		}
		return err
	})
}

func logList(v *cabinet.Visit, period ui.Period, choices call.Choices, settings call.Settings, empty ui.Empty) cabinet.List {
	return cabinet.List{
		Spec:    ui.TableSpec{Sort: "-at", Columns: columns(v), Filters: filters(v, choices, settings)},
		Caption: v.T("calls.log"), Right: access.Calls,
		Empty: empty,
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			order := call.NewestFirst
			if !state.Descending {
				order = call.OldestFirst
			}
			return load(v, state, filterOf(v, state, period), order, after, limit)
		},
	}
}

// load reads a page of calls, for the page or, with the right to export, for a file.
func load(v *cabinet.Visit, state ui.TableState, f call.Filter, order call.Order, after string, limit int) (rows []cabinet.Row, next string, err error) {
	action := access.View
	if state.Format != "" {
		action = access.Export
	}
	last, _ := strconv.ParseInt(after, 10, 64)
	var list []call.Call
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, action)
		if err == nil {
			list, err = w.List(ctx, q, f, order, call.ID(max(0, last)), limit+1)
		}
		return err
	}); err != nil {
		return nil, "", err
	}
	for i, c := range list {
		if i == limit {
			return rows, list[i-1].ID.String(), nil
		}
		rows = append(rows, row(v, c))
	}
	return rows, "", nil
}

func columns(v *cabinet.Visit) []ui.Column {
	list := []ui.Column{
		{Key: "at", Title: v.T("calls.col_at"), Fixed: true, Sortable: true},
		{Key: "client", Title: v.T("calls.col_client")}, // what narrow screens show first
		{Key: "result", Title: v.T("calls.col_result")},
		{Key: "direction", Title: v.T("calls.col_direction")},
		{Key: "number", Title: v.T("calls.col_number")},
		{Key: "employee", Title: v.T("calls.col_employee")},
		{Key: "department", Title: v.T("calls.col_department"), Extra: true},
		{Key: "wait", Title: v.T("calls.col_wait"), Numeric: true},
		{Key: "talk", Title: v.T("calls.col_talk"), Numeric: true},
	}
	if seesCost(v) {
		list = append(list, ui.Column{Key: "cost", Title: v.T("calls.col_cost"), Numeric: true})
	}
	list = append(list, []ui.Column{
		{Key: "recording", Title: v.T("calls.col_recording"), Extra: true},
		{Key: "category", Title: v.T("calls.col_category")},
		{Key: "tags", Title: v.T("calls.col_tags"), Extra: true},
		{Key: "notes", Title: v.T("calls.col_notes"), Numeric: true, Extra: true},
		{Key: "counter", Title: v.T("calls.col_counter"), Hint: v.T("calls.col_counter_hint"), Numeric: true, Extra: true},
		{Key: "scheme", Title: v.T("calls.col_scheme"), Extra: true},
		{Key: "ended_by", Title: v.T("calls.col_ended_by"), Extra: true},
		{Key: "ended", Title: v.T("calls.col_ended"), Extra: true},
		{Key: "duration", Title: v.T("calls.col_duration"), Hint: v.T("calls.col_duration_hint"), Numeric: true, Extra: true},
		{Key: "proper", Title: v.T("calls.filter_proper"), Extra: true},
		{Key: "repeated", Title: v.T("calls.filter_repeated"), Extra: true},
	}...)
	list = append(list, originOf(v)...)
	return append(list, ui.Column{Key: "id", Title: v.T("calls.col_id"), Extra: true})
}

func row(v *cabinet.Visit, c call.Call) cabinet.Row {
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(c.StartedAt), "direction": cabinet.Text(v.T(directionKeys[c.Direction])), "client": phoneCell(v.View, c.Client),
		"result": resultOf(v.View, c), "id": cabinet.Code(c.ID.String()),
	}
	for key, text := range map[string]string{
		"employee": c.Person.Name, "department": c.Person.DepartmentName, "category": c.Category, "tags": strings.Join(c.Tags, ", "), "scheme": c.Scheme.Name,
	} {
		if text != "" {
			cells[key] = cabinet.Text(text)
		}
	}
	if c.Number != "" { // calls between colleagues have none
		cells["number"] = phoneCell(v.View, c.Number)
	}
	if key, ok := partyKeys[string(c.EndedBy)]; ok {
		cells["ended_by"] = cabinet.Text(v.T(key))
	}
	if !c.Open() || !c.AnsweredAt.IsZero() {
		cells["wait"] = lasting(c.Wait)
	}
	if !c.Open() && !c.AnsweredAt.IsZero() {
		cells["talk"] = cabinet.Shown(talkTime(seconds(c.Talk), c.Recordings > 0), int(c.Talk))
	}
	if !c.Open() {
		cells["ended"], cells["duration"] = cabinet.Moment(c.EndedAt), lasting(c.Wait+c.Talk)
		cells["proper"], cells["repeated"] = yesNo(v, c.Proper), yesNo(v, c.Repeated)
	}
	if c.Recordings > 0 {
		cells["recording"] = cabinet.Text(v.T("calls.has_recording"))
	}
	if c.Notes > 0 {
		cells["notes"] = cabinet.Int(int(c.Notes))
	}
	if c.Counter > 0 {
		cells["counter"] = cabinet.Int(int(c.Counter))
	}
	originCells(v, c.Origin, cells)
	if seesCost(v) {
		cells["cost"] = cabinet.Money(c.Cost, v.Project.Currency)
	}
	return cabinet.Row{ID: c.ID.String(), Href: v.Path(callPath(c.ID)), Cells: cells, Draft: c.Open()}
}

func yesNo(v *cabinet.Visit, is bool) cabinet.Cell {
	return cabinet.Text(v.T(map[bool]lang.Key{true: "calls.yes", false: "calls.no"}[is]))
}

// phoneCell is a number as people read it, exported in E.164.
func phoneCell(v *ui.View, s string) cabinet.Cell {
	if strings.HasPrefix(s, "+") {
		return cabinet.Shown(ui.PhoneText(phone.Number(s)), s)
	}
	return cabinet.Text(number(v, s))
}

const (
	yes = "yes"
	no  = "no"
)

func filters(v *cabinet.Visit, ch call.Choices, settings call.Settings) []ui.Filter {
	either := []ui.Choice{{Value: yes, Text: v.T("calls.yes")}, {Value: no, Text: v.T("calls.no")}}
	list := []ui.Filter{
		{Key: "direction", Title: v.T("calls.col_direction"), Choices: directions(v.View)},
		{Key: "result", Title: v.T("calls.col_result"), Choices: results(v.View)},
		{Key: "client", Title: v.T("calls.filter_client")},
		{Key: "number", Title: v.T("calls.col_number"), Choices: numbers(v.View, ch.Numbers)},
		{Key: "employee", Title: v.T("calls.col_employee"), Choices: choicesOf(ch.Employees)},
		{Key: "department", Title: v.T("calls.col_department"), Choices: choicesOf(ch.Departments)},
		{Key: "talk_from", Title: v.T("calls.filter_talk_from")},
		{Key: "talk_to", Title: v.T("calls.filter_talk_to")},
		{Key: "wait_from", Title: v.T("calls.filter_wait_from")},
		{Key: "wait_to", Title: v.T("calls.filter_wait_to")},
		{Key: "ended_by", Title: v.T("calls.col_ended_by"), Choices: parties(v.View)},
		{Key: "counter_from", Title: v.T("calls.filter_counter_from")},
		{Key: "counter_to", Title: v.T("calls.filter_counter_to")},
		{Key: "missed", Title: v.T("calls.filter_missed"), Choices: either},
		{Key: "proper", Title: v.T("calls.filter_proper"), Choices: either},
		{Key: "repeated", Title: v.T("calls.filter_repeated"), Choices: either},
		{Key: "recording", Title: v.T("calls.filter_recording"), Choices: either},
		{Key: "category", Title: v.T("calls.col_category"), Choices: plain(settings.Categories)},
		{Key: "note", Title: v.T("calls.filter_note")},
		{Key: "tag", Title: v.T("calls.filter_tag"), Choices: plain(ch.Tags)},
		{Key: "scheme", Title: v.T("calls.col_scheme"), Choices: choicesOf(ch.Schemes)},
	}
	list = append(list, originFilters(v)...)
	if seesCost(v) {
		list = append(list, ui.Filter{Key: "cost_from", Title: v.T("calls.filter_cost_from")}, ui.Filter{Key: "cost_to", Title: v.T("calls.filter_cost_to")})
	}
	return list
}

func directions(v *ui.View) (list []ui.Choice) {
	for _, d := range call.Directions {
		list = append(list, ui.Choice{Value: string(d), Text: v.T(directionKeys[d])})
	}
	return list
}

func parties(v *ui.View) (list []ui.Choice) {
	for _, p := range []call.Party{call.ByClient, call.ByStaff, call.BySystem} {
		list = append(list, ui.Choice{Value: string(p), Text: v.T(partyKeys[string(p)])})
	}
	return list
}

func results(v *ui.View) (list []ui.Choice) {
	for _, r := range call.Results {
		list = append(list, ui.Choice{Value: string(r), Text: v.T(resultKeys[r])})
	}
	return list
}

func numbers(v *ui.View, all []string) []ui.Choice {
	list := []ui.Choice{}
	for _, n := range all {
		list = append(list, ui.Choice{Value: n, Text: number(v, n)})
	}
	return list
}

func choicesOf(all []call.Choice) []ui.Choice {
	list := []ui.Choice{}
	for _, c := range all {
		list = append(list, ui.Choice{Value: c.ID, Text: c.Name})
	}
	return list
}

func plain(all []string) []ui.Choice {
	list := []ui.Choice{}
	for _, text := range all {
		list = append(list, ui.Choice{Value: text, Text: text})
	}
	return list
}

// filterOf reads what calls are wanted. What cannot be read leaves its field open.
func filterOf(v *cabinet.Visit, state ui.TableState, period ui.Period) call.Filter {
	f := call.Filter{
		From: civil.Midnight(period.From, v.Zone()), Until: civil.Midnight(period.To+1, v.Zone()),
		Employee: state.Filters["employee"], Department: state.Filters["department"], Number: state.Filters["number"], ClientPart: state.Filters["client"],
		MinTalk: length(state.Filters["talk_from"]), MaxTalk: length(state.Filters["talk_to"]), MinWait: length(state.Filters["wait_from"]),
		MaxWait: length(state.Filters["wait_to"]), EndedBy: call.Party(state.Filters["ended_by"]), MinCounter: count(state.Filters["counter_from"]), MaxCounter: count(state.Filters["counter_to"]),
		Note: state.Filters["note"],
		Tag:  state.Filters["tag"], Category: state.Filters["category"], Scheme: state.Filters["scheme"],
		Missed: choice(state.Filters["missed"]), Proper: choice(state.Filters["proper"]), Repeated: choice(state.Filters["repeated"]), Recorded: choice(state.Filters["recording"]),
	}
	narrow(&f, state)
	if d := state.Filters["direction"]; d != "" {
		f.Directions = []call.Direction{call.Direction(d)}
	}
	if r := state.Filters["result"]; r != "" {
		f.Results = []call.Result{call.Result(r)}
	}
	if seesCost(v) {
		f.MinCost, f.MaxCost = amount(state.Filters["cost_from"]), amount(state.Filters["cost_to"])
	}
	return f
}

func choice(text string) *bool {
	if text == "" {
		return nil
	}
	chosen := text == yes
	return &chosen
}

// length reads "90" and "1:30" as seconds.
func length(text string) (n int64) {
	const most = 1 << 20
	for part := range strings.SplitSeq(strings.TrimSpace(text), ":") {
		value, err := strconv.ParseInt(part, 10, 64)
		if err != nil || value < 0 || value > most || n > most {
			return 0
		}
		n = n*60 + value
	}
	return n
}

// count reads a place among a client's calls; 0 is none.
func count(text string) int64 {
	const bits = 32
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, bits)
	if err != nil {
		return 0
	}
	return int64(n)
}

func amount(text string) money.Micro {
	m, err := money.Parse(strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), ",", "."))
	if err != nil || m < 0 {
		return 0
	}
	return m
}
