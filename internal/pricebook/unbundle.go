package pricebook

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"bellwether/internal/civil"
	"bellwether/internal/rating"
)

// Unbundle gives a book as YAML that names a file for each rate card, and those files as CSV by name: what a new version is
// begun with. version and effective are those it gets. Parse reads it back as the same book but for them.
func Unbundle(b *Book, version string, effective civil.Date) (text []byte, cards map[string][]byte) {
	next := *b
	next.Version, next.Effective = version, effective
	cards = map[string][]byte{}
	var out bytes.Buffer
	for _, e := range outlineOf(&next) {
		if e.name == "rates" {
			var rates outline
			for _, card := range b.RateCards {
				file := card.Name + ".csv"
				cards[file] = card.CSV()
				rates = rates.with(card.Name, outline{}.with("file", quoted(file)).with("bands", outlines(card.Bands, bandOutline)).sample(card.Sample))
			}
			e.value = rates
		}
		writeField(&out, "", e)
	}
	return out.Bytes(), cards
}

// AllRows are the rows of a card in the order of their author, in each of the book's currencies.
func (c RateCard) AllRows() []rating.Row { return append([]rating.Row(nil), c.rows...) }

// CSV writes a card as rating.ReadCard reads it. Bands stand in the book, not here.
func (c RateCard) CSV() []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	write := func(cells ...string) { _ = w.Write(cells) } // a buffer takes everything
	write("prefix", "zone", "connect", "per_minute", "currency", "free_seconds", "first_seconds", "next_seconds", "minimum", "band", "from")
	for _, r := range c.rows {
		from := ""
		if r.From != 0 {
			from = r.From.String()
		}
		write(r.Prefix, r.Zone, r.Connect.String(), r.PerMinute.String(), string(r.Currency), whole(r.Free), whole(r.First), whole(r.Next), r.Minimum.String(), r.Band, from)
	}
	w.Flush()
	return out.Bytes()
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }
