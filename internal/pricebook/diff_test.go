package pricebook_test

import (
	"strings"
	"testing"

	"bellwether/internal/pricebook"
)

func TestDiffOfTheShippedVersions(t *testing.T) {
	t.Parallel()
	var got []pricebook.Change
	for _, change := range pricebook.Diff(shipped(t, "ringostat", "2021-01-01"), shipped(t, "ringostat", "2022-07-01")) {
		if !strings.Contains(change.Path, "includes") && change.Path != "source" { // texts
			got = append(got, change)
		}
	}
	same(t, "what 2022-07-01 changes", got, []pricebook.Change{
		{Path: "version", Before: "2021-01-01", After: "2022-07-01"},
		{Path: "effective", Before: "2021-01-01", After: "2022-07-01"},
		{Path: "products[virtual_pbx].seats.included", Before: "5", After: "3"},
		{Path: "products[analytics].sessions.included", Before: "500", After: "7000"},
		{Path: "products[analytics].sessions.period", Before: "day", After: "30d"},
		{Path: "products[smart_phone].needs", Before: "[virtual_pbx]"},
		{Path: "products[smart_phone].included_with", After: "[virtual_pbx]"},
	})
}

func TestDiff(t *testing.T) {
	t.Parallel()
	before := read(t, "testdata/good/everything.yaml")
	for _, c := range []struct {
		old, new string
		want     []pricebook.Change
	}{
		{"monthly: {USD: 39, EUR: 35.5}", "monthly: {USD: 40, EUR: 35.50}", []pricebook.Change{{Path: "products[pbx].monthly.USD", Before: "39", After: "40"}}},
		{"discounts: [0, 12.5, 33.33]", "discounts: [0, 12.5]", []pricebook.Change{{Path: "bundle.discounts", Before: "[0, 12.5, 33.33]", After: "[0, 12.5]"}}},
		{"per_minute: 0.0166", "per_minute: 0.0167", []pricebook.Change{{Path: "rates.default.rows[1 USD].per_minute", Before: "0.0166", After: "0.0167"}}},
		{"off: 25}", "off: 25, sample: true}", []pricebook.Change{{Path: "long_term[360].sample", After: "true"}}},
		{"  - {days: 360, off: 25}\n", "", []pricebook.Change{{Path: "long_term[360]", Before: "{days: 360, off: 25}"}}},
		{"open_leg_wait: 1d", "open_leg_wait: 24h", nil},
		{`"20:00", to: "24:00"`, `"20:00", to: "23:59"`, []pricebook.Change{{Path: "rates.default.bands[late].to", Before: "24:00", After: "23:59"}}},
		{
			"  - {name: sip, to: sip, charge: package, package: forwarding}\n  - {name: phone, to: phone, charge: rated}",
			"  - {name: phone, to: phone, charge: rated}\n  - {name: sip, to: sip, charge: package, package: forwarding}",
			[]pricebook.Change{{Path: "legs order", Before: "toll_free, inbound, sip, phone", After: "toll_free, inbound, phone, sip"}},
		},
	} {
		if !strings.Contains(before, c.old) {
			t.Fatalf("the example has no %q", c.old)
		}
		same(t, c.new, pricebook.Diff(example(t, before), example(t, strings.Replace(before, c.old, c.new, 1))), c.want)
	}
}
