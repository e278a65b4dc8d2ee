package tracking_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/source"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// eventsWrite runs fn on the database of events.
func (h *house) eventsWrite(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.events.Write(h.Context(), fn); err != nil {
		h.Fatal(err)
	}
}

func (h *house) accuracy() tracking.Accuracy {
	h.Helper()
	a, err := tracking.AccuracyOf(h.Context(), h.events, "shop", h.pool.ID, h.now.Add(-tracking.MeasuredOver), h.now.Add(time.Second))
	if err != nil {
		h.Fatal(err)
	}
	all, err := tracking.Accuracies(h.Context(), h.events, "shop", []tracking.PoolID{h.pool.ID, "none"}, h.now.Add(-tracking.MeasuredOver), h.now.Add(time.Second))
	if err != nil || all[h.pool.ID] != a || all["none"] != (tracking.Accuracy{}) {
		h.Errorf("all pools say %+v, %v; one says %+v", all, err, a)
	}
	return a
}

func (h *house) rescore(id string) (tracking.Behind, bool) {
	h.Helper()
	h.restart() // as the command does it, in a process of its own
	b, changed, err := h.collector.Rescore(h.Context(), "shop", id)
	if err != nil {
		h.Fatal(err)
	}
	return b, changed
}

// one is a visit that opens the first page, stays a while and sees a number.
func (h *house) one(url string) *browser {
	b := h.open(url, "")
	b.send(tracking.PageHit)
	h.wait(20 * time.Second)
	b.send(tracking.BeatHit)
	return b
}

// leaves leaves a telephone number on the site.
func (b *browser) leaves(n phone.Number) {
	b.send(tracking.LeadHit, func(hit *tracking.Hit) { hit.Lead = &tracking.Lead{Kind: "form", Phone: string(n)} })
}

// Rules C-17, C-18, C-97 and C-103: a call whose number one visit alone saw checks itself; of the others those are checked whose caller is known, by
// what was answered without knowing them.
func TestAccuracyIsMeasuredByWhatIsCertain(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		first := h.one(google)
		h.call("1", first.number(), "+380671111111") // one visit alone saw it
		h.wait(4 * time.Minute)
		second := h.one("https://shop.example/?utm_source=mail&utm_medium=email")
		second.leaves(client)
		if second.number() != number(1) {
			t.Fatalf("%+v", second.Answer)
		}
		h.call("2", number(1), client)          // known by the phone that the second left, and right without it
		h.call("3", number(1), "+380672222222") // two visits saw it, nobody knows whose call it is
		h.wait(4 * time.Minute)
		third := h.one("https://shop.example/?utm_source=bing&utm_medium=cpc")
		if got := h.call("4", number(1), client); got.Source != "mail / email" || !got.Receipt.Candidates[0].KnownPhone || third.number() != number(1) {
			t.Errorf("a caller whose phone is known: %+v", got.Receipt)
		}
		got := h.accuracy()
		want := tracking.Accuracy{Calls: 4, Dynamic: 4, Checked: 3, ByPhone: 2, ByNumber: 1}
		want.Visit = pool.Tally{Sole: pool.Verdict{Right: 1}, Shared: 3, Truths: pool.Verdict{Right: 1, Wrong: 1}}
		want.Source = want.Visit
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		for since, some := range map[time.Time]bool{h.now.Add(-time.Hour): true, h.now.Add(time.Hour): false} {
			if found, err := tracking.Measurable(h.Context(), h.events, []ident.ProjectID{"shop", "other"}, since); err != nil || found["shop"] != some || found["other"] {
				t.Errorf("since %s there is something to measure in %v, %v", since, found, err)
			}
		}
	})
}

// Rule C-19: who tapped the number is no truth; a call to a number that nobody saw within a day is not judged.
func TestTapsAreNoTruth(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		b := h.one(google)
		h.wait(4 * time.Minute)
		other := h.one("https://shop.example/")
		other.send(tracking.LeadHit, func(hit *tracking.Hit) { hit.Lead = &tracking.Lead{Kind: "tel", Phone: string(number(1))} })
		h.call("1", number(1), client)
		h.wait(25 * time.Hour)
		h.call("2", number(1), client)
		got := h.accuracy()
		if got.Calls != 2 || got.Dynamic != 1 || got.Checked != 0 || got.Source.Accuracy() != (pool.Interval{High: 1}) {
			t.Errorf("%+v, the interval %+v; %+v", got, got.Source.Accuracy(), b.Answer)
		}
	})
}

