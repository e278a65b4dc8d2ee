package telephony

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// seenField carries the revision of the scheme that the reader saw, so that two who write one do not undo each other unseen.
const seenField = "seen"

// editorView is what stands in the editor of a scheme.
type editorView struct {
	path, wrong string
	off         bool
	name        ui.Field
	cards       []card
	reserve     ui.Select
	add         []ui.Button
	unsaved     bool
	seen        string // the revision that the reader saw
	state       cabinet.Cell
	versions    ui.Button
	discard     string
	remove      ui.Button
	side        sideView
}

// frame is what the steps and the call that is tried out stand in.
func (e editorView) frame(v *ui.View) ui.Editor {
	f := ui.Editor{
		Path: e.path, Locked: e.off, Wrong: e.wrong, State: e.state.Show, Tools: []templ.Component{e.versions.Draw()},
		Trial: v.T("telephony.try_title"), Fields: e.side.fields(), Try: v.T("telephony.try_do"), TryPath: e.side.path, Outcome: sidePart(e.side),
	}
	if e.unsaved {
		f.Unsaved = v.T("telephony.unsaved")
	}
	if e.discard != "" {
		f.Tools = append(f.Tools, discardButton(e.discard))
	}
	if e.remove.Href != "" {
		f.Tools = append(f.Tools, e.remove.Draw())
	}
	return f
}

// frame is what the fields of a step stand in.
func (c card) frame(v *ui.View, off bool) ui.StepCard {
	f := ui.StepCard{ID: c.id, Index: c.index, Spoken: v.T("telephony.step_n", lang.Values{"Number": c.index + 1}), Title: c.title, Wrong: c.wrong}
	if c.title != c.kind {
		f.Badges = append(f.Badges, ui.Badge(ui.Neutral, c.kind))
	}
	if c.reserve {
		f.Badges = append(f.Badges, ui.Badge(ui.Notice, v.T("telephony.reserve")))
	}
	if !off {
		f.Tools = []ui.Button{c.up, c.down, c.out}
	}
	return f
}

// card is a step as it is edited.
type card struct {
	id, kind, title string
	index           int
	up, down, out   ui.Button
	name            ui.Field
	next            *ui.Select
	fields          []drawn // in order
	targets         []targetLine
	keys            []keyLine
	queueMore       []drawn // behind "more"
	wrong           []string
	note            string      // what the step is for; empty where it says so itself
	hidden          []ui.Choice // fields that are not shown: Value is the name
	reserve         bool
}

// drawn is a field of any kind.
type drawn struct {
	field  *ui.Field
	choose *ui.Select
	check  *ui.Check
}

type targetLine struct {
	to            ui.Select
	address       ui.Field
	seconds       ui.Field
	up, down, out ui.Button
	inTurn        bool
	noAddress     bool // nobody but employees and departments can be chosen
}

type keyLine struct {
	key, to ui.Select
	out     ui.Button
}

// editor is what the drawing of a scheme needs to know.
type editor struct {
	v      *cabinet.Visit
	f      *cabinet.Form
	body   dialplan.RoutingScheme
	who    people
	routes routes
	off    bool
	wrong  map[int][]string // by the step; -1 for the scheme

	another bool              // the call that is tried out goes by another scheme
	names   map[string]string // of the steps it enters, by their ids
}

// scheme is GET /telephony/schemes/{scheme}: the editor with the draft, else with what counts.
func (p *pages) scheme(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	var body dialplan.RoutingScheme
	var hours dialplan.BusinessHours
	var r routes
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if body, err = p.body(ctx, q, v, sc); err != nil {
			return err
		}
		if hours, err = routing.Hours(ctx, q, v.Project.ID); err != nil {
			return err
		}
		r, err = readRoutes(ctx, q, v)
		return err
	})
	if err != nil {
		return err
	}
	f := schemeForm(sc.Name, body)
	f.Values.Set(seenField, sc.Revision())
	p.prefill(v, f, sc.ID, r, hours)
	view, err := p.editorOf(v, sc, body, f)
	if err != nil {
		return err
	}
	return v.Render(p.editorPage(v, sc), editorPage(view))
}

