package tracking_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// grant makes the site grant a level to browsers that send Global Privacy Control.
func (h *house) grant(level tracking.Consent) {
	h.Helper()
	h.site.GPC = level
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.service.EditSite(ctx, tx, h.permit("shop"), h.site, h.now)
		return err
	})
	h.wait(2 * time.Second)
}

// Rule C-54: whatever the tag of a browser says that sends Global Privacy Control, no more is kept of it than the site grants to such.
func TestGlobalPrivacyControl(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		for _, c := range []struct {
			granted tracking.Consent
			number  bool
			visitor bool
			phones  int
		}{{tracking.NoConsent, false, false, 0}, {tracking.SessionConsent, true, false, 0}, {tracking.FullConsent, true, true, 1}} {
			h.grant(c.granted)
			b := h.open(google, organic)
			b.from.Private = true
			b.hit.Visitor = "AAAAAAAAAAAAAAAA" // what it kept of a time before
			b.send(tracking.PageHit)
			b.send(tracking.LeadHit, func(hit *tracking.Hit) {
				hit.Lead = &tracking.Lead{Kind: "form", Form: "Call me", Phone: "+380671234567"}
			})
			if (b.number() != "") != c.number || (b.Visitor != "") != c.visitor {
				t.Errorf("granted %d: number %q, visitor %q", c.granted, b.number(), b.Visitor)
			}
			if n := h.count("SELECT COUNT(*) FROM tracking_lead WHERE phone <> ''"); n != c.phones {
				t.Errorf("granted %d: %d telephones are kept", c.granted, n)
			}
			if n := h.count("SELECT COUNT(*) FROM tracking_visit WHERE consent <= " + string(rune('0'+c.granted)) + " AND (visitor_id <> '') = (consent = 2)"); n != int(c.granted)+1 {
				t.Errorf("granted %d: %d visits are of that level and below", c.granted, n)
			}
		}
	})
}

// Rule C-78: of an address the network alone is stored, of each kind of address.
func TestAddressesAreCut(t *testing.T) {
	t.Parallel()
	each(t, 8, func(h *house) {
		for address, network := range map[string]string{
			"203.0.113.77": "203.0.113.0/24", "::ffff:192.0.2.130": "192.0.2.0/24", "2001:db8:abcd:1234:5678:9abc:def0:1": "2001:db8:abcd::/48", "fe80::1%eth0": "fe80::/48",
		} {
			b := h.open(google, organic)
			b.from.Address = netip.MustParseAddr(address)
			b.send(tracking.PageHit)
			b.send(tracking.BeatHit)
			if n := h.count("SELECT COUNT(*) FROM tracking_visit WHERE address = '" + network + "'"); n != 1 {
				t.Errorf("of %s %d visits are kept with %s", address, n, network)
			}
		}
		if n := h.count("SELECT COUNT(*) FROM tracking_visit WHERE address NOT LIKE '%.0/24' AND address NOT LIKE '%::/48'"); n != 0 {
			t.Errorf("%d whole addresses", n)
		}
	})
}
