package tracking

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	poolrules "bellwether/internal/pool"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) numberRoutes() {
	view, edit := cabinet.Project(access.View, access.Pools), cabinet.Project(access.Edit, access.Pools)
	p.Handle("GET "+base+"/numbers", view, p.numbers)
	p.Handle("GET "+base+"/numbers/{number}", edit, p.askSign)
	p.Handle("POST "+base+"/numbers/{number}", edit, p.setSign)
	p.Handle("GET "+base+"/numbers/{number}/check", edit, p.checkNumber)
	p.Handle("POST "+base+"/numbers/{number}/retire", edit, p.retire)
}

func numberPath(v *cabinet.Visit, n phone.Number, below string) string {
	return v.Path(root + "/numbers/" + string(n) + below)
}

// numbers is GET /tracking/numbers: what each tracking number of the project is for.
func (p *pages) numbers(v *cabinet.Visit) error {
	s, err := p.stockOf(v)
	if err != nil {
		return err
	}
	pg, rent := page(v, "/numbers"), ui.Button{}
	if v.May(access.Edit, access.Numbers) {
		rent = ui.Button{Text: v.T("tracking.rent"), Icon: ui.IconPlus, Href: v.Path("/numbers/rent")}
		pg.Actions = rent.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "number", Columns: []ui.Column{
			{Key: "number", Title: v.T("tracking.number"), Sortable: true, Fixed: true},
			{Key: "use", Title: v.T("tracking.use"), Sortable: true},
			{Key: "name", Title: v.T("tracking.use_name"), Sortable: true},
			{Key: "source", Title: v.T("tracking.source"), Sortable: true},
			{Key: "since", Title: v.T("tracking.since"), Sortable: true, Extra: true},
		}},
		Caption: v.T("tracking.numbers"), Right: access.Pools, Count: v.N("tracking.numbers_count", len(s.held)), Short: true,
		Empty: ui.Empty{Icon: ui.IconNumbers, Title: v.T("tracking.no_numbers"), Text: v.T("tracking.no_numbers_text"), Action: rent},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, n := range s.held {
				u := s.uses[n]
				row := cabinet.Row{ID: string(n), Cells: map[string]cabinet.Cell{"number": phoneCell(n), "use": useCell(v.View, u, v.At.Before(u.RestedAt)), "since": cabinet.Moment(u.Since)}}
				switch {
				case u.Sign != nil:
					row.Cells["name"], row.Cells["source"] = cabinet.Text(u.Sign.Name), cabinet.Text(signText(*u.Sign))
				case u.Pool != "":
					row.Cells["name"] = cabinet.Text(s.poolName(u.Pool))
				}
				if mayEdit(v) {
					row.Href = numberPath(v, n, "")
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// signText names a source as reports do: "google / cpc / spring".
func signText(s tracking.Sign) string {
	var words []string
	for _, word := range []string{s.Source, s.Medium, s.Campaign} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " / ")
}

func useCell(v *ui.View, u tracking.Use, rests bool) cabinet.Cell {
	switch {
	case u.Pool != "":
		return cabinet.Status(ui.Good, v.T("tracking.use_pool"))
	case u.Sign != nil && u.Sign.Offline:
		return cabinet.Status(ui.Good, v.T("tracking.use_offline"))
	case u.Sign != nil:
		return cabinet.Status(ui.Good, v.T("tracking.use_source"))
	case rests:
		return cabinet.Status(ui.Neutral, v.T("tracking.number_rests"))
	}
	return cabinet.Status(ui.Warning, v.T("tracking.use_none"))
}

// signView is what stands on the page of a number.
type signView struct {
	path, wrong    string
	use            string
	pooled         bool
	name           ui.Field
	offline        ui.Radio
	source, medium ui.Field
	campaign       ui.Field
	retire         string
	check          ui.Button
	calls          string // the log of its calls; empty for who may not see them
	leases         []fact // who was shown it lately
}

const offline = "offline"

// chosenNumber reads the number of the path and what it is for. One that is no tracking number of the project's is not there.
func (p *pages) chosenNumber(v *cabinet.Visit) (stock, tracking.Use, error) {
	s, err := p.stockOf(v)
	if err != nil {
		return s, tracking.Use{}, err
	}
	for _, n := range s.held {
		if string(n) == v.R.PathValue("number") {
			u := s.uses[n]
			u.Number = n
			return s, u, nil
		}
	}
	return s, tracking.Use{}, errs.New(errs.NotFound, "tracking.no_number", "the project has no such tracking number").Try("look at the list of numbers")
}

func (p *pages) signView(v *cabinet.Visit, s stock, u tracking.Use, f *cabinet.Form) signView {
	view := signView{
		path: numberPath(v, u.Number, ""), wrong: f.Wrong[""], pooled: u.Pool != "", use: v.T("tracking.sign_lead"),
		name: field(f, "name", v.T("tracking.sign_name"), v.T("tracking.sign_name_hint")),
		offline: ui.Radio{ID: "kind", Name: "kind", Label: v.T("tracking.sign_kind"), Value: f.Get("kind"), Choices: []ui.RadioChoice{
			{Value: "online", Text: v.T("tracking.use_source"), Hint: v.T("tracking.use_source_hint")},
			{Value: offline, Text: v.T("tracking.use_offline"), Hint: v.T("tracking.use_offline_hint")},
		}},
		source:   field(f, "source", v.T("tracking.source"), v.T("tracking.source_hint")),
		medium:   field(f, "medium", v.T("tracking.medium"), v.T("tracking.medium_hint")),
		campaign: field(f, "campaign", v.T("tracking.campaign"), v.T("tracking.campaign_hint")),
	}
	view.check = ui.Button{Text: v.T("tracking.check"), Icon: ui.IconCalls, Href: numberPath(v, u.Number, "/check")}
	view.name.Longest, view.name.Required, view.source.Required = 100, true, true
	if view.pooled {
		view.use = v.T("tracking.in_pool", lang.Values{"Name": s.poolName(u.Pool)})
	}
	if u.Pool != "" || u.Sign != nil {
		view.retire = numberPath(v, u.Number, "/retire")
	}
	return view
}

func signForm(u tracking.Use) *cabinet.Form {
	values := map[string]string{"kind": "online"}
	if s := u.Sign; s != nil {
		values["name"], values["source"], values["medium"], values["campaign"] = s.Name, s.Source, s.Medium, s.Campaign
		if s.Offline {
			values["kind"] = offline
		}
	}
	return cabinet.NewForm(values)
}

// askSign is GET /tracking/numbers/{number}: what it stands for.
func (p *pages) askSign(v *cabinet.Visit) error {
	s, u, err := p.chosenNumber(v)
	if err != nil {
		return err
	}
	view := p.signView(v, s, u, signForm(u))
	if view.leases, err = p.leasesOf(v, u.Number); err != nil {
		return err
	}
	if v.May(access.View, access.Calls) {
		view.calls = v.Path("/calls?f.number=" + url.QueryEscape(string(u.Number)))
	}
	return v.Render(below(v, "/numbers", v.Phone(u.Number)), signPage(view))
}

var leaseKeys = map[string]lang.Key{string(poolrules.Leased): "tracking.lease_new", string(poolrules.Returned): "tracking.lease_returned", string(poolrules.Taken): "tracking.lease_taken"}

// leasesOf are the visits that were shown a number lately, as the log of leases has them (Rule C-08), for those who may see visits.
func (p *pages) leasesOf(v *cabinet.Visit, n phone.Number) (facts []fact, err error) {
	const most = 20
	if !v.May(access.View, access.Visits) {
		return nil, nil
	}
	leases, err := tracking.LeasesOf(v.Context(), p.Events, v.Project.ID, n, time.Time{}, time.Time{}, 0, most)
	for _, l := range leases {
		facts = append(facts, fact{v.DateTime(l.At), v.T(cmp.Or(leaseKeys[l.How], "tracking.lease_new")), visitPath(v, l.Visit)})
	}
	return facts, err
}

// setSign is POST /tracking/numbers/{number}.
func (p *pages) setSign(v *cabinet.Visit) error {
	s, u, err := p.chosenNumber(v)
	if err != nil {
		return err
	}
	f := v.Form()
	sign := tracking.Sign{Name: f.Get("name"), Offline: f.Get("kind") == offline, Source: f.Get("source"), Medium: f.Get("medium"), Campaign: f.Get("campaign")}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Tracking.SetSign(ctx, tx, v.Permit, u.Number, sign, v.At)
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := f.Refuse(v, err, "name", "source", "medium", "campaign"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "/numbers", v.Phone(u.Number)), signPage(p.signView(v, s, u, f)))
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/numbers"), ui.Toast{Text: v.T("tracking.sign_saved", lang.Values{"Number": v.Phone(u.Number)})})
}

// retire is POST /tracking/numbers/{number}/retire.
func (p *pages) retire(v *cabinet.Visit) error {
	_, u, err := p.chosenNumber(v)
	if err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Tracking.Retire(ctx, tx, v.Permit, u.Number, v.At)
	}); err != nil {
		return err
	}
	toast := ui.Toast{Text: v.T("tracking.retired", lang.Values{"Number": v.Phone(u.Number)})}
	if u.Pool != "" {
		toast.Undo, toast.Fields = poolPath(v, u.Pool, "/numbers"), []ui.Choice{{Value: "number", Text: string(u.Number)}}
		return v.Done(poolPath(v, u.Pool, ""), toast)
	}
	return v.Done(v.Path(root+"/numbers"), toast)
}
