package tracking

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// mostRules bounds the form of rules, in bytes: its fields are as many as their conditions.
const mostRules = 2 << 20

func (p *pages) ruleRoutes() {
	view, edit := cabinet.Project(access.View, access.Pools), cabinet.Project(access.Edit, access.Pools)
	p.Handle("GET "+base+"/sites/{site}/rules", view, p.rules)
	p.Handle("POST "+base+"/sites/{site}/rules", edit.UpTo(mostRules), p.editRules)
	p.Handle("POST "+base+"/sites/{site}/try", view.ForViewers().UpTo(mostRules), p.try)
	p.Handle("GET "+base+"/sites/{site}/versions", view, p.versions)
	p.Handle("GET "+base+"/sites/{site}/versions/{version}", view, p.version)
	p.Handle("POST "+base+"/sites/{site}/versions/{version}", edit, p.bringBack)
}

// editorView is what stands on the page of a site's rules.
type editorView struct {
	path, wrong string
	off         bool
	unsaved     bool
	state       cabinet.Cell
	versions    ui.Button
	basis       string
	cards       []ruleCard
	side        sideView
}

// ruleCard is a rule as it is filled in.
type ruleCard struct {
	index         int
	id, holidays  string
	title         string
	name          ui.Field
	off           ui.Check
	when          groupView
	show          []ui.Select
	days          []ui.Field
	scheduled     bool
	up, down, out ui.Button
	wrong         string
}

// frame is what the rules and the visit that is tried out stand in.
func (e editorView) frame(v *ui.View) ui.Editor {
	f := ui.Editor{
		Path: e.path, Locked: e.off, Wrong: e.wrong, State: e.state.Show, Tools: []templ.Component{e.versions.Draw()},
		Trial: v.T("tracking.try_title"), Fields: e.side.fields(), Try: v.T("tracking.try_do"), TryPath: e.side.path, Outcome: sidePart(e.side),
	}
	if e.unsaved {
		f.Unsaved = v.T("tracking.unsaved")
	}
	return f
}

// frame is what the conditions of a rule stand in.
func (c ruleCard) frame(v *ui.View, off bool) ui.StepCard {
	f := ui.StepCard{ID: "rule-" + c.id, Index: c.index, Spoken: v.T("tracking.rule_n", lang.Values{"Number": c.index + 1}), Title: c.title}
	if c.off.On {
		f.Badges = append(f.Badges, ui.Badge(ui.Neutral, v.T("tracking.rule_off")))
	}
	if c.wrong != "" {
		f.Wrong = []string{c.wrong}
	}
	if !off {
		f.Tools = []ui.Button{c.up, c.down, c.out}
	}
	return f
}

// groupView is conditions that hold together.
type groupView struct {
	at         string
	depth      int
	any        ui.Select
	count      int // of conditions, without the spare line
	conditions []conditionView
	groups     []groupView
	add, out   ui.Button
}

type conditionView struct {
	field, op    ui.Select
	name, values ui.Field
	out          ui.Button
}

var fieldKeys = map[swap.Field]lang.Key{
	swap.Entry: "tracking.field_entry", swap.Host: "tracking.field_host", swap.Param: "tracking.field_param", swap.Referrer: "tracking.field_referrer",
	swap.Source: "tracking.source", swap.Medium: "tracking.medium", swap.Campaign: "tracking.campaign", swap.Term: "tracking.field_term", swap.Content: "tracking.field_content",
	swap.Channel: "tracking.field_channel", swap.Traffic: "tracking.field_traffic", swap.Country: "tracking.field_country", swap.Region: "tracking.field_region",
	swap.City: "tracking.field_city", swap.Language: "tracking.field_language", swap.Device: "tracking.field_device", swap.Address: "tracking.field_ip", swap.Custom: "tracking.field_custom",
}

