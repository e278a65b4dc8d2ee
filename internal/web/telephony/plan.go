package telephony

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func itoa(n int) string { return strconv.Itoa(n) }

// routes is what the pages know of numbers and schemes.
type routes struct {
	held     []string // numbers the project holds
	given    map[string]routing.Number
	schemes  []routing.Scheme
	settings routing.Settings
	prompts  []routing.Prompt
}

func (p *pages) routesOf(v *cabinet.Visit) (r routes, err error) {
	return r, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		r, err = readRoutes(ctx, q, v)
		return err
	})
}

func readRoutes(ctx context.Context, q store.Querier, v *cabinet.Visit) (r routes, err error) {
	config, err := billing.GetConfiguration(ctx, q, v.Project.ID)
	if err != nil {
		return r, err
	}
	for _, n := range config.Numbers {
		r.held = append(r.held, n.Number)
	}
	given, err := routing.Numbers(ctx, q, v.Project.ID)
	if err != nil {
		return r, err
	}
	r.given = map[string]routing.Number{}
	for _, n := range given {
		r.given[string(n.Number)] = n
	}
	if r.schemes, err = routing.Schemes(ctx, q, v.Project.ID); err != nil {
		return r, err
	}
	if r.settings, err = routing.GetSettings(ctx, q, v.Project.ID); err != nil {
		return r, err
	}
	r.prompts, err = routing.Prompts(ctx, q, v.Project.ID)
	return r, err
}

// name is what a scheme is called; empty for none.
func (r routes) name(id routing.SchemeID) string {
	for _, sc := range r.schemes {
		if sc.ID == id {
			return sc.Name
		}
	}
	return ""
}

// published are the schemes that a number may have.
func (r routes) published() (list []ui.Choice) {
	for _, sc := range r.schemes {
		if sc.Live > 0 {
			list = append(list, ui.Choice{Value: string(sc.ID), Text: sc.Name})
		}
	}
	return list
}

func (r routes) numberChoices(v *ui.View) (list []ui.Choice) {
	for _, n := range r.held {
		list = append(list, ui.Choice{Value: n, Text: v.Phone(phone.Number(n))})
	}
	return list
}

func numberPath(v *cabinet.Visit, n string) string { return v.Path(root + "/numbers/" + n) }

