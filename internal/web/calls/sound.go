package calls

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// player is a recording on a page.
type player struct {
	*cabinet.Visit
	call.Recording
	title  string
	src    string // empty for who may not listen, or where it cannot be heard now
	path   string
	listen bool
	remove bool
}

func playerOf(v *cabinet.Visit, c call.Call, r call.Recording) player {
	p := player{Visit: v, Recording: r, path: v.Path(callPath(c.ID) + "/recordings/" + strconv.FormatInt(r.N, 10)), title: v.T("calls.recording")}
	if r.Kind == call.VoicemailRecording {
		p.title = v.T("calls.voicemail_of", lang.Values{"Number": number(v.View, c.Client)})
	}
	reaches := func(a access.Action) bool {
		reach, err := v.Permit.May(a, access.Recordings)
		return err == nil && reach.Covers(c.Person.User)
	}
	p.listen, p.remove = reaches(access.Listen), reaches(access.Delete)
	if p.listen && r.State == call.Ready {
		p.src = p.path + "/sound"
	}
	return p
}

// recordingOf is the recording of the path.
func recordingOf(v *cabinet.Visit) (id call.ID, n int64, err error) {
	if id, err = call.ParseID(v.R.PathValue("call")); err != nil {
		return 0, 0, err
	}
	n, _ = strconv.ParseInt(v.R.PathValue("recording"), 10, 64)
	return id, n, nil
}

// sound is GET .../recordings/{recording}/sound: the file, in the pieces that the player asks for.
func (s *section) sound(v *cabinet.Visit) error {
	id, n, err := recordingOf(v)
	if err != nil {
		return err
	}
	return s.send(v, v.Permit, access.Listen, id, n)
}

// send answers with a recording (Rule T-112). No cache on the way keeps it.
func (s *section) send(v *cabinet.Visit, p access.Permit, a access.Action, id call.ID, n int64) error {
	r, file, err := s.Files.Hear(v.Context(), s.DB, p, a, id, n)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	h := v.W.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": "call-" + id.String() + "-" + strconv.FormatInt(n, 10) + ".wav"}))
	h.Set("ETag", `"`+r.Hash[:16]+`"`)
	http.ServeContent(v.W, v.R, "", r.StartedAt, file)
	return nil
}

// open is GET /recordings/{secret}: a link that opens without signing in, as long as whoever it was made for may listen.
func (s *section) open(v *cabinet.Visit) error {
	link, err := s.Links.Read(v.R.PathValue("secret"), v.At)
	if err != nil {
		return err
	}
	permit, err := s.permitOf(v.Context(), v, link)
	if err == nil {
		_, err = permit.May(link.Action, access.Recordings)
	}
	if err == nil {
		err = s.send(v, permit, link.Action, link.Call, link.Recording)
	}
	switch errs.KindOf(err) {
	case errs.Denied, errs.NotFound, errs.Unauthenticated:
		return errs.New(errs.NotFound, "call.bad_link", "the link opens nothing, or no longer").Try("ask for a new one")
	}
	return err
}

// permitOf is the permit behind a link now.
func (s *section) permitOf(ctx context.Context, v *cabinet.Visit, link call.Link) (access.Permit, error) {
	org := ident.ProjectOrg(link.Project)
	if link.For == "" {
		return s.Gate.ByInstallation(ctx, org, v.At)
	}
	return s.Gate.Behalf(ctx, link.For, org, v.At)
}

// link is GET .../recordings/{recording}/link: an address to pass on. Making one changes nothing.
func (s *section) link(v *cabinet.Visit) error {
	id, n, err := recordingOf(v)
	if err != nil {
		return err
	}
	secret, until, err := s.Links.Make(v.Context(), s.DB, v.Permit, access.Listen, id, n, 0, v.At)
	if err != nil {
		return err
	}
	return v.Render(below(v, v.T("calls.link_title")), linkPage(s.Links.Address(secret), v.T("calls.link_until", lang.Values{"Until": v.DateTime(until)}), v.Path(callPath(id))))
}

// heard is POST .../recordings/{recording}/heard and /unheard, of a voicemail.
func (s *section) heard(heard bool) cabinet.Action {
	return func(v *cabinet.Visit) error {
		id, n, err := recordingOf(v)
		if err != nil {
			return err
		}
		if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
			return call.MarkHeard(ctx, tx, v.Permit, id, n, heard, v.At)
		}); err != nil {
			return err
		}
		toast := ui.Toast{Text: v.T("calls.marked_heard"), Undo: v.Path(callPath(id) + "/recordings/" + strconv.FormatInt(n, 10) + "/unheard")}
		if !heard {
			toast = ui.Toast{Text: v.T("calls.marked_unheard")}
		}
		return v.Done(v.Path(root+"/voicemail"), toast)
	}
}

// restore is POST .../recordings/{recording}/restore.
func (s *section) restore(v *cabinet.Visit) error {
	id, n, err := recordingOf(v)
	if err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return call.RestoreRecording(ctx, tx, v.Permit, id, n, v.At)
	}); err != nil {
		return err
	}
	return v.Done(v.Path(callPath(id)), ui.Toast{Text: v.T("calls.restore_asked")})
}

// askErase is GET .../recordings/{recording}/erase.
func (s *section) askErase(v *cabinet.Visit) error {
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	return v.Render(below(v, v.T("calls.erase_title")), ui.Confirm{
		Title: v.T("calls.erase_title"), Text: v.T("calls.erase_text"), Yes: v.T("calls.erase"), No: v.Path(callPath(c.ID)), Danger: true, Action: v.URL.Path,
	}.Draw())
}

// erase is POST .../recordings/{recording}/erase.
func (s *section) erase(v *cabinet.Visit) error {
	id, n, err := recordingOf(v)
	if err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return call.EraseRecording(ctx, tx, v.Permit, id, n, v.At)
	}); err != nil {
		return err
	}
	return v.Done(v.Path(callPath(id)), ui.Toast{Text: v.T("calls.erased_recording")})
}

// voicemail is GET /p/{project}/calls/voicemail: the messages, those nobody has heard first.
func (s *section) voicemail(v *cabinet.Visit) error {
	var fresh, all []call.Message
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.LookAtRecordings(v.Permit, access.View)
		if err != nil {
			return err
		}
		after, _ := strconv.ParseInt(v.URL.Query().Get("after"), 10, 64)
		if fresh, err = w.Voicemails(ctx, q, true, 0, messagesAPage); err != nil {
			return err
		}
		all, err = w.Voicemails(ctx, q, false, call.ID(max(0, after)), messagesAPage+1)
		return err
	}); err != nil {
		return err
	}
	return v.Render(page(v, "/voicemail"), inboxOf(v, fresh, all).draw())
}

const messagesAPage = 25

// inbox is the voicemails as they are shown.
type inbox struct {
	*cabinet.Visit
	fresh, heard []message
	next         string
}

// message is a voicemail with its player.
type message struct {
	call.Message
	player player
}

func inboxOf(v *cabinet.Visit, fresh, all []call.Message) inbox {
	box := inbox{Visit: v}
	for _, m := range fresh {
		box.fresh = append(box.fresh, message{m, playerOf(v, m.Call, m.Recording)})
	}
	if len(all) > messagesAPage {
		all = all[:messagesAPage]
		box.next = v.Path(root+"/voicemail") + "?after=" + all[len(all)-1].Call.ID.String()
	}
	for _, m := range all {
		if !m.Recording.HeardAt.IsZero() {
			box.heard = append(box.heard, message{m, playerOf(v, m.Call, m.Recording)})
		}
	}
	return box
}
