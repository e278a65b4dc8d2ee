package pbx_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// addresses is a name server where 127-0-0-5.example is 127.0.0.5: a project may not name such an address itself (Rule T-54).
type addresses struct{}

func (addresses) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	ip, err := netip.ParseAddr(strings.ReplaceAll(strings.TrimSuffix(name, ".example"), "-", "."))
	return []netip.Addr{ip}, err
}

func (addresses) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	return "", nil, errors.New("there are none")
}

// named is an address as the name server has it.
func named(ip string) string { return strings.ReplaceAll(ip, ".", "-") + ".example" }

// ownCarrier makes a trunk of the project's, as the test changes it.
func (h *house) ownCarrier(ip string, change func(*trunk.Trunk)) *siptest.Phone {
	h.Helper()
	conn := h.listen(ip)
	carrier := siptest.NewPhone(h, conn, "sip:"+h.at, "own", "")
	_, port, _ := net.SplitHostPort(conn.LocalAddr().String())
	line := trunk.Trunk{
		Name: "Own", Enabled: true, Priority: 100, Mode: trunk.ByAddress, Transport: trunk.UDP, Server: named(ip) + ":" + port, Addresses: []string{"198.51.100.7"},
		Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
	}
	change(&line)
	permit := h.permit(ident.ProjectOrg(shop))
	h.must(func(ctx context.Context, tx *store.Tx) error {
		t, err := h.trunks.Add(ctx, tx, permit, line, "", h.began)
		if err == nil && line.Policy == trunk.OwnCaller {
			err = h.trunks.Carry(ctx, tx, permit, t.ID, string(number), 0, h.began)
		}
		return err
	})
	h.trunks.Changed()
	if err := h.pbx.SetTrunks(context.Background()); err != nil {
		h.Fatal(err)
	}
	return carrier
}

// Rule T-35: a call that the project's own trunk carries costs nothing here; one that goes over the operator's after all, because the
// own one refuses or is full, is authorised as any other first.
func TestOwnTrunk(t *testing.T) {
	t.Parallel()
	const mobile, premium = phone.Number("+380671234567"), phone.Number("+19005551234")
	for name, c := range map[string]struct {
		policy   trunk.CallerPolicy
		to       phone.Number
		own      int // what the own carrier answers
		full     bool
		goes     bool
		cost     string
		operator bool // it goes over the operator's
		status   call.Status
	}{
		"it takes a mobile":                           {trunk.AnyCaller, mobile, 200, false, true, "0", false, call.Answered},
		"it takes a premium number":                   {trunk.AnyCaller, premium, 200, false, true, "0", false, call.Answered},
		"it is for its own numbers, a mobile":         {trunk.OwnCaller, mobile, 200, false, true, "0", false, call.Answered},
		"it is for its own numbers, a premium number": {trunk.OwnCaller, premium, 200, false, true, "0", false, call.Answered},
		"it refuses a mobile":                         {trunk.AnyCaller, mobile, 503, false, true, "2.009", true, call.Answered},
		"it refuses a premium number":                 {trunk.AnyCaller, premium, 503, false, false, "0", false, call.Failed},
		"it refuses a premium number of its own":      {trunk.OwnCaller, premium, 503, false, false, "0", false, call.Failed},
		"nobody answers a premium number":             {trunk.AnyCaller, premium, 408, false, false, "0", false, call.NoAnswer},
		"it is full, a mobile":                        {trunk.AnyCaller, mobile, 200, true, true, "2.009", true, call.Answered},
		"it is full, a premium number":                {trunk.AnyCaller, premium, 200, true, false, "0", false, call.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000")
			own := h.ownCarrier("127.0.0.5", func(line *trunk.Trunk) {
				line.Policy = c.policy
				if c.full {
					line.MostChannels = 1
				}
			})
			olena, petro := h.phone("olena"), h.phone("petro")
			h.carrier.Does(takes(h.voice(900)))
			own.Does(takes(h.voice(700)))
			hangUp := func() {}
			if c.full {
				busy := petro.Dial("+380501112233", h.voice(500).Offer())
				h.answered(busy)
				hangUp = func() { busy.Hangup(sip.Normal) }
			}
			if c.own != 200 {
				own.Does(siptest.Refuses(c.own))
			}
			got := olena.Dial(string(c.to), h.voice(400).Offer())
			if _, goes := siptest.Await[sip.Answered](got); goes != c.goes {
				t.Errorf("it goes through: %t", goes)
			}
			if c.goes {
				h.talks()
			}
			got.Hangup(sip.Normal)
			hangUp()
			d := h.logged()
			if d.Cost != money.MustParse(c.cost) || d.Status != c.status {
				t.Errorf("in the log: %+v, %+v", d.Call, d.Legs)
			}
			charged := h.charged()
			if (len(charged) == 1) != c.operator {
				t.Errorf("charged: %+v", charged)
			}
			h.nothingIsOpen()
		})
	}
}