// Rules C-100 and C-102: from calls whose visit is known the scorer learns how soon people call; a call scored anew has a further receipt, the
// earlier one stays.
func TestTheScorerLearns(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		first := h.one(google)
		h.wait(4 * time.Minute)
		h.one("https://shop.example/?utm_source=mail&utm_medium=email")
		before := h.call("1", number(1), client)
		h.eventsWrite(func(ctx context.Context, tx *store.Tx) error {
			for i := range 500 { // everybody calls some four and a half minutes after the visit begins
				at := h.now.Add(-time.Duration(i) * time.Hour)
				visit := tracking.VisitID(at.Add(-280*time.Second).UnixMicro() << 8)
				kind := tracking.TruthByPromo
				if i >= 400 {
					kind = tracking.TruthByNumber // teaches nothing
				}
				if err := tracking.Establish(ctx, tx, "shop", tracking.Truth{Call: fmt.Sprint("t", i), Kind: kind, Visit: visit, At: at}); err != nil {
					return err
				}
			}
			version, learnt, err := tracking.Learn(ctx, tx, "shop", h.now.Add(time.Hour))
			if err != nil || !learnt || version != 2 {
				t.Errorf("version %d, %t, %v", version, learnt, err)
			}
			again, learnt, err := tracking.Learn(ctx, tx, "shop", h.now.Add(2*time.Hour))
			if learnt || again != 2 {
				t.Errorf("of nothing new it made version %d", again)
			}
			return err
		})
		model, err := tracking.ModelOf(h.Context(), h.events, "shop")
		if err != nil || model.Delays.Total() < 599 || model.Delays.Total() > 601 {
			t.Fatalf("%v calls, %v", model.Delays.Total(), err)
		}
		stale, err := tracking.Stale(h.Context(), h.events, "shop", noon, h.now.Add(time.Hour), "", 10)
		if err != nil || len(stale) != 1 {
			t.Errorf("stale are %v, %v", stale, err)
		}
		after, changed := h.rescore("1")
		if !changed || before.Source != "mail / email" || after.Source != "google / cpc / spring" || after.Revision != 2 || after.Receipt.Weights != 2 {
			t.Errorf("%q by model %d became %q by model %d", before.Source, before.Receipt.Weights, after.Source, after.Receipt.Weights)
		}
		if _, changed := h.rescore("1"); changed {
			t.Error("a third receipt says the same")
		}
		all, err := tracking.Receipts(h.Context(), h.events, "shop", "1")
		if err != nil || len(all) != 2 || all[0].Revision != 2 || all[1].Source != before.Source {
			t.Errorf("%+v, %v", all, err)
		}
		if again := h.call("1", number(1), client); again.Revision != 2 || again.Visit != after.Visit {
			t.Errorf("asked again: %+v", again)
		}
		_ = first
	})
}

// Rule C-102: a phone that is left after the call makes the call known, when it is scored anew.
func TestAPhoneLeftAfterTheCall(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		first := h.one(google)
		h.wait(4 * time.Minute)
		h.one("https://shop.example/?utm_source=mail&utm_medium=email")
		if b := h.call("1", number(1), client); b.Source != "mail / email" {
			t.Fatalf("%+v", b)
		}
		if _, changed := h.rescore("1"); changed {
			t.Error("nothing is known that was not")
		}
		first.leaves(client)
		if b, changed := h.rescore("1"); !changed || b.Source != "google / cpc / spring" {
			t.Errorf("%t, %+v", changed, b)
		}
		if a := h.accuracy(); a.ByPhone != 1 || a.Source.Truths != (pool.Verdict{Wrong: 1}) {
			t.Errorf("the first answer was wrong, and is judged: %+v", a)
		}
	})
}

// Rule C-15: where no visit is confident, visits of one source are so together; the log gets the source without a visit.
func TestTheSourceWithoutTheVisit(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		for range 12 {
			h.one(google)
			h.wait(3 * time.Minute)
		}
		h.wait(4 * time.Hour)
		b := h.call("1", number(1), client)
		if b.Visit != 0 || b.Kind != tracking.BySource || b.Source != "google / cpc / spring" || b.Chance < 0.5 || b.Pool != h.pool.ID {
			t.Fatalf("%+v", b)
		}
		from, err := b.From(h.Context(), h.events, "shop")
		want := source.Source{Name: "google", Medium: "cpc", Campaign: "spring", Kind: source.Search, Channel: source.ChannelPaidSearch}
		if diff := cmp.Diff(want, from); diff != "" || err != nil {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
		if a := h.accuracy(); a.Unknown != 0 || a.Dynamic != 1 {
			t.Errorf("%+v", a)
		}
	})
}

// Rule C-05: a call to the overflow number has those for candidates that see it.
func TestCallsToTheOverflowNumber(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		p := h.permit("shop")
		h.pool.Overflow = number(9)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.service.EditPool(ctx, tx, p, h.pool, h.now)
			return err
		})
		h.wait(2 * time.Second)
		h.one("https://shop.example/")
		if b := h.one(google); b.number() != number(9) {
			t.Fatalf("%+v", b.Answer)
		}
		if b := h.call("1", number(9), client); b.Source != "google / cpc / spring" || b.Pool != h.pool.ID || len(b.Receipt.Candidates) != 1 {
			t.Errorf("%+v", b)
		}
	})
}

// Rule C-72: what a number stands for has the channel that a visit of it would have; what stands on paper is offline.
func TestTheChannelOfANumber(t *testing.T) {
	t.Parallel()
	for sign, want := range map[tracking.Sign]source.Channel{
		{Source: "Google", Medium: "CPC"}:                     source.ChannelPaidSearch,
		{Source: "billboard", Offline: true}:                  source.ChannelOffline,
		{Source: "partner.example", Medium: "referral"}:       source.ChannelReferral,
		{Source: "news", Medium: "email", Campaign: "spring"}: source.ChannelEmail,
	} {
		if from, err := (tracking.Behind{Sign: &sign}).From(t.Context(), nil, "shop"); err != nil || from.Channel != want {
			t.Errorf("%+v: %q, %v", sign, from.Channel, err)
		}
	}
}
