package pricing

import (
	"encoding/json"
	"strconv"

	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// AppendExplain appends the JSON of Explain to dst. For a rated leg outside time bands, of which there are thousands a
// second, it is written by hand, byte for byte as encoding/json would.
func (r LegRate) AppendExplain(dst []byte, charge LegCharge) ([]byte, error) {
	if r.Rule.Charge != pricebook.ChargeRated || charge.Rated.Parts != nil || charge.Rated.Band != "" {
		text, err := json.Marshal(r.Explain(charge))
		return append(dst, text...), err
	}
	row := &r.Rate.Row
	var scratch [160]byte
	arithmetic := r.appendArithmetic(scratch[:0], charge)
	dst = append(dst, `{"text":`...)
	text := append(make([]byte, 0, 100), row.Zone...)
	text = append(append(text, ", prefix "...), row.Prefix...)
	text = appendMicro(append(text, ": "...), row.PerMinute)
	text = append(append(append(text, ' '), r.tariff.Currency...), " a minute"...)
	dst = appendQuoted(dst, text)
	dst = append(dst, `,"arithmetic":`...)
	dst = appendQuoted(dst, append(arithmetic, r.tariff.taxText(Call)...))
	dst = append(dst, `,"inputs":{"rate":`...)
	return append(r.appendRate(dst, charge, arithmetic), "}}"...), nil
}

// appendRate appends the JSON of rating's own explanation.
func (r LegRate) appendRate(dst []byte, charge LegCharge, arithmetic []byte) []byte {
	row := &r.Rate.Row
	dst = appendQuoted(append(dst, `{"prefix":`...), []byte(row.Prefix))
	dst = appendQuoted(append(dst, `,"zone":`...), []byte(row.Zone))
	if row.From != 0 {
		dst = append(append(append(dst, `,"from":"`...), row.From.String()...), '"')
	}
	dst = appendQuoted(append(dst, `,"currency":`...), []byte(row.Currency))
	dst = appendAmount(dst, `,"connect":"`, row.Connect)
	dst = appendAmount(dst, `,"per_minute":"`, row.PerMinute)
	if row.Minimum != 0 {
		dst = appendAmount(dst, `,"minimum":"`, row.Minimum)
	}
	dst = appendInt(dst, `,"free_seconds":`, row.Free)
	dst = appendInt(dst, `,"first_seconds":`, row.First)
	dst = appendInt(dst, `,"next_seconds":`, row.Next)
	dst = appendInt(dst, `,"seconds":`, charge.Seconds)
	dst = appendInt(dst, `,"billable_seconds":`, charge.Billable)
	dst = appendAmount(dst, `,"amount":"`, charge.Rated.Amount)
	dst = appendQuoted(append(dst, `,"arithmetic":`...), arithmetic)
	return append(dst, '}')
}

// appendArithmetic writes "61 s: first 60 s + 1 x 1 s = 61 billable s; 0 + 0.021 x 61/60 = 0.02135", as rating does.
func (r LegRate) appendArithmetic(dst []byte, charge LegCharge) []byte {
	row := &r.Rate.Row
	switch {
	case charge.Seconds == 0:
		return append(dst, "0 s: nothing to charge"...)
	case charge.Billable == 0:
		dst = appendInt(dst, "", charge.Seconds)
		return append(appendInt(dst, " s: up to ", row.Free), " s are free"...)
	}
	dst = appendInt(dst, "", charge.Seconds)
	dst = append(appendInt(dst, " s: first ", row.First), " s"...)
	if following := (charge.Billable - row.First) / row.Next; following > 0 {
		dst = appendInt(dst, " + ", following)
		dst = append(appendInt(dst, " x ", row.Next), " s"...)
	}
	dst = append(appendInt(dst, " = ", charge.Billable), " billable s; "...)
	dst = append(appendMicro(dst, row.Connect), " + "...)
	dst = append(appendInt(append(appendMicro(dst, row.PerMinute), " x "...), "", charge.Billable), "/60 = "...)
	minutes, _ := money.MulDiv(int64(row.PerMinute), charge.Billable, secondsPerMinute)
	gross := row.Connect + money.Micro(minutes)
	dst = appendMicro(dst, gross)
	if int64(row.PerMinute)%secondsPerMinute*(charge.Billable%secondsPerMinute)%secondsPerMinute != 0 {
		dst = append(dst, " (rounded half up)"...)
	}
	if gross < row.Minimum {
		dst = appendMicro(append(dst, ", raised to the minimum "...), row.Minimum)
	}
	return dst
}

const secondsPerMinute = 60

func appendInt(dst []byte, before string, value int64) []byte {
	return strconv.AppendInt(append(dst, before...), value, 10)
}

func appendAmount(dst []byte, before string, amount money.Micro) []byte {
	return append(appendMicro(append(dst, before...), amount), '"')
}

// appendMicro appends money.Micro.String.
func appendMicro(dst []byte, amount money.Micro) []byte {
	if amount < 0 {
		return append(dst, amount.String()...)
	}
	dst = strconv.AppendInt(dst, int64(amount/money.Unit), 10)
	fraction := int64(amount % money.Unit)
	if fraction == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(money.Unit) / 10; fraction > 0; unit /= 10 {
		dst = append(dst, byte('0'+fraction/unit))
		fraction %= unit
	}
	return dst
}

// appendQuoted appends text as a JSON string. What needs escapes, which the names in most price books do not, takes the
// long way.
func appendQuoted(dst, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(string(text))
			if err != nil {
				panic(err) // a string always marshals
			}
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}
