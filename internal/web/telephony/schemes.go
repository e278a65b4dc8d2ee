package telephony

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// mostScheme bounds the form of a scheme, in bytes: its fields are as many as its steps.
const mostScheme = 2 << 20

func (p *pages) schemeRoutes() {
	view, edit, remove := cabinet.Project(access.View, access.Schemes), cabinet.Project(access.Edit, access.Schemes), cabinet.Project(access.Delete, access.Schemes)
	p.Handle("GET "+base, view, p.schemes)
	p.Handle("GET "+base+"/schemes/new", edit, p.askNewScheme)
	p.Handle("POST "+base+"/schemes/new", edit, p.makeScheme)
	p.Handle("GET "+base+"/schemes/{scheme}", view, p.scheme)
	p.Handle("POST "+base+"/schemes/{scheme}", edit.UpTo(mostScheme), p.editScheme)
	p.Handle("POST "+base+"/schemes/{scheme}/try", view.ForViewers().UpTo(mostScheme), p.tryScheme)
	p.Handle("POST "+base+"/schemes/{scheme}/discard", edit, p.discardScheme)
	p.Handle("GET "+base+"/schemes/{scheme}/remove", remove, p.askRemoveScheme)
	p.Handle("POST "+base+"/schemes/{scheme}/remove", remove, p.removeScheme)
	p.Handle("GET "+base+"/schemes/{scheme}/versions", view, p.versions)
	p.Handle("GET "+base+"/schemes/{scheme}/versions/{version}", view, p.version)
	p.Handle("POST "+base+"/schemes/{scheme}/versions/{version}", edit, p.rollBack)
}

func schemePath(v *cabinet.Visit, id routing.SchemeID) string {
	return v.Path(root + "/schemes/" + string(id))
}

// body is what an editor opens with: the draft, else the version that counts.
func (p *pages) body(ctx context.Context, q store.Querier, v *cabinet.Visit, sc routing.Scheme) (dialplan.RoutingScheme, error) {
	if sc.Draft != nil || sc.Live == 0 {
		if sc.Draft == nil {
			return dialplan.RoutingScheme{Format: dialplan.Format}, nil
		}
		return *sc.Draft, nil
	}
	live, err := routing.GetVersion(ctx, q, v.Project.ID, sc.ID, sc.Live)
	return live.Body, err
}

// schemes is GET /telephony: the schemes, what they do in words, and which numbers have them.
func (p *pages) schemes(v *cabinet.Visit) error {
	var r routes
	bodies := map[routing.SchemeID]dialplan.RoutingScheme{}
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if r, err = readRoutes(ctx, q, v); err != nil {
			return err
		}
		for _, sc := range r.schemes {
			if bodies[sc.ID], err = p.body(ctx, q, v, sc); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	pg := page(v, "")
	add := ui.Button{}
	if can(v, access.Schemes) {
		add = ui.Button{Text: v.T("telephony.scheme_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/schemes/new"), Dialog: true}
		pg.Actions = add.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("telephony.scheme"), Sortable: true, Fixed: true},
			{Key: "state", Title: v.T("telephony.state"), Sortable: true},
			{Key: "steps", Title: v.T("telephony.steps")},
			{Key: "numbers", Title: v.T("telephony.numbers")},
			{Key: "changed", Title: v.T("telephony.changed"), Sortable: true, Extra: true},
		}},
		Caption: v.T("telephony.schemes"), Right: access.Schemes, Count: v.N("telephony.schemes_count", len(r.schemes)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPhones, Title: v.T("telephony.no_schemes"), Text: v.T("telephony.no_schemes_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, sc := range r.schemes {
				rows = append(rows, cabinet.Row{ID: string(sc.ID), Href: schemePath(v, sc.ID), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(sc.Name), "state": stateOf(v.View, sc), "steps": cabinet.Text(stepWords(v.View, bodies[sc.ID])),
					"numbers": cabinet.Text(r.numbersOf(v.View, sc.ID)), "changed": cabinet.Moment(sc.ChangedAt),
				}})
			}
			return rows, nil
		}),
	})
}

func stateOf(v *ui.View, sc routing.Scheme) cabinet.Cell {
	switch {
	case sc.Live == 0:
		return cabinet.Status(ui.Warning, v.T("telephony.only_draft"))
	case sc.Draft != nil:
		return cabinet.Status(ui.Notice, v.T("telephony.live_and_draft", lang.Values{"Version": sc.Live}))
	}
	return cabinet.Status(ui.Good, v.T("telephony.live", lang.Values{"Version": sc.Live}))
}

