package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"

	"github.com/a-h/templ"
)

func (s *section) handleKeys(p place) {
	view, edit, remove := p.need(access.View, access.Keys), p.need(access.Edit, access.Keys), p.need(access.Delete, access.Keys)
	s.Handle("GET "+p.base+"/keys", view, s.keys)
	s.Handle("GET "+p.base+"/keys/new", edit, s.askKey)
	s.Handle("POST "+p.base+"/keys/new", edit, s.makeKey)
	s.Handle("GET "+p.base+"/keys/{key}", view, s.key)
	s.Handle("GET "+p.base+"/keys/{key}/revoke", remove, s.askRevokeKey)
	s.Handle("POST "+p.base+"/keys/{key}/revoke", remove, s.revokeKey)
}

const keysAtOnce = 500

// keys is GET /people/keys: what programs come in with.
func (s *section) keys(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	p := page(v, "/keys", "api-keys")
	if v.May(access.Edit, access.Keys) {
		p.Actions = ui.Button{Text: v.T("people.key_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/keys/new"), Dialog: true}.Draw()
	}
	var scopes []ui.Choice
	for _, scope := range scopesOf(v) {
		scopes = append(scopes, ui.Choice{Value: string(scope), Text: v.T(scopeKeys[scope])})
	}
	return v.RenderList(p, cabinet.List{
		Spec: ui.TableSpec{
			Sort: "-created", Columns: []ui.Column{
				{Key: "name", Title: v.T("people.key_name"), Sortable: true, Fixed: true},
				{Key: "scope", Title: v.T("people.scope"), Sortable: true},
				{Key: "by", Title: v.T("people.made_by"), Sortable: true},
				{Key: "created", Title: v.T("people.made_at"), Sortable: true},
				{Key: "used", Title: v.T("people.last_used"), Sortable: true},
				{Key: "expires", Title: v.T("people.expires"), Sortable: true},
				{Key: "state", Title: v.T("people.state"), Sortable: true},
				{Key: "id", Title: v.T("people.key_id"), Extra: true},
			},
			Filters: []ui.Filter{{Key: "scope", Title: v.T("people.scope"), Choices: scopes}, {Key: "state", Title: v.T("people.state"), Choices: []ui.Choice{
				{Value: "live", Text: v.T("people.key_live")}, {Value: "expired", Text: v.T("people.key_expired")}, {Value: "revoked", Text: v.T("people.key_revoked")},
			}}},
		},
		Caption: v.T("people.keys"), Right: access.Keys, Short: true, Empty: ui.Empty{Icon: ui.IconLock, Title: v.T("people.no_keys"), Text: v.T("people.no_keys_text")},
		Load: cabinet.Rows(func(ctx context.Context, state ui.TableState) (rows []cabinet.Row, err error) {
			keys, err := s.allKeys(v)
			for _, k := range keys {
				if want := state.Filters["scope"]; want != "" && want != string(k.Scope) {
					continue
				}
				if want := state.Filters["state"]; want == "" || want == stateOfKey(v.View, k).Value {
					rows = append(rows, st.keyRow(v, k))
				}
			}
			return rows, err
		}),
	})
}

func (s *section) allKeys(v *cabinet.Visit) (all []account.Key, err error) {
	return all, v.Read(func(ctx context.Context, q store.Querier) error {
		for after := account.KeyID(""); ; {
			some, err := access.ListKeys(ctx, q, v.Permit, after, keysAtOnce)
			if err != nil {
				return err
			}
			all = append(all, some...)
			if len(some) < keysAtOnce {
				return nil
			}
			after = some[len(some)-1].ID
		}
	})
}

// scopesOf are the scopes that keys of the visit's organisation can have.
func scopesOf(v *cabinet.Visit) []account.Scope {
	if isProject(v) {
		return []account.Scope{account.ProjectRead, account.ProjectWrite, account.ProjectCharge}
	}
	return []account.Scope{account.Operator}
}

func stateOfKey(v *ui.View, k account.Key) cabinet.Cell {
	switch {
	case !k.RevokedAt.IsZero():
		return cabinet.Status(ui.Neutral, v.T("people.key_revoked"))
	case !k.Live(v.Now):
		return cabinet.Status(ui.Warning, v.T("people.key_expired"))
	}
	return cabinet.Status(ui.Good, v.T("people.key_live"))
}

func keyState(v *ui.View, k account.Key) templ.Component { return stateOfKey(v, k).Show }

