package tracking

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) poolRoutes() {
	view, edit, remove := cabinet.Project(access.View, access.Pools), cabinet.Project(access.Edit, access.Pools), cabinet.Project(access.Delete, access.Pools)
	p.Handle("GET "+base+"/pools", view, p.pools)
	p.Handle("GET "+base+"/pools/new", edit, p.askPool)
	p.Handle("POST "+base+"/pools/new", edit, p.addPool)
	p.Handle("GET "+base+"/pools/{pool}", view, p.pool)
	p.Handle("POST "+base+"/pools/{pool}", edit, p.editPool)
	p.Handle("GET "+base+"/pools/{pool}/health", view, p.poolHealth)
	p.Handle("POST "+base+"/pools/{pool}/numbers", edit, p.addNumbers)
	p.Handle("GET "+base+"/pools/{pool}/remove", remove, p.askRemovePool)
	p.Handle("POST "+base+"/pools/{pool}/remove", remove, p.removePool)
}

func poolPath(v *cabinet.Visit, id tracking.PoolID, below string) string {
	return v.Path(root + "/pools/" + string(id) + below)
}

// stock is what the project has for call tracking.
type stock struct {
	pools []tracking.Pool
	uses  map[phone.Number]tracking.Use
	held  []phone.Number // tracking numbers of the project, in the order of renting
}

func (p *pages) stockOf(v *cabinet.Visit) (s stock, err error) {
	return s, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		s = stock{uses: map[phone.Number]tracking.Use{}}
		if s.pools, err = tracking.Pools(ctx, q, v.Project.ID); err != nil {
			return err
		}
		uses, err := tracking.Uses(ctx, q, v.Project.ID)
		if err != nil {
			return err
		}
		for _, u := range uses {
			s.uses[u.Number] = u
		}
		held, err := p.Billing.Numbers(ctx, q, v.Project.ID)
		for _, h := range held {
			if h.Use == "tracking" {
				s.held = append(s.held, phone.Number(h.Number))
			}
		}
		return err
	})
}

// members are the numbers of a pool, by number.
func (s stock) members(id tracking.PoolID) (list []tracking.Use) {
	for _, u := range s.uses {
		if u.Pool == id {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b tracking.Use) int { return strings.Compare(string(a.Number), string(b.Number)) })
	return list
}

// free are the numbers that are for nothing yet.
func (s stock) free() (list []phone.Number) {
	for _, n := range s.held {
		if u := s.uses[n]; u.Pool == "" && u.Sign == nil {
			list = append(list, n)
		}
	}
	return list
}

func (s stock) poolName(id tracking.PoolID) string {
	for _, p := range s.pools {
		if p.ID == id {
			return p.Name
		}
	}
	return string(id)
}

