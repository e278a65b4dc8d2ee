package people

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
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
				{Key: "what", Title: v.T("people.object"), Choices: things(v.View)},
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
	changes := b.differences(v.View, e.Before, e.After)
	summary := summaryOf(changes)
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(e.At), "who": cabinet.Text(b.actor(v.View, e.Actor)), "what": cabinet.Text(whatWasDone(v.View, e)),
		"subject": cabinet.Text(b.subject(e)), "from": cabinet.Text(e.Actor.Address), "request": cabinet.Code(e.Actor.Request),
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
	facts := []fact{
		{v.T("people.when"), ui.Moment(e.At)},
		{v.T("people.who"), ui.Text(names.actor(v.View, e.Actor))},
		{v.T("people.what"), ui.Text(whatWasDone(v.View, e))},
		{v.T("people.subject"), ui.Text(names.subject(e))},
		{v.T("people.from"), ui.Text(e.Actor.Address)},
		{v.T("people.agent"), ui.Text(e.Actor.Agent)},
		{v.T("people.request"), ui.Code(e.Actor.Request)},
	}
	shown := below(v, "/audit", whatWasDone(v.View, e), "people")
	return v.Render(shown, entryPage(facts, names.differences(v.View, e.Before, e.After)))
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
	keys []account.Key
}

// nameBook knows those in the organisation; the keys, where the reader may see them.
func (s *section) nameBook(v *cabinet.Visit) (*nameBook, error) {
	if !v.May(access.View, access.People) {
		return &nameBook{staff: &staff{}}, nil
	}
	st, err := s.staff(v)
	if err != nil || !v.May(access.View, access.Keys) {
		return &nameBook{staff: st}, err
	}
	keys, err := s.allKeys(v)
	return &nameBook{st, keys}, err
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
	name := b.nameOf(account.UserID(a.User))
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

// subject is whom or what an entry is about.
func (b *nameBook) subject(e audit.Entry) string {
	switch e.Object {
	case "member", "seat", "user":
		return b.nameOf(account.UserID(e.ObjectID))
	case "key":
		return b.keyName(e.ObjectID)
	}
	var named struct{ Name, Email string }
	for _, text := range []json.RawMessage{e.After, e.Before} {
		if json.Unmarshal(text, &named) == nil && named.Name+named.Email != "" {
			return cmp.Or(named.Name, named.Email)
		}
	}
	return e.ObjectID
}

var thingKeys = map[string]lang.Key{
	"agency": "people.thing_agency", "department": "people.thing_department", "invitation": "people.thing_invitation", "key": "people.thing_key",
	"member": "people.thing_member", "project": "people.thing_project", "request": "people.thing_request", "role": "people.thing_role",
	"seat": "people.thing_seat", "session": "people.thing_session", "user": "people.thing_user",
}

var deedKeys = map[string]lang.Key{
	"block": "people.did_block", "create": "people.did_create", "delete": "people.did_delete", "edit": "people.did_edit", "join": "people.did_join",
	"leave": "people.did_leave", "move": "people.did_move", "open": "people.did_open", "recount": "people.did_recount", "remove": "people.did_remove",
	"rename": "people.did_rename", "revoke": "people.did_revoke", "send": "people.did_send", "set limits": "people.did_limits", "set people": "people.did_people",
	"set role": "people.did_role", "set zone": "people.did_zone", "take": "people.did_take", "unblock": "people.did_unblock", "view as": "people.did_view",
}

// things are what entries are about, in the reader's words.
func things(v *ui.View) (list []ui.Choice) {
	for _, name := range slices.Sorted(maps.Keys(thingKeys)) {
		list = append(list, ui.Choice{Value: name, Text: v.T(thingKeys[name])})
	}
	return list
}

// whatWasDone says an entry in the reader's words; what has no words of its own is said as programs know it.
func whatWasDone(v *ui.View, e audit.Entry) string {
	thing, deed := strings.ReplaceAll(e.Object, "_", " "), strings.ReplaceAll(e.Action, "_", " ")
	if key, ok := thingKeys[e.Object]; ok {
		thing = v.T(key)
	}
	if key, ok := deedKeys[e.Action]; ok {
		deed = v.T(key)
	}
	return thing + ": " + deed
}