var kindTexts = map[string]lang.Key{
	"ring": "telephony.step_ring", "menu": "telephony.step_menu", "queue": "telephony.step_queue", "say": "telephony.step_say",
	"voicemail": "telephony.step_voicemail", "hang_up": "telephony.step_hang_up", "code": "telephony.step_code",
}

// stepName is what people call a step: its own name, or what it does.
func stepName(v *ui.View, s dialplan.RouteStep) string {
	if s.Name != "" {
		return s.Name
	}
	if key, ok := kindTexts[s.Kind()]; ok {
		return v.T(key)
	}
	return s.ID
}

func stepWords(v *ui.View, body dialplan.RoutingScheme) string {
	words := make([]string, len(body.Steps))
	for i, s := range body.Steps {
		words[i] = stepName(v, s)
	}
	return strings.Join(words, " → ")
}

// numbersOf are the numbers that have a scheme, in one line.
func (r routes) numbersOf(v *ui.View, id routing.SchemeID) string {
	var words []string
	for _, n := range r.held {
		switch of := r.given[n]; id {
		case of.Scheme:
			words = append(words, v.Phone(phone.Number(n)))
		case of.Closed:
			words = append(words, v.T("telephony.number_closed", lang.Values{"Number": v.Phone(phone.Number(n))}))
		}
	}
	if r.settings.AfterHours == id {
		words = append(words, v.T("telephony.all_closed"))
	}
	return strings.Join(words, ", ")
}

// The beginnings of a new scheme.
const (
	startRing  = "ring"
	startMenu  = "menu"
	startQueue = "queue"
)

// newSchemeView is the form of a new scheme.
type newSchemeView struct {
	path, wrong string
	name        ui.Field
	start       ui.Radio
	back        ui.Button
}

func (p *pages) newScheme(v *cabinet.Visit, f *cabinet.Form) newSchemeView {
	view := newSchemeView{
		path: v.Path(root + "/schemes/new"), wrong: f.Wrong[""], back: ui.Button{Text: v.T("telephony.cancel"), Kind: ui.Quiet, Href: v.Path(root)},
		name: field(f, "name", v.T("telephony.name"), v.T("telephony.scheme_name_hint")),
		start: ui.Radio{ID: "start", Name: "start", Label: v.T("telephony.start"), Value: f.Get("start"), Choices: []ui.RadioChoice{
			{Value: startRing, Text: v.T("telephony.start_ring"), Hint: v.T("telephony.start_ring_hint")},
			{Value: startMenu, Text: v.T("telephony.start_menu"), Hint: v.T("telephony.start_menu_hint")},
			{Value: startQueue, Text: v.T("telephony.start_queue"), Hint: v.T("telephony.start_queue_hint")},
		}},
	}
	view.name.Required = true
	return view
}

// askNewScheme is GET /telephony/schemes/new.
func (p *pages) askNewScheme(v *cabinet.Visit) error {
	return v.Render(below(v, "", v.T("telephony.scheme_new")), newSchemePage(p.newScheme(v, cabinet.NewForm(map[string]string{"start": startRing}))))
}

// beginning is what a new scheme holds: everybody who is there rings, then a message is taken.
func beginning(start string, roster *staff.Roster) dialplan.RoutingScheme {
	var all []dialplan.Target
	for _, e := range roster.Employees {
		if len(all) < 20 {
			all = append(all, dialplan.Target{Employee: string(e.ID)})
		}
	}
	body := dialplan.RoutingScheme{Format: dialplan.Format}
	switch start {
	case startMenu:
		body.Steps = []dialplan.RouteStep{
			{ID: "s1", Menu: &dialplan.IVRMenu{Choices: map[string]string{"1": "s2"}, TimeoutSeconds: 5, Repeats: 1}},
			{ID: "s2", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: all}},
		}
	case startQueue:
		body.Steps = []dialplan.RouteStep{
			{ID: "s1", Queue: &dialplan.Queue{Queue: "main", Strategy: dialplan.LongestIdle, Targets: all, RingSeconds: 20, MaxWaitSeconds: 600}},
			{ID: "s2", Voicemail: &dialplan.Voicemail{MaxSeconds: 120}},
		}
	default:
		body.Steps = []dialplan.RouteStep{{ID: "s1", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: all}}}
	}
	return body
}