// pools is GET /tracking/pools: each with how it fares.
func (p *pages) pools(v *cabinet.Visit) error {
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	healths := map[tracking.PoolID]tracking.Health{}
	for _, one := range s.pools {
		if healths[one.ID], err = tracking.HealthOf(v.Context(), p.Events, v.Project.ID, one, s.members(one.ID), v.At); err != nil {
			return err
		}
	}
	var ids []tracking.PoolID
	for _, one := range s.pools {
		ids = append(ids, one.ID)
	}
	accuracies, err := tracking.Accuracies(v.Context(), p.Events, v.Project.ID, ids, v.At.Add(-tracking.MeasuredOver), v.At)
	if err != nil {
		return err
	}
	pg, add := page(v, "/pools"), ui.Button{}
	if mayEdit(v) {
		add = ui.Button{Text: v.T("tracking.pool_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/pools/new")}
		pg.Actions = add.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("tracking.pool"), Sortable: true, Fixed: true},
			{Key: "state", Title: v.T("tracking.state"), Sortable: true},
			{Key: "live", Title: v.T("tracking.live"), Numeric: true, Sortable: true},
			{Key: "free", Title: v.T("tracking.free"), Numeric: true, Sortable: true},
			{Key: "numbers", Title: v.T("tracking.numbers"), Numeric: true, Sortable: true},
			{Key: "leases", Title: v.T("tracking.leases"), Hint: v.T("tracking.last_day"), Numeric: true, Sortable: true},
			{Key: "overload", Title: v.T("tracking.overload"), Hint: v.T("tracking.overload_hint"), Numeric: true, Sortable: true},
			{Key: "accuracy", Title: v.T("tracking.right_sources"), Hint: v.T("tracking.accuracy_why"), Numeric: true},
			{Key: "interval", Title: v.T("tracking.certain_range"), Numeric: true},
			{Key: "visits", Title: v.T("tracking.right_visits"), Numeric: true, Extra: true},
			{Key: "checked", Title: v.T("tracking.calls_checked"), Numeric: true, Sortable: true, Extra: true},
			{Key: "promised", Title: v.T("tracking.target"), Numeric: true, Extra: true},
			{Key: "hold", Title: v.T("tracking.hold"), Numeric: true, Extra: true},
			{Key: "overflow", Title: v.T("tracking.overflow"), Extra: true},
		}},
		Caption: v.T("tracking.pools"), Right: access.Pools, Count: v.N("tracking.pools_count", len(s.pools)), Short: true,
		Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("tracking.no_pools"), Text: v.T("tracking.no_pools_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, one := range s.pools {
				h := healths[one.ID]
				row := cabinet.Row{ID: string(one.ID), Href: poolPath(v, one.ID, ""), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(one.Name), "state": fares(v.View, h), "live": cabinet.Int(h.Live), "free": cabinet.Int(h.Free), "numbers": cabinet.Int(len(h.Numbers)),
					"leases": cabinet.Int(int(h.Leases)), "overload": cabinet.Int(int(h.Overload)), "hold": cabinet.Int(int(one.HoldSeconds)),
				}}
				addAccuracy(v, row.Cells, one, accuracies[one.ID])
				if one.Overflow != "" {
					row.Cells["overflow"] = phoneCell(one.Overflow)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// addAccuracy adds how often a pool was right; nothing where nothing could be checked.
func addAccuracy(v *cabinet.Visit, cells map[string]cabinet.Cell, one tracking.Pool, a tracking.Accuracy) {
	cells["promised"], cells["checked"] = shareCell(v, float64(one.Target)/100), cabinet.Int(int(a.Checked))
	if a.Source.Sole.Total()+a.Source.Truths.Total() > 0 {
		interval := a.Source.Accuracy()
		cells["accuracy"], cells["interval"] = shareCell(v, interval.Share), cabinet.Text(percent(v, interval.Low)+" – "+percent(v, interval.High))
	}
	if a.Visit.Sole.Total()+a.Visit.Truths.Total() > 0 {
		cells["visits"] = shareCell(v, a.Visit.Accuracy().Share)
	}
}

func shareCell(v *cabinet.Visit, share float64) cabinet.Cell { return cabinet.Text(percent(v, share)) }

func phoneCell(n phone.Number) cabinet.Cell { return cabinet.Shown(ui.PhoneText(n), string(n)) }

// tight is the share of visits without a free number from which a pool is too small (Rule C-09).
const tight = 100

func fares(v *ui.View, h tracking.Health) cabinet.Cell {
	switch {
	case len(h.Numbers) == 0:
		return cabinet.Status(ui.Warning, v.T("tracking.pool_empty"))
	case h.Overload*tight > max(h.Leases, 1):
		return cabinet.Status(ui.Bad, v.T("tracking.pool_small"))
	case h.Free == 0:
		return cabinet.Status(ui.Warning, v.T("tracking.pool_full"))
	}
	return cabinet.Status(ui.Good, v.T("tracking.pool_well"))
}

// poolView is what stands on the page of a pool.
type poolView struct {
	path, wrong, save string
	isNew, off        bool
	open              bool   // the settings, because something in them is wrong
	brief             string // what they come down to

	name, hold, perAddress ui.Field
	target, rest           ui.Field
	growth                 growthFields
	overflow               ui.Select
	health                 healthView
	accuracy               accuracyView
	credits                creditsView
	add                    []ui.Check // free numbers
	addWrong               string
	toNumbers              ui.Button
	remove                 ui.Button
}

type healthView struct {
	topic, refresh string
	state          cabinet.Cell
	tiles          []ui.Tile
	lines          []memberLine
	may            bool
}

// memberLine is a number of a pool.
type memberLine struct {
	number phone.Number
	tone   ui.Tone
	state  string
	note   string
	path   string // of its page; empty for who may not change it
	retire string
}

func poolForm(one tracking.Pool) *cabinet.Form {
	values := map[string]string{
		"name": one.Name, "hold_seconds": itoa(int(one.HoldSeconds)), "per_address": itoa(one.PerAddress), "overflow": string(one.Overflow),
		"target_percent": itoa(int(one.Target)), "rest_hours": itoa(int(one.RestHours)),
	}
	if g := one.Growth; g.Most > 0 {
		values["growth.on"], values["growth.most"], values["growth.budget"], values["growth.area"] = "on", itoa(g.Most), g.Budget.String(), g.Area
	}
	return cabinet.NewForm(values)
}

func poolOf(f *cabinet.Form, one tracking.Pool) tracking.Pool {
	one.Name, one.HoldSeconds, one.PerAddress, one.Overflow = f.Get("name"), int64(number(f, "hold_seconds")), number(f, "per_address"), phone.Number(f.Get("overflow"))
	one.Target, one.RestHours, one.Growth = int64(number(f, "target_percent")), int64(number(f, "rest_hours")), growthOf(f)
	return one
}

func (p *pages) poolView(v *cabinet.Visit, one tracking.Pool, s stock, f *cabinet.Form) poolView {
	view := poolView{
		path: poolPath(v, one.ID, ""), wrong: f.Wrong[""], save: v.T("tracking.save"), isNew: one.ID == "", off: !mayEdit(v), open: len(f.Wrong) > 0,
		brief:      v.T("tracking.pool_brief", lang.Values{"Hold": v.Duration(one.Hold()), "Target": percent(v, float64(one.Target)/100)}),
		name:       field(f, "name", v.T("tracking.pool_name"), ""),
		hold:       whole(f, "hold_seconds", v.T("tracking.hold"), v.T("tracking.hold_hint"), v.T("tracking.seconds")),
		perAddress: whole(f, "per_address", v.T("tracking.per_address"), v.T("tracking.per_address_hint"), ""),
		target:     whole(f, "target_percent", v.T("tracking.target"), v.T("tracking.target_hint"), "%"),
		rest:       whole(f, "rest_hours", v.T("tracking.rest"), v.T("tracking.rest_hint"), v.T("tracking.hours")),
		growth:     growthForm(v, f),
		overflow:   pick(f, "overflow", v.T("tracking.overflow"), v.T("tracking.overflow_text"), v.T("tracking.overflow_none")),
	}
	view.name.Required = true
	for _, n := range s.held {
		if u := s.uses[n]; u.Pool == "" {
			view.overflow.Choices = append(view.overflow.Choices, ui.Choice{Value: string(n), Text: v.Phone(n)})
		}
	}
	if view.isNew {
		view.path, view.save = v.Path(root+"/pools/new"), v.T("tracking.pool_add")
	}
	for i, n := range s.free() {
		view.add = append(view.add, ui.Check{ID: "number-" + itoa(i), Name: "number", Value: string(n), Label: v.Phone(n)})
	}
	for _, one := range []*ui.Field{&view.name, &view.hold, &view.perAddress, &view.target, &view.rest, &view.growth.most, &view.growth.budget, &view.growth.area} {
		one.Off = view.off
	}
	view.overflow.Off, view.growth.on.Off = view.off, view.off
	view.toNumbers = ui.Button{Text: v.T("tracking.rent"), Href: v.Path("/numbers/rent")}
	return view
}

// askPool is GET /tracking/pools/new.
func (p *pages) askPool(v *cabinet.Visit) error {
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	f := cabinet.NewForm(map[string]string{"hold_seconds": itoa(int(pool.DefaultHold / time.Second))})
	return v.Render(below(v, "/pools", v.T("tracking.pool_new")), poolPage(p.poolView(v, tracking.Pool{}, s, f)))
}

// addPool is POST /tracking/pools/new, with the numbers that are ticked.
func (p *pages) addPool(v *cabinet.Visit) error {
	f := v.Form()
	var made tracking.Pool
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if made, err = p.Tracking.AddPool(ctx, tx, v.Permit, poolOf(f, tracking.Pool{}), v.At); err != nil {
			return err
		}
		if numbers := ticked(f); len(numbers) > 0 {
			return p.Tracking.AddToPool(ctx, tx, v.Permit, made.ID, numbers, v.At)
		}
		return nil
	})
	if done, err := p.refusePool(v, tracking.Pool{}, f, err); done || err != nil {
		return err
	}
	return v.Done(poolPath(v, made.ID, ""), ui.Toast{Text: v.T("tracking.pool_added", lang.Values{"Name": made.Name})})
}

