package calls_test

import (
	"context"
	"net/http"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Rule T-114: where a call came from is told to the live panel while it rings, and stands on it.
func TestTheSourceOfACallThatRings(t *testing.T) {
	t.Parallel()
	d := open(t)
	ref := call.Ref{Project: "shop", ID: call.NewID(d.Now())}
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: ref.ID, Direction: call.Inbound, Client: client, Number: main, Node: "n"})
	})
	pulse := func() string {
		all, err := call.Pulse(t.Context(), d.App.DB, []ident.ProjectID{"shop"})
		if err != nil {
			t.Fatal(err)
		}
		return all["shop"]
	}
	before := pulse()
	not(t, d.owner.Get("/p/shop/live/now").Must(t, http.StatusOK, shown), "google")
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Attribute(ctx, tx, ref, call.Origin{Source: "google", Medium: "cpc", Campaign: evil, Term: "buy roses", Landing: "https://shop.example/roses?gclid=1", Device: "mobile", Region: "UA-30", FoundAt: d.Now()})
	})
	if pulse() == before {
		t.Error("open panels are not told")
	}
	not(t, d.owner.Get("/p/shop/live/now").Must(t, http.StatusOK, "google / cpc / ", "buy roses", "shop.example/roses · Phone · UA-30"), evil, "gclid")
}

// Rule T-115: a row of a report opens to its calls alone, by whatever dimensions it is summed up.
func TestDrillingDown(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		for id, o := range map[call.ID]call.Origin{
			d.byAnn: {Source: "google", Device: "mobile", Region: "UA-30", Landing: "https://shop.example/roses?a=1&b=2", FoundAt: d.Now()},
			d.byBob: {Source: "google", Device: "desktop", FoundAt: d.Now()},
		} {
			if err := call.Attribute(ctx, tx, call.Ref{Project: "shop", ID: id}, o); err != nil {
				return err
			}
		}
		return nil
	})
	d.owner.Get("/p/shop/calls/sources?by=device&by=region&by=landing&by=source").Must(t, http.StatusOK, "f.device=desktop", "f.region=%E2%80%93", "f.landing=https%3A%2F%2Fshop.example%2Froses%3Fa%3D1%26b%3D2")
	not(t, d.owner.Get("/p/shop/calls?f.source=google&f.region=%E2%80%93").Must(t, http.StatusOK, d.byBob.String()), d.byAnn.String())
	not(t, d.owner.Get("/p/shop/calls?f.device=mobile&f.landing=https%3A%2F%2Fshop.example%2Froses%3Fa%3D1%26b%3D2").Must(t, http.StatusOK, d.byAnn.String()), d.byBob.String())
}

// Rule T-114: where a call came from stands on its page and, where it is wanted, in the log; the report by source opens to its calls.
func TestOrigin(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get(at(d.byAnn)).Must(t, http.StatusOK, "Where it came from", "not one of call tracking")
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Attribute(ctx, tx, call.Ref{Project: "shop", ID: d.byAnn}, call.Origin{
			Visit: "7", Certainty: 9250, Channel: "Paid Search", Source: "google", Medium: "cpc", Campaign: evil, Term: "buy roses", FoundAt: d.Now(),
		})
	})
	not(t, d.owner.Get(at(d.byAnn)).Must(t, http.StatusOK, "google", "buy roses", "92.5"), evil)
	not(t, d.owner.Get("/p/shop/calls").Must(t, http.StatusOK), "buy roses")
	d.owner.Get("/p/shop/calls?cols=term,certainty").Must(t, http.StatusOK, "buy roses", "92.5")
	not(t, d.owner.Get("/p/shop/calls?f.source=google").Must(t, http.StatusOK, d.byAnn.String()), d.byBob.String())
	not(t, d.owner.Get("/p/shop/calls?f.known=no").Must(t, http.StatusOK, d.byBob.String()), d.byAnn.String())
	report := d.owner.Get("/p/shop/calls/sources?by=source&by=campaign").Must(t, http.StatusOK, "google", "unknown", "f.source=google", "f.campaign=%E2%80%93&amp;", "f.source=%E2%80%93")
	not(t, report, evil)
	// a row goes on below itself, and what was never to be known is told from what is not known
	const narrowed = "f.source=google&amp;from="
	d.owner.Get("/p/shop/calls/sources?by=source").Must(t, http.StatusOK, "by=medium&amp;"+narrowed, "f.direction=inbound&amp;"+narrowed, "not of call tracking", "f.tracked=no")
	below := d.owner.Get("/p/shop/calls/sources?by=term&f.source=google").Must(t, http.StatusOK, "buy roses", `name="f.source" value="google"`, "f.source=google&amp;f.term=buy%20roses")
	not(t, below, "not of call tracking")
	not(t, d.owner.Get("/p/shop/calls?f.tracked=no").Must(t, http.StatusOK, d.byBob.String()), d.byAnn.String())
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Attribute(ctx, tx, call.Ref{Project: "shop", ID: d.byBob}, call.Origin{Pool: "All", FoundAt: d.Now()})
	})
	d.owner.Get(at(d.byBob)).Must(t, http.StatusOK, "No visit is known")
	d.owner.Get("/p/shop/calls/sources?by=source").Must(t, http.StatusOK, "unknown", "f.tracked=yes")
	not(t, d.owner.Get("/p/shop/calls?f.known=no&f.tracked=yes").Must(t, http.StatusOK, d.byBob.String()), d.byAnn.String())
	d.owner.Get("/p/shop/calls/sources?by=client&by=source&by=source&by=landing").Must(t, http.StatusOK, "google")
	file := d.owner.Get("/p/shop/calls/sources?by=source&format=csv").Must(t, http.StatusOK, "google,1,")
	not(t, file, "buy roses")
	d.stranger.Get("/p/shop/calls/sources").Must(t, http.StatusNotFound)
	if got := d.ann.Get("/p/shop/calls/sources?format=csv"); got.Status != http.StatusForbidden {
		t.Errorf("a manager takes the report away: %d", got.Status)
	}
}