// makeScheme is POST /telephony/schemes/new, with name and start: the editor opens.
func (p *pages) makeScheme(v *cabinet.Visit) error {
	f := v.Form()
	var made routing.Scheme
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		roster, err := staff.ReadRoster(ctx, tx, v.Project.ID)
		if err != nil {
			return err
		}
		made, err = p.Routing.Make(ctx, tx, v.Permit, f.Get("name"), beginning(f.Get("start"), roster), v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := f.Refuse(v, err, "name"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "", v.T("telephony.scheme_new")), newSchemePage(p.newScheme(v, f)))
	}
	if err != nil {
		return err
	}
	return v.Done(schemePath(v, made.ID), ui.Toast{Text: v.T("telephony.scheme_made", lang.Values{"Name": made.Name})})
}

func (p *pages) chosenScheme(v *cabinet.Visit) (sc routing.Scheme, err error) {
	return sc, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		sc, err = routing.GetScheme(ctx, q, v.Project.ID, routing.SchemeID(v.R.PathValue("scheme")))
		return err
	})
}

// discardScheme is POST /telephony/schemes/{scheme}/discard: the draft goes, what counts stays.
func (p *pages) discardScheme(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Routing.Discard(ctx, tx, v.Permit, sc.ID, v.At)
		return err
	})
	if err != nil {
		return err
	}
	return v.Done(schemePath(v, sc.ID), ui.Toast{Text: v.T("telephony.draft_discarded")})
}

// askRemoveScheme is GET /telephony/schemes/{scheme}/remove.
func (p *pages) askRemoveScheme(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("telephony.scheme_remove_title", lang.Values{"Name": sc.Name}), Text: v.T("telephony.scheme_remove_text"), Action: schemePath(v, sc.ID) + "/remove",
		Yes: v.T("telephony.scheme_remove"), No: schemePath(v, sc.ID), Danger: true,
	}
	return v.Render(below(v, "", ask.Title), ask.Draw())
}

// removeScheme is POST /telephony/schemes/{scheme}/remove.
func (p *pages) removeScheme(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error { return p.Routing.Delete(ctx, tx, v.Permit, sc.ID, v.At) })
	if err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{Text: v.T("telephony.scheme_removed", lang.Values{"Name": sc.Name})})
}