// ticked are the numbers that are chosen in a form.
func ticked(f *cabinet.Form) (list []phone.Number) {
	for _, n := range f.Values["number"] {
		list = append(list, phone.Number(n))
	}
	return list
}

// refusePool shows the form again where what it holds is wrong; it reports whether it has answered.
func (p *pages) refusePool(v *cabinet.Visit, one tracking.Pool, f *cabinet.Form, err error) (done bool, _ error) {
	if kind := errs.KindOf(err); kind != errs.Invalid && kind != errs.Conflict {
		return false, err
	}
	s, err2 := p.stockOf(v)
	if err2 != nil {
		return true, err2
	}
	if err := f.Refuse(v, err, "name", "hold_seconds", "per_address", "overflow", "target_percent", "rest_hours", "growth.most", "growth.budget", "growth.area"); err != nil {
		return true, err
	}
	view, title := p.poolView(v, one, s, f), v.T("tracking.pool_new")
	if one.ID != "" {
		title = one.Name
		if err := p.poolState(v, one, s, &view); err != nil {
			return true, err
		}
	}
	return true, v.RenderWrong(below(v, "/pools", title), poolPage(view))
}

func (p *pages) chosenPool(v *cabinet.Visit) (one tracking.Pool, err error) {
	return one, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		one, err = tracking.GetPool(ctx, q, v.Project.ID, tracking.PoolID(v.R.PathValue("pool")))
		return err
	})
}

