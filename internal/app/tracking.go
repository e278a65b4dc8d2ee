package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/event"
	"bellwether/internal/pbx"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/widget"
)

// tellEvery is how often billing is told of visits.
const tellEvery = time.Minute

// openTracking makes the parts of call tracking on the open stores.
func (a *App) openTracking() {
	a.Tracking = tracking.New(a.Billing, rand.Reader)
	a.Collector = tracking.NewCollector(a.DB, a.Events)
	a.tally = &tracking.Tally{Core: a.DB, Events: a.Events, Billing: a.Billing}
}

// serveTracking adds the tag and the collector: for the pages of customers, past what cabinet and API ask of their readers.
func (a *App) serveTracking(mux *http.ServeMux) {
	mux.Handle("GET "+widget.Prefix, widget.Handler(widget.Tracked{Collector: a.Collector, Origin: a.Config.PublicURL, Clock: a.clock}))
	mux.Handle(widget.HitPath, a.asClient(widget.NewCollector(a.Collector, a.clock, a.Log)))
}

// tellVisits tells billing of the visits since the last time.
func (a *App) tellVisits(ctx context.Context) {
	told, err := a.tally.Run(ctx, a.clock())
	if ctx.Err() != nil {
		return
	}
	a.complain("telling billing of visits", err)
	if told > 0 {
		a.Log.Debug("visits were counted", "visits", told)
	}
}

// erasures takes people who were erased from the call log out of the events of visits too, which are another database (Rule T-113).
func (a *App) erasures() event.Subscriber {
	return event.Subscriber{Name: "erasures", Topics: []string{call.TopicErased}, Handle: func(ctx context.Context, e event.Event) error {
		var told call.ErasedCalls
		if err := json.Unmarshal(e.Body, &told); err != nil {
			return err
		}
		return a.Events.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return tracking.EraseCallers(ctx, tx, e.Project, told.Calls) })
	}}
}

// OriginOf says where a call came from, for the PBX: the visit that was shown the number, or the source that it stands for (Rule C-90).
func (a *App) OriginOf(ctx context.Context, asked pbx.Asked) (call.Origin, error) {
	behind, err := a.Collector.Behind(ctx, tracking.Call{
		ID: asked.Call.ID.String(), Project: asked.Call.Project, Number: asked.Number, Caller: asked.From, At: asked.At,
	})
	if err != nil {
		return call.Origin{}, err
	}
	switch {
	case behind.Sign != nil:
		return call.Origin{Source: behind.Sign.Source, Medium: behind.Sign.Medium, Campaign: behind.Sign.Campaign, Certainty: call.Certain, FoundAt: a.clock()}, nil
	case behind.Visit == 0:
		return call.Origin{}, nil
	}
	v, err := tracking.GetVisit(ctx, a.Events, asked.Call.Project, behind.Visit)
	if err != nil {
		return call.Origin{}, err
	}
	o := call.Origin{
		Receipt: asked.Call.ID.String(), Visit: v.ID.String(), Visitor: v.Visitor, Certainty: int64(behind.Chance * call.Certain), Channel: string(v.From.Channel),
		Source: v.From.Name, Medium: v.From.Medium, Campaign: v.From.Campaign, Term: v.From.Term, Content: v.From.Content,
		Landing: v.Landing, Referrer: v.Referrer, Page: v.Page, Device: v.Device, Language: v.Language, Region: v.Place.Region, IP: v.Network, FoundAt: a.clock(),
	}
	if len(v.From.Clicks) > 0 {
		o.Click = v.From.Clicks[0].Name + "=" + v.From.Clicks[0].ID
	}
	return o, nil
}
