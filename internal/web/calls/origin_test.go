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