// numbers is GET /telephony/numbers: which number has which scheme.
func (p *pages) numbers(v *cabinet.Visit) error {
	r, err := p.routesOf(v)
	if err != nil {
		return err
	}
	return v.RenderList(page(v, "/numbers"), cabinet.List{
		Spec: ui.TableSpec{Sort: "number", Columns: []ui.Column{
			{Key: "number", Title: v.T("telephony.number"), Sortable: true, Fixed: true},
			{Key: "scheme", Title: v.T("telephony.scheme"), Sortable: true},
			{Key: "closed", Title: v.T("telephony.after_hours")},
		}},
		Caption: v.T("telephony.numbers"), Right: access.Schemes, Count: v.N("telephony.numbers_count", len(r.held)), Short: true,
		Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("telephony.no_numbers"), Text: v.T("telephony.no_numbers_text"), Action: ui.Button{Text: v.T("telephony.to_numbers"), Href: v.Path("/numbers")}},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, n := range r.held {
				of := r.given[n]
				row := cabinet.Row{ID: n, Cells: map[string]cabinet.Cell{"number": cabinet.Shown(ui.PhoneText(phone.Number(n)), n)}}
				if of.Scheme == "" {
					row.Cells["scheme"] = cabinet.Status(ui.Warning, v.T("telephony.no_scheme"))
				} else {
					row.Cells["scheme"] = cabinet.Text(r.name(of.Scheme))
				}
				if closed := r.name(of.Closed); closed != "" {
					row.Cells["closed"] = cabinet.Text(closed)
				} else if closed := r.name(r.settings.AfterHours); closed != "" && of.Scheme != "" {
					row.Cells["closed"] = cabinet.Text(v.T("telephony.as_project", lang.Values{"Name": closed}))
				}
				if can(v, access.Schemes) {
					row.Href = numberPath(v, n)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// numberView is what stands on the page of a number's schemes.
type numberView struct {
	path, wrong    string
	scheme, closed ui.Select
	back           ui.Button
	none           bool // no scheme is published yet
	start          ui.Button
}

func (p *pages) numberView(v *cabinet.Visit, r routes, f *cabinet.Form) numberView {
	project := v.T("telephony.same_scheme")
	if name := r.name(r.settings.AfterHours); name != "" {
		project = v.T("telephony.as_project", lang.Values{"Name": name})
	}
	return numberView{
		path: numberPath(v, v.R.PathValue("number")), wrong: f.Wrong[""], back: ui.Button{Text: v.T("telephony.cancel"), Kind: ui.Quiet, Href: v.Path(root + "/numbers")},
		scheme: pick(f, "scheme", v.T("telephony.scheme"), "", v.T("telephony.no_scheme_choice"), r.published()...),
		closed: pick(f, "closed", v.T("telephony.after_hours"), v.T("telephony.after_hours_hint"), project, r.published()...),
		none:   len(r.published()) == 0, start: ui.Button{Text: v.T("telephony.scheme_new"), Href: v.Path(root + "/schemes/new")},
	}
}

func (p *pages) chosenNumber(v *cabinet.Visit) (n string, r routes, err error) {
	if r, err = p.routesOf(v); err != nil {
		return "", r, err
	}
	for _, n := range r.held {
		if n == v.R.PathValue("number") {
			return n, r, nil
		}
	}
	return "", r, errs.New(errs.NotFound, "routing.unknown_number", "the project does not hold %.40q", v.R.PathValue("number")).At("number")
}

// askScheme is GET /telephony/numbers/{number}.
func (p *pages) askScheme(v *cabinet.Visit) error {
	n, r, err := p.chosenNumber(v)
	if err != nil {
		return err
	}
	f := cabinet.NewForm(map[string]string{"scheme": string(r.given[n].Scheme), "closed": string(r.given[n].Closed)})
	return v.Render(below(v, "/numbers", v.Phone(phone.Number(n))), numberPage(p.numberView(v, r, f)))
}

// setScheme is POST /telephony/numbers/{number}, with scheme and closed.
func (p *pages) setScheme(v *cabinet.Visit) error {
	n, r, err := p.chosenNumber(v)
	if err != nil {
		return err
	}
	f := v.Form()
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Routing.SetScheme(ctx, tx, v.Permit, phone.Number(n), routing.SchemeID(f.Get("scheme")), routing.SchemeID(f.Get("closed")), v.At)
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := f.Refuse(v, err, "scheme", "closed"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "/numbers", v.Phone(phone.Number(n))), numberPage(p.numberView(v, r, f)))
	}
	if err != nil {
		return err
	}
	p.Routing.Changed(v.Project.ID, n)
	before := r.given[n]
	return v.Done(v.Path(root+"/numbers"), ui.Toast{
		Text: v.T("telephony.number_saved", lang.Values{"Number": v.Phone(phone.Number(n))}), Undo: numberPath(v, n),
		Fields: []ui.Choice{{Value: "scheme", Text: string(before.Scheme)}, {Value: "closed", Text: string(before.Closed)}},
	})
}

// blocked is GET /telephony/blocked.
func (p *pages) blocked(v *cabinet.Visit) error {
	var list []routing.Blocked
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		list, err = routing.BlockList(ctx, q, v.Project.ID)
		return err
	})
	if err != nil {
		return err
	}
	pg := page(v, "/blocked")
	add := ui.Button{}
	if can(v, access.Schemes) {
		add = ui.Button{Text: v.T("telephony.block_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/blocked/new"), Dialog: true}
		pg.Actions = add.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "pattern", Columns: []ui.Column{
			{Key: "pattern", Title: v.T("telephony.pattern"), Sortable: true, Fixed: true},
			{Key: "note", Title: v.T("telephony.note")},
			{Key: "at", Title: v.T("telephony.since"), Sortable: true},
			{Key: "remove", Title: v.T("telephony.drop"), Tool: true},
		}},
		Caption: v.T("telephony.blocked"), Right: access.Schemes, Count: v.N("telephony.blocked_count", len(list)), Short: true,
		Empty: ui.Empty{Icon: ui.IconShield, Title: v.T("telephony.no_blocked"), Text: v.T("telephony.no_blocked_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, b := range list {
				row := cabinet.Row{ID: b.Pattern, Cells: map[string]cabinet.Cell{"pattern": patternCell(v.View, b.Pattern), "note": cabinet.Text(b.Note), "at": cabinet.Moment(b.MadeAt)}}
				if can(v, access.Schemes) {
					row.Cells["remove"] = cabinet.Shown(unblockButton(v.Path(root+"/blocked/remove"), b.Pattern), nil)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// patternCell is a rule as it is read; a number is exported as it is dialled.
func patternCell(v *ui.View, pattern string) cabinet.Cell {
	words := patternWords(v, pattern)
	if strings.HasPrefix(pattern, "+") && !strings.HasSuffix(pattern, "*") {
		return cabinet.Shown(ui.Text(words), pattern)
	}
	return cabinet.Text(words)
}

func patternWords(v *ui.View, pattern string) string {
	switch {
	case pattern == routing.Withheld:
		return v.T("telephony.withheld")
	case pattern != "" && pattern[len(pattern)-1] == '*':
		return v.T("telephony.beginning", lang.Values{"Digits": pattern[:len(pattern)-1]})
	}
	return v.Phone(phone.Number(pattern))
}

// blockView is the form of a new rule.
type blockView struct {
	path, wrong   string
	pattern, note ui.Field
	withheld      ui.Check
	back          ui.Button
}

func newBlock(v *cabinet.Visit, f *cabinet.Form) blockView {
	view := blockView{
		path: v.Path(root + "/blocked/new"), wrong: f.Wrong[""], back: ui.Button{Text: v.T("telephony.cancel"), Kind: ui.Quiet, Href: v.Path(root + "/blocked")},
		pattern: field(f, "pattern", v.T("telephony.pattern"), v.T("telephony.pattern_hint")), note: field(f, "note", v.T("telephony.note"), ""),
		withheld: tick(f, "withheld", v.T("telephony.withheld"), ""),
	}
	return view
}

// askBlock is GET /telephony/blocked/new; ?pattern= may name a caller.
func (p *pages) askBlock(v *cabinet.Visit) error {
	f := cabinet.NewForm(map[string]string{"pattern": v.URL.Query().Get("pattern")})
	return v.Render(below(v, "/blocked", v.T("telephony.block_new")), blockPage(newBlock(v, f)))
}

// block is POST /telephony/blocked/new, with pattern or withheld, and note.
func (p *pages) block(v *cabinet.Visit) error {
	f := v.Form()
	wish := f.Get("pattern")
	if f.Get("withheld") != "" && wish == "" {
		wish = routing.Withheld
	}
	var made routing.Blocked
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Routing.Block(ctx, tx, v.Permit, wish, f.Get("note"), v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if errs.CodeOf(err) == "routing.bad_name" {
			f.Wrong["note"], _ = v.Error(err)
		} else if err := f.Refuse(v, err, "pattern"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "/blocked", v.T("telephony.block_new")), blockPage(newBlock(v, f)))
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/blocked"), ui.Toast{
		Text: v.T("telephony.block_done", lang.Values{"Pattern": patternWords(v.View, made.Pattern)}), Undo: v.Path(root + "/blocked/remove"),
		Fields: []ui.Choice{{Value: "pattern", Text: made.Pattern}},
	})
}

// unblock is POST /telephony/blocked/remove, with pattern.
func (p *pages) unblock(v *cabinet.Visit) error {
	pattern := v.R.PostFormValue("pattern")
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Routing.Unblock(ctx, tx, v.Permit, pattern, v.At)
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/blocked"), ui.Toast{
		Text: v.T("telephony.unblock_done", lang.Values{"Pattern": patternWords(v.View, pattern)}), Undo: v.Path(root + "/blocked/new"),
		Fields: []ui.Choice{{Value: "pattern", Text: pattern}},
	})
}

