package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/webhook"
)

// OneRecording is a recording of a call, by its path.
type OneRecording struct {
	ByCall
	Recording string `path:"recording" maxLength:"9" doc:"Its number within the call"`
}

// ids are those of the call and of the recording.
func (o OneRecording) ids() (call.ID, int64, error) {
	id, err := call.ParseID(o.Call)
	n, wrong := strconv.ParseInt(o.Recording, 10, 64)
	if err == nil && wrong != nil {
		err = errs.New(errs.NotFound, "call.no_recording", "the call has no such recording").At("recording")
	}
	return id, n, err
}

// VoicemailMessage is a message that a client left.
type VoicemailMessage struct {
	Call      string        `json:"call"`
	Client    string        `json:"client,omitempty"`
	Number    string        `json:"number"`
	Recording CallRecording `json:"recording"`
	HeardAt   *time.Time    `json:"heard_at,omitempty"`
}

// VoicemailMessages are those of a project.
type VoicemailMessages struct {
	Messages []VoicemailMessage `json:"messages" doc:"The newest first"`
}

func recordingRoutes(a *API) {
	const tag, path = chapterCalls, "/v1/projects/{project}/calls/{call}/recordings/{recording}"
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/voicemails", id: "list-voicemails", tag: tag, need: needMessages, summary: "List voicemails", text: "The newest 100, or those before the call `before`.",
	}, a.listVoicemails)
	write(a, route{
		method: http.MethodPost, path: path + "/restore", id: "restore-recording", tag: tag, need: needCalls, ownRecord: true, summary: "Ask for a recording from the archive",
		text: "Within a minute it can be heard again, and returns to the archive 30 days later (Rule T-111). One that is not there is left as it is.",
	}, func(ctx context.Context, tx *store.Tx, in *OneRecording) (Ordered, error) {
		return a.withRecording(ctx, in, func(p access.Permit, id call.ID, n int64) error {
			return call.RestoreRecording(ctx, tx, p, id, n, a.now())
		})
	})
	write(a, route{
		method: http.MethodPut, path: path + "/heard", id: "set-voicemail-heard", tag: tag, need: needHear, summary: "Note that a voicemail was heard, or that it was not",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		OneRecording
		Body struct {
			Heard bool `json:"heard"`
		}
	},
	) (Ordered, error) {
		return a.withRecording(ctx, &in.OneRecording, func(p access.Permit, id call.ID, n int64) error {
			return call.MarkHeard(ctx, tx, p, id, n, in.Body.Heard, a.now())
		})
	})
	write(a, route{
		method: http.MethodDelete, path: path, id: "erase-recording", tag: tag, need: needErase, ownRecord: true, summary: "Erase a recording for good", text: "From now on nobody hears it; its file goes within a minute.",
	}, func(ctx context.Context, tx *store.Tx, in *OneRecording) (Ordered, error) {
		return a.withRecording(ctx, in, func(p access.Permit, id call.ID, n int64) error {
			return call.EraseRecording(ctx, tx, p, id, n, a.now())
		})
	})
	apart(a, route{
		method: http.MethodDelete, path: "/v1/projects/{project}/clients/{client}", id: "erase-client", tag: tag, need: needForget, ownRecord: true, summary: "Erase a person from the call log",
		text: "Their number, notes, tags, recordings and the history of their calls go; that there were calls, when and at what cost, stays (Rule T-113). What they left on sites goes too (Rule C-106).",
	}, a.eraseClient)
}

func (a *API) withRecording(ctx context.Context, in *OneRecording, do func(p access.Permit, id call.ID, n int64) error) (Ordered, error) {
	id, n, err := in.ids()
	if err != nil {
		return Ordered{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return Ordered{}, err
	}
	return Ordered{Call: id.String()}, do(p, id, n)
}

// mostVoicemails is how many are given at once.
const mostVoicemails = 100

func (a *API) listVoicemails(ctx context.Context, in *struct {
	Of
	Unheard bool   `query:"unheard" doc:"Only those nobody has heard"`
	Before  string `query:"before" maxLength:"20" doc:"The id of a call"`
},
) (out VoicemailMessages, err error) {
	var before call.ID
	if in.Before != "" {
		if before, err = call.ParseID(in.Before); err != nil {
			return out, err
		}
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.LookAtRecordings(p, access.View)
	if err != nil {
		return out, err
	}
	out.Messages = []VoicemailMessage{}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		list, err := w.Voicemails(ctx, q, in.Unheard, before, mostVoicemails)
		for _, m := range list {
			out.Messages = append(out.Messages, VoicemailMessage{m.Call.ID.String(), m.Client, m.Number, viewRecording(m.Recording), happened(m.Recording.HeardAt)})
		}
		return err
	})
}

// ErasedClient says how much was erased.
type ErasedClient struct {
	Calls  int `json:"calls" doc:"From which the person was taken out"`
	Visits int `json:"visits" doc:"Of theirs, which nothing joins with them any more"`
	Leads  int `json:"leads" doc:"They left, forms and orders"`
}

// eraseClient erases what a person left on sites before the log forgets whom to ask for again: visits are in a database of their own.
func (a *API) eraseClient(ctx context.Context, in *struct {
	Of
	Client string `path:"client" maxLength:"40" doc:"The client's number, E.164"`
},
) (out ErasedClient, err error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	if err := call.MayErasePerson(p); err != nil {
		return out, err
	}
	if err := a.parts.Events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		erased, err := tracking.ErasePerson(ctx, tx, p, phone.Number(in.Client))
		out.Visits, out.Leads = erased.Visits, erased.Leads
		return err
	}); err != nil {
		return out, err
	}
	if err := a.parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return webhook.ErasePerson(ctx, tx, in.id(), in.Client) }); err != nil {
		return out, err
	}
	err = a.parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		erased, err := call.ErasePerson(ctx, tx, p, in.Client, a.now())
		if err != nil {
			return err
		}
		out.Calls = erased.Calls
		return charging.ErasePerson(ctx, tx, in.id(), in.Client, erased.Legs)
	})
	if out.Visits+out.Leads > 0 && errs.KindOf(err) == errs.NotFound { // who never called is erased all the same
		err = a.parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return tracking.NoteErased(ctx, tx, p, tracking.Erased{Visits: out.Visits, Leads: out.Leads}, a.now())
		})
	}
	return out, err
}

func (a *API) removeNote(ctx context.Context, tx *store.Tx, in *struct {
	ByCall
	Note string `path:"note" maxLength:"20"`
},
) (Removed, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return Removed{}, err
	}
	note, wrong := strconv.ParseInt(in.Note, 10, 64)
	if wrong != nil {
		return Removed{}, errs.New(errs.NotFound, "call.no_note", "the call has no such note").At("note")
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return Removed{}, err
	}
	_, err = call.RemoveNote(ctx, tx, p, id, note, a.now())
	return Removed{in.Note}, err
}