func (p *pages) editorPage(v *cabinet.Visit, sc routing.Scheme) ui.Page {
	pg := below(v, "", sc.Name)
	pg.Narrow = false
	return pg
}

// editScheme is POST /telephony/schemes/{scheme}: what a button says is done to the scheme of the form, or it is saved, tried or
// published.
func (p *pages) editScheme(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	f := v.Form()
	body := readScheme(f, v.Project.Country)
	do := f.Get("do")
	if do != "" && do != "save" && do != "publish" {
		body = alter(body, f)
		return p.showAgain(v, sc, body, f, v.Render)
	}
	var now routing.Scheme
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if now, err = routing.GetScheme(ctx, tx, v.Project.ID, sc.ID); err != nil {
			return err
		}
		if err := now.SeenAs(f.Get(seenField)); err != nil {
			return err
		}
		if _, err := p.Routing.Save(ctx, tx, v.Permit, sc.ID, f.Get("name"), body, v.At); err != nil || do != "publish" {
			return err
		}
		_, err = p.Routing.Publish(ctx, tx, v.Permit, sc.ID, v.At)
		return err
	})
	if errs.CodeOf(err) == "routing.scheme_changed" {
		f.Values.Set(seenField, now.Revision()) // whoever was told and saves again means it
		f.Wrong[""], _ = v.Error(err)
		return p.showAgain(v, now, body, f, v.RenderWrong)
	}
	if problems := dialplan.Problems(err); len(problems) > 0 && problems[0].Kind != errs.Internal {
		for _, problem := range problems {
			if problem.Where == "name" {
				f.Wrong["name"] = problemText(v, problem)
			}
		}
		f.Wrong[""] = v.T("telephony.not_published")
		if do == "save" || do == "" {
			f.Wrong[""] = v.T("telephony.not_saved")
		}
		return p.showAgain(v, sc, body, f, v.RenderWrong)
	}
	if err != nil {
		return err
	}
	if do != "publish" {
		return v.Done(schemePath(v, sc.ID), ui.Toast{Text: v.T("telephony.draft_saved")})
	}
	p.forgetPlans(v)
	toast := ui.Toast{Text: v.T("telephony.published")}
	if sc.Live > 0 {
		toast.Undo = schemePath(v, sc.ID) + "/versions/" + itoa(sc.Live)
	}
	return v.Done(schemePath(v, sc.ID), toast)
}

// showAgain is the editor with what the form holds, which is not saved.
func (p *pages) showAgain(v *cabinet.Visit, sc routing.Scheme, body dialplan.RoutingScheme, f *cabinet.Form, render func(ui.Page, templ.Component) error) error {
	writeScheme(f, body)
	view, err := p.editorOf(v, sc, body, f)
	if err != nil {
		return err
	}
	view.unsaved = true
	return render(p.editorPage(v, sc), editorPage(view))
}

// tryScheme is POST /telephony/schemes/{scheme}/try: what is wrong with the scheme of the form, and what a call would meet. With
// the header of a part it is that part alone.
func (p *pages) tryScheme(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	f := v.Form()
	body := readScheme(f, v.Project.Country)
	if v.R.Header.Get(ui.LaterHeader) == "" {
		return p.showAgain(v, sc, body, f, v.Render)
	}
	view, err := p.editorOf(v, sc, body, f)
	if err != nil {
		return err
	}
	return v.RenderPart(sidePart(view.side))
}

