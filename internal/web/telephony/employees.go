package telephony

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) employeeRoutes() {
	view, edit, remove := cabinet.Project(access.View, access.Telephony), cabinet.Project(access.Edit, access.Telephony), cabinet.Project(access.Delete, access.Telephony)
	p.Handle("GET "+base+"/employees", view, p.employees)
	p.Handle("GET "+base+"/employees/new", edit, p.askEmployee)
	p.Handle("POST "+base+"/employees/new", edit, p.addEmployee)
	p.Handle("GET "+base+"/employees/{employee}", view, p.employee)
	p.Handle("POST "+base+"/employees/{employee}", edit, p.editEmployee)
	p.Handle("POST "+base+"/employees/{employee}/presence", view, p.setPresence)
	p.Handle("GET "+base+"/employees/{employee}/remove", remove, p.askRemoveEmployee)
	p.Handle("POST "+base+"/employees/{employee}/remove", remove, p.removeEmployee)
	p.Handle("GET "+base+"/employees/{employee}/account", edit, p.askAccount)
	p.Handle("POST "+base+"/employees/{employee}/account", edit, p.openAccount)
	p.Handle("GET "+base+"/accounts/{account}", view, p.account)
	p.Handle("POST "+base+"/accounts/{account}", edit, p.editAccount)
	p.Handle("GET "+base+"/accounts/{account}/password", edit, p.askPassword)
	p.Handle("POST "+base+"/accounts/{account}/password", edit, p.newPassword)
	p.Handle("GET "+base+"/accounts/{account}/remove", remove, p.askRemoveAccount)
	p.Handle("POST "+base+"/accounts/{account}/remove", remove, p.removeAccount)
}

// people is what the pages of employees know: the project's roster, and what its members are called.
type people struct {
	*staff.Roster
	names map[account.UserID]string
}

func (p *pages) people(v *cabinet.Visit) (who people, err error) {
	return who, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if who.Roster, err = staff.ReadRoster(ctx, q, v.Project.ID); err != nil || !v.May(access.View, access.People) {
			return err
		}
		const mostMembers = 1000
		members, err := access.Members(ctx, q, v.Permit, "", mostMembers)
		if err != nil {
			return err
		}
		ids := make([]account.UserID, len(members))
		for i, m := range members {
			ids[i] = m.User
		}
		users, err := account.Users(ctx, q, ids)
		who.names = map[account.UserID]string{}
		for id, u := range users {
			who.names[id] = strings.TrimSpace(u.Name + " · " + u.Email)
		}
		return err
	})
}

// department is what a department is called; empty for none.
func (w people) department(id access.DepartmentID) string {
	for _, d := range w.Departments {
		if d.ID == id {
			return d.Name
		}
	}
	return ""
}

var presenceKeys = map[staff.Presence]lang.Key{
	staff.Available: "telephony.available", staff.Away: "telephony.away", staff.DoNotDisturb: "telephony.do_not_disturb",
}

var presenceTones = map[staff.Presence]ui.Tone{staff.Available: ui.Good, staff.Away: ui.Warning, staff.DoNotDisturb: ui.Bad}

func presenceOf(v *ui.View, e staff.Employee) cabinet.Cell {
	if e.Shut {
		return cabinet.Status(ui.Bad, v.T("telephony.shut"))
	}
	return cabinet.Status(presenceTones[e.Presence], v.T(presenceKeys[e.Presence]))
}

// contactWords are the contacts of an employee in one line, those that are rung.
func contactWords(v *ui.View, e staff.Employee) string {
	var words []string
	for _, c := range e.Contacts {
		if !c.Primary {
			continue
		}
		if c.Kind == staff.BySIP {
			words = append(words, accountName(v, e, c.Address))
		} else {
			words = append(words, v.Phone(phone.Number(c.Address)))
		}
	}
	return strings.Join(words, ", ")
}

