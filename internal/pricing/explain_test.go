package pricing_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"
	"time"

	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"

	"pgregory.net/rapid"
)

// oddBook has what makes explanations hard: names that JSON escapes, taxes, minimums, dates and time bands.
const oddBook = `
book: odd
version: "1"
effective: 2026-01-01
title: Odd
month: 30d
measure: peak
time_zone: Europe/Kyiv
currencies: [USD]
countries: {"*": USD}
products: [{name: pbx, title: PBX, monthly: 5000}]
packages: [{name: office, title: Office, included: 10, overage: 1, first_seconds: 60, next_seconds: 60}]
legs:
  - {name: inbound, legs: [inbound], charge: free}
  - {name: to_sip, to: sip, charge: package, package: office}
  - {name: to_phone, charge: rated}
rates:
  default:
    bands: [{name: night, from: "22:00", to: "06:00"}]
    rows:
      - {prefix: 1, zone: "US <\"cheap\"> & far", currency: USD, per_minute: 0.016601, first_seconds: 60, next_seconds: 6}
      - {prefix: 380, zone: Україна, currency: USD, connect: 0.002, per_minute: 0.021, minimum: 0.05, free_seconds: 3, first_seconds: 1, next_seconds: 1}
      - {prefix: 380, zone: Україна, currency: USD, per_minute: 0.05, first_seconds: 30, next_seconds: 30, from: 2026-06-01}
      - {prefix: 49, zone: Germany, currency: USD, per_minute: 0.011, first_seconds: 1, next_seconds: 1}
      - {prefix: 49, zone: Germany at night, currency: USD, per_minute: 0.009, first_seconds: 1, next_seconds: 1, band: night}
taxes: [{country: DE, kind: call, rate: 19, included: false}]
lifecycle: {low_days: 3, grace_days: 3, unpaid_days: 15, quarantine_days: 30, release_days: 45, open_leg_wait: 24h, record_wait: 2h}
limits: {per_minute: 1, per_day: 100, concurrent_calls: 20, countries: [own], refuse_premium: true, quantum: 120s, extend_ahead: 60s}
`

// The explanation written by hand is that of encoding/json, byte for byte.
func TestAppendExplain(t *testing.T) {
	t.Parallel()
	odd, err := pricebook.Parse(fstest.MapFS{"odd.yaml": {Data: []byte(oddBook)}}, "odd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tariffs := []pricing.Tariff{shipped(t, "ringostat", "2021-01-01", "UA", "UAH"), shipped(t, "ringostat", "2022-07-01", "US", "USD")}
	for _, country := range []string{"US", "DE"} {
		tariffs = append(tariffs, pricing.Tariff{Book: odd, Currency: "USD", Country: country})
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		leg := pricing.Leg{
			Kind:       rapid.SampledFrom(pricing.LegKinds).Draw(t, "kind"),
			To:         rapid.SampledFrom([]string{"+12125550123", "+380671234567", "+4930123456", "+79161234567", "+375291234567", "sip:anna@office"}).Draw(t, "to"),
			AnsweredAt: from.Add(time.Duration(rapid.Int64Range(0, 365*24*3600).Draw(t, "at")) * time.Second),
		}
		rate, err := rapid.SampledFrom(tariffs).Draw(t, "tariff").Leg(leg)
		if err != nil {
			t.Skip(err)
		}
		charge, err := rate.Price(rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 600_000)).Draw(t, "seconds"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(rate.Explain(charge))
		if err != nil {
			t.Fatal(err)
		}
		got, err := rate.AppendExplain([]byte("x"), charge)
		if err != nil || string(got) != "x"+string(want) {
			t.Fatalf("got  %s, %v\nwant x%s", got, err, want)
		}
	})
}

func BenchmarkExplain(b *testing.B) {
	rate, err := shipped(b, "ringostat", "2021-01-01", "UA", "UAH").Leg(pricing.Leg{Kind: pricing.LegOutbound, To: "+380671234567", AnsweredAt: time.Unix(1_800_000_000, 0)})
	if err != nil {
		b.Fatal(err)
	}
	charge, err := rate.Price(61)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("append", func(b *testing.B) {
		var dst []byte
		for b.Loop() {
			if dst, err = rate.AppendExplain(dst[:0], charge); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("marshal", func(b *testing.B) {
		for b.Loop() {
			if _, err := json.Marshal(rate.Explain(charge)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