// editorOf draws a scheme, checks it and tries it out.
func (p *pages) editorOf(v *cabinet.Visit, sc routing.Scheme, body dialplan.RoutingScheme, f *cabinet.Form) (editorView, error) {
	e := editor{v: v, f: f, body: body, off: !can(v, access.Schemes)}
	var err error
	if e.who, err = p.people(v); err != nil {
		return editorView{}, err
	}
	if e.routes, err = p.routesOf(v); err != nil {
		return editorView{}, err
	}
	side, err := p.sideOf(v, sc, &e)
	if err != nil {
		return editorView{}, err
	}
	view := editorView{
		path: schemePath(v, sc.ID), wrong: f.Wrong[""], seen: f.Get(seenField), off: e.off, name: field(f, "name", v.T("telephony.name"), ""), state: stateOf(v.View, sc), side: side,
		versions: ui.Button{Text: v.T("telephony.versions"), Icon: ui.IconRows, Kind: ui.Quiet, Small: true, Href: schemePath(v, sc.ID) + "/versions"},
	}
	view.name.Off = e.off
	for i := range body.Steps {
		view.cards = append(view.cards, e.card(i))
	}
	view.reserve = ui.Select{ID: "reserve", Name: "reserve", Label: v.T("telephony.reserve"), Hint: v.T("telephony.reserve_hint"), Value: body.Reserve, Any: v.T("telephony.no_reserve"), Choices: e.stepChoices(), Off: e.off}
	if !e.off {
		for _, kind := range []string{"ring", "menu", "queue", "say", "voicemail", "hang_up", "code"} {
			view.add = append(view.add, ui.Button{Text: v.T(kindTexts[kind]), Icon: ui.IconPlus, Small: true, Name: "do", Value: "add:" + kind})
		}
		if sc.Draft != nil && sc.Live > 0 {
			view.discard = schemePath(v, sc.ID) + "/discard"
		}
		if v.May(access.Delete, access.Schemes) {
			view.remove = ui.Button{Text: v.T("telephony.scheme_remove"), Kind: ui.Quiet, Small: true, Href: schemePath(v, sc.ID) + "/remove", Dialog: true}
		}
	}
	return view, nil
}

// stepChoices are the steps, to lead to.
func (e *editor) stepChoices() (list []ui.Choice) {
	for i, s := range e.body.Steps {
		list = append(list, ui.Choice{Value: s.ID, Text: fmt.Sprintf("%d. %s", i+1, stepName(e.v.View, s))})
	}
	return list
}

func (e *editor) tool(text lang.Key, icon ui.Icon, value string, off bool) ui.Button {
	return ui.Button{Text: e.v.T(text), Icon: icon, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: value, Off: off}
}

// card draws the i-th step.
func (e *editor) card(i int) card {
	s := e.body.Steps[i]
	c := card{
		id: "step-" + s.ID, index: i, kind: e.v.T(kindTexts[s.Kind()]), title: stepName(e.v.View, s), wrong: e.wrong[i], reserve: s.ID == e.body.Reserve && s.ID != "",
		up:     e.tool("telephony.up", ui.IconUp, fmt.Sprintf("up:%d", i), i == 0),
		down:   e.tool("telephony.down", ui.IconDown, fmt.Sprintf("down:%d", i), i == len(e.body.Steps)-1),
		out:    e.tool("telephony.drop", ui.IconClose, fmt.Sprintf("drop:%d", i), false),
		hidden: []ui.Choice{{Value: at(i, "id"), Text: s.ID}, {Value: at(i, "kind"), Text: s.Kind()}},
		name:   *e.line(i, "name", "telephony.step_name").field,
	}
	if s.Voicemail == nil && s.HangUp == nil {
		next := *e.choose(i, "next", "telephony.next", e.v.T("telephony.next_below"), append(e.stepChoices(), ui.Choice{Value: dialplan.End, Text: e.v.T("telephony.next_end")})).choose
		c.next = &next
	}
	e.fill(i, s, &c)
	return c
}

