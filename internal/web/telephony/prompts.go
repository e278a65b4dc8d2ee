package telephony

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) promptRoutes() {
	view, edit, remove := cabinet.Project(access.View, access.Schemes), cabinet.Project(access.Edit, access.Schemes), cabinet.Project(access.Delete, access.Schemes)
	p.Handle("GET "+base+"/prompts", view, p.prompts)
	p.Handle("GET "+base+"/prompts/new", edit, p.askPrompt)
	p.Handle("POST "+base+"/prompts/new", edit.UpTo(routing.LargestSound+usualForm), p.addPrompt)
	p.Handle("GET "+base+"/prompts/{prompt}/sound", view, p.sound)
	p.Handle("GET "+base+"/prompts/{prompt}/remove", remove, p.askRemovePrompt)
	p.Handle("POST "+base+"/prompts/{prompt}/remove", remove, p.removePrompt)
}

const usualForm = 256 << 10 // what a form has besides its file

var kindKeys = map[routing.PromptKind]lang.Key{routing.Announcement: "telephony.announcement", routing.Music: "telephony.music"}

func promptPath(v *cabinet.Visit, id routing.PromptID) string {
	return v.Path(root + "/prompts/" + string(id))
}

// prompts is GET /telephony/prompts, each with a player.
func (p *pages) prompts(v *cabinet.Visit) error {
	r, err := p.routesOf(v)
	if err != nil {
		return err
	}
	pg := page(v, "/prompts")
	add := ui.Button{}
	if can(v, access.Schemes) {
		add = ui.Button{Text: v.T("telephony.prompt_new"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/prompts/new")}
		pg.Actions = add.Draw()
	}
	return v.RenderList(pg, cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{
			{Key: "name", Title: v.T("telephony.name"), Sortable: true, Fixed: true},
			{Key: "kind", Title: v.T("telephony.kind"), Sortable: true},
			{Key: "player", Title: v.T("telephony.listen"), Tool: true},
			{Key: "length", Title: v.T("telephony.length"), Numeric: true, Sortable: true},
			{Key: "text", Title: v.T("telephony.spoken")},
			{Key: "at", Title: v.T("telephony.added"), Sortable: true, Extra: true},
			{Key: "remove", Title: v.T("telephony.drop"), Tool: true},
		}},
		Caption: v.T("telephony.prompts"), Right: access.Schemes, Count: v.N("telephony.prompts_count", len(r.prompts)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPhones, Title: v.T("telephony.no_prompts"), Text: v.T("telephony.no_prompts_text"), Action: add},
		Load: cabinet.Rows(func(context.Context, ui.TableState) (rows []cabinet.Row, err error) {
			for _, one := range r.prompts {
				row := cabinet.Row{ID: string(one.ID), Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(one.Name), "kind": cabinet.Text(v.T(kindKeys[one.Kind])), "text": cabinet.Text(one.Spoken), "at": cabinet.Moment(one.MadeAt),
					"length": cabinet.Shown(ui.Duration(one.Length.Round(time.Second)), int(one.Length.Round(time.Second)/time.Second)),
					"player": cabinet.Shown(player(promptPath(v, one.ID)+"/sound", one.Name), nil),
				}}
				if v.May(access.Delete, access.Schemes) {
					drop := ui.Button{Text: v.T("telephony.drop"), Icon: ui.IconClose, Bare: true, Small: true, Kind: ui.Quiet, Href: promptPath(v, one.ID) + "/remove", Dialog: true}
					row.Cells["remove"] = cabinet.Shown(drop.Draw(), nil)
				}
				rows = append(rows, row)
			}
			return rows, nil
		}),
	})
}

// promptView is the form of a new prompt.
type promptView struct {
	path, wrong string
	name        ui.Field
	kind        ui.Radio
	file        ui.FileField
	speaks      bool
	text        ui.Field
	voice       ui.Select
	back        ui.Button
}

func (p *pages) newPrompt(v *cabinet.Visit, f *cabinet.Form) promptView {
	view := promptView{
		path: v.Path(root + "/prompts/new"), wrong: f.Wrong[""], speaks: routing.CanSpeak(), back: ui.Button{Text: v.T("telephony.cancel"), Kind: ui.Quiet, Href: v.Path(root + "/prompts")},
		name: field(f, "name", v.T("telephony.name"), ""),
		kind: ui.Radio{ID: "kind", Name: "kind", Label: v.T("telephony.kind"), Value: f.Get("kind"), Error: f.Wrong["kind"], Choices: []ui.RadioChoice{
			{Value: string(routing.Announcement), Text: v.T("telephony.announcement"), Hint: v.T("telephony.announcement_hint")},
			{Value: string(routing.Music), Text: v.T("telephony.music"), Hint: v.T("telephony.music_hint")},
		}},
		file: ui.FileField{ID: "file", Name: "file", Label: v.T("telephony.file"), Hint: v.T("telephony.file_hint"), Error: f.Wrong["file"], Accept: ".wav,.mp3,audio/wav,audio/mpeg"},
		text: ui.Field{ID: "text", Name: "text", Label: v.T("telephony.text"), Hint: v.T("telephony.text_hint"), Value: f.Raw("text"), Error: f.Wrong["text"], Lines: 3, Longest: 1000},
		voice: pick(f, "voice", v.T("telephony.voice"), "", "",
			ui.Choice{Value: "ru", Text: "Русский"}, ui.Choice{Value: "uk", Text: "Українська"}, ui.Choice{Value: "en", Text: "English"}),
	}
	view.name.Required = true
	return view
}