// versions is GET /telephony/schemes/{scheme}/versions, newest first.
func (p *pages) versions(v *cabinet.Visit) error {
	sc, err := p.chosenScheme(v)
	if err != nil {
		return err
	}
	var list []routing.Version
	names := map[account.UserID]account.User{}
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if list, err = routing.Versions(ctx, q, v.Project.ID, sc.ID); err != nil {
			return err
		}
		var ids []account.UserID
		for _, one := range list {
			if id, ok := strings.CutPrefix(one.PublishedBy, "user "); ok {
				ids = append(ids, account.UserID(id))
			}
		}
		names, err = account.Users(ctx, q, ids)
		return err
	})
	if err != nil {
		return err
	}
	pg := below(v, "", v.T("telephony.versions"), ui.Link{Text: sc.Name, Href: schemePath(v, sc.ID)})
	pg.Narrow = false
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "version", Columns: []ui.Column{
			{Key: "version", Title: v.T("telephony.version"), Sortable: true, Fixed: true, Numeric: true},
			{Key: "state", Title: v.T("telephony.state")},
			{Key: "at", Title: v.T("telephony.published_at"), Sortable: true},
			{Key: "by", Title: v.T("telephony.published_by")},
			{Key: "steps", Title: v.T("telephony.steps")},
		}},
		Caption: v.T("telephony.versions"), Right: access.Schemes, Count: v.N("telephony.versions_count", len(list)), Short: true,
		Empty: ui.Empty{Icon: ui.IconRows, Title: v.T("telephony.no_versions"), Text: v.T("telephony.no_versions_text")},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, one := range list {
				row := cabinet.Row{ID: itoa(one.Version), Href: schemePath(v, sc.ID) + "/versions/" + itoa(one.Version), Cells: map[string]cabinet.Cell{
					"version": cabinet.Int(one.Version), "at": cabinet.Moment(one.PublishedAt), "by": cabinet.Text(publisher(v.View, names, one.PublishedBy)), "steps": cabinet.Text(stepWords(v.View, one.Body)),
				}}
				if one.Version == sc.Live {
					row.Cells["state"] = cabinet.Status(ui.Good, v.T("telephony.counts"))
				} else if one.Again > 0 {
					row.Cells["state"] = cabinet.Text(v.T("telephony.again", lang.Values{"Version": one.Again}))
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

func publisher(v *ui.View, names map[account.UserID]account.User, by string) string {
	if id, ok := strings.CutPrefix(by, "user "); ok {
		if u, known := names[account.UserID(id)]; known {
			return u.Name
		}
		return id
	}
	if id, ok := strings.CutPrefix(by, "key "); ok {
		return v.T("telephony.by_key", lang.Values{"Key": id})
	}
	return by
}

// versionView is what stands on the page of a version.
type versionView struct {
	live, path string
	lines      []differLine
	counts     bool
	may        bool
	version    int
	wrong      string
}

// version is GET /telephony/schemes/{scheme}/versions/{version}: how it differs from what counts, and the way back to it.
func (p *pages) version(v *cabinet.Visit) error {
	sc, one, live, err := p.chosenVersion(v)
	if err != nil {
		return err
	}
	view, err := p.versionView(v, sc, one, live)
	if err != nil {
		return err
	}
	return v.Render(p.versionPageOf(v, sc, one), versionPage(view))
}

func (p *pages) versionPageOf(v *cabinet.Visit, sc routing.Scheme, one routing.Version) ui.Page {
	return below(v, "", v.T("telephony.version_title", lang.Values{"Version": one.Version}),
		ui.Link{Text: sc.Name, Href: schemePath(v, sc.ID)}, ui.Link{Text: v.T("telephony.versions"), Href: schemePath(v, sc.ID) + "/versions"})
}

func (p *pages) versionView(v *cabinet.Visit, sc routing.Scheme, one, live routing.Version) (versionView, error) {
	d, err := p.describer(v)
	return versionView{
		path: schemePath(v, sc.ID) + "/versions/" + itoa(one.Version), counts: one.Version == sc.Live, may: can(v, access.Schemes), version: one.Version,
		live: itoa(sc.Live), lines: differ(d.lines(live.Body), d.lines(one.Body)),
	}, err
}

func (p *pages) chosenVersion(v *cabinet.Visit) (sc routing.Scheme, one, live routing.Version, err error) {
	if sc, err = p.chosenScheme(v); err != nil {
		return sc, one, live, err
	}
	n, _ := strconv.Atoi(v.R.PathValue("version")) // what is no number is no version
	return sc, one, live, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if one, err = routing.GetVersion(ctx, q, v.Project.ID, sc.ID, n); err != nil {
			return err
		}
		live, err = routing.GetVersion(ctx, q, v.Project.ID, sc.ID, sc.Live)
		return err
	})
}

// rollBack is POST /telephony/schemes/{scheme}/versions/{version}: it counts again, as a new version.
func (p *pages) rollBack(v *cabinet.Visit) error {
	sc, one, live, err := p.chosenVersion(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Routing.RollBack(ctx, tx, v.Permit, sc.ID, one.Version, v.At)
		return err
	})
	if problems := dialplan.Problems(err); len(problems) > 0 && problems[0].Kind != errs.Internal {
		view, err := p.versionView(v, sc, one, live)
		if err != nil {
			return err
		}
		view.wrong = problemText(v, p.Routing.Priced(v.Context(), v.Project.ID, problems[0], v.At))
		return v.RenderWrong(p.versionPageOf(v, sc, one), versionPage(view))
	}
	if err != nil {
		return err
	}
	p.forgetPlans(v)
	return v.Done(schemePath(v, sc.ID), ui.Toast{
		Text: v.T("telephony.rolled_back", lang.Values{"Version": one.Version}), Undo: schemePath(v, sc.ID) + "/versions/" + itoa(sc.Live),
	})
}

// forgetPlans makes a change of schemes count at once on this node.
func (p *pages) forgetPlans(v *cabinet.Visit) {
	if r, err := p.routesOf(v); err == nil {
		p.Routing.Changed(v.Project.ID, slices.Clone(r.held)...)
	}
}
