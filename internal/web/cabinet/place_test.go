package cabinet_test

import (
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
)

// Every destination of the rate cards that are shipped is said in Russian and Ukrainian.
func TestShippedDestinationsAreTranslated(t *testing.T) {
	t.Parallel()
	library, seen := pricebook.Shipped(), 0
	for _, name := range library.Names() {
		for _, book := range library.Versions(name) {
			for _, card := range book.RateCards {
				for _, row := range card.AllRows() {
					seen++
					for _, l := range []lang.Lang{lang.Russian, lang.Ukrainian} {
						if got := cabinet.Destination(lang.For(l, nil), row.Zone); got == row.Zone {
							t.Errorf("%s: %s has no name in %s", book.Ref(), row.Zone, l)
						}
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Fatal("no rows were looked at")
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	ru, uk, en := lang.For(lang.Russian, nil), lang.For(lang.Ukrainian, nil), lang.For(lang.English, nil)
	for _, c := range []struct{ got, want string }{
		{cabinet.Destination(ru, "Ukraine fixed"), "Украина, городские"},
		{cabinet.Destination(uk, "Our partners"), "Our partners"},
		{cabinet.Place(ru, "UA", "44", "Kyiv city"), "Украина, 44, Киев"},
		{cabinet.Place(uk, "UA", "32", "Lviv"), "Україна, 32, Львів"},
		{cabinet.Place(en, "UA", "44", "Kyiv city"), "Ukraine, 44, Kyiv city"},
		{cabinet.Place(uk, "UA", "44", "Left bank"), "Україна, 44, Left bank"},
		{cabinet.Place(uk, "UA", "", ""), "Україна"},
		{cabinet.Area(ru, "RU", "495", "Moscow"), "Москва"},
		{cabinet.Area(ru, "RU", "383", "Novosibirsk"), "Новосибирская обл."},
		{cabinet.Area(uk, "", "x", "Somewhere"), "Somewhere"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
