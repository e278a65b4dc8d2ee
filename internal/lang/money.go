package lang

import (
	"strings"

	"bellwether/internal/money"
)

// signs are the currencies that readers know by a sign; any other is shown by its code.
var signs = map[money.Currency]string{
	"UAH": "₴", "RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "PLN": "zł", "KZT": "₸", "CZK": "Kč",
}

// inFront are the signs English writes before the amount. Russian and Ukrainian put every sign behind it, and ₴ and ₽
// stand behind in every language.
var inFront = map[string]bool{"$": true, "€": true, "£": true}

// Money writes an amount rounded to the currency's minor unit, halves away from zero (Rule B-02): "−1 234,50 ₴" in
// Russian and Ukrainian, "−1,234.50 ₴" and "−$1,234.50" in English.
func (p *Printer) Money(amount money.Micro, currency money.Currency) string {
	return p.amount(amount.Round(currency.MinorUnit()).Fixed(currency.MinorDigits()), currency)
}

// MoneySigned is Money with a plus sign in front of what is above zero, for movements and differences.
func (p *Printer) MoneySigned(amount money.Micro, currency money.Currency) string {
	text := p.Money(amount, currency)
	if amount.Round(currency.MinorUnit()) > 0 {
		return "+" + text
	}
	return text
}

// MoneyExact writes every decimal an amount has, and at least those of the minor unit, for prices and arithmetic.
func (p *Printer) MoneyExact(amount money.Micro, currency money.Currency) string {
	text := amount.String()
	_, fraction, _ := strings.Cut(text, ".")
	if len(fraction) < currency.MinorDigits() {
		text = amount.Fixed(currency.MinorDigits())
	}
	return p.amount(text, currency)
}

// MoneyWhole writes an amount in whole units, rounded halves away from zero, for the axis of a chart.
func (p *Printer) MoneyWhole(amount money.Micro, currency money.Currency) string {
	return p.amount(amount.Round(money.Unit).Fixed(0), currency)
}

func (p *Printer) amount(decimal string, currency money.Currency) string {
	text := p.Decimal(decimal)
	sign, known := signs[currency]
	if !known {
		sign = string(currency)
	}
	if p.Lang != English || !inFront[sign] {
		return text + noBreak + sign
	}
	if rest, negative := strings.CutPrefix(text, minus); negative {
		return minus + sign + rest
	}
	return sign + text
}

// CurrencySign is the sign a reader knows the currency by, or its code.
func CurrencySign(currency money.Currency) string {
	if sign, ok := signs[currency]; ok {
		return sign
	}
	return string(currency)
}
