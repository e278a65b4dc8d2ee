package calls

import (
	"context"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// deed is something that can be done with a call that goes on (Rule T-125).
type deed struct {
	verb   string // the end of its path
	text   lang.Key
	kind   call.CommandKind
	said   lang.Key // once it is done
	asks   bool     // it has a page that asks for more
	phases []call.Phase
	may    func(b *board, l call.Live) bool
}

// deeds are the buttons of a call on the board, in their order.
var deeds = []deed{
	{verb: "take", text: "calls.take", kind: call.Fetch, said: "calls.taking", phases: []call.Phase{call.InQueue, call.Ringing, call.IsParked}, may: func(b *board, l call.Live) bool {
		return b.edits(l) && l.Direction == call.Inbound
	}},
	{verb: "pass", text: "calls.pass", asks: true, phases: []call.Phase{call.Talking}, may: (*board).edits},
	{verb: "hold", text: "calls.hold", kind: call.Hold, said: "calls.held", phases: []call.Phase{call.Talking}, may: (*board).edits},
	{verb: "resume", text: "calls.resume", kind: call.Resume, said: "calls.resumed", phases: []call.Phase{call.OnHold}, may: (*board).edits},
	{verb: "park", text: "calls.park", kind: call.Park, said: "calls.parked", phases: []call.Phase{call.Talking}, may: (*board).edits},
	{verb: "complete", text: "calls.complete", kind: call.Complete, said: "calls.completed", phases: []call.Phase{call.Consulting}, may: (*board).edits},
	{verb: "merge", text: "calls.merge", kind: call.Merge, said: "calls.merged", phases: []call.Phase{call.Consulting}, may: (*board).edits},
	{verb: "return", text: "calls.return", kind: call.Return, said: "calls.returned", phases: []call.Phase{call.Consulting}, may: (*board).edits},
	{verb: "listen", text: "calls.listen", kind: call.Listen, said: "calls.listening", phases: []call.Phase{call.Talking}, may: (*board).hears},
	{verb: "whisper", text: "calls.whisper", kind: call.Whisper, said: "calls.listening", phases: []call.Phase{call.Talking}, may: (*board).hears},
	{verb: "barge", text: "calls.barge", kind: call.Barge, said: "calls.listening", phases: []call.Phase{call.Talking}, may: (*board).hears},
	{verb: "hang-up", text: "calls.hang_up", asks: true, phases: []call.Phase{call.Ringing, call.Talking, call.OnHold, call.Consulting, call.IsParked, call.InQueue}, may: (*board).edits},
}

func (s *section) orders() {
	edit, listen := cabinet.Project(access.Edit, access.Calls), cabinet.Project(access.Listen, access.Calls)
	for _, d := range deeds {
		need := edit
		if d.supervises() {
			need = listen
		}
		if !d.asks {
			s.Handle("POST "+base+liveRoot+"/{call}/"+d.verb, need, s.obey(d))
		}
	}
	s.Handle("GET "+base+liveRoot+"/{call}/pass", edit, s.askPass)
	s.Handle("POST "+base+liveRoot+"/{call}/pass", edit, s.pass)
	s.Handle("GET "+base+liveRoot+"/{call}/hang-up", edit, s.askHangUp)
	s.Handle("POST "+base+liveRoot+"/{call}/hang-up", edit, s.obey(deed{verb: "hang-up", kind: call.HangUp, said: "calls.hung_up"}))
	s.Handle("GET "+base+liveRoot+"/connect", edit, s.askConnect)
	s.Handle("POST "+base+liveRoot+"/connect", edit, s.connect)
}

// supervises tells whether the deed is a supervisor's, and rings whoever asks.
func (d deed) supervises() bool {
	return d.kind == call.Listen || d.kind == call.Whisper || d.kind == call.Barge
}

// rings tells whether the telephone of whoever asks rings.
func (d deed) rings() bool { return d.supervises() || d.kind == call.Fetch }

// deeds are what the reader is offered to do with a call.
func (b *board) deeds(l call.Live) (offered []deed) {
	for _, d := range deeds {
		if b.exchange && slices.Contains(d.phases, l.Phase) && d.may(b, l) {
			offered = append(offered, d)
		}
	}
	return offered
}

// edits reports whether the reader may have something done with a call.
func (b *board) edits(l call.Live) bool { return b.mayEdit && b.edit.Covers(l.Person.User) }

// going is the call of the path that goes on, where the reader's level reaches it.
func (s *section) going(v *cabinet.Visit, action access.Action) (call.Call, error) {
	id, err := call.ParseID(v.R.PathValue("call"))
	if err != nil {
		return call.Call{}, err
	}
	w, err := call.Look(v.Permit, action)
	if err != nil {
		return call.Call{}, err
	}
	return w.Get(v.Context(), s.DB, id)
}

// obey is POST /p/{project}/live/{call}/hold and its like: the call does it, or the board says why it does not (Rule T-125).
func (s *section) obey(d deed) cabinet.Action {
	return func(v *cabinet.Visit) error {
		action := access.Edit
		if d.supervises() {
			action = access.Listen
		}
		c, err := s.going(v, action)
		if err != nil {
			return err
		}
		order := call.Command{Kind: d.kind}
		if !d.rings() {
			order.Employee = c.Person.ID
		}
		if err := s.order(v, c, order); err != nil {
			return s.unlessLate(v, err)
		}
		toast := ui.Toast{Text: v.T(d.said)}
		if d.kind == call.Hold {
			toast.Undo = v.Path(liveRoot + "/" + c.ID.String() + "/resume")
		}
		return v.Done(v.Path(liveRoot), toast)
	}
}

// unlessLate shows the board with what is wrong, where the call has gone on since the reader saw it.
func (s *section) unlessLate(v *cabinet.Visit, err error) error {
	if kind := errs.KindOf(err); kind != errs.Conflict && kind != errs.Unavailable && errs.CodeOf(err) != "call.not_found" {
		return err
	}
	text, hint := v.Error(err)
	if hint != "" {
		text += ". " + hint
	}
	return v.Done(v.Path(liveRoot), ui.Toast{Tone: ui.Warning, Text: text})
}

// order gives an order to a call and writes it down.
func (s *section) order(v *cabinet.Visit, c call.Call, o call.Command) error {
	if err := s.Exchange.Obey(v.Context(), v.Permit, c.ID, o); err != nil {
		return err
	}
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		return v.Record(ctx, tx, audit.Change{Object: "call", ObjectID: c.ID.String(), Action: string(o.Kind)})
	})
}

