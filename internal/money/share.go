package money

import (
	"math/big"
	"slices"
)

// Ratio is an exact non-negative fraction of a millionth, Num/Den, such as a monthly price times a percentage. The zero
// Ratio is zero.
type Ratio struct {
	Num Micro
	Den int64
}

// Whole makes a Ratio of a whole amount.
func Whole(m Micro) Ratio { return Ratio{Num: m, Den: 1} }

// Share returns the part of the amount p that falls on step d of a period of n equal steps, by cumulative rounding:
// R(d*p/n) - R((d-1)*p/n), R half up (Rule B-07). d may be any integer, so that the steps of an endless sequence of
// periods can be numbered from a fixed origin: any n consecutive shares then sum to p exactly when p is whole.
func Share(p Ratio, d, n int64) Micro {
	if p.Num == 0 {
		return 0
	}
	return cumulative(p, d, n) - cumulative(p, d-1, n)
}

func cumulative(p Ratio, d, n int64) Micro {
	if d >= 0 {
		if product, ok := multiply(d, int64(p.Num)); ok {
			if divisor, ok := multiply(n, p.Den); ok {
				return Micro(floorHalfUp(product, divisor))
			}
		}
	}
	return cumulativeBig(p, d, n)
}

func multiply(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	c := a * b
	return c, c/b == a && c > 0
}

func floorHalfUp(num, den int64) int64 {
	quotient, remainder := num/den, num%den
	if remainder >= den-remainder {
		return quotient + 1
	}
	return quotient
}

// cumulativeBig serves the rare amounts whose product passes 64 bits and days before the origin.
func cumulativeBig(p Ratio, d, n int64) Micro {
	num := new(big.Int).Mul(big.NewInt(d), big.NewInt(int64(p.Num)))
	den := new(big.Int).Mul(big.NewInt(n), big.NewInt(p.Den))
	num.Lsh(num, 1).Add(num, den)
	den.Lsh(den, 1)
	return Micro(new(big.Int).Div(num, den).Int64()) // Euclidean, so floor for a positive divisor: half up on both sides of zero
}

// Apportion rounds parts to multiples of unit so that they sum to total, which must itself be a multiple of unit: every
// part is first rounded towards minus infinity, then the parts with the largest remainders get one unit more each; ties go to the
// earlier part (Rule B-02). The result has the order of parts. What remains beyond one unit per part, which happens
// where total is not the rounded sum of parts, is spread in the same order again.
func Apportion(total Micro, parts []Micro, unit Micro) []Micro {
	rounded := make([]Micro, len(parts))
	if len(parts) == 0 {
		return rounded
	}
	unit = max(unit, 1)
	order := make([]int, len(parts))
	missing := total
	for i, part := range parts {
		rounded[i] = part - modulo(part, unit)
		missing -= rounded[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return int(modulo(parts[b], unit) - modulo(parts[a], unit))
	})
	for i := 0; missing >= unit; i = (i + 1) % len(order) {
		rounded[order[i]] += unit
		missing -= unit
	}
	for i := len(order) - 1; missing <= -unit; i = (i + len(order) - 1) % len(order) {
		rounded[order[i]] -= unit
		missing += unit
	}
	return rounded
}

func modulo(a, unit Micro) Micro { return ((a % unit) + unit) % unit }
