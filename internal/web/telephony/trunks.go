package telephony

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/help"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// place is where the pages of trunks stand: below a project, or the operator.
type place struct {
	base string
	root string // below the organisation
	need func(access.Action, access.Object) cabinet.Need
}

var (
	inProject  = place{base + "/trunks", root + "/trunks", cabinet.Project}
	inOperator = place{"/op/trunks", "/trunks", cabinet.Operator}
)

func (p *pages) trunkRoutes(at place) {
	view, edit, remove := at.need(access.View, access.Telephony), at.need(access.Edit, access.Telephony), at.need(access.Delete, access.Telephony)
	p.Handle("GET "+at.base, view, p.trunks)
	p.Handle("GET "+at.base+"/new", edit, p.askTrunk)
	p.Handle("POST "+at.base+"/new", edit, p.addTrunk)
	p.Handle("GET "+at.base+"/{trunk}", view, p.trunk)
	p.Handle("POST "+at.base+"/{trunk}", edit, p.editTrunk)
	p.Handle("POST "+at.base+"/{trunk}/carry", edit, p.carry)
	p.Handle("POST "+at.base+"/{trunk}/drop", edit, p.dropNumber)
	p.Handle("GET "+at.base+"/{trunk}/remove", remove, p.askRemoveTrunk)
	p.Handle("POST "+at.base+"/{trunk}/remove", remove, p.removeTrunk)
	if at.root == inOperator.root {
		p.AddSection(cabinet.Section{Key: sectionKey, Text: "telephony.trunks", Icon: ui.IconPhones, Path: at.root, Need: view, Rank: rankOfOp, Count: p.countDown})
	}
}

// countDown is how many of the operator's trunks are down, for the rail: it is what is believed for seconds anyway.
func (p *pages) countDown(v *cabinet.Visit) (down int) {
	n, err := p.Trunks.Network(v.Context(), v.At)
	if err != nil {
		return 0 // the page itself will say so
	}
	for _, t := range n.Trunks {
		if h := n.Healths[t.ID]; t.Project == "" && h.Known && !h.Up {
			down++
		}
	}
	return down
}

// trunksPath is an address below the trunks of the visit's organisation.
func trunksPath(v *cabinet.Visit, below string) string {
	if v.Org == ident.Operator {
		return v.Path(inOperator.root + below)
	}
	return v.Path(inProject.root + below)
}

// trunksPage is a page of trunks: one of the project's tabs, or the operator's own.
func trunksPage(v *cabinet.Visit) ui.Page {
	if v.Org == ident.Operator {
		return ui.Page{Title: v.T("telephony.trunks"), Section: sectionKey, Help: help.About(inProject.root)}
	}
	return page(v, "/trunks")
}

func belowTrunks(v *cabinet.Visit, title string) ui.Page {
	if v.Org == ident.Operator {
		return ui.Page{Title: title, Section: sectionKey, Help: help.About(inProject.root), Narrow: true, Crumbs: []ui.Link{{Text: v.T("telephony.trunks"), Href: trunksPath(v, "")}}}
	}
	return below(v, "/trunks", title)
}

func healthOf(v *ui.View, t trunk.Trunk, h trunk.Health) cabinet.Cell {
	switch {
	case !t.Enabled:
		return cabinet.Status(ui.Neutral, v.T("telephony.trunk_off"))
	case !h.Known:
		return cabinet.Status(ui.Neutral, v.T("telephony.trunk_unknown"))
	case h.Up:
		return cabinet.Status(ui.Good, v.T("telephony.trunk_up"))
	}
	return cabinet.Status(ui.Bad, v.T("telephony.trunk_down"))
}

