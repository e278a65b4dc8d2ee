package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

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
