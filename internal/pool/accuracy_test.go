package pool_test

import (
	"fmt"
	"testing"

	"bellwether/internal/pool"

	"github.com/google/go-cmp/cmp"
)

// percents is an interval as people read it.
func percents(i pool.Interval) string {
	return fmt.Sprintf("%.2f %.2f %.2f", 100*i.Share, 100*i.Low, 100*i.High)
}

// Rule C-18: published examples of Wilson's interval.
func TestWilson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		right, total int
		want         string
	}{
		{0, 0, "0.00 0.00 100.00"},
		{0, 10, "0.00 0.00 27.75"},
		{10, 10, "100.00 72.25 100.00"},
		{81, 263, "30.80 25.53 36.62"},
		{15, 148, "10.14 6.24 16.05"},
		{19000, 20000, "95.00 94.69 95.29"},
	} {
		if got := percents(pool.Wilson(c.right, c.total)); got != c.want {
			t.Errorf("%d of %d: got %s, want %s", c.right, c.total, got, c.want)
		}
	}
}

// Rule C-17 and Rule C-18: unknown calls are not right, and numbers that were not reissued are no sample of those that were.
func TestAccuracyOfAPool(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tally pool.Tally
		want  string
	}{
		"no calls":              {pool.Tally{}, "0.00 0.00 100.00"},
		"unknown is not right":  {pool.Tally{Shared: 100, Truths: pool.Verdict{Right: 90, Wrong: 5, Unknown: 5}}, "90.00 82.56 94.48"},
		"shared without truths": {pool.Tally{Sole: pool.Verdict{Right: 50}, Shared: 50}, "50.00 50.00 100.00"},
		// half of the calls are right for sure, of the other half 90 % of what is known
		"both":             {pool.Tally{Sole: pool.Verdict{Right: 500}, Shared: 500, Truths: pool.Verdict{Right: 90, Wrong: 10}}, "95.00 91.28 97.24"},
		"all of them sole": {pool.Tally{Sole: pool.Verdict{Right: 96, Unknown: 4}}, "96.00 96.00 96.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := percents(c.tally.Accuracy()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	var v pool.Verdict
	for _, answer := range []string{"ads", "seo", "", "ads"} {
		v.Judge(answer, "ads")
	}
	if diff := cmp.Diff(pool.Verdict{Right: 2, Wrong: 1, Unknown: 1}, v); diff != "" || v.Total() != 4 {
		t.Error(diff)
	}
}

// Rule C-09.
func TestAPoolGrowsForACause(t *testing.T) {
	t.Parallel()
	poor := pool.Tally{Shared: 1000, Truths: pool.Verdict{Right: 800, Wrong: 100, Unknown: 100}} // 80 %, at most 82.4
	lucky := pool.Tally{Shared: 1000, Truths: pool.Verdict{Right: 17, Wrong: 2, Unknown: 1}}     // 85 %, but 64 to 95
	for name, c := range map[string]struct {
		health pool.Health
		growth pool.Growth
		add    int
		wanted int
		cause  pool.Cause
	}{
		"all is well":                 {pool.Health{Numbers: 50, Visits: 1000, Overloads: 10, Target: 0.95}, pool.Growth{Most: 100}, 0, 0, pool.Well},
		"overloads":                   {pool.Health{Numbers: 50, Visits: 1000, Overloads: 11, Needed: 72, Target: 0.95}, pool.Growth{Most: 100}, 22, 22, pool.Overloaded},
		"the calculator sees no need": {pool.Health{Numbers: 52, Visits: 1000, Overloads: 11, Needed: 40, Target: 0.95}, pool.Growth{Most: 100}, 6, 6, pool.Overloaded},
		"the budget ends":             {pool.Health{Numbers: 50, Visits: 1000, Overloads: 11, Needed: 72, Target: 0.95}, pool.Growth{Most: 60}, 10, 22, pool.Overloaded},
		"the budget is spent":         {pool.Health{Numbers: 70, Visits: 1000, Overloads: 11, Needed: 72, Target: 0.95}, pool.Growth{Most: 60}, 0, 7, pool.Overloaded},
		"step by step":                {pool.Health{Numbers: 50, Visits: 1000, Overloads: 11, Needed: 72, Target: 0.95}, pool.Growth{Most: 100, Step: 5}, 5, 22, pool.Overloaded},
		"less accurate than promised": {pool.Health{Numbers: 50, Visits: 1000, Source: poor, Needed: 180, Target: 0.95}, pool.Growth{Most: 500}, 130, 130, pool.Inaccurate},
		"bad luck is no cause":        {pool.Health{Numbers: 50, Visits: 1000, Source: lucky, Needed: 180, Target: 0.94}, pool.Growth{Most: 500}, 0, 0, pool.Well},
		"an empty pool":               {pool.Health{Visits: 10, Overloads: 10, Target: 0.95}, pool.Growth{Most: 5}, 1, 1, pool.Overloaded},
		"nothing is known":            {pool.Health{Numbers: 5, Target: 0.95}, pool.Growth{Most: 50}, 0, 0, pool.Well},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pool.Grow(c.health, c.growth)
			if got.Add != c.add || got.Wanted != c.wanted || got.Cause != c.cause || got.Limited != (c.add < c.wanted) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
