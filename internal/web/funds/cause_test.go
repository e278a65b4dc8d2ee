package funds

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bellwether/internal/civil"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Whatever two days cost, the causes add up to the difference exactly, and what they cost to each day's total.
func TestCausesAddUp(t *testing.T) {
	t.Parallel()
	n := naming{&cabinet.Visit{
		View: &ui.View{Printer: lang.For(lang.English, nil)}, Project: &project.Project{Currency: "UAH", Books: []project.BookPeriod{{Book: "ringostat", Version: "2022-07-01"}}},
	}, pricebook.Shipped()}
	kinds := []pricing.Kind{pricing.ProductFee, pricing.SeatFee, pricing.NumberRent, pricing.Call, pricing.SMS, pricing.Discount, pricing.SessionFee, pricing.PackageOverage}
	items := []string{"virtual_pbx", "call_tracking", "+380441234567", "+380441234568", "+380441234569", "+380441234560", "Ukraine fixed", "bundle"}
	day := rapid.Custom(func(t *rapid.T) charges {
		found := charges{}
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			found[charged{rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.SampledFrom(items).Draw(t, "item")}] = spent{
				cost:     money.Micro(rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "cost")),
				quantity: rapid.Int64Range(0, 3).Draw(t, "quantity"), entries: rapid.Int64Range(1, 50).Draw(t, "entries"),
				unit: money.Micro(rapid.Int64Range(0, 2).Draw(t, "unit")),
			}
		}
		return found
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := day.Draw(t, "a"), day.Draw(t, "b")
		var effect, was, is money.Micro
		causes := n.causes(a, b, civil.MustParseDate("2026-11-21"), civil.MustParseDate("2026-11-22"))
		for _, c := range causes {
			effect, was, is = effect+c.effect, was+c.was, is+c.is
			if c.text == "" {
				t.Errorf("a cause of %v says nothing", c.what)
			}
		}
		if want := b.total() - a.total(); effect != want {
			t.Errorf("the causes come to %s, the difference is %s", effect, want)
		}
		if len(causes) > 0 && (was != a.total() || is != b.total()) {
			t.Errorf("the columns come to %s and %s, the days cost %s and %s", was, is, a.total(), b.total())
		}
	})
}

// Every page leads to an article that exists.
func TestHelpIsThere(t *testing.T) {
	t.Parallel()
	for _, path := range []string{helpBalance, helpCompare, helpForecast, helpLoyalty} {
		if name := strings.TrimPrefix(path, "/help/"); help.Get(name, lang.English) == nil {
			t.Errorf("there is no article %s", name)
		}
	}
}