// trunks is GET .../trunks: each with how it is.
func (p *pages) trunks(v *cabinet.Visit) error {
	var list []trunk.Trunk
	var healths map[trunk.ID]trunk.Health
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if list, err = trunk.OfProject(ctx, q, v.Org.Project()); err != nil {
			return err
		}
		healths, err = trunk.Healths(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	var dead []deadView
	for _, t := range list {
		dead = append(dead, deadOf(v.View, t, healths[t.ID])...)
	}
	pg := trunksPage(v)
	add := ui.Button{}
	if can(v, access.Telephony) {
		add = ui.Button{Text: v.T("telephony.trunk_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: trunksPath(v, "/new")}
		pg.Actions = add.Draw()
	}
	empty := v.T("telephony.no_trunks_text")
	if v.Org == ident.Operator {
		empty = v.T("telephony.no_trunks_op")
	}
	rows := cabinet.List{
		Spec: ui.TableSpec{Sort: "priority", Columns: []ui.Column{
			{Key: "name", Title: v.T("telephony.name"), Sortable: true, Fixed: true},
			{Key: "state", Title: v.T("telephony.state"), Sortable: true},
			{Key: "since", Title: v.T("telephony.since"), Sortable: true},
			{Key: "error", Title: v.T("telephony.last_error")},
			{Key: "server", Title: v.T("telephony.sip_server"), Sortable: true},
			{Key: "priority", Title: v.T("telephony.priority"), Numeric: true, Sortable: true},
			{Key: "prefixes", Title: v.T("telephony.prefixes")},
			{Key: "channels", Title: v.T("telephony.channels"), Numeric: true, Extra: true},
		}},
		Caption: v.T("telephony.trunks"), Right: access.Telephony, Count: v.N("telephony.trunks_count", len(list)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPhones, Title: v.T("telephony.no_trunks"), Text: empty, Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, t := range list {
				h := healths[t.ID]
				row := cabinet.Row{ID: string(t.ID), Href: trunksPath(v, "/"+string(t.ID)), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(t.Name), "state": healthOf(v.View, t, h), "since": cabinet.Moment(h.Since), "server": cabinet.Code(t.Server),
					"priority": cabinet.Int(t.Priority), "error": cabinet.Text(h.Reason), "prefixes": cabinet.Text(strings.Join(t.Prefixes, ", ")),
				}}
				if t.MostChannels > 0 {
					row.Cells["channels"] = cabinet.Int(t.MostChannels)
				}
				if h.Known && !h.Up && t.Enabled {
					row.Tone = ui.Bad
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	}
	return renderBelow(v, pg, deadTrunks(dead), rows)
}

// renderBelow answers with a list that stands below something else, or with its export.
func renderBelow(v *cabinet.Visit, pg ui.Page, first templ.Component, rows cabinet.List) error {
	if done, err := v.Export(rows); done || err != nil {
		return err
	}
	table, err := v.Table(rows)
	if err != nil {
		return err
	}
	return v.Render(pg, above(first, table.Draw()))
}

// trunkView is what stands on the page of a trunk.
type trunkView struct {
	path, wrong, save string
	off, isNew        bool

	name, server, user, password, addresses ui.Field
	mode                                    ui.Radio
	transport                               ui.Select
	priority, channels, prefixes            ui.Field
	out, in                                 formatView
	policy                                  ui.Radio
	caller                                  ui.Field
	enabled                                 ui.Check

	dead    []deadView
	health  *healthView
	numbers []carriedLine
	carry   carryView
	remove  ui.Button
}

type formatView struct {
	style   ui.Select
	country ui.Field
	prefix  ui.Field
}

type healthView struct {
	state  cabinet.Cell
	since  cabinet.Cell
	reason string
	at     cabinet.Cell
}

// deadView says of a trunk that it stays down (Rule T-59).
type deadView struct{ title, text, reason string }

func deadOf(v *ui.View, t trunk.Trunk, h trunk.Health) []deadView {
	if !h.Dead() || !t.Enabled {
		return nil
	}
	d := deadView{title: v.T("telephony.trunk_dead", lang.Values{"Name": t.Name, "Since": v.DateTime(h.TroubleAt)}), text: v.T("telephony.trunk_dead_why")}
	if h.Reason != "" {
		d.reason = v.T("telephony.trunk_said", lang.Values{"Reason": h.Reason})
	}
	return []deadView{d}
}

type carriedLine struct {
	number phone.Number
	most   string
	path   string
}

type carryView struct {
	path   string
	number ui.Field
	most   ui.Field
}

var styleKeys = map[trunk.Style]lang.Key{trunk.E164: "telephony.style_e164", trunk.Digits: "telephony.style_digits", trunk.National: "telephony.style_national"}

var policyKeys = map[trunk.CallerPolicy][2]lang.Key{
	trunk.AnyCaller: {"telephony.policy_any", "telephony.policy_any_hint"}, trunk.OwnCaller: {"telephony.policy_own", "telephony.policy_own_hint"},
	trunk.FixedCaller: {"telephony.policy_fixed", "telephony.policy_fixed_hint"},
}

func newTrunk(country string) trunk.Trunk {
	return trunk.Trunk{
		Enabled: true, Priority: 10, Mode: trunk.ByRegistration, Transport: trunk.UDP, Policy: trunk.AnyCaller,
		Out: trunk.Format{Style: trunk.E164, Country: country}, In: trunk.Format{Style: trunk.E164, Country: country},
	}
}

func trunkForm(t trunk.Trunk) *cabinet.Form {
	on := map[bool]string{true: "on"}
	return cabinet.NewForm(map[string]string{
		"name": t.Name, "server": t.Server, "user": t.User, "addresses": strings.Join(t.Addresses, ", "), "mode": string(t.Mode), "transport": string(t.Transport),
		"priority": itoa(t.Priority), "most_channels": orEmpty(t.MostChannels), "prefixes": strings.Join(t.Prefixes, ", "), "caller_policy": string(t.Policy), "caller": string(t.Caller),
		"enabled": on[t.Enabled], "out.style": string(t.Out.Style), "out.country": t.Out.Country, "out.prefix": t.Out.Prefix,
		"in.style": string(t.In.Style), "in.country": t.In.Country, "in.prefix": t.In.Prefix,
	})
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == ';' || c == '\n' || c == '\r' })
}

func trunkOf(f *cabinet.Form, t trunk.Trunk) trunk.Trunk {
	t.Name, t.Server, t.User, t.Addresses = f.Get("name"), f.Get("server"), f.Get("user"), words(f.Get("addresses"))
	t.Mode, t.Transport, t.Priority, t.MostChannels = trunk.Mode(f.Get("mode")), trunk.Transport(f.Get("transport")), number(f, "priority"), number(f, "most_channels")
	t.Prefixes, t.Policy, t.Caller, t.Enabled = words(f.Get("prefixes")), trunk.CallerPolicy(f.Get("caller_policy")), phone.Number(f.Get("caller")), f.Get("enabled") != ""
	t.Out = trunk.Format{Style: trunk.Style(f.Get("out.style")), Country: f.Get("out.country"), Prefix: f.Get("out.prefix")}
	t.In = trunk.Format{Style: trunk.Style(f.Get("in.style")), Country: f.Get("in.country"), Prefix: f.Get("in.prefix")}
	return t
}

func formatOf(v *ui.View, f *cabinet.Form, side string, text lang.Key) formatView {
	view := formatView{
		style:   pick(f, side+".style", v.T(text), "", ""),
		country: field(f, side+".country", v.T("telephony.country"), ""),
		prefix:  field(f, side+".prefix", v.T("telephony.in_front"), ""),
	}
	view.style.Error = f.Wrong[side]
	for _, one := range trunk.Styles {
		view.style.Choices = append(view.style.Choices, ui.Choice{Value: string(one), Text: v.T(styleKeys[one])})
	}
	return view
}

func (p *pages) trunkView(v *cabinet.Visit, t trunk.Trunk, f *cabinet.Form) trunkView {
	view := trunkView{
		path: trunksPath(v, "/"+string(t.ID)), wrong: f.Wrong[""], save: v.T("telephony.save"), off: !can(v, access.Telephony), isNew: t.ID == "",
		name: field(f, "name", v.T("telephony.name"), ""), server: field(f, "server", v.T("telephony.sip_server"), v.T("telephony.server_hint")),
		user: field(f, "user", v.T("telephony.sip_user"), ""), password: field(f, "password", v.T("telephony.trunk_password"), v.T("telephony.trunk_password_hint")),
		addresses: field(f, "addresses", v.T("telephony.addresses"), v.T("telephony.addresses_hint")),
		mode: ui.Radio{ID: "mode", Name: "mode", Label: v.T("telephony.mode"), Value: f.Get("mode"), Error: f.Wrong["mode"], Choices: []ui.RadioChoice{
			{Value: string(trunk.ByRegistration), Text: v.T("telephony.mode_registration"), Hint: v.T("telephony.mode_registration_hint")},
			{Value: string(trunk.ByAddress), Text: v.T("telephony.mode_address"), Hint: v.T("telephony.mode_address_hint")},
		}},
		transport: pick(f, "transport", v.T("telephony.sip_transport"), "", "", ui.Choice{Value: "udp", Text: "UDP"}, ui.Choice{Value: "tcp", Text: "TCP"}, ui.Choice{Value: "tls", Text: "TLS"}),
		priority:  whole(f, "priority", v.T("telephony.priority"), v.T("telephony.priority_hint"), ""),
		channels:  whole(f, "most_channels", v.T("telephony.channels"), v.T("telephony.channels_hint"), ""),
		prefixes:  field(f, "prefixes", v.T("telephony.prefixes"), v.T("telephony.prefixes_hint")),
		out:       formatOf(v.View, f, "out", "telephony.format_out"), in: formatOf(v.View, f, "in", "telephony.format_in"),
		policy:  ui.Radio{ID: "policy", Name: "caller_policy", Label: v.T("telephony.policy"), Value: f.Get("caller_policy"), Error: f.Wrong["caller_policy"]},
		caller:  field(f, "caller", v.T("telephony.caller"), ""),
		enabled: tick(f, "enabled", v.T("telephony.trunk_enabled"), ""),
	}
	for _, one := range trunk.CallerPolicies {
		view.policy.Choices = append(view.policy.Choices, ui.RadioChoice{Value: string(one), Text: v.T(policyKeys[one][0]), Hint: v.T(policyKeys[one][1])})
	}
	view.addresses.Longest, view.prefixes.Longest, view.server.Longest = 4000, 2000, 255
	view.name.Required, view.server.Required = true, true
	view.password.Type, view.password.Autocomplete, view.password.Value, view.password.Longest = "password", "new-password", "", 200
	if view.isNew {
		view.path, view.save, view.password.Hint = trunksPath(v, "/new"), v.T("telephony.trunk_add"), ""
	}
	return view
}

// trunkFields are those that an error may name.
var trunkFields = []string{
	"name", "server", "user", "password", "addresses", "mode", "transport", "priority", "most_channels", "prefixes", "out", "in", "caller_policy", "caller",
}

func (p *pages) country(v *cabinet.Visit) string {
	if v.Project != nil {
		return v.Project.Country
	}
	return ""
}

// askTrunk is GET .../trunks/new.
func (p *pages) askTrunk(v *cabinet.Visit) error {
	return v.Render(belowTrunks(v, v.T("telephony.trunk_new")), trunkPage(p.trunkView(v, trunk.Trunk{}, trunkForm(newTrunk(p.country(v))))))
}

// addTrunk is POST .../trunks/new.
func (p *pages) addTrunk(v *cabinet.Visit) error {
	return p.fillTrunk(v, trunk.Trunk{}, v.T("telephony.trunk_new"), func(ctx context.Context, tx *store.Tx, t trunk.Trunk, password string) (trunk.Trunk, error) {
		return p.Trunks.Add(ctx, tx, v.Permit, t, password, v.At)
	})
}

// editTrunk is POST .../trunks/{trunk}.
func (p *pages) editTrunk(v *cabinet.Visit) error {
	t, err := p.chosenTrunk(v)
	if err != nil {
		return err
	}
	return p.fillTrunk(v, t, t.Name, func(ctx context.Context, tx *store.Tx, t trunk.Trunk, password string) (trunk.Trunk, error) {
		return p.Trunks.Edit(ctx, tx, v.Permit, t, password, v.At)
	})
}

func (p *pages) fillTrunk(v *cabinet.Visit, t trunk.Trunk, title string, save func(context.Context, *store.Tx, trunk.Trunk, string) (trunk.Trunk, error)) error {
	f := v.Form()
	var saved trunk.Trunk
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		saved, err = save(ctx, tx, trunkOf(f, t), f.Raw("password"))
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := f.Refuse(v, err, trunkFields...); err != nil {
			return err
		}
		return v.RenderWrong(belowTrunks(v, title), trunkPage(p.trunkView(v, t, f)))
	}
	if err != nil {
		return err
	}
	p.Trunks.Changed()
	return v.Done(trunksPath(v, "/"+string(saved.ID)), ui.Toast{Text: v.T("telephony.trunk_saved", lang.Values{"Name": saved.Name})})
}

func (p *pages) chosenTrunk(v *cabinet.Visit) (t trunk.Trunk, err error) {
	return t, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		t, err = trunk.Get(ctx, q, v.Org.Project(), trunk.ID(v.R.PathValue("trunk")))
		return err
	})
}

