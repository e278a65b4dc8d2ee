package pool_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/pool"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func errorAs(err error, target **errs.Error) bool { return errors.As(err, target) }

// plain are weights that can be redone by hand: of 200 callers 100 call in the first 5 seconds, 99 in the next 5 and one in the last four hours of a Window.
// The factors: 100/200 * 86400/5 = 8640, 8553.6, and 1/200 * 86400/14400 = 0.03. A stranger is 1 call in 100: 1/99 for each holder.
func plain() pool.Weights {
	w := pool.DefaultWeights()
	w.Delays = pool.Delays{}
	for range 100 {
		w.Delays.Add(2 * time.Second)
	}
	for range 99 {
		w.Delays.Add(7 * time.Second)
	}
	w.Delays.Add(23 * time.Hour)
	w.Strangers = 0.01
	return w
}

// holder is a visit that began so many seconds before noon.
func holder(visit, source string, ago int, facts pool.Facts) pool.Candidate {
	return pool.Candidate{Visit: visit, Source: source, From: at(-ago), Facts: facts}
}

// verdict is what matters of a receipt.
type verdict struct{ Visit, Source, Likeliest, Probability, Unknown string }

func judged(r pool.Receipt) verdict {
	v := verdict{Visit: r.Visit, Source: r.Source, Unknown: fmt.Sprintf("%.4f", r.Unknown)}
	if len(r.Candidates) > 0 {
		v.Likeliest, v.Probability = r.Candidates[0].Visit, fmt.Sprintf("%.4f", r.Candidates[0].Probability)
	}
	return v
}