func accountName(v *ui.View, e staff.Employee, user string) string {
	for _, a := range e.Accounts {
		if a.UserName == user && a.Label != "" {
			return v.T("telephony.sip_named", lang.Values{"Name": a.Label})
		}
	}
	return "SIP " + user
}

// employees is GET /telephony/employees.
func (p *pages) employees(v *cabinet.Visit) error {
	who, err := p.people(v)
	if err != nil {
		return err
	}
	pg := page(v, "/employees")
	add := ui.Button{Text: v.T("telephony.employee_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/employees/new")}
	if can(v, access.Telephony) {
		pg.Actions = add.Draw()
	} else {
		add = ui.Button{}
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("telephony.employee_name"), Sortable: true, Fixed: true},
			{Key: "extension", Title: v.T("telephony.extension"), Sortable: true},
			{Key: "presence", Title: v.T("telephony.presence"), Sortable: true},
			{Key: "contacts", Title: v.T("telephony.rings_at")},
			{Key: "department", Title: v.T("telephony.department"), Sortable: true},
			{Key: "accounts", Title: v.T("telephony.accounts"), Numeric: true, Sortable: true},
		}},
		Caption: v.T("telephony.employees"), Right: access.Telephony, Count: v.N("telephony.employees_count", len(who.Employees)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPeople, Title: v.T("telephony.no_employees"), Text: v.T("telephony.no_employees_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, e := range who.Employees {
				rows = append(rows, cabinet.Row{ID: string(e.ID), Href: employeePath(v, e.ID), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(e.Name), "extension": cabinet.Text(e.Extension), "presence": presenceOf(v.View, e), "contacts": cabinet.Text(contactWords(v.View, e)),
					"department": cabinet.Text(who.department(e.Department)), "accounts": cabinet.Int(len(e.Accounts)),
				}})
			}
			return rows, nil
		}),
	})
}

func employeePath(v *cabinet.Visit, id staff.EmployeeID) string {
	return v.Path(root + "/employees/" + string(id))
}

// contactLine is a contact as it is filled in.
type contactLine struct {
	sip           string // what the SIP account is called; empty for a number
	account       string
	kind          ui.Select
	address       ui.Field
	primary       ui.Check
	up, down, out ui.Button
	wrong         string
}

// employeeView is what stands on the page of an employee.
type employeeView struct {
	path, wrong     string
	off             bool
	name, extension ui.Field
	department      ui.Select
	user            ui.Select
	contacts        []contactLine
	save            string
	presence        *presenceView
	accounts        []accountLine
	open            ui.Button
	remove          ui.Button
	offer           *offerView
	isNew           bool
}

type presenceView struct {
	path   string
	choose ui.Select
	shut   bool
	may    bool
}

// accountLine is a SIP account of an employee.
type accountLine struct {
	href, name, text string
	tone             ui.Tone
	state            string
}

// formOf is a form with an employee in it.
func formOf(e staff.Employee) *cabinet.Form {
	f := cabinet.NewForm(map[string]string{"name": e.Name, "extension": e.Extension, "department": string(e.Department), "user": string(e.User)})
	writeContacts(f, e.Contacts)
	return f
}

func writeContacts(f *cabinet.Form, contacts []staff.Contact) {
	for i := range len(contacts) + 1 {
		for _, name := range []string{"kind", "address", "primary"} {
			f.Values.Del(contactName(i, name))
		}
	}
	f.Values.Set("contacts", strconv.Itoa(len(contacts)))
	for i, c := range contacts {
		f.Values.Set(contactName(i, "kind"), string(c.Kind))
		f.Values.Set(contactName(i, "address"), c.Address)
		if c.Primary {
			f.Values.Set(contactName(i, "primary"), "on")
		}
	}
}

func contactName(i int, name string) string { return fmt.Sprintf("contact.%d.%s", i, name) }