const carriedShown = 500

// trunk is GET .../trunks/{trunk}: its settings, how it is and what it carries.
func (p *pages) trunk(v *cabinet.Visit) error {
	t, err := p.chosenTrunk(v)
	if err != nil {
		return err
	}
	view := p.trunkView(v, t, trunkForm(t))
	if err := p.trunkState(v, t, &view); err != nil {
		return err
	}
	return v.Render(belowTrunks(v, t.Name), trunkPage(view))
}

// trunkState adds to the page of a trunk how it is and what it carries.
func (p *pages) trunkState(v *cabinet.Visit, t trunk.Trunk, view *trunkView) error {
	return v.Read(func(ctx context.Context, q store.Querier) error {
		h, err := trunk.HealthOf(ctx, q, t.ID)
		if err != nil {
			return err
		}
		view.dead = deadOf(v.View, t, h)
		view.health = &healthView{healthOf(v.View, t, h), cabinet.Moment(h.Since), h.Reason, cabinet.Moment(h.ErrorAt)}
		carried, err := trunk.CarriedBy(ctx, q, t.ID, "", carriedShown)
		for _, c := range carried {
			line := carriedLine{phone.Number(c.Number), "", trunksPath(v, "/"+string(t.ID)+"/drop")}
			if c.Most > 0 {
				line.most = v.N("telephony.channels_count", c.Most)
			}
			view.numbers = append(view.numbers, line)
		}
		view.carry = carryForm(v, t, cabinet.NewForm(nil))
		if v.May(access.Delete, access.Telephony) {
			view.remove = ui.Button{Text: v.T("telephony.trunk_remove"), Kind: ui.Danger, Href: trunksPath(v, "/"+string(t.ID)+"/remove"), Dialog: true}
		}
		return err
	})
}

