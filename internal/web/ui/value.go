package ui

import (
	"bellwether/internal/money"
	"bellwether/internal/phone"
)

// exact is the amount with all its decimals where rounding hides some, else nothing.
func exact(v *View, amount money.Micro, currency money.Currency) string {
	if amount.Round(currency.MinorUnit()) == amount {
		return ""
	}
	return v.MoneyExact(amount, currency)
}

// telephone is the address that dials a number.
func telephone(n phone.Number) string {
	if n.Digits() == "" {
		return "#"
	}
	return "tel:+" + onlyDigits(n.Digits())
}

func onlyDigits(s string) string {
	var digits []byte
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	return string(digits)
}
