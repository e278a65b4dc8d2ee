package effect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// visit is somebody's who looks at a project in Ukraine, in English.
func visit(p access.Permit) *cabinet.Visit {
	return &cabinet.Visit{
		View: &ui.View{Printer: lang.For(lang.English, nil)}, Permit: p, Project: &project.Project{ID: "shop", Currency: "UAH"},
	}
}

func book(t *testing.T) *pricebook.Book {
	t.Helper()
	versions := pricebook.Shipped().Versions("ringostat")
	if len(versions) == 0 {
		t.Fatal("no book")
	}
	return versions[len(versions)-1]
}

// said is a line without its colour.
type said struct{ Text, Before, After string }

func words(lines []ui.Effect) (list []said) {
	for _, l := range lines {
		list = append(list, said{l.Text, l.Before, l.After})
	}
	return list
}

func bill(day civil.Date, lines ...pricing.Line) billing.DayBill {
	return billing.DayBill{Day: day, Lines: lines}
}

func amount(text string) money.Micro { return money.MustParse(text) }

// Of a PBX that is switched on for 5 a day, with 20 at once: the funds last 12 full days instead of 30.
func dearer() billing.Effect {
	const today = civil.Date(20_000)
	fee := pricing.Line{Kind: pricing.ProductFee, Item: "virtual_pbx", Amount: amount("-5")}
	return billing.Effect{
		Before: billing.Bill{Tomorrow: bill(today + 1), FundsEnd: forecast.End{Within: true, FullDays: 30}},
		After:  billing.Bill{Tomorrow: bill(today+1, fee), FundsEnd: forecast.End{Within: true, FullDays: 12}},
		PerDay: amount("-5"), Per30Days: amount("-150"), AtOnce: []pricing.Line{{Kind: pricing.SeatFee, Item: "virtual_pbx", Amount: amount("-20")}},
	}
}

// open gives a page of the shop as an operator sees it, who sees funds.
func open(t *testing.T) *cabinet.Visit {
	t.Helper()
	h := cabinettest.Open(t)
	h.Project("shop", "1000")
	return visit(h.Permit(ident.ProjectOrg("shop")))
}

// What changes tomorrow comes first, then what it is made of, the month, what is taken at once, and how long funds last.
func TestLines(t *testing.T) {
	t.Parallel()
	v, b := open(t), book(t)
	const nbsp = "\u00a0"
	want := []said{
		{"From tomorrow, 5" + nbsp + "Oct", "", "−5.00" + nbsp + "₴ a day"},
		{"Virtual PBX 2.0", "0.00" + nbsp + "₴", "5.00" + nbsp + "₴"},
		{"Over 30 days", "", "−150.00" + nbsp + "₴"},
		{"Now: Virtual PBX 2.0: seats above the included", "", "−20.00" + nbsp + "₴"},
		{"Funds last", "30 days", "12 days"},
	}
	lines := effect.Lines(v, b, dearer())
	if diff := cmp.Diff(want, words(lines)); diff != "" {
		t.Error(diff)
	}
	for _, at := range []int{0, 2, 3, 4} {
		if lines[at].Tone != ui.Warning {
			t.Errorf("%s is %v, want a warning", lines[at].Text, lines[at].Tone)
		}
	}
	told := effect.Lines(v, b, dearer(), ui.Effect{Text: "Virtual PBX 2.0", After: "5 a day"})
	if diff := cmp.Diff([]said{want[0], {"Virtual PBX 2.0", "", "5 a day"}, want[2], want[3], want[4]}, words(told)); diff != "" {
		t.Errorf("a price that is told already: %s", diff)
	}
}

// What costs nothing says so, rather than nothing at all.
func TestNothingChanges(t *testing.T) {
	t.Parallel()
	lines := effect.Lines(open(t), book(t), billing.Effect{})
	if len(lines) != 1 || lines[0].Text[:13] != "From tomorrow" || lines[0].Tone != ui.Neutral {
		t.Errorf("the lines are %v", words(lines))
	}
}

// Whoever may not see funds sees no amount: the zero permit allows nothing.
func TestNoAmountsWithoutTheRight(t *testing.T) {
	t.Parallel()
	v := visit(access.Permit{})
	if effect.SeesAmounts(v) {
		t.Fatal("nobody sees amounts")
	}
	if diff := cmp.Diff(words(effect.NoAmounts(v)), words(effect.Lines(v, book(t), dearer()))); diff != "" {
		t.Error(diff)
	}
}

func TestLineNames(t *testing.T) {
	t.Parallel()
	v, b := visit(access.Permit{}), book(t)
	for _, c := range []struct {
		kind       pricing.Kind
		item, want string
	}{
		{pricing.ProductFee, "virtual_pbx", "Virtual PBX 2.0"},
		{pricing.SeatFee, "virtual_pbx", "Virtual PBX 2.0: seats above the included"},
		{pricing.NumberRent, "+380441234567", "+380\u00a044\u00a0123\u00a04567"},
		{pricing.ProductFee, "what no book sells", "what no book sells"},
	} {
		if got := effect.LineName(v, b, c.kind, c.item); got != c.want {
			t.Errorf("%s %s is called %q, want %q", c.kind, c.item, got, c.want)
		}
	}
}

func TestTone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ui.Tone{"-0.01": ui.Warning, "0": ui.Neutral, "0.01": ui.Good} {
		if got := effect.Tone(amount(text)); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}
