package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricing"

	"github.com/google/go-cmp/cmp"
)

// Text that a spreadsheet would run gets an apostrophe; amounts and telephone numbers stay what they are.
func TestCSVIsHarmless(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "shop": "shop", "-12.5": "-12.5", "+380441234567": "+380441234567", "2021-10-04": "2021-10-04",
		"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+1+1": "'+1+1", "-cmd|' /C calc'!A0": "'-cmd|' /C calc'!A0", "\t=1": "'\t=1",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency     money.Currency
		amount       money.Micro
		shown, exact string
	}{
		{"UAH", -4_592_000, "-4.59", "-4.592"},
		{"UAH", 33_300_000, "33.30", "33.30"},
		{"UAH", 5_000, "0.01", "0.005"},
		{"JPY", 98_000_000, "98", "98"},
		{"KWD", -1, "0.000", "-0.000001"},
	} {
		if got := shown(c.currency, c.amount); got != c.shown {
			t.Errorf("%d is shown as %s, want %s", c.amount, got, c.shown)
		}
		if got := exact(c.currency, c.amount); got != c.exact {
			t.Errorf("%d is exactly %s, want %s", c.amount, got, c.exact)
		}
	}
}

// A statement for people: the day once, its total once, many items of a kind as one row, nothing lost (Rule B-13).
func TestStatementTable(t *testing.T) {
	t.Parallel()
	day := civil.MustParseDate("2026-11-20")
	rows := []pricing.StatementRow{
		{Day: day, Kind: pricing.ProductFee, Item: "virtual_pbx", Amount: -33_300_000, Final: true},
		{Day: day, Kind: pricing.Call, Item: "call", Amount: -1_000_000},
	}
	for _, item := range []string{"a", "b", "c", "d"} {
		rows = append(rows, pricing.StatementRow{Day: day + 1, Kind: pricing.NumberRent, Item: item, Amount: -2_000_000, Final: true})
	}
	rows = append(rows, pricing.StatementRow{Day: day + 1, Kind: pricing.Payment, Item: "card", Amount: 100_000_000, Final: true})
	rows = append(rows, pricing.StatementRow{Day: day + 1, Kind: pricing.Adjustment, Item: "card", Amount: -100_000_000, Final: true, Reversal: true})
	var out bytes.Buffer
	if err := statementTable("UAH", rows).print(&out); err != nil {
		t.Fatal(err)
	}
	want := `day             kind         item              amount  day total
2026-11-20 Fri  product_fee  virtual_pbx       -33.30
                call                            -1.00     -34.30  not final
2026-11-21 Sat  number_rent  4 items            -8.00
                payment      card              100.00
                adjustment   card (reversal)  -100.00      -8.00
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// Columns are as wide as their letters, not their bytes.
func TestTableOfOtherLetters(t *testing.T) {
	t.Parallel()
	table := newTable("name", ">amount")
	table.add("Крамниця", "1")
	table.add("shop", "100")
	var out bytes.Buffer
	if err := table.print(&out); err != nil {
		t.Fatal(err)
	}
	if want := "name      amount\nКрамниця       1\nshop         100\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// A column is filled where it is empty or missing, and every record stays on its line.
func TestDefaultsKeepLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"id,at\na,\nb,2\n":              "id,at\na,1\nb,2\n",
		"id,to\na,x\n\n\nb,y\n":         "id,to,at\na,x,1\n\n\nb,y,1\n",
		"id,to\n\"a\nb\",x\nc,y\n":      "id,to,at\n\"a\nb\",x,1\nc,y,1\n",
		"id,to\na\n":                    "id,to,at\na\n", // too short: for the reader behind to refuse
		"id,to\na,\"x\n":                "id,to\na,\"x\n",
		"\uFEFFid,at\na,\n":             "id,at\na,1\n",
		"id,to\r\na,x\r\nb,\"y,z\"\r\n": "id,to,at\na,x,1\nb,\"y,z\",1\n",
	} {
		r, err := withDefault(strings.NewReader(in), "at", "1")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
