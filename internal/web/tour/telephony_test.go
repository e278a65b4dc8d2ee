package tour_test

import (
	"context"
	"strings"

	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/webhook"
)

// hook gives the shop a webhook that was tried once, in vain, and a CRM that is asked in vain.
func (h *house) hook() {
	h.Helper()
	var made webhook.Endpoint
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		made, _, err = h.App.Webhooks.Add(ctx, tx, h.Permit(shop), webhook.Endpoint{Name: "CRM", URL: "https://crm.invalid/in", Kinds: webhook.Kinds, Enabled: true}, h.Now())
		if err == nil {
			_, err = h.App.Webhooks.SetCRM(ctx, tx, h.Permit(shop), webhook.CRM{URL: "https://crm.invalid/owner", Enabled: true}, false, h.Now())
		}
		return err
	})
	if _, err := h.App.TryWebhook(h.Context(), h.Permit(shop), made.ID); err != nil {
		h.Fatal(err)
	}
}

// telephone gives the shop an employee with a SIP account, a prompt and a scheme, and the shop and the operator a trunk each.
func (h *house) telephone() {
	h.Helper()
	frame := string(append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...)) // of MPEG audio, silent
	file, err := h.App.Routing.Store([]byte(strings.Repeat(frame, 200)))
	if err != nil {
		h.Fatal(err)
	}
	inShop, inOperator, at := h.Permit(shop), h.Permit(ident.Operator), h.Now()
	line := trunk.Trunk{
		Name: "Vega", Enabled: true, Priority: 10, Mode: trunk.ByRegistration, Transport: trunk.UDP, Server: "sip.vega.example", User: "u1",
		Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		e, err := h.App.Staff.Add(ctx, tx, inShop, staff.Draft{Name: "Olha", Extension: "301", Contacts: []staff.Contact{{Kind: staff.ByMobile, Address: "+380671112233", Primary: true}}}, at)
		if err != nil {
			return err
		}
		if _, err := h.App.Staff.OpenAccount(ctx, tx, inShop, e.ID, "desk phone", 0, at); err != nil {
			return err
		}
		prompt, err := h.App.Routing.AddPrompt(ctx, tx, inShop, "Welcome", routing.Announcement, file, "", "", at)
		if err != nil {
			return err
		}
		body := dialplan.RoutingScheme{Format: dialplan.Format, Steps: []dialplan.RouteStep{
			{ID: "s1", Say: &dialplan.Say{Prompt: string(prompt.ID)}},
			{ID: "s2", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: []dialplan.Target{{Employee: string(e.ID)}}}},
		}}
		sc, err := h.App.Routing.Make(ctx, tx, inShop, "Main", body, at)
		if err != nil {
			return err
		}
		if _, err := h.App.Routing.Publish(ctx, tx, inShop, sc.ID, at); err != nil {
			return err
		}
		if _, err := h.App.Trunks.Add(ctx, tx, inShop, line, "a bell", at); err != nil {
			return err
		}
		_, err = h.App.Trunks.Add(ctx, tx, inOperator, line, "a bell", at)
		return err
	})
}