// pool is GET /tracking/pools/{pool}: how it fares, its numbers, its settings.
func (p *pages) pool(v *cabinet.Visit) error {
	one, err := p.chosenPool(v)
	if err != nil {
		return err
	}
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	view := p.poolView(v, one, s, poolForm(one))
	if err := p.poolState(v, one, s, &view); err != nil {
		return err
	}
	return v.Render(below(v, "/pools", one.Name), poolPage(view))
}

func (p *pages) poolState(v *cabinet.Visit, one tracking.Pool, s stock, view *poolView) (err error) {
	if v.May(access.Delete, access.Pools) {
		view.remove = ui.Button{Text: v.T("tracking.pool_remove"), Kind: ui.Danger, Href: poolPath(v, one.ID, "/remove"), Dialog: true}
	}
	if view.accuracy, err = p.accuracyView(v, one); err != nil {
		return err
	}
	if view.credits, err = p.creditsView(v, one); err != nil {
		return err
	}
	view.health, err = p.healthView(v, one, s)
	return err
}

func (p *pages) healthView(v *cabinet.Visit, one tracking.Pool, s stock) (healthView, error) {
	h, err := tracking.HealthOf(v.Context(), p.Events, v.Project.ID, one, s.members(one.ID), v.At)
	if err != nil {
		return healthView{}, err
	}
	view := healthView{
		topic: cabinet.Topic(v.Org, cabinet.TopicVisits), refresh: poolPath(v, one.ID, "/health"), state: fares(v.View, h), may: mayEdit(v),
		tiles: []ui.Tile{
			{Label: v.T("tracking.live"), Value: ui.Number(h.Live), Change: v.N("tracking.of_numbers", len(h.Numbers))},
			{Label: v.T("tracking.free"), Value: ui.Number(h.Free), Change: restingText(v.View, h.Resting)},
			{Label: v.T("tracking.leases"), Value: ui.Number(int(h.Leases)), Change: v.T("tracking.last_day")},
			{Label: v.T("tracking.overload"), Value: ui.Number(int(h.Overload)), Change: v.T("tracking.last_day")},
		},
	}
	for _, n := range h.Numbers {
		view.lines = append(view.lines, lineOf(v, n))
	}
	return view, nil
}