// settingsView is what stands on the page of settings.
type settingsView struct {
	path, wrong string
	seen        string // the revision that the reader saw
	off         bool

	caller                                ui.Select
	outgoing                              ui.Radio
	last, answered, returning, ownerFirst ui.Check
	days, first                           ui.Field
	recording                             ui.Radio
	prompt                                ui.Select
	digit                                 ui.Field
	log                                   string // the settings of the call log
	after                                 ui.Select
	fallback                              ui.Field
}

var outgoingKeys = map[routing.Outgoing]lang.Key{routing.Anywhere: "telephony.out_all", routing.AtHome: "telephony.out_home", routing.Nowhere: "telephony.out_none"}

var recordingKeys = []struct {
	mode dialplan.RecordingMode
	text lang.Key
	hint lang.Key
}{
	{dialplan.RecordOff, "telephony.record_off", ""},
	{dialplan.RecordSilently, "telephony.record_on", "telephony.record_on_hint"},
	{dialplan.RecordAnnounce, "telephony.record_announce", ""},
	{dialplan.RecordConsent, "telephony.record_consent", "telephony.record_consent_hint"},
}

func settingsForm(s routing.Settings) *cabinet.Form {
	on := map[bool]string{true: "on"}
	return cabinet.NewForm(map[string]string{
		"caller_id": string(s.CallerID), "outgoing": string(s.Outgoing), "last": on[s.LastAgent.On], "answered": on[s.LastAgent.Answered],
		"returning": on[s.LastAgent.OnlyReturning], "owner_first": on[s.OwnerFirst], "last_agent.days": orEmpty(s.LastAgent.Days), "first_seconds": orEmpty(s.FirstSeconds),
		"recording.mode": string(s.Recording.Mode), "recording.prompt": s.Recording.Prompt, "recording.digit": s.Recording.Digit,
		"after_hours": string(s.AfterHours), "fallback": string(s.Fallback),
	})
}

