package webtest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator gives the tab a device that makes and shows passkeys, held by somebody whose finger it knows.
func (p *Page) Authenticator(t testing.TB) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return chromedp.Void{}, err
	})
}

// Zone sets the tab's clock to a time zone, by its IANA name.
func (p *Page) Zone(t testing.TB, name string) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
		return chromedp.Void{}, err
	})
}

// Agent makes the tab say that it is another browser.
func (p *Page) Agent(t testing.TB, text string) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: text})
		return chromedp.Void{}, err
	})
}

// Fill writes into the fields of the page, by their names.
func (p *Page) Fill(t testing.TB, values map[string]string) {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	const write = `(values => { for (const [name, value] of Object.entries(values)) { const f = document.querySelector("main [name='" + name + "']");
		f.value = value; f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})); } })`
	p.Text(t, write+"("+string(text)+")")
}

// Click presses what a selector finds.
func (p *Page) Click(t testing.TB, selector string) {
	t.Helper()
	text, err := json.Marshal(selector)
	if err != nil {
		t.Fatal(err)
	}
	p.Text(t, "document.querySelector("+string(text)+").click()")
}
