package people

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (s *section) handleTrail(p place) {
	view := p.need(access.View, access.Audit)
	s.Handle("GET "+p.base+"/audit", view, s.trail)
	s.Handle("GET "+p.base+"/audit/{entry}", view, s.trailEntry)
}

// trail is GET /people/audit: who changed what, when, from where. ?period= bounds the days.
func (s *section) trail(v *cabinet.Visit) error {
	names, err := s.nameBook(v)
	if err != nil {
		return err
	}
	period := ui.ReadPeriod(v.URL, v.Today(), "30d")
	list := s.trailList(v, names, period)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	p := page(v, "/audit", "people")
	p.Lead = v.T("people.audit_lead")
	return v.Render(p, trailPage(period, table))
}

func (s *section) trailList(v *cabinet.Visit, names *nameBook, period ui.Period) cabinet.List {
	return cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "at", Title: v.T("people.when"), Fixed: true},
				{Key: "who", Title: v.T("people.who")},
				{Key: "what", Title: v.T("people.what")},
				{Key: "subject", Title: v.T("people.subject")},
				{Key: "change", Title: v.T("people.change")},
				{Key: "from", Title: v.T("people.from"), Extra: true},
				{Key: "request", Title: v.T("people.request"), Extra: true},
			},
			Filters: []ui.Filter{
				{Key: "who", Title: v.T("people.who"), Choices: names.choices()},
				{Key: "what", Title: v.T("people.object"), Choices: Things(v.View)},
				{Key: "request", Title: v.T("people.request")},
			},
		},
		Caption: v.T("people.audit"), Right: access.Audit,
		Empty: ui.Empty{Icon: ui.IconRows, Title: v.T("people.no_audit"), Text: v.T("people.no_audit_text")},
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			f, before := filterOf(v, state, period), cursorOf(after)
			var entries []audit.Entry
			err = v.Read(func(ctx context.Context, q store.Querier) error {
				if f.Org, err = trailOf(v, state.Format != ""); err != nil {
					return err
				}
				entries, err = audit.List(ctx, q, f, before, limit+1)
				return err
			})
			for i, e := range entries {
				if i == limit {
					return rows, strconv.FormatInt(entries[i-1].ID, 10), nil
				}
				rows = append(rows, names.row(v, e))
			}
			return rows, "", err
		},
	}
}

// trailOf is the organisation whose entries the permit shows, or lets take away.
func trailOf(v *cabinet.Visit, export bool) (*ident.Org, error) {
	action := access.View
	if export {
		action = access.Export
	}
	org, err := v.Permit.Trail(action)
	return &org, err
}

func cursorOf(after string) int64 {
	id, _ := strconv.ParseInt(after, 10, 64)
	return max(0, id)
}

// filterOf reads what of the trail is wanted.
func filterOf(v *cabinet.Visit, state ui.TableState, period ui.Period) audit.Filter {
	f := audit.Filter{
		Object: state.Filters["what"], Request: strings.TrimSpace(state.Filters["request"]),
		From: civil.Midnight(period.From, v.Zone()), Until: civil.Midnight(period.To+1, v.Zone()),
	}
	switch kind, id, _ := strings.Cut(state.Filters["who"], ":"); kind {
	case "user":
		f.User = id
	case "key":
		f.Key = id
	}
	return f
}

// row is an entry as a row.
func (b *nameBook) row(v *cabinet.Visit, e audit.Entry) cabinet.Row {
	w := b.wording(v)
	summary := summaryOf(w.Differences(e))
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(e.At), "who": cabinet.Text(b.actor(v.View, e.Actor)), "what": cabinet.Text(w.Deed(e)),
		"subject": cabinet.Text(w.Subject(e)), "from": cabinet.Text(e.Actor.Address), "request": cabinet.Code(e.Actor.Request),
	}
	if summary != "" {
		cells["change"] = cabinet.Text(summary)
	}
	return cabinet.Row{ID: strconv.FormatInt(e.ID, 10), Href: v.Path(root + "/audit/" + strconv.FormatInt(e.ID, 10)), Cells: cells}
}

// trailEntry is GET /people/audit/{entry}: one change, before and after.
func (s *section) trailEntry(v *cabinet.Visit) error {
	names, err := s.nameBook(v)
	if err != nil {
		return err
	}
	e, err := s.findEntry(v, v.R.PathValue("entry"))
	if err != nil {
		return err
	}
	w := names.wording(v)
	return v.Render(below(v, "/audit", w.Deed(e), "people"), w.Entry(e, names.actor(v.View, e.Actor), ""))
}

