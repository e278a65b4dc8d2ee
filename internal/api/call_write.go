package api

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

func isMissing(err error) bool { return errs.KindOf(err) == errs.NotFound }

func (a *API) addNote(ctx context.Context, tx *store.Tx, in *struct {
	ByCall
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"4000"`
	}
},
) (CallNote, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return CallNote{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return CallNote{}, err
	}
	n, err := call.AddNote(ctx, tx, p, id, in.Body.Text, a.now())
	return viewNote(n), err
}

// CallLabels are a call's tags and category.
type CallLabels struct {
	Tags     []string `json:"tags" maxItems:"20" doc:"Up to 40 characters each"`
	Category string   `json:"category" maxLength:"40" doc:"One of the project's; empty for none"`
}

func (a *API) setLabels(ctx context.Context, tx *store.Tx, in *struct {
	ByCall
	Body CallLabels
},
) (CallLabels, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return CallLabels{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return CallLabels{}, err
	}
	if err := call.SetTags(ctx, tx, p, id, in.Body.Tags, a.now()); err != nil {
		return CallLabels{}, err
	}
	if err := call.SetCategory(ctx, tx, p, id, in.Body.Category, a.now()); err != nil {
		return CallLabels{}, err
	}
	w, err := call.Look(p, access.Edit)
	if err != nil {
		return CallLabels{}, err
	}
	c, err := w.Get(ctx, tx, id)
	return CallLabels{Tags: append([]string{}, c.Tags...), Category: c.Category}, err
}

// RecordingLink is an address that opens one recording without a key.
type RecordingLink struct {
	URL   string    `json:"url"`
	Until time.Time `json:"until" doc:"When it opens no longer; earlier where whoever made the key may not listen any more"`
}

func (a *API) recordingLink(ctx context.Context, in *struct {
	ByCall
	Recording string `path:"recording" maxLength:"9" doc:"Its number within the call"`
	Seconds   int64  `query:"seconds" minimum:"1" maximum:"604800" default:"3600" doc:"For how long it opens"`
},
) (RecordingLink, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return RecordingLink{}, err
	}
	n, _ := strconv.ParseInt(in.Recording, 10, 64)
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return RecordingLink{}, err
	}
	secret, until, err := a.parts.Links.Make(ctx, a.parts.DB, p, access.Export, id, n, time.Duration(in.Seconds)*time.Second, a.now())
	if err != nil {
		return RecordingLink{}, err
	}
	return RecordingLink{URL: a.parts.Links.Address(secret), Until: until}, nil
}

// exportCalls reads calls page by page, each on the newest state: a long read would keep the log of the database from being
// emptied.
func (a *API) exportCalls(ctx context.Context, in *struct {
	Of
	CallFilter
},
) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		filter, err := in.domain()
		var p access.Permit
		var w call.Window
		if err == nil {
			p, err = a.permit(ctx, in.id())
		}
		if err == nil {
			w, err = call.Look(p, access.Export)
		}
		view := viewCall(p)
		for after := call.ID(0); err == nil; {
			var list []call.Call
			if list, err = w.List(ctx, a.parts.DB, filter, call.NewestFirst, after, exportPage); err != nil {
				break
			}
			for _, c := range list {
				if !yield(callLine(view(c)), nil) {
					return
				}
			}
			if len(list) < exportPage {
				return
			}
			after = list[len(list)-1].ID
		}
		yield(nil, err)
	}
}

func callLine(c Call) []string {
	who := CallPerson{}
	if c.Employee != nil {
		who = *c.Employee
	}
	moment := func(at *time.Time) string {
		if at == nil {
			return ""
		}
		return instantCell(*at)
	}
	cost := ""
	if c.Cost != nil {
		cost = c.Cost.String()
	}
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	return append([]string{
		c.ID, string(c.Direction), c.Caller, c.Dialled, string(c.Status), string(c.Result), instantCell(c.StartedAt), moment(c.AnsweredAt), moment(c.EndedAt),
		string(c.EndedBy), whole(c.Wait), whole(c.Talk), who.ID, who.Name, who.Department, who.DepartmentName, c.Scheme, c.SchemeName, whole(c.Version),
		whole(c.Counter), strconv.FormatBool(c.Repeated), strconv.FormatBool(c.Proper), strconv.FormatBool(c.Missed), strconv.FormatBool(c.Owed), c.Category,
		strings.Join(c.Tags, ", "), whole(c.Recordings), whole(c.Notes), c.Visit, cost,
	}, originLine(c.Origin)...)
}
