package call_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var advert = call.Origin{
	Receipt: "r-1", Visit: "v-1", Visitor: "p-1", Certainty: 9300, Pool: "kyiv", Channel: "paid_search", Source: "google", Medium: "cpc",
	Campaign: "roses", Term: "buy roses", Content: "a", Click: "gclid=x", Landing: "https://kvitka.example/roses", Referrer: "https://www.google.com/",
	Page: "https://kvitka.example/contacts", Device: "phone", Language: "uk", Region: "Kyiv", IP: "203.0.113.0", ClientID: "12.34", Promo: "4711", Custom: "vip=true", FoundAt: noon,
}

// opened is a call of a client that has begun.
func (h *house) opened(at time.Time, from string) call.Ref {
	h.Helper()
	ref := call.Ref{Project: "shop", ID: call.NewID(at)}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: ref.ID, Direction: call.Inbound, Client: from, Number: main, Node: "n"})
	})
	return ref
}

func (h *house) attribute(ref call.Ref, o call.Origin) {
	h.Helper()
	h.must(func(ctx context.Context, tx *store.Tx) error { return call.Attribute(ctx, tx, ref, o) })
}

// Rule T-114: the last that was found counts, for the project's own calls.
func TestOriginIsReadWithTheCall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ref := h.opened(noon, client)
		h.attribute(ref, call.Origin{Channel: "direct", Source: "(direct)", FoundAt: noon})
		h.attribute(ref, advert)
		list := h.list(h.look(h.owner), call.Filter{})
		if diff := cmp.Diff(advert, list[0].Origin); diff != "" {
			t.Errorf("the origin in a list, -want +got:\n%s", diff)
		}
		one, err := h.look(h.owner).Get(context.Background(), db, ref.ID)
		if err != nil || one.Origin != list[0].Origin || one.Visit != advert.Visit {
			t.Errorf("the call by itself: %+v, %v", one.Origin, err)
		}
		err = h.do(func(ctx context.Context, tx *store.Tx) error {
			return call.Attribute(ctx, tx, call.Ref{Project: "bank", ID: ref.ID}, advert)
		})
		if errs.CodeOf(err) != "call.not_found" {
			t.Errorf("another project's call: %v", err)
		}
	})
}

// Rule T-114: texts of the network are kept readable.
func TestHostileOriginIsReadable(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	ref := h.opened(noon, client)
	h.attribute(ref, call.Origin{Source: "a\x00b\u202ec\n", Certainty: 20_000, FoundAt: noon})
	if got := h.list(h.look(h.owner), call.Filter{})[0].Origin; got.Source != "abc" || got.Certainty != call.Certain {
		t.Errorf("source %q, certainty %d", got.Source, got.Certainty)
	}
}

// Rule T-115: every call is in one row, those of unknown origin too.
func TestSourcesAddUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		for i, o := range []call.Origin{advert, advert, {Channel: "paid_search", Source: "bing", Medium: "cpc", FoundAt: noon}, {}} {
			ref := h.opened(noon.Add(time.Duration(i)*time.Minute), []string{client, client, other, other}[i])
			if o.Known() {
				h.attribute(ref, o)
			}
		}
		w := h.look(h.owner)
		rows, err := w.By(context.Background(), db, call.Filter{}, call.ByChannel, call.BySource)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][2]int64{}
		for _, r := range rows {
			got[r.Of[0]+"/"+r.Of[1]] = [2]int64{r.Calls, r.Clients}
		}
		want := map[string][2]int64{"paid_search/google": {2, 1}, "paid_search/bing": {1, 1}, "/": {1, 0}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("calls and first calls by channel and source, -want +got:\n%s", diff)
		}
		for source, calls := range map[string]int{"google": 2, "bing": 1, "": 1} {
			if list := h.list(w, call.Filter{Origin: map[call.Dimension]string{call.BySource: source}}); len(list) != calls {
				t.Errorf("%d calls of source %q, want %d", len(list), source, calls)
			}
		}
		h.attribute(h.opened(noon.Add(time.Hour), other), call.Origin{Pool: "kyiv", FoundAt: noon}) // of call tracking, and nobody knows whose
		tracked, err := w.By(context.Background(), db, call.Filter{}, call.ByChannel, call.BySource, call.ByMedium, call.ByCampaign, call.ByTracked)
		if err != nil {
			t.Fatal(err)
		}
		unknown := map[string]int64{}
		for _, r := range tracked {
			if r.Of[0] == "" {
				unknown[r.Of[4]] = r.Calls
			}
		}
		if diff := cmp.Diff(map[string]int64{"yes": 1, "": 1}, unknown); diff != "" {
			t.Errorf("calls of unknown origin, to numbers of call tracking and to others, -want +got:\n%s", diff)
		}
		yes, no := true, false
		for name, c := range map[string]struct {
			f    call.Filter
			want int
		}{"tracked": {call.Filter{Tracked: &yes}, 4}, "not tracked": {call.Filter{Tracked: &no}, 1}, "tracked in vain": {call.Filter{Tracked: &yes, Known: &no}, 1}, "known": {call.Filter{Known: &yes}, 3}} {
			if list := h.list(w, c.f); len(list) != c.want {
				t.Errorf("%s: %d calls, want %d", name, len(list), c.want)
			}
		}
		counts, err := w.OfVisitors(context.Background(), db, []string{advert.Visitor, "", "nobody"})
		if diff := cmp.Diff(map[string]int64{advert.Visitor: 2}, counts); diff != "" || err != nil {
			t.Errorf("calls of visitors: %v, -want +got:\n%s", err, diff)
		}
		counts, err = w.OfVisits(context.Background(), db, []string{advert.Visit, "", "1"})
		if diff := cmp.Diff(map[string]int64{advert.Visit: 2}, counts); diff != "" || err != nil {
			t.Errorf("calls of visits: %v, -want +got:\n%s", err, diff)
		}
		known := false
		if list := h.list(w, call.Filter{Known: &known}); len(list) != 2 {
			t.Errorf("%d calls of unknown origin, want 2", len(list))
		}
	})
}

// Rows of others are not there in a report either. Rule T-107.
func TestSourcesKeepToTheWindow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	h.attribute(h.opened(noon, client), advert)
	rows, err := h.look(h.cat).By(context.Background(), h.db, call.Filter{}, call.BySource)
	own := h.list(h.look(h.cat), call.Filter{})
	if err != nil || len(rows) != len(own) {
		t.Errorf("%d rows of %d calls, %v", len(rows), len(own), err)
	}
	for _, bad := range [][]call.Dimension{nil, {"client"}, {call.BySource, call.BySource}, {"source) --"}} {
		if _, err := h.look(h.owner).By(context.Background(), h.db, call.Filter{}, bad...); errs.CodeOf(err) != "call.bad_dimension" {
			t.Errorf("by %q: %v", bad, err)
		}
	}
}

// Rule T-113: what stays of an erased person's origin names nobody.
func TestErasedPersonLeavesNoTrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	h.attribute(h.opened(noon, client), advert)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := call.ErasePerson(ctx, tx, h.permit(h.owner), client, noon)
		return err
	})
	want := call.Origin{
		Certainty: 9300, Pool: "kyiv", Channel: "paid_search", Source: "google", Medium: "cpc", Campaign: "roses", Term: "buy roses", Content: "a",
		Device: "phone", Language: "uk", Region: "Kyiv", FoundAt: noon,
	}
	if diff := cmp.Diff(want, h.list(h.look(h.owner), call.Filter{})[0].Origin); diff != "" {
		t.Errorf("what stays of the origin, -want +got:\n%s", diff)
	}
}
