package telephony

import (
	"context"
	"net/netip"

	"bellwether/internal/access"
	"bellwether/internal/ban"
	"bellwether/internal/errs"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const (
	bansKey  = "bans"
	bansRoot = "/bans"
	bansBase = "/op" + bansRoot
)

func (p *pages) banRoutes() {
	view, edit := cabinet.Operator(access.View, access.Telephony), cabinet.Operator(access.Edit, access.Telephony)
	p.Handle("GET "+bansBase, view, p.bans)
	p.Handle("POST "+bansBase+"/release", edit, p.release)
	p.Handle("GET "+bansBase+"/spared", view, p.spared)
	p.Handle("GET "+bansBase+"/spared/new", edit, p.askSpare)
	p.Handle("POST "+bansBase+"/spared/new", edit, p.spare)
	p.Handle("POST "+bansBase+"/spared/remove", edit, p.unspare)
	p.AddSection(cabinet.Section{Key: bansKey, Text: "telephony.bans", Icon: ui.IconShield, Path: bansRoot, Need: view, Rank: rankOfOp + 1})
}

// bansPage is one of the two pages.
func bansPage(v *cabinet.Visit, path string) ui.Page {
	pg := ui.Page{Title: v.T("telephony.bans"), Section: bansKey, Help: help.About("/bans"), Lead: v.T("telephony.bans_lead")}
	for _, t := range []struct {
		path string
		text lang.Key
	}{{"", "telephony.bans_now"}, {"/spared", "telephony.spared"}} {
		pg.Tabs = append(pg.Tabs, ui.Link{Text: v.T(t.text), Href: v.Path(bansRoot + t.path), Here: t.path == path})
	}
	return pg
}

var whyKeys = map[string]lang.Key{
	"scanner": "telephony.ban_scanner", "wrong_password": "telephony.ban_wrong_password", "unknown_user": "telephony.ban_unknown_user",
	"malformed": "telephony.ban_malformed", "knocking": "telephony.ban_knocking",
}

// bans is GET /op/bans: who is shut out, why and until when (Rule T-68).
func (p *pages) bans(v *cabinet.Visit) error {
	list, err := ban.List(v.Context(), p.DB, v.At)
	if err != nil {
		return err
	}
	return v.RenderList(bansPage(v, ""), cabinet.List{
		Spec: ui.TableSpec{Sort: "-since", Columns: []ui.Column{
			{Key: "address", Title: v.T("telephony.ban_address"), Sortable: true, Fixed: true},
			{Key: "why", Title: v.T("telephony.ban_why")},
			{Key: "since", Title: v.T("telephony.since"), Sortable: true},
			{Key: "until", Title: v.T("telephony.ban_until"), Sortable: true},
			{Key: "times", Title: v.T("telephony.ban_times"), Numeric: true, Sortable: true},
			{Key: "node", Title: v.T("telephony.ban_node"), Extra: true},
			{Key: "do", Title: v.T("telephony.ban_release"), Tool: true},
		}},
		Caption: v.T("telephony.bans_now"), Right: access.Telephony, Count: v.N("telephony.bans_count", len(list)), Short: true,
		Empty: ui.Empty{Icon: ui.IconShield, Title: v.T("telephony.no_bans"), Text: v.T("telephony.no_bans_text")},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, h := range list {
				why := h.Why
				if key, ok := whyKeys[h.Why]; ok {
					why = v.T(key)
				}
				row := cabinet.Row{ID: h.Node + " " + h.Source.String(), Cells: map[string]cabinet.Cell{
					"address": cabinet.Code(h.Source.String()), "why": cabinet.Text(why), "since": cabinet.Moment(h.Since), "until": cabinet.Moment(h.Until),
					"times": cabinet.Int(h.Times), "node": cabinet.Text(h.Node),
				}}
				if can(v, access.Telephony) {
					row.Cells["do"] = cabinet.Shown(postButton(v.Path(bansRoot+"/release"), "address", h.Source.String(), v.T("telephony.ban_release")), nil)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// release is POST /op/bans/release, with address.
func (p *pages) release(v *cabinet.Visit) error {
	address := v.Form().Get("address")
	source, err := netip.ParseAddr(address)
	if err != nil {
		return errs.New(errs.NotFound, "ban.none", "%.60q is not shut out", address).At("address")
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error { return ban.Release(ctx, tx, v.Permit, source, v.At) }); err != nil {
		return err
	}
	return v.Done(v.Path(bansRoot), ui.Toast{Text: v.T("telephony.ban_released", lang.Values{"Address": address})})
}

// spared is GET /op/bans/spared: who is never shut out.
func (p *pages) spared(v *cabinet.Visit) error {
	list, err := ban.SparedList(v.Context(), p.DB)
	if err != nil {
		return err
	}
	pg, add := bansPage(v, "/spared"), ui.Button{}
	if can(v, access.Telephony) {
		add = ui.Button{Text: v.T("telephony.spare_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(bansRoot + "/spared/new"), Dialog: true}
		pg.Actions = add.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "range", Columns: []ui.Column{
			{Key: "range", Title: v.T("telephony.ban_range"), Sortable: true, Fixed: true},
			{Key: "note", Title: v.T("telephony.note")},
			{Key: "at", Title: v.T("telephony.since"), Sortable: true},
			{Key: "do", Title: v.T("telephony.drop"), Tool: true},
		}},
		Caption: v.T("telephony.spared"), Right: access.Telephony, Count: v.N("telephony.spared_count", len(list)), Short: true,
		Empty: ui.Empty{Icon: ui.IconShield, Title: v.T("telephony.no_spared"), Text: v.T("telephony.no_spared_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, s := range list {
				row := cabinet.Row{ID: s.Prefix.String(), Cells: map[string]cabinet.Cell{"range": cabinet.Code(s.Prefix.String()), "note": cabinet.Text(s.Note), "at": cabinet.Moment(s.MadeAt)}}
				if can(v, access.Telephony) {
					row.Cells["do"] = cabinet.Shown(postButton(v.Path(bansRoot+"/spared/remove"), "range", s.Prefix.String(), v.T("telephony.drop")), nil)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// spareView is the form of a new range.
type spareView struct {
	path, wrong string
	from, note  ui.Field
	back        ui.Button
}

func (p *pages) showSpare(v *cabinet.Visit, f *cabinet.Form, show func(ui.Page, spareView) error) error {
	pg := bansPage(v, "/spared")
	pg.Title, pg.Tabs, pg.Narrow, pg.Lead = v.T("telephony.spare_new"), nil, true, ""
	pg.Crumbs = []ui.Link{{Text: v.T("telephony.spared"), Href: v.Path(bansRoot + "/spared")}}
	return show(pg, spareView{
		path: v.Path(bansRoot + "/spared/new"), wrong: f.Wrong[""], back: ui.Button{Text: v.T("telephony.cancel"), Kind: ui.Quiet, Href: v.Path(bansRoot + "/spared")},
		from: field(f, "range", v.T("telephony.ban_range"), v.T("telephony.ban_range_hint")), note: field(f, "note", v.T("telephony.note"), ""),
	})
}

// askSpare is GET /op/bans/spared/new; ?range= may name an address.
func (p *pages) askSpare(v *cabinet.Visit) error {
	f := cabinet.NewForm(map[string]string{"range": v.URL.Query().Get("range")})
	return p.showSpare(v, f, func(pg ui.Page, s spareView) error { return v.Render(pg, s.draw()) })
}

// spare is POST /op/bans/spared/new, with range and note.
func (p *pages) spare(v *cabinet.Visit) error {
	f := v.Form()
	var made ban.Spared
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = ban.Spare(ctx, tx, v.Permit, f.Get("range"), f.Get("note"), v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := f.Refuse(v, err, "range", "note"); err != nil {
			return err
		}
		return p.showSpare(v, f, func(pg ui.Page, s spareView) error { return v.RenderWrong(pg, s.draw()) })
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(bansRoot+"/spared"), ui.Toast{
		Text: v.T("telephony.spare_done", lang.Values{"Range": made.Prefix.String()}), Undo: v.Path(bansRoot + "/spared/remove"), Fields: []ui.Choice{{Value: "range", Text: made.Prefix.String()}},
	})
}

// unspare is POST /op/bans/spared/remove, with range.
func (p *pages) unspare(v *cabinet.Visit) error {
	text := v.Form().Get("range")
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error { return ban.Unspare(ctx, tx, v.Permit, text, v.At) }); err != nil {
		return err
	}
	return v.Done(v.Path(bansRoot+"/spared"), ui.Toast{
		Text: v.T("telephony.unspare_done", lang.Values{"Range": text}), Undo: v.Path(bansRoot + "/spared/new"), Fields: []ui.Choice{{Value: "range", Text: text}},
	})
}