// contactsOf reads the contacts of a form; lines without an address are left out.
func contactsOf(f *cabinet.Form) (list []staff.Contact) {
	const most = 40
	for i := range min(number(f, "contacts")+1, most) {
		c := staff.Contact{Kind: staff.ContactKind(f.Get(contactName(i, "kind"))), Address: f.Get(contactName(i, "address")), Primary: f.Get(contactName(i, "primary")) != ""}
		if c.Address != "" {
			list = append(list, c)
		}
	}
	return list
}

func draftOf(f *cabinet.Form) staff.Draft {
	return staff.Draft{
		Name: f.Get("name"), Extension: f.Get("extension"), Department: access.DepartmentID(f.Get("department")), User: account.UserID(f.Get("user")), Contacts: contactsOf(f),
	}
}

// viewOf draws the form of an employee; the zero e is a new one.
func (p *pages) viewOf(v *cabinet.Visit, who people, e staff.Employee, f *cabinet.Form) employeeView {
	view := employeeView{
		path: employeePath(v, e.ID), wrong: f.Wrong[""], off: !can(v, access.Telephony), save: v.T("telephony.save"), isNew: e.ID == "",
		name:      field(f, "name", v.T("telephony.employee_name"), ""),
		extension: whole(f, "extension", v.T("telephony.extension"), v.T("telephony.extension_hint"), ""),
	}
	view.name.Required = true
	var departments, users []ui.Choice
	for _, d := range who.Departments {
		departments = append(departments, ui.Choice{Value: string(d.ID), Text: d.Name})
	}
	view.department = pick(f, "department", v.T("telephony.department"), "", v.T("telephony.no_department"), departments...)
	for id, name := range who.names {
		users = append(users, ui.Choice{Value: string(id), Text: name})
	}
	slices.SortFunc(users, func(a, b ui.Choice) int { return strings.Compare(a.Text, b.Text) })
	if e.User != "" && who.names[e.User] == "" {
		users = append(users, ui.Choice{Value: string(e.User), Text: v.T("telephony.member_gone")})
	}
	view.user = pick(f, "user", v.T("telephony.member"), v.T("telephony.member_hint"), v.T("telephony.no_member"), users...)
	view.contacts = contactLines(v.View, e, f)
	for _, off := range []*bool{&view.name.Off, &view.extension.Off, &view.department.Off, &view.user.Off} {
		*off = view.off
	}
	if view.isNew {
		view.path, view.save = v.Path(root+"/employees/new"), v.T("telephony.employee_add")
	}
	return view
}

