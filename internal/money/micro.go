package money

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// Micro is an amount in millionths of a currency unit (Rule B-01). A charge is negative from the project's side.
type Micro int64

// Unit is one whole unit of a currency.
const Unit Micro = 1_000_000

// fractionDigits is the number of decimals a Micro carries.
const fractionDigits = 6

// Parse reads a decimal string such as "-12.5" exactly. It refuses exponents, blanks, more than six decimals and
// amounts beyond the range of Micro (about 9.2 million million units), saying which.
func Parse(s string) (Micro, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if whole == "" || dotted && fraction == "" || len(fraction) > fractionDigits {
		return 0, parseError(s)
	}
	value, ok := parseDigits(whole + fraction + strings.Repeat("0", fractionDigits-len(fraction)))
	if !ok {
		return 0, parseError(s)
	}
	if negative {
		value = -value
	}
	return Micro(value), nil
}

// MustParse is Parse for constants in code and tests; it panics on a malformed amount.
func MustParse(s string) Micro {
	m, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return m
}

func parseError(s string) error {
	return fmt.Errorf("%q is not an amount: write digits with at most %d decimals, such as 12.50", s, fractionDigits)
}

func parseDigits(s string) (int64, bool) {
	var value int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || value > (math.MaxInt64-int64(c-'0'))/10 {
			return 0, false
		}
		value = value*10 + int64(c-'0')
	}
	return value, true
}

// String writes the amount exactly, with no more decimals than it needs: "-0.195083", "98", "36.5".
func (m Micro) String() string {
	sign, magnitude := m.split()
	whole, fraction := magnitude/uint64(Unit), magnitude%uint64(Unit)
	if fraction == 0 {
		return fmt.Sprintf("%s%d", sign, whole)
	}
	return fmt.Sprintf("%s%d.%s", sign, whole, strings.TrimRight(fmt.Sprintf("%06d", fraction), "0"))
}

// Fixed writes the amount with exactly the given number of decimals (0 to 6); what it cannot show is cut, so round first.
func (m Micro) Fixed(decimals int) string {
	sign, magnitude := m.split()
	whole, fraction := magnitude/uint64(Unit), magnitude%uint64(Unit)
	if decimals <= 0 {
		return fmt.Sprintf("%s%d", sign, whole)
	}
	return fmt.Sprintf("%s%d.%s", sign, whole, fmt.Sprintf("%06d", fraction)[:min(decimals, fractionDigits)])
}

func (m Micro) split() (string, uint64) {
	if m < 0 {
		return "-", -uint64(m)
	}
	return "", uint64(m)
}

// MarshalText lets JSON and YAML carry amounts as exact decimal strings.
func (m Micro) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Micro) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}

// Round gives the nearest multiple of unit, halves away from zero (Rule B-02). A unit of zero or less leaves m alone.
func (m Micro) Round(unit Micro) Micro {
	if unit <= 1 {
		return m
	}
	half := unit / 2
	if m < 0 {
		return -((-m + half) / unit * unit)
	}
	return (m + half) / unit * unit
}

// MulDiv returns a*b/c rounded half up, through a 128-bit product, for a, b >= 0 and c > 0. ok is false where the
// operands are out of that range or the result does not fit: callers turn that into their own error.
func MulDiv(a, b, c int64) (result int64, ok bool) {
	if a < 0 || b < 0 || c <= 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(a), uint64(b))
	low, carry := bits.Add64(low, uint64(c)/2, 0)
	// Half up: for an odd c the half is c/2 rounded down, and adding it rounds a remainder of exactly (c-1)/2 down.
	high += carry
	if high >= uint64(c) {
		return 0, false
	}
	quotient, _ := bits.Div64(high, low, uint64(c))
	if quotient > math.MaxInt64 {
		return 0, false
	}
	return int64(quotient), true
}

// Sum adds amounts.
func Sum(amounts ...Micro) Micro {
	var total Micro
	for _, amount := range amounts {
		total += amount
	}
	return total
}
