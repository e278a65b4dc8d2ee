package pbx_test

import (
	"context"
	"slices"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// Rules T-32, T-35 and T-57: a call that is not put through has the status, the answer of SIP and the reason that are true of it, on the leg
// and in the timeline.
func TestRefusalsSayWhy(t *testing.T) {
	t.Parallel()
	const mobile = "+380671234567"
	limits := func(change func(*project.Limits)) func(*house) {
		return func(h *house) {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				p, err := project.Get(ctx, tx, shop)
				if err != nil {
					return err
				}
				change(&p.Limits)
				_, err = project.SetLimits(ctx, tx, shop, p.Limits)
				return err
			})
		}
	}
	busy := func(h *house) { // whatever channel leads outside is taken
		h.answered(h.phone("petro").Dial("+380501112233", h.voice(500).Offer()))
	}
	full := func(line *trunk.Trunk) { line.MostChannels = 1 }
	for name, c := range map[string]struct {
		funds    string
		channels int
		before   func(h *house)
		dial     string
		code     int // of SIP
		status   call.Status
		reason   string // of the leg
		events   []string
		codes    []string // of refusals in the timeline
	}{
		"no funds": {"0.01", 0, nil, mobile, 402, call.Failed, "charging.no_funds", []string{call.FundsRefused}, []string{"charging.no_funds"}},
		"too dear a minute": {
			"1000", 0, limits(func(l *project.Limits) { l.PerMinute = new(money.Micro(1)) }), mobile, 403, call.Forbidden, "charging.too_expensive", []string{call.FundsRefused}, []string{"charging.too_expensive"},
		},
		"the day's limit": {
			"1000", 0, limits(func(l *project.Limits) { l.PerDay = new(money.Micro(1)) }), mobile, 402, call.Failed, "charging.day_limit", []string{call.FundsRefused}, []string{"charging.day_limit"},
		},
		"too many calls": {
			"1000", 0, func(h *house) { limits(func(l *project.Limits) { l.ConcurrentCalls = new(int64(1)) })(h); busy(h) }, mobile, 403, call.Failed, "charging.too_many_calls",
			[]string{call.FundsRefused},
			[]string{"charging.too_many_calls"},
		},
		"another country": {"1000", 0, nil, "+48601234567", 403, call.Forbidden, "charging.country_forbidden", []string{call.FundsRefused}, []string{"charging.country_forbidden"}},
		"the operator's trunk is full": {
			"1000", 1, busy, mobile, 503, call.Failed, "pbx.no_channel", []string{call.NoChannel}, nil,
		},
		"the own trunk is full, the operator's may not": {
			"1000", 0, func(h *house) { h.ownCarrier("127.0.0.5", full).Does(takes(h.voice(700))); busy(h) }, "+48601234567", 503, call.Failed, "charging.country_forbidden",
			[]string{call.NoChannel, call.FundsRefused},
			[]string{"charging.country_forbidden"},
		},
		"both are full": {
			"1000", 1, func(h *house) {
				h.ownCarrier("127.0.0.5", full).Does(takes(h.voice(700)))
				busy(h)
				h.answered(h.phone("petro").Dial("+380501112244", h.voice(500).Offer()))
			}, mobile, 503, call.Failed, "pbx.no_channel", []string{call.NoChannel}, nil,
		},
		"the carrier is out of order": {"1000", 0, func(h *house) { h.carrier.Does(siptest.Refuses(503)) }, mobile, 503, call.Failed, "Service Unavailable", []string{call.UnreachableLeg}, nil},
		"nobody's number":             {"1000", 0, func(h *house) { h.carrier.Does(siptest.Refuses(404)) }, mobile, 404, call.Failed, "Not Found", []string{call.UnreachableLeg}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, c.funds, func(h *house) { h.channels = c.channels })
			h.carrier.Does(takes(h.voice(900)))
			if c.before != nil {
				c.before(h)
			}
			before := h.pbx.Running()
			got := h.phone("olena").Dial(c.dial, h.voice(400).Offer())
			refused, ok := siptest.Await[sip.Refused](got)
			if !ok || refused.Code != c.code {
				t.Errorf("refused %t with %d", ok, refused.Code)
			}
			h.until("the call ends", func() bool { return len(h.pbx.Running()) == len(before) })
			d := h.last()
			if last := d.Legs[len(d.Legs)-1]; d.Status != c.status || last.Reason != c.reason || d.Cost != 0 {
				t.Errorf("in the log: %s, and the leg %q: %+v", d.Status, last.Reason, d.Legs)
			}
			for _, code := range []string{call.FundsRefused, call.NoChannel, call.UnreachableLeg} {
				if _, told := eventOf(d.Timeline, code); told != slices.Contains(c.events, code) {
					t.Errorf("%s is told: %t in %+v", code, told, d.Timeline)
				}
			}
			for _, e := range d.Timeline {
				if e.Code == call.FundsRefused && !slices.Contains(c.codes, e.Params["code"]) {
					t.Errorf("refused for %q", e.Params["code"])
				}
			}
		})
	}
}

// Rule T-57: a client for whom no channel is free hears that it is busy, and stands in the log as missed.
func TestNoChannelForAClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000", func(h *house) { h.channels = 1 })
	h.talk()
	before := h.ref()
	refused, ok := siptest.Await[sip.Refused](h.rings(h.voice(500)))
	if !ok || refused.Code != 486 {
		t.Errorf("refused %t with %d", ok, refused.Code)
	}
	h.until("the call is over", func() bool { return h.last().ID != before.ID && len(h.pbx.Running()) == 1 })
	d := h.last()
	if e, _ := eventOf(d.Timeline, call.HungUp); d.Status != call.Busy || !d.Missed || e.Params["why"] != "call.no_channel" {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Timeline)
	}
	if h.ref() != before {
		t.Error("the call that talks is another")
	}
}
