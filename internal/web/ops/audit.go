package ops

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/people"
	"bellwether/internal/web/ui"
)

func (p *pages) auditRoutes() {
	p.Handle("GET /op/audit", cabinet.Operator(access.View, access.Audit), p.audit)
	p.Handle("GET /op/audit/{entry}", cabinet.Operator(access.View, access.Audit), p.auditEntry)
}

// audit is the trail of everybody, newest first.
func (p *pages) audit(v *cabinet.Visit) error {
	page := ui.Page{Title: v.T("ops.audit"), Section: sectionAudit, Lead: v.T("ops.audit_lead"), Help: "/help/op-projects"}
	l := cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "at", Title: v.T("ops.when"), Fixed: true},
				{Key: "who", Title: v.T("ops.who")},
				{Key: "org", Title: v.T("ops.where")},
				{Key: "object", Title: v.T("ops.object")},
				{Key: "action", Title: v.T("ops.action")},
				{Key: "changes", Title: v.T("ops.changed")},
				{Key: "id", Title: v.T("ops.object_id"), Extra: true},
				{Key: "before", Title: v.T("ops.before"), Extra: true},
				{Key: "after", Title: v.T("ops.after"), Extra: true},
				{Key: "address", Title: v.T("ops.address"), Extra: true},
				{Key: "request", Title: v.T("ops.request_id"), Extra: true},
			},
			Filters: []ui.Filter{
				{Key: "who", Title: v.T("ops.who_hint")},
				{Key: "object", Title: v.T("ops.object"), Choices: people.Things(v.View)},
				{Key: "id", Title: v.T("ops.object_id")},
				{Key: "org", Title: v.T("ops.project_id")},
				{Key: "from", Title: v.T("ops.from_day")},
				{Key: "to", Title: v.T("ops.to_day")},
				{Key: "request", Title: v.T("ops.request_id")},
			},
		},
		Caption: v.T("ops.audit"), Right: access.Audit, Empty: ui.Empty{Icon: ui.IconShield, Title: v.T("ops.no_entries"), Text: v.T("ops.no_entries_text")},
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			return p.auditRows(ctx, v, state, after, limit)
		},
	}
	if done, err := v.Export(l); done || err != nil {
		return err
	}
	table, err := v.Table(l)
	if err != nil {
		return err
	}
	which, err := p.whichOf(v, strings.TrimSpace(v.URL.Query().Get("f.who")))
	if err != nil {
		return err
	}
	return v.Render(page, stack(which, table.Draw()))
}

