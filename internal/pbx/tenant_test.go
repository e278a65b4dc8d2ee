package pbx_test

import (
	"context"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/sip"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

const (
	rival       = ident.ProjectID("rival")
	rivalNumber = phone.Number("+380443333333")
)

// claims makes a trunk by address of a project, which names addresses of this machine as its carrier's. (Only the public network's can be
// written down: what stands for them is put in their place.)
func (h *house) claims(project ident.ProjectID, carried phone.Number) trunk.ID {
	h.Helper()
	permit := h.permit(ident.ProjectOrg(project))
	var t trunk.Trunk
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		if t, err = h.trunks.Add(ctx, tx, permit, trunk.Trunk{
			Name: "Claimed", Enabled: true, Mode: trunk.ByAddress, Transport: trunk.UDP, Server: "203.0.113.9:5099", Addresses: []string{"203.0.113.0/24"},
			Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.OwnCaller,
		}, "", h.began); err != nil {
			return err
		}
		if carried != "" {
			err = h.trunks.Carry(ctx, tx, permit, t.ID, string(carried), 0, h.began)
		}
		if err == nil {
			_, err = tx.Exec(ctx, "UPDATE trunk_line SET body = replace(body, '203.0.113.', '127.0.0.') WHERE trunk_id = $1", string(t.ID))
		}
		return err
	})
	h.trunks.Changed()
	if err := h.pbx.SetTrunks(context.Background()); err != nil {
		h.Fatal(err)
	}
	return t.ID
}

// Rule T-61: who names the addresses of another's office and carrier takes none of their calls.
func TestATenantTakesNoCallOfAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.foundAs(rival, rivalNumber, "1000")
	h.claims(rival, rivalNumber)
	h.claims(rival, "")
	h.route(h.ring("petro"))
	olena, petro := h.phone("olena"), h.phone("petro")
	one, two := h.voice(400), h.voice(900)
	petro.Does(takes(two))
	c := olena.Dial("202", one.Offer())
	h.answered(c)
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Direction != call.Internal {
		t.Errorf("in the log: %+v", d.Call)
	}
	petro.Next()
	for range 3 {
		c = h.calls(one)
		c.Hangup(sip.Normal)
		if d := h.logged(); d.Status != call.Answered || d.Direction != call.Inbound || d.Number != string(number) {
			t.Errorf("in the log: %+v", d.Call)
		}
	}
}

// Rule T-61: of trunks that name one address, the one whose number is dialled has the call.
func TestTheNumberTellsTheTrunk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.foundAs(rival, rivalNumber, "1000")
	const brought = phone.Number("+380445555555") // by nobody
	network, err := h.trunks.Network(t.Context(), h.began)
	if err != nil {
		t.Fatal(err)
	}
	operators := network.Trunks[0].ID
	ours, theirs, carries := h.claims(shop, ""), h.claims(rival, ""), h.claims(rival, rivalNumber)
	for _, c := range []struct {
		among  []trunk.ID
		number phone.Number
		want   trunk.ID
	}{
		{[]trunk.ID{ours, theirs}, rivalNumber, theirs},
		{[]trunk.ID{theirs, ours, carries}, rivalNumber, carries},
		{[]trunk.ID{theirs}, number, ""},
		{[]trunk.ID{ours, theirs}, "201", ""},
		{[]trunk.ID{ours, theirs}, brought, ""},
		{[]trunk.ID{ours, operators}, brought, operators},
		{[]trunk.ID{ours, operators}, "201", operators},
		{[]trunk.ID{ours, operators}, number, operators}, // it carries the number
		{[]trunk.ID{theirs, operators}, rivalNumber, theirs},
		{[]trunk.ID{ours, "none"}, rivalNumber, ""},
	} {
		var among []string
		for _, id := range c.among {
			among = append(among, string(id))
		}
		if got, err := h.pbx.Choose(t.Context(), among, string(c.number)); err != nil || got != string(c.want) {
			t.Errorf("%s of %v: %q, %v, not %q", c.number, c.among, got, err, c.want)
		}
	}
}