func (st *staff) keyRow(v *cabinet.Visit, k account.Key) cabinet.Row {
	return cabinet.Row{ID: string(k.ID), Href: keyPath(v, k.ID), Cells: map[string]cabinet.Cell{
		"name": cabinet.Text(k.Name), "scope": cabinet.Text(v.T(scopeKeys[k.Scope])), "by": cabinet.Text(st.makerOf(v, k)), "created": cabinet.Moment(k.CreatedAt),
		"used": cabinet.Moment(k.LastUsedAt), "expires": cabinet.Moment(k.ExpiresAt), "state": stateOfKey(v.View, k), "id": cabinet.Code(string(k.ID)),
	}}
}

// makerOf is who made a key.
func (st *staff) makerOf(v *cabinet.Visit, k account.Key) string {
	if k.MadeBy == "" {
		return v.T("people.made_by_program")
	}
	return st.nameOf(k.MadeBy)
}

func keyPath(v *cabinet.Visit, id account.KeyID) string { return v.Path(root + "/keys/" + string(id)) }

// chosenKey is the one that the path names.
func (s *section) chosenKey(v *cabinet.Visit) (account.Key, error) {
	keys, err := s.allKeys(v)
	if err != nil {
		return account.Key{}, err
	}
	for _, k := range keys {
		if string(k.ID) == v.R.PathValue("key") {
			return k, nil
		}
	}
	return account.Key{}, errs.New(errs.NotFound, "account.no_key", "there is no key %.40q", v.R.PathValue("key")).At("key")
}

// keyContent is what stands on the page of one key.
type keyContent struct {
	facts  []fact
	secret string // shown once, where the key was just made
	revoke ui.Button
	back   ui.Button
}

// key is GET /people/keys/{key}.
func (s *section) key(v *cabinet.Visit) error {
	k, err := s.chosenKey(v)
	if err != nil {
		return err
	}
	return s.showKey(v, k, "")
}

func (s *section) showKey(v *cabinet.Visit, k account.Key, secret string) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	moment := func(cell cabinet.Cell) templ.Component {
		if cell.Show == nil {
			return ui.Text(v.T("people.never"))
		}
		return cell.Show
	}
	c := keyContent{secret: secret, back: ui.Button{Text: v.T("people.keys"), Kind: ui.Quiet, Href: v.Path(root + "/keys")}, facts: []fact{
		{v.T("people.state"), keyState(v.View, k)},
		{v.T("people.scope"), ui.Text(v.T(scopeKeys[k.Scope]))},
		{v.T("people.scope_means"), ui.Text(v.T(scopeHintKeys[k.Scope]))},
		{v.T("people.made_by"), ui.Text(st.makerOf(v, k))},
		{v.T("people.made_at"), ui.Moment(k.CreatedAt)},
		{v.T("people.last_used"), moment(cabinet.Moment(k.LastUsedAt))},
		{v.T("people.expires"), moment(cabinet.Moment(k.ExpiresAt))},
		{v.T("people.key_id"), ui.Code(string(k.ID))},
	}}
	if v.May(access.Delete, access.Keys) && k.Live(v.At) {
		c.revoke = ui.Button{Text: v.T("people.key_revoke"), Kind: ui.Danger, Href: keyPath(v, k.ID) + "/revoke", Dialog: true}
	}
	return v.Render(below(v, "/keys", k.Name, "api-keys"), keyPage(c))
}

// askRevokeKey is GET /people/keys/{key}/revoke.
func (s *section) askRevokeKey(v *cabinet.Visit) error {
	k, err := s.chosenKey(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("people.key_revoke_title", map[string]any{"Name": k.Name}), Text: v.T("people.key_revoke_text"), Action: keyPath(v, k.ID) + "/revoke",
		Yes: v.T("people.key_revoke"), No: keyPath(v, k.ID), Danger: true,
	}
	return v.Render(below(v, "/keys", ask.Title, "api-keys"), ask.Draw())
}

// revokeKey is POST /people/keys/{key}/revoke: the key opens nothing within 5 seconds.
func (s *section) revokeKey(v *cabinet.Visit) error {
	var revoked account.Key
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		revoked, err = access.RevokeKey(ctx, tx, v.Permit, account.KeyID(v.R.PathValue("key")), v.At)
		return err
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/keys"), ui.Toast{Text: v.T("people.key_revoke_done", map[string]any{"Name": revoked.Name})})
}