// opKeys are the comparisons, each with its reverse.
var opKeys = map[swap.Op][2]lang.Key{
	swap.Is: {"tracking.op_is", "tracking.op_is_not"}, swap.Contains: {"tracking.op_contains", "tracking.op_contains_not"}, swap.Begins: {"tracking.op_begins", "tracking.op_begins_not"},
	swap.Ends: {"tracking.op_ends", "tracking.op_ends_not"}, swap.Matches: {"tracking.op_matches", "tracking.op_matches_not"},
	swap.Present: {"tracking.op_present", "tracking.op_present_not"}, swap.In: {"tracking.op_in", "tracking.op_in_not"},
}

func fields(v *ui.View) (list []ui.Choice) {
	for _, one := range swap.Fields {
		list = append(list, ui.Choice{Value: string(one), Text: v.T(fieldKeys[one])})
	}
	return list
}

func ops(v *ui.View) (list []ui.Choice) {
	for i, prefix := range []string{"", "not_"} {
		for _, one := range swap.Ops {
			list = append(list, ui.Choice{Value: prefix + string(one), Text: v.T(opKeys[one][i])})
		}
	}
	return list
}

// rulesOf reads a site and the rules in force on it.
func (p *pages) rulesOf(v *cabinet.Visit) (site tracking.Site, rules tracking.Rules, s stock, err error) {
	if site, err = p.chosenSite(v); err != nil {
		return site, rules, s, err
	}
	if s, err = p.stockOf(v); err != nil {
		return site, rules, s, err
	}
	return site, rules, s, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		rules, err = tracking.GetRules(ctx, q, v.Project.ID, site.ID)
		return err
	})
}

// rules is GET /tracking/sites/{site}/rules: the editor, with the tester beside it.
func (p *pages) rules(v *cabinet.Visit) error {
	site, rules, s, err := p.rulesOf(v)
	if err != nil {
		return err
	}
	f := rulesForm(rules.Rules, rules.Version)
	p.suggest(v, f, site)
	e := p.editor(v, site, rules, s, f)
	return v.Render(p.editorPageOf(v, site), editorPage(e))
}

func (p *pages) editorPageOf(v *cabinet.Visit, site tracking.Site) ui.Page {
	pg := belowSite(v, site, v.T("tracking.rules"))
	pg.Narrow, pg.Lead = false, v.T("tracking.rules_lead")
	return pg
}

func (p *pages) editor(v *cabinet.Visit, site tracking.Site, rules tracking.Rules, s stock, f *cabinet.Form) editorView {
	e := editorView{
		path: sitePath(v, site.ID, "/rules"), wrong: f.Wrong[""], off: !mayEdit(v), basis: f.Get("basis"),
		state:    cabinet.Status(ui.Good, v.T("tracking.version_in_force", lang.Values{"Version": rules.Version})),
		versions: ui.Button{Text: v.T("tracking.versions"), Kind: ui.Quiet, Small: true, Href: sitePath(v, site.ID, "/versions")},
	}
	if rules.Version == 0 {
		e.state = cabinet.Status(ui.Neutral, v.T("tracking.no_rules"))
	}
	n := max(number(f, "rules"), 0)
	for i := range n {
		e.cards = append(e.cards, e.card(v, site, s, f, i, n))
	}
	e.side = p.sideOf(v, site, s, f)
	return e
}

func (e *editorView) card(v *cabinet.Visit, site tracking.Site, s stock, f *cabinet.Form, i, n int) ruleCard {
	c := ruleCard{
		index: i, id: f.Get(ruleName(i, "id")), holidays: f.Get(ruleName(i, "holidays")), wrong: f.Wrong[fmt.Sprintf("rules[%d]", i)],
		title: f.Get(ruleName(i, "name")), name: field(f, ruleName(i, "name"), v.T("tracking.rule_name"), ""), off: tick(f, ruleName(i, "off"), v.T("tracking.rule_off"), ""),
		when: groupOfForm(v, f, whenOf(i), 1),
	}
	if c.title == "" {
		c.title = v.T("tracking.rule_unnamed")
	}
	c.name.Longest = 100
	for _, t := range site.Targets {
		c.show = append(c.show, showPick(v, f, ruleName(i, "show."+t.ID), t.Name, s))
	}
	for _, d := range weekdays {
		day := field(f, ruleName(i, "day."+string(d)), v.T(dayKeys[string(d)]), "")
		day.Placeholder = "09:00–18:00"
		c.scheduled = c.scheduled || day.Value != ""
		c.days = append(c.days, day)
	}
	tool := func(icon ui.Icon, text lang.Key, verb string, able bool) ui.Button {
		return ui.Button{Text: v.T(text, lang.Values{"Name": c.title}), Icon: icon, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: verb + ":" + itoa(i), Off: !able}
	}
	c.up, c.down, c.out = tool(ui.IconUp, "tracking.move_up", "up", i > 0), tool(ui.IconDown, "tracking.move_down", "down", i < n-1), tool(ui.IconClose, "tracking.take_out", "drop", true)
	return c
}