func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return itoa(n)
}

// settingsOf are the settings with what the form says. How long recordings are kept and what a proper call is, the log decides.
func settingsOf(v *cabinet.Visit, f *cabinet.Form, s routing.Settings) routing.Settings {
	s.CallerID, s.Outgoing, s.OwnerFirst = phone.Number(f.Get("caller_id")), routing.Outgoing(f.Get("outgoing")), f.Get("owner_first") != ""
	s.LastAgent = dialplan.LastAgent{On: f.Get("last") != "", Answered: f.Get("answered") != "", OnlyReturning: f.Get("returning") != "", Days: number(f, "last_agent.days")}
	s.Recording = dialplan.Recording{Mode: dialplan.RecordingMode(f.Get("recording.mode")), Prompt: f.Get("recording.prompt"), Digit: f.Get("recording.digit")}
	s.FirstSeconds = number(f, "first_seconds")
	s.AfterHours, s.Fallback = routing.SchemeID(f.Get("after_hours")), phone.Number(f.Get("fallback"))
	if n, err := phone.Parse(f.Get("fallback"), v.Project.Country); err == nil {
		s.Fallback = n
	}
	return s
}

func (p *pages) settingsView(v *cabinet.Visit, r routes, f *cabinet.Form) settingsView {
	view := settingsView{
		path: v.Path(root + "/settings"), wrong: f.Wrong[""], seen: f.Get(seenField), off: !can(v, access.Telephony),
		caller:     pick(f, "caller_id", v.T("telephony.caller_id"), v.T("telephony.caller_id_hint"), v.T("telephony.caller_first"), r.numberChoices(v.View)...),
		outgoing:   ui.Radio{ID: "outgoing", Name: "outgoing", Label: v.T("telephony.outgoing"), Hint: v.T("telephony.outgoing_hint"), Value: f.Get("outgoing"), Error: f.Wrong["outgoing"]},
		last:       tick(f, "last", v.T("telephony.last_agent"), v.T("telephony.last_agent_hint")),
		answered:   tick(f, "answered", v.T("telephony.last_answered"), ""),
		returning:  tick(f, "returning", v.T("telephony.last_returning"), ""),
		ownerFirst: tick(f, "owner_first", v.T("telephony.owner_first"), v.T("telephony.owner_first_hint")),
		days:       whole(f, "last_agent.days", v.T("telephony.last_days"), v.T("telephony.last_days_hint"), v.T("telephony.unit_days")),
		first:      whole(f, "first_seconds", v.T("telephony.first_seconds"), v.T("telephony.first_seconds_hint"), v.T("telephony.unit_seconds")),
		recording:  ui.Radio{ID: "recording", Name: "recording.mode", Label: v.T("telephony.recording"), Value: f.Get("recording.mode"), Error: f.Wrong["recording.mode"]},
		prompt:     pick(f, "recording.prompt", v.T("telephony.record_prompt"), "", v.T("telephony.record_builtin"), r.promptChoices(routing.Announcement)...),
		digit:      whole(f, "recording.digit", v.T("telephony.record_digit"), v.T("telephony.record_digit_hint"), ""),
		log:        v.Path("/calls/settings"),
		after:      pick(f, "after_hours", v.T("telephony.after_hours"), v.T("telephony.after_hours_hint"), v.T("telephony.same_scheme"), r.published()...),
		fallback:   field(f, "fallback", v.T("telephony.fallback"), v.T("telephony.fallback_hint")),
	}
	for _, one := range routing.Directions {
		view.outgoing.Choices = append(view.outgoing.Choices, ui.RadioChoice{Value: string(one), Text: v.T(outgoingKeys[one]), Off: view.off})
	}
	for _, one := range recordingKeys {
		c := ui.RadioChoice{Value: string(one.mode), Text: v.T(one.text), Off: view.off}
		if one.hint != "" {
			c.Hint = v.T(one.hint)
		}
		view.recording.Choices = append(view.recording.Choices, c)
	}
	view.fallback.Type = "tel"
	for _, off := range []*bool{
		&view.caller.Off, &view.last.Off, &view.answered.Off, &view.returning.Off, &view.ownerFirst.Off, &view.days.Off, &view.first.Off, &view.prompt.Off,
		&view.digit.Off, &view.after.Off, &view.fallback.Off,
	} {
		*off = view.off
	}
	return view
}

