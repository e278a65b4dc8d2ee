package calls

import (
	"context"

	"github.com/a-h/templ"

	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

type render = func(ui.Page, templ.Component) error

// passForm asks to whom a call is passed on.
type passForm struct {
	action, wrong string
	employee      ui.Select
	phone         ui.Field
	back          string
}

func (s *section) showPass(v *cabinet.Visit, c call.Call, f *cabinet.Form, show render) error {
	agents, err := s.Exchange.Agents(v.Context(), v.Project.ID)
	if err != nil {
		return err
	}
	p := passForm{
		action: v.Path(liveRoot + "/" + c.ID.String() + "/pass"), wrong: f.Wrong[""], back: v.Path(liveRoot),
		employee: ui.Select{ID: "employee", Name: "employee", Label: v.T("calls.pass_employee"), Error: f.Wrong["employee"], Value: f.Get("employee"), Any: v.T("calls.pass_nobody")},
		phone:    ui.Field{ID: "phone", Name: "phone", Label: v.T("calls.pass_phone"), Error: f.Wrong["phone"], Value: f.Get("phone"), Type: "tel", Longest: 40},
	}
	for _, a := range agents {
		if a.ID != c.Person.ID && a.State != AgentAway {
			p.employee.Choices = append(p.employee.Choices, ui.Choice{Value: a.ID, Text: a.Name + " · " + v.T(agentKeys[a.State])})
		}
	}
	return show(belowLive(v, v.T("calls.pass_title", lang.Values{"Number": number(v.View, c.Client)})), p.draw())
}

// connectForm asks which client is called, and from which number.
type connectForm struct {
	action, wrong  string
	client         ui.Field
	number, first  ui.Select
	back           string
	schemesMissing bool // no number has one, so nobody could be called
}

// askConnect is GET /p/{project}/live/connect: a client and those whom a number's scheme rings are connected.
func (s *section) askConnect(v *cabinet.Visit) error {
	return s.showConnect(v, cabinet.NewForm(map[string]string{"client": v.URL.Query().Get("client")}), v.Render)
}

const clientFirst = "client"

func (s *section) showConnect(v *cabinet.Visit, f *cabinet.Form, show render) error {
	if err := call.MayCallBack(v.Permit); err != nil {
		return err
	}
	var given []routing.Number
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		given, err = routing.Numbers(ctx, q, v.Project.ID)
		return err
	}); err != nil {
		return err
	}
	form := connectForm{
		action: v.Path(liveRoot + "/connect"), wrong: f.Wrong[""], back: v.Path(liveRoot),
		client: ui.Field{ID: "client", Name: "client", Label: v.T("calls.connect_client"), Error: f.Wrong["to"], Value: f.Get("client"), Type: "tel", Required: true, Longest: 40},
		number: ui.Select{ID: "number", Name: "number", Label: v.T("calls.connect_number"), Hint: v.T("calls.connect_number_hint"), Error: f.Wrong["number"], Value: f.Get("number")},
		first: ui.Select{ID: "first", Name: "first", Label: v.T("calls.connect_first"), Value: f.Get("first"), Choices: []ui.Choice{
			{Value: "employees", Text: v.T("calls.connect_employees")}, {Value: clientFirst, Text: v.T("calls.connect_client_first")},
		}},
	}
	for _, n := range given {
		if n.Scheme != "" {
			form.number.Choices = append(form.number.Choices, ui.Choice{Value: string(n.Number), Text: v.Phone(n.Number)})
		}
	}
	form.schemesMissing = len(form.number.Choices) == 0
	return show(belowLive(v, v.T("calls.connect_title")), form.draw())
}

// connect is POST /p/{project}/live/connect.
func (s *section) connect(v *cabinet.Visit) error {
	if err := call.MayCallBack(v.Permit); err != nil {
		return err
	}
	f := v.Form()
	_, err := phone.Parse(f.Get("client"), v.Project.Country)
	if err != nil {
		f.Wrong["to"], _ = v.Error(err)
		return s.showConnect(v, f, v.RenderWrong)
	}
	id, err := s.Exchange.Callback(v.Context(), v.Project.ID, phone.Number(f.Get("number")), f.Get("client"), f.Get("first") == clientFirst)
	if err != nil {
		if err := f.Refuse(v, err, "number"); err != nil {
			return err
		}
		return s.showConnect(v, f, v.RenderWrong)
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return v.Record(ctx, tx, audit.Change{Object: "call", ObjectID: id.String(), Action: "connect"})
	}); err != nil {
		return err
	}
	said := lang.Key("calls.connecting")
	if f.Get("first") == clientFirst {
		said = "calls.connecting_client"
	}
	return v.Done(v.Path(liveRoot), ui.Toast{Text: v.T(said)})
}
