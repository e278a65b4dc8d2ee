package cabinet

import (
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

// CountryChoices are the countries by their names in a language, in its order.
func CountryChoices(l lang.Lang) []ui.Choice {
	tag := language.Make(string(l))
	names := display.Regions(tag)
	choices := make([]ui.Choice, 0, len(Countries))
	for _, c := range Countries {
		choices = append(choices, ui.Choice{Value: c.Code, Text: names.Name(language.MustParseRegion(c.Code))})
	}
	order := collate.New(tag)
	slices.SortFunc(choices, func(a, b ui.Choice) int { return order.CompareString(a.Text, b.Text) })
	return choices
}