// carryForm is the form that gives a trunk a number.
func carryForm(v *cabinet.Visit, t trunk.Trunk, f *cabinet.Form) carryView {
	view := carryView{
		trunksPath(v, "/"+string(t.ID)+"/carry"), field(f, "number", v.T("telephony.number"), ""), whole(f, "most_channels", v.T("telephony.channels"), v.T("telephony.channels_hint"), ""),
	}
	view.number.ID, view.most.ID = "carry-number", "carry-most"
	return view
}

// carry is POST .../trunks/{trunk}/carry, with number and most_channels.
func (p *pages) carry(v *cabinet.Visit) error {
	t, err := p.chosenTrunk(v)
	if err != nil {
		return err
	}
	f := v.Form()
	n, err := phone.Parse(f.Get("number"), p.country(v))
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			return p.Trunks.Carry(ctx, tx, v.Permit, t.ID, string(n), number(f, "most_channels"), v.At)
		})
	}
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.NotFound {
		view := p.trunkView(v, t, trunkForm(t))
		if err := p.trunkState(v, t, &view); err != nil {
			return err
		}
		if err := f.Refuse(v, err, "most_channels"); err != nil {
			return err
		}
		if f.Wrong["most_channels"] == "" {
			f.Wrong["number"] = f.Wrong[""] // the form is short: what is wrong stands beside what it is about
		}
		view.carry = carryForm(v, t, f)
		return v.RenderWrong(belowTrunks(v, t.Name), trunkPage(view))
	}
	if err != nil {
		return err
	}
	return v.Done(trunksPath(v, "/"+string(t.ID)), ui.Toast{
		Text: v.T("telephony.carried", lang.Values{"Number": v.Phone(n)}), Undo: trunksPath(v, "/"+string(t.ID)+"/drop"), Fields: []ui.Choice{{Value: "number", Text: string(n)}},
	})
}

