package pbx_test

import (
	"strings"
	"testing"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rule T-71: a scheme rings a partner's SIP address, but none by which a carrier would take a number from us, none of ours, and none of a
// private network.
func TestSIPTargets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outward bool // what a project writes may lead to the public network only
		at      func(h *house, partner string) string
		goes    bool
	}{
		"a partner":              {false, func(_ *house, partner string) string { return "sip:100@" + partner }, true},
		"the operator's carrier": {false, func(h *house, _ string) string { return "sip:+19005551234@" + h.server() }, false},
		"ourselves":              {false, func(h *house, _ string) string { return "sip:+19005551234@" + h.at }, false},
		"an address inside":      {true, func(_ *house, partner string) string { return "sip:100@" + partner }, false},
		"a name that means such a one": {true, func(_ *house, partner string) string {
			return "sip:100@" + strings.Replace(partner, "127.0.0.6", named("127.0.0.6"), 1)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000", func(h *house) { h.outward = c.outward })
			conn := h.listen("127.0.0.6")
			partner := siptest.NewPhone(h, conn, "sip:"+h.at, "office", "")
			partner.Does(takes(h.voice(900)))
			h.carrier.Does(takes(h.voice(700)))
			h.route(dialplan.RouteStep{ID: "ring", Ring: &dialplan.Ring{
				Order: dialplan.Together, Seconds: 5, Targets: []dialplan.Target{{SIP: c.at(h, conn.LocalAddr().String())}},
			}})
			call := h.rings(h.voice(400))
			if _, goes := siptest.Await[sip.Answered](call); goes != c.goes {
				t.Errorf("it is put through: %t", goes)
			}
			call.Hangup(sip.Normal)
			h.logged()
			h.nothingIsOpen()
		})
	}
}

// server is where the operator's trunk leads.
func (h *house) server() string {
	h.Helper()
	network, err := h.trunks.Network(h.Context(), time.Now())
	if err != nil {
		h.Fatal(err)
	}
	return network.Trunks[0].Server
}