func (r routes) promptChoices(kind routing.PromptKind) (list []ui.Choice) {
	for _, one := range r.prompts {
		if one.Kind == kind {
			list = append(list, ui.Choice{Value: string(one.ID), Text: one.Name})
		}
	}
	return list
}

// seenForm is a form that carries the revision that its reader sees.
func seenForm(f *cabinet.Form, revision string) *cabinet.Form {
	f.Values.Set(seenField, revision)
	return f
}

// settings is GET /telephony/settings.
func (p *pages) settings(v *cabinet.Visit) error {
	r, err := p.routesOf(v)
	if err != nil {
		return err
	}
	return v.Render(page(v, "/settings"), settingsPage(p.settingsView(v, r, seenForm(settingsForm(r.settings), r.settings.Revision()))))
}

// settingFields are those that an error may name.
var settingFields = []string{
	"caller_id", "outgoing", "last_agent.days", "first_seconds", "recording.mode", "recording.prompt", "recording.digit", "after_hours", "fallback",
}

// setSettings is POST /telephony/settings.
func (p *pages) setSettings(v *cabinet.Visit) error {
	f := v.Form()
	var known routing.Settings
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if known, err = routing.GetSettings(ctx, tx, v.Project.ID); err != nil {
			return err
		}
		if err := known.SeenAs(f.Get(seenField)); err != nil {
			return err
		}
		return p.Routing.SetSettings(ctx, tx, v.Permit, settingsOf(v, f, known), v.At)
	})
	if errs.CodeOf(err) == "routing.settings_changed" {
		seenForm(f, known.Revision()) // whoever was told and saves again means it
	}
	if problems := dialplan.Problems(err); len(problems) > 0 && (problems[0].Kind == errs.Invalid || problems[0].Kind == errs.Conflict) {
		for _, problem := range problems {
			if err := f.Refuse(v, problem, settingFields...); err != nil {
				return err
			}
		}
		r, err := p.routesOf(v)
		if err != nil {
			return err
		}
		return v.RenderWrong(page(v, "/settings"), settingsPage(p.settingsView(v, r, f)))
	}
	if err != nil {
		return fmt.Errorf("telephony settings: %w", err)
	}
	p.Routing.Changed(v.Project.ID)
	return v.Done(v.Path(root+"/settings"), ui.Toast{Text: v.T("telephony.settings_saved")})
}