func restingText(v *ui.View, n int) string {
	if n == 0 {
		return ""
	}
	return v.N("tracking.resting_count", n)
}

func lineOf(v *cabinet.Visit, n pool.NumberStatus) memberLine {
	line := memberLine{
		number: n.Number, tone: ui.Good, state: v.T("tracking.number_free"), retire: v.Path(root + "/numbers/" + string(n.Number) + "/retire"),
	}
	if mayEdit(v) {
		line.path = numberPath(v, n.Number, "")
	}
	switch n.State {
	case pool.Live:
		line.tone, line.state, line.note = ui.Notice, v.T("tracking.number_live"), v.T("tracking.until", lang.Values{"Time": v.Time(n.Due)})
	case pool.Resting:
		line.tone, line.state, line.note = ui.Neutral, v.T("tracking.number_rests"), v.T("tracking.until", lang.Values{"Time": v.DateTime(n.Due)})
	}
	return line
}

// poolHealth is GET /tracking/pools/{pool}/health: how it fares, for an open page.
func (p *pages) poolHealth(v *cabinet.Visit) error {
	one, err := p.chosenPool(v)
	if err != nil {
		return err
	}
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	view, err := p.healthView(v, one, s)
	if err != nil {
		return err
	}
	return v.RenderPart(healthPart(view))
}

// editPool is POST /tracking/pools/{pool}.
func (p *pages) editPool(v *cabinet.Visit) error {
	one, err := p.chosenPool(v)
	if err != nil {
		return err
	}
	f := v.Form()
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Tracking.EditPool(ctx, tx, v.Permit, poolOf(f, one), v.At)
		return err
	})
	if done, err := p.refusePool(v, one, f, err); done || err != nil {
		return err
	}
	return v.Done(poolPath(v, one.ID, ""), ui.Toast{Text: v.T("tracking.pool_saved")})
}

// addNumbers is POST /tracking/pools/{pool}/numbers, with the numbers that are ticked.
func (p *pages) addNumbers(v *cabinet.Visit) error {
	one, err := p.chosenPool(v)
	if err != nil {
		return err
	}
	numbers := ticked(v.Form())
	if len(numbers) == 0 {
		return p.noneTicked(v, one)
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Tracking.AddToPool(ctx, tx, v.Permit, one.ID, numbers, v.At)
	}); err != nil {
		return err
	}
	return v.Done(poolPath(v, one.ID, ""), ui.Toast{Text: v.N("tracking.numbers_added", len(numbers))})
}

// noneTicked shows the pool again and asks for a number.
func (p *pages) noneTicked(v *cabinet.Visit, one tracking.Pool) error {
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	view := p.poolView(v, one, s, poolForm(one))
	if err := p.poolState(v, one, s, &view); err != nil {
		return err
	}
	view.addWrong = v.T("tracking.tick_a_number")
	return v.RenderWrong(below(v, "/pools", one.Name), poolPage(view))
}

// askRemovePool is GET /tracking/pools/{pool}/remove.
func (p *pages) askRemovePool(v *cabinet.Visit) error {
	one, err := p.chosenPool(v)
	if err != nil {
		return err
	}
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("tracking.pool_remove_title", lang.Values{"Name": one.Name}), Text: v.N("tracking.pool_remove_text", len(s.members(one.ID))), Action: poolPath(v, one.ID, "/remove"),
		Yes: v.T("tracking.pool_remove"), No: poolPath(v, one.ID, ""), Danger: true,
	}
	return v.Render(below(v, "/pools", ask.Title), ask.Draw())
}

// removePool is POST /tracking/pools/{pool}/remove.
func (p *pages) removePool(v *cabinet.Visit) error {
	one, err := p.chosenPool(v)
	if err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Tracking.RemovePool(ctx, tx, v.Permit, one.ID, v.At)
	}); err != nil {
		return err
	}
	return v.Done(v.Path(root+"/pools"), ui.Toast{Text: v.T("tracking.pool_removed", lang.Values{"Name": one.Name})})
}