// Entry is the page of an entry: who did it, when and from where, in whose trail it is, and each field before and after. in is empty where
// the page stands in that trail.
func (w Wording) Entry(e audit.Entry, who, in string) templ.Component {
	var facts []fact
	for _, f := range []struct {
		name lang.Key
		text string
		show templ.Component
	}{
		{"people.when", "at", ui.Moment(e.At)},
		{"people.who", who, ui.Text(who)},
		{"people.where", in, ui.Text(in)},
		{"people.what", "deed", ui.Text(w.Deed(e))},
		{"people.subject", w.Subject(e), ui.Text(w.Subject(e))},
		{"people.from", e.Actor.Address, ui.Text(e.Actor.Address)},
		{"people.agent", e.Actor.Agent, ui.Text(e.Actor.Agent)},
		{"people.request", e.Actor.Request, ui.Code(e.Actor.Request)},
	} {
		if f.text != "" {
			facts = append(facts, fact{w.T(f.name), f.show})
		}
	}
	return entryPage(facts, w.Differences(e))
}

func (s *section) findEntry(v *cabinet.Visit, name string) (e audit.Entry, err error) {
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || id <= 0 {
		return e, noEntry(name)
	}
	return e, v.Read(func(ctx context.Context, q store.Querier) error {
		org, err := trailOf(v, false)
		if err != nil {
			return err
		}
		found, err := audit.List(ctx, q, audit.Filter{Org: org, ID: id}, 0, 1)
		if err == nil && (len(found) == 0 || found[0].ID != id) {
			err = noEntry(name)
		}
		if err == nil {
			e = found[0]
		}
		return err
	})
}

func noEntry(name string) error {
	return errs.New(errs.NotFound, "people.no_entry", "there is no entry %.40q", name)
}

// nameBook says who is meant by what identifiers stand in the trail.
type nameBook struct {
	*staff
	keys  []account.Key
	books *pricebook.Library
}

// nameBook knows those in the organisation; the keys, where the reader may see them.
func (s *section) nameBook(v *cabinet.Visit) (*nameBook, error) {
	if !v.May(access.View, access.People) {
		return &nameBook{staff: &staff{}, books: s.Books}, nil
	}
	st, err := s.staff(v)
	if err != nil || !v.May(access.View, access.Keys) {
		return &nameBook{staff: st, books: s.Books}, err
	}
	keys, err := s.allKeys(v)
	return &nameBook{st, keys, s.Books}, err
}

// wording says entries in the words of a visit.
func (b *nameBook) wording(v *cabinet.Visit) Wording {
	w := Wording{View: v.View, Books: b.books, Person: b.nameOf, Role: func(id access.RoleID) string { return b.roleName(v.View, id) }, Key: b.keyName}
	if v.Project != nil {
		w.Currency = v.Project.Currency
	}
	w.Named = OnceEach(func(object, id string) (name string) {
		_ = v.Read(func(ctx context.Context, q store.Querier) (err error) { // without it, the identifier is shown
			name, err = nameOf(ctx, q, v.Org, object, id)
			return err
		})
		return name
	})
	return w
}

// nameOf is what a thing is called in the trail of an organisation; an agency, which has a trail of its own, by itself.
func nameOf(ctx context.Context, q store.Querier, org ident.Org, object, id string) (string, error) {
	if object == "agency" {
		agency, err := access.GetAgency(ctx, q, id)
		return agency.Name, err
	}
	return audit.NameOf(ctx, q, &org, object, id)
}

// OnceEach is a search for names that looks for each once: for a page with many entries about the same things.
func OnceEach(find func(object, id string) string) func(object, id string) string {
	known := map[[2]string]string{}
	return func(object, id string) string {
		name, ok := known[[2]string{object, id}]
		if !ok {
			name = find(object, id)
			known[[2]string{object, id}] = name
		}
		return name
	}
}

// choices are those the trail can be narrowed to.
func (b *nameBook) choices() []ui.Choice {
	list := []ui.Choice{}
	for _, e := range b.people {
		list = append(list, ui.Choice{Value: "user:" + string(e.User), Text: e.name()})
	}
	for _, k := range b.keys {
		list = append(list, ui.Choice{Value: "key:" + string(k.ID), Text: k.Name})
	}
	return list
}

// keyName is what a key is called.
func (b *nameBook) keyName(id string) string {
	for _, k := range b.keys {
		if string(k.ID) == id {
			return k.Name
		}
	}
	return id
}

// actor is who did something: by name, key or part of the program, and through whose eyes.
func (b *nameBook) actor(v *ui.View, a audit.Actor) string {
	name := b.outsiderOr(v, account.UserID(a.User))
	switch {
	case a.Key != "" && a.User != "":
		return v.T("people.by_key_of", map[string]any{"Key": b.keyName(a.Key), "Name": name})
	case a.Key != "":
		return v.T("people.by_key", map[string]any{"Key": b.keyName(a.Key)})
	case a.ViewingAs != "":
		return v.T("people.as", map[string]any{"Name": name, "As": b.nameOf(account.UserID(a.ViewingAs))})
	case a.User != "":
		return name
	}
	return v.T("people.by_program", map[string]any{"Part": a.Part})
}