func (p *pages) auditRows(ctx context.Context, v *cabinet.Visit, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
	f, found, err := p.auditFilter(ctx, v, state)
	if err != nil || !found {
		return nil, "", err
	}
	before, _ := strconv.ParseInt(after, 10, 64)
	entries, err := audit.List(ctx, p.DB, f, before, limit+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(entries) > limit {
		entries, next = entries[:limit], strconv.FormatInt(entries[limit-1].ID, 10)
	}
	names, err := p.actors(ctx, entries)
	if err != nil {
		return nil, "", err
	}
	w, orgs := p.wordingOf(ctx, v, names), p.orgNamer(ctx, v)
	rows := make([]cabinet.Row, len(entries))
	for i, e := range entries {
		id := strconv.FormatInt(e.ID, 10)
		rows[i] = cabinet.Row{ID: id, Href: "/op/audit/" + id, Cells: map[string]cabinet.Cell{
			"at": cabinet.Moment(e.At), "who": cabinet.Text(whoDid(v, e, names)), "org": textOrNone(orgs(e.Org)),
			"object": cabinet.Text(strings.TrimSpace(w.Thing(e.Object) + " " + w.Subject(e))), "id": cabinet.Code(e.ObjectID),
			"action": cabinet.Text(w.Action(e.Object, e.Action)), "changes": textOrNone(inOneLine(changesOf(w, e))), "before": cabinet.Text(jsonText(e.Before)), "after": cabinet.Text(jsonText(e.After)),
			"address": cabinet.Text(e.Actor.Address), "request": cabinet.Code(e.Actor.Request),
		}}
	}
	return rows, next, nil
}

// auditEntry is GET /op/audit/{entry}: one change, before and after.
func (p *pages) auditEntry(v *cabinet.Visit) error {
	name := v.R.PathValue("entry")
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || id <= 0 {
		return noEntry(name)
	}
	found, err := audit.List(v.Context(), p.DB, audit.Filter{ID: id}, 0, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return noEntry(name)
	}
	names, err := p.actors(v.Context(), found)
	if err != nil {
		return err
	}
	e, w := found[0], p.wordingOf(v.Context(), v, names)
	page := ui.Page{
		Title: w.Deed(e), Section: sectionAudit, Help: "/help/op-projects", Narrow: true, Crumbs: []ui.Link{{Text: v.T("ops.audit"), Href: "/op/audit"}},
	}
	return v.Render(page, w.Entry(e, whoDid(v, e, names), p.orgNamer(v.Context(), v)(e.Org)))
}

func noEntry(name string) error {
	return errs.New(errs.NotFound, "people.no_entry", "there is no entry %.40q", name)
}

// wordingOf says entries of everybody's trail in the words of a visit.
func (p *pages) wordingOf(ctx context.Context, v *cabinet.Visit, known map[account.UserID]account.User) people.Wording {
	w := people.WordingOf(v.View, p.Books, p.namer(ctx, known))
	w.CurrencyOf = p.currencies(ctx)
	w.Named = people.OnceEach(func(object, id string) string {
		name, _ := audit.NameOf(ctx, p.DB, nil, object, id) // without it, the identifier is shown
		return name
	})
	w.Key = func(id string) string { return cmp.Or(w.Named("key", id), id) }
	return w
}

// namer names people: those of whom it is known, and others whom an entry mentions, each read once.
func (p *pages) namer(ctx context.Context, known map[account.UserID]account.User) func(account.UserID) string {
	return func(id account.UserID) string {
		if _, ok := known[id]; !ok {
			if found, err := account.Users(ctx, p.DB, []account.UserID{id}); err == nil {
				known[id] = found[id]
			}
		}
		return cmp.Or(known[id].Name, known[id].Email, string(id))
	}
}

// currencies tells the currency of projects, each read once.
func (p *pages) currencies(ctx context.Context) func(ident.ProjectID) money.Currency {
	known := map[ident.ProjectID]money.Currency{}
	return func(id ident.ProjectID) money.Currency {
		if _, ok := known[id]; !ok && id != "" {
			known[id] = ""
			if found, err := project.Get(ctx, p.DB, id); err == nil {
				known[id] = found.Currency
			}
		}
		return known[id]
	}
}

// orgNamer tells whose trail an entry is in, each read once: a project by its id, as everywhere in the operator's lists, an agency by its name.
// A person's own matters are nobody's.
func (p *pages) orgNamer(ctx context.Context, v *cabinet.Visit) func(ident.Org) string {
	agency := people.OnceEach(func(_, id string) string {
		found, err := access.GetAgency(ctx, p.DB, id)
		if err != nil {
			return id
		}
		return found.Name
	})
	return func(org ident.Org) string {
		switch org.Kind {
		case ident.OperatorKind:
			return v.T("cabinet.operator")
		case ident.AgencyKind:
			return agency("agency", org.ID)
		}
		return org.ID
	}
}

func textOrNone(text string) cabinet.Cell {
	if text == "" {
		return cabinet.Cell{}
	}
	return cabinet.Text(text)
}

// auditFilter reads the filters; found is false where several people match, for the reader to choose.
func (p *pages) auditFilter(ctx context.Context, v *cabinet.Visit, state ui.TableState) (f audit.Filter, found bool, err error) {
	f = audit.Filter{Object: state.Filters["object"], ObjectID: state.Filters["id"], Request: state.Filters["request"]}
	if org := state.Filters["org"]; org != "" {
		of := orgNamed(org)
		f.Org = &of
	}
	if day, err := civil.ParseDate(state.Filters["from"]); err == nil {
		f.From = civil.Midnight(day, v.Zone())
	}
	if day, err := civil.ParseDate(state.Filters["to"]); err == nil {
		f.Until = civil.Midnight(day+1, v.Zone())
	}
	who := state.Filters["who"]
	if who == "" {
		return f, true, nil
	}
	people, err := p.peopleNamed(ctx, who)
	switch len(people) {
	case 0:
		f.Key = who
	case 1:
		f.User = string(people[0].ID)
	default:
		return f, false, err
	}
	return f, err == nil, err
}

// mostPeople is how many are offered where several match.
const mostPeople = 20

// peopleNamed are those whom a reader may mean: who has exactly that id or address, else all whose name or address has the words in it.
func (p *pages) peopleNamed(ctx context.Context, who string) ([]account.User, error) {
	known, err := account.Users(ctx, p.DB, []account.UserID{account.UserID(who)})
	if err != nil {
		return nil, err
	}
	if u, ok := known[account.UserID(who)]; ok {
		return []account.User{u}, nil
	}
	found, err := account.FindUsers(ctx, p.DB, who, "", mostPeople)
	for _, u := range found {
		if strings.EqualFold(u.Email, who) {
			return []account.User{u}, err
		}
	}
	return found, err
}

// whichOf offers the people a reader may mean where there are several.
func (p *pages) whichOf(v *cabinet.Visit, who string) (templ.Component, error) {
	if who == "" {
		return nothing(), nil
	}
	people, err := p.peopleNamed(v.Context(), who)
	if err != nil || len(people) < 2 {
		return nothing(), err
	}
	query := v.URL.Query()
	var links []templ.Component
	for _, u := range people {
		query.Set("f.who", string(u.ID))
		query.Del("after")
		links = append(links, linkTo(ui.Link{Text: u.Name + " · " + u.Email, Href: "/op/audit?" + query.Encode()}))
	}
	return card(v.T("ops.which_person"), links...), nil
}

// orgNamed reads "project:shop", "agency:north", "operator", or the bare name of a project.
func orgNamed(text string) ident.Org {
	kind, id, ok := strings.Cut(text, ":")
	switch {
	case ok:
		return ident.Org{Kind: ident.OrgKind(kind), ID: id}
	case text == string(ident.OperatorKind):
		return ident.Operator
	}
	return ident.ProjectOrg(ident.ProjectID(text))
}

func (p *pages) actors(ctx context.Context, entries []audit.Entry) (map[account.UserID]account.User, error) {
	var ids []account.UserID
	for _, e := range entries {
		for _, id := range []string{e.Actor.User, e.Actor.ViewingAs} {
			if id != "" {
				ids = append(ids, account.UserID(id))
			}
		}
	}
	slices.Sort(ids)
	return account.Users(ctx, p.DB, slices.Compact(ids))
}

func whoDid(v *cabinet.Visit, e audit.Entry, names map[account.UserID]account.User) string {
	who := cmp.Or(names[account.UserID(e.Actor.User)].Name, e.Actor.User, e.Actor.Part)
	if e.Actor.Key != "" {
		who = strings.TrimSpace(who + " " + v.T("ops.by_key", map[string]any{"Key": e.Actor.Key}))
	}
	if as := names[account.UserID(e.Actor.ViewingAs)].Name; as != "" {
		who = v.T("ops.who_as", map[string]any{"Who": who, "As": as})
	}
	return who
}

// fieldChange is a field of a thing that was changed, in words.
type fieldChange struct{ field, before, after string }

// changesOf lists the fields that an entry changed, in words; what only programs know stands in the columns of both states.
func changesOf(w people.Wording, e audit.Entry) (list []fieldChange) {
	for _, d := range w.Differences(e) {
		if !d.Quiet {
			list = append(list, fieldChange{d.Field, d.Before, d.After})
		}
	}
	return list
}

func inOneLine(changes []fieldChange) string {
	var parts []string
	for _, c := range changes {
		was := ""
		if c.before != "" {
			was = c.before + " → "
		}
		parts = append(parts, strings.TrimSpace(c.field+": "+was+c.after))
	}
	return strings.Join(parts, "; ")
}

func jsonText(text json.RawMessage) string {
	if string(text) == "null" {
		return ""
	}
	return string(text)
}
