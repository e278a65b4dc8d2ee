package calls_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// visitor opens a page of a site that shows codes, and gives the code.
func (d *desk) visitor() string {
	d.Helper()
	var site tracking.Site
	permit := d.Permit(shop)
	d.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		site, err = d.App.Tracking.AddSite(ctx, tx, permit, tracking.Site{
			Name: "Shop", Hosts: []string{"shop.example"}, Consent: "full", Features: []string{"promo"}, Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{main}}},
		}, d.Now())
		return err
	})
	answer, err := d.App.Collector.Take(context.Background(), tracking.Hit{
		Key: site.Key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/?utm_source=flyer&utm_medium=print", ID: "h1",
	}, tracking.Sender{Address: netip.MustParseAddr("198.51.100.7"), Agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36", Origin: "https://shop.example"}, d.Now().Add(-5*time.Hour))
	if err != nil || answer.Promo == "" {
		d.Fatal(answer, err)
	}
	return answer.Promo
}

// Rule C-94: whoever may edit a call writes down the code that the caller said, and sees the visit; others' calls stay as they are.
func TestACodeIsWrittenDown(t *testing.T) {
	t.Parallel()
	d := open(t)
	code := d.visitor()
	form := func(text string) url.Values { return url.Values{"promo": {text}} }
	d.ann.Get(at(d.byAnn)).Must(t, http.StatusOK, "The caller said a code")
	d.ann.Post(at(d.byAnn)+"/code", form(code[:2]+" "+code[2:])).Must(t, http.StatusOK, "joined with the visit", "flyer", "100%", "the caller said the code", code)
	d.ann.Post(at(d.byAnn)+"/code", form("12 34")).Must(t, http.StatusUnprocessableEntity, "no code of a visitor", `value="12 34"`)
	wrong := "57240"
	if code == wrong {
		wrong = "10"
	}
	d.ann.Post(at(d.byAnn)+"/code", form(wrong)).Must(t, http.StatusUnprocessableEntity, "Ask for it once more")
	d.ann.Post(at(d.byBob)+"/code", form(code)).Must(t, http.StatusNotFound)
	d.stranger.Post("/p/other/calls/"+d.byAnn.String()+"/code", form(code)).Must(t, http.StatusNotFound)
	got := d.owner.Get(at(d.byBob)).Must(t, http.StatusOK)
	not(t, got, "flyer")
}