// contactLines are the contacts of a form and an empty line behind them.
func contactLines(v *ui.View, e staff.Employee, f *cabinet.Form) (lines []contactLine) {
	n := max(number(f, "contacts"), 0)
	for i := range n + 1 {
		get := func(name string) string { return f.Get(contactName(i, name)) }
		id := fmt.Sprintf("contact-%d", i)
		kind := staff.ContactKind(get("kind"))
		l := contactLine{
			wrong: f.Wrong[fmt.Sprintf("contacts[%d]", i)],
			kind: ui.Select{ID: id + "-kind", Name: contactName(i, "kind"), Label: v.T("telephony.contact_kind"), Value: string(kind), Choices: []ui.Choice{
				{Value: string(staff.ByMobile), Text: v.T("telephony.mobile")}, {Value: string(staff.ByOther), Text: v.T("telephony.other")},
			}},
			address: ui.Field{ID: id + "-address", Name: contactName(i, "address"), Label: v.T("telephony.contact_number"), Value: get("address"), Type: "tel", Autocomplete: "off", Longest: 40, Placeholder: "+380 67 123 45 67"},
			primary: ui.Check{ID: id + "-primary", Name: contactName(i, "primary"), Label: v.T("telephony.rings"), On: get("primary") != "" || i == n},
		}
		l.address.Error = l.wrong
		if kind == staff.BySIP {
			l.sip, l.account = accountName(v, e, get("address")), get("address")
		}
		if i < n {
			l.up = ui.Button{Text: v.T("telephony.up"), Icon: ui.IconUp, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: fmt.Sprintf("up:%d", i), Off: i == 0}
			l.down = ui.Button{Text: v.T("telephony.down"), Icon: ui.IconDown, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: fmt.Sprintf("down:%d", i), Off: i == n-1}
			if kind != staff.BySIP {
				l.out = ui.Button{Text: v.T("telephony.drop"), Icon: ui.IconClose, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: fmt.Sprintf("drop:%d", i)}
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// askEmployee is GET /telephony/employees/new.
func (p *pages) askEmployee(v *cabinet.Visit) error {
	who, err := p.people(v)
	if err != nil {
		return err
	}
	return v.Render(below(v, "/employees", v.T("telephony.employee_new")), employeePage(p.viewOf(v, who, staff.Employee{}, cabinet.NewForm(map[string]string{"contacts": "0"}))))
}

// addEmployee is POST /telephony/employees/new: the new employee, with a SIP account where one is wanted.
func (p *pages) addEmployee(v *cabinet.Visit) error {
	return p.fillEmployee(v, staff.Employee{}, func(ctx context.Context, tx *store.Tx, f *cabinet.Form) (staff.Employee, error) {
		return p.Staff.Add(ctx, tx, v.Permit, draftOf(f), v.At)
	})
}

// editEmployee is POST /telephony/employees/{employee}.
func (p *pages) editEmployee(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	return p.fillEmployee(v, e, func(ctx context.Context, tx *store.Tx, f *cabinet.Form) (staff.Employee, error) {
		return p.Staff.Edit(ctx, tx, v.Permit, e.ID, draftOf(f), v.At)
	})
}

// fillEmployee does what a button of the form says: it moves a contact, or saves.
func (p *pages) fillEmployee(v *cabinet.Visit, e staff.Employee, save func(context.Context, *store.Tx, *cabinet.Form) (staff.Employee, error)) error {
	f := v.Form()
	d := readDeed(f)
	writeContacts(f, cabinet.Rearrange(contactsOf(f), d.verb, d.at))
	title := e.Name
	if e.ID == "" {
		title = v.T("telephony.employee_new")
	}
	again := func(render func(ui.Page, employeeView) error) error {
		who, err := p.people(v)
		if err != nil {
			return err
		}
		return render(below(v, "/employees", title), p.viewOf(v, who, e, f))
	}
	if d.verb != "" && d.verb != "save" {
		return again(func(pg ui.Page, view employeeView) error { return v.Render(pg, employeePage(view)) })
	}
	var saved staff.Employee
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		saved, err = save(ctx, tx, f)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict || kind == errs.NotFound && e.ID != "" {
		if err := f.Refuse(v, err, append([]string{"name", "extension", "department", "user"}, contactPlaces(f)...)...); err != nil {
			return err
		}
		return again(func(pg ui.Page, view employeeView) error { return v.RenderWrong(pg, employeePage(view)) })
	}
	if err != nil {
		return err
	}
	p.Staff.Changed(v.Project.ID)
	v.Publish(cabinet.TopicPeople)
	return v.Done(employeePath(v, saved.ID), ui.Toast{Text: v.T("telephony.employee_saved", lang.Values{"Name": saved.Name})})
}

func contactPlaces(f *cabinet.Form) (places []string) {
	for i := range number(f, "contacts") + 1 {
		places = append(places, fmt.Sprintf("contacts[%d]", i))
	}
	return places
}

// chosenEmployee is the one that the path names.
func (p *pages) chosenEmployee(v *cabinet.Visit) (e staff.Employee, err error) {
	return e, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		e, err = staff.Get(ctx, q, v.Project.ID, staff.EmployeeID(v.R.PathValue("employee")))
		return err
	})
}

// devices are how many are registered with an employee's accounts now.
func (p *pages) devices(v *cabinet.Visit, e staff.Employee) (devices map[string]int, err error) {
	var users []string
	for _, a := range e.Accounts {
		users = append(users, a.UserName)
	}
	return devices, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		devices, err = staff.Registered(ctx, q, users, v.At)
		return err
	})
}

