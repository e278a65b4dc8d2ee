package tracking

import (
	"strings"

	"bellwether/internal/errs"
)

// PromoCode is a visitor's code: digits, the last of which checks the others (Rule C-93).
type PromoCode string

const (
	shortestPromo = 5
	longestPromo  = 10
)

// damm is a quasigroup in which every single wrong digit, and every two neighbours that were swapped, lead elsewhere than to 0.
// (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004.)
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

func checkDigit(digits string) byte {
	state := byte(0)
	for _, c := range []byte(digits) {
		state = damm[state][c-'0']
	}
	return state
}

// withCheck appends the digit that checks the others.
func withCheck(digits string) PromoCode {
	return PromoCode(digits + string('0'+rune(checkDigit(digits))))
}

// ParsePromo reads a code as people write it, with spaces and dashes: errs.Invalid `tracking.bad_promo` where it cannot be one, as
// after most slips of the tongue or the finger.
func ParsePromo(text string) (PromoCode, error) {
	digits := strings.Map(func(c rune) rune {
		if strings.ContainsRune(" -\u00a0.", c) {
			return -1
		}
		return c
	}, text)
	bad := errs.New(errs.Invalid, "tracking.bad_promo", "%.40q is no visitor's code", text).At("promo").Try("ask for it once more: one of its digits is wrong, or is missing")
	if len(digits) < shortestPromo || len(digits) > longestPromo || strings.Trim(digits, "0123456789") != "" || checkDigit(digits) != 0 {
		return "", bad
	}
	return PromoCode(digits), nil
}
