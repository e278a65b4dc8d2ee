package tracking_test

import (
	"testing"

	"bellwether/internal/tracking"
)

// Rule C-87: the visitor's id at the site's own analytics.
func TestClientID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		custom   tracking.Values
		id, text string
	}{
		{nil, "", ""},
		{tracking.Values{"vip": "true", "city": "Kyiv"}, "", "city=Kyiv, vip=true"},
		{tracking.Values{"_ga": "GA1.2.1620817000.1234567890"}, "1620817000.1234567890", "_ga=GA1.2.1620817000.1234567890"},
		{tracking.Values{"_ga": "odd"}, "odd", "_ga=odd"},
		{tracking.Values{"_ym_uid": "16208170001234567890"}, "16208170001234567890", "_ym_uid=16208170001234567890"},
		{tracking.Values{"_ga": "GA1.2.1.2", "client_id": "crm-7"}, "crm-7", "_ga=GA1.2.1.2, client_id=crm-7"},
	} {
		if got := (tracking.Visit{Custom: c.custom}).ClientID(); got != c.id {
			t.Errorf("%v: client id %q, want %q", c.custom, got, c.id)
		}
		if got := c.custom.String(); got != c.text {
			t.Errorf("%v reads %q, want %q", c.custom, got, c.text)
		}
	}
}
