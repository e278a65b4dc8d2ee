package ops

import (
	"context"
	"errors"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const mostUpload = 40 << 20

func (p *pages) numberRoutes() {
	p.Handle("GET /op/numbers", cabinet.Operator(access.View, access.NumberStock), p.numbers)
	p.Handle("GET /op/numbers/add", cabinet.Operator(access.Edit, access.NumberStock), p.addForm)
	p.Handle("POST /op/numbers/add", cabinet.Operator(access.Edit, access.NumberStock).UpTo(mostUpload), p.addNumbers)
	p.Handle("GET /op/numbers/{number}", cabinet.Operator(access.View, access.NumberStock), p.number)
	p.Handle("POST /op/numbers/{number}/{step}", cabinet.Operator(access.Edit, access.NumberStock), p.stepNumber)
}

var numberStates = map[number.State]struct {
	text lang.Key
	tone ui.Tone
}{
	number.Free: {"ops.number_free", ui.Good}, number.Rented: {"ops.number_rented", ui.Notice},
	number.Quarantine: {"ops.number_quarantine", ui.Warning}, number.Retired: {"ops.number_retired", ui.Neutral},
}

// numbers is the stock.
func (p *pages) numbers(v *cabinet.Visit) error {
	var states []ui.Choice
	for _, s := range number.States {
		states = append(states, ui.Choice{Value: string(s), Text: v.T(numberStates[s].text)})
	}
	page := ui.Page{Title: v.T("ops.numbers"), Section: sectionNumbers, Help: "/help/op-numbers"}
	if v.May(access.Edit, access.NumberStock) {
		page.Actions = ui.Button{Text: v.T("ops.add_numbers"), Icon: ui.IconPlus, Kind: ui.Primary, Href: "/op/numbers/add"}.Draw()
	}
	return v.RenderList(page, cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "number", Title: v.T("ops.number"), Fixed: true},
				{Key: "state", Title: v.T("ops.state")},
				{Key: "project", Title: v.T("ops.project")},
				{Key: "kind", Title: v.T("ops.kind")},
				{Key: "country", Title: v.T("ops.country")},
				{Key: "area", Title: v.T("ops.area")},
				{Key: "carrier", Title: v.T("ops.carrier")},
				{Key: "until", Title: v.T("ops.until")},
				{Key: "since", Title: v.T("ops.since"), Extra: true},
			},
			Filters: []ui.Filter{
				{Key: "text", Title: v.T("ops.number_text")},
				{Key: "state", Title: v.T("ops.state"), Choices: states},
				{Key: "country", Title: v.T("ops.country")},
				{Key: "project", Title: v.T("ops.project_id")},
			},
		},
		Caption: v.T("ops.numbers"), Right: access.NumberStock, Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("ops.no_numbers"), Text: v.T("ops.no_numbers_text")},
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			list, err := number.List(ctx, p.DB, number.Filter{
				State: number.State(state.Filters["state"]), Country: strings.ToUpper(state.Filters["country"]), Project: state.Filters["project"], Text: state.Filters["text"],
			}, after, limit+1)
			next := ""
			if len(list) > limit {
				list, next = list[:limit], list[limit-1].Number
			}
			rows := make([]cabinet.Row, len(list))
			for i, e := range list {
				rows[i] = numberRow(v, e)
			}
			return rows, next, err
		},
	})
}

func numberRow(v *cabinet.Visit, e number.Entry) cabinet.Row {
	word := numberStates[e.State]
	row := cabinet.Row{ID: e.Number, Href: "/op/numbers/" + e.Number, Cells: map[string]cabinet.Cell{
		"number": cabinet.Shown(ui.PhoneText(phone.Number(e.Number)), e.Number), "state": cabinet.Status(word.tone, v.T(word.text)), "kind": cabinet.Text(v.T(kindWords[e.Kind])),
		"country": cabinet.Text(e.Country), "area": cabinet.Text(strings.TrimSpace(e.Area + " " + cabinet.Area(v.Printer, e.Country, e.Area, e.AreaName))), "until": cabinet.Moment(e.Until), "since": cabinet.Moment(e.Since),
	}}
	if e.Project != "" {
		row.Cells["project"] = cabinet.Code(string(e.Project))
	}
	if e.Carrier != "" {
		row.Cells["carrier"] = cabinet.Text(e.Carrier)
	}
	return row
}

var kindWords = map[string]lang.Key{"local": "ops.kind_local", "mobile": "ops.kind_mobile", "toll_free": "ops.kind_toll_free"}

func (p *pages) adding(v *cabinet.Visit, wrong mistakes, problems *number.Problems) form {
	text := ""
	if v.R.MultipartForm != nil {
		text = v.R.PostFormValue("text")
	}
	f := form{
		page: ui.Page{
			Title: v.T("ops.add_numbers"), Lead: v.T("ops.add_numbers_lead"), Section: sectionNumbers, Crumbs: []ui.Link{{Text: v.T("ops.numbers"), Href: "/op/numbers"}}, Help: "/help/op-numbers",
		},
		action: "/op/numbers/add", submit: v.T("ops.add_numbers"), back: "/op/numbers", upload: true, wrong: wrong[""],
		fields: []templ.Component{
			ui.FileField{ID: "file", Name: "file", Label: v.T("ops.csv_file"), Accept: ".csv,text/csv", Error: wrong["file"]}.Draw(),
			ui.Field{ID: "text", Name: "text", Label: v.T("ops.csv_text"), Hint: v.T("ops.csv_text_hint"), Value: text, Lines: 6, Error: wrong["text"]}.Draw(),
		},
	}
	if problems != nil {
		f.fields = append([]templ.Component{lineProblems(problems)}, f.fields...)
	}
	return f
}

