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

// codes is the key of a site that shows codes.
func (d *desk) codes() string {
	d.Helper()
	var site tracking.Site
	permit := d.Permit(shop)
	d.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		site, err = d.App.Tracking.AddSite(ctx, tx, permit, tracking.Site{
			Name: "Shop", Hosts: []string{"shop.example"}, Consent: "full", Features: []string{"promo"}, Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{main}}},
		}, d.Now())
		return err
	})
	return site.Key
}

// visitor opens a page of such a site, by a link of a source, and gives the code.
func (d *desk) visitor(key, source string) string {
	d.Helper()
	answer, err := d.App.Collector.Take(context.Background(), tracking.Hit{
		Key: key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "https://shop.example/?utm_medium=print&utm_source=" + source, ID: source,
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
	code := d.visitor(d.codes(), "flyer")
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

// Rules C-94, C-102: a call is scored anew on its page, which says where the answer is the same; what was said before stays to be read.
func TestScoredAnewOnThePage(t *testing.T) {
	t.Parallel()
	d := open(t)
	key := d.codes()
	first, second := d.visitor(key, "flyer"), d.visitor(key, "poster")
	if first == second {
		t.Fatal("two visitors have one code")
	}
	form := func(text string) url.Values { return url.Values{"promo": {text}} }
	got := d.ann.Post(at(d.byAnn)+"/code", form(first)).Must(t, http.StatusOK, "Score it anew")
	not(t, got, "Earlier scorings")
	d.ann.Post(at(d.byAnn)+"/rescore", nil).Must(t, http.StatusOK, "The answer is the same")
	not(t, d.ann.Get(at(d.byAnn)).Must(t, http.StatusOK), "Earlier scorings")
	d.ann.Post(at(d.byAnn)+"/code", form(second)).Must(t, http.StatusOK, "poster", "Earlier scorings", "100% flyer / print")
	d.ann.Post(at(d.byBob)+"/rescore", nil).Must(t, http.StatusNotFound)
	d.stranger.Post("/p/other/calls/"+d.byAnn.String()+"/rescore", nil).Must(t, http.StatusNotFound)
	d.owner.Post(at(d.byBob)+"/rescore", nil).Must(t, http.StatusNotFound, "never asked")
}
