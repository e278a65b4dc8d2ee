package charging

import (
	"encoding/json"

	"bellwether/internal/civil"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
)

// entryKey is the idempotency key of a leg's entry; it begins as the leg's id does.
func entryKey(leg string) string { return leg + "/call" }

// posting is the entry of a rated leg. Its item is the rate zone; a late one is an adjustment that names its own day. Of
// the number it tells the prefix only.
func (l *Leg) posting(quote quote, charge pricing.LegCharge, own civil.Date, late bool) (ledger.Posting, error) {
	p := ledger.Posting{
		Project: l.Project, Key: entryKey(l.ID), Day: l.Day, BookedAt: l.ClosedAt, Kind: pricing.Call, Item: l.Zone, Quantity: charge.Billable,
		UnitPrice: l.PerMinute, Amount: -charge.Amount, House: ledger.CallHouse, Ref: l.ID, Rule: "B-22", Book: l.Book,
	}
	var err error
	if late {
		p.Kind, p.Item, p.Rule = pricing.Adjustment, string(pricing.Call), "B-11"
		p.Explain, err = explainLate(quote.Explain(charge), own)
	} else {
		p.Explain, err = quote.AppendExplain(make([]byte, 0, typicalExplain), charge)
	}
	return p, err
}

// typicalExplain is room for most explanations.
const typicalExplain = 640

// explainLate says of which day a late charge is.
func explainLate(e pricing.Explanation, own civil.Date) ([]byte, error) {
	inputs := map[string]any{"day": own}
	for name, value := range e.Inputs {
		inputs[name] = value
	}
	e.Text, e.Inputs = "of "+own.String()+", recorded when that day was final: "+e.Text, inputs
	return json.Marshal(e)
}