var dayKeys = map[string]lang.Key{
	"mon": "tracking.mon", "tue": "tracking.tue", "wed": "tracking.wed", "thu": "tracking.thu", "fri": "tracking.fri", "sat": "tracking.sat", "sun": "tracking.sun",
}

// showPick chooses what a target shows.
func showPick(v *cabinet.Visit, f *cabinet.Form, name, target string, s stock) ui.Select {
	choices := []ui.Choice{{Value: string(swap.Keep), Text: v.T("tracking.show_keep")}}
	for _, one := range s.pools {
		choices = append(choices, ui.Choice{Value: "pool:" + string(one.ID), Text: v.T("tracking.show_pool", lang.Values{"Name": one.Name})})
	}
	for _, n := range s.held {
		if s.uses[n].Pool == "" {
			choices = append(choices, ui.Choice{Value: "number:" + string(n), Text: v.T("tracking.show_number", lang.Values{"Number": v.Phone(n)})})
		}
	}
	return pick(f, name, v.T("tracking.shows", lang.Values{"Target": target}), "", v.T("tracking.show_nothing"), choices...)
}

func groupOfForm(v *cabinet.Visit, f *cabinet.Form, at string, depth int) groupView {
	g := groupView{at: at, depth: depth, count: min(max(number(f, at+".conditions"), 0), mostConditions-1)}
	g.any = pick(f, at+".any", v.T("tracking.joined"), "", v.T("tracking.joined_all"), ui.Choice{Value: "on", Text: v.T("tracking.joined_any")})
	for j := range g.count + 1 {
		line := conditionAt(at, j)
		c := conditionView{
			field: pick(f, line+".field", v.T("tracking.condition"), "", v.T("tracking.condition_none"), fields(v.View)...),
			op:    pick(f, line+".op", v.T("tracking.op"), "", "", ops(v.View)...),
			name:  field(f, line+".name", v.T("tracking.condition_name"), ""), values: field(f, line+".values", v.T("tracking.values"), ""),
		}
		c.name.Placeholder, c.values.Longest = "utm_term", 50_000
		offer(v.View, &c.values, swap.Field(f.Get(line+".field")))
		if j < g.count {
			c.out = ui.Button{Text: v.T("tracking.condition_out"), Icon: ui.IconClose, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: "out:" + line}
		}
		g.conditions = append(g.conditions, c)
	}
	if depth < deepest {
		for j := range min(max(number(f, at+".groups"), 0), mostConditions) {
			g.groups = append(g.groups, groupOfForm(v, f, groupAt(at, j), depth+1))
		}
		g.add = ui.Button{Text: v.T("tracking.group_add"), Icon: ui.IconPlus, Kind: ui.Quiet, Small: true, Name: "do", Value: "group:" + at}
	}
	if depth > 1 {
		g.out = ui.Button{Text: v.T("tracking.group_out"), Icon: ui.IconClose, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: "out:" + at}
	}
	return g
}