func (p *pages) addForm(v *cabinet.Visit) error { return ask(v, p.adding(v, nil, nil)) }

// addNumbers takes a CSV, as a file or typed: all of its numbers or none (Rule N-02).
func (p *pages) addNumbers(v *cabinet.Visit) error {
	files, err := filesIn(v, "file")
	if err != nil {
		wrong, err := wrongly(v, err, "file")
		if err != nil {
			return err
		}
		return askAgain(v, p.adding(v, wrong, nil))
	}
	text := v.R.PostFormValue("text")
	for _, content := range files {
		if content != "" {
			text = content
		}
	}
	items, err := number.ReadCSV(strings.NewReader(text))
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			if err := p.Numbers.Add(ctx, tx, items, string(v.User.ID), v.At); err != nil {
				return err
			}
			return v.Record(ctx, tx, audit.Change{Object: "number_stock", Action: "add", After: map[string]any{"numbers": len(items), "named": namesOf(items)}})
		})
	}
	var problems *number.Problems
	if errors.As(err, &problems) {
		return askAgain(v, p.adding(v, mistakes{"": v.N("ops.lines_wrong", len(problems.List)+problems.More)}, problems))
	}
	if err != nil {
		return err
	}
	return v.Done("/op/numbers", ui.Toast{Text: v.N("ops.numbers_added", len(items))})
}

// mostNamed is how many of the numbers that were added the trail names.
const mostNamed = 100

func namesOf(items []number.Item) []string {
	names := make([]string, min(len(items), mostNamed))
	for i := range names {
		names[i] = items[i].Number
	}
	return names
}

// number is one with its history.
func (p *pages) number(v *cabinet.Visit) error {
	e, ok, err := number.Get(v.Context(), p.DB, v.R.PathValue("number"))
	if err != nil {
		return err
	}
	if !ok {
		return number.Unknown(v.R.PathValue("number"))
	}
	steps, err := number.History(v.Context(), p.DB, e.Number)
	if err != nil {
		return err
	}
	word := numberStates[e.State]
	known := []fact{
		{v.T("ops.state"), ui.Status(word.tone, v.T(word.text))},
		{v.T("ops.kind"), ui.Text(v.T(kindWords[e.Kind]))},
		{v.T("ops.area"), ui.Text(cabinet.Place(v.Printer, e.Country, e.Area, e.AreaName))},
		{v.T("ops.since"), ui.Moment(e.Since)},
	}
	if e.Project != "" {
		known = append(known, fact{v.T("ops.project"), linkTo(ui.Link{Text: string(e.Project), Href: "/op/projects/" + string(e.Project)})})
	}
	if !e.Until.IsZero() {
		known = append(known, fact{v.T("ops.until"), ui.Moment(e.Until)})
	}
	page := ui.Page{
		Title: v.Phone(phone.Number(e.Number)), Section: sectionNumbers, Crumbs: []ui.Link{{Text: v.T("ops.numbers"), Href: "/op/numbers"}}, Lead: e.Carrier, Help: "/help/op-numbers", Narrow: true,
		Actions: p.numberButtons(v, e),
	}
	return v.Render(page, stack(card("", facts(known)), card(v.T("ops.history"), numberHistory(steps))))
}

// numberButtons are the steps that a number can take from where it is.
func (p *pages) numberButtons(v *cabinet.Visit, e number.Entry) templ.Component {
	if !v.May(access.Edit, access.NumberStock) || e.State == number.Rented {
		return nothing()
	}
	below := "/op/numbers/" + e.Number
	var parts []templ.Component
	if e.State != number.Free {
		parts = append(parts, postButton(below+"/free", ui.Button{Text: v.T("ops.put_back")}))
	}
	if e.State != number.Quarantine {
		parts = append(parts, postButton(below+"/quarantine", ui.Button{Text: v.T("ops.to_quarantine")}))
	}
	if e.State != number.Retired {
		parts = append(parts, postButton(below+"/retire", ui.Button{Text: v.T("ops.retire")}))
	}
	return row(parts...)
}

// stepNumber retires a number, sets it aside, or puts it back into stock; each can be undone by another.
func (p *pages) stepNumber(v *cabinet.Visit) error {
	name := v.R.PathValue("number")
	step := map[string]func(context.Context, *store.Tx) (number.Entry, error){
		"free": func(ctx context.Context, tx *store.Tx) (number.Entry, error) {
			return p.Numbers.PutBack(ctx, tx, name, string(v.User.ID), v.At)
		},
		"retire": func(ctx context.Context, tx *store.Tx) (number.Entry, error) {
			return p.Numbers.Retire(ctx, tx, name, string(v.User.ID), v.At)
		},
		"quarantine": func(ctx context.Context, tx *store.Tx) (number.Entry, error) {
			return p.Numbers.SetAside(ctx, tx, name, string(v.User.ID), v.At)
		},
	}[v.R.PathValue("step")]
	if step == nil {
		return number.Unknown(name)
	}
	var before number.Entry
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if before, _, err = number.Get(ctx, tx, name); err != nil {
			return err
		}
		after, err := step(ctx, tx)
		if err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{
			Org: ident.Operator, Object: "number", ObjectID: name, Action: v.R.PathValue("step"), Before: map[string]any{"state": before.State}, After: map[string]any{"state": after.State},
		})
	})
	if err != nil {
		return err
	}
	toast := ui.Toast{Text: v.T("ops.number_moved")}
	if undo := map[number.State]string{number.Free: "free", number.Retired: "retire", number.Quarantine: "quarantine"}[before.State]; undo != "" && undo != v.R.PathValue("step") {
		toast.Undo = "/op/numbers/" + name + "/" + undo
	}
	return v.Done("/op/numbers/"+name, toast)
}