// fill draws what is a kind's own.
func (e *editor) fill(i int, s dialplan.RouteStep, c *card) {
	prompts, music := e.routes.promptChoices(routing.Announcement), e.routes.promptChoices(routing.Music)
	none := e.v.T("telephony.no_prompt")
	if len(prompts) == 0 && (s.Menu != nil || s.Say != nil) {
		c.note = e.v.T("telephony.no_prompts_note")
	}
	switch {
	case s.Ring != nil:
		c.fields = []drawn{
			e.choose(i, "order", "telephony.order", "", []ui.Choice{{Value: string(dialplan.Together), Text: e.v.T("telephony.together")}, {Value: string(dialplan.InTurn), Text: e.v.T("telephony.in_turn")}}),
			e.seconds(i, "seconds", "telephony.ring_seconds"), e.choose(i, "music", "telephony.ring_music", e.v.T("telephony.ring_tone"), music),
		}
		c.targets = e.targets(i, s.Ring.Targets, e.targetChoices(), s.Ring.Order == dialplan.InTurn)
		c.hidden = append(c.hidden, ui.Choice{Value: at(i, "targets"), Text: itoa(len(s.Ring.Targets))})
	case s.Menu != nil:
		c.fields = []drawn{
			e.choose(i, "prompt", "telephony.menu_prompt", none, prompts), e.seconds(i, "timeout", "telephony.menu_timeout"), e.digits(i, "repeats", "telephony.menu_repeats"),
			e.choose(i, "wrong", "telephony.menu_wrong", e.v.T("telephony.menu_wrong_same"), prompts), e.check(i, "extensions", "telephony.menu_extensions"),
		}
		c.keys = e.keys(i, s.Menu)
		c.hidden = append(c.hidden, ui.Choice{Value: at(i, "keys"), Text: itoa(len(c.keys) - 1)})
	case s.Queue != nil:
		e.fillQueue(i, s.Queue, c, prompts, music)
	case s.Say != nil:
		c.fields = []drawn{e.choose(i, "prompt", "telephony.say_prompt", none, prompts)}
	case s.Voicemail != nil:
		c.fields = []drawn{
			e.choose(i, "prompt", "telephony.greeting", e.v.T("telephony.greeting_builtin"), prompts), e.seconds(i, "max", "telephony.voicemail_max"), e.line(i, "emails", "telephony.voicemail_emails"),
		}
	case s.Code != nil:
		builtIn := e.v.T("telephony.greeting_builtin")
		c.note = e.v.T("telephony.code_note")
		c.fields = []drawn{
			e.choose(i, "prompt", "telephony.code_prompt", builtIn, prompts), e.choose(i, "wrong", "telephony.code_wrong", builtIn, prompts),
			e.choose(i, "thanks", "telephony.code_thanks", e.v.T("telephony.code_no_thanks"), prompts), e.seconds(i, "timeout", "telephony.menu_timeout"), e.digits(i, "tries", "telephony.code_tries"),
		}
	case s.HangUp != nil:
		c.fields = []drawn{e.choose(i, "prompt", "telephony.hang_up_prompt", e.v.T("telephony.code_no_thanks"), prompts), e.check(i, "busy", "telephony.hang_up_busy")}
	}
}

var strategyKeys = []struct {
	strategy dialplan.Strategy
	text     lang.Key
}{
	{dialplan.LongestIdle, "telephony.longest_idle"},
	{dialplan.RingAll, "telephony.ring_all"},
	{dialplan.RingInTurn, "telephony.queue_in_turn"},
	{dialplan.FewestCalls, "telephony.fewest_calls"},
	{dialplan.RingRandom, "telephony.at_random"},
}