// editRules is POST /tracking/sites/{site}/rules: they are put in force (do=save), or the form is shown again with what a button did to it.
func (p *pages) editRules(v *cabinet.Visit) error {
	site, rules, s, err := p.rulesOf(v)
	if err != nil {
		return err
	}
	f := v.Form()
	wish := readRules(v.View, f, site)
	if do := f.Get("do"); do != "save" && do != "" {
		writeRules(f, alter(wish, do, v.T("tracking.rule_new"), site))
		e := p.editor(v, site, rules, s, f)
		e.unsaved = true
		return v.Render(p.editorPageOf(v, site), editorPage(e))
	}
	basis, _ := strconv.ParseInt(f.Get("basis"), 10, 64) // what is no version was not read by anybody
	var made tracking.Rules
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Tracking.SetRules(ctx, tx, v.Permit, site.ID, wish, basis, v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := refuseRules(v, f, err, len(wish)); err != nil {
			return err
		}
		e := p.editor(v, site, rules, s, f)
		e.unsaved = true
		return v.RenderWrong(p.editorPageOf(v, site), editorPage(e))
	}
	if err != nil {
		return err
	}
	toast := ui.Toast{Text: v.T("tracking.rules_saved", lang.Values{"Version": made.Version})}
	if basis > 0 {
		toast.Undo = sitePath(v, site.ID, "/versions/"+strconv.FormatInt(basis, 10))
	}
	return v.Done(sitePath(v, site.ID, "/rules"), toast)
}

// refuseRules notes a mistake beside the rule that it is in.
func refuseRules(v *cabinet.Visit, f *cabinet.Form, err error, n int) error {
	if err := f.Refuse(v, err); err != nil {
		return err
	}
	var e *errs.Error
	ok := errors.As(err, &e)
	for i := range n {
		place := fmt.Sprintf("rules[%d]", i)
		if ok && (e.Where == place || strings.HasPrefix(e.Where, place+".")) {
			f.Wrong[place] = f.Wrong[""]
			f.Wrong[""] = v.T("tracking.not_saved")
		}
	}
	return nil
}

// versions is GET /tracking/sites/{site}/versions.
func (p *pages) versions(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	var all []tracking.Rules
	names := map[string]string{}
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if all, err = tracking.History(ctx, q, v.Project.ID, site.ID); err != nil {
			return err
		}
		for _, one := range all {
			if id, ok := strings.CutPrefix(one.By, "user "); ok && names[one.By] == "" {
				u, err := account.GetUser(ctx, q, account.UserID(id))
				if err != nil && errs.KindOf(err) != errs.NotFound {
					return err
				}
				names[one.By] = u.Name
			}
		}
		return nil
	}); err != nil {
		return err
	}
	pg := belowSite(v, site, v.T("tracking.versions"))
	pg.Narrow = false
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "-version", Columns: []ui.Column{
			{Key: "version", Title: v.T("tracking.version"), Numeric: true, Sortable: true, Fixed: true},
			{Key: "at", Title: v.T("tracking.since"), Sortable: true},
			{Key: "by", Title: v.T("tracking.by")},
			{Key: "rules", Title: v.T("tracking.rules")},
		}},
		Caption: v.T("tracking.versions"), Right: access.Pools, Count: v.N("tracking.versions_count", len(all)), Short: true,
		Empty: ui.Empty{Icon: ui.IconBook, Title: v.T("tracking.no_rules"), Text: v.T("tracking.no_rules_text"), Action: ui.Button{Text: v.T("tracking.to_rules"), Href: sitePath(v, site.ID, "/rules")}},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, one := range all {
				var words []string
				for _, r := range one.Rules {
					words = append(words, r.Name)
				}
				version := strconv.FormatInt(one.Version, 10)
				by := names[one.By]
				if by == "" {
					by = one.By
				}
				rows = append(rows, cabinet.Row{ID: version, Href: sitePath(v, site.ID, "/versions/"+version), Cells: map[string]cabinet.Cell{
					"version": cabinet.Int(int(one.Version)), "at": cabinet.Moment(one.At), "by": cabinet.Text(by), "rules": cabinet.Text(strings.Join(words, " → ")),
				}})
			}
			return rows, nil
		}),
	})
}

// versionView is what stands on the page of a version.
type versionView struct {
	path   string
	number int64
	counts bool
	may    bool
	rules  []ruleWords
}

// ruleWords is a rule in words.
type ruleWords struct {
	name  string
	off   bool
	when  string
	shows []string
}

