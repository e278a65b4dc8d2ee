package pricebook

import (
	"strings"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/rating"
)

var legKinds = []string{"inbound", "outbound", "forward", "callback_manager", "callback_client", "sip"}

const (
	toSIP    = "sip"
	toPhone  = "phone"
	byTo     = "to"
	byNumber = "number"
)

func readPackage(s *section) Package {
	return Package{
		Name:     s.name(s.required("name", "forwarding"), "name"),
		Title:    s.texts(s.required("title", "Forwarding minutes"), "title"),
		Included: s.included(),
		Overage:  s.price(s.required("overage", s.example()), "overage"),
		First:    s.count(s.required("first_seconds", "60"), "first_seconds", 1, rating.MaxIncrement),
		Next:     s.count(s.required("next_seconds", "60"), "next_seconds", 1, rating.MaxIncrement),
		Larger:   list(s, "larger", "larger package", readLarger),
		Sample:   s.flag("sample"),
	}
}

func readLarger(s *section) LargerPackage {
	return LargerPackage{
		Minutes: s.count(s.required("minutes", "5000"), "minutes", 1, maxCount),
		Price:   s.price(s.required("price", s.example()), "price"),
		Sample:  s.flag("sample"),
	}
}

func readLegRule(s *section) LegRule {
	charges := []string{string(ChargeFree), string(ChargePackage), string(ChargeRated)}
	return LegRule{
		Name:        s.name(s.required("name", "to_phone"), "name"),
		Legs:        s.words("legs", legKinds...),
		To:          s.maybe("to", toSIP, toPhone),
		NumberOwner: s.maybe("number_owner", ownerOperator, ownerCustomer),
		Charge:      LegCharge(s.word(s.required("charge", string(ChargeRated)), "charge", charges...)),
		Package:     s.name(s.optional("package"), "package"),
		Card:        s.name(s.optional("card"), "card"),
		By:          s.maybe("by", byTo, byNumber),
	}
}

func (s *section) sms() *SMS {
	g := s.sub("sms")
	if g == nil {
		return nil
	}
	defer g.done()
	return &SMS{
		Domestic: g.price(g.required("domestic", g.example()), "domestic"),
		Abroad:   g.price(g.required("abroad", g.example()), "abroad"),
		Sample:   g.flag("sample"),
	}
}

// rates reads and compiles the rate cards.
func (s *section) rates(b *Book) {
	g := s.sub("rates")
	if g == nil {
		return
	}
	b.cards = map[cardKey]*rating.Table{}
	for _, f := range g.node.fields {
		if !isName(f.name) {
			s.problem(&node{line: f.line, column: f.column}, say("bad_name", "%.60q is not a name", f.name), "write 1 to 40 of a-z, 0-9, _ and -, beginning with a letter")
			continue
		}
		card := s.section(f.value, "rate card "+f.name)
		b.RateCards = append(b.RateCards, card.rateCard(f.name, b))
		card.done()
	}
}

func (s *section) rateCard(name string, b *Book) RateCard {
	before := len(s.found)
	card := RateCard{Name: name, Sample: s.flag("sample"), Bands: list(s, "bands", "band", readBand)}
	file := s.optional("file")
	inline := list(s, "rows", "row", readRow)
	card.File = s.text(file, "file")
	if (file == nil) == (s.node.get("rows") == nil) && !s.broken {
		s.problem(s.node, say("file_or_rows", "%s needs either a file or rows", s.what), "write file: rates.csv, or list its rows here")
	}
	source := s.file
	if card.File != "" {
		source = cardPath(s.file, card.File)
		inline = s.cardFile(file, source)
	}
	for _, row := range inline {
		if contains(s.currencies, row.Currency) {
			card.rows = append(card.rows, row)
		}
	}
	if len(s.found) == before {
		s.compile(&card, source, b)
	}
	return card
}

// readRow reads a row that stands in the book; its fields are the columns of a rate card's file.
func readRow(s *section) rating.Row {
	currency := money.Currency("")
	if n := s.optional("currency"); n != nil {
		currency = s.currency(n, "currency")
	} else if len(s.currencies) == 1 {
		currency = s.currencies[0]
	} else if !s.broken && s.currencies != nil {
		s.problem(s.node, say("no_currency", "%s does not say its currency", s.what), "write currency: and one of "+strings.Join(s.codes(), ", "))
	}
	return rating.Row{
		Prefix:    s.prefix(s.required("prefix", `"38067"`), "prefix"),
		Zone:      s.text(s.required("zone", "Ukraine mobile"), "zone"),
		Currency:  currency,
		Connect:   s.amount(s.optional("connect"), "connect"),
		PerMinute: s.amount(s.required("per_minute", "0.02"), "per_minute"),
		Minimum:   s.amount(s.optional("minimum"), "minimum"),
		Free:      s.count(s.optional("free_seconds"), "free_seconds", 0, rating.MaxLegSeconds),
		First:     s.count(s.required("first_seconds", "60"), "first_seconds", 1, rating.MaxIncrement),
		Next:      s.count(s.required("next_seconds", "60"), "next_seconds", 1, rating.MaxIncrement),
		Band:      s.name(s.optional("band"), "band"),
		From:      s.date(s.optional("from"), "from"),
		Line:      s.node.line,
	}
}

func readBand(s *section) rating.Band {
	return rating.Band{
		Name: s.name(s.required("name", "evening"), "name"),
		Days: s.weekdays(),
		From: s.timeOfDay(s.required("from", `"20:00"`), "from"),
		To:   s.timeOfDay(s.required("to", `"08:00"`), "to"),
	}
}

var weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekdays reads days and ranges of days: "mon-fri", "sat, sun", "fri-mon". Left out, it is every day.
func (s *section) weekdays() []time.Weekday {
	n := s.optional("days")
	text := s.text(n, "days")
	if text == "" {
		return nil
	}
	var days [7]bool
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		from, to := weekday(first), weekday(last)
		if !isRange {
			to = from
		}
		if from < 0 || to < 0 {
			s.problem(n, say("bad_value", "%s cannot be %.40q", s.within("days"), text), "write days such as mon-fri or sat, sun")
			return nil
		}
		for day := from; ; day = (day + 1) % 7 {
			days[day] = true
			if day == to {
				break
			}
		}
	}
	var result []time.Weekday
	for day, on := range days {
		if on {
			result = append(result, time.Weekday(day))
		}
	}
	return result
}

func weekday(text string) int {
	for i, name := range weekdayNames {
		if strings.TrimSpace(text) == name {
			return i
		}
	}
	return -1
}

// timeOfDay reads "20:00" as minutes of the day; "24:00" is its end.
func (s *section) timeOfDay(n *node, name string) int {
	text := s.text(n, name)
	if text == "" {
		return 0
	}
	if text == "24:00" {
		return 24 * 60
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		s.problem(n, say("bad_value", "%s cannot be %.20q", s.within(name), text), `write a time of day such as "08:30", up to "24:00"`)
		return 0
	}
	return at.Hour()*60 + at.Minute()
}