// employee is GET /telephony/employees/{employee}.
func (p *pages) employee(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	who, err := p.people(v)
	if err != nil {
		return err
	}
	view := p.viewOf(v, who, e, formOf(e))
	own := v.User.ID != "" && e.User == v.User.ID
	view.presence = &presenceView{path: employeePath(v, e.ID) + "/presence", shut: e.Shut, may: can(v, access.Telephony) || own, choose: ui.Select{
		ID: "presence", Name: "presence", Label: v.T("telephony.presence"), Hint: v.T("telephony.presence_hint"), Value: string(e.Presence), Off: !can(v, access.Telephony) && !own,
	}}
	for _, one := range staff.Presences {
		view.presence.choose.Choices = append(view.presence.choose.Choices, ui.Choice{Value: string(one), Text: v.T(presenceKeys[one])})
	}
	devices, err := p.devices(v, e)
	if err != nil {
		return err
	}
	for _, a := range e.Accounts {
		l := accountLine{href: accountPath(v, a.UserName), name: accountName(v.View, e, a.UserName), text: v.N("telephony.devices", a.Most), tone: ui.Neutral, state: v.T("telephony.registered_none")}
		if n := devices[a.UserName]; n > 0 {
			l.tone, l.state = ui.Good, v.N("telephony.registered", n)
		}
		if !a.Enabled || e.Shut {
			l.tone, l.state = ui.Bad, v.T("telephony.closed")
		}
		view.accounts = append(view.accounts, l)
	}
	if can(v, access.Telephony) {
		view.open = ui.Button{Text: v.T("telephony.account_new"), Icon: ui.IconPlus, Href: employeePath(v, e.ID) + "/account", Dialog: true}
		view.remove = ui.Button{Text: v.T("telephony.employee_remove"), Kind: ui.Danger, Href: employeePath(v, e.ID) + "/remove", Dialog: true}
	}
	if len(e.Accounts) > 0 {
		if view.offer, err = p.offer(v, smartPhone); err != nil {
			return err
		}
	}
	return v.Render(below(v, "/employees", e.Name), employeePage(view))
}

// setPresence is POST /telephony/employees/{employee}/presence, with presence: one's own, or anybody's (Rule T-44).
func (p *pages) setPresence(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	to := staff.Presence(v.R.PostFormValue("presence"))
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Staff.SetPresence(ctx, tx, v.Permit, e.ID, to, v.At)
	})
	if err != nil {
		return err
	}
	p.Staff.Changed(v.Project.ID)
	return v.Done(employeePath(v, e.ID), ui.Toast{
		Text: v.T(presenceKeys[to]), Undo: employeePath(v, e.ID) + "/presence", Fields: []ui.Choice{{Value: "presence", Text: string(e.Presence)}},
	})
}

// askRemoveEmployee is GET /telephony/employees/{employee}/remove.
func (p *pages) askRemoveEmployee(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("telephony.employee_remove_title", lang.Values{"Name": e.Name}), Text: v.N("telephony.employee_remove_text", len(e.Accounts)),
		Action: employeePath(v, e.ID) + "/remove", Yes: v.T("telephony.employee_remove"), No: employeePath(v, e.ID), Danger: true,
	}
	return v.Render(below(v, "/employees", ask.Title), ask.Draw())
}

// removeEmployee is POST /telephony/employees/{employee}/remove.
func (p *pages) removeEmployee(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	var closed []string
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		closed, err = p.Staff.Remove(ctx, tx, v.Permit, e.ID, v.At)
		return err
	})
	if err != nil {
		return err
	}
	p.Staff.Closed(closed...)
	p.Staff.Changed(v.Project.ID)
	return v.Done(v.Path(root+"/employees"), ui.Toast{Text: v.T("telephony.employee_removed", lang.Values{"Name": e.Name})})
}