func (p *pages) chosenVersion(v *cabinet.Visit) (site tracking.Site, one, live tracking.Rules, err error) {
	if site, err = p.chosenSite(v); err != nil {
		return site, one, live, err
	}
	n, _ := strconv.ParseInt(v.R.PathValue("version"), 10, 64) // what is no number is no version
	return site, one, live, v.Read(func(ctx context.Context, q store.Querier) error {
		all, err := tracking.History(ctx, q, v.Project.ID, site.ID)
		if err != nil {
			return err
		}
		for _, known := range all {
			if known.Version == n {
				one, live = known, all[0]
				return nil
			}
		}
		return errs.New(errs.NotFound, "tracking.no_version", "there is no such version of the rules").Try("look at the list of versions")
	})
}

// version is GET /tracking/sites/{site}/versions/{version}: its rules in words, and the way back to it.
func (p *pages) version(v *cabinet.Visit) error {
	site, one, live, err := p.chosenVersion(v)
	if err != nil {
		return err
	}
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	view := versionView{path: sitePath(v, site.ID, "/versions/"+strconv.FormatInt(one.Version, 10)), number: one.Version, counts: one.Version == live.Version, may: mayEdit(v)}
	for _, r := range one.Rules {
		words := ruleWords{name: r.Name, off: r.Off, when: whenWords(v.View, r.When)}
		for _, show := range r.Show {
			words.shows = append(words.shows, nameOfTarget(site, show.Target)+": "+showWords(v.View, show, s))
		}
		view.rules = append(view.rules, words)
	}
	return v.Render(belowSite(v, site, v.T("tracking.version_title", lang.Values{"Version": one.Version})), versionPage(view))
}

// bringBack is POST /tracking/sites/{site}/versions/{version}: its rules are in force again, as a new version.
func (p *pages) bringBack(v *cabinet.Visit) error {
	site, one, live, err := p.chosenVersion(v)
	if err != nil {
		return err
	}
	var made tracking.Rules
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Tracking.SetRules(ctx, tx, v.Permit, site.ID, one.Rules, live.Version, v.At)
		return err
	}); err != nil {
		return err
	}
	return v.Done(sitePath(v, site.ID, "/rules"), ui.Toast{
		Text: v.T("tracking.brought_back", lang.Values{"Old": one.Version, "Version": made.Version}), Undo: sitePath(v, site.ID, "/versions/"+strconv.FormatInt(live.Version, 10)),
	})
}

func nameOfTarget(site tracking.Site, id string) string {
	for _, t := range site.Targets {
		if t.ID == id {
			return t.Name
		}
	}
	return id
}

// showWords says what is shown.
func showWords(v *ui.View, s swap.Showing, of stock) string {
	switch s.Do {
	case swap.Lease:
		return v.T("tracking.show_pool", lang.Values{"Name": of.poolName(tracking.PoolID(s.Pool))})
	case swap.Fixed:
		return v.T("tracking.show_number", lang.Values{"Number": v.Phone(s.Number)})
	}
	return v.T("tracking.show_keep")
}

// whenWords says a group in words: "source is google AND (city is Kyiv OR city is Lviv)".
func whenWords(v *ui.View, g swap.Group) string {
	var words []string
	for _, c := range g.Conditions {
		words = append(words, conditionWords(v, c))
	}
	for _, inner := range g.Groups {
		words = append(words, "("+whenWords(v, inner)+")")
	}
	if len(words) == 0 {
		return v.T("tracking.everybody")
	}
	joint := v.T("tracking.and")
	if g.Any {
		joint = v.T("tracking.or")
	}
	return strings.Join(words, " "+joint+" ")
}

func conditionWords(v *ui.View, c swap.Condition) string {
	i := 0
	if c.Not {
		i = 1
	}
	words := []string{v.T(fieldKeys[c.Field])}
	if c.Name != "" {
		words = append(words, "“"+c.Name+"”")
	}
	words = append(words, v.T(opKeys[c.Op][i]))
	if len(c.Values) > 0 {
		words = append(words, strings.Join(inWords(v, c.Field, c.Values), ", "))
	}
	return strings.Join(words, " ")
}
