package money

import "fmt"

// Currency is an ISO 4217 code such as "UAH".
type Currency string

// minorDigits lists the currencies whose minor unit is not a hundredth (ISO 4217).
var minorDigits = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
	"UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// ParseCurrency checks that s has the form of an ISO 4217 code: three capital letters.
func ParseCurrency(s string) (Currency, error) {
	if len(s) != 3 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' || s[2] < 'A' || s[2] > 'Z' {
		return "", fmt.Errorf("%q is not a currency: write an ISO 4217 code such as UAH", s)
	}
	return Currency(s), nil
}

// MinorDigits is how many decimals a person writes for amounts of the currency.
func (c Currency) MinorDigits() int {
	if digits, ok := minorDigits[c]; ok {
		return digits
	}
	return 2
}

// MinorUnit is the smallest amount a person sees: 10,000 millionths for most currencies.
func (c Currency) MinorUnit() Micro {
	unit := Unit
	for range c.MinorDigits() {
		unit /= 10
	}
	return unit
}

// Show rounds m to the currency's minor unit, halves away from zero, and writes it with that many decimals and the code:
// "-326.67 UAH". Localised formats belong to the surfaces.
func (c Currency) Show(m Micro) string {
	return m.Round(c.MinorUnit()).Fixed(c.MinorDigits()) + " " + string(c)
}
