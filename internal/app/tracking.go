package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/pbx"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/telemetry"
	"bellwether/internal/tracking"
	"bellwether/internal/widget"
)

// tellEvery is how often billing is told of visits.
const tellEvery = time.Minute

// tendEvery is how often pools are looked after.
const tendEvery = 10 * time.Minute

// openTracking makes the parts of call tracking on the open stores.
func (a *App) openTracking() error {
	a.Tracking = tracking.New(a.Billing, rand.Reader)
	a.Collector = tracking.NewCollector(a.DB, a.Events)
	a.keeper = &tracking.Keeper{Core: a.DB, Events: a.Events, Billing: a.Billing, Numbers: a.Numbers, Tell: a.mailPool}
	a.tally = &tracking.Tally{Core: a.DB, Events: a.Events, Billing: a.Billing}
	a.Metrics.WatchTracking(a.trackingNow)
	if a.Config.Programs != "" {
		list, err := os.Open(a.Config.Programs)
		if err != nil {
			return err
		}
		defer func() { _ = list.Close() }()
		if a.Collector.Programs, err = tracking.ReadPrograms(list); err != nil {
			return err
		}
	}
	if a.Config.Geo == "" {
		return nil
	}
	places, err := openAtlas(a.Config.Geo)
	if err == nil {
		a.Collector.Atlas, a.places = places, places
	}
	return err
}

// serveTracking adds the tag and the collector: for the pages of customers, past what cabinet and API ask of their readers.
func (a *App) serveTracking(mux *http.ServeMux) {
	mux.Handle("GET "+widget.Prefix, widget.Handler(widget.Tracked{Collector: a.Collector, Origin: a.Config.PublicURL, Clock: a.clock}))
	hits := widget.NewCollector(a.Collector, a.clock, a.Log)
	hits.Count = a.Metrics.Hit
	mux.Handle(widget.HitPath, a.asClient(hits))
}

// trackingNow is what the metrics show of call tracking.
func (a *App) trackingNow() telemetry.Tracking {
	c := a.Collector.Counts(a.clock())
	return telemetry.Tracking{Visits: c.Visits, Bots: c.Bots, Leases: c.Leases, Overloads: c.Overloads, Capped: c.Capped, Doubtful: c.Doubtful, Pools: c.Pools, DryPools: c.Dry, Open: c.Open}
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
		return a.Events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return tracking.EraseCallers(ctx, tx, e.Project, told.Calls)
		})
	}}
}

// OriginOf says where a call came from, for the PBX: the visit that was shown the number, or the source that it stands for (Rule C-90).
func (a *App) OriginOf(ctx context.Context, asked pbx.Asked) (call.Origin, error) {
	settings, err := call.GetSettings(ctx, a.DB, asked.Call.Project)
	if err != nil {
		return call.Origin{}, err
	}
	behind, err := a.Collector.Behind(ctx, tracking.Call{
		ID: asked.Call.ID.String(), Project: asked.Call.Project, Number: asked.Number, Caller: asked.From, At: asked.At,
		Cycle: time.Duration(settings.RepeatedDays) * day,
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

const day = 24 * time.Hour

// originOf is what the log notes of what stands behind a call: all of its visit, or the source alone where no visit is likely enough.
func (a *App) originOf(ctx context.Context, ref call.Ref, b tracking.Behind) (call.Origin, error) {
	o := call.Origin{Certainty: int64(math.Round(b.Chance * call.Certain)), FoundAt: a.clock()}
	if b.Sign == nil && len(b.Receipt.Candidates) > 0 {
		o.Receipt = ref.ID.String()
	}
	if b.Pool != "" {
		p, err := tracking.GetPool(ctx, a.DB, ref.Project, b.Pool)
		if err != nil && errs.KindOf(err) != errs.NotFound { // it may have been removed
			return call.Origin{}, err
		}
		o.Pool = p.Name
	}
	from, err := b.From(ctx, a.Events, ref.Project)
	if err != nil {
		return call.Origin{}, err
	}
	o.Channel, o.Source, o.Medium, o.Campaign, o.Term, o.Content = string(from.Channel), from.Name, from.Medium, from.Campaign, from.Term, from.Content
	if b.Visit == 0 {
		return o, nil
	}
	v, err := tracking.GetVisit(ctx, a.Events, ref.Project, b.Visit)
	if err != nil {
		return call.Origin{}, err
	}
	o.Visit, o.Visitor, o.Landing, o.Referrer, o.Page = v.ID.String(), v.Visitor, v.Landing, v.Referrer, v.Page
	o.Device, o.Language, o.Region, o.IP = v.Device, v.Language, v.Place.Region, v.Network
	o.ClientID, o.Custom = v.ClientID(), v.Custom.String()
	if len(from.Clicks) > 0 {
		o.Click = from.Clicks[0].Name + "=" + from.Clicks[0].ID
	}
	return o, nil
}

// RescoreFor scores a call anew for whoever may edit it (Rule C-102). Errors: errs.Denied `access.denied`; errs.NotFound `call.not_found`,
// `tracking.no_receipt`.
func (a *App) RescoreFor(ctx context.Context, p access.Permit, id call.ID) (changed bool, err error) {
	w, err := call.Look(p, access.Edit)
	if err != nil {
		return false, err
	}
	c, err := w.Get(ctx, a.DB, id)
	if err != nil {
		return false, err
	}
	return a.rescore(ctx, call.Ref{Project: c.Project, ID: c.ID}, p.Actor())
}

// Rescore scores a call anew and has the log say what came of it (Rule C-102); it reports whether there was anything to change. Errors: errs.NotFound
// `tracking.no_receipt`.
func (a *App) Rescore(ctx context.Context, ref call.Ref) (changed bool, err error) {
	return a.rescore(ctx, ref, audit.Program("scorer"))
}

func (a *App) rescore(ctx context.Context, ref call.Ref, by audit.Actor) (changed bool, err error) {
	behind, changed, err := a.Collector.Rescore(ctx, ref.Project, ref.ID.String())
	if err != nil || !changed {
		return false, err
	}
	origin, err := a.originOf(ctx, ref, behind)
	if err != nil {
		return false, err
	}
	return true, a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := call.OriginOf(ctx, tx, ref)
		if err != nil {
			return err
		}
		origin.Promo = before.Promo // the caller's word: no score changes it
		if err := call.Attribute(ctx, tx, ref, origin); err != nil {
			return err
		}
		return audit.Write(ctx, tx, by, a.clock(), audit.Change{
			Org: ident.ProjectOrg(ref.Project), Object: "call", ObjectID: ref.ID.String(), Action: "rescore",
			Before: map[string]string{"visit": before.Visit, "source": before.Source}, After: map[string]string{"visit": origin.Visit, "source": origin.Source},
		})
	})
}