// dropNumber is POST .../trunks/{trunk}/drop, with number.
func (p *pages) dropNumber(v *cabinet.Visit) error {
	t, err := p.chosenTrunk(v)
	if err != nil {
		return err
	}
	n := v.R.PostFormValue("number")
	err = v.Change(func(ctx context.Context, tx *store.Tx) error { return p.Trunks.Drop(ctx, tx, v.Permit, t.ID, n, v.At) })
	if err != nil {
		return err
	}
	return v.Done(trunksPath(v, "/"+string(t.ID)), ui.Toast{
		Text: v.T("telephony.dropped", lang.Values{"Number": v.Phone(phone.Number(n))}), Undo: trunksPath(v, "/"+string(t.ID)+"/carry"), Fields: []ui.Choice{{Value: "number", Text: n}},
	})
}

// askRemoveTrunk is GET .../trunks/{trunk}/remove.
func (p *pages) askRemoveTrunk(v *cabinet.Visit) error {
	t, err := p.chosenTrunk(v)
	if err != nil {
		return err
	}
	var carried []trunk.Carried
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		carried, err = trunk.CarriedBy(ctx, q, t.ID, "", carriedShown)
		return err
	}); err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("telephony.trunk_remove_title", lang.Values{"Name": t.Name}), Text: v.N("telephony.trunk_remove_text", len(carried)), Action: trunksPath(v, "/"+string(t.ID)+"/remove"),
		Yes: v.T("telephony.trunk_remove"), No: trunksPath(v, "/"+string(t.ID)), Danger: true,
	}
	return v.Render(belowTrunks(v, ask.Title), ask.Draw())
}

// removeTrunk is POST .../trunks/{trunk}/remove.
func (p *pages) removeTrunk(v *cabinet.Visit) error {
	t, err := p.chosenTrunk(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error { return p.Trunks.Remove(ctx, tx, v.Permit, t.ID, v.At) })
	if err != nil {
		return err
	}
	p.Trunks.Changed()
	return v.Done(trunksPath(v, ""), ui.Toast{Text: v.T("telephony.trunk_removed", lang.Values{"Name": t.Name})})
}