// askPrompt is GET /telephony/prompts/new.
func (p *pages) askPrompt(v *cabinet.Visit) error {
	f := cabinet.NewForm(map[string]string{"kind": string(routing.Announcement), "voice": string(v.Lang)})
	return v.Render(below(v, "/prompts", v.T("telephony.prompt_new")), promptPage(p.newPrompt(v, f)))
}

// addPrompt is POST /telephony/prompts/new, with name, kind and a file, or text and voice.
func (p *pages) addPrompt(v *cabinet.Visit) error {
	const inMemory = 4 << 20
	if err := v.R.ParseMultipartForm(inMemory); err != nil {
		return errs.New(errs.Invalid, "routing.bad_sound", "the file cannot be read: it is too large or broken off").At("file").Try("upload a WAV or MP3 file of at most 20 MB")
	}
	defer func() { _ = v.R.MultipartForm.RemoveAll() }()
	f := v.Form()
	content, text, err := p.soundOf(v, f)
	var stored routing.Stored
	if err == nil {
		stored, err = p.Routing.Store(content)
	}
	if err == nil {
		voice := ""
		if text != "" {
			voice = f.Get("voice")
		}
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			_, err := p.Routing.AddPrompt(ctx, tx, v.Permit, f.Get("name"), routing.PromptKind(f.Get("kind")), stored, text, voice, v.At)
			return err
		})
	}
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict || kind == errs.Unavailable {
		if err := f.Refuse(v, err, "name", "kind", "file", "text", "voice"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "/prompts", v.T("telephony.prompt_new")), promptPage(p.newPrompt(v, f)))
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/prompts"), ui.Toast{Text: v.T("telephony.prompt_added", lang.Values{"Name": f.Get("name")})})
}

// soundOf is the file of a form or, where there is none, its text as it is spoken.
func (p *pages) soundOf(v *cabinet.Visit, f *cabinet.Form) (content []byte, text string, err error) {
	if files := v.R.MultipartForm.File["file"]; len(files) > 0 && files[0].Size > 0 {
		file, err := files[0].Open()
		if err != nil {
			return nil, "", err
		}
		content, err := io.ReadAll(file)
		return content, "", errors.Join(err, file.Close())
	}
	if text = strings.TrimSpace(f.Get("text")); text == "" || !routing.CanSpeak() {
		return nil, "", errs.New(errs.Invalid, "routing.bad_sound", "there is no file").At("file").Try("choose a WAV or MP3 file")
	}
	content, err = routing.Speak(v.Context(), text, f.Get("voice"))
	return content, text, err
}

func (p *pages) chosenPrompt(v *cabinet.Visit) (one routing.Prompt, err error) {
	return one, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		one, err = routing.GetPrompt(ctx, q, v.Project.ID, routing.PromptID(v.R.PathValue("prompt")))
		return err
	})
}

// sound is GET /telephony/prompts/{prompt}/sound: the file, of which a player may ask for parts.
func (p *pages) sound(v *cabinet.Visit) error {
	one, err := p.chosenPrompt(v)
	if err != nil {
		return err
	}
	file, err := p.Routing.Open(one)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	h := v.W.Header()
	h.Set("Content-Type", map[string]string{"wav": "audio/wav", "mp3": "audio/mpeg"}[one.Format])
	h.Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(v.W, v.R, "", one.MadeAt, file)
	return nil
}

// askRemovePrompt is GET /telephony/prompts/{prompt}/remove.
func (p *pages) askRemovePrompt(v *cabinet.Visit) error {
	one, err := p.chosenPrompt(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("telephony.prompt_remove_title", lang.Values{"Name": one.Name}), Text: v.T("telephony.prompt_remove_text"), Action: promptPath(v, one.ID) + "/remove",
		Yes: v.T("telephony.prompt_remove"), No: v.Path(root + "/prompts"), Danger: true,
	}
	return v.Render(below(v, "/prompts", ask.Title), ask.Draw())
}

// removePrompt is POST /telephony/prompts/{prompt}/remove.
func (p *pages) removePrompt(v *cabinet.Visit) error {
	one, err := p.chosenPrompt(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Routing.RemovePrompt(ctx, tx, v.Permit, one.ID, v.At)
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/prompts"), ui.Toast{Text: v.T("telephony.prompt_removed", lang.Values{"Name": one.Name})})
}