func (e *editor) fillQueue(i int, q *dialplan.Queue, c *card, prompts, music []ui.Choice) {
	var strategies []ui.Choice
	for _, one := range strategyKeys {
		strategies = append(strategies, ui.Choice{Value: string(one.strategy), Text: e.v.T(one.text)})
	}
	keys := make([]ui.Choice, 0, len(dialplan.Keys))
	for _, key := range dialplan.Keys {
		keys = append(keys, ui.Choice{Value: string(key), Text: string(key)})
	}
	c.fields = []drawn{
		e.choose(i, "strategy", "telephony.strategy", "", strategies), e.seconds(i, "seconds", "telephony.queue_ring"), e.seconds(i, "max_wait", "telephony.max_wait"),
		e.choose(i, "music", "telephony.queue_music", e.v.T("telephony.music_builtin"), music),
	}
	c.queueMore = []drawn{
		e.line(i, "queue", "telephony.queue_name"), e.seconds(i, "rest", "telephony.rest"), e.digits(i, "max_length", "telephony.max_length"),
		e.seconds(i, "announce", "telephony.announce_every"), e.check(i, "say_position", "telephony.say_position"), e.check(i, "say_wait", "telephony.say_wait"),
		e.choose(i, "cb_digit", "telephony.cb_digit", e.v.T("telephony.cb_none"), keys), e.choose(i, "cb_prompt", "telephony.cb_prompt", e.v.T("telephony.no_prompt"), prompts),
		e.seconds(i, "cb_after", "telephony.cb_after"), e.choose(i, "cb_done", "telephony.cb_done", e.v.T("telephony.code_no_thanks"), prompts),
	}
	c.targets = e.targets(i, q.Targets, slices.DeleteFunc(e.targetChoices(), func(one ui.Choice) bool { return !waitedFor(one.Value) }), false)
	for j := range c.targets {
		c.targets[j].noAddress = !slices.ContainsFunc(q.Targets, func(t dialplan.Target) bool { return t.Phone != "" || t.SIP != "" })
	}
	c.hidden = append(c.hidden, ui.Choice{Value: at(i, "targets"), Text: itoa(len(q.Targets))})
}

// idOf makes a name of a field fit to be an id.
func idOf(name string) string { return strings.ReplaceAll(name, ".", "-") }

func (e *editor) line(i int, name string, label lang.Key) drawn {
	f := field(e.f, at(i, name), e.v.T(label), "")
	f.ID, f.Off = idOf(f.ID), e.off
	if name == "emails" {
		f.Longest = 1000
	}
	return drawn{field: &f}
}

func (e *editor) digits(i int, name string, label lang.Key) drawn {
	f := whole(e.f, at(i, name), e.v.T(label), "", "")
	f.ID, f.Off = idOf(f.ID), e.off
	return drawn{field: &f}
}

func (e *editor) seconds(i int, name string, label lang.Key) drawn {
	d := e.digits(i, name, label)
	d.field.Unit = e.v.T("telephony.unit_seconds")
	return d
}

func (e *editor) check(i int, name string, label lang.Key) drawn {
	c := tick(e.f, at(i, name), e.v.T(label), "")
	c.ID, c.Off = idOf(c.ID), e.off
	return drawn{check: &c}
}

// choose is a list; a value that it does not have, such as a prompt that is gone, stands in it all the same.
func (e *editor) choose(i int, name string, label lang.Key, none string, choices []ui.Choice) drawn {
	s := pick(e.f, at(i, name), e.v.T(label), "", none, choices...)
	s.ID, s.Off = idOf(s.ID), e.off
	s.Choices = withValue(e.v.View, s.Choices, s.Value)
	return drawn{choose: &s}
}

func withValue(v *ui.View, choices []ui.Choice, value string) []ui.Choice {
	for _, c := range choices {
		if c.Value == value || value == "" {
			return choices
		}
	}
	if value == "" {
		return choices
	}
	return append(choices[:len(choices):len(choices)], ui.Choice{Value: value, Text: v.T("telephony.gone")})
}

// targetChoices are whom a step may ring.
func (e *editor) targetChoices() []ui.Choice {
	list := []ui.Choice{{Value: "address", Text: e.v.T("telephony.target_address")}}
	for _, d := range e.who.Departments {
		list = append(list, ui.Choice{Value: "department:" + string(d.ID), Text: e.v.T("telephony.target_department", lang.Values{"Name": d.Name})})
	}
	for _, one := range e.who.Employees {
		name := one.Name
		if one.Extension != "" {
			name += " · " + one.Extension
		}
		list = append(list, ui.Choice{Value: "employee:" + string(one.ID), Text: name})
	}
	for _, one := range e.who.Employees {
		for _, a := range one.Accounts {
			list = append(list, ui.Choice{Value: "account:" + a.UserName, Text: one.Name + ", " + accountName(e.v.View, one, a.UserName)})
		}
	}
	return list
}

