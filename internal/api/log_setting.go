package api

import (
	"context"
	"net/http"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// CallSettings are how a project reads its log, and how long recordings are kept.
type CallSettings struct {
	ProperSeconds int64    `json:"proper_seconds" minimum:"0" maximum:"3600" doc:"Of talk that make an answered call proper (Rule T-105)"`
	RepeatedDays  int64    `json:"repeated_days" minimum:"0" maximum:"3650" doc:"Within which another call of a client is repeated; 0: however long ago (Rule T-104)"`
	KeepDays      int64    `json:"keep_days" minimum:"0" maximum:"3650" doc:"Recordings; 0: without limit (Rule T-110)"`
	VoicemailDays int64    `json:"voicemail_days" minimum:"0" maximum:"3650" doc:"Voicemails; 0: without limit"`
	Categories    []string `json:"categories" maxItems:"50" doc:"To choose from for a call; up to 40 characters each"`
}

func callSettingRoutes(a *API) {
	const tag, path = chapterCalls, "/v1/projects/{project}/call-settings"
	read(a, route{method: http.MethodGet, path: path, id: "get-call-settings", tag: tag, need: needTelephony, summary: "Read how the log is read and how long recordings are kept"}, a.getCallSettings)
	write(a, route{
		method: http.MethodPut, path: path, id: "set-call-settings", tag: tag, need: needTelephonyWrite, ownRecord: true, summary: "Decide how the log is read and how long recordings are kept",
		text: "Recordings that would be deleted at once are counted, and the change is refused with `call.would_expire` unless `delete` is true: they cannot be brought back.",
	}, a.setCallSettings)
}

func (a *API) getCallSettings(ctx context.Context, in *struct{ Of }) (CallSettings, error) {
	s, err := call.GetSettings(ctx, a.parts.DB, in.id())
	s.Categories = append([]string{}, s.Categories...)
	return CallSettings(s), err
}

func (a *API) setCallSettings(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body struct {
		CallSettings
		Delete bool `json:"delete,omitempty" doc:"Recordings that are too old by these settings may be deleted now"`
	}
},
) (CallSettings, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return CallSettings{}, err
	}
	wish := call.Settings(in.Body.CallSettings)
	n, err := call.WouldExpire(ctx, tx, in.id(), wish, a.now())
	if err != nil {
		return CallSettings{}, err
	}
	if n > 0 && !in.Body.Delete {
		return CallSettings{}, errs.New(errs.Conflict, "call.would_expire", "%d recordings would be deleted at once, and cannot be brought back", n).At("body.keep_days").
			Try("send delete: true where that is meant, or keep them for longer").With("recordings", n)
	}
	if err := call.SetSettings(ctx, tx, p, wish, a.now()); err != nil {
		return CallSettings{}, err
	}
	return in.Body.CallSettings, nil
}