// askHangUp is GET /p/{project}/live/{call}/hang-up.
func (s *section) askHangUp(v *cabinet.Visit) error {
	c, err := s.going(v, access.Edit)
	if err != nil {
		return err
	}
	title := v.T("calls.hang_up_title", lang.Values{"Number": number(v.View, c.Client)})
	return v.Render(belowLive(v, title), ui.Confirm{
		Title: title, Text: v.T("calls.hang_up_text"), Yes: v.T("calls.hang_up"), No: v.Path(liveRoot), Danger: true, Action: v.URL.Path,
	}.Draw())
}

// belowLive is a page under the board.
func belowLive(v *cabinet.Visit, title string) ui.Page {
	p := below(v, title)
	p.Section, p.Narrow, p.Crumbs = liveKey, true, []ui.Link{{Text: v.T("calls.live"), Href: v.Path(liveRoot)}}
	return p
}

// askPass is GET /p/{project}/live/{call}/pass: to whom a call is passed on, or who is asked.
func (s *section) askPass(v *cabinet.Visit) error {
	c, err := s.going(v, access.Edit)
	if err != nil {
		return err
	}
	return s.showPass(v, c, cabinet.NewForm(nil), v.Render)
}

// pass is POST /p/{project}/live/{call}/pass: at once, or after the colleague was asked.
func (s *section) pass(v *cabinet.Visit) error {
	c, err := s.going(v, access.Edit)
	if err != nil {
		return err
	}
	f := v.Form()
	to := dialplan.Target{Employee: f.Get("employee")}
	if typed := f.Get("phone"); typed != "" {
		n, err := phone.Parse(typed, v.Project.Country)
		if err != nil {
			f.Wrong["phone"], _ = v.Error(err)
		}
		to.Phone = string(n)
	}
	if (to.Employee == "") == (f.Get("phone") == "") {
		f.Wrong["employee"] = v.T("calls.pass_to_one")
	}
	if !f.Refused() {
		order, said := call.Command{Kind: call.Consult, Employee: c.Person.ID, To: to}, lang.Key("calls.consulting")
		if f.Get("do") == string(call.TransferTo) {
			order.Kind, said = call.TransferTo, "calls.passed"
		}
		err := s.order(v, c, order)
		if err == nil {
			return v.Done(v.Path(liveRoot), ui.Toast{Text: v.T(said)})
		}
		if err := f.Refuse(v, err); err != nil {
			return err
		}
	}
	return s.showPass(v, c, f, v.RenderWrong)
}