// waitedFor tells whom a queue may ring: employees and departments.
func waitedFor(choice string) bool {
	kind, _, _ := strings.Cut(choice, ":")
	return kind == "employee" || kind == "department"
}

func (e *editor) targets(i int, targets []dialplan.Target, choices []ui.Choice, inTurn bool) (lines []targetLine) {
	n := len(targets)
	for j := range n + 1 {
		if j == n && e.off {
			break
		}
		l := targetLine{
			inTurn:  inTurn,
			to:      pick(e.f, lineAt(i, "t", j, "to"), e.v.T("telephony.target"), "", "", choices...),
			address: field(e.f, lineAt(i, "t", j, "address"), e.v.T("telephony.target_number"), ""),
			seconds: whole(e.f, lineAt(i, "t", j, "seconds"), e.v.T("telephony.ring_seconds_own"), "", e.v.T("telephony.unit_seconds")),
		}
		l.to.Choices = withValue(e.v.View, choices, l.to.Value)
		l.address.Placeholder, l.address.Longest = "+380 67 123 45 67", 128
		for _, id := range []*string{&l.to.ID, &l.address.ID, &l.seconds.ID} {
			*id = idOf(*id)
		}
		l.to.Off, l.address.Off, l.seconds.Off = e.off, e.off, e.off
		if j < n {
			l.up = e.tool("telephony.up", ui.IconUp, fmt.Sprintf("target_up:%d.%d", i, j), j == 0)
			l.down = e.tool("telephony.down", ui.IconDown, fmt.Sprintf("target_down:%d.%d", i, j), j == n-1)
			l.out = e.tool("telephony.drop", ui.IconClose, fmt.Sprintf("target_drop:%d.%d", i, j), false)
		} else {
			l.to.Any, l.to.Value = e.v.T("telephony.target_new"), ""
		}
		lines = append(lines, l)
	}
	return lines
}

func (e *editor) keys(i int, m *dialplan.IVRMenu) (lines []keyLine) {
	steps := append(e.stepChoices(), ui.Choice{Value: dialplan.End, Text: e.v.T("telephony.next_end")})
	var all []ui.Choice
	for _, key := range dialplan.Keys {
		all = append(all, ui.Choice{Value: string(key), Text: string(key)})
	}
	n := len(m.Choices)
	for j := range min(n+1, len(dialplan.Keys)) {
		l := keyLine{
			key: pick(e.f, lineAt(i, "k", j, "key"), e.v.T("telephony.key"), "", "", all...),
			to:  pick(e.f, lineAt(i, "k", j, "to"), e.v.T("telephony.key_to"), "", "", steps...),
		}
		l.key.ID, l.to.ID, l.key.Off, l.to.Off = idOf(l.key.ID), idOf(l.to.ID), e.off, e.off
		if j < n {
			l.out = e.tool("telephony.drop", ui.IconClose, fmt.Sprintf("key_drop:%d.%d", i, j), false)
		} else {
			l.key.Any, l.key.Value, l.to.Any, l.to.Value = e.v.T("telephony.key_new"), "", e.v.T("telephony.key_new_to"), ""
		}
		lines = append(lines, l)
	}
	return lines
}

// moment is the instant that the fields of the dry run name, in the project's zone; now where they name none.
func (p *pages) moment(v *cabinet.Visit, f *cabinet.Form) time.Time {
	zone := v.Project.Calendar.Zone(v.Project.Calendar.DayAt(v.At))
	at, err := time.ParseInLocation("2006-01-02 15:04", f.Get("try.date")+" "+f.Get("try.time"), zone)
	if err != nil {
		return v.At
	}
	return at
}
