package dialplan

import "strings"

// SpansText writes working time of a day as people do: "09:00–13:00, 14:00–18:00".
func SpansText(spans []Span) string {
	words := make([]string, len(spans))
	for i, s := range spans {
		words[i] = s.From + "–" + s.To
	}
	return strings.Join(words, ", ")
}

// ReadSpans reads what SpansText writes, and what people write instead: any dash, semicolons, "9" for "09:00". A time it does
// not know stays as it is, for the check of the hours to refuse.
func ReadSpans(text string) (spans []Span) {
	for part := range strings.SplitSeq(likePeople.Replace(text), ",") {
		if part == "" {
			continue
		}
		from, to, _ := strings.Cut(part, "-")
		spans = append(spans, Span{From: clock(from), To: clock(to)})
	}
	return spans
}

var likePeople = strings.NewReplacer("–", "-", "—", "-", "−", "-", ";", ",", " ", "", ".", ":")

// clock completes a time of day: "9" and "9:30" are "09:00" and "09:30".
func clock(text string) string {
	hour, minute, has := strings.Cut(text, ":")
	if !has {
		minute = "00"
	}
	if len(hour) == 1 {
		hour = "0" + hour
	}
	return hour + ":" + minute
}
