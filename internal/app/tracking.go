package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/pbx"
	"bellwether/internal/phone"
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

// OriginOf says where a call came from, for the PBX: the visit that was shown the number, or the source that it stands for (Rule C-90).
func (a *App) OriginOf(ctx context.Context, asked pbx.Asked) (call.Origin, error) {
	behind, err := a.Collector.Behind(ctx, tracking.Call{
		ID: asked.Call.ID.String(), Project: asked.Call.Project, Number: asked.Number, Caller: asked.From, At: asked.At,
	})
	if err != nil {
		return call.Origin{}, err
	}
	return a.originOf(ctx, asked.Call, behind)
}

// OriginByCode says where a call came from by the code that its caller gave, for whoever may edit the call (Rule C-94). Errors:
// errs.Denied `access.denied`, errs.NotFound `call.not_found`, and those of tracking.Collector.Confirm.
func (a *App) OriginByCode(ctx context.Context, p access.Permit, id call.ID, code string) (call.Origin, error) {
	w, err := call.Look(p, access.Edit)
	if err != nil {
		return call.Origin{}, err
	}
	c, err := w.Get(ctx, a.DB, id)
	if err != nil {
		return call.Origin{}, err
	}
	caller, _ := phone.Parse(c.Client, "") // nobody's where it is withheld
	return a.confirm(ctx, pbx.Asked{Call: call.Ref{Project: c.Project, ID: c.ID}, Number: phone.Number(c.Number), From: caller, At: c.StartedAt}, code)
}

// confirm joins a call with the visit of a code.
func (a *App) confirm(ctx context.Context, asked pbx.Asked, code string) (call.Origin, error) {
	behind, err := a.Collector.Confirm(ctx, tracking.Call{
		ID: asked.Call.ID.String(), Project: asked.Call.Project, Number: asked.Number, Caller: asked.From, At: asked.At,
	}, code, a.clock())
	if err != nil {
		return call.Origin{}, err
	}
	origin, err := a.originOf(ctx, asked.Call, behind)
	if read, bad := tracking.ParsePromo(code); bad == nil {
		origin.Promo = string(read)
	}
	return origin, err
}

// originOf is what stands behind a call, in the words of its log.
func (a *App) originOf(ctx context.Context, ref call.Ref, behind tracking.Behind) (call.Origin, error) {
	switch {
	case behind.Sign != nil:
		return call.Origin{Source: behind.Sign.Source, Medium: behind.Sign.Medium, Campaign: behind.Sign.Campaign, Certainty: call.Certain, FoundAt: a.clock()}, nil
	case behind.Visit == 0:
		return call.Origin{}, nil
	}
	v, err := tracking.GetVisit(ctx, a.Events, ref.Project, behind.Visit)
	if err != nil {
		return call.Origin{}, err
	}
	o := call.Origin{
		Receipt: ref.ID.String(), Visit: v.ID.String(), Visitor: v.Visitor, Certainty: int64(behind.Chance * call.Certain), Channel: string(v.From.Channel),
		Source: v.From.Name, Medium: v.From.Medium, Campaign: v.From.Campaign, Term: v.From.Term, Content: v.From.Content,
		Landing: v.Landing, Referrer: v.Referrer, Page: v.Page, Device: v.Device, Language: v.Language, Region: v.Place.Region, IP: v.Network, FoundAt: a.clock(),
	}
	if len(v.From.Clicks) > 0 {
		o.Click = v.From.Clicks[0].Name + "=" + v.From.Clicks[0].ID
	}
	return o, nil
}