// Rules C-14, C-15, C-16 and C-19.
func TestWhoseCallItIs(t *testing.T) {
	t.Parallel()
	late := 22 * 3600 // in the bucket of 20 to 24 hours: factor 0.03
	for name, c := range map[string]struct {
		region     string
		candidates []pool.Candidate
		want       verdict
	}{
		// 8640 / (8640 + 1/99)
		"one holder, just now": {"", []pool.Candidate{holder("a", "ads", 2, pool.Facts{})}, verdict{"a", "ads", "a", "1.0000", "0.0000"}},
		// 0.03 / (0.03 + 0.010101): nobody else had the number
		"one holder, long ago": {"", []pool.Candidate{holder("a", "ads", late, pool.Facts{})}, verdict{"a", "ads", "a", "0.7481", "0.2519"}},
		// 8640 / (8640 + 8553.6 + 2/99)
		"two holders":     {"", []pool.Candidate{holder("b", "seo", 7, pool.Facts{}), holder("a", "ads", 2, pool.Facts{})}, verdict{"a", "ads", "a", "0.5025", "0.0000"}},
		"who is online":   {"", []pool.Candidate{holder("b", "seo", 7, pool.Facts{Online: true}), holder("a", "ads", 2, pool.Facts{})}, verdict{"b", "seo", "b", "0.6644", "0.0000"}},
		"a contact page":  {"", []pool.Candidate{holder("b", "seo", 7, pool.Facts{Contact: true}), holder("a", "ads", 2, pool.Facts{})}, verdict{"b", "seo", "b", "0.6644", "0.0000"}},
		"a tapped number": {"", []pool.Candidate{holder("b", "seo", 7, pool.Facts{TelClick: true}), holder("a", "ads", 2, pool.Facts{})}, verdict{"b", "seo", "b", "0.8879", "0.0000"}},
		"a known phone":   {"", []pool.Candidate{holder("b", "seo", 7, pool.Facts{KnownPhone: true}), holder("a", "ads", 2, pool.Facts{})}, verdict{"b", "seo", "b", "0.9950", "0.0000"}},
		// 8553.6 * 1.5 / (8553.6 * 1.5 + 8640 * 0.6)
		"the caller's region": {"Kyiv", []pool.Candidate{
			{Visit: "b", Source: "seo", From: at(-7), Region: "Kyiv"}, {Visit: "a", Source: "ads", From: at(-2), Region: "Lviv"},
		}, verdict{"b", "seo", "b", "0.7122", "0.0000"}},
		"a region nobody knows": {"", []pool.Candidate{{Visit: "a", Source: "ads", From: at(-2), Region: "Lviv"}}, verdict{"a", "ads", "a", "1.0000", "0.0000"}},
		"a promo code is certain": {
			"",
			[]pool.Candidate{holder("b", "seo", late, pool.Facts{PromoCode: true}), holder("a", "ads", 2, pool.Facts{TelClick: true})},
			verdict{"b", "seo", "b", "1.0000", "0.0000"},
		},
		"even of last week": {"", []pool.Candidate{holder("b", "seo", 7*86400, pool.Facts{PromoCode: true}), holder("a", "ads", 2, pool.Facts{})}, verdict{"b", "seo", "b", "1.0000", "0.0000"}},
		// five holders of 0.03 each and 5/99 of strangers: 0.15 / 0.2005 together, 0.1496 each
		"too many, and from everywhere": {"", many(5, late, "ads", "seo", "mail", "map", "none"), verdict{"", "", "visit-0", "0.1496", "0.2519"}},
		"too many, but of one source":   {"", many(5, late, "ads", "ads", "mail", "ads", "ads"), verdict{"", "ads", "visit-0", "0.1496", "0.2519"}},
		"nobody calls so soon after":    {"", []pool.Candidate{holder("a", "ads", 3600, pool.Facts{})}, verdict{"", "", "a", "0.0000", "1.0000"}},
		"nobody":                        {"", nil, verdict{Unknown: "1.0000"}},
		"only later visits":             {"", []pool.Candidate{holder("a", "ads", -5, pool.Facts{})}, verdict{Unknown: "1.0000"}},
		"only visits of long ago":       {"", []pool.Candidate{holder("a", "ads", 86400, pool.Facts{})}, verdict{Unknown: "1.0000"}},
		"a visit named twice":           {"", []pool.Candidate{holder("a", "ads", late, pool.Facts{}), holder("a", "ads", late, pool.Facts{})}, verdict{"a", "ads", "a", "0.7481", "0.2519"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pool.Score(pool.Call{At: noon, Region: c.region}, c.candidates, plain())
			if diff := cmp.Diff(c.want, judged(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// many are visits a minute apart, the latest first, so long ago.
func many(n, ago int, sources ...string) []pool.Candidate {
	list := make([]pool.Candidate, n)
	for i := range list {
		list[i] = holder(fmt.Sprintf("visit-%d", i), sources[i%len(sources)], ago+60*i, pool.Facts{})
	}
	return list
}

// A receipt says why, with what was known.
func TestReasons(t *testing.T) {
	t.Parallel()
	c := holder("a", "ads", 2, pool.Facts{Online: true, Contact: true, TelClick: true, KnownPhone: true, PromoCode: true})
	c.Region = "Kyiv"
	got := pool.Score(pool.Call{At: noon, Region: "Kyiv"}, []pool.Candidate{c}, plain())
	want := []pool.Reason{
		{Code: pool.ReasonDelay, Factor: 8640, Seconds: 2},
		{Code: pool.ReasonOnline, Factor: 2},
		{Code: pool.ReasonContact, Factor: 2},
		{Code: pool.ReasonTelClick, Factor: 8},
		{Code: pool.ReasonSameRegion, Factor: 1.5, Region: "Kyiv"},
		{Code: pool.ReasonKnownPhone, Factor: 200},
		{Code: pool.ReasonPromoCode},
	}
	if diff := cmp.Diff(want, got.Candidates[0].Reasons); diff != "" {
		t.Error(diff)
	}
}

// Rule C-21: scoring anew makes another receipt; the first is as it was, also after it was stored.
func TestRescoreKeepsHistory(t *testing.T) {
	t.Parallel()
	candidates := append(many(60, 22*3600-3600, "ads", "seo"), holder("now", "mail", 3, pool.Facts{}))
	first := pool.Score(pool.Call{At: noon}, candidates, plain())
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	var stored pool.Receipt
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	w := plain()
	same := stored.Rescore(w, nil)
	if same.Revision != 2 || same.Unknown != first.Unknown || !cmp.Equal(same.Candidates, first.Candidates) {
		t.Errorf("the same weights give %+v", judged(same))
	}
	w.Version = 7
	second := stored.Rescore(w, map[string]pool.Facts{"visit-3": {PromoCode: true}})
	if second.Weights != 7 || second.Revision != 2 || second.Visit != "visit-3" {
		t.Errorf("got %+v of weights %d", judged(second), second.Weights)
	}
	if diff := cmp.Diff(first, stored); diff != "" {
		t.Errorf("the first receipt changed: %s", diff)
	}
	if len(first.Candidates) != pool.MostCandidates || len(first.Older) != 11 {
		t.Errorf("%d candidates are named and %d are not", len(first.Candidates), len(first.Older))
	}
}

func TestProbabilitiesSumToOne(t *testing.T) {
	t.Parallel()
	flag := rapid.Bool()
	rapid.Check(t, func(t *rapid.T) {
		candidates := make([]pool.Candidate, rapid.IntRange(0, 80).Draw(t, "holders"))
		for i := range candidates {
			candidates[i] = pool.Candidate{
				Visit: fmt.Sprint(i), Source: rapid.SampledFrom([]string{"ads", "seo", "mail"}).Draw(t, "source"),
				From: at(-rapid.IntRange(-10, 90_000).Draw(t, "ago")), Region: rapid.SampledFrom([]string{"", "Kyiv", "Lviv"}).Draw(t, "region"),
				Facts: pool.Facts{Online: flag.Draw(t, "online"), TelClick: flag.Draw(t, "tel"), PromoCode: rapid.IntRange(0, 99).Draw(t, "promo") == 0},
			}
		}
		w := pool.DefaultWeights()
		w.Strangers = rapid.SampledFrom([]float64{0, 0.02, 0.3}).Draw(t, "strangers")
		r := pool.Score(pool.Call{At: noon, Region: "Kyiv"}, candidates, w)
		sum := r.Unknown
		for i, c := range r.Candidates {
			sum += c.Probability
			if i > 0 && c.Probability > r.Candidates[i-1].Probability {
				t.Fatalf("%s is likelier than the one above", c.Visit)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("they sum to %v", sum)
		}
		if r.Visit != "" && r.Source == "" {
			t.Fatal("a visit without its source")
		}
	})
}

// Rule C-14: what is learnt comes on top of the prior, and its distribution is that of the calls.
func TestDelaysAreLearnt(t *testing.T) {
	t.Parallel()
	var learnt pool.Delays
	for range 300 {
		learnt.Add(10 * time.Minute)
	}
	learnt.Add(-time.Second)
	learnt.Add(pool.Window)
	if learnt.Total() != 300 {
		t.Errorf("%v calls were counted", learnt.Total())
	}
	prior := pool.DefaultHabit.Delays(100)
	if got := prior.Plus(learnt).Total(); math.Abs(got-400) > 1e-9 {
		t.Errorf("got %v calls in all", got)
	}
	if before, after := prior.Within(12*time.Minute), prior.Plus(learnt).Within(12*time.Minute); math.Abs(after-(before+3)/4) > 1e-9 {
		t.Errorf("%v became %v", before, after)
	}
	if got := prior.At(prior.Within(20 * time.Minute)); got.Round(time.Second) != 20*time.Minute {
		t.Errorf("got back %v", got)
	}
	if got := prior.Within(48 * time.Hour); got != 1 {
		t.Errorf("beyond the window there are %v", got)
	}
}
