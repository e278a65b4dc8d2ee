package money_test

import (
	"math"
	"testing"

	"bellwether/internal/money"

	"pgregory.net/rapid"
)

// Rule B-01.
func TestParseAndString(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Micro{
		"0": 0, "98": 98_000_000, "-0.195083": -195_083, "36.5": 36_500_000, "0.000001": 1,
		"9223372036854.775807": math.MaxInt64,
	} {
		got, err := money.Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, got, err, want)
		}
		if back := got.String(); back != text {
			t.Errorf("Parse(%q).String() = %q", text, back)
		}
	}
	for _, bad := range []string{"", "-", ".5", "1.", "1e3", " 1", "1.0000001", "9223372036854.775808", "1,5", "--1", "+1", "٣"} {
		if got, err := money.Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", bad, got)
		}
	}
}

// Rule B-02.
func TestRound(t *testing.T) {
	t.Parallel()
	cent := money.Currency("USD").MinorUnit()
	for _, c := range []struct{ in, want money.Micro }{
		{5_000, 10_000}, {4_999, 0}, {-5_000, -10_000}, {-4_999, 0}, {3_266_667, 3_270_000}, {0, 0},
	} {
		if got := c.in.Round(cent); got != c.want {
			t.Errorf("%d rounds to %d, want %d", c.in, got, c.want)
		}
	}
}

func TestMulDivRoundsHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, den, want int64 }{
		{1, 1, 2, 1},
		{1, 1, 3, 0},
		{2, 1, 3, 1},
		{7, 1, 5, 1},
		{8, 1, 5, 2},
		{21_000, 61, 60, 21_350},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
	} {
		if got, ok := money.MulDiv(c.a, c.b, c.den); !ok || got != c.want {
			t.Errorf("MulDiv(%d, %d, %d) = %d, %v; want %d", c.a, c.b, c.den, got, ok, c.want)
		}
	}
	if _, ok := money.MulDiv(math.MaxInt64, 3, 2); ok {
		t.Error("an overflow was not reported")
	}
}

// Rule B-07: any n consecutive shares of a whole amount sum to it, and none differs from another by more than a millionth.
// Rule B-07.
func TestShareSumsToTheMonth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := money.Micro(rapid.Int64Range(0, 1<<50).Draw(t, "p"))
		n := rapid.Int64Range(1, 31).Draw(t, "n")
		start := rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "start")
		var sum money.Micro
		low, high := money.Micro(math.MaxInt64), money.Micro(0)
		for d := start; d < start+n; d++ {
			share := money.Share(money.Whole(p), d, n)
			sum += share
			low, high = min(low, share), max(high, share)
		}
		if sum != p || high-low > 1 {
			t.Fatalf("%d shares of %d sum to %d, spread %d", n, p, sum, high-low)
		}
	})
}

// The fast path and the exact one agree wherever both apply.
func TestShareOfAFraction(t *testing.T) {
	t.Parallel()
	third := money.Ratio{Num: 100, Den: 3}
	var sum money.Micro
	for d := int64(0); d < 90; d++ {
		sum += money.Share(third, d+1, 30)
	}
	if sum != 100 {
		t.Errorf("three months of 100/3 sum to %d, want 100", sum)
	}
	huge := money.Whole(math.MaxInt64 / 4)
	sum = 0
	for d := int64(20_000); d < 20_030; d++ {
		sum += money.Share(huge, d, 30)
	}
	if sum != math.MaxInt64/4 {
		t.Errorf("a huge month sums to %d", sum)
	}
}

// Rule B-02.
func TestApportion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money.Micro {
			return money.Micro(rapid.Int64Range(-1e12, 1e12).Draw(t, "part"))
		}), 1, 12).Draw(t, "parts")
		const cent = money.Micro(10_000)
		total := money.Sum(parts...).Round(cent)
		rounded := money.Apportion(total, parts, cent)
		if money.Sum(rounded...) != total {
			t.Fatalf("%v apportioned to %v, which is not %d", parts, rounded, total)
		}
		for i := range parts {
			if d := rounded[i] - parts[i]; d <= -cent || d >= cent || rounded[i]%cent != 0 {
				t.Fatalf("part %d became %d", parts[i], rounded[i])
			}
		}
	})
	got := money.Apportion(10_000, []money.Micro{5_000, 5_000}, 10_000)
	if got[0] != 10_000 || got[1] != 0 {
		t.Errorf("a tie goes to the earlier part: %v", got)
	}
}
